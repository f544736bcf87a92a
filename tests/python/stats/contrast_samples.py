"""Studies, registries and laws that the tests of contrasts share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import planted
from linksignal.stats.arrays import Floats
from linksignal.stats.estimate import Estimate, from_influence
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.tables.contrasts import contrast_table

from .samples import CI_LEVEL, PLATFORMS, chosen

LOOKUPS = Path(__file__).parents[3] / "seeds" / "lookups"
SIGNALS = pd.read_csv(LOOKUPS / "signals.csv")
ALL_OUTCOMES = pd.read_csv(LOOKUPS / "outcomes.csv")
OUTCOMES = ALL_OUTCOMES[
    ALL_OUTCOMES["outcome"].isin(["ai_mentions", "share_of_voice"])
]

KEY = [
    "outcome",
    "signal_a",
    "platform_a",
    "signal_b",
    "platform_b",
    "domain_set",
    "method",
]


def draw_frame(row_count: int, seed: int = 1) -> pd.DataFrame:
    """A features frame with all signals, platforms and deciles."""
    generator = np.random.default_rng(seed)
    frame = draw_features(planted("platform_order"), row_count, generator)
    scores = frame["authority_score"].to_numpy(dtype=np.float64)
    deciles = tie_safe_deciles(scores)
    return frame.assign(authority_decile=pd.array(deciles, dtype="Int64"))


def table(
    features: pd.DataFrame,
    prompt_groups: pd.DataFrame | None = None,
    outcomes: pd.DataFrame = OUTCOMES,
    signals: pd.DataFrame = SIGNALS,
    **settings: float,
) -> pd.DataFrame:
    """The table of contrasts of a frame, indexed by its key."""
    found = contrast_table(
        features,
        signals,
        outcomes,
        PLATFORMS,
        chosen(**settings),
        prompt_groups=prompt_groups,
    )
    frame = found.to_pandas().set_index(KEY)
    assert frame.index.is_unique
    return frame


def signal_key(
    signal_a: str,
    signal_b: str,
    method: str = "spearman",
    domain_set: str = "all",
    platform: str = "all",
) -> tuple[str, ...]:
    """Key of a signal contrast of AI mentions."""
    return (
        "ai_mentions",
        signal_a,
        platform,
        signal_b,
        platform,
        domain_set,
        method,
    )


def one_contrast(
    estimate, outcome, first, second, ci_level=CI_LEVEL
) -> Estimate:
    """Contrast of two variables' correlations with a third one."""
    values = np.column_stack([outcome, first, second])
    found = estimate(values, np.array([[0, 1], [0, 2]]))
    return from_influence(
        float(found.correlations[0] - found.correlations[1]),
        found.influences[:, 0] - found.influences[:, 1],
        ci_level,
    )


def draw_three(
    generator: np.random.Generator,
    row_count: int,
    first: float,
    second: float,
    between: float,
) -> Floats:
    """Outcome and two signals with heavy tails, whose log1p is normal.

    The three correlations are those of the logarithms, so that for
    Pearson's coefficient of log1p they are exact, and Spearman's are
    6 / pi asin(r / 2).
    """
    matrix = [[1, first, second], [first, 1, between], [second, between, 1]]
    normal = generator.normal(size=(row_count, 3))
    return np.expm1(normal @ np.linalg.cholesky(matrix).T)
