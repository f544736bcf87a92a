"""Scores and counts that the tests of authority thresholds share."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import Law
from linksignal.stats.arrays import Floats
from linksignal.stats.ranks import tie_safe_deciles

# Long (1990), The origins of sex differences in science, Social Forces 68,
# 1297-1316; data set bioChemists of R package pscl 1.5.5. For each number of
# articles by a mentor (the score): how many students published 0, 1, 2, ...
# articles (the count).
_BIOCHEMISTS = (
    "0: 46 20 13 7 1 2 0 1; 1: 28 15 5 1 0 1 1 1; 2: 34 24 14 2 4 1; "
    "3: 23 19 13 9 5 1; 4: 17 21 19 6 6 2 1; "
    "5: 24 17 17 10 7 1 0 0 0 0 0 0 1; 6: 16 17 6 4 4 2 2 1; "
    "7: 14 11 11 2 5 0 0 0 0 0 0 1; 8: 14 10 12 7 3 0 1; "
    "9: 9 11 6 0 2 0 2 2; 10: 5 11 11 3 2; 11: 7 10 8 2 3 2 1 0 1; "
    "12: 5 8 4 6 1 2 1; 13: 8 4 4 0 2 2 1; 14: 5 5 4 5 2 1 1; "
    "15: 4 5 2 1 3 2 1 1; 16: 2 5 3 2 2 1 1; 17: 0 5 4; "
    "18: 2 7 0 2 1 0 1 0 0 0 1; 19: 4 3 0 2 1 1 0 3; "
    "20: 0 1 1 1 0 0 0 1; 21: 0 3 3 1 3 1 0 0 0 0 0 0 0 0 0 0 1; "
    "22: 0 3 0 2 1; 23: 1 0 2 0 1 0 0 0 0 1; 24: 1 2 2 1 0 1 1; "
    "25: 1 1 1 2 1 1; 26: 1 0 2 1; 27: 1 0 1 0 0 1 0 1; 29: 0 1 1 0 1; "
    "30: 1 0 1 1 1 1; 31: 0 0 1 1; 32: 0 1; 34: 0 2; "
    "35: 2 0 0 0 0 0 0 0 0 0 0 0 1; 36: 0 0 1 0 0 0 1; 37: 0 1 1 1; "
    "38: 0 0 0 1 0 0 1; 39: 0 1 0 0 1; "
    "42: 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 0 0 1; 45: 0 1; 46: 0 0 1; "
    "47: 0 0 1 0 2 0 0 0 0 1; 48: 0 0 1; 49: 0 0 0 1; 53: 0 0 1 0 0 1; "
    "55: 0 0 1; 57: 0 0 0 0 1; 66: 0 0 0 0 1; 77: 0 1"
)


@cache
def biochemists() -> tuple[Floats, Floats]:
    """Scores and counts of 915 students, skewed and tied."""
    scores: list[int] = []
    counts: list[int] = []
    for entry in _BIOCHEMISTS.split(";"):
        score, tally = entry.split(":")
        for count, rows in enumerate(map(int, tally.split())):
            scores += [int(score)] * rows
            counts += [count] * rows
    return np.array(scores, dtype=np.float64), np.array(
        counts, dtype=np.float64
    )


def draw_law(
    law: Law, row_count: int, seed: object, platform: str = "all"
) -> tuple[Floats, Floats]:
    """Scores and mentions of a simulated study."""
    features = draw_features(law, row_count, np.random.default_rng(seed))
    return (
        features["authority_score"].to_numpy(dtype=np.float64),
        features[f"ai_mentions_{platform}"].to_numpy(dtype=np.float64),
    )


def draw_curve(
    row_count: int, seed: object, alpha: float = 0.8, rise: float = 0.03
) -> tuple[Floats, Floats]:
    """Integer scores; NB2 counts whose log mean is a line in the score."""
    generator = np.random.default_rng(seed)
    scores = np.round(100 * generator.beta(1.5, 3.4, row_count))
    means = np.exp(0.5 + rise * scores)
    frailty = generator.gamma(1 / alpha, alpha, row_count)
    return scores, generator.poisson(means * frailty).astype(np.float64)


def with_deciles(features: pd.DataFrame) -> pd.DataFrame:
    """Add the decile of every known authority score, as the warehouse does."""
    scores = features["authority_score"].to_numpy(
        dtype=np.float64, na_value=np.nan
    )
    deciles = np.full(len(scores), np.nan)
    known = ~np.isnan(scores)
    deciles[known] = tie_safe_deciles(scores[known])
    return features.assign(authority_decile=pd.array(deciles, dtype="Int64"))
