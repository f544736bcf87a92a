"""dbt build in a project, and why it failed in one sentence."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from linksignal.dbt_process import run_dbt
from linksignal.digest import read_code
from linksignal.errors import LinksignalError
from linksignal.paths import pasted
from linksignal.project import SAMPLE, Project, link_package
from linksignal.publish.build import (
    WHOLE,
    WITHOUT_UNIT_TESTS,
    check_build,
    error_of,
    read_document,
)
from linksignal.steps import Steps

OUTPUT = "build_output.txt"
PASSED = "unit_tests_passed.txt"


def build(project: Project, variables: dict[str, Any], steps: Steps) -> None:
    """Run ``dbt build``, whole; unit tests where code has changed.

    Parameters
    ----------
    project : Project
        What is built; its folder ``logs`` gets what dbt prints, ``target`` the
        digest of the code whose unit tests have passed.
    variables : dict
        What ``--vars`` gets.
    steps : Steps
        Is told how far it is.

    Raises
    ------
    LinksignalError
        There is nothing to build from, or why the build is not whole.
    """
    _check_raw(project, variables)
    link_package(project)
    output = project.folder / "logs" / OUTPUT
    try:
        output.parent.mkdir(exist_ok=True)
        begin = time.time()
        code = read_code(project, variables).digest
        passed = project.folder / "target" / PASSED
        is_tested = passed.is_file() and passed.read_bytes() == code.encode()
        with steps.step("build"):
            exit_code = run_dbt(
                [
                    *WHOLE,
                    *(WITHOUT_UNIT_TESTS if is_tested else ()),
                    *("--target-path", str(project.folder / "target")),
                    *("--log-path", str(output.parent)),
                    *("--vars", json.dumps(variables, default=str)),
                ],
                project.folder,
                environment={},
                output=output,
                steps=steps,
            )
        if exit_code == 0 and code == read_code(project, variables).digest:
            passed.write_text(code, encoding="utf-8")
    except OSError as error:
        raise LinksignalError(
            f"{project.folder} cannot be built: {error.strerror}"
        ) from error
    if exit_code != 0:
        raise _failure(project.folder / "target", exit_code, output, begin)


def _check_raw(project: Project, variables: dict[str, Any]) -> None:
    """Raise where there are no raw tables: dbt takes long to say it.

    What only dbt can tell, it is left to.
    """
    settings = {**project.settings(), **variables}
    named = settings.get("raw_dir", SAMPLE)
    is_read = any(map(settings.get, ("raw_database", "raw_schema")))
    if is_read or not isinstance(named, str) or named in ("", SAMPLE):
        return
    folder = project.folder / named
    if any(folder.glob("*/*.parquet")) or any(folder.glob("*/*/*.parquet")):
        return
    is_here = project.folder == Path.cwd()
    place = "" if is_here else f" --project-dir {pasted(project.folder)}"
    raw = place if folder == project.raw_dir else f" --raw {pasted(folder)}"
    raise LinksignalError(
        f"there are no raw tables in {folder}: load your exports with "
        f"linksignal load EXPORT...{raw}, or try the bundled sample with "
        f"linksignal build --sample{place}"
    )


def _failure(
    target: Path, exit_code: int, output: Path, begin: float
) -> LinksignalError:
    """Why dbt failed: its own sentence, or the nodes that it names."""
    results = target / "run_results.json"
    documents = [
        read_document(target / "manifest.json"),
        read_document(results),
    ]
    is_of_this_run = results.is_file() and results.stat().st_mtime >= begin
    if not is_of_this_run or None in documents:
        return LinksignalError(error_of(output))
    manifest, run_results = documents
    try:
        check_build(exit_code, manifest or {}, run_results or {})
    except LinksignalError as error:
        return LinksignalError(
            f"{error}; what dbt printed is in {output}", error.exit_code
        )
    return LinksignalError(f"dbt ended with {exit_code}: see {output}")
