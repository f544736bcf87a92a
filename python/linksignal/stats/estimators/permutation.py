"""Permutation tests of independence, and family-wise p values.

References
----------
Phipson & Smyth (2010), Permutation p-values should never be zero,
Statistical Applications in Genetics and Molecular Biology 9, 39.
Freedman & Lane (1983), A nonstochastic interpretation of reported
significance levels, Journal of Business & Economic Statistics 1, 292-298.
Westfall & Young (1993), Resampling-Based Multiple Testing, algorithm 4.1.
"""

from __future__ import annotations

import numpy as np
from numpy.fft import irfft, rfft
from scipy.special import ndtri

from linksignal.stats.arrays import Floats

# Correlations closer than this are equal: permutations that give the same
# sum in another order must count as ties on any number of threads.
TIE_TOLERANCE = 1e-10

# Values of permuted outcomes in memory at once.
CHUNK_CELLS = 2_000_000

# What controls explain of permuted residuals leaves at least this share.
LEAST_SHARE = 1e-9


def cyclic_p_values(
    signals: Floats,
    outcomes: Floats,
    generator: np.random.Generator,
    permutation_count: int,
) -> Floats:
    """Test independence by cyclic shifts of randomly ordered rows.

    The rows, in a random order, are moved from place j to place a j + b
    modulo n, with all n shifts b and multipliers a that have no divisor in
    common with n: a group of permutations, so that a test by it, or by the
    shifts of some multipliers drawn at random, is exact. One Fourier
    transform gives all shifts of a multiplier. Shifts in several random
    orders are no group: the identity is in each of them, and where a few
    rows decide, a test at 1 % rejects in 2 % of samples. A small n has too
    few multipliers: there permutations are drawn.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one.
    outcomes : ndarray, shape (n, o)
        Likewise.
    generator : numpy.random.Generator
        Source of the order and the multipliers.
    permutation_count : int
        Permutations, rounded up to all shifts of a multiplier.

    Returns
    -------
    ndarray, shape (s, o)
        (1 + b) / (B + 1), b the permutations with as large an |r|.

    References
    ----------
    Hemerik & Goeman (2018), Exact testing with random permutations, TEST 27,
    811-825.
    """
    row_count = len(signals)
    places = np.arange(row_count)
    units = places[np.gcd(places, row_count) == 1]
    needed = -(-permutation_count // row_count)
    if needed > len(units):
        none = np.empty((row_count, 0))
        return drawn_p_values(
            signals, outcomes, none, generator, permutation_count
        )
    largest = np.abs(outcomes.T @ signals).T / row_count - TIE_TOLERANCE
    reached = np.zeros(largest.shape)
    order = generator.permutation(row_count)
    others = generator.choice(units[1:], needed - 1, replace=False)
    left = rfft(signals.T[:, order], axis=1).conj()
    for multiplier in (1, *others.tolist()):
        moved = order[multiplier * places % row_count]
        right = rfft(outcomes.T[:, moved], axis=1)
        for at, transform in enumerate(left):
            shifted = irfft(transform * right, row_count, axis=1) / row_count
            at_least = np.abs(shifted) >= largest[at][:, np.newaxis]
            # The first shift of the first multiplier moves nothing.
            first = int(multiplier == 1)
            reached[at] += at_least[:, first:].sum(axis=1)
    return np.asarray((1 + reached) / (needed * row_count))


def drawn_p_values(
    signals: Floats,
    outcomes: Floats,
    basis: Floats,
    generator: np.random.Generator,
    permutation_count: int,
) -> Floats:
    """Test independence, given controls, by permutations drawn at random.

    The residuals of an outcome on the controls are permuted, added to what
    the controls foresee of it, and fitted on the controls again, which
    takes that off once more: only their own part in the controls remains to
    be removed.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores (without controls, or residuals on them) of mean zero and
        mean square one.
    outcomes : ndarray, shape (n, o)
        Likewise.
    basis : ndarray, shape (n, k)
        Orthonormal basis of the controls; k may be zero.
    generator : numpy.random.Generator
        Source of the permutations.
    permutation_count : int
        Permutations B.

    Returns
    -------
    ndarray, shape (s, o)
        (1 + b) / (B + 1), b the permutations with as large an |r|.
    """
    row_count = len(signals)
    largest = np.abs(signals.T @ outcomes) / row_count - TIE_TOLERANCE
    reached = np.zeros(largest.shape)
    per_chunk = max(1, CHUNK_CELLS // outcomes.size)
    for first in range(0, permutation_count, per_chunk):
        count = min(per_chunk, permutation_count - first)
        rows = np.tile(np.arange(row_count), (count, 1))
        moved = outcomes[generator.permuted(rows, axis=1)]
        permuted = np.abs(np.einsum("ns,bno->bso", signals, moved) / row_count)
        if basis.shape[1]:
            explained = np.einsum("nk,bno->bko", basis, moved) ** 2 / row_count
            left = np.maximum(1 - explained.sum(axis=1), LEAST_SHARE)
            permuted /= np.sqrt(left)[:, np.newaxis]
        reached += (permuted >= largest).sum(axis=0)
    return np.asarray((1 + reached) / (permutation_count + 1))


def null_draws(signals: Floats, outcomes: Floats, normals: Floats) -> Floats:
    """Draw correlations under joint permutation of the rows, standardised.

    Whole rows of signals dealt to whole rows of outcomes leave both sides
    correlated as they are: the coefficients are close to a matrix normal
    law with covariance Rx_ik Ry_jl / (n - 1).

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one.
    outcomes : ndarray, shape (n, o)
        Likewise.
    normals : ndarray, shape (B, s, o)
        Independent standard normal numbers, of B draws.

    Returns
    -------
    ndarray, shape (B, s, o)
        Each of variance one.
    """
    return np.asarray(_root(signals) @ normals @ _root(outcomes).T)


def _root(scores: Floats) -> Floats:
    """Give a square root of the correlation matrix of some columns."""
    correlations = scores.T @ scores / len(scores)
    sizes, vectors = np.linalg.eigh(correlations)
    return np.asarray(vectors * np.sqrt(np.maximum(sizes, 0)))


def family_wise(p_values: Floats, draws: Floats) -> Floats:
    """Give family-wise p values by the step-down maximum of null draws.

    The smallest p value, as a normal score, is held against the largest of
    all pairs in each draw, the next against the largest of the remaining
    ones, and so on; a p value is never below that of a smaller one.

    Parameters
    ----------
    p_values : ndarray, shape (m,)
        Two-sided p values of m pairs on the same rows; NaN where a pair has
        none and is not tested.
    draws : ndarray, shape (B, m)
        Standard normal scores of the pairs under the null hypotheses.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values, at least the single ones; NaN where they are.
    """
    tested = np.count_nonzero(~np.isnan(p_values))
    order = np.argsort(-p_values, kind="stable")[:tested]
    largest = np.zeros(len(draws))
    reached = np.empty(tested)
    bounds = -ndtri(p_values[order] / 2) - TIE_TOLERANCE
    for at, (pair, bound) in enumerate(zip(order, bounds, strict=True)):
        np.maximum(largest, np.abs(draws[:, pair]), out=largest)
        reached[at] = np.count_nonzero(largest >= bound)
    ascending = np.maximum((1 + reached) / (len(draws) + 1), p_values[order])
    adjusted = np.full(len(p_values), np.nan)
    adjusted[order] = np.maximum.accumulate(ascending[::-1])[::-1]
    return np.asarray(adjusted)
