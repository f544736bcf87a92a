"""Landing and removal: a load is in the raw directory whole or not at all.

Work lies in a folder of the raw directory that no reader looks into. Files
move from there by rename, the ledger's last. A journal names them first, so
that the next command can take back a landing, and end a removal, that a
killed one had begun.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.stage import Staged
from linksignal.raw import raw_file

_WORK = ".loading"
_LANDING = "landing.txt"
_REMOVAL = "removal.txt"


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
    with _writable(raw_dir):
        folders = (raw_dir, *raw_dir.parents)
        new_folders = [folder for folder in folders if not folder.exists()]
        raw_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(raw_dir, os.O_RDONLY | os.O_DIRECTORY)
        try:
            _lock(handle, raw_dir)
            try:
                settle(raw_dir)
                folder = raw_dir / _WORK
                folder.mkdir()
                yield folder
            finally:
                settle(raw_dir)
                for new in new_folders:
                    _remove_if_empty(new)
        finally:
            os.close(handle)


@contextmanager
def trial_folder() -> Iterator[Path]:
    """Give an empty folder away from the raw directory, for a dry run.

    Yields
    ------
    Path
        The folder; it is removed afterwards.
    """
    place = Path(gettempdir())
    with _writable(place), TemporaryDirectory(prefix="linksignal-") as folder:
        yield Path(folder)


def land(raw_dir: Path, staged: Sequence[Staged]) -> None:
    """Move the files of staged loads to where readers look.

    Parameters
    ----------
    raw_dir : Path
        Raw directory, held by `work_folder`.
    staged : sequence of Staged
        The loads.

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
    _check_folders([target for _, target in moves])
    journal = raw_dir / _WORK / _LANDING
    _write_journal(journal, raw_dir, [target for _, target in moves])
    for path, target in moves:
        target.parent.mkdir(exist_ok=True)
        _sync(path)
        os.replace(path, target)
    for folder in {target.parent for _, target in moves}:
        _sync(folder)
    journal.unlink()


def remove(raw_dir: Path, files: Sequence[Path]) -> None:
    """Remove the files of a load, the ledger's last.

    A reader who comes in between finds a load that lacks rows, which the
    build reports, rather than rows that no load accounts for.

    Parameters
    ----------
    raw_dir : Path
        Raw directory, held by `work_folder`.
    files : sequence of Path
        Files of the load in it.
    """
    ordered = sorted(files, key=lambda file: file.parent.name == "loads")
    _check_folders(ordered)
    _write_journal(raw_dir / _WORK / _REMOVAL, raw_dir, ordered)
    settle(raw_dir)


def settle(raw_dir: Path) -> None:
    """Take back an unfinished landing, end an unfinished removal."""
    landing = _read_journal(raw_dir / _WORK / _LANDING, raw_dir)
    if not all(target.exists() for target in landing):
        _delete(reversed(landing))
    _delete(_read_journal(raw_dir / _WORK / _REMOVAL, raw_dir))
    shutil.rmtree(raw_dir / _WORK, ignore_errors=True)


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
        if file.parent.exists():
            _sync(file.parent)
            _remove_if_empty(file.parent)


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _lock(handle: int, raw_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise LinksignalError(
            f"{raw_dir}: another load is writing there; wait for its end and "
            "try again",
            ExitCode.BUSY,
        ) from error


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        is_forbidden = error.errno in (errno.EACCES, errno.EPERM, errno.EROFS)
        advice = (
            "check who may write there" if is_forbidden else "free disk space"
        )
        raise LinksignalError(
            f"{folder}: cannot be written to ({error.strerror or error}); "
            f"nothing has changed there; {advice}, or name another folder"
        ) from error


def _check_folders(files: Iterable[Path]) -> None:
    """Refuse to begin where some folder would let nothing in or out."""
    for folder in {file.parent for file in files}:
        if folder.exists() and not os.access(
            folder, os.R_OK | os.W_OK | os.X_OK
        ):
            with _writable(folder):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _write_journal(journal: Path, raw_dir: Path, files: Sequence[Path]) -> None:
    draft = journal.with_suffix(".draft")
    lines = [str(file.relative_to(raw_dir)) for file in files]
    draft.write_text("\n".join(lines), encoding="utf-8")
    _sync(draft)
    os.replace(draft, journal)
    _sync(journal.parent)


def _read_journal(journal: Path, raw_dir: Path) -> list[Path]:
    if not journal.exists():
        return []
    lines = journal.read_text(encoding="utf-8").splitlines()
    return [raw_dir / line for line in lines]


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
