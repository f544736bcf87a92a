from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators import concordance as module
from linksignal.stats.estimators.concordance import concordance, tau_b
from linksignal.stats.ranks import tie_groups
from scipy.stats import kendalltau

from .samples import draw_pair, mtcars, tau_estimate


def counted(signal, outcome):
    return concordance([tie_groups(signal)], tie_groups(outcome))


def kendall_tau_b(counts):
    return tau_b(counts)[0][0]


def standard_error(signal, outcome):
    _, influences = tau_b(counted(signal, outcome))
    return np.linalg.norm(influences) / len(influences)


def interval(signal, outcome):
    found = tau_estimate(signal, outcome)
    return found.ci_low, found.ci_high, found.ci_method


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(1, 70))
@settings(max_examples=60, deadline=None)
def test_concordance_agrees_with_comparing_all_rows(seed, row_count):
    generator = np.random.default_rng(seed)
    signal, outcome = generator.integers(0, [[25], [7]], (2, row_count)) * 1.0
    signs = [np.sign(v[:, np.newaxis] - v) for v in (signal, outcome)]
    found = counted(signal, outcome)
    assert (
        found.sums[:, 0].tolist() == (signs[0] * signs[1]).sum(axis=1).tolist()
    )
    assert (found.signal_differs[:, 0] == np.abs(signs[0]).sum(axis=1)).all()
    assert (found.outcome_differs[:, 0] == np.abs(signs[1]).sum(axis=1)).all()


@pytest.mark.parametrize(
    ("signal", "outcome", "expected", "error"),
    [
        ("hp", "mpg", -0.7428125060887, 0.05451343625072),
        ("carb", "gear", 0.09801486784645, 0.1608598411492),
    ],
)
def test_tau_and_its_influence_error_agree_with_r(
    signal, outcome, expected, error
):
    # cor.test(mtcars$hp, mtcars$mpg, method = "kendall", exact = FALSE)
    # library(boot)
    # tau <- function(d, w) {
    #   sx <- sign(outer(d[, 1], d[, 1], "-"))
    #   sy <- sign(outer(d[, 2], d[, 2], "-"))
    #   q <- function(m) as.numeric(t(w) %*% m %*% w)
    #   q(sx * sy) / sqrt(q(abs(sx)) * q(abs(sy))) }
    # d <- as.matrix(mtcars[, c("hp", "mpg")])
    # sqrt(var.linear(empinf(data = d, statistic = tau, stype = "w",
    #                        type = "inf", eps = 1e-6)))
    pair = mtcars(signal), mtcars(outcome)
    assert kendall_tau_b(counted(*pair)) == pytest.approx(expected, abs=1e-12)
    assert standard_error(*pair) == pytest.approx(error, abs=1e-7)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(10, 80))
@settings(max_examples=40, deadline=None)
def test_tau_agrees_with_scipy_and_flips_with_its_sign(seed, row_count):
    signal, outcome = draw_pair(np.random.default_rng(seed), row_count, 0.6)
    if np.ptp(signal) and np.ptp(outcome):
        found = kendall_tau_b(counted(signal, outcome))
        expected = kendalltau(signal, outcome).statistic
        assert found == pytest.approx(expected, abs=1e-12)
        flipped = kendall_tau_b(counted(-signal, outcome))
        assert flipped == pytest.approx(-found)
        turned = kendall_tau_b(counted(outcome, np.log1p(signal)))
        assert turned == found


def bootstrapped(signal, outcome, resample_count):
    """Tau-b of resamples, as a quadratic form of how often rows are drawn."""
    generator = np.random.default_rng(5)
    draws = generator.integers(len(signal), size=(resample_count, len(signal)))
    counts = np.array([np.bincount(d, minlength=len(signal)) for d in draws])
    signs = [np.sign(v[:, np.newaxis] - v) for v in (signal, outcome)]
    agreed, left, right = (
        np.einsum("bn,bn->b", counts @ products, counts)
        for products in (signs[0] * signs[1], signs[0] ** 2, signs[1] ** 2)
    )
    expected = kendalltau(signal[draws[0]], outcome[draws[0]]).statistic
    found = agreed / np.sqrt(left * right)
    assert found[0] == pytest.approx(expected)
    return found


@pytest.mark.parametrize("latent", [0.0, 0.6, 0.9])
def test_influence_error_agrees_with_the_bootstrap(latent):
    # 2,000 resamples: Monte-Carlo error 1.6 %. Half of the outcomes are zero.
    # What repeated draws add to the bootstrap is of order 1 / n.
    signal, outcome = draw_pair(np.random.default_rng(4), 600, latent)
    outcome = np.maximum(outcome - 2, 0)
    assert 0.4 < np.mean(outcome == 0) < 0.6
    resamples = bootstrapped(signal, outcome, 2000)
    error = standard_error(signal, outcome)
    assert error == pytest.approx(resamples.std(), rel=0.05)


def test_below_thirty_rows_the_interval_is_bonett_and_wrights():
    # tanh(atanh(cor(mtcars$hp[1:29], mtcars$mpg[1:29], method = "kendall")) +
    #   c(-1, 1) * qnorm(.975) * sqrt(.437 / 25))
    pair = mtcars("hp")[:29], mtcars("mpg")[:29]
    *bounds, method = interval(*pair)
    assert method == "fisher_z_bonett_wright"
    assert bounds == pytest.approx(
        [-0.8429852788104, -0.6126419928831], abs=1e-9
    )
    assert interval(mtcars("hp"), mtcars("mpg"))[2] == "fisher_z_influence"


@pytest.mark.parametrize(
    ("latent", "row_count"), [(0.0, 30), (0.8, 60), (0.6, 400)]
)
def test_the_interval_covers_the_law(latent, row_count):
    # Monte-Carlo error over 600 draws .009; bounds 93-97 % widened by two
    # and a half of it.
    law = draw_pair(np.random.default_rng(99), 200_000, latent)
    truth = kendalltau(*law).statistic
    generator = np.random.default_rng(8)
    covered = 0
    for _ in range(600):
        low, high, _ = interval(*draw_pair(generator, row_count, latent))
        covered += low <= truth <= high
    assert 0.93 - 0.022 <= covered / 600 <= 0.97 + 0.022


@pytest.mark.parametrize("row_count", [20, 300])
def test_a_perfect_tau_has_no_interval(row_count):
    signal = np.arange(row_count, dtype=np.float64)
    assert np.isnan(interval(signal, signal**3)[:2]).all()
    assert np.isnan(interval(signal, -signal)[:2]).all()


def test_several_signals_are_counted_as_one_by_one():
    generator = np.random.default_rng(3)
    signals = [tie_groups(generator.integers(0, 9, 80) * 1.0) for _ in "abc"]
    outcome = tie_groups(generator.integers(0, 5, 80) * 1.0)
    together = concordance(signals, outcome)
    for at, signal in enumerate(signals):
        alone = concordance([signal], outcome)
        assert (together.sums[:, [at]] == alone.sums).all()
        assert (together.signal_differs[:, [at]] == alone.signal_differs).all()


@pytest.mark.parametrize("most_cells", [0, 10**9])
@given(seed=st.integers(0, 2**32 - 1), values=st.integers(1, 30))
@settings(max_examples=30, deadline=None)
def test_rows_are_counted_by_table_or_bit_by_bit(most_cells, seed, values):
    generator = np.random.default_rng(seed)
    signal, outcome = generator.integers(0, values, (2, 40)) * 1.0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_CELLS", most_cells)
        found = counted(signal, outcome).sums[:, 0]
    signs = [np.sign(np.subtract.outer(v, v)) for v in (signal, outcome)]
    assert (found == (signs[0] * signs[1]).sum(axis=1)).all()
