"""Columns, types and NOT NULL of the findings tables, as Python sees them.

They stand once, in the contracts in ``models/findings/*.yml``, which dbt
enforces.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import pyarrow as pa
import yaml

from linksignal.raw import ARROW_TYPES, PROJECT_DIR

FINDINGS_DIR = PROJECT_DIR / "models" / "findings"

# Columns that the SQL of findings adds to what Python computed.
ADDED_BY_SQL = ("is_simulated",)


@cache
def findings_schema(table: str) -> pa.Schema:
    """Arrow schema of the rows that Python computes for a findings table.

    Parameters
    ----------
    table : str
        Name of a model in ``models/findings``.

    Returns
    -------
    pyarrow.Schema
        Columns of its contract in their order, without `ADDED_BY_SQL`; a
        column with the constraint ``not_null`` is not nullable.

    Raises
    ------
    KeyError
        If there is no such model.
    """
    return pa.schema(
        [
            pa.field(
                column["name"],
                ARROW_TYPES[column["data_type"]],
                nullable={"type": "not_null"}
                not in column.get("constraints", []),
            )
            for column in _contracts()[table]["columns"]
            if column["name"] not in ADDED_BY_SQL
        ]
    )


@cache
def _contracts() -> dict[str, dict[str, Any]]:
    return {
        model["name"]: model
        for path in sorted(FINDINGS_DIR.glob("*.yml"))
        for model in yaml.safe_load(path.read_text("utf-8")).get("models", [])
    }
