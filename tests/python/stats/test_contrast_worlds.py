"""Planted studies: contrasts at equal thickness hold their level of 5 %.

In short form: 40 studies of 300 domains, all pairs of a kind together. The
bound is 5 % and two Monte-Carlo errors of as many studies. 150 and 100
studies of 300 and 1,000 domains stand in docs/decisions.md.
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd
import pytest

from .contrast_worlds import (
    image_world,
    kind_contrasts,
    platform_contrasts,
    volume_world,
)

STUDIES = 40
ROW_COUNT = 300
BOUND = 0.05 + 2 * np.sqrt(0.05 * 0.95 / STUDIES)
AT_EQUAL_THICKNESS = ("spearman_thinned", "slope")


def rejections(draw, contrasts, studies=STUDIES) -> pd.DataFrame:
    """Which contrasts of each study are found different at 5 %."""
    generator = np.random.default_rng(3)
    found = []
    for number in range(studies):
        rows = contrasts(draw(ROW_COUNT, generator)).reset_index()
        found.append(rows[rows["status"] == "ok"].assign(study=number))
    rows = pd.concat(found, ignore_index=True)
    return rows.assign(is_rejected=rows["p_value"] <= 0.05)


def shares(rows: pd.DataFrame, *keys: str) -> pd.Series:
    """Share of rejections, by method or another key."""
    return rows.groupby(list(keys))["is_rejected"].mean()


@pytest.mark.parametrize(
    "world",
    [
        volume_world,
        partial(volume_world, law="threshold", frailty="mild"),
        partial(
            volume_world,
            frailty="giants",
            volumes=(20, 0.03, 2.5, 2.5, 0.03),
        ),
        partial(volume_world, brand_size=3),
    ],
    ids=["volumes", "threshold", "giants and zeros", "brands"],
)
def test_platforms_of_one_law_differ_by_volume_alone(world):
    rows = rejections(world, platform_contrasts)
    found = shares(rows, "method")
    for method in AT_EQUAL_THICKNESS:
        assert found[method] < BOUND


def test_plain_correlations_take_a_thin_platform_for_another_law():
    world = partial(volume_world, frailty="mild")
    rows = rejections(world, platform_contrasts)
    thick = rows["platform_a"].eq("chatgpt")
    thin = rows["platform_b"].isin(["chatgpt_search", "perplexity"])
    found = shares(rows[thick & thin], "method")
    assert found["spearman"] > 2 * BOUND
    means = rows[thick & thin].groupby("method")[["estimate_a", "estimate_b"]]
    gap = means.mean().diff(axis=1)["estimate_b"].abs()
    assert gap["spearman"] > 0.1
    assert gap["spearman_thinned"] < 0.02
    assert gap["slope"] < 0.03


def test_brands_without_their_owner_would_be_found_different_too_often():
    def forget(row_count, generator):
        found = volume_world(row_count, generator, brand_size=3)
        return found.drop(columns="cluster")

    rows = rejections(forget, platform_contrasts)
    found = shares(rows, "method")
    for method in AT_EQUAL_THICKNESS:
        assert found[method] > BOUND


def test_other_slopes_are_found():
    world = partial(volume_world, slopes=(0.9, 0.2, 0.2, 0.2, 0.2))
    rows = rejections(world, platform_contrasts, studies=20)
    found = shares(rows[rows["platform_a"].eq("chatgpt")], "method")
    assert found["slope"] > 0.8
    assert found["spearman_thinned"] > 0.6


@pytest.mark.parametrize("law", ["links", "curve"])
def test_image_links_dealt_out_at_random_are_like_text_links(law):
    rows = rejections(partial(image_world, law=law), kind_contrasts)
    rows = rows[rows["signal_a"].isin(["image_links", "nofollow_links"])]
    found = shares(rows[rows["domain_set"] == "all"], "method", "signal_a")
    for method in ("spearman_thinned", "composition"):
        assert (found[method] < BOUND).all()
    if law == "links":
        assert found["spearman", "image_links"] > 2 * BOUND


def test_image_links_that_matter_are_found():
    world = partial(image_world, lean=0.5, image_share=0.2)
    rows = rejections(world, kind_contrasts, studies=20)
    image = rows["signal_a"].eq("image_links") & rows["domain_set"].eq("all")
    assert shares(rows[image], "method")["composition"] > 0.6
    assert (
        rows[image & rows["method"].eq("composition")]["difference"] > 0
    ).mean() > 0.9
