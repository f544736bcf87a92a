from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.estimators.leverage import (
    is_light_tailed,
    largest_leverage,
    tail_index,
)

from .samples import abc_estimate, draw_pair, mtcars


def test_leverage_and_tail_index_agree_with_r():
    # max(hatvalues(lm(mpg ~ hp, mtcars)))
    assert largest_leverage(mtcars("hp")) == pytest.approx(0.2745928813748)
    # s <- sort(abs(mtcars$hp - median(mtcars$hp)), decreasing = TRUE)
    # 1 / mean(log(s[1:5] / s[6]))
    assert tail_index(mtcars("hp")) == pytest.approx(2.528733743939)


@pytest.mark.parametrize("index", [1.5, 3.0])
def test_the_tail_index_of_a_pareto_law_is_found(index):
    # 300 of 90,000 rows: error 5.8 %. Taking the median off the values
    # leaves a bias downward that grows with the index.
    values = np.random.default_rng(1).pareto(index, size=90_000) + 1
    assert tail_index(values) == pytest.approx(index, rel=0.25)


@pytest.mark.parametrize(
    ("draw", "expected"),
    [
        (lambda g, n: g.normal(size=n), True),
        (lambda g, n: g.random(n), True),
        (lambda g, n: np.round(100 * g.beta(1.5, 3.4, n)), True),
        (lambda g, n: np.floor(np.exp(3.85 + 1.45 * g.normal(size=n))), False),
        (lambda g, n: draw_pair(g, n, 0.5)[1], False),
        (lambda g, n: g.standard_t(2, n), False),
        (lambda g, n: (g.random(n) < 0.02) * 1.0, False),
    ],
)
def test_light_and_heavy_tails_are_told_apart(draw, expected):
    generator = np.random.default_rng(2)
    found = [is_light_tailed(draw(generator, 1000)) for _ in range(40)]
    assert np.mean(np.array(found) == expected) >= 0.9


def test_one_row_that_carries_a_variable_is_enough():
    values = np.random.default_rng(2).random(1000)
    assert is_light_tailed(values)
    values[3] = 1e3
    assert not is_light_tailed(values)


def test_scale_place_and_sign_change_nothing():
    values = np.random.default_rng(2).normal(size=500)
    for changed in (values * 1e200, values + 5, -values):
        assert tail_index(changed) == pytest.approx(tail_index(values))
        assert largest_leverage(changed) == pytest.approx(
            largest_leverage(values)
        )


def test_a_tail_of_one_value_is_light_and_one_of_the_median_heavy():
    assert tail_index(np.repeat([0.0, 1.0], 50)) == np.inf
    assert tail_index(np.append(np.zeros(99), 1.0)) == 0.0


def test_the_rule_parts_intervals_that_cover_from_those_that_do_not():
    # n = 300, 120 draws: Monte-Carlo error up to .04.
    generator = np.random.default_rng(3)

    def coverage(draw):
        law = np.column_stack(draw(400_000))
        truth = np.corrcoef(law.T)[0, 1]
        covered, reliable = [], []
        for _ in range(120):
            pair = draw(300)
            found = abc_estimate(*pair)
            covered.append(found.ci_low <= truth <= found.ci_high)
            reliable.append(all(map(is_light_tailed, pair)))
        return np.mean(covered), np.mean(reliable)

    def light(size):
        pull = generator.normal(size=size)
        noise = generator.normal(size=(2, size))
        return 100 / (1 + np.exp(-pull - noise[0])), pull + noise[1]

    def heavy(size):
        return draw_pair(generator, size, 0.8)

    covered, reliable = coverage(light)
    assert (covered >= 0.9, reliable >= 0.9) == (True, True)
    covered, reliable = coverage(heavy)
    assert (covered <= 0.88, reliable <= 0.1) == (True, True)
