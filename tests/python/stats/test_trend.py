from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.decile_trend import (
    decile_sample,
    trend_over_deciles,
)
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.rules import Status
from scipy.stats import kendalltau
from scipy.stats import t as student

from .samples import CI_LEVEL
from .threshold_samples import biochemists, draw_curve


def trend_of(scores, deciles, counts, clusters=None):
    return trend_over_deciles(
        decile_sample(scores, deciles, counts, clusters), CI_LEVEL
    )


def trend(scores, counts):
    return trend_of(scores, tie_safe_deciles(scores).astype(float), counts)


def weighted_tau(deciles, counts, weights):
    signs = [np.sign(v[:, np.newaxis] - v) for v in (deciles, counts)]
    pairs = np.outer(weights, weights)
    length = np.sqrt((pairs * signs[0] ** 2).sum())
    length *= np.sqrt((pairs * signs[1] ** 2).sum())
    return (pairs * signs[0] * signs[1]).sum() / length


def test_trend_agrees_with_r():
    # s, y as in test_negative_binomial.py; n <- length(s)
    # dec <- sapply(s, function(v)
    #   (10 * (2 * sum(s < v) + sum(s == v))) %/% (2 * n) + 1)
    # cor(dec, y, method = "kendall")
    # library(boot); tb <- function(d, w) {
    #   a <- outer(d[, 1], d[, 1], function(p, q) sign(p - q))
    #   b <- outer(d[, 2], d[, 2], function(p, q) sign(p - q))
    #   W <- outer(w, w)
    #   sum(W * a * b) / sqrt(sum(W * a^2) * sum(W * b^2)) }
    # sqrt(var.linear(empinf(data = cbind(dec, y), statistic = tb,
    #                        stype = "w", type = "inf", eps = 1e-6)))
    measure = trend(*biochemists())
    assert measure.n == 915
    assert measure.estimate == pytest.approx(0.234716515639, abs=1e-11)
    # On Fisher's z scale, with n / (n - 3).
    on_scale = 0.0242151175597 / (1 - measure.estimate**2) * (915 / 912) ** 0.5
    assert measure.standard_error == pytest.approx(on_scale, abs=1e-7)
    z = np.arctanh(measure.estimate)
    assert measure.p_value == pytest.approx(2 * student.sf(z / on_scale, 913))
    reach = student.ppf(0.975, 913) * on_scale
    assert measure.ci_low == pytest.approx(np.tanh(z - reach), abs=1e-7)
    assert measure.ci_high == pytest.approx(np.tanh(z + reach), abs=1e-7)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(30, 80))
@settings(max_examples=30, deadline=None)
def test_tau_agrees_with_scipy_and_p_with_the_interval(seed, row_count):
    scores, counts = draw_curve(row_count, seed, rise=0.01)
    deciles = tie_safe_deciles(scores).astype(float)
    measure = trend_of(scores, deciles, counts)
    if measure.status is not Status.OK:
        return
    expected = kendalltau(deciles, counts).statistic
    assert measure.estimate == pytest.approx(expected)
    assert (measure.p_value < 0.05) == (measure.ci_low * measure.ci_high > 0)


def test_owners_of_three_like_domains_count_once():
    scores, counts = draw_curve(60, 4, rise=0.01)
    deciles = tie_safe_deciles(scores).astype(float)
    alone = trend_of(scores, deciles, counts)
    tripled = [np.tile(values, 3) for values in (scores, deciles, counts)]
    clustered = trend_of(*tripled, np.tile(np.arange(60), 3))
    assert clustered.estimate == pytest.approx(alone.estimate)
    # n / (n - 3) against g / (g - 1).
    factor = np.sqrt((60 / 59) / (60 / 57))
    assert clustered.standard_error == pytest.approx(
        alone.standard_error * factor
    )
    assert clustered.degrees_of_freedom == 59


def test_error_is_that_of_the_derivatives_by_row_weight():
    scores, counts = draw_curve(40, 2)
    deciles = np.ceil(scores / 15)
    even, step = np.full(40, 1 / 40), 1e-6
    influence = []
    for row in range(40):
        point = np.eye(40)[row]
        ends = [
            weighted_tau(deciles, counts, even + move * (point - even))
            for move in (step, -step)
        ]
        influence.append((ends[0] - ends[1]) / (2 * step))
    expected = np.sqrt(np.sum(np.square(influence))) / 40
    trend_ = trend_of(scores, deciles, counts)
    # On Fisher's z scale, with n / (n - 3).
    found = trend_.standard_error * (1 - trend_.estimate**2)
    found *= np.sqrt(37 / 40)
    assert found == pytest.approx(expected, rel=1e-6)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_any_increasing_transform_of_the_outcome_changes_nothing(seed):
    scores, counts = draw_curve(100, seed)
    measure = trend(scores, counts)
    assert trend(scores, np.sqrt(counts)) == measure
    if measure.status is Status.OK:
        turned = trend(scores, -counts)
        assert turned.estimate == pytest.approx(-measure.estimate)
        assert turned.p_value == pytest.approx(measure.p_value)


def test_a_perfect_trend_keeps_its_estimate_but_no_interval():
    scores = np.repeat(np.arange(10.0), 10)
    measure = trend(scores, scores)
    assert measure.status is Status.UNRELIABLE
    assert measure.estimate == pytest.approx(1)
    assert np.isnan([measure.ci_low, measure.standard_error]).all()


def degenerate():
    scores, counts = draw_curve(100, 3)
    deciles = tie_safe_deciles(scores).astype(float)
    nine = scores % 9
    return {
        "no rows": (scores[:0], deciles[:0], counts[:0], Status.NO_OVERLAP),
        "no outcome": (scores, deciles, counts * np.nan, Status.NO_OVERLAP),
        "no decile": (scores, deciles * np.nan, counts, Status.NO_OVERLAP),
        "one row": (scores[:1], deciles[:1], counts[:1], Status.TOO_FEW),
        "nine rows": (scores[:9], deciles[:9], counts[:9], Status.TOO_FEW),
        "nine scores": (nine, deciles, counts, Status.TOO_FEW_DISTINCT),
        "one decile": (scores, deciles * 0 + 4, counts, Status.CONSTANT_SIGNAL),
        "all tied": (scores, deciles, counts * 0, Status.CONSTANT_OUTCOME),
        "decile 11": (scores, deciles + 1, counts, Status.UNRELIABLE),
        "infinite": (scores, deciles, counts + np.inf, Status.UNRELIABLE),
    }


@pytest.mark.parametrize("name", degenerate())
def test_degenerate_input_has_a_status_and_no_numbers(name):
    scores, deciles, counts, status = degenerate()[name]
    measure = trend_of(scores, deciles, counts)
    assert measure.status is status
    assert measure.reason
    assert np.isnan([measure.estimate, measure.p_value]).all()
