"""Type I errors of the p values of single correlations, at three levels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.permutation import cyclic_p_values
from linksignal.stats.estimators.variables import Variable

from calibration.coverage import MIN_NONZERO
from calibration.estimates import estimates_by
from calibration.figures import Bound, Figure, Place, share_of

# What Student's law with n - 2 degrees of freedom keeps on ranks and
# logarithms of independent values, by level of the test.
BOUNDS = {
    0.05: Bound(0.045, 0.052),
    0.01: Bound(0.007, 0.012),
    0.001: Bound(0.0005, 0.0015),
}
METHODS = ("spearman", "pearson_log1p", "kendall_tau_b", "pearson")
BY_PERMUTATION = "pearson"

# Domains and shares of zeros in the outcome; ten domains must be off zero.
SIZES = (
    (30, 0.0),
    (30, 0.6),
    (100, 0.0),
    (100, 0.6),
    (100, 0.88),
    (1_000, 0.0),
    (1_000, 0.6),
    (1_000, 0.97),
)

# Signals are drawn for an outcome together: what is sorted, is sorted once.
SIGNALS = 10

# Permutations of a p value, and the share of studies that have one.
PERMUTATIONS = 1_000
PERMUTED_SHARE = 0.1


def quantity_of(method: str, level: float) -> str:
    """Name what is measured: the method and the level of its test."""
    return f"single p at {100 * level:g} %, {method}"


def single_p_figures(
    row_count: int,
    zero_share: float,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    """Count how often independence of independent counts is rejected.

    Parameters
    ----------
    row_count : int
        Domains n of a study.
    zero_share : float
        Share (0-1) of domains that are not mentioned, on average.
    draws : int
        Studies; every ten share their outcome.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Figure
        One per method and level. Raw Pearson by cyclic permutations, of a
        tenth of the studies, the others by their own errors. Monte-Carlo
        errors know which studies share an outcome.
    """
    outcome_count = -(-draws // SIGNALS)
    permuted = -(-int(PERMUTED_SHARE * draws) // SIGNALS)
    p_values: dict[str, list[Floats]] = {method: [] for method in METHODS}
    studies = _studies(row_count, zero_share, outcome_count, generator)
    for at, (signals, outcome) in enumerate(studies):
        for method in METHODS:
            if method != BY_PERMUTATION:
                found = _by_error(method, signals, outcome)
            elif at < permuted:
                found = _by_permutation(signals, outcome, generator)
            else:
                continue
            p_values[method].append(found)
    place = Place(f"{zero_share:.0%} zeros", row_count)
    return [
        _figure(method, level, place, np.array(p_values[method]))
        for method in METHODS
        for level in BOUNDS
    ]


def _figure(method: str, level: float, place: Place, found: Floats) -> Figure:
    rejected = found <= level
    single = share_of("", place, rejected.ravel())
    of_outcomes = rejected.mean(axis=1)
    error = float(np.std(of_outcomes, ddof=1) / np.sqrt(len(of_outcomes)))
    return place.figure(
        quantity_of(method, level),
        rejected.size,
        (single.share, max(single.error, error)),
        BOUNDS[level],
    )


def _studies(
    row_count: int,
    zero_share: float,
    outcome_count: int,
    generator: np.random.Generator,
) -> Iterator[tuple[Floats, Floats]]:
    kept = 0
    while kept < outcome_count:
        counts = np.floor(np.exp(generator.normal(1, 1.2, row_count))) + 1
        outcome = counts * (generator.random(row_count) >= zero_share)
        if np.count_nonzero(outcome) >= MIN_NONZERO:
            kept += 1
            logs = generator.normal(4, 1.5, (row_count, SIGNALS))
            yield np.floor(np.exp(logs)), outcome


def _by_error(method: str, signals: Floats, outcome: Floats) -> Floats:
    if method == "pearson_log1p":
        signals, outcome = np.log1p(signals), np.log1p(outcome)
    found = estimates_by(method, signals, outcome, 0.95)
    return np.array([one.p_value for one in found])


def _by_permutation(
    signals: Floats, outcome: Floats, generator: np.random.Generator
) -> Floats:
    left, right = (
        np.column_stack([Variable.of(one).scores for one in columns])
        for columns in (np.ascontiguousarray(signals.T), [outcome])
    )
    return cyclic_p_values(left, right, generator, PERMUTATIONS)[:, 0]
