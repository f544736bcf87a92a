"""The declared schema of the table of contrasts."""

from __future__ import annotations

import pyarrow as pa

CONTRAST_SCHEMA = pa.schema(
    [
        pa.field("kind", pa.string(), nullable=False),
        pa.field("outcome", pa.string(), nullable=False),
        pa.field("signal_a", pa.string(), nullable=False),
        pa.field("platform_a", pa.string(), nullable=False),
        pa.field("signal_b", pa.string(), nullable=False),
        pa.field("platform_b", pa.string(), nullable=False),
        pa.field("domain_set", pa.string(), nullable=False),
        pa.field("method", pa.string(), nullable=False),
        pa.field("n", pa.int64(), nullable=False),
        pa.field("estimate_a", pa.float64()),
        pa.field("estimate_b", pa.float64()),
        pa.field("difference", pa.float64()),
        pa.field("standard_error", pa.float64()),
        pa.field("ci_low", pa.float64()),
        pa.field("ci_high", pa.float64()),
        pa.field("ci_level", pa.float64(), nullable=False),
        pa.field("ci_method", pa.string()),
        pa.field("p_value", pa.float64()),
        pa.field("p_adjusted", pa.float64()),
        pa.field("adjust_method", pa.string(), nullable=False),
        pa.field("equivalence_margin", pa.float64(), nullable=False),
        pa.field("p_equivalence", pa.float64()),
        pa.field("smallest_certified_margin", pa.float64()),
        pa.field("n_for_power", pa.int64()),
        pa.field("relation", pa.string()),
        pa.field("probability_a_above_b", pa.float64()),
        pa.field("zou_low", pa.float64()),
        pa.field("zou_high", pa.float64()),
        pa.field("p_meng", pa.float64()),
        pa.field("p_steiger", pa.float64()),
        pa.field("status", pa.string(), nullable=False),
        pa.field("reason", pa.string()),
        pa.field("resample_count", pa.int64(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("input_hash", pa.string(), nullable=False),
    ]
)

# What a comparison itself computes; NULL where it could not.
NUMBERS = (
    "estimate_a",
    "estimate_b",
    "difference",
    "standard_error",
    "ci_low",
    "ci_high",
    "p_value",
    "p_equivalence",
    "smallest_certified_margin",
    "n_for_power",
    "probability_a_above_b",
    "zou_low",
    "zou_high",
    "p_meng",
    "p_steiger",
)
