"""Writes small raw folders: one Parquet file per table and load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

CONTRACT = Path(__file__).resolve().parents[3] / "models/staging/_raw.yml"
TYPES = {
    "varchar": pa.string(),
    "varchar[]": pa.list_(pa.string()),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}

Record = Mapping[str, Any]
# Loads by name of the load, by name of the raw table.
Study = Mapping[str, Mapping[str, Sequence[Record]]]


def schemas() -> dict[str, pa.Schema]:
    """Columns and types of every raw table, by the contract."""
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    return {
        table["name"]: pa.schema(
            [
                (column["name"], TYPES[column["data_type"]])
                for column in table["columns"]
            ]
        )
        for table in contract["sources"][0]["tables"]
    }


def write_raw(raw_dir: Path, study: Study) -> Path:
    """Write every load of a study; columns left out are unknown."""
    for table, loads in study.items():
        schema = schemas()[table]
        (raw_dir / table).mkdir(parents=True, exist_ok=True)
        for load_id, records in loads.items():
            rows = [
                {**record, "load_id": load_id, "record_number": number}
                for number, record in enumerate(records, start=1)
            ]
            pq.write_table(
                pa.Table.from_pylist(rows, schema=schema),
                raw_dir / table / f"{load_id}.parquet",
            )
    return raw_dir
