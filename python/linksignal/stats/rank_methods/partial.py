"""Partial Spearman correlations: of ranks, with other variables held fixed.

Both variables are ranked, and so are the controls; the correlation is that
of what a linear fit on the ranks of the controls leaves of either.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.scores import rank_columns

# What is held fixed for a signal, and for every signal that is not named.
CONTROLS: Mapping[str, tuple[str, ...]] = {
    "authority_score": ("referring_domains", "total_backlinks")
}
USUAL_CONTROLS = ("authority_score",)

# A variable of which the controls leave less than this share of its sum of
# squares is a function of them: the rest is rounding.
LEAST_RESIDUAL_SHARE = 1e-9


# These p values stand beside those of the plain correlations, which keep all
# permutations. 1,000 tell .05 from .03 or .07, and cost 2 CPU seconds at
# 20,000 domains, where 10,000 would cost 20.
MOST_PERMUTED_ROWS = 20_000_000
FEWEST_PERMUTATIONS = 1_000


def controls_of(signal: str) -> tuple[str, ...]:
    """Name what is held fixed for a signal.

    Parameters
    ----------
    signal : str
        Key of the signals registry.

    Returns
    -------
    tuple of str
        Other signals: both volumes for the authority score, which contains
        them; the authority score for every other signal.
    """
    return CONTROLS.get(signal, USUAL_CONTROLS)


def control_basis(controls: Floats) -> Floats:
    """Give an orthonormal basis of the ranks of the controls.

    Parameters
    ----------
    controls : ndarray, shape (n, c)
        Controls in columns, none missing.

    Returns
    -------
    ndarray, shape (n, k)
        Columns of mean zero and length one; k is below c where a control is
        constant or its ranks follow from the others.
    """
    left, sizes, _ = np.linalg.svd(rank_columns(controls), full_matrices=False)
    kept = sizes**2 > LEAST_RESIDUAL_SHARE * max(1.0, float(sizes[0]) ** 2)
    return np.asarray(left[:, kept])


def rank_residuals(values: Floats, basis: Floats) -> Floats:
    """Take the controls out of the ranks of some variables.

    Parameters
    ----------
    values : ndarray, shape (n, v)
        Variables in columns, none missing.
    basis : ndarray, shape (n, k)
        As `control_basis` gives it.

    Returns
    -------
    ndarray, shape (n, v)
        Columns of mean zero and length one, at right angles to the basis;
        NaN where the controls leave nothing of a variable.
    """
    ranks = rank_columns(values)
    residuals = ranks - basis @ (basis.T @ ranks)
    squares = np.sum(residuals**2, axis=0)
    is_left = squares > LEAST_RESIDUAL_SHARE * np.sum(ranks**2, axis=0)
    return np.asarray(residuals / np.sqrt(np.where(is_left, squares, np.nan)))


def rank_slopes(controls: Floats, values: Floats) -> Floats:
    """Fit centred ranks of some variables on those of the controls.

    Parameters
    ----------
    controls : ndarray, shape (n, c)
        Centred ranks of the controls.
    values : ndarray, shape (n, v)
        Centred ranks of the variables.

    Returns
    -------
    ndarray, shape (c, v)
        Slopes; the smallest that fit where a control is constant or its
        ranks follow from the others.
    """
    cutoff = np.sqrt(LEAST_RESIDUAL_SHARE)
    return np.asarray(np.linalg.lstsq(controls, values, rcond=cutoff)[0])


def permutation_count(row_count: int, resample_count: int) -> int:
    """Tell how many permutations the p values of a block rest on.

    Parameters
    ----------
    row_count : int
        Domains n of the block.
    resample_count : int
        The most of them.

    Returns
    -------
    int
        As many as n times them are ``MOST_PERMUTED_ROWS``, but not fewer
        than ``FEWEST_PERMUTATIONS``, unless fewer were asked for.
    """
    affordable = MOST_PERMUTED_ROWS // max(row_count, 1)
    return min(resample_count, max(FEWEST_PERMUTATIONS, affordable))


def permuted_partials(products: Floats, signal_count: int) -> Floats:
    """Turn permuted products into partial correlations by Freedman-Lane.

    The residuals of an outcome on the controls are permuted, added to what
    the controls foresee of it, and fitted on the controls again, which
    takes that off once more: only their own part in the controls remains to
    be removed.

    Parameters
    ----------
    products : ndarray, shape (B, s + k, o)
        Products of s signal residuals and of k columns of the basis with
        permuted outcome residuals, all of length one.
    signal_count : int
        Signals s.

    Returns
    -------
    ndarray, shape (B, s, o)
        Partial correlations under each permutation.

    References
    ----------
    Freedman & Lane (1983), A nonstochastic interpretation of reported
    significance levels, Journal of Business & Economic Statistics 1,
    292-298.
    Winkler et al. (2014), Permutation inference for the general linear
    model, NeuroImage 92, 381-397.
    """
    explained = np.sum(products[:, signal_count:] ** 2, axis=1, keepdims=True)
    lengths = np.sqrt(np.maximum(1 - explained, LEAST_RESIDUAL_SHARE))
    partials = products[:, :signal_count] / lengths
    return np.asarray(np.clip(partials, -1.0, 1.0))
