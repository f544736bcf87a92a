"""The methods of the correlation table, each on all pairs of a block."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from linksignal.stats.arrays import Floats
from linksignal.stats.bca import bca_intervals
from linksignal.stats.blocks import Block
from linksignal.stats.intervals import Intervals
from linksignal.stats.pearson import jackknife_intervals
from linksignal.stats.ranks import tie_groups
from linksignal.stats.scores import rank_scores, unit_scores
from linksignal.stats.spearman import spearman_intervals


@dataclass(frozen=True)
class Sampling:
    """How resamples are drawn and how wide intervals are.

    Attributes
    ----------
    seed : int
        Seed of the whole table.
    resample_count : int
        Resamples and permutations, at least 1.
    ci_level : float
        Confidence level, 0-1.
    """

    seed: int
    resample_count: int
    ci_level: float


@dataclass(frozen=True)
class Method:
    """A correlation: what it is computed on, and how its interval is made.

    Attributes
    ----------
    name : str
        As in column ``method``.
    uses_transform : bool
        Whether the registry's transforms are applied first.
    scores : callable
        Values (n, k) to unit scores (n, k), see `scores`.
    intervals : callable
        Signals (n, s), outcomes (n, o), block and sampling to intervals.
    """

    name: str
    uses_transform: bool
    scores: Callable[[Floats], Floats]
    intervals: Callable[[Floats, Floats, Block, Sampling], Intervals]


def _rank_scores(values: Floats) -> Floats:
    return rank_scores([tie_groups(column) for column in values.T])


def _spearman(
    signals: Floats, outcomes: Floats, _block: Block, sampling: Sampling
) -> Intervals:
    return spearman_intervals(signals, outcomes, sampling.ci_level)


def _jackknife(
    signals: Floats, outcomes: Floats, _block: Block, sampling: Sampling
) -> Intervals:
    return jackknife_intervals(signals, outcomes, sampling.ci_level)


def _bca(
    signals: Floats, outcomes: Floats, block: Block, sampling: Sampling
) -> Intervals:
    return bca_intervals(
        signals,
        outcomes,
        sampling.ci_level,
        block.generator(sampling.seed, "bootstrap"),
        sampling.resample_count,
    )


METHODS = (
    Method("spearman", False, _rank_scores, _spearman),
    Method("pearson_log1p", True, unit_scores, _jackknife),
    Method("pearson", False, unit_scores, _bca),
)
