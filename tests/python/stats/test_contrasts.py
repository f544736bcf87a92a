from __future__ import annotations

import numpy as np
import pytest
from calibration.pairs import (
    pearson_estimates,
    spearman_estimates,
)
from linksignal.stats.estimate import (
    Estimate,
    cluster_sums,
    effective_degrees,
    from_influence,
)
from scipy.stats import pearsonr, spearmanr, ttest_1samp
from statsmodels.stats.weightstats import DescrStatsW

from .bootstrap import resample_pearson, resample_spearman
from .contrast_samples import draw_three, one_contrast
from .samples import mtcars

METHODS = [
    (spearman_estimates, spearmanr, resample_spearman),
    (pearson_estimates, pearsonr, resample_pearson),
]


@pytest.mark.parametrize(
    ("estimate", "first", "second", "expected"),
    [
        (
            spearman_estimates,
            "hp",
            "carb",
            "-0.23716700269473 0.08312422448816 -0.40692931681831 "
            "-0.06740468857115 0.00776976746382 0.98408859451021",
        ),
        (
            pearson_estimates,
            "hp",
            "carb",
            "-0.22524329792413 0.06204141163076 -0.35194876404767 "
            "-0.09853783180059 0.00104229420741 0.99583254008402",
        ),
        (
            spearman_estimates,
            "gear",
            "carb",
            "1.20027922103e+00 1.76978266944e-01 8.38841381090e-01 "
            "1.56171706098e+00 1.60415190496e-07 9.99999825882e-01",
        ),
        (
            pearson_estimates,
            "gear",
            "carb",
            "1.03120983124e+00 1.67961527492e-01 6.88186629927e-01 "
            "1.37423303256e+00 9.44519690139e-07 9.99998914548e-01",
        ),
    ],
)
def test_every_number_agrees_with_r(estimate, first, second, expected):
    # library(boot); options(digits = 12)
    # score <- function(v, w) sapply(v, function(a)
    #   sum(w * (v < a)) + sum(w * (v == a)) / 2)
    # ranked <- function(d, w) { s <- apply(d, 2, score, w)
    #   corr(s[, c(1, 3)], w) - corr(s[, c(2, 3)], w) }
    # plain <- function(d, w) corr(d[, c(1, 3)], w) - corr(d[, c(2, 3)], w)
    # d <- as.matrix(mtcars[, c("hp", "carb", "mpg")]); n <- nrow(d)
    # L <- empinf(data = d, statistic = ranked, stype = "w", type = "inf",
    #             eps = 1e-6)
    # est <- ranked(d, rep(1 / n, n))
    # se <- sqrt(var.linear(L)) * sqrt(n / (n - 3))
    # c(est, se, est + c(-1, 1) * qt(.975, n - 2) * se,
    #   2 * pt(-abs(est / se), n - 2),
    #   max(pt(-(est + .05) / se, n - 2), pt((est - .05) / se, n - 2)))
    contrast = one_contrast(
        estimate, mtcars("mpg"), mtcars(first), mtcars(second)
    )
    found = [
        contrast.estimate,
        contrast.standard_error,
        contrast.ci_low,
        contrast.ci_high,
        contrast.p_value,
        contrast.p_within(0.05),
    ]
    numbers = np.array(expected.split(), dtype=np.float64)
    assert found == pytest.approx(numbers, rel=1e-4)
    assert found[:4] == pytest.approx(numbers[:4], abs=1e-6)


@pytest.mark.parametrize(("estimate", "oracle", "_resample"), METHODS)
def test_error_agrees_with_the_jackknife(estimate, oracle, _resample):
    # Both estimate the same variance; at n = 300 they part by terms of 1/n
    # and by how far a normal law's squares reach, below 3 %.
    values = np.log1p(draw_three(np.random.default_rng(2), 300, 0.6, 0.4, 0.7))
    left_out = []
    for row in range(300):
        outcome, first, second = np.delete(values, row, axis=0).T
        left_out.append(
            oracle(first, outcome).statistic - oracle(second, outcome).statistic
        )
    error = np.sqrt(299 * np.var(left_out))
    found = one_contrast(estimate, *values.T).standard_error
    assert found == pytest.approx(error, rel=0.03)


@pytest.mark.parametrize(("estimate", "_oracle", "resample"), METHODS)
@pytest.mark.parametrize("first", [0.5, 0.95])
def test_error_agrees_with_the_bootstrap(estimate, _oracle, resample, first):
    # Monte-Carlo error of a standard deviation over 3,000 resamples: 1.3 %;
    # three of them, and 1 % for the terms of 1/n. At .95 ranks that stayed
    # frozen through the resamples would fall short of it.
    generator = np.random.default_rng(3)
    values = np.floor(
        20 * np.log1p(draw_three(generator, 600, first, 0.45, 0.5))
    )
    resamples = resample(
        values[:, 1:], values[:, :1], np.random.default_rng(5), 3000
    )[..., 0]
    error = np.std(resamples[:, 0] - resamples[:, 1])
    found = one_contrast(estimate, *values.T).standard_error
    assert found == pytest.approx(error, rel=0.05)


def test_tests_and_interval_are_those_of_students_law():
    # A mean is a difference with a known oracle: scipy's one-sample t test
    # and the two one-sided tests of statsmodels.
    sample = np.random.default_rng(4).normal(0.2, 1, 25)
    contrast = Estimate(25, sample.mean()).with_error(
        sample.std(ddof=1) / 5, 24.0, 0.9, "t"
    )
    plain = ttest_1samp(sample, 0)
    above = ttest_1samp(sample, 0.1, alternative="greater")
    below = ttest_1samp(sample, 0.1, alternative="less")
    tost = DescrStatsW(sample).ttost_mean(-0.5, 0.5)[0]
    assert contrast.p_value == pytest.approx(plain.pvalue)
    assert contrast.p_above(0.1) == pytest.approx(above.pvalue)
    assert contrast.p_below(0.1) == pytest.approx(below.pvalue)
    assert contrast.p_within(0.5) == pytest.approx(tost)
    interval = plain.confidence_interval(0.9)
    assert (contrast.ci_low, contrast.ci_high) == pytest.approx(
        (interval.low, interval.high)
    )


@pytest.mark.parametrize("estimate", [spearman_estimates, pearson_estimates])
def test_the_order_of_the_two_turns_the_sign_and_nothing_else(estimate):
    values = draw_three(np.random.default_rng(7), 60, 0.6, 0.2, 0.4)
    outcome, first, second = values.T
    one = one_contrast(estimate, outcome, first, second)
    other = one_contrast(estimate, outcome, second, first)
    assert one.estimate == -other.estimate
    assert one.standard_error == other.standard_error
    assert one.p_value == other.p_value
    assert one.p_within(0.1) == other.p_within(0.1)
    assert one.p_above() == pytest.approx(other.p_below())


@pytest.mark.parametrize("estimate", [spearman_estimates, pearson_estimates])
def test_the_same_signal_twice_has_no_error_and_no_p_value(estimate):
    outcome, first, _ = draw_three(
        np.random.default_rng(8), 50, 0.5, 0.5, 0.5
    ).T
    contrast = one_contrast(estimate, outcome, first, 3 * first + 1)
    assert contrast.estimate == pytest.approx(0, abs=1e-12)
    assert np.isnan([contrast.standard_error, contrast.p_value]).all()
    assert np.isnan([contrast.p_within(0.05), contrast.ci_low]).all()


def test_one_row_apart_among_many_is_more_than_rounding():
    row_count = 100_000
    generator = np.random.default_rng(9)
    first = np.arange(row_count, dtype=np.float64)
    outcome = first + generator.normal(0, row_count, row_count)
    second = first.copy()
    second[[500, 501]] = second[[501, 500]]
    for estimate in (spearman_estimates, pearson_estimates):
        contrast = one_contrast(estimate, outcome, first, second)
        assert 0 < contrast.standard_error < 1e-8


def test_degrees_of_freedom_follow_the_rows():
    influence = np.eye(12)[0] - np.eye(12)[1]
    contrast = from_influence(0.3, influence, 0.95)
    assert contrast.degrees_of_freedom == 10
    expected = np.sqrt(2) / 12 * np.sqrt(12 / 9)
    assert contrast.standard_error == pytest.approx(expected)


def test_owners_of_many_domains_count_once():
    # Twelve domains of four owners: sums by owner, g / (g - 1), t(g - 1).
    influence = np.random.default_rng(2).normal(size=12)
    owners = np.repeat(np.arange(4), 3)
    contrast = from_influence(0.3, influence, 0.95, clusters=owners)
    sums = influence.reshape(4, 3).sum(axis=1)
    expected = np.sqrt(4 / 3 * np.sum(sums**2)) / 12
    assert contrast.standard_error == pytest.approx(expected)
    assert contrast.degrees_of_freedom == 3


def test_few_rows_that_make_an_error_are_few_degrees_of_freedom():
    generator = np.random.default_rng(8)
    even = generator.normal(size=100_000)

    def worth(influence, clusters=None):
        sums = cluster_sums(influence[:, np.newaxis], clusters)
        return float(effective_degrees(sums, 1e6)[0])

    assert worth(even) == pytest.approx(100_000, rel=0.05)
    giants = np.append(even[:1000] / 100, [3.0, -3.0, 3.0])
    assert worth(giants) < 7
    # As many rows, each five times: the owners are what counts.
    owners = np.repeat(np.arange(1003), 5)
    fivefold = np.repeat(giants, 5)
    assert worth(fivefold, owners) == pytest.approx(worth(giants))


@pytest.mark.parametrize("size", [0.0, 0.1, 0.3])
def test_squares_that_are_all_alike_keep_every_degree_of_freedom(size):
    # Rounding must not make their scatter negative.
    sums = np.where(np.arange(30) % 2, size, -size)[:, np.newaxis]
    assert effective_degrees(sums, 28.0) == pytest.approx([28.0])
