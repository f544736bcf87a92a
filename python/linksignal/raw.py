"""The raw contract as Python sees it: tables, columns, Arrow types, files.

The contract itself stands once, in ``models/staging/_raw.yml``.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml

_HERE = Path(__file__).resolve()
# A wheel carries the dbt project; a checkout is one.
_BUNDLED = _HERE.with_name("dbt")
IS_INSTALLED = _BUNDLED.is_dir()
PROJECT_DIR = _BUNDLED if IS_INSTALLED else _HERE.parents[2]
CONTRACT_FILE = PROJECT_DIR / "models" / "staging" / "_raw.yml"

ARROW_TYPES = {
    "varchar": pa.string(),
    "varchar[]": pa.list_(pa.string()),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


@cache
def raw_schemas() -> dict[str, pa.Schema]:
    """Arrow schema of every raw table, columns in contract order.

    Returns
    -------
    dict of str to pyarrow.Schema
        Keyed by table name (``backlinks``, ``ai_answers``, ...).
    """
    return {
        table["name"]: pa.schema(
            [
                (column["name"], ARROW_TYPES[column["data_type"]])
                for column in table["columns"]
            ]
        )
        for table in _tables()
    }


def needed_columns(table: str) -> list[str]:
    """Columns that must be there in a raw table that is."""
    (found,) = (each for each in _tables() if each["name"] == table)
    return list(found["config"]["meta"]["needed"])


@cache
def _tables() -> list[dict[str, Any]]:
    contract = yaml.safe_load(CONTRACT_FILE.read_text(encoding="utf-8"))
    tables: list[dict[str, Any]] = contract["sources"][0]["tables"]
    return tables


def raw_file(raw_dir: Path, table: str, load_id: str) -> Path:
    """Path of the Parquet file that one load writes for one raw table."""
    return raw_dir / table / f"{load_id}.parquet"
