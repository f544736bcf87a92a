"""Putting a file where readers look: at once, or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from linksignal.drafts import drafts
from linksignal.files import is_real_file, sha256_of, sync
from linksignal.publish.journal import entries
from linksignal.publish.root import Root

_READ_ONLY = 0o444


def seal(path: Path) -> str:
    """Bring a file to the disk, make it read-only, and return its SHA-256.

    Parameters
    ----------
    path : Path
        A file that is not going to change.

    Returns
    -------
    str
        Hexadecimal.
    """
    path.chmod(_READ_ONLY)
    sync(path)
    return sha256_of(path)


def place(path: Path, root: Root) -> None:
    """Replace the published file; readers see the old one or the new one.

    The last step that can fail: the folder is synced by the caller, who then
    must not call a publication failed that everybody can see.

    Parameters
    ----------
    path : Path
        Sealed, and on the disk of the root; it is moved.
    root : Root
        Must be locked.
    """
    # Left by someone who opened the file for writing. Older clients would
    # replay it into the new file, newer ones would refuse to open it.
    if is_real_file(root.wal):
        root.wal.unlink()
    os.replace(path, root.published)


def keep(path: Path, root: Root, run_id: str) -> None:
    """Keep a copy of a published file for a rollback.

    A copy, not a hard link: whoever can write to the published file in spite
    of its mode (root can) must not reach what a rollback brings back.

    Parameters
    ----------
    path : Path
        A published file, or a copy of it.
    root : Root
        Must be locked.
    run_id : str
        Run that made it.
    """
    root.archive.mkdir(exist_ok=True)
    copy_durably(path, root.archived(run_id))


def copy_durably(path: Path, target: Path) -> None:
    """Copy a file so that the target is whole whenever it is there."""
    with drafts(target.parent) as draft:
        copy = draft / target.name
        shutil.copyfile(path, copy)
        seal(copy)
    sync(target.parent)


def stated_sha256(root: Root, run_id: str) -> str | None:
    """SHA-256 of what a run published, as the logs state it.

    Parameters
    ----------
    root : Root
        Its log has it, or that of the run: a killed process may not have come
        to the first.
    run_id : str
        The run.
    """
    logged = [
        entry for entry in entries(root.log) if entry.get("run_id") == run_id
    ]
    told = [
        entry["sha256"]
        for entry in (*entries(root.runs / run_id / "run.log"), *logged)
        if entry.get("sha256")
    ]
    return str(told[-1]) if told else None


def prune(root: Root, keep_count: int, published_run: str) -> None:
    """Remove all but the last kept files.

    Parameters
    ----------
    root : Root
        Must be locked.
    keep_count : int
        How many stay; the published run's always does.
    published_run : str
        Run whose file is published.
    """
    others = [run for run in root.archived_runs() if run != published_run]
    for run_id in others[: max(len(others) - keep_count + 1, 0)]:
        root.archived(run_id).unlink()
