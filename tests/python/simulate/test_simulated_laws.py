"""Each law shows its planted truth on a large draw."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import pairwise, product

import numpy as np
import pandas as pd
import pytest
from linksignal.project import PROJECT_DIR
from linksignal.simulate import LAW_KINDS
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import planted
from linksignal.simulate.study import PLATFORMS

LOOKUPS = PROJECT_DIR / "seeds" / "lookups"
SIZE = 100_000
NOISE = 4 / np.sqrt(SIZE)  # four standard errors of a coefficient near zero


@cache
def _draw(kind: str) -> pd.DataFrame:
    return draw_features(planted(kind), SIZE, np.random.default_rng(11))


@cache
def _spearman(kind: str) -> pd.DataFrame:
    return _draw(kind).drop(columns="domain").rank().corr()


def _mentions(kind: str, signal: str, platform: str = "all") -> float:
    return float(_spearman(kind).loc[signal, f"ai_mentions_{platform}"])


def _drawn_signals() -> list[str]:
    """Signals that are a column; the others are made of these."""
    signals = pd.read_csv(LOOKUPS / "signals.csv")
    return list(signals[signals["expression"] == signals["signal"]]["signal"])


def test_features_are_signals_and_published_outcomes_by_their_names():
    published = pd.read_csv(LOOKUPS / "published_coefficients.csv")
    outcomes = set(published["outcome"])
    assert outcomes <= set(pd.read_csv(LOOKUPS / "outcomes.csv")["outcome"])
    platforms = pd.read_csv(LOOKUPS / "platforms.csv")
    studied = platforms[platforms["is_study_platform"]]["platform"]
    assert tuple(studied) == PLATFORMS
    pairs = product(outcomes, [*studied, "all"])
    expected = {"domain", *_drawn_signals(), *map("_".join, pairs)}
    frame = draw_features(planted("none"), 5, np.random.default_rng(1))
    assert set(frame.columns) == expected


def test_the_same_seed_gives_the_same_features():
    one, two = (
        draw_features(planted("smooth"), 100, np.random.default_rng(4))
        for _ in range(2)
    )
    pd.testing.assert_frame_equal(one, two)


@pytest.mark.parametrize("kind", LAW_KINDS)
def test_identities_hold_in_every_law(kind):
    frame = _draw(kind)
    total = frame["total_backlinks"]
    assert (frame["follow_links"] + frame["nofollow_links"] == total).all()
    assert (frame["text_links"] + frame["image_links"] <= total).all()
    assert frame["referring_domains"].between(1, total).all()
    columns = [f"ai_mentions_{platform}" for platform in PLATFORMS]
    assert (frame[columns].sum(axis=1) == frame["ai_mentions_all"]).all()
    shares = frame.filter(like="share_of_voice")
    assert np.allclose(shares.sum(), 1)
    assert frame["domain"].is_unique


@pytest.mark.parametrize("n", [1, 10])
def test_share_of_voice_is_missing_where_no_domain_is_referenced(n):
    for seed in range(40):
        frame = draw_features(planted("none"), n, np.random.default_rng(seed))
        shares = frame.filter(like="share_of_voice_")
        sums = shares.drop(columns="share_of_voice_all").sum(min_count=1)
        assert (
            sums.isna()
            .eq(shares.drop(columns="share_of_voice_all").isna().all())
            .all()
        )
        expected = shares.drop(columns="share_of_voice_all").mean(axis=1)
        assert np.allclose(
            expected, shares["share_of_voice_all"], equal_nan=True
        )


def test_law_none_relates_no_signal_to_mentions():
    for signal, platform in product(_drawn_signals(), (*PLATFORMS, "all")):
        assert abs(_mentions("none", signal, platform)) < NOISE


def test_law_smooth_rises_from_the_first_decile_to_the_last():
    frame = _draw("smooth")
    decile = pd.qcut(frame["authority_score"].rank(method="first"), 10)
    means = frame.groupby(decile, observed=True)["ai_mentions_all"].mean()
    assert (means.diff().dropna() > 0).all()
    assert means.iloc[4] > 1.5 * means.iloc[0]


@pytest.mark.parametrize("rho", [0.0, 0.3, 0.6, 0.9])
def test_rho_is_the_correlation_of_authority_and_intensity(rho):
    law = planted("smooth", rho=rho)
    frame = draw_features(law, 50_000, np.random.default_rng(2))
    found = frame[["authority_score", "ai_mentions_all"]].corr("spearman")
    # The noise of five platforms averages out, that of the counts attenuates.
    assert found.iloc[0, 1] == pytest.approx(rho, abs=0.1)
    assert frame["ai_mentions_all"].mean() == pytest.approx(17, rel=0.03)


@pytest.mark.parametrize("score", [40, 60])
def test_law_threshold_is_flat_up_to_the_score_and_rises_beyond(score):
    law = planted("threshold", threshold_score=score)
    frame = draw_features(law, SIZE, np.random.default_rng(3))
    below = frame[frame["authority_score"] <= score]
    rho = below[["authority_score", "ai_mentions_all"]].corr("spearman")
    assert abs(rho.iloc[0, 1]) < 4 / np.sqrt(len(below))
    assert below["ai_mentions_all"].mean() == pytest.approx(8, rel=0.02)
    step = frame[frame["authority_score"] == score + 5]["ai_mentions_all"]
    expected = 8 * np.exp(5 * law.gain_per_point)
    assert step.mean() == pytest.approx(expected, rel=0.12)


def test_nofollow_and_follow_have_the_same_coefficients():
    kind = "nofollow_equals_follow"
    for platform in (*PLATFORMS, "all"):
        gap = _mentions(kind, "nofollow_links", platform) - _mentions(
            kind, "follow_links", platform
        )
        assert abs(gap) < NOISE / 2
    assert _mentions(kind, "follow_links") > 0.5


def test_image_links_matter_more_than_text_the_more_the_higher_the_decile():
    frame = _draw("image_over_text")
    decile = np.ceil(frame["authority_score"].rank(pct=True) * 10)

    def gap(rows: pd.DataFrame) -> float:
        columns = ["image_links", "text_links", "ai_mentions_all"]
        rho = rows[columns].corr("spearman")["ai_mentions_all"]
        return float(rho["image_links"] - rho["text_links"])

    assert gap(frame) > 0.03
    assert gap(frame[decile.between(6, 8)]) > 0.08
    assert gap(frame[decile >= 9]) > gap(frame[decile.between(6, 8)]) + 0.05


def _assert_order(signal: str, groups: list[tuple[str, ...]]) -> None:
    for higher, lower in pairwise(groups):
        for one, two in product(higher, lower):
            gap = _mentions("platform_order", signal, one) - _mentions(
                "platform_order", signal, two
            )
            assert gap > 0.05, (signal, one, two)


def test_platforms_weigh_authority_in_the_claimed_order():
    _assert_order(
        "authority_score",
        [
            ("chatgpt",),
            ("gemini", "google_ai_overviews"),
            ("chatgpt_search", "perplexity"),
        ],
    )


def test_platforms_weigh_image_links_in_the_claimed_order():
    _assert_order(
        "image_links",
        [
            ("perplexity", "chatgpt_search"),
            ("chatgpt", "gemini"),
            ("google_ai_overviews",),
        ],
    )


def test_platforms_lean_to_nofollow_or_follow_as_claimed():
    leaning = {
        platform: _mentions("platform_order", "nofollow_links", platform)
        - _mentions("platform_order", "follow_links", platform)
        for platform in PLATFORMS
    }
    assert leaning["gemini"] > 0.05 and leaning["chatgpt"] > 0.05
    assert leaning["google_ai_overviews"] < -0.05
    assert leaning["perplexity"] < -0.05


def test_a_law_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no law 'cubic'"):
        planted("cubic")


def test_a_law_that_explains_more_than_all_is_refused():
    law = replace(planted("smooth", rho=0.9), image_tilt=(0.9,) * 5)
    with pytest.raises(ValueError, match="more than there is"):
        draw_features(law, 10, np.random.default_rng(1))
