"""Fixtures that run dbt on a database of their own."""

from __future__ import annotations

import compileall
import contextlib
import fcntl
import gc
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pytest
from browser_fixtures import axe_findings, axe_script, browser, page_of
from data_tests import rules_of
from turns import FIRST, SLOW

# One browser for all folders: a second cannot be started beside it.
__all__ = ["axe_findings", "axe_script", "browser", "page_of"]

PROJECT_DIR = Path(__file__).resolve().parents[2]

# The tests ask how tables are built, not how narrow the intervals are.
SAMPLE_VARS = {"resample_count": 100, "draw_count": 99}
SAMPLE_DIR = PROJECT_DIR / "seeds" / "sample"

# Whoever asks for one of these waits for dbt.
DBT_FIXTURES = frozenset(
    {"dbt", "extended", "installed", "recorded", "refreshed_sample"}
)
# Whoever asks for one of these loads files: most of a second each time.
LOAD_FIXTURES = frozenset({"raw", "raw_dirs"})


def pytest_configure() -> None:
    """Compile linksignal once, not in each process that a test starts."""
    if sys.dont_write_bytecode and "PYTEST_XDIST_WORKER" not in os.environ:
        compileall.compile_dir(PROJECT_DIR / "python", quiet=2)


def pytest_unconfigure() -> None:
    """Let Python clear up what `pytest_collection` kept from it."""
    gc.unfreeze()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Let no later search for garbage look through all tests again."""
    gc.disable()
    result = yield
    gc.enable()
    gc.freeze()
    return result


def pytest_ignore_collect(
    collection_path: Path, config: pytest.Config
) -> bool | None:
    """Import no file of slow tests alone where only quick ones are wanted."""
    is_unwanted = config.option.markexpr == "not slow" and name_in_tests(
        collection_path
    ).startswith(SLOW)
    return True if is_unwanted else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is slow, see `is_slow`, and put the longest files first."""
    seen: set[tuple[Path, str]] = set()
    for item in items:
        test = (item.path, getattr(item, "originalname", item.name))
        if is_slow(item, is_first=test not in seen):
            item.add_marker(pytest.mark.slow)
        seen.add(test)
    items.sort(key=lambda item: turn_of(name_of(item)))


def name_of(item: pytest.Item) -> str:
    """File and name of a test, without its case."""
    path = name_in_tests(item.path)
    return f"{path}::{getattr(item, 'originalname', item.name)}"


def name_in_tests(path: Path) -> str:
    """Path below the folder of the tests."""
    return os.path.relpath(path, Path(__file__).parent)


def turn_of(name: str) -> int:
    """Tell how early a test runs; among equals the order stays."""
    turns = (turn for turn, first in enumerate(FIRST) if name.startswith(first))
    return next(turns, len(FIRST))


def is_slow(item: pytest.Item, *, is_first: bool) -> bool:
    """Tell tests that wait for dbt, draw a lot, or load one case after another.

    Of the cases of a test that loads files the first is quick.
    """
    fixtures = frozenset(getattr(item, "fixturenames", ()))
    return (
        bool(fixtures & DBT_FIXTURES)
        or name_of(item).startswith(SLOW)
        or (bool(fixtures & LOAD_FIXTURES) and not is_first)
    )


@dataclass(frozen=True)
class DbtOutcome:
    """What one invocation of dbt left.

    Parameters
    ----------
    exit_code : int
        What the command line would exit with: 0, 1 (data) or 2 (the rest).
    output : str
        What dbt printed.
    statuses : dict of str to str
        Status (success, pass, fail, error, skipped) by name of the node, and
        of each rule of a test that checks many.
    result : object
        dbt's own result, of a type that depends on the command.
    """

    exit_code: int
    output: str
    statuses: Mapping[str, str] = field(default_factory=dict)
    result: Any = None


@dataclass(frozen=True)
class DataTest:
    """A data test as dbt compiled it: its SQL names no file.

    Parameters
    ----------
    query : str
        Its rows are what fails.
    tables : frozenset of str
        What it reads.
    """

    query: str
    tables: frozenset[str]


@dataclass(frozen=True)
class BuiltProject:
    """A database that `dbt build` made, for reading only.

    Parameters
    ----------
    database : Path
        The DuckDB file; copy it to change it.
    target : Path
        dbt's target folder.
    manifest : dict
        manifest.json, with the compiled SQL of every built node.
    """

    database: Path
    target: Path
    manifest: dict[str, Any] = field(repr=False)

    @contextlib.contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the database for reading."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            yield connection

    def test_nodes(self) -> list[dict[str, Any]]:
        """Nodes of data tests of the models that are enabled.

        dbt lists tests of other models, too.
        """
        nodes = self.manifest["nodes"]
        return [
            node
            for node in nodes.values()
            if node["resource_type"] == "test"
            and node["attached_node"] in nodes
        ]

    def data_tests(self) -> dict[str, DataTest]:
        """Each data test by its name."""
        nodes = self.manifest["nodes"]
        return {
            node["name"]: DataTest(
                node["compiled_code"],
                frozenset(
                    "{schema}.{alias}".format(**nodes[read])
                    for read in node["depends_on"]["nodes"]
                ),
            )
            for node in self.test_nodes()
        }

    def frame(self, query: str) -> Any:
        """Return the rows of a query as a data frame."""
        with self.connect() as connection:
            return connection.execute(query).df()

    def copy(self, folder: Path) -> Path:
        """Copy the database, to be changed.

        The name of the file stays: compiled SQL names the catalog by it.
        """
        return Path(shutil.copy(self.database, folder))


@dataclass(frozen=True)
class RefreshedSample:
    """What a refresh from the bundled sample built and published.

    Parameters
    ----------
    folder : Path
        Where all of it lies.
    """

    folder: Path

    @property
    def database(self) -> Path:
        """The database that dbt made; nobody writes to it."""
        return self.folder / "linksignal.duckdb"

    @property
    def target(self) -> Path:
        """dbt's target folder, as it was when dbt ended."""
        return self.folder / "target"

    @property
    def built_at(self) -> Path:
        """Where dbt was told to make the database."""
        return Path((self.folder / "built_at.txt").read_text("utf-8"))

    @property
    def root(self) -> Path:
        """The folder that was published in."""
        return self.folder / "root"

    @property
    def raw_dir(self) -> Path:
        """The bundled sample."""
        return SAMPLE_DIR


def _release_database() -> None:
    """Close what dbt keeps open, so that another process can write."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.adapters.factory import reset_adapters

    reset_adapters()
    DuckDBConnectionManager.close_all_connections()
    gc.collect()


def _forget_inline_queries(manifest: Any) -> None:
    """Take out what a failed ``--inline`` leaves; the next one stumbles."""
    nodes = {} if manifest is None else manifest.nodes
    for key in [key for key in nodes if key.endswith(".inline_query")]:
        del nodes[key]


def _without_debug_events(fire: Callable[..., None]) -> Callable[..., None]:
    """Leave out what dbt tells of itself and nobody reads here."""
    from dbt_common.events.base_types import EventLevel

    unread = (EventLevel.DEBUG, EventLevel.TEST)

    def fire_event(manager: Any, event: Any, *words: Any, **named: Any) -> None:
        level = named.get("level") or (words[0] if words else None)
        if (level or event.level_tag()) not in unread:
            fire(manager, event, *words, **named)

    return fire_event


def _outcome(result: Any, output: str) -> DbtOutcome:
    exit_code = 2 if result.exception else int(not result.success)
    statuses = {}
    for node_result in getattr(result.result, "results", None) or []:
        if hasattr(node_result, "node"):
            statuses[node_result.node.name] = str(node_result.status)
            statuses |= _statuses_of_rules(node_result)
    return DbtOutcome(exit_code, output, statuses, result.result)


def _statuses_of_rules(result: Any) -> dict[str, str]:
    metadata = getattr(result.node, "test_metadata", None)
    if metadata is None:
        return {}
    told = result.adapter_response.get("_message", "")
    is_judged = result.status in ("pass", "fail")
    return {
        rule: ("fail" if f"{rule} in " in told else "pass")
        if is_judged
        else str(result.status)
        for rule in rules_of(metadata.to_dict())
    }


def run_dbt(
    *words: str,
    database: Path,
    variables: Mapping[str, Any] | None = None,
    target: Path | None = None,
    manifest: Any = None,
) -> DbtOutcome:
    """Run dbt in this process, on a database of its own.

    Parameters
    ----------
    *words : str
        Command and options, as on the command line.
    database : Path
        The DuckDB file to write.
    variables : mapping, optional
        What `--vars` gets.
    target : Path, optional
        Target folder; default: `target` beside the database.
    manifest : Manifest, optional
        The fixture `parsed`, which saves the parsing. Its database is named
        like the built sample's; what YAML takes from vars is as it was there.

    Returns
    -------
    DbtOutcome
        The database is closed again.
    """
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager import EventManager

    target = target or database.parent / "target"
    arguments = [
        *words,
        *("--project-dir", str(PROJECT_DIR)),
        *("--profiles-dir", str(PROJECT_DIR)),
        *("--target-path", str(target)),
        *("--log-path", str(target)),
        *("--log-level-file", "none"),
        *("--vars", json.dumps(dict(variables or {}))),
        *("--no-use-colors", "--no-write-json"),
    ]
    printed = io.StringIO()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DBT_")]:
            patch.delenv(name)
        patch.setenv("LINKSIGNAL_DATABASE", str(database))
        fire = _without_debug_events(EventManager.fire_event)
        patch.setattr(EventManager, "fire_event", fire)
        try:
            with contextlib.redirect_stdout(printed):
                result = dbtRunner(manifest).invoke(arguments)
            return _outcome(result, printed.getvalue())
        finally:
            _release_database()
            _forget_inline_queries(manifest)


@pytest.fixture(scope="session")
def project_dir() -> Path:
    """Folder of dbt_project.yml."""
    return PROJECT_DIR


@pytest.fixture(scope="session")
def sample_vars() -> dict[str, int]:
    """Give the vars that the sample was built with."""
    return dict(SAMPLE_VARS)


@pytest.fixture(scope="session")
def dbt() -> Callable[..., DbtOutcome]:
    """Give `run_dbt`: dbt in this process, on a database of its own."""
    return run_dbt


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Make a folder once for all processes of a run of the tests."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], None]) -> Path:
        folder, made = shared / name, shared / f"{name}.made"
        with (shared / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not made.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                make(folder)
                made.touch()
        return folder

    return once


@pytest.fixture(scope="session")
def refreshed_sample(once: Callable[..., Path]) -> RefreshedSample:
    """Refresh from the bundled sample once for all tests, by `linksignal`."""
    return RefreshedSample(once("refreshed_sample", _refresh_sample))


def _refresh_sample(folder: Path) -> None:
    from linksignal.cli import main
    from linksignal.publish import build

    printed, run_dbt_apart = io.StringIO(), build.run_dbt
    start_dbt = build.dbt_process.run_dbt

    def recording(run: Any, *words: Any) -> int:
        exit_code = run_dbt_apart(run, *words)
        printed.write((run.folder / build.OUTPUT).read_text("utf-8"))
        if exit_code == 0:
            shutil.copytree(run.target, folder / "target")
            shutil.copy(run.database, folder)
        return exit_code

    def locating(
        *words: Any, environment: Mapping[str, str], **others: Any
    ) -> int:
        built_at = environment["LINKSIGNAL_DATABASE"]
        (folder / "built_at.txt").write_text(built_at, "utf-8")
        return start_dbt(*words, environment=environment, **others)

    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("DBT_")]:
            patch.delenv(name)
        patch.setattr(build, "run_dbt", recording)
        patch.setattr(build.dbt_process, "run_dbt", locating)
        exit_code = main(
            [
                *("refresh", "--root", str(folder / "root")),
                *("--raw", str(SAMPLE_DIR), "--vars", json.dumps(SAMPLE_VARS)),
            ]
        )
    assert exit_code == 0, printed.getvalue()


@pytest.fixture(scope="session")
def built_sample(refreshed_sample: RefreshedSample) -> BuiltProject:
    """Give what the real dbt built from the bundled sample."""
    target = refreshed_sample.target
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    return BuiltProject(refreshed_sample.database, target, manifest)


@pytest.fixture(scope="session")
def parsed(
    refreshed_sample: RefreshedSample, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Read the parsed project, for invocations that need no parsing of theirs.

    Its target is its own: to parse is to overwrite manifest.json. With the
    path of another database dbt would parse all anew.
    """
    target = tmp_path_factory.mktemp("parsed")
    shutil.copy(refreshed_sample.target / "partial_parse.msgpack", target)
    outcome = run_dbt(
        "parse",
        database=refreshed_sample.built_at,
        target=target,
        variables={**SAMPLE_VARS, "raw_dir": str(SAMPLE_DIR)},
    )
    assert outcome.exit_code == 0, outcome.output
    # Every later collection would look through all of it again: half a second
    # after each run of dbt.
    gc.freeze()
    yield outcome.result
    gc.unfreeze()


@pytest.fixture(scope="session")
def sample_report(
    built_sample: BuiltProject, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Write the report of the built sample once."""
    from linksignal.report.page import write_report

    out = tmp_path_factory.mktemp("sample_report") / "report.html"
    write_report(built_sample.database, out)
    return out
