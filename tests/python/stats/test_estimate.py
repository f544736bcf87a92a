"""Interval, tests and clustered errors of the one record."""

import numpy as np
import pytest
from linksignal.stats.estimate import Estimate, influence_errors


@pytest.mark.parametrize("estimate", np.linspace(-0.5, 0.5, 41))
@pytest.mark.parametrize("ci_level", [0.9, 0.95, 0.999])
def test_the_p_value_agrees_with_the_interval(estimate, ci_level):
    found = Estimate(30, estimate).with_error(0.12, 28, ci_level, "wald_t")

    leaves_out_zero = found.ci_low > 0 or found.ci_high < 0
    assert leaves_out_zero == (found.p_value < 1 - ci_level)


def test_one_sided_tests_split_the_two_sided_one():
    found = Estimate(30, 0.2).with_error(0.1, 28, 0.95, "wald_t")

    assert found.p_above() == pytest.approx(found.p_value / 2)
    assert found.p_above() + found.p_below() == pytest.approx(1)
    assert found.p_within(0.5) == pytest.approx(found.p_below(0.5))


def test_without_an_error_there_is_no_interval():
    for error in (0.0, np.nan, np.inf, 1e-15):
        found = Estimate(30, 0.2).with_error(error, 28, 0.95, "wald_t")
        assert np.isnan([found.ci_low, found.p_value, found.p_above()]).all()


def test_errors_of_means_are_those_of_the_textbook():
    values = np.random.default_rng(1).normal(size=(50, 2))
    errors, degrees = influence_errors(values - values.mean(0), fitted=0)

    assert degrees == 50
    assert errors == pytest.approx(values.std(0, ddof=1) / np.sqrt(50))


def test_rows_that_are_copies_of_each_other_count_once():
    values = np.random.default_rng(2).normal(size=(40, 1))
    thrice = np.repeat(values - values.mean(), 3, axis=0)
    clusters = np.repeat(np.arange(40), 3)

    once, _ = influence_errors(values - values.mean(), fitted=0)
    clustered, degrees = influence_errors(thrice, clusters)

    assert degrees == 39
    assert clustered == pytest.approx(once)
