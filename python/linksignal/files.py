"""Files: whose they are, how they get to the disk, how ours go again.

Folders of our own bear a mark, and only those are cleared: names alone say
nothing of who made a folder. What bears no mark, a symbolic link, and what lies
in a folder of ours under a name that we do not write is somebody else's, and
stays.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from fnmatch import fnmatchcase
from pathlib import Path

_ATTEMPTS = 5
_MOMENT_SECONDS = 0.02
MARK = ".made-by-linksignal"


def hold(handle: int, *, shared: bool = False) -> None:
    """Lock an open file or folder until it is closed.

    The kernel gives the lock back when the process ends, however it ends.
    Somebody who only looks holds it for a moment, which is waited for.

    Parameters
    ----------
    handle : int
        What `os.open` gave.
    shared : bool, default False
        Whether others may hold it too, who want it shared as well.

    Raises
    ------
    BlockingIOError
        Another process holds it.
    """
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    for _ in range(_ATTEMPTS - 1):
        with suppress(BlockingIOError):
            return fcntl.flock(handle, kind)
        time.sleep(_MOMENT_SECONDS)
    return fcntl.flock(handle, kind)


def sync(path: Path) -> None:
    """Bring a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_real_folder(path: Path) -> bool:
    """Whether a path is a folder itself, and no symbolic link to one."""
    return path.is_dir() and not path.is_symlink()


def is_real_file(path: Path) -> bool:
    """Whether a path is a file itself, and no symbolic link to one."""
    return path.is_file() and not path.is_symlink()


def is_taken(path: Path) -> bool:
    """Whether anything bears this name, a dangling symbolic link too."""
    return path.exists() or path.is_symlink()


def kind_of(path: Path) -> str:
    """Say what bears a name, for a sentence."""
    if path.is_symlink():
        return "a symbolic link"
    if path.is_dir():
        return "a folder"
    return "a file" if path.is_file() else "a device"


def mark(folder: Path) -> None:
    """Mark a folder that we have just made.

    The mark says the folder's name, so that a copy under another name is the
    user's.
    """
    (folder / MARK).write_text(folder.name, encoding="utf-8")


def is_own(folder: Path) -> bool:
    """Whether a folder is one that we made.

    Parameters
    ----------
    folder : Path
        Anything, or nothing.

    Returns
    -------
    bool
        It is a folder, no symbolic link, and bears its mark.
    """
    stamp = folder / MARK
    if not (is_real_folder(folder) and is_real_file(stamp)):
        return False
    with suppress(OSError, UnicodeDecodeError):
        # A killed process may have left half of it.
        return folder.name.startswith(stamp.read_text(encoding="utf-8"))
    return False


def clear(folder: Path, patterns: Iterable[str]) -> None:
    """Remove what we wrote into a folder of ours; all else stays.

    Parameters
    ----------
    folder : Path
        Nothing happens to one that is not our own.
    patterns : iterable of str
        Names that we write, as shells write patterns. A symbolic link of such
        a name is not ours.

    Raises
    ------
    OSError
        The system refuses to remove something.
    """
    if not is_own(folder):
        return
    names = list(patterns)
    for path in sorted(folder.iterdir()):
        if not any(fnmatchcase(path.name, name) for name in names):
            continue
        if is_real_folder(path):
            shutil.rmtree(path)
        elif is_real_file(path):
            path.unlink()


def dissolve(folder: Path, patterns: Iterable[str]) -> None:
    """Clear a folder of ours, and remove it if nothing else lies in it."""
    clear(folder, patterns)
    if is_own(folder) and [each.name for each in folder.iterdir()] == [MARK]:
        (folder / MARK).unlink()
        folder.rmdir()
