from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import planted
from linksignal.stats.estimators.decile_trend import (
    decile_sample,
    decile_steps,
)
from linksignal.stats.estimators.kink import KINK_LEVEL
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.estimators.tiers import log_mean_slope
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.rules import Status
from linksignal.stats.tables.thresholds import GAP_LINKS, threshold_table
from statsmodels.stats.multitest import multipletests

from .samples import CI_LEVEL, PLATFORMS, chosen
from .threshold_samples import with_deciles

QUANTITIES = [
    "trend",
    *(f"step_{decile}_{decile + 1}" for decile in range(1, 10)),
    "kink",
    "gap",
    "smooth_gap_share",
    "any_mention_slope",
    "how_many_slope",
    "lower_tier_slope",
    "upper_tier_slope",
    "tier_slope_difference",
]
GAP_QUANTITIES = ["kink", "gap", "smooth_gap_share"]
GAP_PAIRS = [
    ("authority_score", "share_of_voice"),
    *((links, "ai_mentions") for links in GAP_LINKS),
]
NO_P_VALUE = {"smooth_gap_share"}
NUMBERS = [
    "standard_error",
    "ci_low",
    "ci_high",
    "p_value",
    "p_adjusted",
    "knot",
    "knot_low",
    "knot_high",
]


def draw(row_count):
    """A study whose threshold is so sharp that most platforms show it."""
    law = replace(planted("threshold"), gain_per_point=0.25)
    generator = np.random.default_rng(1)
    return with_deciles(draw_features(law, row_count, generator))


def table(features, platforms=PLATFORMS, **settings):
    settings = {"seed": 1, "draw_count": 99} | settings
    return threshold_table(features, platforms, chosen(**settings))


def frame(features, platforms=PLATFORMS, **settings):
    """Rows of authority and mentions."""
    rows = table(features, platforms, **settings).to_pandas()
    is_primary = (rows.signal == "authority_score") & (
        rows.outcome == "ai_mentions"
    )
    return rows[is_primary].reset_index(drop=True)


@pytest.fixture(scope="module")
def features():
    return draw(400)


@pytest.fixture(scope="module")
def rows(features):
    return frame(features)


def test_every_platform_has_every_quantity(features, rows):
    whole = table(features)
    assert whole.schema.equals(findings_schema("authority_thresholds"))
    expected = [(p, q) for p in PLATFORMS for q in QUANTITIES]
    assert list(zip(rows.platform, rows.quantity, strict=True)) == expected
    others = whole.to_pandas().iloc[len(rows) :]
    assert set(others.platform) == {"all"}
    keys = zip(others.signal, others.outcome, others.quantity, strict=True)
    assert list(keys) == [(*p, q) for p in GAP_PAIRS for q in GAP_QUANTITIES]
    assert len(table(features, ["gemini"])) == len(QUANTITIES)


def test_ok_rows_have_their_numbers_in_order(rows):
    ok = rows[rows.status == "ok"]
    assert len(ok) > 100
    told = ok[~ok.quantity.isin({"kink", "gap"})]
    assert (told.ci_low <= told.estimate).all()
    assert (told.estimate <= told.ci_high).all()
    assert told.ci_method.notna().all()
    assert told.reason.isna().all()
    tested = told[~told.quantity.isin(NO_P_VALUE)]
    assert tested.p_value.between(0, 1).all()
    assert (
        tested.p_value.lt(0.05) == (tested.ci_low * tested.ci_high > 0)
    ).all()
    adjusted = ok[~ok.quantity.isin(NO_P_VALUE | {"gap"})]
    assert (adjusted.p_adjusted >= adjusted.p_value).all()
    assert ok[ok.quantity.isin(NO_P_VALUE)].p_value.isna().all()
    has_error = ok.standard_error.notna()
    assert (has_error == ok.degrees_of_freedom.notna()).all()


def test_only_a_rejected_kink_has_a_knot(rows):
    kinks = rows[rows.quantity == "kink"]
    rejected = (kinks.p_value <= KINK_LEVEL).tolist()
    for column in ("estimate", "knot", "knot_low", "knot_high"):
        assert kinks[column].notna().tolist() == rejected
    assert any(rejected)
    assert kinks.power_note.notna().all()
    others = rows[rows.quantity != "kink"]
    assert others[["knot", "power_note"]].isna().all(axis=None)


def test_rows_tell_on_how_many_domains_they_rest(features, rows):
    of_all = rows[rows.platform == "all"].set_index("quantity")
    counts = features["ai_mentions_all"]
    assert of_all.loc["how_many_slope", "n"] == (counts > 0).sum()
    assert of_all.loc["kink", "n"] == 400


def test_rows_hold_what_the_functions_give(features, rows):
    scores = features["authority_score"].to_numpy(float)
    deciles = features["authority_decile"].to_numpy(float)
    counts = features["ai_mentions_gemini"].to_numpy(float)
    of_gemini = rows[rows.platform == "gemini"].set_index("quantity")
    found = of_gemini.loc["upper_tier_slope"]
    if found.tier_cut_method == "median":
        is_upper = scores > np.median(scores)
        sample = known_pairs(scores[is_upper], counts[is_upper])
        slope = log_mean_slope(sample, CI_LEVEL).estimate
        assert found.estimate == pytest.approx(slope.estimate)
        assert found.standard_error == pytest.approx(slope.standard_error)
    steps = decile_steps(decile_sample(scores, deciles, counts), CI_LEVEL)
    found = of_gemini[of_gemini.index.str.startswith("step")]
    assert found.p_adjusted.to_numpy() == pytest.approx(
        steps.p_adjusted, nan_ok=True
    )


def test_p_values_are_adjusted_over_platforms_or_steps(rows):
    trend = rows[rows.quantity == "trend"]
    expected = multipletests(trend.p_value, method="fdr_bh")[1]
    assert trend.p_adjusted.to_numpy() == pytest.approx(expected)
    methods = rows.groupby("quantity").adjust_method.first()
    assert methods["trend"] == "benjamini_hochberg"
    assert methods["step_4_5"] == "holm"
    assert methods[["gap", "smooth_gap_share"]].isna().all()


def test_same_seed_same_table_whatever_the_order(features):
    first = table(features)
    shuffled = features.sample(frac=1, random_state=1).iloc[:, ::-1]
    assert table(shuffled).equals(first)
    two = ["chatgpt", "gemini"]
    other = frame(features, two, seed=2)
    shares = [
        # One of them may be the same by chance.
        rows[rows.quantity == "smooth_gap_share"].estimate.tolist()
        for rows in (other, frame(features, two))
    ]
    assert shares[0] != shares[1]


def test_an_added_platform_leaves_the_draws_of_the_others(features):
    alone = frame(features, ["gemini"]).set_index("quantity")
    beside = frame(features, ["all", "gemini"])
    beside = beside[beside.platform == "gemini"].set_index("quantity")
    assert alone.p_value.equals(beside.p_value)
    assert alone.loc["smooth_gap_share"].estimate == (
        beside.loc["smooth_gap_share"].estimate
    )


def test_a_platform_without_data_has_rows_without_numbers(features):
    silent = features.assign(ai_mentions_gemini=np.nan)
    rows = frame(silent, ["gemini", "all"])
    of_gemini = rows[rows.platform == "gemini"]
    assert len(of_gemini) == len(QUANTITIES)
    assert set(of_gemini.status) == {"no_overlap"}
    assert (of_gemini.n == 0).all()
    assert of_gemini[["estimate", *NUMBERS]].isna().all(axis=None)
    assert (rows[rows.platform == "all"].n > 0).all()


def constant_scores(features):
    return features.assign(authority_score=40, authority_decile=6)


def few_scores(features):
    scores = features["authority_score"] // 12
    deciles = tie_safe_deciles(scores.to_numpy(float))
    return features.assign(authority_score=scores, authority_decile=deciles)


DEGENERATE = {
    "1 row": lambda f: f.head(1),
    "3 rows": lambda f: f.head(3),
    "9 rows": lambda f: f.head(9),
    "no rows": lambda f: f.head(0),
    "constant scores": constant_scores,
    "few scores": few_scores,
    "no score": lambda f: f.assign(
        authority_score=np.nan, authority_decile=pd.NA
    ),
    "all zero": lambda f: f.assign(ai_mentions_all=0),
    "all tied": lambda f: f.assign(ai_mentions_all=7),
    "25 mentioned": lambda f: f.assign(
        ai_mentions_all=np.where(np.arange(len(f)) < 25, np.arange(len(f)), 0)
    ),
    "an outlier": lambda f: f.assign(
        ai_mentions_all=f.ai_mentions_all.astype(float).replace(
            f.ai_mentions_all.max(), 1e12
        )
    ),
    "infinite outcome": lambda f: f.assign(
        ai_mentions_all=[np.inf, *f.ai_mentions_all[1:]]
    ),
    "infinite score": lambda f: f.assign(
        authority_score=[np.inf, *f.authority_score[1:]]
    ),
    "missing values": lambda f: f.assign(
        ai_mentions_all=[np.nan, *f.ai_mentions_all[1:]],
        authority_score=[*f.authority_score[:-1], np.nan],
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_studies_have_every_row_and_a_status(features, name):
    rows = frame(DEGENERATE[name](features), ["all"], draw_count=19)
    assert rows.quantity.tolist() == QUANTITIES
    assert set(rows.status) <= {status.value for status in Status}
    failed = rows[rows.status != "ok"]
    assert failed[NUMBERS].isna().all(axis=None)
    assert failed.reason.notna().all()
    # An estimate outlives its status only where nothing but an interval is
    # out of reach.
    kept = failed[failed.estimate.notna()]
    assert set(kept.status) <= {"unreliable"}
    numbers = rows[["estimate", "degrees_of_freedom", *NUMBERS]].to_numpy(float)
    assert not np.isinf(numbers).any()


def test_missing_rows_are_counted_out(features):
    rows = frame(DEGENERATE["missing values"](features), ["all"])
    assert rows.set_index("quantity").n["kink"] == 398


def test_a_missing_column_is_named(features):
    with pytest.raises(LinksignalError, match="authority_decile"):
        table(features.drop(columns="authority_decile"))


def test_scores_without_ties_are_grouped_as_well_as_tied_ones():
    features = draw(300)
    generator = np.random.default_rng(2)
    spread = features["authority_score"] + generator.uniform(0, 1, 300)
    rows = frame(
        with_deciles(features.assign(authority_score=spread)), ["all"]
    ).set_index("quantity")
    assert rows.loc["kink", "status"] == "ok"
    assert spread.is_unique


def test_the_reason_of_a_share_names_the_platform_by_its_label(features):
    counts = features[["ai_mentions_gemini", "ai_mentions_perplexity"]]
    counts = counts.set_axis(
        ["unbranded_mentions_gemini", "unbranded_mentions_chatgpt"], axis=1
    )
    counts["unbranded_mentions_chatgpt"] = 0.0
    counts.loc[counts.index[0], "unbranded_mentions_chatgpt"] = 1.0
    share = (counts / counts.sum()).mean(axis=1)
    small = features.join(counts).assign(share_of_voice_all=share)
    rows = table(small, ["chatgpt", "gemini", "all"]).to_pandas()
    is_of_share = rows.outcome == "share_of_voice"
    (reason,) = rows[is_of_share & (rows.quantity == "smooth_gap_share")].reason
    assert reason.startswith("ChatGPT: ")
