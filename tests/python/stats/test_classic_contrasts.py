from __future__ import annotations

import numpy as np
import pytest
from calibration.pairs import pearson_estimates
from scipy.stats import norm

from .classic_contrasts import meng_p, steiger_p, zou_interval
from .contrast_samples import draw_three, one_contrast


def arrays(*correlations):
    return [np.array([value], dtype=np.float64) for value in correlations]


def z_of(p_values):
    return norm.isf(p_values[0] / 2)


def test_zou_published():
    # Zou (2007), Psychological Methods 12, p. 409: n = 66, (-.093, .517).
    low, high = zou_interval(*arrays(0.396, 0.179, 0.088), 66, 0.95)
    assert (low[0], high[0]) == pytest.approx((-0.093, 0.517), abs=5e-4)


def test_zou_without_dependence_adds_the_single_intervals_by_hand():
    low, high = zou_interval(*arrays(0.0, 0.0, 0.0), 100, 0.95)
    reach = np.tanh(norm.ppf(0.975) / np.sqrt(97)) * np.sqrt(2)
    assert (low[0], high[0]) == pytest.approx((-reach, reach))


def test_under_a_normal_law_all_agree_with_the_influence_function():
    # An influence standard error of 4,000 normal rows has itself an error
    # of about 1 %; the three formulas part by terms of 1/n.
    values = np.log1p(
        draw_three(np.random.default_rng(1), 4000, 0.50, 0.45, 0.7)
    )
    contrast = one_contrast(pearson_estimates, *values.T)
    spread = np.corrcoef(values.T)
    correlations = arrays(spread[0, 1], spread[0, 2], spread[1, 2])
    expected = np.array([contrast.ci_low, contrast.ci_high])
    found = np.concatenate(zou_interval(*correlations, 4000, 0.95))
    reach = (expected[1] - expected[0]) / 2
    assert found == pytest.approx(expected, abs=0.05 * reach)
    z = contrast.estimate / contrast.standard_error
    assert z_of(meng_p(*correlations, 4000)) == pytest.approx(z, rel=0.05)
    assert z_of(steiger_p(*correlations, 4000)) == pytest.approx(z, rel=0.05)


@pytest.mark.parametrize(
    ("first", "second", "between", "row_count", "z", "digits"),
    [
        # Meng, Rosenthal & Rubin (1992), Psychological Bulletin 111, p. 173.
        (0.63, -0.03, -0.19, 15, 1.68, 2),
        # May & Hittner (1997), Psychological Reports 80, 475-480.
        (0.5, 0.2, 0.0, 50, 1.62, 2),
        (0.5, 0.2, 0.4, 50, 2.06, 2),
        (0.5, 0.2, 0.8, 50, 3.50, 2),
        (0.7, 0.4, 0.3, 50, 2.32, 2),
        (0.7, 0.4, 0.8, 50, 4.05, 2),
        # Silver, Hittner & May (2006), Applied Psychological Measurement 30,
        # 152-153, program depcor.
        (0.3, 0.4, 0.5, 100, 1.0707, 4),
    ],
)
def test_meng_published(first, second, between, row_count, z, digits):
    found = z_of(meng_p(*arrays(first, second, between), row_count))
    assert round(found, digits) == z


@pytest.mark.parametrize(
    ("first", "second", "between", "row_count", "z", "p_value"),
    [
        (0.4, 0.5, 0.1, 103, -0.888718469956, 0.374154402172),
        (0.3, 0.4, 0.5, 100, -1.071816870184, 0.283802294206),
        (0.509, 0.504, 0.95, 1000, 0.581532131185, 0.560881869324),
        (-0.3, 0.2, 0.6, 50, -3.92241063312, 8.76674143806e-05),
        (0.538, 0.472, 0.8, 1000, 3.889168981944, 0.000100588063941),
    ],
)
def test_steiger_agrees_with_r(first, second, between, row_count, z, p_value):
    # library(psych)  # 2.2.9; its test of two correlations without a common
    # # variable, with the common one given twice and the mean pooled before
    # steiger <- function(n, a, b, k) { m <- (a + b) / 2
    #   r.test(n = n, r12 = a, r34 = b, r23 = m, r13 = 1, r14 = m, r24 = k) }
    # steiger(103, .4, .5, .1)[c("z", "p")]
    found = steiger_p(*arrays(first, second, between), row_count)
    assert found[0] == pytest.approx(p_value, rel=1e-9)
    assert z_of(found) == pytest.approx(abs(z), rel=1e-9)


def test_steiger_published():
    # Silver, Hittner & May (2006), as above: -1.0718, p = .2838. Steiger
    # (1980, p. 249) prints -.8913 for his case A, from rounded figures.
    found = steiger_p(*arrays(0.3, 0.4, 0.5), 100)
    assert (round(z_of(found), 4), round(found[0], 4)) == (1.0718, 0.2838)
    paper = z_of(steiger_p(*arrays(0.4, 0.5, 0.1), 103))
    assert paper == pytest.approx(0.8913, abs=0.003)


@pytest.mark.parametrize(
    ("first", "second", "between", "row_count", "p_value"),
    [
        (0.4, 0.5, 0.1, 103, 0.374918517491),
        (0.509, 0.504, 0.95, 1000, 0.560949406884),
        (0.538, 0.472, 0.8, 1000, 9.67771855003e-05),
    ],
)
def test_both_are_close_to_williams_t_of_r(
    first, second, between, row_count, p_value
):
    # library(psych); r.test(n = 103, r12 = .4, r13 = .5, r23 = .1)$p
    correlations = arrays(first, second, between)
    for test in (meng_p, steiger_p):
        found = test(*correlations, row_count)[0]
        assert found == pytest.approx(p_value, rel=0.06)


def test_the_order_of_the_two_turns_the_interval_and_keeps_p():
    correlations = arrays(0.5, -0.2, 0.3)
    swapped = [correlations[1], correlations[0], correlations[2]]
    low, high = zou_interval(*correlations, 40, 0.9)
    turned_low, turned_high = zou_interval(*swapped, 40, 0.9)
    assert turned_low == pytest.approx(-high)
    assert turned_high == pytest.approx(-low)
    assert meng_p(*correlations, 40) == meng_p(*swapped, 40)
    assert steiger_p(*correlations, 40) == steiger_p(*swapped, 40)


@pytest.mark.parametrize("between", [0.5, 1.0])
@pytest.mark.parametrize("first", [1.0, -1.0, 0.5])
def test_a_perfect_correlation_has_no_p_value(first, between):
    if (abs(first), between) == (0.5, 0.5):
        return
    correlations = arrays(first, 0.5, between)
    assert np.isnan(meng_p(*correlations, 50)).all()
    assert np.isnan(steiger_p(*correlations, 50)).all()
    is_undefined = np.isnan(zou_interval(*correlations, 50, 0.95)).all()
    assert is_undefined == (abs(first) == 1)
