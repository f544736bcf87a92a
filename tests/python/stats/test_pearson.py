from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.product_moment import left_out_correlations
from scipy.stats import bootstrap, pearsonr
from scipy.stats import t as student

from .samples import (
    abc_estimate,
    draw_pair,
    moment_estimate,
    mtcars,
    variables,
)


def delete_one(signal, outcome):
    left, right = variables(signal, outcome)
    return left_out_correlations([left], right)[:, 0]


def by_deletion(signal, outcome):
    return np.array(
        [
            pearsonr(np.delete(signal, row), np.delete(outcome, row)).statistic
            for row in range(len(signal))
        ]
    )


def interval(signal, outcome):
    found = moment_estimate(signal, outcome)
    return found.ci_low, found.ci_high


@pytest.mark.parametrize(
    ("signal", "outcome", "low", "high"),
    [
        (
            np.log1p(mtcars("hp")),
            np.log1p(mtcars("mpg")),
            -0.910769096523,
            -0.744469916379,
        ),
        (
            np.log1p(mtcars("carb")),
            mtcars("qsec"),
            -0.834856533747,
            -0.373546804316,
        ),
    ],
)
def test_jackknife_interval_agrees_with_r(signal, outcome, low, high):
    # jack <- function(x, y) { n <- length(x)
    #   z <- sapply(1:n, function(i) atanh(cor(x[-i], y[-i])))
    #   se <- sqrt((n - 1) / n * sum((z - mean(z))^2))
    #   tanh(atanh(cor(x, y)) + c(-1, 1) * qt(.975, n - 2) * se) }
    # jack(log1p(mtcars$hp), log1p(mtcars$mpg))
    # jack(log1p(mtcars$carb), mtcars$qsec)
    # Student's law has the degrees of freedom that the values are worth, at
    # most n - 2; with those, R gives the same error.
    found = moment_estimate(signal, outcome)
    assert found.degrees_of_freedom < 30
    error = (np.arctanh(high) - np.arctanh(low)) / 2 / student.ppf(0.975, 30)
    assert found.standard_error == pytest.approx(error, abs=1e-11)
    reach = student.ppf(0.975, found.degrees_of_freedom) * error
    middle = np.arctanh(found.estimate)
    bounds = np.tanh([middle - reach, middle + reach])
    assert [found.ci_low, found.ci_high] == pytest.approx(bounds)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(12, 40))
@settings(max_examples=25, deadline=None)
def test_closed_form_agrees_with_leaving_out_each_row(seed, row_count):
    signal, outcome = np.log1p(
        draw_pair(np.random.default_rng(seed), row_count, 0.6)
    )
    if np.count_nonzero(outcome != np.median(outcome)) < 3:
        return
    left_out = delete_one(signal, outcome)
    expected = by_deletion(signal, outcome)
    assert left_out == pytest.approx(expected, abs=1e-12)
    scores = np.arctanh(expected)
    error = np.sqrt((row_count - 1) * np.var(scores))
    degrees = moment_estimate(signal, outcome).degrees_of_freedom
    assert degrees <= row_count - 2
    reach = student.ppf(0.975, degrees) * error
    middle = np.arctanh(pearsonr(signal, outcome).statistic)
    expected_bounds = np.tanh([middle - reach, middle + reach])
    assert interval(signal, outcome) == pytest.approx(expected_bounds)


@pytest.mark.parametrize("size", [1e6, 1e12, 1e100, 1e300])
def test_leaving_out_one_huge_value_keeps_the_digits_of_the_rest(size):
    signal, outcome = draw_pair(np.random.default_rng(7), 30, 0.6)
    signal[4] = size
    left_out = delete_one(signal, outcome)
    rest = pearsonr(np.delete(signal, 4), np.delete(outcome, 4)).statistic
    assert left_out[4] == pytest.approx(rest, abs=1e-12)


def test_leaving_out_the_only_other_value_has_no_correlation():
    signal = np.append(np.zeros(19), 1.0)
    outcome = np.arange(20.0)
    left_out = delete_one(signal, outcome)
    assert np.isnan(left_out).tolist() == [False] * 19 + [True]
    assert np.isnan(interval(signal, outcome)).all()


def test_a_line_has_no_interval_nor_has_a_line_but_for_one_row():
    signal = np.arange(20.0)
    assert np.isnan(interval(signal, 3 - 2 * signal)).all()
    bent = signal.copy()
    bent[-1] = 0
    assert np.isnan(interval(signal, bent)).all()


@pytest.mark.parametrize("latent", [0.0, 0.5, 0.8])
def test_the_abc_interval_agrees_with_the_bca_bootstrap_of_scipy(latent):
    generator = np.random.default_rng(6)
    signal = generator.normal(size=150)
    outcome = latent * signal + np.sqrt(1 - latent**2) * generator.normal(
        size=150
    )
    found = abc_estimate(signal, outcome)
    expected = bootstrap(
        (signal, outcome),
        lambda x, y, axis: pearsonr(x, y, axis=axis).statistic,
        paired=True,
        method="BCa",
        n_resamples=9_999,
        rng=np.random.default_rng(2),
    )
    bounds = expected.confidence_interval
    # Of an interval .1-.3 wide; Monte-Carlo error of the bounds .003.
    assert found.ci_low == pytest.approx(bounds.low, abs=0.015)
    assert found.ci_high == pytest.approx(bounds.high, abs=0.015)
    error = expected.standard_error
    assert found.standard_error == pytest.approx(error, rel=0.06)


def test_the_abc_interval_corrects_for_skewness_as_bca_does():
    generator = np.random.default_rng(6)
    signal = generator.gamma(2.0, size=400)
    outcome = signal + 2 * generator.gamma(2.0, size=400)
    found = abc_estimate(signal, outcome)
    bounds = bootstrap(
        (signal, outcome),
        lambda x, y, axis: pearsonr(x, y, axis=axis).statistic,
        paired=True,
        method="BCa",
        n_resamples=4_999,
        rng=np.random.default_rng(2),
    ).confidence_interval
    assert found.ci_low == pytest.approx(bounds.low, abs=0.02)
    assert found.ci_high == pytest.approx(bounds.high, abs=0.02)
    # Both lean to the same side of the estimate, by more than rounding.
    r = pearsonr(signal, outcome).statistic
    leans = [
        np.arctanh(high) + np.arctanh(low) - 2 * np.arctanh(r)
        for low, high in ((found.ci_low, found.ci_high), bounds)
    ]
    assert leans[0] == pytest.approx(leans[1], abs=0.04)
    assert abs(leans[0]) > 0.02
