"""Run the suites of ``suites/`` and tell the result of each expectation.

Great Expectations guards what people query, beside the data tests of dbt: no
expectation repeats one of them or a NOT NULL of a contract. A suite is a file
as Great Expectations writes it, one per table; ``meta.id`` names each
expectation, and a value set that a lookup holds is a parameter. The context is
ephemeral and the data are frames: its SQL engine does not run on DuckDB.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
import yaml

from linksignal.errors import LinksignalError
from linksignal.sql import identifier
from linksignal.stats.rules import status_sentences

# Read when Great Expectations is imported: a build makes no request.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

SUITES_DIR = Path(__file__).with_name("suites")

DETAIL_LENGTH = 200

# Great Expectations imports them for its charts, its pages and for tests of a
# whole distribution: two fifths of the CPU of its import.
RARELY_USED = ("altair", "mistune", "scipy.stats")

# All that a result tells. The default counts examples and finds their rows too,
# a third of the CPU of a suite.
RESULT_FORMAT = "BASIC"

# Their notes about their own work would stand between dbt's lines; the second
# sets a level of its own.
CHATTY_LOGGERS = (
    "great_expectations",
    "great_expectations.data_context.types.base",
)

RESULT_SCHEMA = pa.schema(
    [
        ("expectation_id", pa.string()),
        ("table_name", pa.string()),
        ("expectation", pa.string()),
        ("arguments", pa.string()),
        ("severity", pa.string()),
        ("is_met", pa.bool_()),
        ("checked_rows", pa.int64()),
        ("unexpected_rows", pa.int64()),
        ("detail", pa.string()),
    ]
)

# Where expectations name the columns they read.
COLUMN_ARGUMENTS = ("column", "column_A", "column_B")

# Where Great Expectations puts examples, and how they are told.
_TOLD = {"partial_unexpected_list": "found", "partial_missing_list": "lacks"}

Suite = Mapping[str, Any]


def read_suites(folder: Path = SUITES_DIR) -> dict[str, Suite]:
    """Read the suites.

    Parameters
    ----------
    folder : Path, default SUITES_DIR
        Its JSON files are suites named like their table.

    Returns
    -------
    dict of str to Suite
        Keyed by table name.

    Raises
    ------
    LinksignalError
        A file is no JSON, or an entry has no type, no arguments or no name
        of its own.
    """
    suites: dict[str, Suite] = {}
    file_of: dict[str, str] = {}
    for file in sorted(folder.glob("*.json")):
        try:
            suite = json.loads(file.read_text(encoding="utf-8"))
        except ValueError as error:
            raise _unusable(file.stem, f"it is no JSON: {error}") from error
        for entry in _entries(file.stem, suite):
            expectation_id = entry["meta"]["id"]
            if other := file_of.get(expectation_id):
                raise _unusable(
                    file.stem,
                    f"the meta.id {expectation_id!r} is one of {other} too",
                )
            file_of[expectation_id] = file.name
        suites[file.stem] = suite
    return suites


def _entries(table: str, suite: Any) -> list[Mapping[str, Any]]:
    """Take the expectations of a file that has the form of a suite."""
    match suite:
        case {"name": str(), "expectations": list() as entries}:
            pass
        case _:
            raise _unusable(table, "a suite has a name and expectations")
    for number, entry in enumerate(entries, 1):
        match entry:
            case {"type": str(), "kwargs": dict(), "meta": {"id": str()}}:
                continue
        raise _unusable(
            table,
            f"expectation {number} needs a type, kwargs, and a meta.id, "
            "which names its row of quality.data_quality",
        )
    return entries


def _unusable(table: str, reason: str) -> LinksignalError:
    return LinksignalError(f"quality/suites/{table}.json: {reason}")


def asked_frames(
    tables: Mapping[str, duckdb.DuckDBPyRelation], suites: Mapping[str, Suite]
) -> dict[str, pd.DataFrame]:
    """Read of each table what its suite asks about.

    Parameters
    ----------
    tables : mapping of str to DuckDBPyRelation
        Tables of findings by name.
    suites : mapping of str to Suite
        What `read_suites` returns.

    Returns
    -------
    dict of str to DataFrame
        A frame per suite.

    Raises
    ------
    LinksignalError
        A suite is of a table that is not among them.
    """
    for table in suites:
        if table not in tables:
            raise _unusable(
                table,
                f"models/quality/data_quality.py does not read {table!r}: give "
                "it there the two lines that other tables have",
            )
    return {
        table: asked_columns(tables[table], suite).df()
        for table, suite in suites.items()
    }


def asked_columns(
    table: duckdb.DuckDBPyRelation, suite: Suite
) -> duckdb.DuckDBPyRelation:
    """Take the columns of a table that the expectations of a suite name.

    Great Expectations hashes twice whatever it is given.

    Parameters
    ----------
    table : DuckDBPyRelation
        One of the tables of findings.
    suite : Suite
        Its suite.

    Returns
    -------
    DuckDBPyRelation
        The whole table where an expectation may read more than it names: one
        on the table, or on rows that meet a condition.
    """
    named: set[str] = set()
    for expectation in suite["expectations"]:
        kwargs = expectation["kwargs"]
        columns = [kwargs[name] for name in COLUMN_ARGUMENTS if name in kwargs]
        columns += kwargs.get("column_list", [])
        if not columns or "row_condition" in kwargs:
            return table
        named.update(columns)
    held = [identifier(name) for name in table.columns if name in named]
    return table.project(", ".join(held)) if held else table


def run_suites(
    tables: Mapping[str, pd.DataFrame], suites: Mapping[str, Suite]
) -> pa.Table:
    """Run every suite on its table.

    Parameters
    ----------
    tables : mapping of str to DataFrame
        Frames by table name; every suite's table must be there.
    suites : mapping of str to Suite
        What `read_suites` returns.

    Returns
    -------
    pyarrow.Table
        One row per expectation, columns of `RESULT_SCHEMA`. An expectation
        that could not be computed is not met, and ``detail`` says why.

    Raises
    ------
    LinksignalError
        Great Expectations does not know an expectation, or not its arguments
        or severity; it would pass over it.
    """
    with imported_when_used(*RARELY_USED):
        import great_expectations as gx
        from great_expectations.data_context.types.base import (
            ProgressBarsConfig,
        )

    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    # One asset for every table: the context writes itself anew at each.
    frames = (
        context.data_sources.add_pandas("findings")
        .add_dataframe_asset("table")
        .add_batch_definition_whole_dataframe("whole")
    )
    parameters = {"statuses": list(status_sentences())}
    rows = []
    for table, suite in suites.items():
        batch = frames.get_batch({"dataframe": tables[table]})
        expectations = [
            _expectation(table, entry) for entry in suite["expectations"]
        ]
        validated = batch.validate(
            gx.ExpectationSuite(suite["name"], expectations=expectations),
            result_format=RESULT_FORMAT,
            expectation_parameters=parameters,
        )
        rows += [_result_row(table, result) for result in validated.results]
    rows.sort(key=lambda row: (row["table_name"], row["expectation_id"]))
    return pa.Table.from_pylist(rows, schema=RESULT_SCHEMA)


def _expectation(table: str, entry: Mapping[str, Any]) -> Any:
    """Make an expectation of its entry in a suite."""
    from great_expectations.exceptions import GreatExpectationsError
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    try:
        return ExpectationConfiguration(**entry).to_domain_obj()
    except (GreatExpectationsError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise _unusable(table, f"{entry['meta']['id']}: {reason}") from error


class _Stand(ModuleType):
    """Stands for a module until something of it is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _leave(self)
        return getattr(import_module(self.__name__), name)


@contextmanager
def imported_when_used(*names: str) -> Iterator[None]:
    """Import modules that others import within only where they use them.

    Parameters
    ----------
    *names : str
        Full names; one that is imported already is left as it is. After the
        context each is imported as ever.
    """
    stands = [_Stand(name) for name in names if name not in sys.modules]
    sys.modules.update({stand.__name__: stand for stand in stands})
    try:
        yield
    finally:
        for stand in stands:
            _leave(stand)


def _leave(stand: ModuleType) -> None:
    if sys.modules.get(stand.__name__) is stand:
        del sys.modules[stand.__name__]


def _result_row(table: str, result: Any) -> dict[str, Any]:
    config = result.expectation_config
    arguments = {
        name: value
        for name, value in config.kwargs.items()
        if name != "batch_id"
    }
    return {
        "expectation_id": config.meta["id"],
        "table_name": table,
        "expectation": config.type,
        "arguments": yaml.safe_dump(arguments, default_flow_style=True).strip(),
        "severity": config.severity.value,
        "is_met": bool(result.success),
        "checked_rows": result.result.get("element_count"),
        "unexpected_rows": result.result.get("unexpected_count"),
        "detail": _detail(result),
    }


def _detail(result: Any) -> str | None:
    if result.success:
        return None
    for problem in result.exception_info.values():
        if isinstance(problem, Mapping) and problem.get("exception_message"):
            return str(problem["exception_message"])[:DETAIL_LENGTH]
    for name, verb in _TOLD.items():
        if examples := result.result.get(name):
            return f"{verb} {_listed(examples)}"[:DETAIL_LENGTH]
    return f"observed {result.result.get('observed_value')}"


def _listed(examples: Iterable[Any]) -> str:
    """List examples, those that look alike once."""
    return ", ".join(dict.fromkeys(map(_shown, examples)))


def _shown(example: Any) -> str:
    match example:
        case str():
            return repr(example)
        case Mapping():
            return " ".join(
                f"{name}={_shown(value)}" for name, value in example.items()
            )
        case list() | tuple():
            return f"({', '.join(map(_shown, example))})"
    return "no value" if pd.isna(example) else str(example)
