"""Slopes of log means and their errors, against R and statsmodels."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from linksignal.stats.estimate import from_influence
from linksignal.stats.estimators.poisson import fit_log_means

from .samples import mtcars


def fit(counts, *columns):
    design = np.column_stack([np.ones(len(counts)), *columns])
    return fit_log_means(design, np.asarray(counts, dtype=np.float64))


def test_slopes_and_their_joint_errors_agree_with_r():
    # library(sandwich); options(digits = 12); n <- nrow(mtcars)
    # fits <- lapply(c("carb", "gear"), function(y)
    #   glm(reformulate("hp", y), poisson, mtcars, epsilon = 1e-14))
    # sapply(fits, function(f) coef(f)[2])
    # sapply(fits, function(f) sqrt(vcovHC(f, "HC3")[2, 2]))
    # psi <- function(f) (estfun(f) / (1 - hatvalues(f))) %*% bread(f)
    # d <- psi(fits[[1]])[, 2] - psi(fits[[2]])[, 2]
    # sqrt(sum(d^2)) / n
    # sqrt(3 / 2 * sum(rowsum(d, mtcars$cyl)^2)) / n
    fits = [fit(mtcars(name), mtcars("hp")) for name in ("carb", "gear")]
    slopes = [one.coefficients[1] for one in fits]
    assert slopes == pytest.approx([0.005517325734982, -0.000370355932606])
    # Our errors have the factor n / (n - 3) besides.
    factor = np.sqrt(32 / 29)
    influences = [one.influences[:, 1] for one in fits]
    errors = [from_influence(0.0, one, 0.95) for one in influences]
    single = np.array([0.000733168628115, 0.000915632352878])
    found = [one.standard_error for one in errors]
    assert found == pytest.approx(single * factor)
    difference = influences[0] - influences[1]
    joint = from_influence(0.0, difference, 0.95)
    assert joint.standard_error == pytest.approx(0.000948948198079 * factor)
    cylinders = np.array(list("66468684466888888444488884448684"))
    clusters = np.unique(cylinders, return_inverse=True)[1]
    joint = from_influence(0.0, difference, 0.95, clusters=clusters)
    assert joint.standard_error == pytest.approx(0.00148832220484)


def test_several_columns_agree_with_r():
    # f <- glm(carb ~ hp + gear + mpg, poisson, mtcars, epsilon = 1e-14)
    # coef(f); sqrt(diag(vcovHC(f, "HC3")))
    found = fit(mtcars("carb"), mtcars("hp"), mtcars("gear"), mtcars("mpg"))
    assert found.coefficients == pytest.approx(
        [0.664543990583, 0.00146591861824, 0.382523424557, -0.0676133988427]
    )
    errors = np.sqrt(np.sum(found.influences**2, axis=0)) / 32
    assert errors == pytest.approx(
        [0.328507320459, 0.00118644198386, 0.12934621723, 0.0180150242082]
    )


def test_a_platform_with_hardly_a_mention_and_a_few_giants_converges():
    generator = np.random.default_rng(1)
    x = generator.normal(size=5000)
    counts = generator.poisson(0.005 * np.exp(x)).astype(np.float64)
    assert np.mean(counts == 0) > 0.98
    counts[[10, 200, 3000]] = [1e3, 1e5, 1e7]
    found = fit(counts, x)
    oracle = sm.GLM(counts, sm.add_constant(x), sm.families.Poisson())
    expected = oracle.fit(tol=1e-14, maxiter=1000).params
    assert found.coefficients == pytest.approx(expected, rel=1e-6)


def test_slopes_do_not_depend_on_volume():
    generator = np.random.default_rng(2)
    x = generator.normal(size=300)
    counts = generator.poisson(np.exp(x / 2)).astype(np.float64)
    thin, thick = fit(counts, x), fit(1000 * counts, x)
    assert thick.coefficients[1] == pytest.approx(thin.coefficients[1])
    assert thick.influences[:, 1] == pytest.approx(thin.influences[:, 1])


@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_slopes_follow_the_unit(unit):
    generator = np.random.default_rng(3)
    x = generator.normal(size=200)
    counts = generator.poisson(np.exp(x)).astype(np.float64)
    found, other = fit(counts, x), fit(counts, unit * x)
    assert other.coefficients[1] * unit == pytest.approx(found.coefficients[1])


def test_where_the_counts_have_no_finite_fit_it_says_so():
    x = np.arange(40.0)
    only_at_the_end = np.where(x == 39, 5.0, 0.0)
    assert not fit(only_at_the_end, x).is_converged
    counts = np.random.default_rng(4).poisson(3, 40)
    assert fit(counts, x).is_converged
    assert not fit(counts, x, 2 * x + 1).is_converged


def test_rows_far_from_all_others_do_not_hold_up_the_fit():
    # Few events, and squares of a term with a long tail: means of the last
    # rows fall below 1e-100, which takes R some 30 steps.
    generator = np.random.default_rng(3)
    term = np.concatenate([generator.normal(size=3_000), [-9.0, -12.0, 25.0]])
    mean = np.exp(0.5 + 1.2 * term - 0.8 * term**2 - 2)
    counts = generator.poisson(mean).astype(float)
    found = fit(counts, term, term**2)
    assert found.is_converged
    fitted = np.exp(
        np.column_stack([np.ones(3_003), term, term**2]) @ found.coefficients
    )
    assert fitted.min() < 1e-100
    for column in (np.ones(3_003), term, term**2):
        assert column @ (counts - fitted) == pytest.approx(0, abs=1e-6)
