"""A command of ``linksignal``, and what each kill of it would leave.

``python killed_commands.py PLAN`` reads a JSON object from a file:

start : folder that every run begins with a copy of
into : folder that takes the copies, named 1, 2, ...
words : the command; ``{}`` stands for the run's copy
recorded : optional, folder and raw directory of a build to play back
after : optional, name of a file: what comes before it is renamed is not
    counted

Copy n is what lies there just before the n-th operation that changes a file or
folder; the last one is what the whole command leaves. A few runs are killed
there in earnest, and must leave the same. Prints a JSON object: ``count`` of
the copies, ``codes`` of the kills, and ``differences`` between the two.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable
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
# How many runs are killed in earnest, the first and the last among them.
KILLS = 5
# Runs differ in the times and the random letters that stand in names.
OWN = re.compile(r"\d{8}T\d{6}Z|(?<=draft-)[^/]+")


def touched(event: str, args: tuple[Any, ...]) -> list[str]:
    """Paths that an operation changes."""
    if event == "open":
        path, _, flags = args
        is_write = isinstance(flags, int) and flags & WRITING
        return [os.fspath(path)] if is_write and isinstance(path, str) else []
    if event not in CHANGES:
        return []
    return [os.fspath(each) for each in args if isinstance(each, str | Path)]


def before_each(
    folder: Path, after: str | None, act: Callable[[int], None]
) -> None:
    """Do something before each operation of this process within a folder."""
    counted, is_counting, is_acting = 0, after is None, False

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
        nonlocal counted, is_acting
        if is_counting and not is_acting:
            counted += 1
            is_acting = True
            act(counted)
            is_acting = False

    fsync = os.fsync

    def counted_fsync(handle: int) -> None:
        count()
        fsync(handle)

    os.fsync = counted_fsync
    sys.addaudithook(watch)


def played(
    plan: dict[str, Any], name: str, act: Callable[[Path, int], None]
) -> int:
    """Run the command on a copy of its own, and act before each operation."""
    copy = Path(plan["into"]) / name
    shutil.copytree(plan["start"], copy, symlinks=True)

    def run() -> int:
        before_each(copy, plan.get("after"), lambda number: act(copy, number))
        return main([word.replace("{}", str(copy)) for word in plan["words"]])

    return in_fork(run)


def copied(plan: dict[str, Any]) -> int:
    """Copy what lies there before each operation, and at the end.

    The run's own folder stays: links name it.
    """
    into = Path(plan["into"])

    def keep(copy: Path, number: int) -> None:
        shutil.copytree(copy, into / str(number), symlinks=True)

    assert played(plan, "run", keep) == 0
    count = len(list(into.iterdir()))
    keep(into / "run", count)
    return count


def killed(plan: dict[str, Any], number: int) -> int:
    """Kill a run before an operation."""

    def kill(_: Path, reached: int) -> None:
        if reached == number:
            os.kill(os.getpid(), signal.SIGKILL)

    return played(plan, f"killed-{number}", kill)


def content(folder: Path) -> set[tuple[str, bool, bool]]:
    """What lies in a folder: names, whether they are folders, and empty."""
    return {
        (
            OWN.sub("", path.relative_to(folder).as_posix()),
            path.is_dir(),
            path.is_file() and not path.stat().st_size,
        )
        for path in folder.rglob("*")
    }


def main_of(plan: dict[str, Any]) -> dict[str, Any]:
    """Play a plan."""
    count, into = copied(plan), Path(plan["into"])
    numbers = sorted(
        {1 + round(k * (count - 2) / (KILLS - 1)) for k in range(KILLS)}
    )
    codes = [killed(plan, number) for number in numbers]
    differences = [
        [number, sorted(map(str, left ^ expected))]
        for number in numbers
        for left in [content(into / f"killed-{number}")]
        for expected in [content(into / str(number))]
        if left != expected
    ]
    return {"count": count, "codes": codes, "differences": differences}


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
    print(json.dumps(main_of(PLAN)))
