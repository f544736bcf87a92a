"""Names for the array types that the statistics pass around."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Indices = NDArray[np.intp]
Booleans = NDArray[np.bool_]

# Cells of the largest array held at once: 16 MiB of eight-byte numbers, which
# keeps memory bounded at any n and stays near the processor.
CHUNK_CELLS = 2**21
