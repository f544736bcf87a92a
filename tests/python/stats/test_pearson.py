from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.pearson import (
    delete_one_correlations,
    jackknife_intervals,
)
from scipy.stats import pearsonr
from scipy.stats import t as student

from .samples import column, draw_pair, mtcars


def by_deletion(signal, outcome):
    return np.array(
        [
            pearsonr(np.delete(signal, row), np.delete(outcome, row)).statistic
            for row in range(len(signal))
        ]
    )


def interval(signal, outcome, ci_level=0.95):
    found = jackknife_intervals(column(signal), column(outcome), ci_level)
    return found.low[0, 0], found.high[0, 0]


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
    assert interval(signal, outcome) == pytest.approx((low, high), abs=1e-11)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(12, 40))
@settings(max_examples=25, deadline=None)
def test_closed_form_agrees_with_leaving_out_each_row(seed, row_count):
    signal, outcome = np.log1p(
        draw_pair(np.random.default_rng(seed), row_count, 0.6)
    )
    if np.count_nonzero(outcome != np.median(outcome)) < 3:
        return
    left_out = delete_one_correlations(signal, column(outcome))[:, 0]
    expected = by_deletion(signal, outcome)
    assert left_out == pytest.approx(expected, abs=1e-12)
    scores = np.arctanh(expected)
    error = np.sqrt((row_count - 1) * np.var(scores))
    reach = student.ppf(0.975, row_count - 2) * error
    middle = np.arctanh(pearsonr(signal, outcome).statistic)
    expected_bounds = np.tanh([middle - reach, middle + reach])
    assert interval(signal, outcome) == pytest.approx(expected_bounds)


@pytest.mark.parametrize("size", [1e6, 1e12, 1e100, 1e300])
def test_leaving_out_one_huge_value_keeps_the_digits_of_the_rest(size):
    signal, outcome = draw_pair(np.random.default_rng(7), 30, 0.6)
    signal[4] = size
    left_out = delete_one_correlations(signal, column(outcome))[:, 0]
    rest = pearsonr(np.delete(signal, 4), np.delete(outcome, 4)).statistic
    assert left_out[4] == pytest.approx(rest, abs=1e-12)


def test_leaving_out_the_only_other_value_has_no_correlation():
    signal = np.append(np.zeros(19), 1.0)
    outcome = np.arange(20.0)
    left_out = delete_one_correlations(signal, column(outcome))[:, 0]
    assert np.isnan(left_out).tolist() == [False] * 19 + [True]
    assert np.isnan(interval(signal, outcome)).all()


def test_a_line_has_no_interval_nor_has_a_line_but_for_one_row():
    signal = np.arange(20.0)
    assert np.isnan(interval(signal, 3 - 2 * signal)).all()
    bent = signal.copy()
    bent[-1] = 0
    assert np.isnan(interval(signal, bent)).all()
