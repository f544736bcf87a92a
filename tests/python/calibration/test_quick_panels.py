"""The quick form of the calibration of orders of gains."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from calibration.cells import Effort, panel_cells
from calibration.figures import Place, share_of
from calibration.panel_page import panel_page
from calibration.panels import (
    SCEPTICAL,
    Order,
    panel_figures,
    planted_panel,
    sceptical_panel,
    verdict_of,
)
from linksignal.simulate import PANEL_DIRECTIONS

SIZE = (300, 6)


def verdicts(draw, draws, seed=1):
    generator = np.random.default_rng(seed)
    return Counter(verdict_of(draw(generator)) for _ in range(draws))


def test_a_forward_effect_is_found():
    order = Order("forward")
    told = verdicts(lambda rng: planted_panel(order, SIZE, rng), 30)
    assert told["links_first"] >= 24 and not told["mentions_first"]


@pytest.mark.parametrize("gain", [0.15, 0.3])
def test_a_reverse_effect_is_never_taken_for_links_first(gain):
    order = Order("reverse", gain)
    told = verdicts(lambda rng: planted_panel(order, SIZE, rng), 40)
    assert not told["links_first"] and told["mentions_first"] >= 16


def test_a_common_shock_is_together_and_no_order():
    order = Order("common_shock")
    told = verdicts(lambda rng: planted_panel(order, SIZE, rng), 40)
    assert told["together"] >= 30 and told["links_first"] <= 5


def test_without_an_effect_none_is_told():
    order = Order("none")
    told = verdicts(lambda rng: planted_panel(order, SIZE, rng), 40)
    assert told["cannot_tell"] >= 32
    assert told["links_first"] + told["mentions_first"] <= 6


@pytest.mark.parametrize("world", SCEPTICAL)
def test_no_order_is_told_in_a_worse_world_without_one(world):
    told = verdicts(lambda rng: sceptical_panel(world, SIZE, rng), 20)
    assert told["links_first"] + told["mentions_first"] <= 4


def test_seasons_pass_for_an_order_where_categories_are_unknown():
    def draw(rng):
        drawn = sceptical_panel("seasons of categories", SIZE, rng)
        return type(drawn)(drawn.links, drawn.mentions)

    known = verdicts(
        lambda rng: sceptical_panel("seasons of categories", SIZE, rng), 40
    )
    assert verdicts(draw, 40)["cannot_tell"] < known["cannot_tell"] / 2


def test_cells_of_panels_have_names_of_their_own_and_count_all_verdicts():
    cells = panel_cells(Effort(panel=3))
    assert len({cell.name for cell in cells}) == len(cells)
    assert all(
        any(f"panel, {name}" in cell.name for cell in cells)
        for name in (*PANEL_DIRECTIONS, *SCEPTICAL)
    )
    figures = panel_figures(Order("none"), (40, 6), 3, np.random.default_rng(1))
    assert sum(figure.share for figure in figures[:4]) == pytest.approx(1)
    assert figures[0].share + figures[1].share == pytest.approx(
        figures[-1].share
    )


def test_the_page_names_what_lies_beyond_its_limit():
    place = Place("reverse, 16 % a doubling", 300, "6")
    told = {"links_first": 1, "mentions_first": 80, "together": 19}
    figures = [
        share_of(
            name,
            place,
            [True] * told.get(name, 0) + [False] * (100 - told.get(name, 0)),
            Order("reverse").bounds.get(name),
        )
        for name in (*told, "cannot_tell")
    ]
    page = panel_page({"cell": figures}, seed=1)
    said = " ".join(page.split())
    assert "Of 1 figures 0 keep their limits. Beyond: reverse, 16 %" in said
    assert "links_first in 1.0 %." in said
    assert "| 300 | 6 | 100 | 1.0 * | 80.0 | 19.0 | 0.0 |" in page
