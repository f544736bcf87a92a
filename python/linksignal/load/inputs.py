"""Input files of a command: in folders, and members of zip archives.

A zip archive is checked as a whole and unpacked within bounds: nothing is
unpacked before every member has passed. Members get numbers for names, so that
no name from outside becomes a path.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath

from linksignal.errors import LinksignalError, refusal
from linksignal.load.limits import LIMITS, Limits
from linksignal.text import amount, printable, shown

# What macOS and Windows leave in folders and archives, most of it hidden there.
_OF_SYSTEMS = frozenset({"__macosx", "desktop.ini", "thumbs.db"})
# Excel keeps one beside a workbook for as long as it is open.
_OPEN_IN_OFFICE = "~$"
# With no ending or one that no export has: readme.csv is data.
_PAPER = re.compile(
    r"(readme|licen[cs]e|notice|copying)"
    r"(\.(?!(csv|tsv|json|jsonl|ndjson|parquet|gz|zip)$)[a-z]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Input:
    """A file to load.

    Attributes
    ----------
    path : Path
        Where its bytes are.
    name : str
        What it is called in messages and in the ledger.
    """

    path: Path
    name: str


@dataclass
class Found:
    """What a command line or an archive names.

    Attributes
    ----------
    inputs : list of Input
        The files, in the order in which they were named.
    notes : list of str
        What was passed over, a sentence each.
    """

    inputs: list[Input] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note_unread(self, place: str, names: Iterable[PurePosixPath]) -> None:
        """Say which files of a folder or an archive are no exports."""
        kinds: dict[str, list[str]] = {"hidden": [], "README or licence": []}
        for name in names:
            kind = "hidden" if is_hidden(name) else "README or licence"
            kinds[kind].append(str(name))
        for kind, unread in kinds.items():
            if unread:
                examples = ", ".join(map(shown, unread[:3]))
                more = ", …" if len(unread) > 3 else ""
                self.notes.append(
                    f"{place}: {amount(len(unread), f'{kind} file')} passed "
                    f"over ({examples}{more})"
                )


def find_inputs(paths: Sequence[Path], raw_dir: Path) -> Found:
    """Return the files to load; a folder stands for all files in it.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    raw_dir : Path
        Raw directory; it is no input, wherever it lies.

    Returns
    -------
    Found
        Files of a folder in the order of their paths. Hidden ones, READMEs
        and licences, and links to files of the same folder are passed over.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such file, nothing in a folder, or a
        folder that may not be read; 3 when a link leads out of its folder.
    """
    found = Found()
    try:
        for path in paths:
            if path.is_dir():
                _add_folder(found, path, raw_dir.resolve())
            elif path.exists():
                if path.is_symlink():
                    folder = path.parent.resolve()
                    _check_link(path, folder, printable(path.name))
                found.inputs.append(Input(path, printable(path.name)))
            else:
                raise LinksignalError(
                    f"{printable(str(path))}: there is no such file"
                )
    except OSError as error:
        raise LinksignalError(
            f"{printable(str(error.filename))}: it cannot be read "
            f"({error.strerror}); check who may read it"
        ) from error
    return found


def is_hidden(name: PurePosixPath) -> bool:
    """Return whether a file of a folder or an archive is hidden."""
    return any(
        part.casefold() in _OF_SYSTEMS
        or part.startswith(_OPEN_IN_OFFICE)
        or (part.startswith(".") and part != "..")
        for part in name.parts
    )


def is_export(name: PurePosixPath) -> bool:
    """Return whether a file of a folder or an archive may be an export."""
    return not (is_hidden(name) or _PAPER.fullmatch(name.name))


def _add_folder(found: Found, folder: Path, raw_dir: Path) -> None:
    root = folder.resolve()
    if root.is_relative_to(raw_dir):
        raise LinksignalError(
            f"{folder}: lies in the raw directory; name the folder of the "
            "exports"
        )
    unread = []
    inputs = []
    for path in _walk(root, raw_dir):
        name = PurePosixPath(path.relative_to(root))
        if not is_export(name):
            unread.append(name)
        elif path == raw_dir:
            found.notes.append(f"{folder}: the raw directory in it passed over")
        elif path.is_symlink():
            _check_link(path, root, printable(str(name)))
            place = "is in the same folder" if path.exists() else "is not there"
            found.notes.append(
                f"{printable(str(name))}: a link to {shown(os.readlink(path))}"
                f", which {place}, passed over"
            )
        elif kind := _special_kind(path):
            found.notes.append(
                f"{printable(str(name))}: {kind}, which holds no export, "
                "passed over"
            )
        else:
            inputs.append(Input(path, printable(str(name))))
    found.note_unread(printable(str(folder)), unread)
    if not inputs:
        raise LinksignalError(f"{folder}: there are no exports in this folder")
    found.inputs.extend(inputs)


_SPECIAL = (
    (stat.S_ISFIFO, "a named pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def _special_kind(path: Path) -> str | None:
    """Return what kind of file that is none to read; None of a regular one."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return None
    return next((kind for test, kind in _SPECIAL if test(mode)), None)


def _walk(folder: Path, raw_dir: Path) -> Iterator[Path]:
    """Yield files and links below a folder, and the raw directory itself."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and path != raw_dir:
            yield from _walk(path, raw_dir)
        else:
            yield path


def _check_link(link: Path, root: Path, name: str) -> None:
    if not link.resolve().is_relative_to(root):
        raise refusal(
            name,
            "it is a link that leads out of the folder; name its target, or "
            "copy it there",
        )


_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
_GZIP_MAGIC = b"\x1f\x8b"
_CHUNK_BYTES = 1 << 16
# The list of members is read at once; an honest one of 10,000 is smaller.
_DIRECTORY_BYTES = 4 << 20
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_ARCHIVES = frozenset(
    {
        *(".7z", ".rar", ".tar", ".tgz", ".zip"),
        *(".bz2", ".gz", ".xz", ".zst"),
        *(".xls", ".xlsx"),
    }
)
BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)


def is_archive(path: Path) -> bool:
    """Return whether a file is a zip archive, by its first bytes."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            return file.read(4) in _MAGICS
    except OSError:
        return False


def unpack(archive: Input, folder: Path, limits: Limits = LIMITS) -> Found:
    """Unpack the members of a zip archive, each a file of its own.

    Parameters
    ----------
    archive : Input
        The archive.
    folder : Path
        Empty folder they are written to.
    limits : Limits
        Sizes beyond which the archive is refused.

    Returns
    -------
    Found
        The members by name, called ``archive.zip/member.csv``.

    Raises
    ------
    LinksignalError
        Exit code 3 when a member has a path that leads elsewhere, is a
        link, an archive or encrypted, or when the whole is too large or
        broken. Nothing has been unpacked in the first cases.
    """
    found = Found()
    with opened(archive) as file:
        # Not is_dir(): it fails on a member without a name.
        members = [
            info for info in file.infolist() if not info.filename.endswith("/")
        ]
        _check_members(archive, members, limits)
        exports = [info for info in members if is_export(_path(info))]
        found.note_unread(
            archive.name,
            [_path(info) for info in members if info not in exports],
        )
        if not exports:
            raise refusal(archive.name, "there are no exports in this archive")
        for number, info in enumerate(sorted(exports, key=_path)):
            path = folder / str(number)
            _write(archive, file, info, path)
            name = f"{archive.name}/{printable(info.filename)}"
            found.inputs.append(Input(path, name))
    return found


class _Bounded(BufferedReader):
    """A file that bounds what a crafted archive can make zipfile read."""

    def seek(self, offset: int, whence: int = 0) -> int:
        if whence == 0 and offset < 0:
            raise zipfile.BadZipFile("it points to before its start")
        return super().seek(offset, whence)

    def read(self, size: int | None = -1) -> bytes:
        asked = _DIRECTORY_BYTES + 1 if size is None or size < 0 else size
        data = super().read(min(asked, _DIRECTORY_BYTES + 1))
        if len(data) > _DIRECTORY_BYTES:
            raise zipfile.BadZipFile("its list of members is too long")
        return data


@contextmanager
def opened(archive: Input) -> Iterator[zipfile.ZipFile]:
    """Open a zip archive.

    Raises
    ------
    LinksignalError
        Exit code 3 when it is broken, or turns out to be while it is read.
    """
    try:
        with (
            _Bounded(FileIO(archive.path)) as file,
            zipfile.ZipFile(file) as found,
        ):
            yield found
    except BROKEN as error:
        raise refusal(
            archive.name,
            "its zip data is cut off or broken "
            f"({shown(str(error), 80)}); download it again",
        ) from error


def _path(info: zipfile.ZipInfo) -> PurePosixPath:
    return PurePosixPath(info.orig_filename)


def _check_members(
    archive: Input, members: Sequence[zipfile.ZipInfo], limits: Limits
) -> None:
    names = set()
    for info in members:
        reason = _reason(info)
        if info.filename.casefold() in names:
            reason = "occurs twice in it"
        if reason:
            raise refusal(
                archive.name,
                f"its member {shown(info.orig_filename)} {reason}; unpack it "
                "yourself, if you trust it, and load the files",
            )
        names.add(info.filename.casefold())
    check_sizes(archive, members, limits)


def check_sizes(
    archive: Input, members: Sequence[zipfile.ZipInfo], limits: Limits
) -> None:
    """Refuse an archive that unpacks to more than an honest one does.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    if len(members) > limits.members:
        raise refusal(
            archive.name,
            f"it has more than {amount(limits.members, 'member')}; split it",
        )
    unpacked = sum(info.file_size for info in members)
    packed = archive.path.stat().st_size
    if unpacked > limits.unpacked_bytes or (
        unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio
    ):
        raise refusal(
            archive.name,
            f"it unpacks to {amount(unpacked, 'byte')}, more than "
            f"{limits.ratio} times its size or than "
            f"{amount(limits.unpacked_bytes, 'byte')}; if you trust it, "
            "unpack it yourself",
        )


def _reason(info: zipfile.ZipInfo) -> str | None:
    """Say why a member keeps its archive out; None when it does not."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    packed = _path(info).suffix.lower() in _ARCHIVES
    reasons = {
        "has a path that leads elsewhere": _leads_elsewhere(info.orig_filename),
        "is a link or a device": kind not in (0, stat.S_IFREG),
        "is encrypted": bool(info.flag_bits & _ENCRYPTED),
        "is packed by a method that is not read here": (
            info.compress_type not in _METHODS
        ),
        "is itself packed": packed and not is_hidden(_path(info)),
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _leads_elsewhere(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        path.is_absolute()
        or ".." in path.parts
        or not path.parts
        or any(character in name for character in "\\:\0")
    )


def _write(
    archive: Input, file: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path
) -> None:
    with file.open(info) as packed, path.open("wb") as target:
        chunk = packed.read(_CHUNK_BYTES)
        if chunk.startswith((*_MAGICS, _GZIP_MAGIC)):
            raise refusal(
                archive.name,
                f"its member {shown(info.filename)} is itself packed; unpack "
                "it yourself and load the files",
            )
        while chunk:
            target.write(chunk)
            chunk = packed.read(_CHUNK_BYTES)
