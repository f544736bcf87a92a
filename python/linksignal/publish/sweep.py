"""Before a run: clear away what dead runs left, and look for space."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from linksignal.errors import ExitCode, LinksignalError
from linksignal.publish.info import read_info
from linksignal.publish.journal import append, entries
from linksignal.publish.place import clear_drafts, keep
from linksignal.publish.root import Root, is_run, remove, run_number
from linksignal.publish.run import Run, drop_data, last_step

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
    clear_drafts(root)
    for path in root.runs.iterdir():
        if path != run.folder:
            drop_data(path)
    published_run = _copy_published(root, run)
    _report_dead_runs(root, run, published_run)
    _forget_old_runs(root)
    _check_space(root)
    return published_run


def _copy_published(root: Root, run: Run) -> str | None:
    """Copy what is published, or what was last, if that can be read."""
    kept = [root.archived(name) for name in reversed(root.archived_runs())]
    for path in (root.published, *kept):
        if not path.exists():
            continue
        try:
            # Beside the copy lies no .wal, whatever lies beside the original.
            shutil.copyfile(path, run.previous)
            run_id = str(read_info(run.previous)["run_id"])
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            run.warnings.append(f"{path} cannot be read: {reason}")
            remove(run.previous)
            continue
        if path == root.published and not root.archived(run_id).exists():
            # A run was killed between publishing and keeping.
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
            append(root.log, event="published", run_id=folder.name, exit_code=0)
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
        remove(folder)


def _run_folders(root: Root) -> list[Path]:
    folders = [path for path in root.runs.iterdir() if is_run(path.name)]
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
