"""Trend of an outcome over deciles: Jonckheere-Terpstra and Kendall's tau."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.stats import norm
from statsmodels.stats.nonparametric import jonckheere_terpstra

from linksignal.stats.arrays import Floats, Integers
from linksignal.stats.intervals import fisher_intervals
from linksignal.stats.ranks import tie_groups
from linksignal.stats.rules import Status, pair_status, profile
from linksignal.stats.thresholds.decile_samples import (
    DecileSamples,
    part_by_decile,
)
from linksignal.stats.thresholds.measures import Measure, without_numbers

CI_METHOD = "fisher_z_influence"


def trend_test(
    scores: Floats, deciles: Floats, outcomes: Floats, ci_level: float = 0.95
) -> Measure:
    """Test a monotone trend of the outcome over the deciles.

    Parameters
    ----------
    scores, deciles, outcomes : ndarray, shape (n,)
        As in `decile_samples.part_by_decile`.
    ci_level : float, default 0.95
        Confidence level, 0-1.

    Returns
    -------
    Measure
        ``estimate`` is Kendall's tau-b of decile and outcome (-1 to 1), its
        interval on Fisher's z scale from the influence values;
        ``statistic`` the standardised Jonckheere-Terpstra statistic with
        ties, ``p_value`` two-sided by the normal law. A perfect trend is
        ``unreliable``: it has no interval.

    References
    ----------
    Jonckheere (1954), A distribution-free k-sample test against ordered
    alternatives, Biometrika 41, 133-145.
    Brown & Benedetti (1977), Sampling behavior of tests for correlation in
    two-way contingency tables, JASA 72, 309-315.
    """
    samples = part_by_decile(scores, deciles, outcomes)
    if isinstance(samples, Measure):
        return samples
    labels = np.repeat(
        np.array(list(samples.outcomes)),
        [len(values) for values in samples.outcomes.values()],
    )
    values = np.concatenate(list(samples.outcomes.values()))
    status = pair_status(
        samples.row_count, profile(labels.astype(np.float64)), profile(values)
    )
    if status is not Status.OK:
        return without_numbers(samples.row_count, status)
    return _trend(samples, cross_tabulate(labels, values), ci_level)


def _trend(samples: DecileSamples, table: Integers, ci_level: float) -> Measure:
    test = jonckheere_terpstra(
        list(samples.outcomes.values()), alternative="two-sided"
    )
    measure = Measure(
        n=samples.row_count,
        estimate=float(test.tau),
        statistic=float(test.zstat),
        p_value=float(test.pvalue),
    )
    error = kendall_error(table)
    row_count = samples.row_count
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.sqrt(row_count / (row_count - 3)) / (1 - test.tau**2)
        z_error = np.array([[error * stretch]])
    interval = fisher_intervals(
        np.array([[test.tau]]),
        z_error,
        float(norm.ppf((1 + ci_level) / 2)),
        CI_METHOD,
    )
    if np.isnan(interval.low[0, 0]):
        reason = "The trend is perfect up to ties."
        return replace(measure, status=Status.UNRELIABLE, reason=reason)
    return replace(
        measure,
        standard_error=error,
        ci_low=float(interval.low[0, 0]),
        ci_high=float(interval.high[0, 0]),
        ci_method=interval.method,
    )


def cross_tabulate(labels: Integers, outcomes: Floats) -> Integers:
    """Count rows by label and outcome.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Ordered labels.
    outcomes : ndarray, shape (n,)

    Returns
    -------
    ndarray of int, shape (k, m)
        Rows with each of k labels and m distinct outcomes, both ascending.
    """
    rows = tie_groups(labels.astype(np.float64)).group_of_row
    columns = tie_groups(outcomes).group_of_row
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    cells = np.ravel_multi_index((rows, columns), shape)
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def kendall_error(table: Integers) -> float:
    """Give the standard error of Kendall's tau-b from influence values.

    tau-b is A / sqrt(B C), A the mean product of signs over pairs of rows, B
    and C the shares of pairs untied in label and in outcome.

    Parameters
    ----------
    table : ndarray of int, shape (k, m)
        Counts of an ordered table, at least two rows and columns in use.

    Returns
    -------
    float
        The asymptotic standard error, not assuming independence.

    References
    ----------
    Brown & Benedetti (1977), as above.
    """
    row_count = table.sum()
    shares = table / row_count
    signs = _sign_sums(_sign_sums(shares).T).T
    untied_label = 1 - shares.sum(axis=1, keepdims=True)
    untied_outcome = 1 - shares.sum(axis=0, keepdims=True)
    product = np.sum(shares * signs)
    label = np.sum(shares * untied_label)
    outcome = np.sum(shares * untied_outcome)
    length = np.sqrt(label * outcome)
    influence = 2 * (signs - product) / length - product / length * (
        untied_label / label + untied_outcome / outcome - 2
    )
    return float(np.sqrt(np.sum(shares * influence**2) / row_count))


def _sign_sums(shares: Floats) -> Floats:
    """Along each row: what lies before a cell minus what lies after it."""
    upto = np.cumsum(shares, axis=1)
    return np.asarray(2 * upto - shares - upto[:, -1:])
