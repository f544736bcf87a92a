from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.bootstrap import resample_pearson, resample_spearman
from linksignal.stats.contrasts.estimator import (
    Contrast,
    difference_of,
    independent_difference,
)
from linksignal.stats.contrasts.influences import (
    PairEstimates,
    pearson_estimates,
    spearman_estimates,
)
from scipy.stats import pearsonr, spearmanr, ttest_1samp, ttest_ind
from statsmodels.stats.weightstats import DescrStatsW

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
    low, high = contrast.interval(0.95)
    found = [
        contrast.difference,
        contrast.standard_error,
        low,
        high,
        contrast.two_sided_p(),
        contrast.equivalence_p(0.05),
    ]
    numbers = np.array(expected.split(), dtype=np.float64)
    assert np.concatenate(found) == pytest.approx(numbers, rel=1e-4)
    assert np.concatenate(found[:4]) == pytest.approx(numbers[:4], abs=1e-6)


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
    found = one_contrast(estimate, *values.T).standard_error[0]
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
    found = one_contrast(estimate, *values.T).standard_error[0]
    assert found == pytest.approx(error, rel=0.05)


def test_tests_and_interval_are_those_of_students_law():
    # A mean is a difference with a known oracle: scipy's one-sample t test
    # and the two one-sided tests of statsmodels.
    sample = np.random.default_rng(4).normal(0.2, 1, 25)
    contrast = Contrast(
        np.array([sample.mean()]),
        np.array([sample.std(ddof=1) / 5]),
        np.array([24.0]),
    )
    plain = ttest_1samp(sample, 0)
    above = ttest_1samp(sample, 0.1, alternative="greater")
    below = ttest_1samp(sample, 0.1, alternative="less")
    tost = DescrStatsW(sample).ttost_mean(-0.5, 0.5)[0]
    assert contrast.two_sided_p()[0] == pytest.approx(plain.pvalue)
    assert contrast.one_sided_p(0.1, "above")[0] == pytest.approx(above.pvalue)
    assert contrast.one_sided_p(0.1, "below")[0] == pytest.approx(below.pvalue)
    assert contrast.equivalence_p(0.5)[0] == pytest.approx(tost)
    interval = plain.confidence_interval(0.9)
    assert np.concatenate(contrast.interval(0.9)) == pytest.approx(
        [interval.low, interval.high]
    )


def test_a_difference_of_disjoint_samples_is_welchs():
    generator = np.random.default_rng(5)
    samples = generator.normal(0.4, 1, 12), generator.normal(0, 3, 30)
    means = [
        Contrast(
            np.array([sample.mean()]),
            np.array([sample.std(ddof=1) / np.sqrt(len(sample))]),
            np.array([len(sample) - 1.0]),
        )
        for sample in samples
    ]
    found = independent_difference(*means)
    expected = ttest_ind(*samples, equal_var=False)
    assert found.degrees_of_freedom[0] == pytest.approx(expected.df)
    assert found.two_sided_p()[0] == pytest.approx(expected.pvalue)
    interval = expected.confidence_interval()
    assert np.concatenate(found.interval(0.95)) == pytest.approx(
        [interval.low, interval.high]
    )


def test_many_contrasts_at_once_are_the_single_ones():
    generator = np.random.default_rng(6)
    values = np.hstack(
        [draw_three(generator, 90, 0.5, 0.3, 0.6) for _ in range(2)]
    )
    pairs = np.array([[0, 1], [0, 2], [0, 4], [3, 4], [3, 5]])
    first, second = np.array([0, 2, 3, 1]), np.array([1, 0, 4, 0])
    for estimate in (spearman_estimates, pearson_estimates):
        together = difference_of(estimate(values, pairs), first, second)
        for at, chosen in enumerate(zip(first, second, strict=True)):
            alone = difference_of(
                estimate(values, pairs[list(chosen)]),
                np.array([0]),
                np.array([1]),
            )
            for name in ("difference", "standard_error", "degrees_of_freedom"):
                expected = getattr(alone, name)[0]
                assert getattr(together, name)[at] == pytest.approx(expected)


@pytest.mark.parametrize("estimate", [spearman_estimates, pearson_estimates])
def test_the_order_of_the_two_turns_the_sign_and_nothing_else(estimate):
    values = draw_three(np.random.default_rng(7), 60, 0.6, 0.2, 0.4)
    outcome, first, second = values.T
    one = one_contrast(estimate, outcome, first, second)
    other = one_contrast(estimate, outcome, second, first)
    assert one.difference == -other.difference
    assert one.standard_error == other.standard_error
    assert one.two_sided_p() == other.two_sided_p()
    assert one.equivalence_p(0.1) == other.equivalence_p(0.1)
    above, below = one.one_sided_p(0, "above"), other.one_sided_p(0, "below")
    assert above == below


@pytest.mark.parametrize("estimate", [spearman_estimates, pearson_estimates])
@pytest.mark.parametrize(
    "bend",
    [lambda first, outcome: 3 * first + 1, lambda first, outcome: outcome],
    ids=["the same signal twice", "a perfect correlation"],
)
def test_without_variation_there_is_no_error_and_no_p_value(estimate, bend):
    outcome, first, _ = draw_three(
        np.random.default_rng(8), 50, 0.5, 0.5, 0.5
    ).T
    contrast = one_contrast(estimate, outcome, first, bend(first, outcome))
    assert np.isfinite(contrast.difference).all()
    assert np.isnan(contrast.standard_error).all()
    assert np.isnan(contrast.two_sided_p()).all()
    assert np.isnan(contrast.equivalence_p(0.05)).all()
    assert np.isnan(contrast.interval(0.95)).all()


def test_one_row_apart_among_many_is_more_than_rounding():
    row_count = 100_000
    generator = np.random.default_rng(9)
    first = np.arange(row_count, dtype=np.float64)
    outcome = first + generator.normal(0, row_count, row_count)
    second = first.copy()
    second[[500, 501]] = second[[501, 500]]
    for estimate in (spearman_estimates, pearson_estimates):
        contrast = one_contrast(estimate, outcome, first, second)
        assert 0 < contrast.standard_error[0] < 1e-8


def test_degrees_of_freedom_follow_the_rows():
    estimates = PairEstimates(np.array([0.5, 0.2]), np.eye(12)[:, :2])
    contrast = difference_of(estimates, np.array([0]), np.array([1]))
    assert contrast.degrees_of_freedom[0] == 10
    expected = np.sqrt(2) / 12 * np.sqrt(12 / 9)
    assert contrast.standard_error[0] == pytest.approx(expected)
