"""Names for the array types that the statistics pass around."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Indices = NDArray[np.intp]
Booleans = NDArray[np.bool_]

# Cells of the largest array held at once: 16 MiB of eight-byte numbers, which
# keeps memory bounded at any n and stays near the processor.
CHUNK_CELLS = 2**21


def side_by_side(columns: Sequence[Floats | Integers]) -> Floats:
    """Put columns (n,) beside each other, (n, k), each in one stretch.

    Parameters
    ----------
    columns : sequence of k ndarray, shape (n,)
        At least one.

    Returns
    -------
    ndarray, shape (n, k)
        In Fortran's order: what goes column by column reads straight on.
    """
    return np.array(columns, dtype=np.float64).T
