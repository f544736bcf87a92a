"""The table of outlooks: what stands in its rows, and what does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.tables.outlook import outlook_table

from .samples import chosen

SIGNALS = (
    "authority_score",
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
)


def study(n, seed=1, mean=4.0):
    """Features of n domains, with mentions on one platform and all."""
    generator = np.random.default_rng(seed)
    score = generator.integers(0, 101, n).astype(np.float64)
    total = np.exp(score / 20 + generator.standard_normal(n)).astype(int) + 1
    nofollow = generator.binomial(total, 0.3)
    image = generator.binomial(total, 0.2)
    means = mean * np.exp((score - 60) / 25)
    mentions = generator.poisson(means * generator.gamma(1.0, 1.0, n))
    return pd.DataFrame(
        {
            "domain": [f"d{place:05d}.com" for place in range(n)],
            "authority_score": score,
            "total_backlinks": total,
            "referring_domains": generator.binomial(total - 1, 0.5) + 1,
            "follow_links": total - nofollow,
            "nofollow_links": nofollow,
            "text_links": total - image,
            "image_links": image,
            "ai_mentions_chatgpt": mentions.astype(np.float64),
            "ai_mentions_all": mentions + 1.0,
        }
    )


def outlook(features, platforms=("chatgpt", "all"), delivered=(), **settings):
    signals = pd.DataFrame(
        {
            "signal": [*SIGNALS, *delivered],
            "transform": ["log1p"] * (len(SIGNALS) + len(delivered)),
            "is_delivered": [False] * len(SIGNALS) + [True] * len(delivered),
        }
    )
    table = outlook_table(features, signals, platforms, chosen(**settings))
    return table.to_pandas()


def the_status(features):
    found = outlook(features, ["chatgpt"])
    assert len(found) == len(features)
    numbers = ["expected_mentions", "prediction_low", "standing"]
    assert found[numbers].isna().all(axis=None)
    ((status, reason),) = set(
        zip(found["status"], found["reason"], strict=True)
    )
    return status, reason


def test_every_domain_has_a_row_on_every_platform():
    features = study(200)
    found = outlook(features)
    assert len(found) == 400
    assert set(found["status"]) == {"ok"}
    assert set(found["n"]) == {200}
    assert (found["prediction_level"] > 0.895).all()
    mentions = found[found["platform"] == "chatgpt"].set_index("domain")
    known = features.set_index("domain")["ai_mentions_chatgpt"]
    assert (mentions["ai_mentions"] == known).all()


def test_a_standing_follows_from_the_interval_and_is_counted():
    found = outlook(study(1000, mean=30.0), ["chatgpt"])
    mentions = found["ai_mentions"]
    less = mentions < found["prediction_low"]
    more = mentions > found["prediction_high"]
    assert (found["standing"] == "less").equals(less)
    assert (found["standing"] == "more").equals(more)
    counts = found["standing"].value_counts()
    assert (found["standing_count"] == found["standing"].map(counts)).all()
    chances = found.groupby("standing")["by_chance_count"].agg(["min", "max"])
    assert (chances["min"] == chances["max"]).all()
    assert chances["min"].sum() == pytest.approx(1000)
    # Seen are about as many as there must be: the table finds no anomalies.
    for standing, fewest, most in (("less", 15, 60), ("more", 40, 90)):
        assert fewest < chances.loc[standing, "min"] < most
        assert counts[standing] == pytest.approx(
            chances.loc[standing, "min"], rel=0.4
        )


def test_a_higher_level_widens_every_interval():
    features = study(1000)
    narrow = outlook(features, ["chatgpt"], ci_level=0.9)
    wide = outlook(features, ["chatgpt"], ci_level=0.99)
    assert (wide["prediction_high"] >= narrow["prediction_high"]).all()
    assert (wide["prediction_low"] <= narrow["prediction_low"]).all()
    assert (wide["prediction_level"] > 0.975).all()


def test_where_none_is_usual_there_is_no_interval_and_any_is_more():
    found = outlook(study(3000, mean=0.2), ["chatgpt"])
    assert set(found["status"]) == {"ok"}
    bare = found["prediction_high"].isna()
    assert 0.2 < bare.mean() < 0.95
    numbers = ["prediction_low", "prediction_level"]
    assert found.loc[bare, numbers].isna().all(axis=None)
    assert (found.loc[~bare, "prediction_high"] > 0).all()
    named = found["ai_mentions"] > 0
    assert (found["standing"] == "none").equals(bare & ~named)
    assert set(found.loc[bare & named, "standing"]) == {"more"}
    # None is usual where nine of ten have none, which they do.
    assert 0.01 < named[bare].mean() < 0.1
    counts = found.groupby("standing")["by_chance_count"].first()
    assert counts.sum() == pytest.approx(3000)
    assert counts["more"] == pytest.approx(
        (found["standing"] == "more").sum(), rel=0.15
    )


def test_the_order_of_rows_is_of_no_account():
    features = study(300)
    found = outlook(features)
    other = outlook(features.sample(frac=1, random_state=1))
    pd.testing.assert_frame_equal(found, other)


def test_domains_of_one_owner_are_no_part_of_each_others_expectation():
    features = study(300)
    features["cluster"] = None
    features.loc[:29, "cluster"] = "one owner"
    before = outlook(features, ["chatgpt"])
    features.loc[0, "ai_mentions_chatgpt"] = 5000
    after = outlook(features, ["chatgpt"])
    owned, others = slice(0, 29), slice(30, None)
    expected = "expected_mentions"
    assert after.loc[owned, expected].to_numpy() == pytest.approx(
        before.loc[owned, expected].to_numpy(), rel=1e-6
    )
    moved = np.log(after.loc[others, expected] / before.loc[others, expected])
    assert moved.abs().median() > 0.5


def test_a_value_that_is_unknown_is_named_and_the_others_go_on():
    features = study(200)
    features.loc[3, "authority_score"] = np.nan
    features.loc[5, ["image_links", "ai_mentions_chatgpt"]] = np.nan
    found = outlook(features, ["chatgpt"])
    assert found["n"].unique() == [198]
    unknown = found[found["status"] != "ok"].set_index("domain")
    assert set(unknown["status"]) == {"value_unknown"}
    assert unknown["reason"].to_dict() == {
        "d00003.com": "Unknown of the domain: authority score.",
        "d00005.com": "Unknown of the domain: image links, AI mentions.",
    }


def test_a_signal_that_no_domain_has_is_done_without():
    features = study(200)
    features["authority_score"] = np.nan
    for name in SIGNALS[3:]:
        features[name] = np.nan
    found = outlook(features, ["chatgpt"])
    assert set(found["status"]) == {"ok"}
    features["total_backlinks"] = np.nan
    referring = outlook(features, ["chatgpt"])
    assert set(referring["status"]) == {"ok"}
    spread = np.log(referring["expected_mentions"])
    assert spread.corr(np.log1p(features["referring_domains"])) > 0.99


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1, 3, 12, 22])
def test_a_small_study_says_how_many_domains_it_takes(n):
    features = study(max(n, 1), mean=20).head(n)
    if n == 0:
        assert outlook(features).empty
        return
    features["ai_mentions_chatgpt"] += 1
    assert the_status(features) == (
        "too_few",
        "Fewer than 23 domains have all the values, too few for an interval "
        "that 5 % of domains lie above.",
    )


@pytest.mark.filterwarnings("error")
def test_what_stands_in_the_way_of_all_domains_is_said():
    features = study(100)
    none = features.assign(ai_mentions_chatgpt=0.0)
    assert the_status(none)[0] == "constant_outcome"
    one = none.copy()
    one.loc[7, "ai_mentions_chatgpt"] = 900
    assert the_status(one) == (
        "too_few_distinct",
        "Fewer than 10 domains are mentioned at all.",
    )
    same = features.assign(authority_score=50, **dict.fromkeys(SIGNALS[1:], 10))
    assert the_status(same)[0] == "constant_signal"
    owned = features.assign(cluster=[f"o{at % 9}" for at in range(100)])
    assert the_status(owned) == (
        "too_few",
        "The domains belong to fewer than 10 owners.",
    )
    silent = features.assign(ai_mentions_chatgpt=np.nan)
    assert the_status(silent) == (
        "value_unknown",
        "Unknown of the domain: AI mentions.",
    )
    bare = features.assign(
        authority_score=np.nan, **dict.fromkeys(SIGNALS[1:], np.nan)
    )
    assert the_status(bare)[0] == "constant_signal"


def test_a_delivered_signal_is_part_of_what_is_expected():
    features = study(400)
    generator = np.random.default_rng(9)
    visits = generator.integers(1, 1000, 400)
    features["visits"] = visits.astype(float)
    features["ai_mentions_chatgpt"] = generator.poisson(visits / 50.0) * 1.0
    without = outlook(features, ["chatgpt"])
    beside = outlook(features, ["chatgpt"], delivered=["visits"])
    widths = [
        (one["prediction_high"] - one["prediction_low"]).mean()
        for one in (without, beside)
    ]
    assert widths[1] < widths[0] / 2
    assert beside["expected_mentions"].corr(features["visits"]) > 0.9
