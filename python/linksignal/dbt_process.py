"""dbt in a process of its own, which ends with the one that started it.

``python -P -m linksignal.dbt_process`` takes dbt's own arguments. Its standard
input is a pipe that `run_dbt` holds: when that process is killed, the kernel
closes it, and no dbt is left building for nobody.
"""

from __future__ import annotations

import gc
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from linksignal.project import profiles_dir
from linksignal.steps import Steps

_SECONDS = 0.5
_STARTED = re.compile(r" of (\d+) START (.+?)[ .]*\[RUN\]")
_ENDED = re.compile(r" (\d+) of (\d+) (?!START)[A-Z]")


def run_dbt(
    words: Sequence[str],
    project: Path,
    environment: Mapping[str, str],
    output: Path,
    steps: Steps,
) -> int:
    """Run this Python's dbt.

    Parameters
    ----------
    words : sequence of str
        Command and options; the project's folder is added.
    project : Path
        Folder of the dbt project, in which dbt runs; its ``profiles.yml``,
        else that of the user, counts where the environment names no other.
    environment : mapping of str to str
        Variables beside those of this process.
    output : Path
        File that gets what dbt prints.
    steps : Steps
        Is told which node dbt is at.

    Returns
    -------
    int
        dbt's exit code; negative when a signal ended it.
    """
    arguments = ["--no-use-colors", *words, "--project-dir", str(project)]
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "linksignal.dbt_process", *arguments],
            cwd=project,
            env={
                **os.environ,
                "DBT_PROFILES_DIR": str(profiles_dir(project)),
                **environment,
            },
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            return _watched(process, output, steps)
        finally:
            process.kill()
            process.wait()


def _watched(
    process: subprocess.Popen[bytes], output: Path, steps: Steps
) -> int:
    with output.open(encoding="utf-8", errors="replace") as printed:
        text = ""
        while True:
            try:
                return process.wait(timeout=_SECONDS)
            except subprocess.TimeoutExpired:
                text += printed.read()
                steps.detail(where(text))


def where(text: str) -> str:
    """Say how far dbt is.

    Parameters
    ----------
    text : str
        What it has printed so far.

    Returns
    -------
    str
        Nodes that are done, and the one that was begun last; "reading the
        project" before the first.
    """
    started = _STARTED.findall(text)
    if not started:
        return "reading the project"
    count, name = started[-1]
    done = sum(end == count for _, end in _ENDED.findall(text))
    return f"{done} of {count} done, at {name}"


def end_with_parent() -> None:
    """Wait for the end of standard input, then end the process at once."""
    # Not sys.stdin.read: its lock would be held while Python shuts down.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(os.EX_TEMPFAIL)


def collect_rarely() -> None:
    """Let Python look for garbage less often.

    What dbt has read of a project stays until it ends; to walk it again and
    again takes a twelfth of the CPU of a build.
    """
    # New objects that make it look through the young, and how often that makes
    # it look through the older; its own numbers are 700, 10 and 10.
    gc.set_threshold(20_000, 20, 50)


def main() -> None:
    """Run dbt's command line."""
    collect_rarely()
    threading.Thread(target=end_with_parent, daemon=True).start()
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
