"""The joint tables: terms, what is left out and why, and the sentences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.settings import default_settings
from linksignal.stats.tables.joint_effects import joint_effect_table
from linksignal.stats.tables.joint_words import Words, joint_sentence_table
from linksignal.stats.tables.signal_importance import signal_importance_table
from threadpoolctl import threadpool_limits

TERMS = ["authority_score", "volume", "breadth", "nofollow_mix", "image_mix"]
OUTCOMES = pd.DataFrame({"outcome": ["ai_mentions"]})
CAUSAL = ("effect of", "because", "cause of", "drives", "leads to", "brings")


def frame(n=400, seed=1, authority=0.8, size=0.0):
    """Domains whose mentions depend on the authority score, or on size."""
    generator = np.random.default_rng(seed)
    normal = generator.normal(size=(6, n))
    links = np.floor(np.exp(4 + 1.3 * normal[0] + 0.5 * normal[1]))
    nofollow = generator.binomial(
        links.astype(int), 0.3 + 0.2 * (normal[2] > 0)
    )
    image = generator.binomial(links.astype(int), 0.1 + 0.2 * (normal[3] > 0))
    score = np.round(np.clip(40 + 12 * normal[0] + 8 * normal[4], 0, 100))
    log_mean = authority * (score - 40) / 14 + size * normal[0]
    mentions = generator.poisson(
        np.exp(1 + log_mean) * generator.gamma(2, 0.5, n)
    )
    return pd.DataFrame(
        {
            "domain": [f"{at:05d}.com" for at in range(n)],
            "authority_score": score,
            "total_backlinks": links,
            "referring_domains": np.ceil(links**0.7 * np.exp(0.3 * normal[5])),
            "nofollow_links": nofollow.astype(float),
            "follow_links": links - nofollow,
            "image_links": image.astype(float),
            "text_links": links - image,
            "ai_mentions_all": mentions.astype(float),
        }
    )


def signals(**delivered):
    """The registry, with delivered signals and their transforms."""
    rows = [("authority_score", "Authority score", "none", False)] + [
        (name, name.replace("_", " ").capitalize(), transform, True)
        for name, transform in delivered.items()
    ]
    columns = ["signal", "label", "transform", "is_delivered"]
    return pd.DataFrame(rows, columns=columns)


def tables(features, platforms=("all",), **delivered):
    chosen = (
        features,
        signals(**delivered),
        OUTCOMES,
        platforms,
        default_settings(),
    )
    made = [
        make(*chosen).to_pandas()
        for make in (joint_effect_table, signal_importance_table)
    ]
    sentences = joint_sentence_table(*made, chosen[1], chosen[4]).to_pandas()
    return (*(one.set_index("term") for one in made), sentences)


def statuses(table):
    return table["status"].to_dict()


def test_every_platform_outcome_and_term_has_a_row():
    features = frame()
    features["ai_mentions_gemini"] = features["ai_mentions_all"] // 2
    features["visits"] = np.arange(400.0)
    found = tables(features, ("gemini", "all"), visits="log1p")
    for table in found[:2]:
        assert [*table.index] == [*TERMS, "visits"] * 2
        assert table["status"].eq("ok").all()
        assert table["n"].eq(400).all()
    assert [*found[2]["platform"]] == ["gemini", "all"]


def test_the_signal_that_acts_is_found_and_named_a_gauge():
    effects, shares, sentences = tables(frame())
    assert effects.loc["authority_score", "ratio"] == pytest.approx(
        np.exp(0.8), rel=0.15
    )
    others = effects.drop("authority_score")
    assert (others["p_adjusted"] > 0.05).all()
    assert shares.loc["authority_score", "rank"] == 1
    assert shares.loc["authority_score", "probability_first"] == 1
    (told,) = sentences.to_dict("records")
    assert "for authority score" in told["effects_sentence"]
    assert (
        "The best gauge of AI mentions over all platforms is authority"
        in (told["gauge_sentence"])
    )


def test_where_size_alone_acts_the_sentences_say_gauge_and_nothing_causal():
    *_, sentences = tables(frame(authority=0.0, size=0.8, n=1_000))
    (told,) = sentences.to_dict("records")
    assert "gauge" in told["gauge_sentence"]
    assert (
        "size or fame alone could make it a good one"
        in (told["gauge_sentence"])
    )
    assert "no ratio says what a link would bring" in told["effects_sentence"]
    for sentence in (told["effects_sentence"], told["gauge_sentence"]):
        rest = sentence.replace("what a link would bring", "")
        assert not any(word in rest.lower() for word in CAUSAL), sentence


def test_shares_add_up_and_their_numbers_agree():
    _, shares, _ = tables(frame())
    whole = shares["r_squared"].unique()
    assert shares["estimate"].sum() == pytest.approx(whole[0], abs=1e-9)
    assert sorted(shares["rank"]) == [1, 2, 3, 4, 5]
    assert shares["probability_first"].sum() == pytest.approx(1)
    assert (shares["ci_low"] <= shares["estimate"]).all()
    assert (shares["estimate"] <= shares["ci_high"]).all()


def test_shares_do_not_change_where_a_delivered_signal_is_recoded():
    features = frame()
    features["visits"] = features["ai_mentions_all"] + np.arange(400) % 7
    plain = tables(features, visits="none")[1]
    features["visits"] = np.exp(features["visits"] / 50)
    recoded = tables(features, visits="log1p")[1]
    assert (plain["estimate"] == recoded["estimate"]).all()
    assert (plain["ci_high"] == recoded["ci_high"]).all()


def test_the_order_of_rows_and_the_number_of_threads_change_nothing():
    features = frame()
    before = tables(features)
    with threadpool_limits(limits=4):
        after = tables(features.sample(frac=1, random_state=1))
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_doubling_is_told_of_logarithms_alone():
    features = frame()
    features["visits"], features["trend"] = np.arange(400.0), np.arange(400) % 9
    effects, *_ = tables(features, visits="log1p", trend="none")
    is_told = effects["doubling_ratio"].notna()
    assert is_told[is_told].index.to_list() == [*TERMS[1:], "visits"]
    row = effects.loc["volume"]
    slope = row["estimate"] / row["standard_deviation"]
    assert row["doubling_ratio"] == pytest.approx(2**slope)
    assert np.log1p(features["total_backlinks"]).std(ddof=0) == (
        pytest.approx(row["standard_deviation"])
    )


def test_terms_a_study_does_not_have_are_left_out_and_told():
    features = frame()
    features["image_links"] = features["text_links"] = np.nan
    features["nofollow_links"] = 0.0
    effects, shares, sentences = tables(features)
    for table in (effects, shares):
        assert statuses(table) == {
            "authority_score": "ok",
            "volume": "ok",
            "breadth": "ok",
            "nofollow_mix": "constant_signal",
            "image_mix": "no_overlap",
        }
        left_out = table.loc[["nofollow_mix", "image_mix"]]
        assert left_out["estimate"].isna().all()
        assert left_out["reason"].notna().all()
    told = sentences.loc[0, "effects_sentence"]
    assert "Left out: nofollow mix. One of the two kinds" in told
    assert "Left out: image mix." in told


def test_without_totals_volume_is_told_by_referring_domains():
    features = frame()
    links = features.columns.str.contains("_links|total_")
    features.loc[:, links] = np.nan
    effects, *_ = tables(features)
    assert statuses(effects)["volume"] == "ok"
    assert "referring domains" in effects.loc["volume", "reason"]
    assert statuses(effects)["breadth"] == "no_overlap"


def test_a_signal_known_of_few_domains_leaves_the_others_theirs():
    features = frame()
    features["few"] = np.where(np.arange(400) < 150, np.arange(400.0), np.nan)
    features["many"] = np.where(np.arange(400) < 300, np.arange(400.0), np.nan)
    effects, shares, _ = tables(features, few="log1p", many="log1p")
    for table in (effects, shares):
        assert table.loc["few", "status"] == "too_few"
        assert table.loc["few", "reason"].startswith("Known for 150 of 400")
        assert table.loc["few", "n"] == 150
        assert table.drop("few")["n"].eq(300).all()


def test_a_copy_of_the_score_is_left_out_of_both_tables():
    features = frame()
    before = tables(features)
    features["copy"] = 2 * features["authority_score"] + 1
    effects, shares, sentences = tables(features, copy="none")
    for table, old in zip((effects, shares), before, strict=False):
        assert table.loc["copy", "status"] == "collinear"
        assert "theirs hold for it" in table.loc["copy", "reason"]
        kept = table.drop("copy")
        assert kept["estimate"].to_list() == old["estimate"].to_list()
    assert "Left out: copy." in sentences.loc[0, "effects_sentence"]


def test_scores_of_two_tools_share_one_part_and_the_sentence_says_so():
    features = frame(n=1_000, authority=0.5, size=0.3)
    noise = np.random.default_rng(2).normal(size=1_000)
    features["rating"] = features["authority_score"] + 2 * noise
    _, shares, sentences = tables(features, rating="none")
    assert shares.loc["rating", "nearest_term"] == "authority_score"
    assert shares.loc["rating", "nearest_correlation"] > 0.9
    told = sentences.loc[0, "gauge_sentence"]
    assert "is authority score, or rating, nearly the same: its share" in told
    assert "go so closely together that they share one part" in told


def share(term, estimate, rank, nearest, correlation=0.5, **more):
    """A row of signal_importance that the sentence is made of."""
    return {
        "term": term,
        "status": "ok",
        "estimate": estimate,
        "ci_low": estimate - 0.01,
        "ci_high": estimate + 0.01,
        "rank": rank,
        "probability_first": float(rank == 1),
        "r_squared": 0.4,
        "p_r_squared": 0.0,
        "correlation": correlation,
        "nearest_term": nearest[0],
        "nearest_correlation": nearest[1],
        "turning_reliability": np.nan,
        **more,
    }


def gauge(*rows):
    words = Words({"dr": "Rating A", "da": "Rating B"}, default_settings())
    return words.gauge("gemini", "ai_mentions", rows)


def test_a_signal_split_in_two_is_not_called_the_poorer_one():
    told = gauge(
        share("volume", 0.16, 1, ("dr", 0.5)),
        share("dr", 0.12, 2, ("da", 0.97)),
        share("da", 0.11, 3, ("dr", 0.97)),
    )
    assert "on Gemini is open: number of links leads" in told
    assert "rating A and rating B, which go closely together" in told
    apart = gauge(
        share("volume", 0.16, 1, ("dr", 0.5)),
        share("dr", 0.12, 2, ("da", 0.6)),
        share("da", 0.11, 3, ("dr", 0.6)),
    )
    assert apart.startswith(
        "The best gauge of AI mentions on Gemini is number of links: "
    )


@pytest.mark.parametrize(
    ("probability", "start"),
    [(0.99, "Probably the best gauge"), (0.9, "Which signal is the best")],
)
def test_where_intervals_overlap_the_order_is_not_settled(probability, start):
    told = gauge(
        share("volume", 0.16, 1, ("dr", 0.5), probability_first=probability),
        share("dr", 0.15, 2, ("volume", 0.5), probability_first=0.0),
    )
    assert told.startswith(start)
    assert "its interval overlaps with that of rating A" in told
    assert "not settled" in told or "is open" in told


def test_a_gauge_that_points_the_other_way_is_told():
    told = gauge(
        share("breadth", 0.3, 1, ("volume", -0.7), -0.6),
        share("volume", 0.1, 2, ("breadth", -0.7)),
    )
    assert "is breadth of links (the less, the more): its share" in told


@pytest.mark.parametrize(
    ("least", "said"), [(0.714, "71 %"), (0.9996, "99.9 %"), (0.992, "99.2 %")]
)
def test_the_reliability_that_turns_the_order_is_told(least, said):
    told = gauge(
        share("authority_score", 0.3, 1, ("volume", 0.6)),
        share("volume", 0.2, 2, ("volume", 0.6), turning_reliability=least),
    )
    assert (
        f"If number of links were measured less than {said} reliably, it "
        "would come before authority score."
    ) in told


def test_many_signals_have_effects_and_no_shares():
    features = frame(n=600)
    generator = np.random.default_rng(4)
    names = [f"extra_{at:02d}" for at in range(8)]
    for name in names:
        features[name] = generator.normal(size=600)
    effects, shares, sentences = tables(
        features, **dict.fromkeys(names, "none")
    )
    assert effects["status"].eq("ok").all()
    assert shares["status"].eq("too_many").all()
    told = sentences.loc[0, "gauge_sentence"]
    assert told.startswith(
        "No gauge of AI mentions over all platforms is known"
    )


def test_a_study_of_twelve_domains_says_what_it_needs():
    effects, shares, sentences = tables(frame(n=12))
    assert effects["estimate"].isna().all()
    assert shares["estimate"].isna().all()
    told = sentences.loc[0]
    assert told["n"] == 0
    assert "12 domains have all the values" in told["effects_sentence"]
    assert told["gauge_sentence"].startswith("No gauge of")


def test_a_study_without_domains_has_stated_rows():
    effects, shares, sentences = tables(frame().head(0))
    assert statuses(effects) == dict.fromkeys(TERMS, "no_overlap")
    assert statuses(shares) == dict.fromkeys(TERMS, "no_overlap")
    assert len(sentences) == 1


def test_where_nothing_goes_with_mentions_no_gauge_is_named():
    named = 0
    for seed in range(20):
        features = frame(n=200, seed=seed, authority=0.0)
        told = tables(features)[2].loc[0, "gauge_sentence"]
        named += "none is shown to be a gauge" not in told
    assert named <= 3


def test_where_two_signals_tell_alike_the_order_is_open():
    features = frame(authority=0.0, size=0.8)
    _, shares, sentences = tables(features)
    first, second = shares.sort_values("rank").iloc[:2].to_dict("records")
    assert first["ci_low"] < second["ci_high"]
    assert "is open" in sentences.loc[0, "gauge_sentence"]


def test_networks_of_owners_widen_every_interval():
    features = frame(n=600)
    owners = np.repeat(np.arange(200), 3)
    for name in ("authority_score", "total_backlinks", "ai_mentions_all"):
        features[name] = features[name].to_numpy()[owners * 3]
    alone, *_ = tables(features)
    features["cluster"] = owners.astype(str)
    together, *_ = tables(features)
    row = "authority_score"
    assert alone.loc[row, "estimate"] == together.loc[row, "estimate"]
    assert (
        together.loc[row, "standard_error"]
        > 1.3 * alone.loc[row, "standard_error"]
    )


def proportional(features):
    """Links of which all kinds are fixed parts of the total."""
    total = 20 * np.ceil(features["total_backlinks"] / 20)
    parts = {
        "total_backlinks": 1.0,
        "nofollow_links": 0.25,
        "follow_links": 0.75,
        "image_links": 0.1,
        "text_links": 0.9,
        "referring_domains": 0.5,
    }
    return features.assign(
        **{name: total * part for name, part in parts.items()}
    )


def in_steps(features):
    """Links that are a smooth function of one number, and mentions that jump.

    The terms differ by their curvature alone.
    """
    place = np.arange(30.0)
    parts = {
        "authority_score": np.nan,
        "total_backlinks": 100 + place,
        "referring_domains": 10 + place,
        "follow_links": 60 + place,
        "nofollow_links": 40.0,
        "text_links": 90 + place,
        "image_links": 10.0,
        "ai_mentions_all": place % 7,
    }
    return features.head(30).assign(**parts)


def test_a_model_that_tells_no_ratio_says_so_in_one_sentence():
    effects, _, sentences = tables(in_steps(frame()))
    assert "ok" not in {*effects["status"]}
    told = sentences.loc[0, "effects_sentence"]
    start = "No model of AI mentions over all platforms with all signals in: "
    assert told == (
        f"{start}a ratio beyond 10,000 per standard deviation is none: these "
        "domains do not tell the signal from others, or few of them decide."
    )


def few_mentioned(features):
    mentions = features["ai_mentions_all"].where(features.index % 33 == 0, 0.0)
    return features.assign(ai_mentions_all=mentions)


ODD = {
    "all mentions are alike": lambda f: f.assign(ai_mentions_all=7.0),
    "nobody is mentioned": lambda f: f.assign(ai_mentions_all=0.0),
    "97 % are not mentioned": few_mentioned,
    "kinds of links are fixed parts": proportional,
    "one giant": lambda f: f.assign(
        ai_mentions_all=f["ai_mentions_all"].where(f.index != 5, 1e9)
    ),
    "networks of 20": lambda f: f.assign(cluster=(f.index // 20).astype(str)),
    "one owner": lambda f: f.assign(cluster="one"),
    "scores are alike": lambda f: f.assign(authority_score=50.0),
    "a score is infinite": lambda f: f.assign(
        authority_score=f["authority_score"].where(f.index != 5, np.inf)
    ),
    "nothing is known": lambda f: f.assign(ai_mentions_all=np.nan),
}


@pytest.mark.parametrize("name", ODD)
def test_an_odd_study_has_numbers_or_says_why(name):
    effects, shares, sentences = tables(ODD[name](frame()))
    for table in (effects, shares):
        is_ok = table["status"].eq("ok")
        numbers = table.select_dtypes("number").drop(columns=["n", "ci_level"])
        assert not np.isinf(numbers.to_numpy()).any()
        assert table.loc[is_ok, "estimate"].notna().all()
        assert table.loc[~is_ok, ["estimate", "ci_low"]].isna().all(axis=None)
        assert table.loc[~is_ok, "reason"].notna().all()
    for column in ("effects_sentence", "gauge_sentence"):
        assert "nan" not in sentences.loc[0, column].lower().split()


def test_what_is_stated_of_odd_studies():
    found = {name: tables(make(frame())) for name, make in ODD.items()}
    alike = ("all mentions are alike", "nobody is mentioned")
    for name in alike:
        assert {*found[name][0]["status"]} == {"constant_outcome"}
    fixed = found["kinds of links are fixed parts"][0]["status"]
    assert fixed["authority_score"] == fixed["volume"] == "ok"
    others = fixed.drop(["authority_score", "volume"])
    assert {*others} == {"constant_signal"}
    assert {*found["97 % are not mentioned"][0]["status"]} == {"too_few"}
    giant, _, _ = found["one giant"]
    assert not (giant["p_adjusted"] < 0.05).any()
    networks = found["networks of 20"][0]
    assert networks["status"].eq("ok").all()
    assert networks["degrees_of_freedom"].max() <= 19
    assert {*found["one owner"][1]["status"]} == {"too_few"}


def test_mentions_of_domains_without_any_signal_have_no_model():
    features = frame()
    linked = features.columns.difference(["domain", "ai_mentions_all"])
    features.loc[:199, linked] = np.nan
    features.loc[200:, "ai_mentions_all"] = np.nan
    effects, shares, sentences = tables(features)
    for table in (effects, shares):
        assert {*table["status"]} == {"no_overlap"}
    assert sentences["effects_sentence"].notna().all()


def test_a_curve_that_turns_is_not_said_to_be_nothing():
    """Most mentions at a middling score: no steady rise or fall."""
    features = frame(n=1_000)
    score = features["authority_score"]
    steps = (score - score.mean()) / score.std()
    features["ai_mentions_all"] = np.random.default_rng(0).poisson(
        np.exp(1 - steps**2)
    )
    *_, sentences = tables(features)
    told = sentences.loc[0, "effects_sentence"]
    assert "Little or no steady rise or fall with authority score" in told
    assert "othing" not in told
