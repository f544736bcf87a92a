"""The build: dbt build in a folder of its own, and the gate after it."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from linksignal import dbt_process
from linksignal.errors import ExitCode, LinksignalError
from linksignal.project import NAME
from linksignal.publish.reuse import (
    Reuse,
    broken_tests,
    compiled_tests,
    read_graph,
)
from linksignal.publish.root import is_run
from linksignal.publish.run import Run

OUTPUT = "dbt_output.txt"
# Whatever selector is the default of the project.
WHOLE = ("build", "--select", "fqn:*", "--write-json")
_UNIT_TESTS = "resource_type:unit_test"
WITHOUT_UNIT_TESTS = ("--exclude-resource-type", "unit_test")
_ERROR_TITLES = ("Compilation Error", "Runtime Error", "Parsing Error")


def run_dbt(
    run: Run,
    variables: Mapping[str, Any],
    project: Path,
    parsed: Path | None = None,
    selected: Sequence[str] = (),
) -> int:
    """Run ``dbt build`` with this Python's dbt.

    Parameters
    ----------
    run : Run
        Its folder takes the database, the target, the logs and what dbt
        prints.
    variables : mapping
        What ``--vars`` gets.
    project : Path
        Folder of the dbt project.
    parsed : Path, optional
        What dbt has parsed of the same code, whose unit tests have passed:
        neither is done again.
    selected : sequence of str, optional
        What is to be built, as dbt selects it; default: everything.

    Returns
    -------
    int
        dbt's exit code; negative when a signal ended it.
    """
    words = [
        *(_part(selected) if selected else WHOLE),
        *("--target-path", str(run.target)),
        *("--log-path", str(run.folder / "logs")),
        *("--vars", json.dumps(variables, default=str)),
    ]
    if parsed:
        words += [*WITHOUT_UNIT_TESTS, "--partial-parse-file-path", str(parsed)]
    with _current(run) as folder:
        database = folder / run.database.name
        return dbt_process.run_dbt(
            words,
            project,
            environment={"LINKSIGNAL_DATABASE": str(database)},
            output=run.folder / OUTPUT,
            steps=run.steps,
        )


def _part(selected: Sequence[str]) -> list[str]:
    """Command that builds what is selected, and all unit tests."""
    return [
        *("build", "--select", *selected, _UNIT_TESTS),
        # Tests are selected themselves, as readers of what is built.
        *("--indirect-selection", "empty", "--write-json"),
    ]


@contextmanager
def _current(run: Run) -> Iterator[Path]:
    """Name the run's folder as that of each run: dbt parses anew else."""
    link = run.folder.with_name("current")
    try:
        if link.is_symlink() and is_run(os.readlink(link)):
            link.unlink()
        link.symlink_to(run.folder.name, target_is_directory=True)
    except OSError:
        # Somebody else's, or a disk without links: the slower way.
        yield run.folder
        return
    try:
        yield link
    finally:
        with suppress(OSError):
            # Somebody may have put something else in its place meanwhile.
            if os.readlink(link) == run.folder.name:
                link.unlink()


@dataclass(frozen=True)
class Checked:
    """A build that passed the gate.

    Attributes
    ----------
    manifest : dict
        dbt's manifest.
    tests : dict of str to str
        Its data tests, as `compiled_tests` has them.
    reuse : Reuse or None
        What it began with.
    """

    manifest: dict[str, Any]
    tests: dict[str, str]
    reuse: Reuse | None


def check_run(
    run: Run,
    exit_code: int,
    *,
    with_unit_tests: bool = True,
    reuse: Reuse | None = None,
) -> Checked:
    """Pass what dbt left through the gate.

    Parameters
    ----------
    run : Run
        Whose folder dbt wrote to.
    exit_code : int
        What dbt exited with.
    with_unit_tests : bool, default True
        Whether dbt had to run them.
    reuse : Reuse, optional
        What the build began with.

    Returns
    -------
    Checked

    Raises
    ------
    LinksignalError
        Why the build must not be published; `LeftOutError` when it began with
        tables that turn out to be of something else.
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
    # Those that dbt was not told to run.
    apart = reuse.same_tests(read_graph(manifest)) if reuse else {}
    for result in run_results["results"]:
        apart.pop(str(result["unique_id"]), None)
    check_build(
        exit_code,
        manifest,
        run_results,
        with_unit_tests=with_unit_tests,
        kept={*reuse.kept(manifest), *apart} if reuse else (),
    )
    if not run.database.is_file():
        raise LinksignalError(
            "dbt did not write to the database of the run: the path in your "
            "profiles.yml must be env_var('LINKSIGNAL_DATABASE')"
        )
    broken = broken_tests(run, apart)
    if broken:
        # dbt says more of them, in a whole build.
        raise LeftOutError(f"{_named(broken)} found rows")
    tests = compiled_tests(manifest, run_results, reuse.tests if reuse else {})
    return Checked(manifest, tests, reuse)


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


class LeftOutError(LinksignalError):
    """A build did not do all that it had to."""


Document = Mapping[str, Any]

BUILT_TYPES = ("model", "seed", "snapshot", "test", "operation")
GOOD = ("success", "pass")
# Of these the data are the cause; an error is the engine's or the project's.
DATA_STATUSES = ("fail", "warn")
# dbt reports exposures among its results, though there is nothing to build.
_NOTHING_TO_DO = "no-op"
# What dbt-duckdb says of every statement that ran.
_FINE = "OK"
_NAMED = 3


def check_build(
    exit_code: int,
    manifest: Document,
    run_results: Document,
    *,
    with_unit_tests: bool = True,
    kept: Container[str] = (),
) -> None:
    """Let a build pass, or say in one sentence why it must not be published.

    Parameters
    ----------
    exit_code : int
        What dbt exited with.
    manifest : mapping
        dbt's manifest.json.
    run_results : mapping
        dbt's run_results.json.
    with_unit_tests : bool, default True
        Whether they must be among the results.
    kept : container of str, optional
        Nodes that an earlier build has done, of the same.

    Raises
    ------
    LinksignalError
        1 when a test failed or warned; 2 when a node ended in an error, was
        skipped or left out (`LeftOutError`), or the documents are not of one
        whole build.
    """
    _check_documents(manifest, run_results)
    results = run_results["results"]
    statuses = {
        str(result["unique_id"]): str(result["status"]) for result in results
    }
    _check_statuses(statuses, _broken_rules(results))
    missing = [
        name
        for name in expected(manifest, with_unit_tests=with_unit_tests)
        if name not in statuses and name not in kept
    ]
    if missing:
        raise LeftOutError(
            f"the build left out {_named(missing)}: clear selectors from the "
            "environment (DBT_RESOURCE_TYPES, DBT_EXCLUDE_RESOURCE_TYPES)"
        )
    if exit_code != 0:
        raise LinksignalError(
            f"dbt exited with {exit_code} though every node succeeded"
        )


def expected(manifest: Document, *, with_unit_tests: bool = True) -> list[str]:
    """Everything that a whole build must have done.

    Parameters
    ----------
    manifest : mapping
        dbt's manifest.json; what is disabled stands apart in it.
    with_unit_tests : bool, default True
        Whether unit tests are part of it.

    Returns
    -------
    list of str
        Models, seeds, snapshots, tests, hooks and unit tests, sorted.
    """
    nodes = [
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in BUILT_TYPES
        and node["config"].get("materialized") != "ephemeral"
        # A test of a model that is disabled stays among the others.
        and node["config"].get("enabled", True)
    ]
    unit_tests = [
        name
        for name, node in manifest["unit_tests"].items()
        if with_unit_tests and node["config"].get("enabled", True)
    ]
    return sorted(nodes + unit_tests)


def is_ours_alone(manifest: Document) -> bool:
    """Whether a build reads what we know of, and nothing else.

    Parameters
    ----------
    manifest : mapping
        dbt's manifest.json.

    Returns
    -------
    bool
        False where the project has models or tests of its own: they may read
        a file or a service that no digest covers.
    """
    return all(
        node["package_name"] == NAME
        for node in manifest["nodes"].values()
        if node["resource_type"] in ("model", "snapshot", "test")
    )


def _check_documents(manifest: Document, run_results: Document) -> None:
    made_by = [
        document["metadata"]["invocation_id"]
        for document in (manifest, run_results)
    ]
    if made_by[0] != made_by[1]:
        raise LinksignalError(
            "manifest.json and run_results.json are not of the same dbt run"
        )
    arguments = run_results["args"]
    if arguments.get("which") != "build":
        raise LinksignalError(
            f"the results are of dbt {arguments.get('which')}, not of dbt build"
        )
    if arguments.get("empty"):
        raise LinksignalError(
            "dbt built empty tables: clear DBT_EMPTY from the environment"
        )


def _broken_rules(results: Sequence[Document]) -> dict[str, str]:
    """Which rules a test that checks many found broken, by the test's id."""
    told = {
        str(result["unique_id"]): (result.get("adapter_response") or {}).get(
            "_message", _FINE
        )
        for result in results
        if result["status"] in DATA_STATUSES
    }
    return {name: text for name, text in told.items() if text != _FINE}


def _check_statuses(
    statuses: Mapping[str, str], broken: Mapping[str, str]
) -> None:
    bad: dict[str, list[str]] = {}
    for name, status in statuses.items():
        is_idle = name.startswith("exposure.") and status == _NOTHING_TO_DO
        if status not in GOOD and not is_idle:
            bad.setdefault(status, []).append(name)
    if not bad:
        return
    # What was skipped is the consequence; what failed first is the cause.
    causes = {key: value for key, value in bad.items() if key != "skipped"}
    told = "; ".join(
        f"{_named(names, broken)} ended in '{status}'"
        for status, names in (causes or bad).items()
    )
    skipped = len(bad.get("skipped", ())) if causes else 0
    if skipped:
        told += f" ({skipped} skipped after that)"
    is_of_data = bool(causes) and all(key in DATA_STATUSES for key in causes)
    raise LinksignalError(
        told, ExitCode.DATA_FAILED if is_of_data else ExitCode.CONFIGURATION
    )


def _named(
    names: Sequence[str], broken: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Return kind and name of the first few nodes, and how many more."""
    shown = []
    for unique_id in sorted(names)[:_NAMED]:
        kind, _, rest = unique_id.partition(".")
        # Test ids end in a hash, unit test ids begin with the model.
        parts = rest.split(".")[1:]
        name = parts[0] if kind == "test" else parts[-1]
        rules = f" ({broken[unique_id]})" if unique_id in broken else ""
        shown.append(f"{kind.replace('_', ' ')} {name}{rules}")
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
