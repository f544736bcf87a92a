"""A file that changes under a load is refused, whatever was read of it.

The gate hashes a file, later steps read it again. What lands must be what was
hashed, so a file that was written to or replaced in between is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from os import stat_result
from pathlib import Path
from typing import NamedTuple

from linksignal.load.refusal import refusal


class Stamp(NamedTuple):
    """What changes of a file when its content does.

    The time of the last change (in nanoseconds) cannot be set back, as that
    of the last writing can. Some kernels count it in steps of a few
    milliseconds: two changes in one step that keep the size look like one.
    """

    device: int
    number: int
    size: int
    changed_at: int


def stamp_of(found: stat_result) -> Stamp:
    """Return the stamp of a file."""
    return Stamp(found.st_dev, found.st_ino, found.st_size, found.st_ctime_ns)


@contextmanager
def unchanged(path: Path, name: str, stamp: Stamp) -> Iterator[None]:
    """Refuse a file that is not the same after it was read as before.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What it is called.
    stamp : Stamp
        What it was before.

    Raises
    ------
    LinksignalError
        Exit code 3 when it has changed, in place of any error that reading
        it raised.
    """
    try:
        yield
    except Exception as error:
        if _now(path) != stamp:
            raise _changed(name) from error
        raise
    if _now(path) != stamp:
        raise _changed(name)


def _now(path: Path) -> Stamp | None:
    try:
        return stamp_of(path.stat())
    except OSError:
        return None


def _changed(name: str) -> Exception:
    return refusal(
        name,
        "it changed while it was being loaded; load it again once nothing "
        "writes to it",
    )
