"""Putting a file where readers look: at once, or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from linksignal.publish.root import Root, remove, sync

_READ_ONLY = 0o444
DRAFT = ".draft-"


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


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
    remove(root.wal)
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
    draft = target.with_name(DRAFT + target.name)
    remove(draft)
    shutil.copyfile(path, draft)
    seal(draft)
    os.replace(draft, target)
    sync(target.parent)


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
        remove(root.archived(run_id))


def clear_drafts(root: Root) -> None:
    """Remove what a killed copy left behind."""
    for folder in (root.path, root.archive):
        for path in folder.glob(DRAFT + "*"):
            remove(path)
