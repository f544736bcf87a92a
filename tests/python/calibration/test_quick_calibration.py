"""The quick form of the calibration: its cells, with few samples.

The bounds are those of the full form, widened by 3.3 binomial standard errors
of the samples drawn here: one figure in 2,000 leaves them by chance, were it
at the bound. Seeds are fixed.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from calibration.cells import (
    Effort,
    all_cells,
    joint_cells,
    single_p_cells,
)
from calibration.equivalence import level_figures
from calibration.kinks import kink_figures
from linksignal.stats.estimators.kink import POWER_NOTE

ERRORS = 3.3
EFFORT = Effort(target_rows=100_000)
CELLS = {cell.name: cell for cell in all_cells(EFFORT)}

# Cells, and samples of each. Smaller samples of contrasts are too cautious.
QUICK = {
    "coverage, score, common mentions, n = 30": 200,
    "coverage, links, sparse mentions, n = 100": 200,
    "family, none, n = 30": 100,
    "family, two of five platforms null, n = 30": 100,
    "signal_contrasts, links, common mentions, (0.0, 0.3, 0.6, 0.9), "
    "n = 100": 300,
    "platform_contrasts, platforms alike, (0.0, 0.3), n = 100": 300,
    "equivalence, power, spread 0.2, n = 300": 200,
}


def outside(figures):
    return [figure for figure in figures if not figure.is_inside(ERRORS)]


@pytest.mark.parametrize("name", QUICK)
def test_every_figure_keeps_its_bound(name):
    figures = replace(CELLS[name], draws=QUICK[name]).run(seed=1)
    assert any(figure.bound is not None for figure in figures)
    assert outside(figures) == []


def test_single_p_values_reject_about_as_often_as_their_level():
    # 2,000 studies, 200 of them by permutation. Ranks of few domains reject
    # too seldom: at n = 100 all keep the bounds of the page.
    (cell,) = (
        cell
        for cell in single_p_cells(EFFORT)
        if cell.name == "single p, n = 100, 60% zeros"
    )
    figures = replace(cell, draws=2_000).run(seed=1)
    assert len(figures) == 12
    assert {figure.draws for figure in figures} == {2_000, 200}
    assert outside(figures) == []


def test_raw_pearson_is_shown_to_cover_too_seldom():
    cell = CELLS["coverage, links, sparse mentions, n = 30"]
    figures = replace(cell, draws=400).run(seed=1)
    raw = [f for f in figures if f.quantity == "coverage, pearson"]
    assert len(raw) == 4
    assert all(figure.bound is None for figure in raw)
    assert min(figure.share for figure in raw) < 0.9


def test_a_difference_of_the_margin_is_called_equivalent_as_often_as_told():
    # At n = 300 the third difference, about .076, can be told from none: the
    # nominal 5 % is reached, from both sides. 300 samples: 0.8 to 9.2 %.
    figures = level_figures(300, 300, 100_000, np.random.default_rng(5))
    shares = [figure.share for figure in figures[2::4]]
    widening = ERRORS * np.sqrt(0.05 * 0.95 / 300)
    assert shares == pytest.approx([0.05, 0.05], abs=widening)


def test_the_kink_test_keeps_its_level_on_a_smooth_law():
    # 60 studies: 0 to 6.5 + 10.5 = 17 %, with 99 bootstrap draws.
    name = "smooth, mean 3, theta 0.25; 0.6"
    work = partial(kink_figures, name, bootstrap_draws=99)
    figures = work(60, np.random.default_rng(7))
    assert outside(figures) == []


@pytest.mark.parametrize(
    ("name", "power"),
    [
        ("+0.12 per point from 60, mean 3, theta 0.25; ", 0.40),
        ("+0.12 per point from 60, mean 8, theta 0.9; ", 0.96),
    ],
)
def test_a_threshold_is_found_as_often_as_the_note_says(name, power):
    # 40 studies: 40 % +- 26 points, 96 % +- 9.
    work = partial(kink_figures, name, bootstrap_draws=99)
    (figure,) = work(40, np.random.default_rng(8))
    widening = ERRORS * np.sqrt(power * (1 - power) / 40)
    assert figure.share == pytest.approx(power, abs=widening)
    assert f"{power:.0%}".replace("%", " %") in POWER_NOTE


@pytest.mark.parametrize(
    "name",
    [
        "ratios, common mentions, n = 300",
        "ratios, three country domains a brand, n = 300",
        "gauges, nothing matters, n = 300",
        "gauges, authority is the better gauge, n = 1000",
    ],
)
def test_joint_models_keep_their_bounds(name):
    (cell,) = (cell for cell in joint_cells(EFFORT) if cell.name == name)
    draws = 200 if name.startswith("ratios") else 20
    figures = replace(cell, draws=draws).run(seed=1)
    assert any(figure.bound is not None for figure in figures)
    assert outside(figures) == []


def test_where_one_signal_acts_it_has_the_largest_share():
    (cell,) = (
        cell
        for cell in joint_cells(EFFORT)
        if cell.name == "gauges, log-linear, n = 300"
    )
    by_quantity = {
        figure.quantity: figure.share
        for figure in replace(cell, draws=20).run(seed=1)
    }
    assert by_quantity["largest share is of the best gauge"] == 1
    assert by_quantity["wrong gauge named"] == 0
