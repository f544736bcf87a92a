"""The ledger of one features frame, without a warehouse: for simulations."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd

from linksignal.raw import PROJECT_DIR
from linksignal.stats.claims.evidence import OUTCOME
from linksignal.stats.claims.table import claim_table
from linksignal.stats.contrasts.comparisons import (
    ALL_PLATFORMS,
    DECILE_COLUMN,
    SCORE_COLUMN,
)
from linksignal.stats.contrasts.table import contrast_table
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.tables.thresholds import threshold_table

LOOKUPS = PROJECT_DIR / "seeds" / "lookups"
SHARES = ("follow_share", "image_share")


def ledger_of(
    features: pd.DataFrame, seed: int, draw_count: int = 999
) -> pd.DataFrame:
    """Give the ledger of a study that is nothing but its features.

    Only what the claims rest on is computed: about half a CPU second for
    1,000 domains and 999 draws.

    Parameters
    ----------
    features : DataFrame
        One row per domain, as of `simulate.draws.draw_features`; the authority
        deciles are added.
    seed : int
        Seed of the draws from the smooth law, 0 or more.
    draw_count : int, default 999
        Draws from the smooth law, 1 or more; of fewer than 139 the kink's p
        cannot become small enough to support C1.

    Returns
    -------
    DataFrame
        Columns of the contract of ``claims``, one row per claim.

    Raises
    ------
    LinksignalError
        As `table.claim_table`.
    """
    contrasts, thresholds = tables_of(features, seed, draw_count)
    ledger = claim_table(
        contrasts,
        thresholds,
        _with_deciles(features),
        _lookup("platforms"),
        _lookup("study_claims"),
    )
    return ledger.to_pandas()


def tables_of(
    features: pd.DataFrame, seed: int, draw_count: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give the rows of the two tables that the claims rest on.

    Parameters
    ----------
    features, seed, draw_count
        As in `ledger_of`.

    Returns
    -------
    contrasts, thresholds : DataFrame
    """
    signals, outcomes, platforms = map(
        _lookup, ("signals", "outcomes", "platforms")
    )
    studied = platforms[platforms["is_study_platform"]]
    frame = _with_deciles(features)
    contrasts = contrast_table(
        frame,
        signals[~signals["signal"].isin(SHARES)],
        outcomes[outcomes["outcome"] == OUTCOME],
        [*studied["platform"], ALL_PLATFORMS],
        seed=seed,
    )
    thresholds = threshold_table(
        frame, [ALL_PLATFORMS], seed=seed, draw_count=draw_count
    )
    return contrasts.to_pandas(), thresholds.to_pandas()


@cache
def _lookup(name: str) -> pd.DataFrame:
    return pd.read_csv(LOOKUPS / f"{name}.csv")


def _with_deciles(features: pd.DataFrame) -> pd.DataFrame:
    scores = features[SCORE_COLUMN].to_numpy(np.float64, na_value=np.nan)
    deciles = np.full(len(scores), np.nan)
    is_known = ~np.isnan(scores)
    deciles[is_known] = tie_safe_deciles(scores[is_known])
    return features.assign(**{DECILE_COLUMN: deciles})
