"""Files: whose they are, and how they come to the disk whole or not at all."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory

from linksignal.errors import LinksignalError

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


def is_held(path: Path) -> bool:
    """Whether a process holds a file or folder alone."""
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


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


_PREFIX = ".linksignal-draft-"


def refuse_existing(targets: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse to replace files, unless the user asked for it.

    Parameters
    ----------
    targets : iterable of Path
        Files about to be written.
    overwrite : bool
        Whether files may be replaced.

    Raises
    ------
    LinksignalError
        One of them is there, or is a folder, a device or a symbolic link to
        nothing.
    """
    for target in targets:
        if is_taken(target) and not target.is_file():
            raise LinksignalError(
                f"{target} is {kind_of(target)}: it cannot be replaced by a "
                "file"
            )
        if target.exists() and not overwrite:
            raise LinksignalError(
                f"{target} exists: choose another --out, or use --overwrite "
                "to replace it"
            )


@contextmanager
def drafts(folder: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Place to write files before they appear in a folder, all at the end.

    Parameters
    ----------
    folder : Path
        Where the files are to appear; it is made when it is missing.
    overwrite : bool, default True
        Whether they may replace files that are there at the end.

    Yields
    ------
    Path
        A new folder on the same disk. What lies in it when the block ends
        replaces files of the same name in ``folder``; after an error nothing
        of it stays, and what a killed process left goes with the next drafts.

    Raises
    ------
    LinksignalError
        ``folder`` is a file, or a file that must not be replaced is there.
    """
    if folder.exists() and not folder.is_dir():
        raise LinksignalError(f"{folder} is a file: --out needs a folder there")
    folder.mkdir(parents=True, exist_ok=True)
    sweep_drafts(folder)
    with TemporaryDirectory(prefix=_PREFIX, dir=folder) as name, _held(name):
        draft = Path(name)
        mark(draft)
        yield draft
        made = [
            path
            for path in sorted(draft.iterdir())
            if path.is_file() and path.name != MARK
        ]
        # Some may have come while these were written.
        refuse_existing(
            [folder / path.name for path in made], overwrite=overwrite
        )
        for path in made:
            os.replace(path, folder / path.name)


@contextmanager
def _held(draft: str) -> Iterator[None]:
    """Lock a draft; the kernel gives it back when the process ends."""
    handle = os.open(draft, os.O_RDONLY)
    try:
        # Where folders cannot be locked, nobody takes it for a dead one.
        with suppress(OSError):
            hold(handle)
        yield
    finally:
        os.close(handle)


def sweep_drafts(folder: Path) -> None:
    """Remove drafts in a folder that no process holds."""
    for path in folder.glob(f"{_PREFIX}*"):
        # Not to be listed or locked: somebody else's, alive or not.
        with suppress(OSError):
            # Without a mark it is not ours, or about to be marked and locked.
            if is_own(path) and not is_held(path):
                shutil.rmtree(path)
