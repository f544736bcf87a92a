"""A command of ``linksignal``, killed at each of its operations on files.

``python killed_commands.py PLAN`` reads a JSON object from a file:

start : folder that every run begins with a copy of
into : folder that takes the copies, named 1, 2, ...
words : the command; ``{}`` stands for the run's copy
recorded : optional, folder and raw directory of a build to play back
after : optional, name of a file: what comes before it is renamed is not
    counted

step : optional, operations from one kill to the next

Run n is killed just before its n-th operation that changes a file or folder
in its copy; the last one gets to its end. Prints the exit codes as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from faulty_refresh import import_all, in_fork
from linksignal.cli import main
from linksignal.publish import build, endings, refresh, rollback
from recorded_build import Recorded, brief_report

CHANGES = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.chmod",
    "os.truncate", "os.link", "os.symlink",
}  # fmt: skip
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# More than any command has; else a test would not end.
MOST = 300


def touched(event: str, args: tuple[Any, ...]) -> list[str]:
    """Paths that an operation changes."""
    if event == "open":
        path, _, flags = args
        is_write = isinstance(flags, int) and flags & WRITING
        return [os.fspath(path)] if is_write and isinstance(path, str) else []
    if event not in CHANGES:
        return []
    return [os.fspath(each) for each in args if isinstance(each, str | Path)]


def kill_at(number: int, folder: Path, after: str | None) -> None:
    """Kill this process at an operation within a folder."""
    counted, is_counting = 0, after is None

    def watch(event: str, args: tuple[Any, ...]) -> None:
        nonlocal is_counting
        paths = touched(event, args)
        # Within a tree that is removed, names are relative.
        if not any(
            path.startswith(str(folder)) or "/" not in path for path in paths
        ):
            return
        if not is_counting:
            is_counting = event == "os.rename" and paths[1].endswith(str(after))
            return
        count()

    def count() -> None:
        nonlocal counted
        counted += is_counting
        if counted == number:
            os.kill(os.getpid(), signal.SIGKILL)

    fsync = os.fsync

    def counted_fsync(handle: int) -> None:
        count()
        fsync(handle)

    os.fsync = counted_fsync
    sys.addaudithook(watch)


def played(plan: dict[str, Any], number: int) -> int:
    """Run the command on a copy of its own."""
    copy = Path(plan["into"]) / str(number)
    shutil.copytree(plan["start"], copy, symlinks=True)

    def run() -> int:
        kill_at(number, copy, plan.get("after"))
        return main([word.replace("{}", str(copy)) for word in plan["words"]])

    return in_fork(run)


if __name__ == "__main__":
    PLAN = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    import_all()
    with redirect_stdout(sys.stderr):
        main(["load", "--raw", "/nonexistent", "/nonexistent.csv"])
    if "recorded" in PLAN:
        RECORDED = Recorded(*map(Path, PLAN["recorded"]))
        build.run_dbt = RECORDED.replay
        refresh.verify = rollback.verify = lambda *_: None
        for module in (endings, rollback):
            module.write_report_beside = brief_report
    codes: list[int] = []
    while not codes or (codes[-1] == -signal.SIGKILL and len(codes) < MOST):
        codes.append(played(PLAN, len(codes) * PLAN.get("step", 1) + 1))
    print(json.dumps(codes))
