"""The methods of the table of contrasts, and what holds for all of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.bootstrap import resample_pearson, resample_spearman
from linksignal.stats.contrasts.influences import (
    PairEstimates,
    pearson_estimates,
    spearman_estimates,
)
from linksignal.stats.methods import Sampling


@dataclass(frozen=True)
class ContrastMethod:
    """A correlation whose differences are taken.

    Attributes
    ----------
    name : str
        As in column ``method``.
    uses_transform : bool
        Whether the registry's transforms are applied first.
    is_reliable : bool
        Whether its contrasts may carry a verdict.
    estimate : callable
        Values (n, m) and pairs of columns (p, 2) to estimates.
    resample : callable
        Signals, outcomes, generator and resample count to correlations, as
        `bootstrap.resample_pearson`.
    """

    name: str
    uses_transform: bool
    is_reliable: bool
    estimate: Callable[[Floats, Indices], PairEstimates]
    resample: Callable[[Floats, Floats, np.random.Generator, int], Floats]


CONTRAST_METHODS = (
    ContrastMethod(
        "spearman", False, True, spearman_estimates, resample_spearman
    ),
    ContrastMethod(
        "pearson_log1p", True, True, pearson_estimates, resample_pearson
    ),
    ContrastMethod(
        "pearson", False, False, pearson_estimates, resample_pearson
    ),
)


@dataclass(frozen=True)
class ContrastSettings:
    """What is held fixed over a table of contrasts.

    Attributes
    ----------
    sampling : Sampling
        Seed, resamples and confidence level.
    margin : float
        Equivalence margin, 0-2.
    transforms : mapping of str to str
        Transform of each column, as in `registry.Registry`.
    distinct_score_count : int
        Distinct authority scores in the study.
    """

    sampling: Sampling
    margin: float
    transforms: Mapping[str, str]
    distinct_score_count: int

    @property
    def level(self) -> float:
        """Significance level of difference and equivalence, 0-1.

        What the confidence level leaves, so that the relation can be read
        off the interval.
        """
        return 1 - self.sampling.ci_level
