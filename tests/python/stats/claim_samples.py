"""Made findings that the tests of the ledger share: nothing is decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict

import numpy as np
import pandas as pd
from linksignal.stats.claims.rules import (
    Coefficient,
    Difference,
    Row,
    Threshold,
    claim_rules,
)
from linksignal.stats.claims.table import claim_table, part_table

from .contrast_samples import LOOKUPS, draw_frame
from .samples import chosen

SIGNALS = pd.read_csv(LOOKUPS / "signals.csv")
OUTCOMES = pd.read_csv(LOOKUPS / "outcomes.csv")
PLATFORM_LOOKUP = pd.read_csv(LOOKUPS / "platforms.csv")
CLAIMS = pd.read_csv(LOOKUPS / "study_claims.csv")
CLAIM_OUTCOMES = pd.read_csv(LOOKUPS / "claim_outcomes.csv")

ROW_COUNT = 1000
ERROR = 0.02

Changes = Mapping[Row, Mapping[str, object]]

FEATURES = draw_frame(60, seed=5)

PARTS = {
    (rule.claim_id, part.name): part
    for rule in claim_rules(chosen().flat_ratio)
    for part in rule.parts
}
ROWS = tuple(
    dict.fromkeys(
        row
        for part in PARTS.values()
        for row in (
            *part.rows,
            *filter(None, [part.plain, part.premise]),
        )
    )
)

SHARED = {
    "n": ROW_COUNT,
    "degrees_of_freedom": 998.0,
    "status": "ok",
    "reason": None,
    "input_hash": "a",
}


def default_row(row: Row) -> dict[str, object]:
    """A row that shows nothing."""
    key = asdict(row)
    match row:
        case Coefficient():
            return {
                **key,
                "method": "spearman",
                "sensitivity": "none",
                "estimate": 0.05,
                "standard_error": 0.03,
                "ci_low": -0.01,
                "ci_high": 0.11,
                "p_value": 0.1,
            }
        case Difference():
            return {
                **key,
                "outcome": "ai_mentions",
                "estimate_a": 0.3,
                "estimate_b": 0.3,
                "difference": 0.0,
                "standard_error": ERROR,
                "se_prompt": np.nan,
                "equivalence_margin": 0.05,
                "p_value": 1.0,
            }
    estimate, error = THRESHOLDS[row.quantity]
    return {
        **key,
        "estimate": estimate,
        "standard_error": error,
        "ci_low": 0.02 if row.quantity == "smooth_gap_share" else np.nan,
        "ci_high": 0.04 if row.quantity == "smooth_gap_share" else np.nan,
        "p_value": 0.4,
        "draw_count": 999,
        "knot": np.nan,
        "knot_low": np.nan,
        "knot_high": np.nan,
        "tier_cut": 40.0,
        "tier_cut_low": 40.0,
        "tier_cut_high": 40.0,
    }


THRESHOLDS = {
    "lower_tier_slope": (0.2, 0.1),
    "upper_tier_slope": (0.05, 0.1),
    "tier_slope_difference": (0.0, 0.15),
    "kink": (np.nan, np.nan),
    "gap": (0.05, np.nan),
    "smooth_gap_share": (0.03, np.nan),
}


def tables(changes: Changes | None = None) -> tuple[pd.DataFrame, ...]:
    """The three tables of findings, with rows changed."""
    changes = dict(changes or {})
    found: dict[type, list[dict[str, object]]] = {
        Coefficient: [],
        Difference: [],
        Threshold: [],
    }
    for row in ROWS:
        changed = changes.pop(row, {})
        found[type(row)].append({**SHARED, **default_row(row), **changed})
    assert not changes, f"no such row: {list(changes)}"
    return tuple(map(pd.DataFrame, found.values()))


def parts_of(
    changes: Changes | None = None,
    features: pd.DataFrame = FEATURES,
    **settings: float,
) -> pd.DataFrame:
    """The parts of made findings."""
    found = part_table(
        *tables(changes),
        features,
        SIGNALS,
        OUTCOMES,
        PLATFORM_LOOKUP,
        chosen(**settings),
    )
    return found.to_pandas()


def ledger(
    changes: Changes | None = None,
    features: pd.DataFrame = FEATURES,
    **settings: float,
) -> pd.DataFrame:
    """The claims of made findings, by their id."""
    parts = parts_of(changes, features, **settings)
    found = claim_table(
        parts, CLAIMS, CLAIM_OUTCOMES, chosen(**settings)
    ).to_pandas()
    assert list(found["claim_id"]) == [f"C{number}" for number in range(1, 9)]
    return found.set_index("claim_id")


def part(
    claim: str, name: str, changes: Changes | None = None, **settings: float
) -> pd.Series:
    """One part of made findings."""
    parts = parts_of(changes, **settings).set_index(["claim_id", "part"])
    return parts.loc[(claim, name)]


def moved(difference: float, error: float = ERROR) -> dict[str, float]:
    """Change of a contrast."""
    return {
        "difference": difference,
        "standard_error": error,
        "estimate_a": 0.3 + difference,
    }


def slope(estimate: float, error: float = 0.02) -> dict[str, float]:
    """Change of a slope."""
    return {"estimate": estimate, "standard_error": error}


def associated(estimate: float = 0.5) -> dict[str, float]:
    """Change of a coefficient that is shown."""
    return {
        "estimate": estimate,
        "ci_low": estimate - 0.05,
        "ci_high": estimate + 0.05,
        "p_value": 1e-20,
    }
