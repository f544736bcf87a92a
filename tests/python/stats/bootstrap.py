"""Pairs bootstrap of correlations as products of counts.

A resample of n rows is told by how often it drew each row. Sums over a
resample are then products of a matrix of counts, and many resamples of many
pairs of variables are one matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from linksignal.stats.arrays import CHUNK_CELLS, Floats
from linksignal.stats.ranks import TieGroups, tie_groups
from linksignal.stats.scores import standardise

# A variance below this share of the mean square is rounding: the resample
# is constant and has no correlation.
CONSTANT_VARIANCE_SHARE = 1e-12


def resample_counts(
    generator: np.random.Generator,
    row_count: int,
    resample_count: int,
    cells_per_row: int = 1,
) -> Iterator[Floats]:
    """Draw resamples of n rows with replacement, in chunks.

    Parameters
    ----------
    generator : numpy.random.Generator
        Source of the draws.
    row_count : int
        Rows n of the sample and of each resample.
    resample_count : int
        Resamples B to draw.
    cells_per_row : int, default 1
        Cells that the caller will hold for each row of each resample; sets
        the size of the chunks.

    Yields
    ------
    ndarray, shape (b, n)
        How often each of the next b resamples drew each row.
    """
    per_chunk = max(1, CHUNK_CELLS // (row_count * cells_per_row))
    for start in range(0, resample_count, per_chunk):
        size = min(per_chunk, resample_count - start)
        draws = generator.integers(row_count, size=(size, row_count))
        draws += np.arange(size)[:, np.newaxis] * row_count
        counts = np.bincount(draws.ravel(), minlength=size * row_count)
        yield counts.reshape(size, row_count).astype(np.float64)


def resample_pearson(
    signals: Floats,
    outcomes: Floats,
    generator: np.random.Generator,
    resample_count: int,
) -> Floats:
    """Bootstrap Pearson correlations of all pairs at once.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Signals in columns, finite.
    outcomes : ndarray, shape (n, o)
        Outcomes in columns, finite.
    generator : numpy.random.Generator
        Source of the draws.
    resample_count : int
        Resamples B.

    Returns
    -------
    ndarray, shape (B, s, o)
        Correlations; NaN where a resample is constant.
    """
    row_count, signal_count = signals.shape
    variables = np.hstack([standardise(signals), standardise(outcomes)])
    products = np.einsum(
        "ns,no->nso",
        variables[:, :signal_count],
        variables[:, signal_count:],
    ).reshape(row_count, -1)
    terms = np.hstack([variables, variables**2, products])
    width = variables.shape[1]
    chunks = []
    for counts in resample_counts(generator, row_count, resample_count):
        means = counts @ terms / row_count
        chunks.append(
            _from_means(
                means[:, :width],
                means[:, width : 2 * width],
                means[:, 2 * width :],
                signal_count,
            )
        )
    return np.concatenate(chunks)


def _from_means(
    firsts: Floats, squares: Floats, products: Floats, signal_count: int
) -> Floats:
    """Turn means, mean squares and mean products into correlations."""
    variances = squares - firsts**2
    is_constant = variances <= CONSTANT_VARIANCE_SHARE * squares
    spreads = np.sqrt(np.where(is_constant, np.nan, variances))
    scaled = firsts / spreads
    shape = (len(firsts), signal_count, firsts.shape[1] - signal_count)
    left = np.s_[:, :signal_count, np.newaxis]
    right = np.s_[:, np.newaxis, signal_count:]
    spread_products = spreads[left] * spreads[right]
    correlation = (
        products.reshape(shape) / spread_products - scaled[left] * scaled[right]
    )
    return np.asarray(np.clip(correlation, -1.0, 1.0))


def resample_spearman(
    signals: Floats,
    outcomes: Floats,
    generator: np.random.Generator,
    resample_count: int,
) -> Floats:
    """Bootstrap Spearman correlations, ranking every resample anew.

    Ranks of the sample kept through the resamples would give intervals that
    are too short where the correlation is high.

    Parameters
    ----------
    signals, outcomes, generator, resample_count
        As in `resample_pearson`.

    Returns
    -------
    ndarray, shape (B, s, o)
        Correlations; NaN where a resample is constant.
    """
    row_count, signal_count = signals.shape
    variable_count = signal_count + outcomes.shape[1]
    groups = [tie_groups(column) for column in (*signals.T, *outcomes.T)]
    chunks = []
    for counts in resample_counts(
        generator, row_count, resample_count, cells_per_row=variable_count
    ):
        ranks = np.stack(
            [resampled_centred_ranks(group, counts) for group in groups],
            axis=1,
        )
        chunks.append(_weighted_correlations(ranks, counts, signal_count))
    return np.concatenate(chunks)


def _weighted_correlations(
    ranks: Floats, counts: Floats, signal_count: int
) -> Floats:
    """Correlate centred ranks (b, variables, n) under counts (b, n)."""
    weighted = ranks * counts[:, np.newaxis, :]
    squares = np.einsum("bvn,bvn->bv", weighted, ranks)
    lengths = np.sqrt(np.where(squares > 0, squares, np.nan))
    products = weighted[:, :signal_count] @ ranks[:, signal_count:].transpose(
        0, 2, 1
    )
    signal_lengths = lengths[:, :signal_count, np.newaxis]
    outcome_lengths = lengths[:, np.newaxis, signal_count:]
    return np.clip(products / signal_lengths / outcome_lengths, -1.0, 1.0)


def resampled_centred_ranks(groups: TieGroups, counts: Floats) -> Floats:
    """Rank resamples anew, without sorting them.

    The mid-rank of a row in a resample follows from how many draws fell on
    smaller and on equal values, which are cumulative sums of the counts in
    the order of the original values.

    Parameters
    ----------
    groups : TieGroups
        A variable of n rows.
    counts : ndarray, shape (b, n)
        How often each of b resamples drew each row; rows sum to n.

    Returns
    -------
    ndarray, shape (b, n)
        Mid-rank of each row in each resample minus the mean, (n + 1) / 2.
        For a row that was not drawn: the rank its value would stand at.
    """
    drawn = np.add.reduceat(counts[:, groups.order], groups.starts, axis=1)
    upto = np.cumsum(drawn, axis=1)
    ranks = upto - (drawn - 1) / 2 - (upto[:, -1:] + 1) / 2
    return np.take(ranks, groups.group_of_row, axis=1)
