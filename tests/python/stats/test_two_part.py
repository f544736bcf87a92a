from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.simulate.laws import planted
from linksignal.stats.estimators import two_part
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.rules import Status
from scipy.optimize import approx_fprime
from scipy.stats import nbinom

from .samples import CI_LEVEL
from .threshold_samples import biochemists, draw_curve, draw_law


def any_mention_slope(scores, counts, clusters=None):
    return two_part.any_mention_slope(
        known_pairs(scores, counts, clusters), CI_LEVEL
    )


def how_many_slope(scores, counts, clusters=None):
    return two_part.how_many_slope(
        known_pairs(scores, counts, clusters), CI_LEVEL
    )


def truncated_likelihoods(parameters, scores, counts):
    """Log likelihood of each positive count, straight from its definition."""
    means = np.exp(parameters[0] + parameters[1] * scores / 10)
    size = 1 / parameters[2]
    share = size / (size + means)
    return nbinom.logpmf(counts, size, share) - np.log1p(-(share**size))


def test_any_mention_agrees_with_r():
    # s, y as in test_negative_binomial.py; library(sandwich)
    # d <- data.frame(y = y, s = s / 10)
    # g <- glm((y > 0) ~ s, binomial, d, control = list(epsilon = 1e-14))
    # coef(g)[2]; sqrt(vcovHC(g, type = "HC0")[2, 2])
    slope = any_mention_slope(*biochemists())
    assert slope.n == 915
    assert slope.estimate == pytest.approx(0.809212569631, abs=1e-7)
    assert slope.standard_error == pytest.approx(0.136365367317, abs=1e-7)


def test_how_many_agrees_with_r():
    # d as above; library(pscl)
    # hurdle(y ~ s, data = d, dist = "negbin",
    #        control = hurdle.control(reltol = 1e-14, maxit = 10000))
    # count model: 0.214100517289 (intercept), 0.248324703946 (s),
    # 1 / theta 0.596524114216
    slope = how_many_slope(*biochemists())
    assert slope.n == 640
    assert slope.estimate == pytest.approx(0.248324703946, rel=1e-6)


def test_how_many_has_the_sandwich_of_its_likelihood():
    scores, counts = biochemists()
    scores, counts = scores[counts > 0], counts[counts > 0]
    fitted = np.array([0.214100517289, 0.248324703946, 0.596524114216])

    def total(parameters):
        return truncated_likelihoods(parameters, scores, counts).sum()

    parts = approx_fprime(fitted, truncated_likelihoods, 1e-7, scores, counts)
    assert parts.sum(axis=0) == pytest.approx(0, abs=0.01)
    step = 1e-4 * np.eye(3)
    hessian = [
        [
            total(fitted + a + b)
            - total(fitted + a - b)
            - total(fitted - a + b)
            + total(fitted - a - b)
            for b in step
        ]
        for a in step
    ]
    inverse = np.linalg.inv(np.array(hessian) / 4e-8)
    covariance = inverse @ (parts.T @ parts) @ inverse
    slope = how_many_slope(scores, counts)
    assert slope.standard_error == pytest.approx(
        np.sqrt(covariance[1, 1]), rel=1e-3
    )


def test_both_parts_find_a_planted_slope():
    # NB2 with a log mean rising by .3 per 10 points, alpha .8; 4 errors.
    scores, counts = draw_curve(3000, 1)
    many = how_many_slope(scores, counts)
    assert many.estimate == pytest.approx(0.3, abs=4 * many.standard_error)
    assert any_mention_slope(scores, counts).ci_low > 0


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_rows_may_stand_in_any_order_and_missing_ones_are_dropped(seed):
    scores, counts = draw_curve(100, seed)
    order = np.random.default_rng(seed).permutation(100)
    moved = np.append(scores[order], np.nan), np.append(counts[order], 1)
    for slope in (any_mention_slope, how_many_slope):
        first, second = slope(scores, counts), slope(*moved)
        assert (first.n, first.status) == (second.n, second.status)
        if first.status is Status.OK:
            assert second.estimate == pytest.approx(first.estimate, rel=1e-3)


def degenerate():
    scores, counts = draw_curve(100, 3)
    few = np.zeros(100)
    few[:9] = np.arange(1, 10)
    ones = (counts > 0).astype(float)
    apart = np.where(scores > 30, counts + 1, 0)
    return {
        "no rows": (scores[:0], counts[:0], *[Status.NO_OVERLAP] * 2),
        "no outcome": (scores, counts * np.nan, *[Status.NO_OVERLAP] * 2),
        "one row": (scores[:1], counts[:1], *[Status.TOO_FEW] * 2),
        "nine rows": (scores[:9], counts[:9], *[Status.TOO_FEW] * 2),
        "one score": (scores * 0, counts, *[Status.CONSTANT_SIGNAL] * 2),
        "all zero": (scores, counts * 0, *[Status.CONSTANT_OUTCOME] * 2),
        "infinite": (scores, counts + np.inf, *[Status.UNRELIABLE] * 2),
        "all mentioned": (
            scores,
            counts + 1,
            Status.CONSTANT_OUTCOME,
            Status.OK,
        ),
        "once each": (scores, ones, Status.OK, Status.CONSTANT_OUTCOME),
        "nine mentioned": (
            scores,
            few,
            Status.TOO_FEW_DISTINCT,
            Status.TOO_FEW,
        ),
        "told by score": (scores, apart, Status.NOT_CONVERGED, Status.OK),
    }


@pytest.mark.parametrize("name", degenerate())
def test_degenerate_input_has_a_status(name):
    scores, counts, any_status, many_status = degenerate()[name]
    found = (
        any_mention_slope(scores, counts),
        how_many_slope(scores, counts),
    )
    assert [measure.status for measure in found] == [any_status, many_status]
    for measure in found:
        is_ok = measure.status is Status.OK
        assert is_ok == np.isfinite(measure.estimate)
        assert is_ok == (measure.reason is None)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("outlier", [3.0, 1e4, 1e15])
def test_hard_counts_give_numbers_or_a_reason(seed, outlier):
    scores, counts = draw_law(planted("none"), 60, seed, "gemini")
    counts = np.minimum(counts, 2)
    counts[0] = outlier
    measure = how_many_slope(scores, counts)
    if measure.status is Status.OK:
        assert measure.ci_low < measure.estimate < measure.ci_high
        assert abs(measure.estimate) < 100
    else:
        assert measure.reason
