from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.differences import (
    Relation,
    relation,
    rows_for_power,
    smallest_certified_margin,
)
from scipy.stats import norm, t

MARGIN = 0.05


def contrast(difference, error, degrees=998.0, n=1000):
    return Estimate(n=n, estimate=difference).with_error(
        error, degrees, 0.95, "influence_t"
    )


def relation_of(one):
    return relation(one.p_value, one.p_within(MARGIN), 0.05)


@pytest.mark.parametrize(
    ("difference", "error", "expected"),
    [
        (0.10, 0.02, Relation.DIFFERENT),
        (0.00, 0.01, Relation.EQUIVALENT),
        (-0.02, 0.005, Relation.DIFFERENT_BUT_NEGLIGIBLE),
        (0.03, 0.03, Relation.UNDECIDED),
        (0.03, np.nan, Relation.UNDECIDED),
    ],
)
def test_each_relation(difference, error, expected):
    assert relation_of(contrast(difference, error)) == expected


@given(
    difference=st.floats(-0.3, 0.3),
    error=st.floats(0.001, 0.2),
    degrees=st.floats(8, 1e5),
)
def test_the_relation_can_be_read_off_the_numbers(difference, error, degrees):
    one = contrast(difference, error, degrees)
    low, high = one.ci_low, one.ci_high
    inner = one.with_error(error, degrees, 0.90, "influence_t")
    inner_low, inner_high = inner.ci_low, inner.ci_high
    nearest = min(
        abs(low), abs(high), abs(inner_low + MARGIN), abs(inner_high - MARGIN)
    )
    if nearest < 1e-9:
        return
    is_different = not low <= 0 <= high
    is_equivalent = inner_low > -MARGIN and inner_high < MARGIN
    names = {
        (True, False): "different",
        (False, True): "equivalent",
        (True, True): "different_but_negligible",
        (False, False): "undecided",
    }
    assert relation_of(one) == names[is_different, is_equivalent]
    certified = smallest_certified_margin(one, 0.05)
    assert certified == pytest.approx(max(-inner_low, inner_high))
    assert (certified < MARGIN) == is_equivalent


def test_smallest_certified_margin_by_hand():
    found = smallest_certified_margin(contrast(-0.02, 0.01, 40), 0.05)
    assert found == pytest.approx(0.02 + t.ppf(0.95, 40) * 0.01)


def test_rows_for_power_by_hand():
    # 1,000 (.02 x 2.926405 / .05)^2 = 1370.2, with z.95 + z.90 = 2.926405.
    assert norm.ppf(0.95) + norm.ppf(0.90) == pytest.approx(2.926, abs=5e-4)
    assert rows_for_power(contrast(0.3, 0.02), MARGIN, 0.05) == 1371


@pytest.mark.parametrize(("share", "expected"), [(0.99, True), (1.01, False)])
def test_what_can_be_certified_has_the_power(share, expected):
    # Power of the two one-sided tests at d = 0, by the normal law:
    # 2 Phi(margin / SE - z.95) - 1; .80 at margin / SE = 2.926.
    error = share * MARGIN / 2.926405
    power = 2 * norm.cdf(MARGIN / error - norm.ppf(0.95)) - 1
    assert (power > 0.80) == expected
    rows = rows_for_power(contrast(0.0, error), MARGIN, 0.05)
    assert (rows <= 1000) == expected
