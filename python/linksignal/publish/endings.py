"""How a run ends: concluded, failed, or killed and cleared away by the next."""

from __future__ import annotations

import shutil
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from linksignal.digest import Code
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import (
    clear,
    dissolve,
    is_own,
    is_real_file,
    sha256_of,
    sweep_drafts,
    sync,
)
from linksignal.publish.place import (
    copy_durably,
    keep,
    mend_report_beside,
    prune,
    stated_sha256,
    write_report_beside,
)
from linksignal.publish.reuse import MadeOf, keep_built
from linksignal.publish.root import (
    Root,
    append,
    entries,
    is_run,
    run_number,
    stated_run,
)
from linksignal.publish.run import DATA, LOGS, Run, last_step

# Left for a look at the rows that failed, until the next refresh.
_KEEPS_DATABASE = (ExitCode.DATA_FAILED,)


@contextmanager
def failures_told(root: Root, run: Run) -> Iterator[None]:
    """Write down why a run fails, and end it in one sentence.

    An interrupt is not written down here: the next run reports it, and knows
    whether the file was out already.

    Parameters
    ----------
    root : Root
        Whose log takes a line.
    run : Run
        The run.

    Raises
    ------
    LinksignalError
        The failure, whatever it was raised as.
    """
    try:
        yield
    except LinksignalError as error:
        _tell(root, run, str(error), error.exit_code)
        raise
    except Exception as error:
        with suppress(OSError):
            report = run.folder / "traceback.txt"
            report.write_text(traceback.format_exc(), encoding="utf-8")
        reason = (str(error).splitlines() or [""])[0]
        kind = (
            ""
            if isinstance(error, (OSError, duckdb.Error))
            else (f"{type(error).__name__}: ")
        )
        failure = LinksignalError(f"{run.current_step}: {kind}{reason}")
        _tell(root, run, str(failure), failure.exit_code)
        raise failure from error


def conclude(
    root: Root,
    run: Run,
    keep_count: int,
    sha256: str,
    made_of: MadeOf,
) -> None:
    """Keep and log what was published, clear the rest.

    The file is out: what fails from here on is a warning, and the next
    refresh makes up for it.

    Parameters
    ----------
    root : Root
        Must be locked.
    run : Run
        The run.
    keep_count : int
        Published files that are kept.
    sha256 : str
        Of the published file.
    made_of : MadeOf
        What it was built from.
    """
    with _only_warns(run, "the folder could not be synced"):
        sync(root.path)
    with (
        _only_warns(run, "no copy was kept for a rollback"),
        run.step("archive"),
    ):
        keep(root.published, root, run.run_id)
        prune(root, keep_count, run.run_id)
    with _only_warns(run, "no report was written"), run.step("report"):
        run.warnings += write_report_beside(root)
    with _only_warns(run, "the log could not be written"):
        append(
            root.log,
            event="published",
            run_id=run.run_id,
            exit_code=int(ExitCode.OK),
            sha256=sha256,
            digest=made_of.digest,
            database_bytes=run.database.stat().st_size,
            reused=made_of.reused,
            seconds=run.seconds,
            warnings=run.warnings,
        )
    with _only_warns(run, "what dbt has parsed could not be kept"):
        _keep_parsed(root, run, made_of.code)
    with _only_warns(run, "the tables could not be kept for the next refresh"):
        keep_built(root, run, made_of)
    with _only_warns(run, "the run's folder could not be cleared"):
        run.drop_data()


def conclude_unchanged(
    root: Root, run: Run, keep_count: int, published_run: str
) -> None:
    """Log that a run had nothing to do, and leave no folder of it.

    Parameters
    ----------
    root : Root
        Must be locked.
    run : Run
        The run.
    keep_count : int
        Published files that are kept.
    published_run : str
        Run whose file stays published.
    """
    with _only_warns(run, "an earlier file could not be removed"):
        prune(root, keep_count, published_run)
    if not root.report.exists():
        with _only_warns(run, "no report was written"):
            run.warnings += write_report_beside(root)
    with _only_warns(run, "the log could not be written"):
        append(
            root.log,
            event="unchanged",
            run_id=run.run_id,
            published_run=published_run,
            exit_code=int(ExitCode.OK),
            seconds=run.seconds,
            warnings=run.warnings,
        )
        # Not before that: the number of the next run comes from either.
        dissolve(run.folder, DATA + LOGS)


def _keep_parsed(root: Root, run: Run, code: Code | None) -> None:
    """Keep what dbt has parsed of code whose unit tests have passed."""
    if code is None or not run.parsed.is_file():
        return
    target = root.parsed / f"{code.digest}.msgpack"
    if not target.exists():
        root.parsed.mkdir(exist_ok=True)
        copy_durably(run.parsed, target)
    for other in root.parsed.glob("*.msgpack"):
        if other != target and is_real_file(other):
            other.unlink()


@contextmanager
def _only_warns(run: Run, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        run.warnings.append(f"published, but {what}: {error}")


def _tell(root: Root, run: Run, reason: str, exit_code: ExitCode) -> None:
    # The disk may be full: first make room, then write.
    steps: list[Callable[[], None]] = [
        lambda: append(
            root.log,
            event="failed",
            run_id=run.run_id,
            step=run.current_step,
            exit_code=int(exit_code),
            reason=reason,
            warnings=run.warnings,
        )
    ]
    if exit_code not in _KEEPS_DATABASE:
        steps.insert(0, run.drop_data)
    for step in steps:
        with suppress(OSError):
            step()


# A build and its export, each kept once more while it is copied.
_SPACE_PER_DATABASE = 2
# A first build, of which nothing is known: the engine's own files and logs.
_LEAST_FREE_BYTES = 100 * 2**20
# Folders of logs that stay, of runs that have ended.
_KEPT_RUNS = 30


def sweep(root: Root, run: Run) -> str | None:
    """Clear away what earlier runs left, and find what is published.

    Parameters
    ----------
    root : Root
        Must be locked: any other run is dead.
    run : Run
        The run that begins; it gets its private copy of what is published.

    Returns
    -------
    str or None
        Run whose file was copied; None when nothing is published.

    Raises
    ------
    LinksignalError
        There is too little space on the disk.
    """
    for folder in (root.path, root.archive, root.parsed, root.built):
        sweep_drafts(folder)
    for folder in _run_folders(root):
        if folder != run.folder:
            clear(folder, DATA)
    published_run = _copy_published(root, run)
    _report_dead_runs(root, run, published_run)
    mend_report_beside(root)
    _forget_old_runs(root)
    _check_space(root)
    return published_run


def _copy_published(root: Root, run: Run) -> str | None:
    """Copy what is published, or what was last, if that can be read."""
    kept = [root.archived(name) for name in reversed(root.archived_runs())]
    for path in (root.published, *kept):
        if not path.exists():
            continue
        # Beside the copy lies no .wal, whatever lies beside the original.
        shutil.copyfile(path, run.previous)
        run_id = stated_run(run.previous)
        if run_id is None:
            run.warnings.append(f"{path} cannot be read as a published file")
            run.previous.unlink()
            continue
        if (
            # A run was killed between publishing and keeping.
            path == root.published
            and run_id not in root.archived_runs()
            and stated_sha256(root, run_id) in (None, sha256_of(run.previous))
        ):
            keep(run.previous, root, run_id)
        return run_id
    return None


def _report_dead_runs(root: Root, run: Run, published_run: str | None) -> None:
    """Say in the log what became of runs that could not say it themselves."""
    told = {entry.get("run_id") for entry in entries(root.log)}
    for folder in _run_folders(root):
        if folder.name in told or folder == run.folder:
            continue
        if folder.name == published_run:
            append(
                root.log,
                event="published",
                run_id=folder.name,
                exit_code=int(ExitCode.OK),
                sha256=stated_sha256(root, folder.name),
            )
            continue
        step = last_step(folder) or "start"
        append(
            root.log,
            event="failed",
            run_id=folder.name,
            step=step,
            exit_code=int(ExitCode.CONFIGURATION),
            reason=f"the process was ended from outside during step {step}",
        )


def _forget_old_runs(root: Root) -> None:
    for folder in _run_folders(root)[:-_KEPT_RUNS]:
        dissolve(folder, DATA + LOGS)


def _run_folders(root: Root) -> list[Path]:
    folders = [
        path
        for path in root.runs.iterdir()
        if is_run(path.name) and is_own(path)
    ]
    return sorted(folders, key=lambda path: run_number(path.name))


def _check_space(root: Root) -> None:
    sizes = [int(entry.get("database_bytes", 0)) for entry in entries(root.log)]
    last = next((size for size in reversed(sizes) if size), 0)
    needed = _LEAST_FREE_BYTES + _SPACE_PER_DATABASE * last
    free = shutil.disk_usage(root.path).free
    if free < needed:
        raise LinksignalError(
            f"{free / 1e6:,.0f} MB are free at {root.path}, and a refresh "
            f"needs {needed / 1e6:,.0f} MB: make space"
        )
