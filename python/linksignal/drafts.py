"""Files that appear whole or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from linksignal.errors import LinksignalError
from linksignal.files import MARK, is_own, is_taken, kind_of, mark

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
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(handle)


def sweep_drafts(folder: Path) -> None:
    """Remove drafts in a folder that no process holds."""
    for path in folder.glob(f"{_PREFIX}*"):
        # Not to be listed or locked: somebody else's, alive or not.
        with suppress(OSError):
            # Without a mark it is not ours, or about to be marked and locked.
            if is_own(path) and not _is_held(path):
                shutil.rmtree(path)


def _is_held(draft: Path) -> bool:
    handle = os.open(draft, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
