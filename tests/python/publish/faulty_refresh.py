"""Refreshes that go wrong at a named place, each in a forked process.

``python faulty_refresh.py RECORDED RAW ROOT FAULT...`` plays every fault in
turn on one root, refreshes again after each, and prints what it saw as JSON.
Before each refresh a raw file gets other bytes, so that it begins with the
tables of the one before; RAW is a copy for that.
The faults are patched in here: the program itself knows nothing of them.
"""

from __future__ import annotations

import errno
import hashlib
import importlib
import json
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from typing import Any, NoReturn

from linksignal.cli import main
from linksignal.contract import raw_schemas
from linksignal.errors import LinksignalError
from linksignal.files import MARK
from linksignal.publish import (
    build,
    endings,
    export,
    refresh,
    reuse,
    verify,
)
from linksignal.publish.root import Root, entries
from linksignal.publish.run import Run
from recorded_build import STEPS, Recorded, brief_report

# Less than any database or manifest, more than any log.
SMALL_FILE_BYTES = 500_000


def die(*_: object, **__: object) -> NoReturn:
    """End the process as `kill -9` does."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def at_step(name: str, act: Callable[[], object]) -> None:
    """Do something when a step begins, after its begin was logged."""
    step = Run.step

    @contextmanager
    def patched(run: Run, current: str) -> Any:
        with step(run, current):
            if current == name:
                act()
            yield

    Run.step = patched  # type: ignore[method-assign]


def half_a_database(run: Run, *_: object) -> int:
    """Die while dbt writes."""
    content = RECORDED.database.read_bytes()
    run.database.write_bytes(content[: len(content) // 2])
    die()


def half_a_copy(source: Path, target: Path) -> None:
    """Die while a file is copied."""
    content = Path(source).read_bytes()
    Path(target).write_bytes(content[: len(content) // 2])
    die()


def no_space(*_: object, **__: object) -> NoReturn:
    """Fail as a write to a full disk does."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def limit_files() -> None:
    """Let no file grow beyond a size, for good."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_FILE_BYTES,) * 2)


def set_on(module: Any, name: str, value: Any) -> Callable[[], None]:
    """Patch when called."""
    return lambda: setattr(module, name, value)


FAULTS: dict[str, Callable[[], None]] = {
    **{
        f"killed as {name} begins": (lambda name=name: at_step(name, die))
        for name in STEPS
    },
    "killed before the run has a folder": set_on(refresh, "begin_run", die),
    "killed while the last file is copied": lambda: at_step(
        "sweep", set_on(shutil, "copyfile", half_a_copy)
    ),
    "killed with half of the tables to begin with": lambda: at_step(
        "reuse", set_on(shutil, "copyfile", half_a_copy)
    ),
    "killed with stale tables to drop": set_on(reuse, "drop_stale", die),
    "killed before the data tests run": set_on(build, "broken_tests", die),
    "killed with half a database": set_on(build, "run_dbt", half_a_database),
    "killed with half an export": set_on(export, "write_history", die),
    "killed between seal and rename": set_on(os, "replace", die),
    "killed with half a kept copy": lambda: at_step(
        "archive", set_on(shutil, "copyfile", half_a_copy)
    ),
    "killed before the log": set_on(endings, "append", die),
    "killed before the tables are kept": set_on(endings, "keep_built", die),
    "killed with half of the tables kept": set_on(reuse, "drafts", die),
    "killed before earlier tables are removed": set_on(
        reuse, "forget_built", die
    ),
    "killed before the run is cleared": set_on(Run, "drop_data", die),
    "disk full while sweeping": lambda: at_step("sweep", limit_files),
    "disk full with half of the tables": lambda: at_step("reuse", limit_files),
    "disk full in the build": lambda: at_step("build", limit_files),
    "disk full in the export": lambda: at_step("export", limit_files),
    "disk full at the rename": set_on(os, "replace", no_space),
    "disk full while keeping": lambda: at_step("archive", limit_files),
    "disk full at the log": set_on(endings, "append", no_space),
    "disk full while the tables are kept": set_on(reuse, "drafts", no_space),
}


# The others are variations, for the long form of the tests.
QUICK = [name for name in FAULTS if "begins" in name] + [
    "killed with half of the tables to begin with",
    "killed with stale tables to drop",
    "killed before the data tests run",
    "killed with half a database",
    "killed with half an export",
    "killed between seal and rename",
    "killed with half a kept copy",
    "killed before the log",
    "killed before the tables are kept",
    "killed with half of the tables kept",
    "killed before earlier tables are removed",
    "disk full with half of the tables",
    "disk full in the build",
    "disk full in the export",
    "disk full while keeping",
    "disk full while the tables are kept",
]


def import_all() -> None:
    """Import what a refresh imports on its way, once for all forks."""
    importlib.import_module("pandas")
    raw_schemas()
    with redirect_stdout(sys.stderr):
        main(["status", "--root", "/nonexistent"])


def in_fork(act: Callable[[], int]) -> int:
    """Do something in a process of its own: exit code, or minus a signal."""
    pid = os.fork()
    if pid == 0:
        sys.stdout = sys.stderr
        try:
            os._exit(act())
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def verify_in_fork(path: Path, built: Path | None = None) -> None:
    """Verify in a process that need not import everything again."""
    if in_fork(lambda: int(verify.fault(path, built) is not None)):
        raise LinksignalError(f"{path} is at fault")


def refreshed() -> int:
    """Refresh by the command line."""
    return main(["refresh", "--root", str(ROOT.path), "--raw", str(RAW)])


def change() -> None:
    """Give the raw directory a content that it has not had."""
    (path,) = (RAW / "ai_references").glob("*.parquet")
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle] = (content[middle] + 1) % 256
    path.write_bytes(content)


def digest() -> str | None:
    """Hash of what readers see."""
    if not ROOT.published.exists():
        return None
    return hashlib.sha256(ROOT.published.read_bytes()).hexdigest()


def played(name: str) -> dict[str, Any]:
    """Play one fault, and a refresh after it."""

    def faulty() -> int:
        FAULTS[name]()
        return refreshed()

    before = digest()
    change()
    exit_code = in_fork(faulty)
    after = digest()
    change()
    next_exit_code = in_fork(refreshed)
    return {
        "exit_code": exit_code,
        "is_unchanged": before == after,
        "next_exit_code": next_exit_code,
        "is_next_new": digest() not in (before, after),
        "log": entries(ROOT.log),
        "reused": entries(ROOT.log)[-1].get("reused", {}),
        "kept": ROOT.archived_runs(),
        "stray": sorted(
            str(path.relative_to(ROOT.path))
            for path in ROOT.path.rglob("*")
            if path.name != MARK
            and (path.name.startswith(".") or ".duckdb" in path.name)
        ),
    }


if __name__ == "__main__":
    import_all()
    RECORDED = Recorded(Path(sys.argv[1]), Path(sys.argv[2]))
    RAW, ROOT = Path(sys.argv[2]), Root(Path(sys.argv[3]))
    build.run_dbt = RECORDED.replay
    refresh.verify = verify_in_fork
    endings.write_report_beside = brief_report
    assert in_fork(refreshed) == 0
    print(json.dumps({name: played(name) for name in sys.argv[4:]}))
