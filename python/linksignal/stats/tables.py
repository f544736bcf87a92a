"""The declared schemas of the tables, and rows put into them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pyarrow as pa

CORRELATION_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("platform", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("sensitivity", pa.string(), nullable=False),
        pa.field("controls", pa.string()),
        pa.field("influential_domain", pa.string()),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("estimate", pa.float64()),
        pa.field("ci_low", pa.float64()),
        pa.field("ci_high", pa.float64()),
        pa.field("ci_level", pa.float64(), nullable=False),
        pa.field("ci_method", pa.string()),
        pa.field("p_value", pa.float64()),
        pa.field("p_adjusted", pa.float64()),
        pa.field("adjust_method", pa.string(), nullable=False),
        pa.field("p_family_wise", pa.float64()),
        pa.field("zero_signal_share", pa.float64()),
        pa.field("zero_outcome_share", pa.float64()),
        pa.field("tied_signal_share", pa.float64()),
        pa.field("tied_outcome_share", pa.float64()),
        pa.field("n_eff", pa.float64()),
        pa.field("smallest_detectable_r", pa.float64()),
        pa.field("is_reliable", pa.bool_()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("resample_count", pa.int64(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("input_hash", pa.string(), nullable=False),
    ]
)

DECILE_SCHEMA = pa.schema(
    [
        pa.field("signal", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("platform", pa.string(), nullable=False),
        pa.field("decile", pa.int64(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("signal_min", pa.float64(), nullable=False),
        pa.field("signal_max", pa.float64(), nullable=False),
        pa.field("median", pa.float64()),
        pa.field("ci_low", pa.float64()),
        pa.field("ci_high", pa.float64()),
        pa.field("ci_level", pa.float64(), nullable=False),
        pa.field("ci_method", pa.string()),
        pa.field("mean", pa.float64()),
        pa.field("zero_share", pa.float64()),
        pa.field("distinct_values", pa.int64(), nullable=False),
        pa.field("group_count", pa.int64(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
    ]
)


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
