"""Writes small raw folders: one Parquet file per table and load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from linksignal.contract import CONTRACT_FILE, read_yaml

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


@cache
def schemas() -> dict[str, pa.Schema]:
    """Columns and types of every raw table, by the contract."""
    contract = read_yaml(CONTRACT_FILE)
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
