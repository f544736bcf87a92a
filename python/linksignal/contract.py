"""The contracts of raw tables and of findings, as Python sees them.

Each stands once: that of the raw tables in ``models/staging/_raw.yml``, those
of the findings, which dbt enforces, in ``models/findings/*.yml``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from linksignal.project import PROJECT_DIR, PUBLIC_SCHEMAS, parse_yaml

MODELS_DIR = PROJECT_DIR / "models"
CONTRACT_FILE = MODELS_DIR / "staging" / "_raw.yml"
FINDINGS_DIR = MODELS_DIR / "findings"

# Columns that the SQL of findings adds to what Python computed.
ADDED_BY_SQL = ("is_main", "is_simulated")


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


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file of this package."""
    return dict(parse_yaml(path.read_text(encoding="utf-8")))


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


@cache
def raw_types(table: str) -> dict[str, str]:
    """SQL types of the columns of a raw table, in contract order."""
    (found,) = (each for each in _tables() if each["name"] == table)
    return {each["name"]: each["data_type"] for each in found["columns"]}


def needed_columns(table: str) -> list[str]:
    """Columns that must be there in a raw table that is."""
    (found,) = (each for each in _tables() if each["name"] == table)
    return list(found["config"]["meta"]["needed"])


def highest_count() -> int:
    """Largest count that a raw table may hold: larger ones have no sums."""
    return int(_source()["config"]["meta"]["highest_count"])


def _tables() -> list[dict[str, Any]]:
    tables: list[dict[str, Any]] = _source()["tables"]
    return tables


@cache
def _source() -> dict[str, Any]:
    source: dict[str, Any] = read_yaml(CONTRACT_FILE)["sources"][0]
    return source


def raw_file(raw_dir: Path, table: str, load_id: str) -> Path:
    """Path of the Parquet file that one load writes for one raw table."""
    return raw_dir / table / f"{load_id}.parquet"


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
        for model in read_yaml(path).get("models", [])
    }


@dataclass(frozen=True)
class Description:
    """What a public table and its columns are.

    Attributes
    ----------
    table : str
        What one row is.
    columns : mapping of str to str
        Meaning by column.
    """

    table: str
    columns: Mapping[str, str]


_SEEDS_DIR = PROJECT_DIR / "seeds"
_DOCS = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
_DOC = re.compile(r"{{ doc\('(\w+)'\) }}")


@cache
def descriptions() -> dict[tuple[str, str], Description]:
    """Describe the public tables, as dbt does it in its documentation.

    Returns
    -------
    dict of (str, str) to Description
        By schema and name of the models and lookups of `PUBLIC_SCHEMAS`.
    """
    blocks = {
        name: text
        for path in sorted(MODELS_DIR.glob("*.md"))
        for name, text in _DOCS.findall(path.read_text(encoding="utf-8"))
    }

    def rendered(text: str) -> str:
        found = _DOC.sub(lambda block: blocks[block[1]], text)
        return " ".join(found.split())

    return {
        (schema, node["name"]): Description(
            rendered(node["description"]),
            {
                column["name"]: rendered(column["description"])
                for column in node["columns"]
            },
        )
        for schema in PUBLIC_SCHEMAS
        for folder, kind in ((MODELS_DIR, "models"), (_SEEDS_DIR, "seeds"))
        for path in sorted((folder / schema).glob("*.yml"))
        for node in read_yaml(path).get(kind, [])
    }
