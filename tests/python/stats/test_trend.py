from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.deciles import tie_safe_deciles
from linksignal.stats.rules import Status
from linksignal.stats.thresholds.trend import (
    cross_tabulate,
    kendall_error,
    trend_test,
)
from scipy.stats import kendalltau

from .threshold_samples import biochemists, draw_curve


def trend(scores, counts):
    return trend_test(scores, tie_safe_deciles(scores).astype(float), counts)


def brute_force_statistic(deciles, counts):
    """Jonckheere-Terpstra: pairs in order, half for ties, over all deciles."""
    later = deciles[:, np.newaxis] > deciles[np.newaxis, :]
    larger = counts[:, np.newaxis] > counts[np.newaxis, :]
    equal = counts[:, np.newaxis] == counts[np.newaxis, :]
    return (later * (larger + equal / 2)).sum()


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
    # cor.test(dec, y, method = "kendall", exact = FALSE)
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
    assert measure.statistic == pytest.approx(9.23211137608, abs=1e-9)
    assert measure.p_value == pytest.approx(2.6534894226e-20, rel=1e-8)
    assert measure.standard_error == pytest.approx(0.0242151175597, abs=1e-7)
    assert measure.ci_low < measure.estimate < measure.ci_high


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(30, 80))
@settings(max_examples=30, deadline=None)
def test_statistic_agrees_with_brute_force_under_permutation(seed, row_count):
    # Its z is linear in the brute-force count, with the exact permutation
    # mean; equality at two orders of the rows fixes the line.
    scores, counts = draw_curve(row_count, seed)
    deciles = tie_safe_deciles(scores).astype(float)
    measure = trend_test(scores, deciles, counts)
    if measure.status is not Status.OK:
        return
    order = np.random.default_rng(seed).permutation(row_count)
    other = trend_test(scores, deciles, counts[order])
    _, sizes = np.unique(deciles, return_counts=True)
    mean = (row_count**2 - (sizes**2).sum()) / 4
    excess = [
        brute_force_statistic(deciles, values) - mean
        for values in (counts, counts[order])
    ]
    assert measure.statistic * excess[1] == pytest.approx(
        other.statistic * excess[0], abs=1e-6
    )
    assert measure.estimate == pytest.approx(
        kendalltau(deciles, counts).statistic
    )


def test_p_agrees_with_permutations():
    # 4,000 permutations; 4 standard errors.
    scores, counts = draw_curve(60, 4, rise=0.01)
    deciles = tie_safe_deciles(scores).astype(float)
    generator = np.random.default_rng(1)
    _, sizes = np.unique(deciles, return_counts=True)
    mean = (60**2 - (sizes**2).sum()) / 4
    observed = abs(brute_force_statistic(deciles, counts) - mean)
    reached = [
        abs(
            brute_force_statistic(deciles, generator.permutation(counts)) - mean
        )
        >= observed
        for _ in range(4000)
    ]
    share = np.mean(reached)
    error = np.sqrt(share * (1 - share) / 4000)
    p_value = trend_test(scores, deciles, counts).p_value
    assert p_value == pytest.approx(share, abs=4 * error + 0.02)


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
    found = kendall_error(cross_tabulate(deciles.astype(int), counts))
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
    measure = trend_test(scores, deciles, counts)
    assert measure.status is status
    assert measure.reason
    assert np.isnan([measure.estimate, measure.p_value]).all()
