"""p values adjusted over a declared family."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from linksignal.stats.arrays import Floats


def benjamini_hochberg(p_values: Floats) -> Floats:
    """Adjust the defined p values of a family for the false discovery rate.

    Parameters
    ----------
    p_values : ndarray, shape (m,)
        p values (0-1); NaN where a pair has none and is no part of the
        family.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values, at least the given ones; NaN where they are.

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate,
    Journal of the Royal Statistical Society B 57, 289-300.
    """
    adjusted = np.full(len(p_values), np.nan)
    # The sort puts those that are not defined last.
    largest_first = np.argsort(p_values)[: np.sum(~np.isnan(p_values))][::-1]
    count = len(largest_first)
    scaled = p_values[largest_first] * (count / np.arange(count, 0, -1))
    steps = np.minimum.accumulate(scaled)
    adjusted[largest_first] = np.clip(steps, 0.0, 1.0)
    return adjusted


def holm_across_blocks(blocks: Sequence[Floats]) -> list[Floats]:
    """Carry family-wise p values from blocks to the family they form.

    Within a block the p values are family-wise already; between blocks
    nothing is known of their dependence. By the closure principle a pair
    must be significant in every set of blocks that may hold true null
    hypotheses, at k blocks k times its p value, where each other block
    stands with its largest p value, the last that could be true. Blocks of
    one pair each give Holm's procedure. (Blocks ordered by their smallest
    p value would not do: a block passed by one false null hypothesis may
    still hold true ones.)

    Parameters
    ----------
    blocks : sequence of ndarray, shape (m_g,)
        Family-wise p values (0-1) within each block; at least one in each.

    Returns
    -------
    list of ndarray, shape (m_g,)
        Family-wise p values over all blocks, at least the given ones.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    Marcus, Peritz & Gabriel (1976), On closed testing procedures,
    Biometrika 63, 655-660.
    """
    largest = np.array([p_values.max() for p_values in blocks])
    adjusted = []
    for index, p_values in enumerate(blocks):
        others = np.sort(np.delete(largest, index))[::-1]
        limits = np.append(np.inf, others)
        factors = np.arange(1, len(limits) + 1)
        steps = factors * np.minimum(p_values[:, np.newaxis], limits)
        adjusted.append(np.minimum(steps.max(axis=1), 1.0))
    return adjusted


def holm(p_values: Floats) -> Floats:
    """Adjust the defined p values of a family for the family-wise error.

    Parameters
    ----------
    p_values : ndarray, shape (m,)
        p values (0-1); NaN where a hypothesis has none and is no part of the
        family.

    Returns
    -------
    ndarray, shape (m,)
        Adjusted p values, at least the given ones; NaN where they are.

    References
    ----------
    Holm (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    """
    adjusted = np.full(len(p_values), np.nan)
    defined = np.flatnonzero(~np.isnan(p_values))
    blocks = holm_across_blocks([p_values[[at]] for at in defined])
    for at, block in zip(defined, blocks, strict=True):
        adjusted[at] = block[0]
    return adjusted
