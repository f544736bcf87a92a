"""The two sides of comparisons on one set of domains.

Each side is a correlation or a slope with its influence values, from which
the error of a difference follows, and with what it would be without each
group of prompts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.estimators.composition import log_ratio, surplus
from linksignal.stats.estimators.limits import ceilings
from linksignal.stats.estimators.new_prompts import Changes
from linksignal.stats.estimators.poisson import (
    LogMeans,
    fit_log_means,
    moved_coefficients,
)
from linksignal.stats.estimators.product_moment import (
    moment_correlations,
    moment_influences,
    moved_moments,
)
from linksignal.stats.estimators.rank_correlation import (
    Ranked,
    RankScores,
    rank_correlations,
)
from linksignal.stats.estimators.thinning import (
    LARGEST_COUNT,
    RATE_STEP,
    Thinned,
    moved_correlations,
    thinned_ceiling,
)
from linksignal.stats.prompt_groups import PromptGroups
from linksignal.stats.scores import transformed
from linksignal.stats.tables.cells import PEARSON_LOG1P, SPEARMAN, Sheet
from linksignal.stats.tables.comparisons import (
    BREADTH,
    COMPOSITION,
    KINDS_OF_LINKS,
    SCORE_COLUMN,
    SLOPE,
    THINNED,
    TOTAL,
    Task,
)

# Points of a score, and standard deviations of another signal, that a slope
# is for.
SCORE_STEP = 10.0

# Fits of log means kept: those of every platform by one signal. A joint model
# is asked for twice in a row, and its influences are large.
FITS_KEPT = 16


@dataclass(frozen=True)
class Side:
    """A correlation or slope with its influence values.

    Attributes
    ----------
    value : float
    influence : ndarray, shape (n,)
        Empirical influence of each domain.
    ceiling : float
        Largest correlation that ties allow; NaN of a slope.
    fitted : int
        Coefficients taken from the degrees of freedom.
    """

    value: float
    influence: Floats
    ceiling: float = np.nan
    fitted: int = 2


class Domains:
    """A set of domains, each of its columns worked up once.

    Parameters
    ----------
    sheet : Sheet
        Columns of the n domains.
    mask : ndarray of bool, shape (N,)
        Which domains of the study they are.
    prompts : PromptGroups or None
        Answers by group of prompts, of the same study.
    """

    def __init__(
        self, sheet: Sheet, mask: Booleans, prompts: PromptGroups | None
    ) -> None:
        self.sheet = sheet
        self._mask = mask
        self._prompts = prompts
        self.is_counted = cache(self._is_counted)
        self.ranked = cache(self._ranked)
        self.thinned = cache(self._thinned)
        self._spearman = cache(self._correlate_ranks)
        self._pearson = cache(self._correlate_values)
        self._spearman_thinned = cache(self._correlate_thinned)
        self._composition = cache(self._composed)
        self._surplus = cache(self._surplus_of)
        self._log_means = lru_cache(FITS_KEPT)(self._fit)
        self._changes = cache(self._changes_of)
        self._changed = cache(self._thinned_with_changes)
        self._is_known = cache(self._is_known_without)

    # --- columns ---
    def values(self, name: str) -> Floats:
        """Values of a column, shape (n,)."""
        return self.sheet.variables[name].values

    def volume(self, name: str) -> float:
        """Events that a count column has on these domains."""
        return float(self.values(name).sum())

    def rate(self, counted: str, rival: str) -> float:
        """Rate that thins a count to the total of its rival; at most 1."""
        return min(self.volume(rival) / self.volume(counted), 1.0)

    def _is_counted(self, name: str) -> bool:
        """Whether a column holds whole numbers, 0 or more."""
        values = self.values(name)
        is_whole = values == np.floor(values)
        return bool(
            np.all(is_whole & (values >= 0) & (values <= LARGEST_COUNT))
        )

    def _ranked(self, name: str) -> RankScores:
        return RankScores([self.sheet.variables[name]])

    def _thinned(self, name: str, rate: float) -> Thinned:
        return Thinned.of(self.values(name), rate)

    # --- sides ---
    def sides(self, task: Task) -> list[Side] | None:
        """Return what a task subtracts from each other.

        Parameters
        ----------
        task : Task
            Not in breach of a rule.

        Returns
        -------
        list of Side or None
            First and second, or the one coefficient that is the difference
            itself; None where a fit has no finite coefficients.
        """
        one = task.comparison
        first, second = one.rivals
        if task.method == SPEARMAN:
            return [self._spearman(one.shared, name) for name in one.rivals]
        if task.method == PEARSON_LOG1P:
            return [self._pearson(one.shared, name) for name in one.rivals]
        if task.method == SLOPE:
            fits = [self._log_means(name, one.shared) for name in one.outcomes]
            return _coefficients(fits, 0)
        if task.method == COMPOSITION:
            names = list(self._composition(task.columns))
            if one.signals[0] not in names:
                return None
            fit = self._log_means(one.outcomes[0], *task.columns)
            return _coefficients([fit], names.index(one.signals[0]))
        return [
            self._thinned_side(one.shared, first, second),
            self._thinned_side(one.shared, second, first),
        ]

    def _correlate_ranks(self, left: str, right: str) -> Side:
        first, second = self.ranked(left), self.ranked(right)
        found = rank_correlations(first, second)
        largest, _ = ceilings(first.ascending, second.ascending)
        value, influence = found.estimates[0], found.influences[:, 0]
        return Side(float(value), influence, float(largest[0, 0]))

    def _correlate_values(self, left: str, right: str) -> Side:
        variables = [self.sheet.logged[name] for name in (left, right)]
        first, second = (one.scores for one in variables)
        column = first[:, np.newaxis]
        found = moment_correlations(column, second)
        influences = moment_influences(column, second, found)
        largest, _ = ceilings(
            *(
                np.repeat(one.group_scores, one.groups.sizes)[:, np.newaxis]
                for one in variables
            )
        )
        return Side(float(found[0]), influences[:, 0], float(largest[0, 0]))

    def _correlate_thinned(self, fixed: str, counted: str, rate: float) -> Side:
        if rate >= 1:
            return self._spearman(fixed, counted)
        ranked, thinned = self.ranked(fixed), self.thinned(counted, rate)
        found = rank_correlations(ranked, thinned)
        return Side(
            float(found.estimates[0]),
            found.influences[:, 0],
            thinned_ceiling(ranked, thinned),
        )

    def _thinned_side(self, fixed: str, counted: str, rival: str) -> Side:
        """Thin a count to the total of its rival, where that is smaller."""
        rate = self.rate(counted, rival)
        side = self._spearman_thinned(fixed, counted, rate)
        if rate >= 1:
            return side
        # Both totals are of these domains: the rate has an error of its own.
        values = self.values(counted)
        by_row = (self.values(rival) - rate * values) / values.mean()
        slope = self._rate_derivative(fixed, counted, rate)
        return replace(side, influence=side.influence + slope * by_row)

    def _rate_derivative(self, fixed: str, counted: str, rate: float) -> float:
        """Derivative of a thinned correlation to its rate."""
        smaller = rate * (1 - RATE_STEP)
        scores = self.thinned(counted, smaller).values[:, 0]
        nearby = np.mean(self.ranked(fixed).values[:, 0] * scores)
        value = self._spearman_thinned(fixed, counted, rate).value
        return float((value - nearby) / (rate - smaller))

    # --- log means ---
    def _fit(self, outcome: str, *signals: str) -> LogMeans:
        """Log mean of an outcome by one signal, or by the joint model."""
        columns = {signals[0]: self._step(signals[0])}
        if len(signals) > 1:
            columns = self._composition(signals)
        ones = np.ones(self.sheet.row_count)
        design = np.column_stack([ones, *columns.values()])
        return fit_log_means(design, self.values(outcome))

    def _step(self, signal: str) -> Floats:
        """Return a signal in the unit that its slope is for."""
        values = self.sheet.logged[signal].values
        if self.sheet.transforms[signal] == "none":
            return values / SCORE_STEP
        return np.asarray(values / values.std())

    def _composed(self, signals: tuple[str, ...]) -> dict[str, Floats]:
        """Columns of the joint model by name, without those that are constant.

        A ratio has the name of its first kind.
        """
        total = np.log1p(self.values(TOTAL))
        centred = total - total.mean()
        # A curve in size would else pass for a ratio that scatters with it.
        columns = {TOTAL: centred, f"{TOTAL} squared": centred**2}
        if SCORE_COLUMN in signals:
            columns[SCORE_COLUMN] = self.values(SCORE_COLUMN) / SCORE_STEP
        if BREADTH in signals:
            columns[BREADTH] = log_ratio(
                self.values(BREADTH), self.values(TOTAL)
            )
        for pair in KINDS_OF_LINKS:
            if set(pair) <= set(signals) and all(map(self.volume, pair)):
                columns[pair[0]] = self._surplus(*pair)
        return {
            name: column for name, column in columns.items() if np.ptp(column)
        }

    def _surplus_of(self, first: str, second: str) -> Floats:
        return surplus(self.values(first), self.values(second))

    # --- without each group of prompts ---
    def moved(self, task: Task) -> Floats | None:
        """Return the difference without each group of prompts in turn.

        Parameters
        ----------
        task : Task
            One that has an error over domains.

        Returns
        -------
        ndarray, shape (g,), or None
            To the first order and up to a constant, each group deleted on
            all platforms at once; None where the outcomes are not counted by
            groups of prompts.
        """
        outcomes, groups = task.comparison.outcomes, self._prompts
        if groups is None or not all(
            groups.knows(name) and self.is_counted(name) for name in outcomes
        ):
            return None
        if task.method == COMPOSITION:
            moved = self._moved_composition(task)
        else:
            first, second = (self._moved_side(task, at) for at in (0, 1))
            moved = first - second
        is_known = [self._is_known(name) for name in outcomes]
        return moved[np.logical_or.reduce(is_known)]

    def _is_known_without(self, outcome: str) -> Booleans:
        """Of which groups of prompts an outcome is made."""
        assert self._prompts is not None
        return self._prompts.is_known_without(outcome)

    def _changes_of(self, outcome: str) -> Changes:
        """What an outcome loses without each group of prompts in turn."""
        assert self._prompts is not None
        return self._prompts.changes(outcome, np.flatnonzero(self._mask))

    def _thinned_with_changes(self, outcome: str, rate: float) -> Thinned:
        """Thin an outcome, known at what is left without a group too."""
        left = self._changes(outcome).after
        return Thinned.of(self.values(outcome), rate, left)

    def _moved_side(self, task: Task, at: int) -> Floats:
        one = task.comparison
        signal, outcome = one.signals[at], one.outcomes[at]
        if task.method == PEARSON_LOG1P:
            return self._moved_values(signal, outcome)
        if task.method == SLOPE:
            fit = self._log_means(outcome, signal)
            return self._moved_slopes(fit, outcome)[:, 1]
        rate = 1.0
        if task.method == THINNED:
            if one.kind == "platforms":
                rival = one.outcomes[1 - at]
                return self._moved_thinned(signal, outcome, rival)
            rate = self.rate(signal, one.signals[1 - at])
        ranked: Ranked = self.ranked(signal)
        if rate < 1:
            ranked = self.thinned(signal, rate)
        changed = self._changed(outcome, 1.0)
        scores = ranked.values[:, 0]
        return moved_correlations(scores, changed, self._changes(outcome))

    def _moved_values(self, signal: str, outcome: str) -> Floats:
        changes, logged = self._changes(outcome), self.sheet.logged
        counted, values = logged[outcome].scores, logged[outcome].values
        # Scores are linear in the values, of which two tell the line.
        low, high = int(np.argmin(values)), int(np.argmax(values))
        unit = (counted[high] - counted[low]) / (values[high] - values[low])
        after = transformed(changes.after, self.sheet.transforms[outcome])
        before = counted[changes.rows]
        gained = unit * (after - values[changes.rows])
        scaled = replace(changes, before=before, after=before + gained)
        return moved_moments(logged[signal].scores, counted, scaled)

    def _moved_thinned(self, signal: str, outcome: str, rival: str) -> Floats:
        """Thin the changed outcome, at the rate of the changed totals."""
        rate = self.rate(outcome, rival)
        moved = moved_correlations(
            self.ranked(signal).values[:, 0],
            self._changed(outcome, rate),
            self._changes(outcome),
        )
        if rate >= 1:
            return moved
        totals = [
            self.volume(name) + changes.add_up(changes.after - changes.before)
            for name in (rival, outcome)
            for changes in [self._changes(name)]
        ]
        slope = self._rate_derivative(signal, outcome, rate)
        return moved + slope * (totals[0] / totals[1] - rate)

    def _moved_slopes(self, fit: LogMeans, outcome: str) -> Floats:
        values, changes = self.values(outcome), self._changes(outcome)
        return moved_coefficients(fit, values, changes)

    def _moved_composition(self, task: Task) -> Floats:
        one = task.comparison
        at = list(self._composition(task.columns)).index(one.signals[0])
        fit = self._log_means(one.outcomes[0], *task.columns)
        return self._moved_slopes(fit, one.outcomes[0])[:, 1 + at]


def _coefficients(fits: Sequence[LogMeans], at: int) -> list[Side] | None:
    """Take a coefficient, not counting the mean, of every fit."""
    if not all(fit.is_converged for fit in fits):
        return None
    return [
        Side(
            float(fit.coefficients[1 + at]),
            fit.influences[:, 1 + at],
            fitted=len(fit.coefficients),
        )
        for fit in fits
    ]
