"""JSON lines: the log of the root and the log of each run."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Entry = dict[str, Any]

_FLAGS = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
_BEGIN = b'{"at": "'


def utc_now() -> datetime:
    """Time for people to read; nothing is ordered by it."""
    return datetime.now(UTC).replace(microsecond=0)


def append(path: Path, **entry: Any) -> None:
    """Add one line, whole or not at all as far as readers can tell.

    A line that a full disk or a killed process cut off is ended first, so
    that it cannot spoil the next one.

    Parameters
    ----------
    path : Path
        The log; created when it does not exist.
    **entry
        What to say; the time is added.
    """
    line = json.dumps({"at": utc_now().isoformat(), **entry}) + "\n"
    handle = os.open(path, _FLAGS, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            line = "\n" + line
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def is_log(path: Path) -> bool:
    """Whether a file begins as a log does; one without content may."""
    with path.open("rb") as file:
        begin = file.read(len(_BEGIN))
    return _BEGIN.startswith(begin)


def entries(path: Path) -> list[Entry]:
    """All whole lines of a log, oldest first.

    Parameters
    ----------
    path : Path
        The log; one that does not exist has no lines.

    Returns
    -------
    list of dict
        Lines that were cut off are left out.
    """
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        if isinstance(entry, dict):
            found.append(entry)
    return found
