"""Raw folders of whole studies: tables, loads and a README."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from linksignal.errors import LinksignalError
from linksignal.simulate import calibrated, names, readme
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
from linksignal.simulate.write import TableWriter, table_writers

_TABLES = (
    "study_domains",
    "backlinks",
    "domain_scores",
    "ai_answers",
    "ai_references",
)


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
    if domains > names.DISTINCT_NAMES:
        raise LinksignalError(
            f"--domains {domains} is more than the "
            f"{names.DISTINCT_NAMES} brand names there are."
        )
    study = draw_study(law, domains, np.random.default_rng(seed), rows)
    with table_writers(raw_dir, _TABLES) as writers:
        _write_study(writers, study, study.links, np.arange(domains), seed)
        counts = {table: writer.records for table, writer in writers.items()}
    readme.write_law(raw_dir, law, seed)
    return (
        f"law {law.kind}, seed {seed}, {domains} domains, "
        f"{counts['backlinks']} link rows, {counts['ai_answers']} answers"
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
