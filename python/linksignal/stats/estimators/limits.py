"""What ties allow: the ceiling of a correlation, and the AUC of mentions."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Booleans, Floats


def ceilings(signals: Floats, outcomes: Floats) -> tuple[Floats, Floats]:
    """Give the largest and the lowest correlation that the values allow.

    Both variables keep their values and are put in order: alike for the
    largest, one the other way round for the lowest. Many ties leave little.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one (ranks for Spearman), each
        column in ascending order.
    outcomes : ndarray, shape (n, o)
        Likewise.

    Returns
    -------
    largest, lowest : ndarray, shape (s, o)
        Positive and negative, within -1 to 1.

    References
    ----------
    Hardy, Littlewood & Polya (1934), Inequalities, section 10.2 (the sum of
    products is largest when both stand in the same order).
    """
    products = (signals.T @ outcomes, signals.T @ outcomes[::-1])
    largest, lowest = (np.clip(p / len(signals), -1.0, 1.0) for p in products)
    return largest, lowest


def shares_of_ceiling(
    estimates: Floats, largest: Floats, lowest: Floats
) -> Floats:
    """Give correlations as shares of the most that ties allow.

    Parameters
    ----------
    estimates, largest, lowest : ndarray, shape (...)
        Correlations and their limits.

    Returns
    -------
    ndarray, shape (...)
        -1 to 1: the estimate over the limit on its side of zero.
    """
    limit = np.where(estimates >= 0, largest, -lowest)
    return np.clip(estimates / limit, -1.0, 1.0)


def areas_under_curve(ranks: Floats, is_mentioned: Booleans) -> Floats:
    """Tell how often a mentioned domain has more of a signal than another.

    Parameters
    ----------
    ranks : ndarray, shape (n, s)
        Mid-ranks of signals, centred or not.
    is_mentioned : ndarray of bool, shape (n,)
        Domains whose outcome is above zero.

    Returns
    -------
    ndarray, shape (s,)
        Share (0-1) of pairs of a mentioned and an unmentioned domain in
        which the mentioned one has more, ties counting half; NaN where all
        domains are mentioned, or none.

    References
    ----------
    Hanley & McNeil (1982), The meaning and use of the area under a receiver
    operating characteristic (ROC) curve, Radiology 143, 29-36.
    """
    row_count, mentioned = len(is_mentioned), int(is_mentioned.sum())
    others = row_count - mentioned
    if mentioned == 0 or others == 0:
        return np.full(ranks.shape[1], np.nan)
    gap = ranks[is_mentioned].mean(axis=0) - ranks[~is_mentioned].mean(axis=0)
    return np.asarray(0.5 + gap / row_count)
