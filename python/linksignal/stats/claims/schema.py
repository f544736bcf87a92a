"""The declared schema of the ledger."""

from __future__ import annotations

import pyarrow as pa

CLAIM_SCHEMA = pa.schema(
    [
        pa.field("claim_id", pa.string(), nullable=False),
        pa.field("claim", pa.string(), nullable=False),
        pa.field("verdict", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("null_hypothesis", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("estimate", pa.float64()),
        pa.field("estimate_label", pa.string()),
        pa.field("ci_low", pa.float64()),
        pa.field("ci_high", pa.float64()),
        pa.field("ci_level", pa.float64(), nullable=False),
        pa.field("p_support", pa.float64()),
        pa.field("p_support_adjusted", pa.float64()),
        pa.field("p_contradict", pa.float64()),
        pa.field("p_contradict_adjusted", pa.float64()),
        pa.field("adjust_method", pa.string()),
        pa.field("equivalence_margin", pa.float64(), nullable=False),
        pa.field("published_label", pa.string()),
        pa.field("published", pa.float64()),
        pa.field("replicated", pa.float64()),
        pa.field("published_difference", pa.float64()),
        pa.field("power_note", pa.string()),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("input_hash", pa.string(), nullable=False),
    ]
)
