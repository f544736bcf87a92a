"""Permutation tests of independence, for all pairs of a block at once.

Whole rows of signals are dealt to whole rows of outcomes at random. Ranks
and lengths do not change under a permutation, so that scores are made once
and every permutation of every pair is part of one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.bootstrap import CHUNK_CELLS

# Correlations closer than this are equal: permutations that give the same
# sum in another order must count as ties on any number of threads.
TIE_TOLERANCE = 1e-10


def permuted_correlations(
    scores: Sequence[tuple[Floats, Floats]],
    generator: np.random.Generator,
    resample_count: int,
) -> list[Floats]:
    """Correlate signals, dealt out at random, with outcomes.

    Parameters
    ----------
    scores : sequence of (ndarray (n, s), ndarray (n, o))
        Unit scores of signals and outcomes on the same n rows, one pair of
        matrices for each method; s and o may differ between methods.
    generator : numpy.random.Generator
        Source of the permutations, one set for all.
    resample_count : int
        Permutations B.

    Returns
    -------
    list of ndarray, shape (B, s, o)
        Correlations under each permutation, for each method.
    """
    row_count = len(scores[0][0])
    widest = max(signals.shape[1] for signals, _ in scores)
    per_chunk = max(1, CHUNK_CELLS // (row_count * widest))
    results = [
        np.empty((resample_count, a.shape[1], b.shape[1])) for a, b in scores
    ]
    for start in range(0, resample_count, per_chunk):
        size = min(per_chunk, resample_count - start)
        rows = np.tile(np.arange(row_count), (size, 1))
        dealt = np.ascontiguousarray(generator.permuted(rows, axis=1).T)
        for result, (signals, outcomes) in zip(results, scores, strict=True):
            result[start : start + size] = _deal(signals, outcomes, dealt)
    return results


def _deal(signals: Floats, outcomes: Floats, dealt: Indices) -> Floats:
    """Correlate under permutations (n, b) of the rows of signals."""
    row_count, permutation_count = dealt.shape
    # No place is out of range: without the check it takes half the time.
    moved = np.take(signals, dealt, axis=0, mode="clip").reshape(row_count, -1)
    products = outcomes.T @ moved
    shape = (outcomes.shape[1], permutation_count, signals.shape[1])
    return np.asarray(products.reshape(shape).transpose(1, 2, 0))


def permutation_p_values(estimates: Floats, permuted: Floats) -> Floats:
    """Give two-sided p values of independence.

    Parameters
    ----------
    estimates : ndarray, shape (m,)
        Correlations of m pairs.
    permuted : ndarray, shape (B, m)
        The same under B permutations.

    Returns
    -------
    ndarray, shape (m,)
        (1 + b) / (B + 1), b the permutations with as large an |r|; never
        zero.

    References
    ----------
    Phipson & Smyth (2010), Permutation p-values should never be zero,
    Statistical Applications in Genetics and Molecular Biology 9, 39.
    """
    reached = np.abs(permuted) >= np.abs(estimates) - TIE_TOLERANCE
    return np.asarray((1 + reached.sum(axis=0)) / (len(permuted) + 1))


def max_t_p_values(estimates: Floats, permuted: Floats) -> Floats:
    """Give family-wise p values by the step-down maximum of |r|.

    The largest |r| is held against the largest of all pairs under each
    permutation, the next against the largest of the remaining ones, and so
    on; a p value is never below that of a larger |r|. All pairs have the
    same n, so |r| has the same null variance 1 / (n - 1) in each.

    Parameters
    ----------
    estimates : ndarray, shape (m,)
        Correlations of m pairs on the same rows.
    permuted : ndarray, shape (B, m)
        The same under B shared permutations.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values, at least the single ones.

    References
    ----------
    Westfall & Young (1993), Resampling-Based Multiple Testing, algorithm
    4.1.
    """
    order = np.argsort(np.abs(estimates), kind="stable")
    largest = np.maximum.accumulate(np.abs(permuted[:, order]), axis=1)
    ascending = permutation_p_values(estimates[order], largest)
    adjusted = np.empty_like(ascending)
    adjusted[order] = np.maximum.accumulate(ascending[::-1])[::-1]
    return adjusted
