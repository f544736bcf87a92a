"""The folder that a refresh owns: what lies where, and who may change it."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from linksignal.errors import ExitCode, LinksignalError
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
    def log(self) -> Path:
        """What became of each run, JSON lines."""
        return self.path / "refresh.log"

    def archived(self, run_id: str) -> Path:
        """Kept copy of what a run published."""
        return self.archive / f"{run_id}.duckdb"

    def archived_runs(self) -> list[str]:
        """Runs whose published file is kept, oldest first."""
        names = [path.stem for path in self.archive.glob("*.duckdb")]
        return sorted((name for name in names if is_run(name)), key=run_number)


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
        written to.
    """
    try:
        root.path.mkdir(parents=True, exist_ok=True)
        lock_path = root.path / "refresh.lock"
        handle = os.open(lock_path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise LinksignalError(
            f"--root {root.path} cannot be written to ({error.strerror})"
        ) from error
    try:
        _lock(handle, root)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, root: Root) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
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


def sync(path: Path) -> None:
    """Bring a file or folder to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def remove(path: Path) -> None:
    """Remove a file or a folder, or nothing when it is not there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
