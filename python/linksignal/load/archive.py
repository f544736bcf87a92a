"""Zip archives, checked as a whole and unpacked within bounds.

Nothing is unpacked before every member has passed. Members get numbers for
names, so that no name from outside becomes a path.
"""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path, PurePosixPath

from linksignal.load.inputs import Found, Input, is_export, is_hidden
from linksignal.load.limits import LIMITS, Limits
from linksignal.load.refusal import refusal, shown
from linksignal.text import amount, printable

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
_BROKEN = (
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
    """Tell a zip archive by its first bytes; what cannot be read is none."""
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
    with _opened(archive) as file:
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
    """A file that only gives what an honest archive asks for."""

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
def _opened(archive: Input) -> Iterator[zipfile.ZipFile]:
    try:
        with (
            _Bounded(FileIO(archive.path)) as file,
            zipfile.ZipFile(file) as opened,
        ):
            yield opened
    except _BROKEN as error:
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
            reason = "stands twice in it"
        if reason:
            raise refusal(
                archive.name,
                f"its member {shown(info.orig_filename)} {reason}; unpack it "
                "yourself, if you trust it, and load the files",
            )
        names.add(info.filename.casefold())
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
        "says that it is an Office document; save the sheet as CSV": (
            info.orig_filename == "[Content_Types].xml"
        ),
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
