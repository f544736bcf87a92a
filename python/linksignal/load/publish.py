"""Landing: staged files appear in the raw directory together or not at all.

Work lies in a folder of the raw directory that no reader looks into. Files
move from there by rename, the ledger's last. A journal names them first, so
that the next load can take back what a killed one had begun.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.stage import Staged
from linksignal.raw import raw_file

_WORK = ".loading"
_JOURNAL = "landing.txt"


@contextmanager
def work_folder(raw_dir: Path) -> Iterator[Path]:
    """Hold a raw directory alone, with an empty folder to work in.

    Parameters
    ----------
    raw_dir : Path
        Raw directory; it is created when it does not exist.

    Yields
    ------
    Path
        The folder; it is removed afterwards.

    Raises
    ------
    LinksignalError
        Exit code 75 while another load runs; 2 when the directory cannot
        be written to.
    """
    is_new = not raw_dir.exists()
    try:
        raw_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(raw_dir, os.O_RDONLY | os.O_DIRECTORY)
    except OSError as error:
        raise _unwritable(raw_dir, error) from error
    try:
        _lock(handle, raw_dir)
        try:
            take_back(raw_dir)
            folder = raw_dir / _WORK
            folder.mkdir()
            yield folder
        finally:
            take_back(raw_dir)
            if is_new and not any(raw_dir.iterdir()):
                raw_dir.rmdir()
    except PermissionError as error:
        raise _unwritable(raw_dir, error) from error
    finally:
        os.close(handle)


def land(raw_dir: Path, staged: Sequence[Staged]) -> None:
    """Move the files of staged loads to where readers look.

    Raises
    ------
    OSError
        A file could not be moved; what was moved before is taken back when
        `work_folder` is left.
    """
    moves = [
        (path, raw_file(raw_dir, table, each.load.load_id))
        for each in staged
        for table, path in each.files.items()
    ]
    moves.sort(key=lambda move: move[1].parent.name == "loads")
    journal = raw_dir / _WORK / _JOURNAL
    _write_durably(
        journal, "\n".join(str(t.relative_to(raw_dir)) for _, t in moves)
    )
    for path, target in moves:
        target.parent.mkdir(exist_ok=True)
        _sync(path)
        os.replace(path, target)
    for folder in {target.parent for _, target in moves}:
        _sync(folder)
    journal.unlink()


def take_back(raw_dir: Path) -> None:
    """Remove what an unfinished load left behind."""
    journal = raw_dir / _WORK / _JOURNAL
    if journal.exists():
        targets = [raw_dir / line for line in journal.read_text().splitlines()]
        if not all(target.exists() for target in targets):
            for target in reversed(targets):
                target.unlink(missing_ok=True)
    shutil.rmtree(raw_dir / _WORK, ignore_errors=True)


def _lock(handle: int, raw_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LinksignalError(
            f"{raw_dir}: another load is writing there; wait for its end and "
            "load again",
            ExitCode.BUSY,
        ) from error


def _unwritable(raw_dir: Path, error: OSError) -> LinksignalError:
    return LinksignalError(
        f"{raw_dir}: cannot be written to ({error.strerror}); name another "
        "raw directory"
    )


def _write_durably(path: Path, text: str) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(text, encoding="utf-8")
    _sync(draft)
    os.replace(draft, path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
