"""Before a run: clear away what dead runs left, and look for space."""

from __future__ import annotations

import shutil
from pathlib import Path

from linksignal.drafts import sweep_drafts
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import clear, dissolve, is_own, sha256_of
from linksignal.publish.beside import mend_report_beside
from linksignal.publish.journal import append, entries
from linksignal.publish.place import keep, stated_sha256
from linksignal.publish.root import Root, is_run, run_number, stated_run
from linksignal.publish.run import DATA, LOGS, Run, last_step

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
    for folder in (root.path, root.archive):
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
