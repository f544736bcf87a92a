from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from linksignal.stats.bca import bca_bounds, bca_intervals
from linksignal.stats.bootstrap import resample_pearson
from linksignal.stats.pearson import delete_one_correlations
from scipy.stats import bootstrap, pearsonr

from .samples import column, draw_pair, mtcars


def interval(signal, outcome, resample_count=2000, seed=1):
    found = bca_intervals(
        column(signal),
        column(outcome),
        0.95,
        np.random.default_rng(seed),
        resample_count,
    )
    return found.low[0, 0], found.high[0, 0]


def test_interval_agrees_with_r():
    # library(boot); set.seed(1)
    # b <- boot(as.matrix(mtcars[, c("hp", "mpg")]),
    #           function(d, i) cor(d[i, 1], d[i, 2]), R = 200000)
    # boot.ci(b, type = "bca", L = empinf(b, type = "jack"))$bca[4:5]
    # The tolerance is Monte-Carlo error: at R = 200,000 the bounds move by
    # .0008 between seeds, at 50,000 here by .0015.
    found = interval(mtcars("hp"), mtcars("mpg"), resample_count=50_000)
    assert found == pytest.approx((-0.849761686364, -0.648709870901), abs=0.006)


@pytest.mark.parametrize("latent", [0.0, 0.5, 0.9])
def test_formula_agrees_with_scipy_on_the_same_resamples(latent):
    signal, outcome = draw_pair(np.random.default_rng(8), 60, latent)
    resamples = resample_pearson(
        column(signal), column(outcome), np.random.default_rng(9), 3000
    ).ravel()
    expected = bootstrap(
        (signal, outcome),
        lambda x, y: pearsonr(x, y).statistic,
        paired=True,
        vectorized=False,
        method="BCa",
        n_resamples=0,
        bootstrap_result=SimpleNamespace(bootstrap_distribution=resamples),
    ).confidence_interval
    found = bca_bounds(
        pearsonr(signal, outcome).statistic,
        resamples,
        delete_one_correlations(signal, column(outcome)).ravel(),
        0.95,
    )
    assert found == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_a_perfect_correlation_has_no_interval():
    signal = np.arange(30.0)
    assert np.isnan(interval(signal, 2 - signal)).all()


def test_no_interval_where_the_estimate_is_beyond_all_resamples():
    resamples = np.linspace(-0.5, 0.5, 1000)
    left_out = np.linspace(0.55, 0.65, 50)
    assert np.isnan(bca_bounds(0.6, resamples, left_out, 0.95)).all()


def test_too_many_undefined_resamples_are_not_converged():
    # Only one row is off zero, and 37 % of resamples leave it out.
    signal = np.append(np.zeros(29), 1.0)
    found = bca_intervals(
        column(signal),
        column(np.arange(30.0)),
        0.95,
        np.random.default_rng(1),
        500,
    )
    assert not found.is_converged.any()
    assert np.isnan(found.low).all()


def test_a_few_undefined_resamples_are_left_out():
    resamples = np.random.default_rng(2).normal(0.3, 0.1, size=4000)
    left_out = np.random.default_rng(3).normal(0.3, 0.01, size=50)
    with_gaps = np.append(resamples, [np.nan] * 100)
    assert bca_bounds(0.3, with_gaps, left_out, 0.95) == bca_bounds(
        0.3, resamples, left_out, 0.95
    )
