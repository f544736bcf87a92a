"""The build: ``dbt build`` in a process and a folder of its own."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from linksignal.errors import LinksignalError
from linksignal.publish.gate import check_build
from linksignal.publish.run import Run
from linksignal.raw import PROJECT_DIR

OUTPUT = "dbt_output.txt"
DBT_PROCESS = "linksignal.publish.dbt_process"
_ERROR_TITLES = ("Compilation Error", "Runtime Error", "Parsing Error")


def run_dbt(run: Run, variables: Mapping[str, Any]) -> int:
    """Run ``dbt build``, whole, with this Python's dbt.

    Parameters
    ----------
    run : Run
        Its folder takes the database, the target, the logs and what dbt
        prints.
    variables : mapping
        What ``--vars`` gets.

    Returns
    -------
    int
        dbt's exit code; negative when a signal ended it.
    """
    words = [
        *("--no-use-colors", "build", "--write-json"),
        *("--project-dir", str(PROJECT_DIR)),
        *("--target-path", str(run.target)),
        *("--log-path", str(run.folder / "logs")),
        *("--vars", json.dumps(variables, default=str)),
    ]
    environment = {
        "DBT_PROFILES_DIR": str(PROJECT_DIR),
        **os.environ,
        "LINKSIGNAL_DATABASE": str(run.database),
    }
    with (run.folder / OUTPUT).open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", DBT_PROCESS, *words],
            cwd=PROJECT_DIR,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        try:
            return process.wait()
        finally:
            process.kill()
            process.wait()


def check_run(run: Run, exit_code: int) -> dict[str, Any]:
    """Pass what dbt left through the gate.

    Parameters
    ----------
    run : Run
        Whose folder dbt wrote to.
    exit_code : int
        What dbt exited with.

    Returns
    -------
    dict
        dbt's manifest.

    Raises
    ------
    LinksignalError
        Why the build must not be published.
    """
    documents = [
        read_document(run.target / name)
        for name in ("manifest.json", "run_results.json")
    ]
    manifest, run_results = documents
    if manifest is None or run_results is None:
        raise LinksignalError(
            f"dbt ended with {exit_code} and left no results: "
            f"{error_of(run.folder / OUTPUT)}"
        )
    check_build(exit_code, manifest, run_results)
    if not run.database.is_file():
        raise LinksignalError(
            "dbt did not write to the database of the run: the path in your "
            "profiles.yml must be env_var('LINKSIGNAL_DATABASE')"
        )
    return manifest


def read_document(path: Path) -> dict[str, Any] | None:
    """One of dbt's JSON documents; None when it is missing or cut off."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


def error_of(output: Path) -> str:
    """What dbt printed last under the title of an error, in one line."""
    text = output.read_text(encoding="utf-8", errors="replace")
    # dbt puts the time before each line that is not of the error itself.
    lines = [
        line.partition("  ")[2] if line[2:3] == ":" else line
        for line in text.splitlines()
    ]
    begins = [
        number
        for number, line in enumerate(lines)
        if line.strip().startswith(_ERROR_TITLES)
    ]
    begin = begins[-1] + 1 if begins else max(len(lines) - 3, 0)
    told = itertools.takewhile(bool, map(str.strip, lines[begin:]))
    return " ".join(told) or f"see {output}"
