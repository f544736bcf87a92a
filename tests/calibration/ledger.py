"""The ledger of a frame of features, without a warehouse."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
from linksignal.project import PROJECT_DIR
from linksignal.settings import default_settings
from linksignal.stats.claims.rules import ALL, MENTIONS
from linksignal.stats.claims.table import claim_table, part_table
from linksignal.stats.estimate import influence_errors, renumbered
from linksignal.stats.frames import Study, read_study
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.tables.contrasts import contrast_table
from linksignal.stats.tables.thresholds import threshold_table
from scipy.stats import t as student

from calibration.pairs import spearman_estimates

LOOKUPS = PROJECT_DIR / "seeds" / "lookups"
SHARES = ("follow_share", "image_share")
CI_LEVEL = default_settings().ci_level

# Coefficients that the claims rest on.
COEFFICIENTS = (
    *(
        (signal, MENTIONS)
        for signal in (
            "follow_links",
            "nofollow_links",
            "text_links",
            "image_links",
        )
    ),
    ("authority_score", "share_of_voice"),
)


@cache
def lookup(name: str) -> pd.DataFrame:
    """Read a lookup of the project."""
    return pd.read_csv(LOOKUPS / f"{name}.csv")


def with_deciles(features: pd.DataFrame) -> pd.DataFrame:
    """Add the authority deciles."""
    scores = features["authority_score"].to_numpy(np.float64, na_value=np.nan)
    deciles = np.full(len(scores), np.nan)
    is_known = ~np.isnan(scores)
    deciles[is_known] = tie_safe_deciles(scores[is_known])
    return features.assign(authority_decile=deciles)


def ledger_of(
    features: pd.DataFrame,
    seed: int,
    draw_count: int,
    with_gaps: bool = True,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the ledger of a study that is nothing but its features.

    Only what the claims rest on is computed.

    Parameters
    ----------
    features : DataFrame
        One row per domain, as of `planted.draw`; the authority deciles are
        added.
    seed : int
        Seed of the draws from the smooth law, 0 or more.
    draw_count : int
        Draws from the smooth law, 1 or more.
    with_gaps : bool, default True
        Whether the rows of C8 are computed, the dearest of all; without them
        it cannot be tested.

    Returns
    -------
    parts, claims : DataFrame
        As from `claims.table.part_table` and `claim_table`.
    """
    parts = part_table(
        *tables_of(features, seed, draw_count, with_gaps),
        features,
        lookup("signals"),
        lookup("outcomes"),
        lookup("platforms"),
        default_settings(),
    ).to_pandas()
    claims = claim_table(
        parts,
        lookup("study_claims"),
        lookup("claim_outcomes"),
        default_settings(),
    )
    return parts, claims.to_pandas()


def tables_of(
    features: pd.DataFrame, seed: int, draw_count: int, with_gaps: bool = True
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Give the rows of the three tables that the claims rest on.

    Parameters
    ----------
    features, seed, draw_count, with_gaps
        As in `ledger_of`.

    Returns
    -------
    correlations, contrasts, thresholds : DataFrame
    """
    settings = replace(default_settings(), seed=seed, draw_count=draw_count)
    frame = with_deciles(features)
    signals, outcomes = lookup("signals"), lookup("outcomes")
    signals = signals[~signals["signal"].isin(SHARES)]
    mentions = outcomes[outcomes["outcome"] == MENTIONS]
    platforms = _with_answers(frame)
    contrasts = contrast_table(
        frame, signals, mentions, [*platforms, ALL], settings
    )
    scored = frame
    if not with_gaps:
        # A column that is the same everywhere is told without a draw.
        links = [
            signal for signal, outcome in COEFFICIENTS if outcome == MENTIONS
        ]
        scored = frame.assign(
            **dict.fromkeys([*links, f"unbranded_mentions_{ALL}"], 0.0)
        )
    thresholds = threshold_table(scored, [ALL], settings)
    return (
        coefficients(frame),
        contrasts.to_pandas(),
        thresholds.to_pandas(),
    )


def _with_answers(frame: pd.DataFrame) -> list[str]:
    studied = lookup("platforms").query("is_study_platform")["platform"]
    return [
        platform
        for platform in studied
        if f"{MENTIONS}_{platform}" in frame
        and frame[f"{MENTIONS}_{platform}"].notna().any()
    ]


def coefficients(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the main Spearman rows that the claims read, and no others.

    By the formula of the table of correlations, which computes far more: the
    error is that of the influence values on Fisher's z.
    """
    columns = {signal for signal, _ in COEFFICIENTS}
    columns |= {f"{outcome}_{ALL}" for _, outcome in COEFFICIENTS}
    study = read_study(frame, sorted(columns))
    return pd.DataFrame([_coefficient(study, *pair) for pair in COEFFICIENTS])


def _coefficient(study: Study, signal: str, outcome: str) -> dict[str, object]:
    values = [study.columns[name] for name in (signal, f"{outcome}_{ALL}")]
    is_known = ~np.isnan(values).any(axis=0)
    known = [each[is_known] for each in values]
    row: dict[str, object] = {
        "signal": signal,
        "outcome": outcome,
        "platform": ALL,
        "method": "spearman",
        "sensitivity": "none",
        "n": int(is_known.sum()),
        "status": "ok",
        "reason": None,
        "input_hash": study.input_hash,
    }
    if any(len(set(each)) < 2 for each in known):
        return {**row, "status": "too_few_distinct", "reason": "All alike."}
    pair = spearman_estimates(np.column_stack(known), np.array([[0, 1]]))
    estimate = float(pair.correlations[0])
    clusters = renumbered(
        None if study.clusters is None else study.clusters[is_known]
    )
    errors, degrees = influence_errors(pair.influences, clusters)
    error = float(errors[0]) / (1 - estimate**2)
    reach = error * float(student.ppf((1 + CI_LEVEL) / 2, degrees))
    z = float(np.arctanh(estimate))
    return {
        **row,
        "estimate": estimate,
        "standard_error": error,
        "degrees_of_freedom": degrees,
        "ci_low": float(np.tanh(z - reach)),
        "ci_high": float(np.tanh(z + reach)),
        "p_value": float(2 * student.sf(abs(z) / error, degrees)),
    }
