"""Made evidence that the tests of the ledger share."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from linksignal.stats.claims.table import claim_table
from linksignal.stats.contrasts.comparisons import plan_comparisons
from linksignal.stats.registry import read_registry

from .contrast_samples import LOOKUPS, OUTCOMES, SIGNALS, draw_frame
from .samples import PLATFORMS

PLATFORM_LOOKUP = pd.read_csv(LOOKUPS / "platforms.csv")
CLAIMS = pd.read_csv(LOOKUPS / "study_claims.csv")

ROW_COUNT = 1000
TIER_SIZE = 500
ERROR = 0.02

Changes = Mapping[object, Mapping[str, object]]

FEATURES = draw_frame(60, seed=5)


def signals(first, second, platform="all", domain_set="all", method="spearman"):
    """Key of a contrast of two signals."""
    return (first, platform, second, platform, domain_set, method)


def platforms(signal, first, second, method="spearman"):
    """Key of a contrast of two platforms, as the table has them."""
    return (signal, first, signal, second, "all", method)


def contrasts(changes: Changes | None = None) -> pd.DataFrame:
    """Every contrast of mentions; no difference but where it is changed."""
    changes = dict(changes or {})
    rows = []
    registry = read_registry(SIGNALS, OUTCOMES, PLATFORMS)
    for one in plan_comparisons(registry):
        if one.first.outcome != "ai_mentions":
            continue
        for method in ("spearman", "pearson_log1p"):
            key = (
                one.first.signal,
                one.first.platform,
                one.second.signal,
                one.second.platform,
                one.domain_set,
                method,
            )
            rows.append(
                {
                    "outcome": "ai_mentions",
                    **dict(zip(KEY_COLUMNS, key, strict=True)),
                    "n": ROW_COUNT,
                    "difference": 0.0,
                    "standard_error": ERROR,
                    "p_value": 1.0,
                    "n_for_power": 1234,
                    "status": "ok",
                    "reason": None,
                    "seed": 3,
                    "input_hash": "a",
                    **changes.pop(key, {}),
                }
            )
    assert not changes, f"no such contrast: {list(changes)}"
    return pd.DataFrame(rows)


KEY_COLUMNS = (
    "signal_a",
    "platform_a",
    "signal_b",
    "platform_b",
    "domain_set",
    "method",
)

# Quantities over all platforms: n, estimate, error, statistic and p.
THRESHOLDS = {
    "lower_tier_slope": (TIER_SIZE, 0.2, 0.1, 2.0, 0.05),
    "upper_tier_slope": (TIER_SIZE, 0.3, 0.1, 3.0, 0.002),
    "kink": (ROW_COUNT, np.nan, np.nan, 1.0, 0.4),
    "gap": (ROW_COUNT, 0.05, np.nan, np.nan, np.nan),
    "smooth_gap_share": (ROW_COUNT, 0.03, np.nan, np.nan, np.nan),
}


def thresholds(changes: Changes | None = None) -> pd.DataFrame:
    """The quantities that claims need; tiers that decide nothing."""
    changes = dict(changes or {})
    rows = [
        {
            "platform": "all",
            "quantity": quantity,
            "n": n,
            "estimate": estimate,
            "standard_error": error,
            "statistic": statistic,
            "p_value": p_value,
            "draw_count": 999,
            "power_note": "Low." if quantity == "kink" else None,
            "status": "ok",
            "reason": None,
            "input_hash": "b",
            **changes.pop(quantity, {}),
        }
        for quantity, (n, estimate, error, statistic, p_value) in (
            THRESHOLDS.items()
        )
    ]
    assert not changes, f"no such quantity: {list(changes)}"
    return pd.DataFrame(rows)


def ledger(changes: Changes | None = None, **settings: float) -> pd.DataFrame:
    """The ledger of made evidence, indexed by claim."""
    changes = changes or {}
    return judged(
        contrasts({k: v for k, v in changes.items() if isinstance(k, tuple)}),
        thresholds({k: v for k, v in changes.items() if isinstance(k, str)}),
        **settings,
    )


def judged(
    contrast_frame: pd.DataFrame,
    threshold_frame: pd.DataFrame,
    features: pd.DataFrame = FEATURES,
    **settings: float,
) -> pd.DataFrame:
    """The ledger of two frames and features, indexed by claim."""
    found = claim_table(
        contrast_frame,
        threshold_frame,
        features,
        PLATFORM_LOOKUP,
        CLAIMS,
        **settings,
    )
    frame = found.to_pandas().set_index("claim_id")
    assert list(frame.index) == [f"C{number}" for number in range(1, 9)]
    return frame


def moved(difference: float, error: float = ERROR) -> dict[str, float]:
    """Change of a contrast."""
    return {"difference": difference, "standard_error": error}


def tier(slope: float, error: float = 0.02) -> dict[str, float]:
    """Change of a slope."""
    return {"estimate": slope, "standard_error": error}
