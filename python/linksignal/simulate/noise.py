"""Noise by position: the same number for the same row, however batched.

A link row is a function of seed, domain and row number, so rows can be
written in batches of any size, in any order, with nothing remembered.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Ints: TypeAlias = npt.NDArray[np.int64]
Floats: TypeAlias = npt.NDArray[np.float64]
Bools: TypeAlias = npt.NDArray[np.bool_]

_GOLDEN = 0x9E3779B97F4A7C15
_MASK = 0xFFFFFFFFFFFFFFFF


def noise(seed: int, stream: int, index: Ints) -> Ints:
    """Hash positions to numbers without a pattern (SplitMix64).

    Parameters
    ----------
    seed : int
        Seed of the study.
    stream : int
        Number of the use; two streams are unrelated.
    index : ndarray of int64
        Positions.

    Returns
    -------
    ndarray of int64
        Whole numbers in [0, 2**62), same shape as `index`.

    References
    ----------
    Steele, Lea, Flood (2014), Fast splittable pseudorandom number generators.
    """
    start = (seed * 0xD1342543DE82EF95 + stream * 0xDA942042E4DD58B5) & _MASK
    bits = index.astype(np.uint64) + np.uint64(1)
    bits = bits * np.uint64(_GOLDEN) + np.uint64(start)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return ((bits ^ (bits >> np.uint64(31))) >> np.uint64(2)).astype(np.int64)
