"""Counts that change in replicates of a study, kept as what changes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices


@dataclass(frozen=True)
class Changes:
    """Rows of a count that change, in one replicate or another.

    Attributes
    ----------
    rows, replicates : ndarray of int, shape (m,)
        Row, and replicate from 0 to g - 1; each pair at most once.
    before, after : ndarray, shape (m,)
        The count of the row, and what becomes of it.
    replicate_count : int
        Replicates g.
    """

    rows: Indices
    replicates: Indices
    before: Floats
    after: Floats
    replicate_count: int

    def add_up(self, parts: Floats) -> Floats:
        """Add up what each change makes, by replicate, shape (g,)."""
        sums = np.bincount(self.replicates, parts, self.replicate_count)
        return sums.astype(np.float64)
