"""How often resamples put one correlation above another."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.bca import MAX_UNDEFINED_SHARE
from linksignal.stats.permutation import TIE_TOLERANCE


def order_probabilities(first: Floats, second: Floats) -> Floats:
    """Give the share of resamples with the first correlation above.

    A description of the resamples, no test: where both correlations are
    equal it lies anywhere between 0 and 1.

    Parameters
    ----------
    first, second : ndarray, shape (B, k)
        Correlations of k contrasts in B shared resamples; NaN where a
        resample has none.

    Returns
    -------
    ndarray, shape (k,)
        Shares, 0-1, of the resamples that have both, equal ones counting
        half; NaN where over ``MAX_UNDEFINED_SHARE`` have not.
    """
    differences = first - second
    is_defined = ~np.isnan(differences)
    above_count = np.sum(differences > TIE_TOLERANCE, axis=0)
    equal_count = np.sum(np.abs(differences) <= TIE_TOLERANCE, axis=0)
    defined_count = is_defined.sum(axis=0)
    enough = (1 - MAX_UNDEFINED_SHARE) * len(differences)
    return np.asarray(
        (above_count + equal_count / 2)
        / np.where(defined_count >= enough, defined_count, np.nan)
    )


def take_pairs(
    resamples: Floats,
    signals: Sequence[str],
    outcomes: Sequence[str],
    pairs: Sequence[tuple[str, str]],
) -> Floats:
    """Take pairs by name from the resamples of a table of correlations.

    Parameters
    ----------
    resamples : ndarray, shape (B, s, o)
        Correlations in B resamples.
    signals, outcomes : sequence of str
        The s signals and o outcomes by name.
    pairs : sequence of (str, str)
        k signals with their outcomes.

    Returns
    -------
    ndarray, shape (B, k)
    """
    rows = [signals.index(signal) for signal, _ in pairs]
    columns = [outcomes.index(outcome) for _, outcome in pairs]
    return resamples[:, rows, columns]
