"""Correlations without each group of prompts, and intervals for new ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.estimate import Estimate, quantile
from linksignal.stats.estimators.fisher import fisher_z
from linksignal.stats.prompt_groups import jackknife_error
from linksignal.stats.ranks import centred_rank_rows

# Cells of the largest array of outcomes without a group of prompts.
CHUNK_CELLS = 2**20


def prompt_errors(
    signals: Floats, outcomes: Iterator[Floats], is_ranked: bool
) -> Floats:
    """Give the error that the choice of prompts adds to correlations.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one.
    outcomes : iterator of ndarray, shape (n,)
        The outcome without each of g groups of prompts.
    is_ranked : bool
        Whether outcomes are ranked first.

    Returns
    -------
    ndarray, shape (s,)
        Delete-one-group jackknife error of Fisher's z; NaN where an outcome
        is constant or unknown without a group.
    """
    found = [
        _correlate(signals, chunk, is_ranked)
        for chunk in _chunks(outcomes, len(signals))
    ]
    return jackknife_error(fisher_z(np.concatenate(found)))


def _chunks(outcomes: Iterator[Floats], row_count: int) -> Iterator[Floats]:
    waiting: list[Floats] = []
    for outcome in outcomes:
        waiting.append(outcome)
        if len(waiting) * row_count >= CHUNK_CELLS:
            yield np.array(waiting)
            waiting = []
    if waiting:
        yield np.array(waiting)


def _correlate(signals: Floats, outcomes: Floats, is_ranked: bool) -> Floats:
    """Correlate outcomes (g, n) with signals, shape (g, s)."""
    is_known = ~np.isnan(outcomes).any(axis=1)
    found = np.full((len(outcomes), signals.shape[1]), np.nan)
    values = outcomes[is_known]
    if is_ranked:
        centred = centred_rank_rows(values)
    else:
        centred = values - values.mean(axis=1, keepdims=True)
    squares = np.einsum("gn,gn->g", centred, centred)
    lengths = np.sqrt(np.where(squares > 0, squares * len(signals), np.nan))
    found[is_known] = centred @ signals / lengths[:, np.newaxis]
    return np.asarray(np.clip(found, -1.0, 1.0))


def new_prompt_interval(
    estimate: Estimate, prompt_error: float, ci_level: float
) -> tuple[float, float]:
    """Widen an interval on Fisher's z for other prompts.

    Parameters
    ----------
    estimate : Estimate
        A correlation with its error over domains, on z.
    prompt_error : float
        Error of z over prompts.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    tuple of float
        Bounds from SE^2 = SE^2 domain + SE^2 prompt; NaN without either.
    """
    error = np.hypot(estimate.standard_error, prompt_error)
    if not np.isfinite(error):
        return float("nan"), float("nan")
    reach = quantile((1 + ci_level) / 2, estimate.degrees_of_freedom)
    score = float(fisher_z(np.array(estimate.estimate)))
    low, high = np.tanh([score - reach * error, score + reach * error])
    return float(low), float(high)
