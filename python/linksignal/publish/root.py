"""The folder that a refresh owns: its paths, its lock, and its logs."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import (
    hold,
    is_real_file,
    is_real_folder,
    is_taken,
    kind_of,
)
from linksignal.paths import plain_folder
from linksignal.report import REPORT_NAME

RUN_ID = re.compile(r"(\d{6,})-\d{8}T\d{6}Z")


@dataclass(frozen=True)
class Root:
    """Paths below the folder given as ``--root``.

    Parameters
    ----------
    path : Path
        The folder, absolute.
    """

    path: Path

    @property
    def published(self) -> Path:
        """The file that readers open."""
        return self.path / "linksignal_published.duckdb"

    @property
    def wal(self) -> Path:
        """Where a client that writes to that file would leave its log."""
        return self.published.with_name(self.published.name + ".wal")

    @property
    def report(self) -> Path:
        """The report that people open."""
        return self.path / REPORT_NAME

    @property
    def archive(self) -> Path:
        """Folder of the last published files, one per run."""
        return self.path / "published"

    @property
    def runs(self) -> Path:
        """Folder of the runs: logs, and the database while it is built."""
        return self.path / "runs"

    @property
    def parsed(self) -> Path:
        """Folder of what dbt has parsed, for the next refresh."""
        return self.path / "parsed"

    @property
    def built(self) -> Path:
        """Folder of the database that was published last, as it was built."""
        return self.path / "built"

    @property
    def log(self) -> Path:
        """What became of each run, JSON lines."""
        return self.path / "refresh.log"

    @property
    def lock(self) -> Path:
        """What a refresh or rollback holds while it is at work."""
        return self.path / "refresh.lock"

    def archived(self, run_id: str) -> Path:
        """Kept copy of what a run published."""
        return self.archive / f"{run_id}.duckdb"

    def archived_runs(self) -> list[str]:
        """Runs whose published file is kept, oldest first.

        A file of a run's name that no run of this root made is none.
        """
        if not is_real_folder(self.archive):
            return []
        logged = {entry.get("run_id") for entry in entries(self.log)}
        names = [
            path.stem
            for path in self.archive.glob("*.duckdb")
            if is_run(path.stem)
            and is_real_file(path)
            and (path.stem in logged or path.stem == stated_run(path))
        ]
        return sorted(names, key=run_number)


def stated_run(path: Path) -> str | None:
    """Run that a published file says it is of; None when it says none."""
    import duckdb

    from linksignal.publish.database import read_info

    try:
        run_id = str(read_info(path)["run_id"])
    except duckdb.Error:
        return None
    return run_id if is_run(run_id) else None


def is_run(name: str) -> bool:
    """Whether a file or folder name is that of a run."""
    return RUN_ID.fullmatch(name) is not None


def run_number(run_id: str) -> int:
    """Number of a run; numbers alone order runs, clocks may jump."""
    return int(run_id.partition("-")[0])


def named_root(path: Path) -> Root:
    """Take the folder that ``--root`` names.

    Parameters
    ----------
    path : Path
        What the user gave.

    Returns
    -------
    Root
        Its folder need not be there yet.

    Raises
    ------
    LinksignalError
        Exit code 2 when it is a file, or its name is not a plain one.
    """
    root = Root(plain_folder(path, "--root"))
    with refusals_told(root):
        if root.path.is_file():
            raise LinksignalError(
                f"--root {root.path} is a file: name a folder"
            )
    return root


@contextmanager
def refusals_told(root: Root) -> Iterator[None]:
    """End in one sentence when the system refuses a file of the root.

    Parameters
    ----------
    root : Root
        Somebody else's, perhaps.

    Raises
    ------
    LinksignalError
        Exit code 2, with what the system said.
    """
    try:
        yield
    except OSError as error:
        raise LinksignalError(
            f"--root {root.path} cannot be used: {error}"
        ) from error


@contextmanager
def locked(root: Root) -> Iterator[None]:
    """Hold the root alone; a second holder is refused at once.

    The kernel gives the lock back when its process ends, however it ends.

    Parameters
    ----------
    root : Root
        Its folder is created when it does not exist.

    Raises
    ------
    LinksignalError
        75 while another process holds it; 2 when the folder cannot be
        written to, or holds something of our names that is not ours.
    """
    try:
        root.path.mkdir(parents=True, exist_ok=True)
        _refuse_others(root)
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        handle = os.open(root.lock, flags, 0o644)
    except OSError as error:
        raise LinksignalError(
            f"--root {root.path} cannot be written to ({error.strerror})"
        ) from error
    try:
        _lock(handle, root)
        yield
    finally:
        os.close(handle)


def _refuse_others(root: Root) -> None:
    """Refuse a root where something that no refresh made bears our names."""
    files = (root.published, root.wal, root.log, root.lock)
    folders = (root.archive, root.runs, root.parsed, root.built)
    others = [path for path in files if not is_real_file(path)]
    others += [path for path in folders if not is_real_folder(path)]
    for path in filter(is_taken, others):
        raise LinksignalError(
            f"{path} is {kind_of(path)}, which no refresh made: move it away, "
            "or name another --root"
        )
    for path, is_ours in (
        (root.lock, _is_lock),
        (root.log, is_log),
        (root.published, lambda path: _is_published(path, root)),
    ):
        if path.exists() and not is_ours(path):
            raise LinksignalError(
                f"{path} was there before any refresh: move it away, or name "
                "another --root"
            )


def _is_lock(path: Path) -> bool:
    content = path.read_bytes()
    return not content or content.isdigit()


def _is_published(path: Path, root: Root) -> bool:
    """Whether a refresh of this root made it, or of another: a copy."""
    events = [entry.get("event") for entry in entries(root.log)]
    return "published" in events or stated_run(path) is not None


def _lock(handle: int, root: Root) -> None:
    try:
        hold(handle)
    except BlockingIOError as error:
        holder = os.pread(handle, 20, 0).decode("ascii", "replace").strip()
        by = f" (process {holder})" if holder else ""
        raise LinksignalError(
            f"another refresh or rollback{by} is at work in {root.path}: "
            "nothing was done",
            ExitCode.BUSY,
        ) from error
    # Only the sentence above needs the number: a full disk must not matter.
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)


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
