"""Which tables of the last published build a refresh uses again.

A table is used again, with the tests that it has passed, where all that it is
made of is the same by content: its own file, the files and settings that it
reads, the raw tables below it, and everything that any table may depend on
(macros, YAML, this program, versions, the machine). What is in doubt is built.
The choice is made before the build, from the graph of the last one, and made
again after it, from the graph that dbt has just read: the second one counts.

Data tests of tables that are built anew run again, all of them. Where no file
has changed, they are what dbt made of them the last time, and need no dbt.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from linksignal.digest import Code
from linksignal.files import drafts, is_real_file, sha256_of
from linksignal.new_project import MATERIALIZATIONS
from linksignal.project import NAME
from linksignal.publish.database import engine
from linksignal.publish.root import Root, is_run, run_number
from linksignal.publish.run import Run
from linksignal.sql import attach, identifier

# Nodes of a manifest that stand for a table or a test of it.
_KINDS = ("model", "seed", "test")
# Of other kinds a second build may differ from a first one.
_REPEATABLE = ("table", "view", "seed", "test", "ephemeral")
_ANY = "*"
# A data test of this form holds where its query finds no row.
_PLAIN = {
    "severity": "ERROR",
    "fail_calc": "count(*)",
    "warn_if": "!= 0",
    "error_if": "!= 0",
    "limit": None,
    "store_failures": None,
}
_WORD = re.compile(r"\w+")
_QUOTED = re.compile(r"""["'](\w+)["']""")
_NAMED_SETTING = re.compile(r"'(\w+)':")
# A var whose name is not written down where it is read.
_UNNAMED_VAR = re.compile(r"""\bvar\(\s*(?!["'])""")
# The one macro that may: whoever calls it says the name.
_READER = "setting"
_RAW_READER = "raw_files"
# Macros that stop a build, or do nothing.
_CHECKS = "check_"


@dataclass(frozen=True)
class Reads:
    """What a node is made of.

    Attributes
    ----------
    selector : str
        How dbt is told to build it.
    parents : tuple of str
        Nodes that it reads.
    files : tuple of str
        Files that it is, or reads, as `Code.files` names them.
    settings : tuple of str
        Settings that may change it; ``*`` for any.
    tables : tuple of str
        Raw tables that it reads itself.
    """

    selector: str
    parents: tuple[str, ...]
    files: tuple[str, ...]
    settings: tuple[str, ...]
    tables: tuple[str, ...]


Graph = Mapping[str, Reads]


@dataclass(frozen=True)
class Changes:
    """What differs between two builds, beside what any table depends on."""

    files: frozenset[str]
    settings: frozenset[str]
    tables: frozenset[str]

    @classmethod
    def between(
        cls,
        code: Code,
        tables: Mapping[str, str],
        later_code: Code,
        later_tables: Mapping[str, str],
    ) -> Changes:
        """Compare codes and digests of raw tables of two builds."""
        return cls(
            _changed(code.files, later_code.files),
            _changed(code.settings, later_code.settings),
            _changed(tables, later_tables),
        )

    def concern(self, reads: Reads) -> bool:
        """Whether a node reads any of it itself."""
        return bool(
            self.files.intersection(reads.files)
            or self.settings.intersection(reads.settings)
            or (self.settings and _ANY in reads.settings)
            or self.tables.intersection(reads.tables)
        )


@dataclass(frozen=True)
class Reuse:
    """A build that begins with the tables of another.

    Attributes
    ----------
    run_id : str
        Run that built them.
    graph : mapping of str to Reads
        As it was in that run.
    changes : Changes
        Since then.
    tests : mapping of str to str
        Its data tests: queries that find what is wrong, as dbt compiled them.
    """

    run_id: str
    graph: Graph
    changes: Changes
    tests: Mapping[str, str] = field(default_factory=dict)

    @property
    def selected(self) -> list[str]:
        """What dbt is to build: all that has changed, and what reads it."""
        changed = self.changed(self.graph)
        if self.changes.files:
            # What reads it may be another than in the graph of that run.
            return [f"{self.graph[name].selector}+" for name in sorted(changed)]
        tests = self.stale(self.graph).difference(
            _models(self.graph), self.same_tests(self.graph)
        )
        # Few words: dbt looks at every node for each.
        return [
            *(
                f"{self.graph[name].selector}+,resource_type:model"
                for name in sorted(changed.intersection(_models(self.graph)))
            ),
            *(self.graph[name].selector for name in sorted(tests)),
        ]

    def stale(self, graph: Graph) -> set[str]:
        """Nodes of a graph that are of something else, or read such."""
        return _with_readers(graph, self.changed(graph))

    def same_tests(self, graph: Graph) -> dict[str, str]:
        """Data tests of tables that are built anew, as they were compiled.

        Parameters
        ----------
        graph : mapping of str to Reads
            Of the build that is to be judged.

        Returns
        -------
        dict of str to str
            Query by test: of each that is made of the same files and settings
            and reads no raw table that has changed.
        """
        # A query may hold what stands in a lookup.
        if self.changes.files:
            return {}
        found = self.stale(graph) - self.changed(graph)
        return {
            name: self.tests[name] for name in sorted(found & set(self.tests))
        }

    def kept(self, manifest: Mapping[str, Any]) -> set[str]:
        """Nodes that need not be built.

        Parameters
        ----------
        manifest : mapping
            dbt's manifest of the build that is to be judged.

        Returns
        -------
        set of str
            Nodes made of the same in both runs; none where that cannot be
            known.
        """
        graph = read_graph(manifest)
        return set(graph) - self.stale(graph)

    def changed(self, graph: Graph) -> set[str]:
        """Nodes of a graph that are of something else themselves."""
        return {
            name
            for name, reads in graph.items()
            if reads != self.graph.get(name) or self.changes.concern(reads)
        }


def _with_readers(graph: Graph, roots: Iterable[str]) -> set[str]:
    """Nodes, and all that is made of them."""
    readers: dict[str, list[str]] = defaultdict(list)
    for name, reads in graph.items():
        for parent in reads.parents:
            readers[parent].append(name)
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += readers[name]
    return found


def read_graph(manifest: Mapping[str, Any]) -> dict[str, Reads]:
    """Read what each node of a build is made of.

    Parameters
    ----------
    manifest : mapping
        dbt's manifest.json.

    Returns
    -------
    dict of str to Reads
        By node; empty where not all is known: the project has models, tests
        or macros of its own, or tables that are not built anew each time.
    """
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in (*_KINDS, "snapshot")
        and node["config"].get("enabled", True)
    }
    is_known = all(
        node["package_name"] == NAME
        and node["config"].get("materialized") in _REPEATABLE
        for node in nodes.values()
    ) and _are_macros_known(manifest)
    if not is_known:
        return {}
    vocabulary = _Vocabulary(manifest)
    seeds = tuple(
        sorted(
            node["original_file_path"]
            for node in nodes.values()
            if node["resource_type"] == "seed"
        )
    )
    return {
        name: _reads(node, vocabulary, seeds) for name, node in nodes.items()
    }


def _are_macros_known(manifest: Mapping[str, Any]) -> bool:
    """Whether all macros are ours, dbt's, or as we write into projects."""
    adapter = f"dbt_{manifest['metadata']['adapter_type']}"
    ours = (NAME, "dbt", adapter)
    written = MATERIALIZATIONS.read_text("utf-8")
    return all(
        each["package_name"] in ours
        or (
            str(each["name"]).startswith("materialization_")
            and str(each["macro_sql"]).strip() in written
        )
        for each in _macros(manifest)
    )


def _macros(manifest: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    macros: Mapping[str, Mapping[str, Any]] = manifest["macros"]
    return macros.values()


def _reads(
    node: Mapping[str, Any], vocabulary: _Vocabulary, seeds: tuple[str, ...]
) -> Reads:
    above = node.get("depends_on", {}).get("nodes", [])
    raw = {name.split(".")[-1] for name in above if name.startswith("source.")}
    files = {str(node["original_file_path"])}
    settings: set[str] = set()
    if node.get("language") == "python":
        # Python reads the lookups from their files, and any setting.
        files.update(seeds)
        settings = {_ANY}
    elif node["resource_type"] != "seed":
        settings, tables = vocabulary.read_by(node)
        raw |= tables
    return Reads(
        f"fqn:{'.'.join(node['fqn'])}",
        tuple(sorted(name for name in above if not name.startswith("source."))),
        tuple(sorted(files)),
        tuple(sorted(settings)),
        tuple(sorted(raw)),
    )


class _Vocabulary:
    """What stands in the code of a node and of all macros that it may call.

    A macro counts as called where its name stands, whatever it is there; a
    setting or a raw table as read where its name stands in quotes.
    """

    def __init__(self, manifest: Mapping[str, Any]) -> None:
        self._texts: dict[str, str] = defaultdict(str)
        for macro in _macros(manifest):
            name = str(macro["name"])
            if macro["package_name"] != NAME or name.startswith(_CHECKS):
                continue
            # dispatch('share') calls duckdb__share or default__share.
            for called in {name, name.rpartition("__")[2]}:
                self._texts[called] += f"{macro['macro_sql']}\n"
        self._settings = set(_NAMED_SETTING.findall(self._texts["settings"]))
        # What it reads is what its callers name.
        self._texts.pop(_READER, None)
        self._tables = {
            str(source["name"]) for source in manifest["sources"].values()
        }

    def read_by(self, node: Mapping[str, Any]) -> tuple[set[str], set[str]]:
        """Settings and raw tables that may decide what a node holds."""
        texts = list(_texts_in([node["config"], node.get("test_metadata")]))
        named = set(texts)
        waiting = [*texts, str(node.get("raw_code", ""))]
        words: set[str] = set()
        while waiting:
            quoted, new_words = _named_in(waiting.pop())
            named |= quoted
            new = new_words - words
            words |= new
            waiting += [self._texts[name] for name in new & set(self._texts)]
        settings = {_ANY} if _ANY in named else named & self._settings
        if _RAW_READER not in words:
            return settings, set()
        return settings, named & self._tables or self._tables


# Most nodes call the same macros, and a refresh reads the same graph often.
@lru_cache(maxsize=4096)
def _named_in(text: str) -> tuple[frozenset[str], frozenset[str]]:
    """What stands in quotes in a text, or any setting; and its words."""
    quoted = frozenset(_QUOTED.findall(text))
    if _UNNAMED_VAR.search(text):
        quoted |= {_ANY}
    return quoted, frozenset(_WORD.findall(text))


def _texts_in(value: Any) -> Iterator[str]:
    """Yield each text of a document."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        yield from _texts_in(list(value.values()))
    elif isinstance(value, list):
        for each in value:
            yield from _texts_in(each)


def begin_with_built(
    root: Root, run: Run, code: Code, tables: Mapping[str, str]
) -> Reuse | None:
    """Copy the last build into a run, where some of it can be used again.

    Parameters
    ----------
    root : Root
        Must be locked.
    run : Run
        Gets the database.
    code : Code
        Of the build to come.
    tables : mapping of str to str
        Digests of its raw tables.

    Returns
    -------
    Reuse or None
        None where all is to be built: there is nothing, or it is not, byte for
        byte, what was built, or all of it depends on what has changed.
    """
    for state in _states(root):
        if state.code.shared != code.shared:
            continue
        changes = Changes.between(state.code, state.tables, code, tables)
        reuse = Reuse(state.run_id, state.graph, changes, state.tests)
        stale = reuse.stale(reuse.graph)
        if not stale or not models(set(reuse.graph) - stale):
            continue
        shutil.copyfile(_database(root, reuse.run_id), run.database)
        if sha256_of(run.database) == state.sha256:
            drop_stale(run, reuse)
            return reuse
        run.database.unlink()
    return None


def compiled_tests(
    manifest: Mapping[str, Any],
    run_results: Mapping[str, Any],
    earlier: Mapping[str, str],
) -> dict[str, str]:
    """Queries of the data tests of a build.

    Parameters
    ----------
    manifest : mapping
        dbt's manifest of the build.
    run_results : mapping
        dbt's run results of it.
    earlier : mapping of str to str
        Those of the build that it began with, if it began with one: what dbt
        did not compile is as it was.

    Returns
    -------
    dict of str to str
        By test: of those that hold where the query finds nothing.
    """
    compiled = {
        str(result["unique_id"]): result.get("compiled_code")
        for result in run_results["results"]
    }
    queries = {
        name: compiled.get(name) or earlier.get(name)
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        and all(node["config"].get(key) == _PLAIN[key] for key in _PLAIN)
    }
    return {name: query for name, query in queries.items() if query}


def broken_tests(run: Run, tests: Mapping[str, str]) -> list[str]:
    """Run data tests on the database of a run, without dbt.

    Parameters
    ----------
    run : Run
        Its database is built.
    tests : mapping of str to str
        Queries by test.

    Returns
    -------
    list of str
        Tests that find rows, or cannot be run.
    """
    if not tests:
        return []
    # dbt names the database as its file is named.
    name = run.database.stem
    with engine(run.folder / "spill") as connection:
        attach(connection, run.database, name)
        connection.execute(f"use {identifier(name)}")
        return [
            test for test, query in tests.items() if _finds(connection, query)
        ]


def _finds(connection: duckdb.DuckDBPyConnection, query: str) -> bool:
    try:
        found = connection.execute(
            f"select count(*) from (\n{query}\n) as found"
        ).fetchone()
    except duckdb.Error:
        return True
    return found != (0,)


@dataclass(frozen=True)
class _State:
    """A database that is kept, and what it was built from."""

    run_id: str
    sha256: str
    code: Code
    tables: dict[str, str]
    graph: dict[str, Reads]
    tests: dict[str, str]


def _read_state(path: Path) -> _State | None:
    """What is said of a database; None where it is of another form."""
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        graph = {
            name: Reads(selector, *map(tuple, others))
            for name, (selector, *others) in said["graph"].items()
        }
        return _State(
            str(said["run_id"]),
            str(said["sha256"]),
            Code(**said["code"]),
            dict(said["tables"]),
            graph,
            dict(said["tests"]),
        )
    except (ValueError, LookupError, TypeError, AttributeError):
        return None


def reused_words(reused: Mapping[str, Any]) -> str:
    """Say how much of a build was used again."""
    return (
        f"{len(reused['models'])} of {reused['model_count']} models reused "
        f"from run {reused['run_id']}: all that they are made of is the same"
    )


def models(names: Iterable[str]) -> list[str]:
    """Names of the models among nodes, sorted."""
    return sorted(name.rpartition(".")[2] for name in _models(names))


def _models(names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith("model.")]


def _changed(
    before: Mapping[str, str], after: Mapping[str, str]
) -> frozenset[str]:
    return frozenset(
        name
        for name in {*before, *after}
        if before.get(name) != after.get(name)
    )


def _database(root: Root, run_id: str) -> Path:
    return root.built / f"{run_id}.duckdb"


def _states(root: Root) -> list[_State]:
    """What is said of the databases that are kept, newest first."""
    runs = [
        path.stem
        for path in root.built.glob("*.json")
        if is_run(path.stem)
        and is_real_file(path)
        and is_real_file(_database(root, path.stem))
    ]
    states = [
        _read_state(root.built / f"{run_id}.json")
        for run_id in sorted(runs, key=run_number, reverse=True)
    ]
    return [state for state in states if state and state.run_id in runs]


def drop_stale(run: Run, reuse: Reuse) -> None:
    """Drop the tables that are to be built anew.

    One that dbt leaves out is missing then, not stale, and the file does not
    grow: the new rows take the place of the old ones.

    Parameters
    ----------
    run : Run
        Its database is a copy of the one that the build begins with.
    reuse : Reuse
        What it may keep.
    """
    stale = set(models(reuse.stale(reuse.graph)))
    with engine(run.folder / "spill") as connection:
        attach(connection, run.database, "begun", "read_write")
        there = connection.execute(
            "select 'view', schema_name, view_name from duckdb_views() "
            "where database_name = 'begun' and not internal union all "
            "select 'table', schema_name, table_name from duckdb_tables() "
            "where database_name = 'begun'"
        ).fetchall()
        for kind, schema, name in there:
            if name in stale:
                relation = identifier("begun", schema, name)
                connection.execute(f"drop {kind} {relation}")
        connection.execute("checkpoint begun")
        connection.execute("detach begun")


@dataclass(frozen=True)
class MadeOf:
    """What a build was made of.

    Attributes
    ----------
    code : Code or None
        Digests of code, settings and versions; None where they changed while
        it was built.
    digest : str or None
        That of the data too; None where not all that is read is known.
    tables : mapping of str to str
        Digests of the raw tables.
    manifest : mapping
        dbt's manifest.
    tests : mapping of str to str
        Its data tests, as `compiled_tests` has them.
    reused : dict
        ``run_id``, whose tables it began with, and ``models``, those of them
        that were not built again; empty where all was built.
    """

    code: Code | None
    digest: str | None
    tables: Mapping[str, str]
    manifest: Mapping[str, Any]
    tests: Mapping[str, str]
    reused: dict[str, Any]


def keep_built(root: Root, run: Run, made_of: MadeOf) -> None:
    """Keep the database of a run that was published, for the next refresh.

    Parameters
    ----------
    root : Root
        Must be locked.
    run : Run
        Its database is moved.
    made_of : MadeOf
        What it was built from.
    """
    if not made_of.code or not made_of.digest:
        return
    graph = read_graph(made_of.manifest)
    wal = run.database.with_name(f"{run.database.name}.wal")
    if not graph or wal.exists():
        return
    state = {
        "run_id": run.run_id,
        "sha256": sha256_of(run.database),
        "code": asdict(made_of.code),
        "tables": dict(made_of.tables),
        "graph": {
            name: list(asdict(reads).values()) for name, reads in graph.items()
        },
        "tests": dict(made_of.tests),
    }
    root.built.mkdir(exist_ok=True)
    # In this order: a description without its database is none.
    os.replace(run.database, _database(root, run.run_id))
    with drafts(root.built) as draft:
        path = draft / f"{run.run_id}.json"
        path.write_text(json.dumps(state), encoding="utf-8")
    forget_built(root, run.run_id)


def forget_built(root: Root, kept: str) -> None:
    """Remove databases of other runs, and what is said of them.

    Parameters
    ----------
    root : Root
        Must be locked.
    kept : str
        Run whose database stays.
    """
    for path in sorted(root.built.iterdir()):
        is_ours = path.suffix in (".duckdb", ".json") and is_run(path.stem)
        if is_ours and path.stem != kept and is_real_file(path):
            path.unlink()
