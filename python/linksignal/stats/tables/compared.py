"""Comparisons on one set of domains: each side, and the difference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.estimate import Estimate, renumbered
from linksignal.stats.estimators.differences import from_influence
from linksignal.stats.estimators.fisher import PERFECT_CORRELATION
from linksignal.stats.estimators.influences import (
    Ranked,
    pearson_pair,
    spearman_pair,
)
from linksignal.stats.estimators.new_prompts import Changes
from linksignal.stats.estimators.poisson import LogMeans, fit_log_means
from linksignal.stats.estimators.thinning import (
    LARGEST_COUNT,
    RATE_STEP,
    Thinned,
    correlation_at,
    expected_log_ratio,
    thinned_correlation,
)
from linksignal.stats.frames import Study
from linksignal.stats.prompt_groups import PromptGroups
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Profile,
    Status,
    pair_status,
    profile,
)
from linksignal.stats.scores import transformed, unit_scores
from linksignal.stats.tables.comparisons import (
    ALL_DOMAINS,
    BREADTH,
    COMPOSITION,
    KINDS_OF_LINKS,
    PEARSON,
    SCORE_COLUMN,
    SLOPE,
    SPEARMAN,
    THINNED,
    TOTAL,
    Comparison,
    Task,
)

NO_ERROR = "a correlation is perfect, or both sides order the domains alike"
NOT_COUNTED = "a value is no count: negative, no whole number, or beyond 10^12"
NO_FIT = "the counts above zero do not determine the slopes"

# Domains off the most common count, for each coefficient of a log mean.
ROWS_PER_COEFFICIENT = 5

# Scatter of the share of a kind between domains, over that of chance.
LARGEST_DISPERSION = 2.0

# Points of a score, and standard deviations of another signal, that a slope
# is for.
SCORE_STEP = 10.0

# Added to both counts of a ratio, which has a logarithm then.
HALF_A_LINK = 0.5


@dataclass(frozen=True)
class Compared:
    """What became of a comparison by a method.

    Attributes
    ----------
    difference : Estimate
        First minus second.
    first, second : float
        The two that are subtracted; NaN where undefined, and of a
        coefficient that is no difference.
    ceiling : float
        Largest correlation that ties allow, the smaller of both sides;
        NaN of what is no correlation.
    volumes : tuple of float
        Events that each side counts on these domains; NaN where the sides
        are no counts of the same thing.
    prompt_error : float
        Standard error from the choice of prompts; NaN where unknown.
    rarer : str or None
        Kind of links that is rarer, where its share differs between domains
        beyond chance.
    """

    difference: Estimate
    first: float = np.nan
    second: float = np.nan
    ceiling: float = np.nan
    volumes: tuple[float, float] = (np.nan, np.nan)
    prompt_error: float = np.nan
    rarer: str | None = None


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
    """

    value: float
    influence: Floats
    ceiling: float = np.nan


class Domains:
    """A set of domains, each of its columns worked up once.

    Parameters
    ----------
    study : Study
        All domains.
    mask : ndarray of bool, shape (n,)
        Which of them belong to the set.
    transforms : mapping of str to str
        Transform of each column, as in `registry.Registry`.
    prompts : PromptGroups or None
        Answers by group of prompts, of the same study.
    """

    def __init__(
        self,
        study: Study,
        mask: Booleans,
        transforms: Mapping[str, str],
        prompts: PromptGroups | None = None,
    ) -> None:
        self._study = study
        self._mask = mask
        self._transforms = transforms
        self._prompts = prompts
        self.n = int(np.count_nonzero(mask))
        clusters = study.clusters
        self.clusters = renumbered(None if clusters is None else clusters[mask])
        self.any_known = [
            name
            for name, values in study.columns.items()
            if not np.isnan(values).all()
        ]
        self.values = cache(self._values)
        self.profile = cache(self._profile)
        self.is_counted = cache(self._is_counted)
        self.ranked = cache(self._ranked)
        self.standardised = cache(self._standardised)
        self.thinned = cache(self._thinned)
        self.spearman = cache(self._spearman)
        self.pearson = cache(self._pearson)
        self.spearman_thinned = cache(self._spearman_thinned)
        self.composition = cache(self._composition)
        self.log_means = cache(self._log_means)
        self.changed = cache(self._changed)
        self.changes = cache(self._changes)
        self.knows_prompts = cache(self._knows_prompts)

    def volume(self, name: str) -> float:
        """Events that a count column has on these domains."""
        return float(self.values(name).sum())

    def _values(self, name: str, is_transformed: bool = False) -> Floats:
        """Values of a column, shape (n,)."""
        if not is_transformed:
            return self._study.columns[name][self._mask]
        return transformed(self.values(name), self._transforms[name])

    def transformed(self, name: str, values: Floats) -> Floats:
        """Bring values of a column to the scale of its transform."""
        return transformed(values, self._transforms[name])

    def rate(self, counted: str, rival: str) -> float:
        """Rate that thins a count to the total of its rival; at most 1."""
        return min(self.volume(rival) / self.volume(counted), 1.0)

    def _profile(self, name: str, is_transformed: bool = False) -> Profile:
        return profile(self.values(name, is_transformed))

    def _is_counted(self, name: str) -> bool:
        """Whether a column holds whole numbers, 0 or more."""
        values = self.values(name)
        is_whole = values == np.floor(values)
        return bool(
            np.all(is_whole & (values >= 0) & (values <= LARGEST_COUNT))
        )

    def _ranked(self, name: str) -> Ranked:
        return Ranked.of(self.values(name))

    def _standardised(self, name: str) -> Floats:
        values = self.values(name, is_transformed=True)
        return unit_scores(values[:, np.newaxis])[:, 0]

    def _thinned(self, name: str, rate: float) -> Thinned:
        return Thinned.of(self.values(name), rate)

    def _changed(self, outcome: str, rate: float) -> Thinned:
        """Thin an outcome, known at what is left without a group too."""
        left = self.changes(outcome).after
        return Thinned.of(self.values(outcome), rate, left)

    def _knows_prompts(self, outcomes: tuple[str, ...]) -> bool:
        """Tell whether outcomes are counted by groups of prompts."""
        return self._prompts is not None and all(
            self._prompts.knows(name) and self.is_counted(name)
            for name in outcomes
        )

    def _changes(self, outcome: str) -> Changes:
        """What an outcome loses without each group of prompts in turn."""
        assert self._prompts is not None
        lost = self._prompts.deletions(outcome)
        is_here = self._mask[lost.rows]
        rows = (np.cumsum(self._mask) - 1)[lost.rows[is_here]]
        before = self.values(outcome)[rows]
        return Changes(
            rows,
            np.searchsorted(self._prompts.numbers, lost.groups[is_here]),
            before,
            np.maximum(before - lost.counts[is_here], 0),
            len(self._prompts.numbers),
        )

    def has_group(self, outcomes: tuple[str, ...]) -> Booleans:
        """Which groups of prompts the outcomes know, shape (g,)."""
        assert self._prompts is not None
        known = [self._prompts.numbers_of(name) for name in outcomes]
        return np.isin(self._prompts.numbers, [n for ns in known for n in ns])

    def _spearman(self, left: str, right: str) -> Side:
        return Side(*spearman_pair(self.ranked(left), self.ranked(right)))

    def _pearson(self, left: str, right: str) -> Side:
        first, second = self.standardised(left), self.standardised(right)
        return Side(*pearson_pair(first, second))

    def _spearman_thinned(self, fixed: str, counted: str, rate: float) -> Side:
        if rate >= 1:
            return self.spearman(fixed, counted)
        found = thinned_correlation(
            self.ranked(fixed), self.thinned(counted, rate)
        )
        return Side(found.correlation, found.influence, found.ceiling)

    def rate_derivative(self, fixed: str, counted: str, rate: float) -> float:
        """Derivative of a thinned correlation to its rate."""
        smaller = rate * (1 - RATE_STEP)
        nearby = correlation_at(
            self.ranked(fixed), self.thinned(counted, smaller)
        )
        value = self.spearman_thinned(fixed, counted, rate).value
        return (value - nearby) / (rate - smaller)

    def _log_means(self, outcome: str, *signals: str) -> LogMeans:
        """Log mean of an outcome by one signal, or by the joint model."""
        columns = {signals[0]: self._step(signals[0])}
        if len(signals) > 1:
            columns = self.composition(signals)
        design = np.column_stack([np.ones(self.n), *columns.values()])
        return fit_log_means(design, self.values(outcome))

    def _step(self, signal: str) -> Floats:
        """Give a signal in the unit that its slope is for."""
        values = self.values(signal, is_transformed=True)
        if self._transforms[signal] == "none":
            return values / SCORE_STEP
        return np.asarray(values / values.std())

    def _composition(self, signals: tuple[str, ...]) -> dict[str, Floats]:
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
            columns[BREADTH] = _log_ratio(
                self.values(BREADTH), self.values(TOTAL)
            )
        for pair in KINDS_OF_LINKS:
            if set(pair) <= set(signals) and all(map(self.volume, pair)):
                columns[pair[0]] = self._surplus(*pair)
        return {
            name: column for name, column in columns.items() if np.ptp(column)
        }

    def _surplus(self, first: str, second: str) -> Floats:
        """Log ratio of two kinds beyond what chance alone would give.

        Few links have a lower ratio on average than many of the same share,
        so that it would else stand for size.
        """
        left, right = self.values(first), self.values(second)
        share = left.sum() / (left.sum() + right.sum())
        return _log_ratio(left, right) - expected_log_ratio(left + right, share)


def _log_ratio(upper: Floats, lower: Floats) -> Floats:
    return np.asarray(np.log((upper + HALF_A_LINK) / (lower + HALF_A_LINK)))


def compare(
    domains: Domains, task: Task, ci_level: float, distinct_score_count: int
) -> Compared:
    """Make a comparison by a method.

    Parameters
    ----------
    domains : Domains
        Those where all that the task needs is known.
    task : Task
    ci_level : float
        Confidence level, 0-1.
    distinct_score_count : int
        Distinct authority scores in the study.

    Returns
    -------
    Compared
        With a status and its reason where there is no error.
    """
    one, method = task.comparison, task.method
    volumes = _volumes(domains, one)
    broken = _broken_rule(domains, task) or _broken_decile_rule(
        one, distinct_score_count
    )
    if broken is not None:
        return Compared(_without(domains.n, *broken), volumes=volumes)
    if method in (SLOPE, COMPOSITION):
        found = _by_log_means(domains, one, method, ci_level)
    else:
        found = _by_correlations(domains, one, method, ci_level)
    return replace(found, volumes=volumes, rarer=_scattered(domains, one))


def _scattered(domains: Domains, one: Comparison) -> str | None:
    """Name the rarer of two kinds, where its share is not everywhere alike."""
    if not one.is_of_kinds or not all(map(domains.is_counted, one.signals)):
        return None
    rarer, other = sorted(one.signals, key=domains.volume)
    count, total = domains.values(rarer), domains.values(other)
    total = total + count
    share = count.sum() / total.sum()
    chance = total * share * (1 - share)
    is_any = chance > 0
    squares = (count - share * total)[is_any] ** 2 / chance[is_any]
    is_scattered = squares.size and squares.mean() > LARGEST_DISPERSION
    return rarer if is_scattered else None


def _by_correlations(
    domains: Domains, one: Comparison, method: str, ci_level: float
) -> Compared:
    first, second = _sides(domains, one, method)
    difference = first.value - second.value
    values = np.array([first.value, second.value])
    if (np.abs(values) >= PERFECT_CORRELATION).any():
        found = Estimate(n=domains.n, estimate=difference)
    else:
        found = from_influence(
            difference,
            first.influence - second.influence,
            ci_level,
            clusters=domains.clusters,
        )
    if np.isnan(found.standard_error):
        found = replace(found, status=Status.UNRELIABLE, reason=NO_ERROR)
    ceiling = min(first.ceiling, second.ceiling)
    return Compared(found, first.value, second.value, ceiling)


def _sides(domains: Domains, one: Comparison, method: str) -> tuple[Side, Side]:
    first, second = one.rivals
    if method == SPEARMAN:
        return (
            domains.spearman(one.shared, first),
            domains.spearman(one.shared, second),
        )
    if method == PEARSON:
        return (
            domains.pearson(one.shared, first),
            domains.pearson(one.shared, second),
        )
    return (
        _thinned_side(domains, one.shared, first, second),
        _thinned_side(domains, one.shared, second, first),
    )


def _thinned_side(
    domains: Domains, fixed: str, counted: str, rival: str
) -> Side:
    """Thin a count to the total of its rival, where that is smaller."""
    rate = domains.rate(counted, rival)
    side = domains.spearman_thinned(fixed, counted, rate)
    if rate >= 1:
        return side
    # Both totals are of these domains: the rate has an error of its own.
    values = domains.values(counted)
    by_row = (domains.values(rival) - rate * values) / values.mean()
    slope = domains.rate_derivative(fixed, counted, rate)
    return replace(side, influence=side.influence + slope * by_row)


def _by_log_means(
    domains: Domains, one: Comparison, method: str, ci_level: float
) -> Compared:
    if method == SLOPE:
        fits = [domains.log_means(name, one.shared) for name in one.outcomes]
        at = 0
    else:
        columns = one.columns(COMPOSITION, domains.any_known)
        names = list(domains.composition(columns))
        if one.signals[0] not in names:
            return Compared(_without(domains.n, Status.NOT_CONVERGED, NO_FIT))
        fits = [domains.log_means(one.outcomes[0], *columns)]
        at = names.index(one.signals[0])
    if not all(fit.is_converged for fit in fits):
        return Compared(_without(domains.n, Status.NOT_CONVERGED, NO_FIT))
    # The first coefficient is the mean.
    values = [float(fit.coefficients[1 + at]) for fit in fits]
    influences = [fit.influences[:, 1 + at] for fit in fits]
    found = from_influence(
        values[0] - sum(values[1:]),
        influences[0] - sum(influences[1:]),
        ci_level,
        clusters=domains.clusters,
        fitted=len(fits[0].coefficients),
        is_heavy_tailed=True,
    )
    if np.isnan(found.standard_error):
        found = replace(found, status=Status.UNRELIABLE, reason=NO_ERROR)
    if method == SLOPE:
        return Compared(found, values[0], values[1])
    return Compared(found)


def _volumes(domains: Domains, one: Comparison) -> tuple[float, float]:
    """Count the events of both sides, where they are of one kind."""
    is_counted = one.kind == "platforms" or one.is_of_kinds
    if not is_counted or not all(map(domains.is_counted, one.rivals)):
        return np.nan, np.nan
    first, second = map(domains.volume, one.rivals)
    return first, second


Broken = tuple[Status, str]


def _without(row_count: int, status: Status, reason: str) -> Estimate:
    return Estimate(n=row_count, status=status, reason=reason)


def _broken_rule(domains: Domains, task: Task) -> Broken | None:
    """Name the first rule that stands in the way of a comparison.

    First the rules of a correlation, for both at once; then what the method
    needs; then the two columns that are compared must differ on
    ``MIN_OFF_MODE_ROWS`` domains, as the error of a difference comes from the
    domains that make it.
    """
    one, method = task.comparison, task.method
    is_transformed = method == PEARSON
    signals, outcomes = (
        _weaker(*(domains.profile(name, is_transformed) for name in names))
        for names in (one.signals, one.outcomes)
    )
    status = pair_status(domains.n, signals, outcomes)
    if status is not Status.OK:
        return status, _pair_reason(status, domains.n)
    counted = {
        THINNED: one.rivals,
        SLOPE: one.outcomes,
        COMPOSITION: one.outcomes,
    }.get(method, ())
    if not all(map(domains.is_counted, counted)):
        return Status.UNRELIABLE, NOT_COUNTED
    if method == COMPOSITION:
        columns = one.columns(COMPOSITION, domains.any_known)
        if not all(map(domains.is_counted, set(columns) - {SCORE_COLUMN})):
            return Status.UNRELIABLE, NOT_COUNTED
        needed = ROWS_PER_COEFFICIENT * (len(columns) + 1)
        if outcomes.off_mode_count < needed:
            reason = (
                f"{outcomes.off_mode_count} of at least {needed} domains off "
                "the most common value of the outcome"
            )
            return Status.TOO_FEW_DISTINCT, reason
    first, second = map(domains.values, one.rivals)
    if np.count_nonzero(first != second) < MIN_OFF_MODE_ROWS:
        reason = f"the two differ on fewer than {MIN_OFF_MODE_ROWS} domains"
        return Status.TOO_FEW_DISTINCT, reason
    return _broken_thinning(domains, one) if method == THINNED else None


def _broken_thinning(domains: Domains, one: Comparison) -> Broken | None:
    """Ask for rows off the most common value after thinning, as before."""
    for name, rival in (one.rivals, one.rivals[::-1]):
        rate = domains.rate(name, rival)
        if rate == 1:
            continue
        off_mode = domains.n * (1 - domains.thinned(name, rate).law.max())
        if off_mode < MIN_OFF_MODE_ROWS:
            reason = (
                f"fewer than {MIN_OFF_MODE_ROWS} domains off the most common "
                "value at equal thickness"
            )
            return Status.TOO_FEW_DISTINCT, reason
    return None


def _weaker(first: Profile, second: Profile) -> Profile:
    """Merge two variables into one that breaks a rule if either does."""
    return Profile(
        is_finite=first.is_finite and second.is_finite,
        is_constant=first.is_constant or second.is_constant,
        off_mode_count=min(first.off_mode_count, second.off_mode_count),
        distinct_count=min(first.distinct_count, second.distinct_count),
        zero_share=max(first.zero_share, second.zero_share),
        tied_share=max(first.tied_share, second.tied_share),
    )


def _pair_reason(status: Status, row_count: int) -> str:
    reasons = {
        Status.NO_OVERLAP: "no domain has all the values",
        Status.TOO_FEW: f"{row_count} of at least {MIN_ROWS} domains "
        "with all the values",
        Status.UNRELIABLE: "a value is infinite, or has no logarithm",
        Status.CONSTANT_SIGNAL: "a signal has the same value everywhere",
        Status.CONSTANT_OUTCOME: "an outcome has the same value everywhere",
        Status.TOO_FEW_DISTINCT: f"fewer than {MIN_OFF_MODE_ROWS} domains off "
        "the most common value of a variable",
    }
    return reasons[status]


def _broken_decile_rule(
    one: Comparison, distinct_score_count: int
) -> Broken | None:
    if (
        one.domain_set == ALL_DOMAINS
        or distinct_score_count >= MIN_DISTINCT_SCORES
    ):
        return None
    reason = f"fewer than {MIN_DISTINCT_SCORES} distinct authority scores"
    return Status.TOO_FEW_DISTINCT, reason
