"""A refresh: lock, build apart, gate, export, verify, publish."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from linksignal.digest import Code, build_digest, read_code
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import is_real_file, is_taken, sha256_of
from linksignal.load.landing import settled
from linksignal.project import (
    Project,
    find_project,
    link_package,
    read_mapping,
)
from linksignal.publish import DEFAULT_KEEP, build
from linksignal.publish.database import read_info
from linksignal.publish.endings import (
    conclude,
    conclude_unchanged,
    failures_told,
    sweep,
)
from linksignal.publish.export import export
from linksignal.publish.info import Facts, Stamp
from linksignal.publish.inputs import (
    Inputs,
    check_unchanged,
    load_new,
    read_inputs,
    stale,
)
from linksignal.publish.place import place, seal, stated_digest
from linksignal.publish.reuse import (
    MadeOf,
    Reuse,
    begin_with_built,
    models,
    reused_words,
)
from linksignal.publish.root import (
    Entry,
    Root,
    append,
    entries,
    locked,
    utc_now,
)
from linksignal.publish.run import Run, begin_run
from linksignal.publish.verify import verify
from linksignal.steps import Steps
from linksignal.text import amount


@dataclass(frozen=True)
class Options:
    """What the user asks for.

    Attributes
    ----------
    raw_dir : Path
        Raw directory, absolute.
    load : tuple of Path
        Exports to load first.
    variables : mapping
        Vars for dbt, without ``raw_dir``.
    keep_count : int
        Published files that are kept, the current one included.
    max_age_days : int or None
        Age up to which a raw table is fresh; None: not looked at.
    stops_when_stale : bool
        Whether an older one stops the refresh, or only warns.
    is_forced : bool
        Whether all is done anew, though nothing may have changed.
    project : Project
        What is built.
    """

    raw_dir: Path
    load: tuple[Path, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)
    keep_count: int = DEFAULT_KEEP
    max_age_days: int | None = None
    stops_when_stale: bool = False
    is_forced: bool = False
    project: Project = field(default_factory=find_project)

    @property
    def settings(self) -> dict[str, Any]:
        """Settings that the project or the user gives."""
        return {**self.project.settings(), **self.variables}

    @property
    def links_from(self) -> str:
        """Where the counts of links are from: ``rows``, ``spark``."""
        return str(self.settings.get("links_from", "rows"))


@dataclass(frozen=True)
class Published:
    """What is published after a refresh.

    Attributes
    ----------
    run : Run
        The run, with its warnings and durations.
    info : dict
        The row of publish_info.
    sha256 : str
        Of the published file.
    is_new : bool
        Whether this run published it; if not, nothing had changed since.
    reused : dict
        Which models of which run were not built again, as `MadeOf` has it.
    """

    run: Run
    info: dict[str, Any]
    sha256: str
    is_new: bool = True
    reused: dict[str, Any] = field(default_factory=dict)

    @property
    def moved_count(self) -> int:
        """Coefficients that left their previous interval."""
        return self._rows("history.drift")

    @property
    def moved_verdicts(self) -> int:
        """Claims whose verdict is another than in the previous run."""
        return self._rows("history.verdict_drift")

    def _rows(self, table: str) -> int:
        return int(json.loads(self.info["row_counts"])[table])


def read_variables(text: str) -> dict[str, Any]:
    """Read the settings that a user gives with ``--vars``.

    Parameters
    ----------
    text : str
        YAML: names and values.

    Raises
    ------
    LinksignalError
        It is not that, or it names where the raw tables are.
    """
    variables = read_mapping(text)
    for name in ("raw_dir", "raw_database", "raw_schema"):
        if name in variables:
            raise LinksignalError(
                f"--vars must not name {name}: a refresh builds from the "
                "files in --raw, whose content it can identify (how to copy "
                "tables of a database there: docs/scheduling.md)"
            )
    return variables


def refresh(
    root: Root, options: Options, steps: Steps | None = None
) -> Published:
    """Build, check and publish; when anything fails, readers see no change.

    Where inputs, settings, code and versions are those of what is published,
    nothing is built.

    Parameters
    ----------
    root : Root
        Where to work and publish.
    options : Options
        From what.
    steps : Steps, optional
        Is told the steps; default: nobody is.

    Returns
    -------
    Published

    Raises
    ------
    LinksignalError
        Why nothing was published: 1 data, 2 configuration or engine, 3 input
        rejected, 75 busy.
    """
    _check_places(root, options.raw_dir, options.project.folder)
    link_package(options.project)
    with locked(root):
        run = _begin(root, steps or Steps())
        with failures_told(root, run):
            with run.step("sweep"):
                previous_run = sweep(root, run)
            inputs = _prepare(run, options)
            with run.step("compare"):
                code = read_code(options.project, options.variables)
                published = None
                if not options.is_forced:
                    published = _unchanged(root, run, _digest(code, inputs))
            if published:
                conclude_unchanged(
                    root,
                    run,
                    options.keep_count,
                    str(published.info["run_id"]),
                )
                return published
            checked = _build(root, run, options, inputs, code)
            made_of = _made_of(options, code, inputs, checked)
            with run.step("export"):
                stamp = Stamp(
                    run.run_id, run.number, utc_now().replace(tzinfo=None)
                )
                metadata = checked.manifest["metadata"]
                facts = Facts(
                    stamp,
                    previous_run,
                    inputs,
                    options.settings,
                    str(metadata["dbt_version"]),
                )
                info = export(run, checked.manifest, facts)
            with run.step("verify"):
                verify(run.candidate, run.database)
            with run.step("publish"):
                sha256 = seal(run.candidate)
                # For whoever finds the file out and this process dead.
                append(
                    run.log,
                    step="publish",
                    event="sealed",
                    sha256=sha256,
                    digest=made_of.digest,
                )
                place(run.candidate, root)
        conclude(root, run, options.keep_count, sha256, made_of)
    return Published(run, info, sha256, reused=made_of.reused)


def _digest(code: Code, inputs: Inputs) -> str:
    return build_digest(code.digest, inputs.raw_hash)


def _unchanged(root: Root, run: Run, digest: str) -> Published | None:
    """What is published, if it is what this run would publish."""
    if not is_real_file(root.published) or is_taken(root.wal):
        return None
    try:
        info = read_info(root.published)
    except duckdb.Error:
        return None
    sha256 = sha256_of(root.published)
    stated = stated_digest(root, str(info["run_id"]), sha256)
    if stated != digest:
        return None
    return Published(run, info, sha256, is_new=False)


def _made_of(
    options: Options,
    code: Code,
    inputs: Inputs,
    checked: build.Checked,
) -> MadeOf:
    """Digests of a build, where they tell all that it was made of."""
    manifest, reuse = checked.manifest, checked.reuse
    is_same = code == read_code(options.project, options.variables)
    # The content of a database that the project names is not known.
    is_known = (
        is_same
        and build.is_ours_alone(manifest)
        and not options.project.settings().get("raw_database")
    )
    reused: dict[str, Any] = {}
    if reuse:
        reused = {
            "run_id": reuse.run_id,
            "models": models(reuse.kept(manifest)),
            "model_count": len(models(manifest["nodes"])),
        }
    return MadeOf(
        code if is_same else None,
        _digest(code, inputs) if is_known else None,
        inputs.tables,
        manifest,
        checked.tests,
        reused,
    )


def _check_places(root: Root, raw_dir: Path, project: Path) -> None:
    """Refuse a root that is something else already."""
    if root.path in (raw_dir, project):
        raise LinksignalError(
            f"--root {root.path} is the "
            f"{'raw directory' if root.path == raw_dir else 'dbt project'}: "
            "name a folder of its own"
        )
    for folder in (root.runs, root.archive):
        if raw_dir.is_relative_to(folder):
            raise LinksignalError(
                f"--raw {raw_dir} lies in {folder}, where a refresh works: "
                "name another"
            )


def _begin(root: Root, steps: Steps) -> Run:
    try:
        return begin_run(root, steps)
    except OSError as error:
        raise LinksignalError(
            f"no run can begin in {root.path}: {error.strerror}"
        ) from error


def _prepare(run: Run, options: Options) -> Inputs:
    """Load what is to be loaded, and look at what there is."""
    with run.step("load"):
        if options.raw_dir.is_dir():
            # Half a load must not be taken for loaded, and then taken back.
            with settled(options.raw_dir):
                pass
        run.warnings += load_new(options.load, options.raw_dir, run.folder)
    with run.step("inputs"):
        inputs = read_inputs(options.raw_dir, options.links_from)
        if options.max_age_days is not None:
            today = utc_now().date()
            old = stale(inputs.newest, today, options.max_age_days)
            if old and options.stops_when_stale:
                raise LinksignalError(
                    f"stale input: {'; '.join(old)}", ExitCode.DATA_FAILED
                )
            run.warnings += old
    return inputs


def _build(
    root: Root, run: Run, options: Options, inputs: Inputs, code: Code
) -> build.Checked:
    """Build what has changed, else all."""
    reuse = parsed = None
    if not options.is_forced:
        kept = root.parsed / f"{code.digest}.msgpack"
        parsed = kept if is_real_file(kept) else None
        with run.step("reuse"):
            reuse = begin_with_built(root, run, code, inputs.tables)
    if reuse:
        # What has changed may have changed which tables there are.
        with suppress(build.LeftOutError):
            return _built(run, options, inputs, parsed, reuse)
        run.drop_build()
    return _built(run, options, inputs, parsed, None)


def _built(
    run: Run,
    options: Options,
    inputs: Inputs,
    parsed: Path | None,
    reuse: Reuse | None,
) -> build.Checked:
    with run.step("build"):
        exit_code = build.run_dbt(
            run,
            {**options.variables, "raw_dir": str(options.raw_dir)},
            options.project.folder,
            parsed,
            reuse.selected if reuse else (),
        )
    with run.step("gate"):
        # First: what failed may have failed at half a load.
        check_unchanged(options.raw_dir, inputs)
        return build.check_run(
            run, exit_code, with_unit_tests=parsed is None, reuse=reuse
        )


def answer(published: Published, root: Root) -> dict[str, Any]:
    """What ``--json`` prints of a refresh that ended well.

    Parameters
    ----------
    published : Published
        What is published.
    root : Root
        Where.

    Returns
    -------
    dict
        The row of publish_info, and how the run went.
    """
    return {
        "event": "published" if published.is_new else "unchanged",
        "exit_code": int(ExitCode.OK),
        "file": str(root.published),
        "report": str(root.report) if root.report.exists() else None,
        "sha256": published.sha256,
        "moved_coefficients": published.moved_count,
        "moved_verdicts": published.moved_verdicts,
        "reused": published.reused,
        "seconds": published.run.seconds,
        "warnings": published.run.warnings,
        **published.info,
    }


def failure(root: Root, error: LinksignalError) -> dict[str, Any]:
    """What ``--json`` prints of a refresh that failed.

    Parameters
    ----------
    root : Root
        Its log has the run and the step, if it came to a run at all.
    error : LinksignalError
        Why it failed.

    Returns
    -------
    dict
        Exit code, reason, and what the log says.
    """
    logged: list[Entry] = []
    # A root that refuses to be read is what the error is about.
    with suppress(OSError):
        last = entries(root.log)[-1:]
        logged = [entry for entry in last if entry.get("reason") == str(error)]
    told = {
        "event": "failed",
        "exit_code": int(error.exit_code),
        "reason": str(error),
    }
    return {**told, **logged[0]} if logged else told


def report(published: Published, root: Root) -> str:
    """What is printed of a refresh that ended well.

    Parameters
    ----------
    published : Published
        What is published.
    root : Root
        Where.

    Returns
    -------
    str
        Lines without a final line end.
    """
    info = published.info
    if not published.is_new:
        return "\n".join(_unchanged_lines(published, root))
    lines = [
        f"published {root.published}",
        f"  run {info['run_id']}, previous {info['previous_run_id'] or 'none'}",
        f"  {info['load_count']} loads, raw content {info['raw_hash'][:12]}",
        f"  {published.moved_count} coefficients left the interval they had "
        "(history.drift)",
        f"  {published.moved_verdicts} claims have another verdict "
        "(history.verdict_drift)",
    ]
    if published.reused:
        lines.append(f"  {reused_words(published.reused)}")
    if root.report.exists():
        lines.append(f"  report {root.report.name}")
    return "\n".join([*lines, *_cautions(published)])


def _unchanged_lines(published: Published, root: Root) -> list[str]:
    info = published.info
    return [
        f"nothing changed since run {info['run_id']}: {root.published} stays",
        "  the same inputs, settings, code and versions (--force rebuilds)",
        *_cautions(published),
    ]


def _cautions(published: Published) -> list[str]:
    lines = []
    if count := len(published.run.warnings):
        lines.append(
            f"  {amount(count, 'warning')} (linksignal status repeats "
            f"{'it' if count == 1 else 'them'})"
        )
    if published.info["is_simulated"]:
        lines.append("  SIMULATED DATA: these results describe no real domain.")
    return lines
