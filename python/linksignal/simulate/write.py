"""Parquet tables of a simulated study, and the fixed dates in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from linksignal.contract import raw_file, raw_schemas
from linksignal.simulate.noise import Ints

SOURCE = "simulated"
ROW_GROUP_ROWS = 250_000
_COMPRESSION_LEVEL = 9
_SORTED_COLUMNS = ("record_number",)
_PREFIXED_COLUMNS = ("source_url", "answer_id", "prompt_id")


def load_id_of(table: str) -> str:
    """Key of the load that a simulation writes for a raw table."""
    return f"{SOURCE}-{table.replace('_', '-')}"


class TableWriter:
    """Writes the one load of one raw table, batch after batch.

    Parameters
    ----------
    raw_dir : Path
        Folder of the raw tables.
    table : str
        Name of the table in the raw contract.
    """

    def __init__(self, raw_dir: Path, table: str) -> None:
        self.load_id = load_id_of(table)
        self.records = 0
        self._schema = raw_schemas()[table]
        self._digest = hashlib.sha256()
        file = raw_file(raw_dir, table, self.load_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        self._writer = _parquet_writer(file, self._schema)

    def write(self, content: Any) -> None:
        """Add the key columns to a batch of content and append it."""
        count = content.num_rows
        if count == 0:
            return
        self._digest.update(_csv_bytes(content))
        numbers = np.arange(self.records + 1, self.records + count + 1)
        keys = {
            "load_id": pa.repeat(pa.scalar(self.load_id), count),
            "record_number": pa.array(numbers),
            "source": pa.repeat(pa.scalar(SOURCE), count),
            "as_of": pa.repeat(pa.scalar(AS_OF), count),
        }
        names = content.schema.names
        given = keys | dict(zip(names, content.columns, strict=True))
        columns = {
            field.name: given.get(field.name, pa.nulls(count, field.type))
            for field in self._schema
        }
        self._writer.write_table(
            pa.table(columns).cast(self._schema), row_group_size=ROW_GROUP_ROWS
        )
        self.records += count

    def close(self) -> dict[str, object]:
        """Close the file.

        Returns
        -------
        dict
            The load's row for the table ``loads``. The hash is that of the
            records as CSV, as if a tool had exported them.
        """
        self._writer.close()
        return {
            "load_id": self.load_id,
            "file": f"{self.load_id}.csv",
            "sha256": self._digest.hexdigest(),
            "format": SOURCE,
            "loaded_at": LOADED_AT,
            "records_read": self.records,
            "records_landed": self.records,
            "records_rejected": 0,
            "records_skipped": 0,
            "duplicates": 0,
            "rows_landed": self.records,
        }


@contextmanager
def table_writers(
    raw_dir: Path, tables: tuple[str, ...]
) -> Iterator[dict[str, TableWriter]]:
    """Open a writer for each table; on success also write their loads."""
    writers = {}
    with ExitStack() as stack:
        for table in tables:
            writers[table] = TableWriter(raw_dir, table)
            stack.callback(writers[table].close)
        yield writers
    for writer in writers.values():
        _write_load(raw_dir, writer.close())


def _write_load(raw_dir: Path, row: dict[str, object]) -> None:
    schema = raw_schemas()["loads"]
    file = raw_file(raw_dir, "loads", str(row["load_id"]))
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(
        pa.Table.from_pylist([row], schema=schema), file, store_schema=False
    )


def _parquet_writer(file: Path, schema: Any) -> Any:
    special = {
        **{name: "DELTA_BINARY_PACKED" for name in _SORTED_COLUMNS},
        **{name: "DELTA_BYTE_ARRAY" for name in _PREFIXED_COLUMNS},
    }
    encodings = {k: v for k, v in special.items() if k in schema.names}
    return pq.ParquetWriter(
        file,
        schema,
        compression="zstd",
        compression_level=_COMPRESSION_LEVEL,
        use_dictionary=[name for name in schema.names if name not in special],
        column_encoding=encodings,
        store_schema=False,
    )


def _csv_bytes(content: Any) -> Any:
    """Records as CSV without a header; a list is joined by bars."""
    columns = {
        name: pc.binary_join(column, "|")
        if pa.types.is_list(column.type)
        else column
        for name, column in zip(
            content.schema.names, content.columns, strict=True
        )
    }
    sink = pa.BufferOutputStream()
    pyarrow.csv.write_csv(
        pa.table(columns),
        sink,
        pyarrow.csv.WriteOptions(include_header=False),
    )
    return sink.getvalue()


AS_OF = date(2025, 10, 1)
LOADED_AT = datetime(2025, 10, 2, 6, 0)


def days_before(day: date, days: Ints) -> Any:
    """Midnights some days before a day, as Arrow timestamps."""
    moments = np.datetime64(day, "D") - days.astype("timedelta64[D]")
    return pa.array(moments.astype("datetime64[us]"))


def minutes_before(day: date, minutes: Ints) -> Any:
    """Moments some minutes before a day began, as Arrow timestamps."""
    moments = np.datetime64(day, "m") - minutes.astype("timedelta64[m]")
    return pa.array(moments.astype("datetime64[us]"))
