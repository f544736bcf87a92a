"""Run the suites of ``suites.yml`` and tell the result of each expectation.

Great Expectations guards what people query. Its context is ephemeral and its
data are frames: its SQL engine does not run on DuckDB.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import yaml

from linksignal.stats.rules import status_sentences

# Read when Great Expectations is imported: a build makes no request.
os.environ.setdefault("GX_ANALYTICS_ENABLED", "false")

SUITES_FILE = Path(__file__).with_name("suites.yml")

# A value set of this name is the lookup of statuses.
STATUSES = "statuses"
DETAIL_LENGTH = 200

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

# Where Great Expectations puts examples, and how they are told.
_TOLD = {"partial_unexpected_list": "found", "partial_missing_list": "lacks"}

Suite = Mapping[str, tuple[str, str, dict[str, Any]]]


def read_suites(path: Path = SUITES_FILE) -> dict[str, Suite]:
    """Read the suites.

    Parameters
    ----------
    path : Path, default SUITES_FILE
        YAML: table, then expectation id, then
        ``[severity, expectation type, arguments]``.

    Returns
    -------
    dict of str to Suite
        Keyed by table name.
    """
    suites: dict[str, Suite] = yaml.safe_load(path.read_text(encoding="utf-8"))
    for suite in suites.values():
        for _, _, arguments in suite.values():
            if arguments.get("value_set") == STATUSES:
                arguments["value_set"] = list(status_sentences())
    return suites


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
    KeyError
        A suite names a table that was not given.
    """
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    frames = context.data_sources.add_pandas("findings")
    rows = []
    for table, suite in suites.items():
        batch = (
            frames.add_dataframe_asset(table)
            .add_batch_definition_whole_dataframe("whole")
            .get_batch({"dataframe": tables[table]})
        )
        validated = batch.validate(_gx_suite(table, suite))
        rows += [
            _result_row(table, suite, result) for result in validated.results
        ]
    rows.sort(key=lambda row: (row["table_name"], row["expectation_id"]))
    return pa.Table.from_pylist(rows, schema=RESULT_SCHEMA)


def _gx_suite(table: str, suite: Suite) -> Any:
    import great_expectations as gx
    from great_expectations.expectations.expectation_configuration import (
        ExpectationConfiguration,
    )

    return gx.ExpectationSuite(
        name=table,
        expectations=[
            ExpectationConfiguration(
                type=expectation,
                kwargs=arguments,
                severity=severity,
                meta={"id": expectation_id},
            )
            for expectation_id, (severity, expectation, arguments) in (
                suite.items()
            )
        ],
    )


def _result_row(table: str, suite: Suite, result: Any) -> dict[str, Any]:
    expectation_id = result.expectation_config.meta["id"]
    severity, expectation, arguments = suite[expectation_id]
    return {
        "expectation_id": expectation_id,
        "table_name": table,
        "expectation": expectation,
        "arguments": yaml.safe_dump(arguments, default_flow_style=True).strip(),
        "severity": severity,
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
