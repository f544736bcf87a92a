"""Fits where R converges, on counts that are hard to fit.

library(MASS); library(pscl)
i <- 0:599; s <- i %% 60 + 1; u <- ((i * 7919) %% 1009 + 0.5) / 1009
q <- function(mean, size)
  qnbinom(u, size, mu = mean * exp(0.03 * s) / 2.7)
y <- list(zeros = q(0.15, 0.2),
  giants = replace(q(3, 1), c(102, 203, 304), 5000),
  poisson = qpois(u, 3 * exp(0.03 * s) / 2.7), series = q(1, 1 / 12),
  huge = 1e7 * q(3, 1), few = q(4, 1)[1:24],
  under = qbinom(u, 5, 0.2 + s / 100))
d <- data.frame(y = y[[k]], s = s[seq_along(y[[k]])] / 10)
m <- glm(y ~ s, poisson, d); then 300 times
  th <- theta.mm(d$y, fitted(m), df.residual(m), limit = 500, eps = 1e-14)
  m <- glm(y ~ s, negative.binomial(th), d, start = coef(m),
           control = list(epsilon = 1e-14, maxit = 100))
(not for `under`, whose chi-square is below its freedom)
h <- hurdle(y ~ s, d, dist = "negbin",
            control = hurdle.control(reltol = 1e-15, maxit = 20000))
coef(m)[2], 1 / th, h$coefficients$count[2]
"""

from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.estimators.negative_binomial import (
    fit_negative_binomial,
)
from linksignal.stats.estimators.score_groups import group_rows, known_pairs
from linksignal.stats.estimators.smooth_law import fit_sample, smooth_terms
from linksignal.stats.estimators.tiers import log_mean_slope
from linksignal.stats.estimators.two_part import how_many_slope
from linksignal.stats.rules import Status
from scipy.stats import binom, nbinom, poisson

from .samples import CI_LEVEL

ROWS = np.arange(600)
SCORES = ROWS % 60 + 1.0
PLACES = (ROWS * 7919 % 1009 + 0.5) / 1009


def drawn(mean, size):
    means = mean * np.exp(0.03 * SCORES) / 2.7
    return nbinom.ppf(PLACES, size, size / (size + means))


def with_giants():
    counts = drawn(3, 1)
    counts[[101, 202, 303]] = 5000
    return counts


COUNTS = {
    "zeros": drawn(0.15, 0.2),
    "giants": with_giants(),
    "poisson": poisson.ppf(PLACES, 3 * np.exp(0.03 * SCORES) / 2.7),
    "series": drawn(1, 1 / 12),
    "huge": 1e7 * drawn(3, 1),
    "few": drawn(4, 1)[:24],
    "under": binom.ppf(PLACES, 5, 0.2 + SCORES / 100),
}

# Slope, alpha, and slope among the mentioned.
R_FIGURES = {
    "zeros": (0.2595647246, 4.432951627, 0.2654926766),
    "giants": (-0.2187114117, 159.4039113, -0.4259605547),
    "poisson": (0.3023173643, 0.002550622501, 0.2996546906),
    "series": (0.3326117924, 11.49845676, 0.3004269416),
    "huge": (0.309184091, 1.424890926, 0.2238833066),
    "few": (0.4787365591, 0.7098102078, 0.5531373488),
    "under": (0.2045055612, 0.0, 0.2181496096),
}


@pytest.mark.parametrize("name", COUNTS)
def test_fits_agree_with_r(name):
    counts = COUNTS[name]
    sample = known_pairs(SCORES[: len(counts)], counts)
    slope, alpha, how_many = R_FIGURES[name]
    found = log_mean_slope(sample, CI_LEVEL).estimate
    assert found.status is Status.OK
    assert found.estimate == pytest.approx(slope, abs=1e-6)
    groups = group_rows(sample.scores)
    design = np.column_stack([np.ones(len(groups.scores)), groups.scores])
    fit = fit_negative_binomial(design, groups, groups.sums(counts))
    assert fit.is_converged.all()
    assert fit.alpha[0] == pytest.approx(alpha, rel=1e-4, abs=1e-6)
    many = how_many_slope(sample, CI_LEVEL)
    assert many.status is Status.OK
    # R stops near the limits of the law, alpha 0 and infinite, not at them.
    assert many.estimate == pytest.approx(how_many, abs=2e-4)
    assert many.ci_low < many.estimate < many.ci_high


@pytest.mark.parametrize("seed", range(5))
def test_counts_that_are_nearly_all_zero_have_a_smooth_law(seed):
    # 96 % zeros, none at all up to a score of 20, where the means run off.
    generator = np.random.default_rng(seed)
    scores = np.round(100 * generator.beta(1.5, 3.4, 3000))
    counts = generator.negative_binomial(0.3, 0.5, 3000) * (scores > 20)
    counts[generator.random(3000) < 0.8] = 0
    sample = fit_sample(known_pairs(scores, counts * 1.0), smooth_terms)
    assert np.mean(counts == 0) > 0.94
    assert sample.null.is_converged


def test_an_alpha_that_does_not_settle_is_searched():
    # The chi-square of the best fit is due at one alpha alone.
    generator = np.random.default_rng(5)
    scores = np.round(100 * generator.beta(1.5, 3.4, 600))
    counts = np.where(scores > 55, generator.poisson(9, 600), 0)
    counts[np.argmax(scores < 20)] = 1
    groups = group_rows(scores)
    design = np.column_stack([np.ones(len(groups.scores)), groups.scores / 10])
    fit = fit_negative_binomial(design, groups, groups.sums(counts * 1.0))
    assert fit.is_converged.all()
    means = fit.means[0][groups.group_of_row]
    variance = means + fit.alpha[0] * means**2
    assert ((counts - means) ** 2 / variance).sum() == pytest.approx(
        598, rel=1e-6
    )


def test_scores_below_which_nothing_is_mentioned_do_not_stop_the_fit():
    # Nobody of the lower half is mentioned, 98 % in all are not, and the log
    # mean there runs off by thousands.
    generator = np.random.default_rng(1)
    scores = np.round(100 * generator.beta(2, 2, 9000))
    means = np.where(scores > 52, np.exp((scores - 90) / 4), 0)
    counts = generator.poisson(means * generator.gamma(0.1, 10, 9000))
    sample = fit_sample(known_pairs(scores, counts * 1.0), smooth_terms)
    assert np.mean(counts == 0) > 0.96
    assert sample.null.is_converged
