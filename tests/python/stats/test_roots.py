"""Brent's method: the same number as scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.estimators.roots import find_root
from scipy.optimize import brentq

FUNCTIONS = {
    "cubic": lambda x, a, b: a * x**3 + b * x + b,
    "exponential": lambda x, a, b: np.exp(x / 20) - abs(a) - abs(b),
    "curved": lambda x, a, b: np.tanh(a * x) + b / 10,
    "step": lambda x, a, b: float(x > b) - 0.5,
    "flat": lambda x, a, b: (x - b) ** 3,
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_roots_are_those_of_scipy_to_the_last_bit(name):
    generator = np.random.default_rng(20251001)
    compared = 0
    for _ in range(400):
        a, b, low, high = generator.normal(size=4) * [1, 1, 30, 30]
        tolerance = float(10 ** generator.uniform(-12, -1))

        def function(x, a=a, b=b):
            return float(FUNCTIONS[name](x, a, b))

        if function(low) * function(high) < 0:
            found = find_root(function, low, high, tolerance)
            assert found == brentq(
                function, low, high, xtol=tolerance, disp=False
            )
            compared += 1
    assert compared > 20


def test_a_root_at_an_end_is_found():
    assert find_root(lambda x: x - 2.0, 2.0, 5.0, 1e-9) == 2.0
    assert find_root(lambda x: x - 5.0, 2.0, 5.0, 1e-9) == 5.0


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_ends_of_one_sign_have_no_root(value):
    with pytest.raises(ValueError, match="no two signs"):
        find_root(lambda x: value, 0.0, 1.0, 1e-9)
