"""Data that several tests use: a published set, and studies drawn at will."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from linksignal.settings import Settings, default_settings
from linksignal.stats.arrays import Floats
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.concordance import concordance, tau_estimates
from linksignal.stats.estimators.product_moment import (
    abc_estimates,
    jackknife,
)
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
    rank_estimates,
)
from linksignal.stats.estimators.variables import Variable

LOOKUP = Path(__file__).resolve().parents[3] / "seeds/lookups/platforms.csv"
PLATFORMS = (
    *pd.read_csv(LOOKUP).query("is_study_platform")["platform"],
    "all",
)

SIGNALS = pd.DataFrame(
    {
        "signal": ["total_backlinks", "image_links", "authority_score"],
        "transform": ["log1p", "log1p", "none"],
    }
)

OUTCOMES = pd.DataFrame(
    {
        "outcome": ["ai_mentions", "share_of_voice"],
        "transform": ["log1p", "none"],
    }
)

# R's data set mtcars (Henderson & Velleman 1981, Biometrics 37, 391-411).
MTCARS = {
    "mpg": "21 21 22.8 21.4 18.7 18.1 14.3 24.4 22.8 19.2 17.8 16.4 17.3 15.2 "
    "10.4 10.4 14.7 32.4 30.4 33.9 21.5 15.5 15.2 13.3 19.2 27.3 26 30.4 "
    "15.8 19.7 15 21.4",
    "hp": "110 110 93 110 175 105 245 62 95 123 123 180 180 180 205 215 230 "
    "66 52 65 97 150 150 245 175 66 91 113 264 175 335 109",
    "carb": "4 4 1 1 2 1 4 2 2 4 4 3 3 3 4 4 4 1 2 1 1 2 2 4 2 1 2 2 4 6 8 2",
    "gear": "4 4 4 3 3 3 3 4 4 4 4 3 3 3 3 3 3 4 4 4 3 3 3 3 3 4 5 5 5 5 5 4",
    "qsec": "16.46 17.02 18.61 19.44 17.02 20.22 15.84 20 22.9 18.3 18.9 17.4 "
    "17.6 18 17.98 17.82 17.42 19.47 18.52 19.9 20.01 16.87 17.3 15.41 17.05 "
    "18.9 16.7 16.9 14.5 15.5 14.6 18.6",
}


def chosen(**changes: float) -> Settings:
    """The default settings, some of them changed."""
    return replace(default_settings(), **changes)


CI_LEVEL = default_settings().ci_level


def mtcars(name: str) -> Floats:
    """One variable of mtcars, shape (32,)."""
    return np.array(MTCARS[name].split(), dtype=np.float64)


def column(values: Floats) -> Floats:
    """One variable as a matrix of one column."""
    return np.asarray(values, dtype=np.float64)[:, np.newaxis]


def draw_pair(
    generator: np.random.Generator, row_count: int, latent: float
) -> tuple[Floats, Floats]:
    """Lognormal links and negative-binomial mentions, tied and with zeros.

    `latent` is the correlation of the normal scores behind them.
    """
    links = generator.normal(size=row_count)
    noise = generator.normal(size=row_count)
    pull = latent * links + np.sqrt(1 - latent**2) * noise
    mean = np.exp(1.0 + 1.3 * pull)
    mentions = generator.poisson(mean).astype(np.float64)
    return np.floor(np.exp(3.85 + 1.45 * links)), mentions


def draw_study(row_count: int, seed: int = 1) -> pd.DataFrame:
    """A features frame of the registries above, all values known."""
    generator = np.random.default_rng(seed)
    size = generator.normal(size=row_count)
    columns: dict[str, object] = {
        "domain": [f"domain-{row:05d}.com" for row in range(row_count)]
    }
    for signal in ("total_backlinks", "image_links"):
        noise = generator.normal(size=row_count)
        columns[signal] = np.floor(np.exp(4 + 1.2 * size + 0.7 * noise))
    columns["authority_score"] = np.round(
        100 * generator.beta(1.5, 3.4, size=row_count)
    )
    for platform in PLATFORMS:
        mean = np.exp(1 + 0.8 * size + 0.8 * generator.normal(size=row_count))
        columns[f"ai_mentions_{platform}"] = generator.poisson(mean) * 1.0
        columns[f"share_of_voice_{platform}"] = generator.random(row_count)
    return pd.DataFrame(columns)


def variables(*columns: Floats) -> list[Variable]:
    """Sort some variables."""
    return [Variable.of(np.asarray(one, dtype=np.float64)) for one in columns]


def rank_estimate(
    signal: Floats, outcome: Floats, *controls: Floats, clusters=None
) -> Estimate:
    """Spearman's correlation of one pair, given controls."""
    held = variables(*controls)
    sides = [RankScores([one], held) for one in variables(signal, outcome)]
    found = rank_correlations(*sides)
    return rank_estimates(found, clusters, CI_LEVEL, len(controls))[0]


def tau_estimate(signal: Floats, outcome: Floats) -> Estimate:
    """Kendall's tau-b of one pair."""
    left, right = variables(signal, outcome)
    counts = concordance([left.groups], right.groups)
    return tau_estimates([left], right, counts, None, CI_LEVEL)[0]


def moment_estimate(signal: Floats, outcome: Floats) -> Estimate:
    """Pearson's correlation of one pair with its jackknife interval."""
    left, right = variables(signal, outcome)
    return jackknife([left], right, None, CI_LEVEL).estimates[0]


def abc_estimate(signal: Floats, outcome: Floats) -> Estimate:
    """Pearson's correlation of one pair with its ABC interval."""
    left, right = (one.scores for one in variables(signal, outcome))
    return abc_estimates(left[:, np.newaxis], right, None, CI_LEVEL)[0]
