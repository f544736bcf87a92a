"""Raw folders of whole studies: tables, loads and a README."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from linksignal.contract import raw_schemas
from linksignal.errors import LinksignalError
from linksignal.files import is_real_file, is_real_folder
from linksignal.simulate import calibrated, laws, names, panel, readme
from linksignal.simulate.answer_rows import answer_batches
from linksignal.simulate.backlink_rows import backlink_batches
from linksignal.simulate.coverage import cover
from linksignal.simulate.domain_rows import (
    profile_rows,
    score_rows,
    study_domain_rows,
)
from linksignal.simulate.draws import draw_study
from linksignal.simulate.laws import Law
from linksignal.simulate.noise import Ints
from linksignal.simulate.recompute import recomputed_features
from linksignal.simulate.study import Links, Study, features
from linksignal.simulate.write import TableWriter, load_id_of, table_writers

_TABLES = (
    "study_domains",
    "backlinks",
    "domain_scores",
    "ai_answers",
    "ai_references",
)

DEFAULT_DOMAINS = 1_000
DEFAULT_PANEL_DOMAINS = 300
DEFAULT_MONTHS = 12
MOST_MONTHS = 120
DEFAULT_LAW_SEED = 1


@dataclass(frozen=True)
class Wanted:
    """Which study is to be drawn; None stands for a default.

    Attributes
    ----------
    law : str or None
        One of `LAW_KINDS`.
    domain_count, link_count : int or None
        Study domains, and rows of links.
    threshold_score : int or None
        Authority score at which the law ``threshold`` begins to rise.
    panel : str or None
        One of `PANEL_DIRECTIONS`: a study over months.
    month_count : int or None
        Its months.
    seed : int or None
        Seed of everything.
    """

    law: str | None = None
    domain_count: int | None = None
    link_count: int | None = None
    threshold_score: int | None = None
    panel: str | None = None
    month_count: int | None = None
    seed: int | None = None


def simulate(out: Path, wanted: Wanted, *, overwrite: bool = False) -> str:
    """Draw a study and put it into a folder.

    Parameters
    ----------
    out : Path
        Folder, created if need be; empty, or of a simulated study.
    wanted : Wanted
        Which study.
    overwrite : bool, default False
        Whether a simulated study in the folder may be replaced.

    Returns
    -------
    str
        One line about what was written.

    Raises
    ------
    LinksignalError
        A number that no study has, or a folder that cannot be written or
        holds something else.
    """
    _check_numbers(wanted)
    _check_out(out, overwrite=overwrite)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=out.parent, prefix=".simulate-"
        ) as scratch:
            said = _draw(wanted, Path(scratch))
            # Files may have come while the study was drawn.
            _check_out(out, overwrite=overwrite)
            _move(Path(scratch), out)
    except OSError as error:
        raise LinksignalError(
            f"--out {out} cannot be written: {error.strerror}."
        ) from error
    return said


def _draw(wanted: Wanted, raw_dir: Path) -> str:
    seed = DEFAULT_LAW_SEED if wanted.seed is None else wanted.seed
    if wanted.panel is not None:
        return write_panel(
            raw_dir,
            wanted.panel,
            domains=wanted.domain_count or DEFAULT_PANEL_DOMAINS,
            months=wanted.month_count or DEFAULT_MONTHS,
            seed=seed,
        )
    if (wanted.law, wanted.domain_count, wanted.link_count) == (None,) * 3:
        return write_calibrated(raw_dir, wanted.seed)
    said = write_law(
        raw_dir,
        laws.planted(
            wanted.law or "smooth", threshold_score=wanted.threshold_score
        ),
        domains=wanted.domain_count or DEFAULT_DOMAINS,
        rows=wanted.link_count,
        seed=seed,
    )
    if wanted.law is None:
        said += "; only the study without --domains and --links is calibrated"
    return said


def write_calibrated(raw_dir: Path, seed: int | None) -> str:
    """Write the calibrated study and check it from its rows.

    Parameters
    ----------
    raw_dir : Path
        Folder to fill.
    seed : int, optional
        Default: the seed of the bundled sample.

    Returns
    -------
    str
        One line about what was written.

    Raises
    ------
    LinksignalError
        If a published coefficient is missed by more than the tolerance.
    """
    seed = calibrated.SEED if seed is None else seed
    study = calibrated.calibrated_study(seed)
    coverage = cover(study.links, seed)
    with table_writers(raw_dir, (*_TABLES, "backlink_profiles")) as writers:
        _write_study(
            writers, study, coverage.row_links, coverage.with_rows, seed
        )
        writers["backlink_profiles"].write(
            profile_rows(
                study.links.take(coverage.with_profile),
                coverage.with_profile,
                len(study.authority),
            )
        )
        counts = {table: writer.records for table, writer in writers.items()}
    gap = _checked_gap(raw_dir, study, seed)
    readme.write_calibrated(raw_dir, seed, gap)
    return (
        f"calibrated study, seed {seed}, {calibrated.DOMAINS} domains, "
        f"{counts['backlinks']} link rows, {counts['ai_answers']} answers; "
        f"largest gap to a published coefficient {gap:.4f}"
    )


def write_law(
    raw_dir: Path,
    law: Law,
    *,
    domains: int,
    rows: int | None,
    seed: int,
) -> str:
    """Write a study that follows a law.

    Parameters
    ----------
    raw_dir : Path
        Folder to fill.
    law : Law
        Rule to follow.
    domains : int
        Number of study domains.
    rows : int, optional
        Exact number of link rows; default as the law draws them.
    seed : int
        Seed of everything.

    Returns
    -------
    str
        One line about what was written.
    """
    _check_names(domains)
    study = draw_study(law, domains, np.random.default_rng(seed), rows)
    with table_writers(raw_dir, _TABLES) as writers:
        _write_study(writers, study, study.links, np.arange(domains), seed)
        counts = {table: writer.records for table, writer in writers.items()}
    readme.write_law(raw_dir, law, seed)
    return (
        f"law {law.kind}, seed {seed}, {domains} domains, "
        f"{counts['backlinks']} link rows, {counts['ai_answers']} answers"
    )


def write_panel(
    raw_dir: Path, direction: str, *, domains: int, months: int, seed: int
) -> str:
    """Write a study over months with a planted order of gains.

    Parameters
    ----------
    raw_dir : Path
        Folder to fill.
    direction : str
        One of `PANEL_DIRECTIONS`.
    domains, months : int
        Size of the study.
    seed : int
        Seed of everything.

    Returns
    -------
    str
        One line about what was written.
    """
    _check_names(domains)
    rng = np.random.default_rng(seed)
    counts = panel.draw_panel(direction, domains, months, rng)
    with table_writers(raw_dir, _TABLES) as writers:
        writers["study_domains"].write(study_domain_rows(domains, seed))
        writers["domain_scores"].write(score_rows(panel.scores(counts)))
        writers["backlinks"].write(panel.link_rows(counts, rng))
        for answers, references in panel.answer_rows(counts, rng):
            writers["ai_answers"].write(answers)
            writers["ai_references"].write(references)
        rows = {table: writer.records for table, writer in writers.items()}
    readme.write_panel(raw_dir, direction, seed)
    return (
        f"panel {direction}, seed {seed}, {domains} domains, {months} months, "
        f"{rows['backlinks']} link rows, {rows['ai_answers']} answers"
    )


def _check_names(domains: int) -> None:
    if domains > names.DISTINCT_NAMES:
        raise LinksignalError(
            f"--domains {domains} is more than the "
            f"{names.DISTINCT_NAMES} brand names there are."
        )


def _write_study(
    writers: dict[str, TableWriter],
    study: Study,
    row_links: Links,
    with_rows: Ints,
    seed: int,
) -> None:
    size = len(study.authority)
    writers["study_domains"].write(study_domain_rows(size, seed))
    writers["domain_scores"].write(score_rows(study.authority))
    for batch in answer_batches(study, seed):
        writers["ai_answers"].write(batch.answers)
        writers["ai_references"].write(batch.references)
    for batch in backlink_batches(row_links, with_rows, size, seed):
        writers["backlinks"].write(batch)


def _checked_gap(raw_dir: Path, study: Study, seed: int) -> float:
    """Largest gap of the coefficients as the written rows give them."""
    planned = features(study)
    found = recomputed_features(raw_dir)
    same = (planned.columns == found.columns).all() and all(
        np.allclose(planned[name], found[name], rtol=0, atol=1e-12)
        if name != "domain"
        else (planned[name] == found[name]).all()
        for name in planned.columns
    )
    if not same:
        raise AssertionError("the rows do not add up to the planned counts")
    gap = float(calibrated.coefficients(found)["difference"].abs().max())
    if gap > calibrated.TOLERANCE:
        raise LinksignalError(
            f"--seed {seed} gives no calibrated study: a coefficient stays "
            f"{gap:.3f} from the published one; take another seed."
        )
    return gap


def _check_numbers(wanted: Wanted) -> None:
    for option, count in (
        ("--domains", wanted.domain_count),
        ("--links", wanted.link_count),
        ("--months", wanted.month_count),
    ):
        if count is not None and count < 1:
            raise LinksignalError(f"{option} must be at least 1.")
    if wanted.seed is not None and wanted.seed < 0:
        raise LinksignalError("--seed must be 0 or larger.")
    _check_panel(wanted)
    domains = wanted.domain_count or DEFAULT_DOMAINS
    if wanted.link_count is not None and wanted.link_count < domains:
        raise LinksignalError(
            f"--links {wanted.link_count} is too few: each of the {domains} "
            "domains has at least one link; raise it or lower --domains."
        )
    if wanted.threshold_score is None:
        return
    if wanted.law != "threshold":
        raise LinksignalError("--threshold-score needs --law threshold.")
    if not 1 <= wanted.threshold_score <= 99:
        raise LinksignalError("--threshold-score must be from 1 to 99.")


def _check_panel(wanted: Wanted) -> None:
    if wanted.panel is None:
        if wanted.month_count is not None:
            raise LinksignalError("--months needs --panel.")
        return
    for option, value in (
        ("--law", wanted.law),
        ("--links", wanted.link_count),
    ):
        if value is not None:
            raise LinksignalError(
                f"--panel and {option} are different studies; give one of them."
            )
    if (wanted.month_count or 1) > MOST_MONTHS:
        raise LinksignalError(f"--months must be at most {MOST_MONTHS}.")


def _check_out(out: Path, *, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise LinksignalError(f"--out {out} is a file; name a folder.")
    if not overwrite and out.is_dir() and any(out.iterdir()):
        raise LinksignalError(
            f"--out {out} is not empty; name another folder or add "
            "--overwrite to replace the simulated study in it."
        )
    foreign = next(_foreign_files(out), None)
    if foreign:
        raise LinksignalError(
            f"--out {out} holds {foreign.relative_to(out)}, which is not of a "
            "simulated study; name another folder."
        )


def _foreign_files(out: Path) -> Iterator[Path]:
    """Files that --overwrite must not touch: all but a simulated study's."""
    label = out / "README.md"
    is_study = is_real_file(label) and label.read_text(
        errors="replace"
    ).startswith(readme.LABEL)
    for entry in sorted(out.iterdir()) if out.is_dir() else ():
        if entry.name in raw_schemas() and is_real_folder(entry):
            yield from (
                file
                for file in sorted(entry.iterdir())
                if not (is_study and _is_simulated(file))
            )
        elif not (is_study and entry == label):
            yield entry


def _is_simulated(file: Path) -> bool:
    """Whether a file of a study bears a name that a simulation gives it."""
    folder = file.parent.name
    tables = raw_schemas() if folder == "loads" else (folder,)
    return (
        is_real_file(file)
        and file.suffix == ".parquet"
        and file.stem in {load_id_of(table) for table in tables}
    )


def _move(drawn: Path, out: Path) -> None:
    """Put the tables in place of those of an earlier simulated study."""
    out.mkdir(exist_ok=True)
    # The README, which says whose study this is, is never missing.
    shutil.move(drawn / "README.md", out / "README.md")
    for table in raw_schemas():
        for file in (out / table).glob("*"):
            if _is_simulated(file):
                file.unlink()
        if is_real_folder(out / table) and not any((out / table).iterdir()):
            (out / table).rmdir()
    for folder in sorted(drawn.iterdir()):
        (out / folder.name).mkdir(exist_ok=True)
        for file in sorted(folder.iterdir()):
            shutil.move(file, out / folder.name / file.name)
