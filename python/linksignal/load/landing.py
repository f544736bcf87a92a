"""Landing and removal are atomic: a load is there as a whole or not at all.

Files are written to a hidden folder of the raw directory and renamed into
place, the ledger's last. A journal lists them first, so that the next command
can roll back a landing, or complete a removal, that was interrupted.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

from linksignal.contract import raw_file, raw_schemas
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import (
    dissolve,
    hold,
    is_own,
    is_real_file,
    is_real_folder,
    is_taken,
    kind_of,
    mark,
    sync,
)
from linksignal.text import shown

_WORK = ".loading"
_LANDING = "landing.txt"
_REMOVAL = "removal.txt"
# What a load writes into its folder: journals, and a folder per file.
_WRITTEN = ("landing.*", "removal.*", "[0-9]*", "members[0-9]*")


@contextmanager
def work_folder(raw_dir: Path) -> Iterator[Path]:
    """Lock a raw directory exclusively, with an empty folder to work in.

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
        Exit code 75 while another load writes there or a refresh reads; 2
        when the directory cannot be written to.
    """
    with _writable(raw_dir):
        folders = (raw_dir, *raw_dir.parents)
        new_folders = [folder for folder in folders if not folder.exists()]
        raw_dir.mkdir(parents=True, exist_ok=True)
        with _held(raw_dir):
            _settle(raw_dir)
            folder = raw_dir / _WORK
            try:
                folder.mkdir(exist_ok=True)
                mark(folder)
                yield folder
            finally:
                _settle(raw_dir)
                for new in new_folders:
                    _remove_if_empty(new)


@contextmanager
def settled(raw_dir: Path) -> Iterator[None]:
    """Lock a raw directory against loads, after recovery.

    The lock is shared: several studies may read one directory. A landing or
    removal that was interrupted is rolled back or completed first; if there
    is none, nothing is written.

    Parameters
    ----------
    raw_dir : Path
        Raw directory; it must exist.

    Raises
    ------
    LinksignalError
        Exit code 75 while a load is at work there; 2 when what is half done
        cannot be mended.
    """
    with _writable(raw_dir), _held(raw_dir, shared=True) as handle:
        if is_taken(raw_dir / _WORK):
            _lock(handle, raw_dir)
            _settle(raw_dir)
            _lock(handle, raw_dir, shared=True)
        yield


def is_settled(raw_dir: Path) -> bool:
    """Return whether no load or removal was interrupted in a directory."""
    return not any(
        is_taken(raw_dir / _WORK / name) for name in (_LANDING, _REMOVAL)
    )


@contextmanager
def trial_folder() -> Iterator[Path]:
    """Create a temporary folder outside the raw directory, for a dry run.

    Yields
    ------
    Path
        The folder; it is removed afterwards.
    """
    place = Path(gettempdir())
    with _writable(place), TemporaryDirectory(prefix="linksignal-") as folder:
        yield Path(folder)


def land(raw_dir: Path, loads: Mapping[str, Mapping[str, Path]]) -> None:
    """Move the files of loads into place.

    Parameters
    ----------
    raw_dir : Path
        Raw directory, held by `work_folder`.
    loads : mapping of str to mapping of str to Path
        By load, its Parquet file of each raw table.

    Raises
    ------
    OSError
        A file could not be moved; what was moved before is taken back when
        `work_folder` is left.
    """
    moves = [
        (path, raw_file(raw_dir, table, load_id))
        for load_id, files in loads.items()
        for table, path in files.items()
    ]
    moves.sort(key=lambda move: move[1].parent.name == "loads")
    targets = [target for _, target in moves]
    _check_folders(targets)
    for target in filter(is_taken, targets):
        raise LinksignalError(
            f"{target} is there, but the ledger has no such load; remove it, "
            "and what bears its name beside it, and load again"
        )
    journal = raw_dir / _WORK / _LANDING
    _write_journal(journal, raw_dir, targets)
    for path, target in moves:
        target.parent.mkdir(exist_ok=True)
        sync(path)
        os.replace(path, target)
    for folder in {target.parent for target in targets}:
        sync(folder)
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
    _settle(raw_dir)


def _settle(raw_dir: Path) -> None:
    """Roll back an interrupted landing, complete an interrupted removal."""
    folder = raw_dir / _WORK
    if not is_taken(folder):
        return
    is_empty = is_real_folder(folder) and not any(folder.iterdir())
    if not (is_own(folder) or is_empty):
        raise LinksignalError(
            f"{folder} is {kind_of(folder)} that no load made, and loads work "
            "in one of that name: move it away"
        )
    landing = _read_journal(folder / _LANDING, raw_dir)
    removal = _read_journal(folder / _REMOVAL, raw_dir)
    if not all(is_taken(target) for target in landing):
        _delete(reversed(landing))
    _delete(removal)
    dissolve(folder, _WRITTEN)
    _remove_if_empty(folder)


def _delete(files: Iterable[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
        if file.parent.exists():
            sync(file.parent)
            _remove_if_empty(file.parent)


def _remove_if_empty(folder: Path) -> None:
    if is_real_folder(folder) and not any(folder.iterdir()):
        folder.rmdir()


@contextmanager
def _held(raw_dir: Path, *, shared: bool = False) -> Iterator[int]:
    """Lock a raw directory, exclusively or shared."""
    handle = os.open(raw_dir, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(handle, raw_dir, shared=shared)
        yield handle
    finally:
        os.close(handle)


def _lock(handle: int, raw_dir: Path, *, shared: bool = False) -> None:
    try:
        hold(handle, shared=shared)
    except BlockingIOError as error:
        raise LinksignalError(
            f"{raw_dir}: another load writes there"
            f"{'' if shared else ' or a refresh reads'}; wait for its end "
            "and try again",
            ExitCode.BUSY,
        ) from error


# Beside another folder, what helps where one cannot be written to.
_ADVICE = dict.fromkeys(
    (errno.EACCES, errno.EPERM, errno.EROFS), "check who may write there, or "
) | dict.fromkeys((errno.EEXIST, errno.ENOTDIR), "a file is in its place: ")


@contextmanager
def _writable(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        advice = _ADVICE.get(error.errno or 0, "free disk space, or ")
        raise LinksignalError(
            f"{folder}: cannot be written to ({error.strerror or error}); "
            f"nothing has changed there; {advice}name another folder"
        ) from error


def _check_folders(files: Iterable[Path]) -> None:
    """Raise unless files can be written to and removed from all folders."""
    for folder in {file.parent for file in files}:
        _check_real(folder)
        if folder.exists() and not os.access(
            folder, os.R_OK | os.W_OK | os.X_OK
        ):
            with _writable(folder):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))


def _check_real(folder: Path) -> None:
    """Refuse to write or remove through a link, which may lead anywhere."""
    if is_taken(folder) and not is_real_folder(folder):
        raise LinksignalError(
            f"{folder} is {kind_of(folder)}, and the files of a raw table lie "
            "in a folder: replace it by one"
        )


def _write_journal(journal: Path, raw_dir: Path, files: Sequence[Path]) -> None:
    draft = journal.with_suffix(".draft")
    lines = [str(file.relative_to(raw_dir)) for file in files]
    draft.write_text("\n".join(lines), encoding="utf-8")
    sync(draft)
    os.replace(draft, journal)
    sync(journal.parent)


def _read_journal(journal: Path, raw_dir: Path) -> list[Path]:
    """Return the files that a journal lists; raise if it is not a load's."""
    if not is_taken(journal):
        return []
    text = ""
    if is_real_file(journal):
        text = journal.read_text(encoding="utf-8", errors="replace")
    files = [_journaled(line, raw_dir) for line in text.split("\n") if line]
    if not files or None in files:
        raise LinksignalError(
            f"{shown(str(journal), 200)} does not name files of raw tables, "
            "so no load wrote it; nothing was changed; find out who did, and "
            "move it away"
        )
    return [file for file in files if file]


def _journaled(line: str, raw_dir: Path) -> Path | None:
    """Return the file that a line of a journal names, None if invalid."""
    table, _, name = line.partition("/")
    is_plain = "/" not in name and not name.startswith(".")
    if table not in raw_schemas() or not is_plain:
        return None
    file = raw_dir / table / name
    _check_real(file.parent)
    is_ours = is_real_file(file) or not is_taken(file)
    return file if is_ours and file.suffix == ".parquet" else None
