"""Rows of the correlation table while they are found, and their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices, side_by_side
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.estimate import Estimate, renumbered
from linksignal.stats.estimators.product_moment import jackknife
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    rank_correlations,
    rank_estimates,
)
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.rules import (
    Status,
    pair_status,
    smallest_detectable_r,
)

SPEARMAN = "spearman"
PEARSON_LOG1P = "pearson_log1p"
PEARSON = "pearson"
KENDALL = "kendall_tau_b"
PARTIAL = "partial_spearman"
METHODS = (SPEARMAN, PEARSON_LOG1P, PEARSON, KENDALL, PARTIAL)
PRIMARY_METHODS = (SPEARMAN, PEARSON_LOG1P)

MAIN = "none"


class RowKey(NamedTuple):
    """What tells the rows of the correlation table apart.

    Attributes
    ----------
    pair : Pair
        Signal and outcome columns.
    method : str
        As in column ``method``.
    sensitivity : str
        As in column ``sensitivity``; ``none`` for a main row.
    """

    pair: Pair
    method: str
    sensitivity: str = MAIN

    @property
    def family(self) -> tuple[str, str]:
        """Rows of one family have the same."""
        return self.method, self.sensitivity


@dataclass(frozen=True)
class Found:
    """One row: its estimate, and what else it says.

    Attributes
    ----------
    estimate : Estimate
        The coefficient.
    notes : mapping of str to object
        Values of other columns, by name.
    """

    estimate: Estimate
    notes: Mapping[str, object] = field(default_factory=dict)

    def noted(self, **notes: object) -> Found:
        """Say more."""
        return Found(self.estimate, {**self.notes, **notes})

    def tested(self, how: str) -> Found:
        """Say how the p value was made, if there is one."""
        has_none = np.isnan(self.estimate.p_value)
        return self.noted(p_method=None if has_none else how)


@dataclass(frozen=True)
class Sampling:
    """How resamples are drawn and how wide intervals are.

    Attributes
    ----------
    seed : int
        Seed of the whole table.
    draw_count : int
        Permutations or draws, at least 1.
    ci_level : float
        Confidence level, 0-1.
    """

    seed: int
    draw_count: int
    ci_level: float


@dataclass(frozen=True)
class Sheet:
    """Variables on the same rows, as the methods see them.

    Attributes
    ----------
    variables : mapping of str to Variable
        By column, as they were measured.
    transforms : mapping of str to str
        Transform of each column.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each row.
    ci_level : float
        Confidence level, 0-1.
    """

    variables: Mapping[str, Variable]
    transforms: Mapping[str, str]
    clusters: Indices | None
    ci_level: float

    @classmethod
    def of(
        cls, block: Block, transforms: Mapping[str, str], ci_level: float
    ) -> Sheet:
        """Sort the columns of a block, each once.

        Parameters
        ----------
        block : Block
            The rows.
        transforms, ci_level
            As in the class.

        Returns
        -------
        Sheet
        """
        variables = {
            name: Variable.of(values) for name, values in block.columns.items()
        }
        return cls(variables, transforms, block.clusters, ci_level)

    @property
    def row_count(self) -> int:
        """Rows n."""
        return next(iter(self.variables.values())).row_count

    @cached_property
    def logged(self) -> dict[str, Variable]:
        """The variables after the transform of the registry."""
        return {
            name: variable.transformed(self.transforms[name])
            for name, variable in self.variables.items()
        }

    def seen_by(self, method: str) -> Mapping[str, Variable]:
        """Return the variables as a method sees them."""
        return self.logged if method == PEARSON_LOG1P else self.variables

    def part(self, is_kept: Booleans, names: Sequence[str]) -> Sheet:
        """Keep some rows and columns."""
        clusters = self.clusters
        return replace(
            self,
            variables={n: self.variables[n].part(is_kept) for n in names},
            clusters=None
            if clusters is None
            else renumbered(clusters[is_kept]),
        )

    def status(self, pair: Pair, method: str) -> Status:
        """Name the first rule that a pair breaks, or ``ok``."""
        seen = self.seen_by(method)
        return pair_status(
            self.row_count,
            seen[pair.signal].profile,
            seen[pair.outcome].profile,
        )

    def described(self, pair: Pair) -> dict[str, object]:
        """Describe the values of a pair, whether or not it is estimated."""
        signal = self.variables[pair.signal].profile
        outcome = self.variables[pair.outcome].profile
        return {
            "zero_signal_share": signal.zero_share,
            "zero_outcome_share": outcome.zero_share,
            "tied_signal_share": signal.tied_share,
            "tied_outcome_share": outcome.tied_share,
            "smallest_detectable_r": smallest_detectable_r(self.row_count),
        }

    def scores(self, names: Sequence[str], method: str) -> Floats:
        """Return scores of mean zero and mean square one, shape (n, k)."""
        seen = self.seen_by(method)
        if method == SPEARMAN:
            return RankScores([seen[name] for name in names]).values
        return side_by_side([seen[name].scores for name in names])

    def correlate(
        self, signals: Sequence[str], outcome: str, method: str
    ) -> dict[Pair, Found]:
        """Correlate signals with one outcome by a primary method.

        Parameters
        ----------
        signals : sequence of str
            Columns.
        outcome : str
            Column.
        method : str
            A primary method.

        Returns
        -------
        dict
            A row for each pair, usable or not.
        """
        pairs = [Pair(signal, outcome) for signal in signals]
        statuses = {pair: self.status(pair, method) for pair in pairs}
        usable = [pair for pair in pairs if statuses[pair] is Status.OK]
        estimates = {
            pair: Estimate(self.row_count, status=statuses[pair])
            for pair in pairs
        }
        if usable:
            names = [pair.signal for pair in usable]
            found = (
                self._rank(names, outcome)
                if method == SPEARMAN
                else self._moment(names, outcome)
            )
            estimates |= dict(zip(usable, found, strict=True))
        return {
            pair: Found(estimates[pair], self.described(pair)) for pair in pairs
        }

    def _rank(self, signals: Sequence[str], outcome: str) -> list[Estimate]:
        found = rank_correlations(
            RankScores([self.variables[name] for name in signals]),
            RankScores([self.variables[outcome]]),
        )
        return rank_estimates(found, self.clusters, self.ci_level)

    def _moment(self, signals: Sequence[str], outcome: str) -> list[Estimate]:
        left = [self.logged[name] for name in signals]
        found = jackknife(
            left, self.logged[outcome], self.clusters, self.ci_level
        )
        return found.estimates
