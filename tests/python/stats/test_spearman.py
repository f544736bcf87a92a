from __future__ import annotations

import numpy as np
import pytest
from calibration.pairs import (
    correlations,
    rank_columns,
    spearman_estimates,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.rules import Status
from linksignal.stats.scores import unit_scores
from scipy.stats import norm, spearmanr
from scipy.stats import t as student

from .bootstrap import resample_spearman
from .samples import column, draw_pair, mtcars, rank_estimate


def influences(signal, outcome):
    values = np.column_stack([signal, outcome])
    return spearman_estimates(values, np.array([[0, 1]])).influences[:, 0]


def estimate(signal, outcome):
    scores = [unit_scores(rank_columns(column(v))) for v in (signal, outcome)]
    return float(correlations(*scores)[0, 0])


def interval(signal, outcome):
    found = rank_estimate(signal, outcome)
    return found.ci_low, found.ci_high


def weighted_spearman(signal, outcome, weights):
    """Spearman's correlation of a law with unequal weights, by brute force."""

    def score(values):
        larger = values[:, np.newaxis] > values[np.newaxis, :]
        equal = values[:, np.newaxis] == values[np.newaxis, :]
        return (larger + equal / 2) @ weights

    signal_score, outcome_score = score(signal), score(outcome)
    covariance = np.cov(signal_score, outcome_score, aweights=weights)
    return covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1])


@pytest.mark.parametrize(
    ("signal", "outcome", "expected", "low", "high"),
    [
        (
            "hp",
            "mpg",
            -0.89466464575,
            -0.947191301255,
            -0.79538208307,
        ),
        (
            "carb",
            "gear",
            0.114886984184,
            -0.267356616708,
            0.465889790921,
        ),
    ],
)
def test_estimate_and_influence_interval_agree_with_r(
    signal, outcome, expected, low, high
):
    # library(boot)
    # weighted <- function(d, w) {
    #   score <- function(v) sapply(v, function(a)
    #     sum(w * (v < a)) + sum(w * (v == a)) / 2)
    #   corr(cbind(score(d[, 1]), score(d[, 2])), w) }
    # d <- as.matrix(mtcars[, c("hp", "mpg")]); n <- nrow(d)
    # L <- empinf(data = d, statistic = weighted, stype = "w",
    #             type = "inf", eps = 1e-6)
    # r <- cor(d[, 1], d[, 2], method = "spearman")
    # se <- sqrt(var.linear(L)) * sqrt(n / (n - 3)) / (1 - r^2)
    # tanh(atanh(r) + c(-1, 1) * qnorm(.975) * se)
    pair = mtcars(signal), mtcars(outcome)
    assert estimate(*pair) == pytest.approx(expected, abs=1e-10)
    found = rank_estimate(*pair)
    error = (np.arctanh(high) - np.arctanh(low)) / 2 / norm.ppf(0.975)
    assert found.standard_error == pytest.approx(error, abs=1e-6)
    # Student's law in place of the normal one, with what the values are worth.
    reach = student.ppf(0.975, found.degrees_of_freedom) * error
    bounds = np.tanh(np.arctanh(expected) + np.array([-reach, reach]))
    assert interval(*pair) == pytest.approx(bounds, abs=1e-6)


def test_small_samples_have_the_bonett_wright_interval():
    # Published example of R package statpsych 1.6.0, ?ci.spear:
    # ci.spear(.05, y, x): 0.8699639 0.08241326 0.5840951 0.9638297
    outcome = [21, 4, 9, 12, 35, 18, 10, 22, 24, 1, 6, 8, 13, 16, 19]
    signal = [67, 28, 30, 28, 52, 40, 25, 37, 44, 10, 14, 20, 28, 40, 51]
    assert estimate(signal, outcome) == pytest.approx(0.8699639, abs=1e-7)
    expected = (0.5840951, 0.9638297)
    assert interval(signal, outcome) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("row_count", [29, 30])
def test_the_interval_says_which_standard_error_it_has(row_count):
    signal, outcome = draw_pair(np.random.default_rng(1), row_count, 0.5)
    found = rank_estimate(signal, outcome)
    assert found.ci_method == (
        "fisher_z_bonett_wright" if row_count < 30 else "fisher_z_influence"
    )


@pytest.mark.parametrize("seed", range(3))
def test_influence_is_the_derivative_with_respect_to_a_row_weight(seed):
    signal, outcome = draw_pair(np.random.default_rng(seed), 40, 0.7)
    influence = influences(signal, outcome)
    even = np.full(40, 1 / 40)
    step = 1e-6
    for row in range(40):
        point = np.zeros(40)
        point[row] = 1
        nearby = [
            weighted_spearman(signal, outcome, even + move * (point - even))
            for move in (step, -step)
        ]
        slope = (nearby[0] - nearby[1]) / (2 * step)
        assert influence[row] == pytest.approx(slope, abs=1e-6)


@pytest.mark.parametrize("latent", [0.0, 0.9, 0.99])
def test_influence_error_agrees_with_the_bootstrap_that_ranks_anew(latent):
    # Monte-Carlo error of a standard deviation over 4,000 resamples: 1.1 %.
    # At a correlation of .9 and above, ranks kept frozen through the
    # resamples fall short by more than the 4 % allowed here.
    signal, outcome = draw_pair(np.random.default_rng(4), 1000, latent)
    error = np.sqrt(np.mean(influences(signal, outcome) ** 2) / 1000)
    resamples = resample_spearman(
        column(signal), column(outcome), np.random.default_rng(5), 4000
    )
    assert error == pytest.approx(resamples.std(), rel=0.04)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(10, 60))
@settings(max_examples=40, deadline=None)
def test_estimate_agrees_with_scipy(seed, row_count):
    signal, outcome = draw_pair(np.random.default_rng(seed), row_count, 0.5)
    if np.ptp(signal) and np.ptp(outcome):
        expected = spearmanr(signal, outcome).statistic
        assert estimate(signal, outcome) == pytest.approx(expected, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(12, 60))
@settings(max_examples=40, deadline=None)
def test_monotone_transforms_change_nothing_and_a_sign_flips(seed, row_count):
    signal, outcome = draw_pair(np.random.default_rng(seed), row_count, 0.5)
    if not (np.ptp(signal) and np.ptp(outcome)):
        return
    low, high = interval(signal, outcome)
    assert interval(np.log1p(signal), outcome**3) == (low, high)
    assert interval(-signal, outcome) == pytest.approx((-high, -low))


@pytest.mark.parametrize("row_count", [20, 50])
def test_a_perfect_correlation_has_no_interval(row_count):
    signal = np.arange(row_count, dtype=np.float64)
    assert np.isnan(interval(signal, np.exp(signal / 9))).all()
    assert np.isnan(interval(signal, -signal)).all()


def test_too_few_owners_are_told_as_that():
    signal, outcome = draw_pair(np.random.default_rng(6), 60, 0.7)
    found = rank_estimate(signal, outcome, clusters=np.arange(60) % 9)
    assert found.status is Status.TOO_FEW
    assert found.reason == "The domains belong to fewer than 10 owners."
    assert np.isnan(found.standard_error)
