"""Rows put into the declared schema of their table."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pyarrow as pa


def arrow_table(
    rows: Sequence[Mapping[str, object]], schema: pa.Schema
) -> pa.Table:
    """Build an Arrow table; a number that is missing becomes NULL.

    Parameters
    ----------
    rows : sequence of mapping
        Values by column name, every column of the schema in each.
    schema : pyarrow.Schema
        Columns and types of the result.

    Returns
    -------
    pyarrow.Table
    """
    columns = [
        [_null_if_missing(row[name]) for row in rows] for name in schema.names
    ]
    arrays = [
        pa.array(column, type=field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def _null_if_missing(value: object) -> object:
    if isinstance(value, float) and math.isnan(value):
        return None
    return value
