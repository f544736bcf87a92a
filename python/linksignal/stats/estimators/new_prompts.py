"""What other prompts would give: the jackknife over groups of prompts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats, Indices, side_by_side
from linksignal.stats.estimate import Estimate, quantile
from linksignal.stats.estimators.fisher import fisher_z
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.ranks import tie_groups
from linksignal.stats.scores import transformed

# The jackknife over fewer groups is itself off by a quarter.
MIN_GROUPS = 10

# Tallies of replicates held at a time.
CHUNK_CELLS = 500_000


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


def jackknife_error(estimates: Floats) -> Floats:
    """Give standard errors from estimates without each group in turn.

    Parameters
    ----------
    estimates : ndarray, shape (g, ...)
        An estimate, or several, without each of g groups.

    Returns
    -------
    ndarray, shape (...)
        Root of (g - 1) / g times the sum of squares around the mean; NaN
        where an estimate is, or with fewer than ``MIN_GROUPS`` groups.

    References
    ----------
    Shao & Tu (1995), The Jackknife and Bootstrap, section 2.3.
    """
    group_count = len(estimates)
    if group_count < MIN_GROUPS:
        return np.full(np.shape(estimates)[1:], np.nan)
    return np.asarray(np.sqrt((group_count - 1) * np.var(estimates, axis=0)))


@dataclass(frozen=True)
class Replicates:
    """A count of n rows, and what becomes of it in each of g replicates.

    Ranks and sums follow from how many rows have each of d distinct counts,
    which a replicate changes in few places: none is sorted.

    Attributes
    ----------
    distinct : ndarray, shape (d,)
        Counts that any row has in any replicate, ascending.
    codes : ndarray of int, shape (n,)
        Place of each row's count among them.
    changes : Changes
        Ascending by replicate.
    before, after : ndarray of int, shape (m,)
        Places of the counts that the changes lead from and to.
    """

    distinct: Floats
    codes: Indices
    changes: Changes
    before: Indices
    after: Indices

    @classmethod
    def of(cls, counts: Floats, changes: Changes) -> Replicates:
        """Place the counts of n rows, none missing, and of their changes."""
        groups = tie_groups(np.append(counts, changes.after))
        here, after = np.split(groups.group_of_row, [len(counts)])
        return cls(groups.values, here, changes, here[changes.rows], after)

    def correlations(self, signals: Floats, transform: str | None) -> Floats:
        """Correlate every replicate with signals.

        Parameters
        ----------
        signals : ndarray, shape (n, s)
            Scores of mean zero and mean square one.
        transform : {'log1p'} or None
            What is done to the count first; None: it is ranked. The count
            as it is goes through `correlations_without`.

        Returns
        -------
        ndarray, shape (g, s)
            NaN where the count is constant.
        """
        totals = np.column_stack(
            [self._by_count(signal) for signal in np.transpose(signals)]
        )
        step = max(1, CHUNK_CELLS // len(self.distinct))
        return np.concatenate(
            [
                self._correlate(first, step, signals, totals, transform)
                for first in range(0, self.changes.replicate_count, step)
            ]
        )

    def _by_count(self, weights: Floats | None = None) -> Floats:
        """Add up over the rows with each of the distinct counts."""
        sums = np.bincount(self.codes, weights, len(self.distinct))
        return sums.astype(np.float64)

    def _correlate(
        self,
        first: int,
        step: int,
        signals: Floats,
        totals: Floats,
        transform: str | None,
    ) -> Floats:
        changes, row_count = self.changes, len(signals)
        last = min(first + step, changes.replicate_count)
        bounds = np.searchsorted(changes.replicates, [first, last])
        part = slice(*bounds.tolist())
        replicates = changes.replicates[part] - first
        before, after = self.before[part], self.after[part]
        shape = (last - first, len(self.distinct))
        held = self._by_count() + (
            _tally(replicates, after, shape) - _tally(replicates, before, shape)
        )
        if transform is None:
            scores = np.cumsum(held, axis=1) - held / 2 - row_count / 2
        else:
            values = transformed(self.distinct, transform)
            level = self._by_count() @ values / row_count
            scores = np.broadcast_to(values - level, shape)
        gains = scores[replicates, after] - scores[replicates, before]
        rows = changes.rows[part]
        moves = side_by_side(
            [
                np.bincount(replicates, gains * signal[rows], last - first)
                for signal in signals.T
            ]
        )
        means = (held * scores).sum(axis=1) / row_count
        squares = (held * scores**2).sum(axis=1) - row_count * means**2
        squares[np.count_nonzero(held, axis=1) < 2] = np.nan
        products = scores @ totals + moves
        products -= np.outer(means, signals.sum(axis=0))
        return np.asarray(
            products / np.sqrt(row_count * squares)[:, np.newaxis]
        )


def _tally(
    replicates: Indices, places: Indices, shape: tuple[int, int]
) -> Floats:
    """Count rows by replicate and place."""
    cells = replicates * shape[1] + places
    tally = np.bincount(cells, minlength=shape[0] * shape[1])
    return tally.reshape(shape).astype(np.float64)


def prompt_errors(correlations: Floats) -> Floats:
    """Give the error that the choice of prompts adds to correlations.

    Parameters
    ----------
    correlations : ndarray, shape (g, s)
        Without each of g groups of prompts; NaN where the outcome is constant
        or unknown.

    Returns
    -------
    ndarray, shape (s,)
        Delete-one-group jackknife error of Fisher's z; NaN where a
        correlation is.
    """
    return jackknife_error(fisher_z(np.clip(correlations, -1.0, 1.0)))


def correlations_without(
    signals: Floats, outcomes: Iterator[Floats], transform: str | None
) -> Floats:
    """Correlate any outcome with signals, group by group.

    Parameters
    ----------
    signals : ndarray, shape (n, s)
        Scores of mean zero and mean square one.
    outcomes : iterator of ndarray, shape (n,)
        The outcome without each of g groups of prompts.
    transform : {'log1p', 'none'} or None
        What is done to outcomes first; None: they are ranked.

    Returns
    -------
    ndarray, shape (g, s)
        NaN where an outcome is constant or unknown.
    """
    length = np.sqrt(len(signals))
    return np.array(
        [_unit(outcome, transform) @ signals / length for outcome in outcomes]
    )


def _unit(outcome: Floats, transform: str | None) -> Floats:
    """Bring an outcome to mean zero and length one; NaN if constant."""
    # Not a number where an outcome is unknown.
    if not np.ptp(outcome) > 0:
        return np.full(len(outcome), np.nan)
    if transform is None:
        scores = Variable.of(outcome).ranks
    else:
        scores = transformed(outcome, transform)
        scores = scores - scores.mean()
    return np.asarray(scores / np.sqrt(scores @ scores))


def new_prompt_interval(
    estimate: Estimate, prompt_error: float, ci_level: float
) -> tuple[float, float]:
    """Widen an interval on Fisher's z for other prompts.

    Parameters
    ----------
    estimate : Estimate
        A correlation with its error over domains, on z.
    prompt_error : float
        Error of z over prompts.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    tuple of float
        Bounds from SE^2 = SE^2 domain + SE^2 prompt; NaN without either.
    """
    error = np.hypot(estimate.standard_error, prompt_error)
    if not np.isfinite(error):
        return float("nan"), float("nan")
    reach = quantile((1 + ci_level) / 2, estimate.degrees_of_freedom)
    score = float(fisher_z(np.array(estimate.estimate)))
    low, high = np.tanh([score - reach * error, score + reach * error])
    return float(low), float(high)
