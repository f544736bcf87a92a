"""The declared schema of the table of authority thresholds."""

from __future__ import annotations

import pyarrow as pa

THRESHOLD_SCHEMA = pa.schema(
    [
        pa.field("platform", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("quantity", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("estimate", pa.float64()),
        pa.field("standard_error", pa.float64()),
        pa.field("ci_low", pa.float64()),
        pa.field("ci_high", pa.float64()),
        pa.field("ci_level", pa.float64(), nullable=False),
        pa.field("ci_method", pa.string()),
        pa.field("statistic", pa.float64()),
        pa.field("p_value", pa.float64()),
        pa.field("p_adjusted", pa.float64()),
        pa.field("adjust_method", pa.string()),
        pa.field("knot", pa.float64()),
        pa.field("knot_low", pa.float64()),
        pa.field("knot_high", pa.float64()),
        pa.field("zero_outcome_share", pa.float64()),
        pa.field("tied_signal_share", pa.float64()),
        pa.field("tied_outcome_share", pa.float64()),
        pa.field("smallest_detectable_r", pa.float64()),
        pa.field("power_note", pa.string()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("draw_count", pa.int64(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("input_hash", pa.string(), nullable=False),
    ]
)
