from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.tables.deciles import decile_profiles, median_reach
from scipy.stats import binom, rankdata

from .samples import CI_LEVEL, OUTCOMES, PLATFORMS, SIGNALS, chosen, draw_study

ONE_OUTCOME = OUTCOMES.head(1)
score_lists = st.lists(st.integers(0, 60), min_size=1, max_size=120)


def deciles_of(signal, outcome, ci_level=CI_LEVEL):
    features = pd.DataFrame(
        {
            "domain": [f"{row:04d}.com" for row in range(len(signal))],
            "total_backlinks": signal,
            "ai_mentions_all": outcome,
        }
    )
    return decile_profiles(
        features,
        SIGNALS.head(1),
        ONE_OUTCOME,
        ["all"],
        chosen(ci_level=ci_level),
    ).to_pandas()


@given(score_lists)
def test_a_decile_is_where_the_mid_rank_falls(values):
    values = np.array(values, dtype=np.float64)
    # The mid-rank has at most one half in it, so twice of it is whole.
    twice_rank = np.rint(2 * rankdata(values)).astype(int)
    expected = [
        10 * (twice - 1) // (2 * len(values)) + 1 for twice in twice_rank
    ]
    assert tie_safe_deciles(values).tolist() == expected


@given(score_lists)
def test_equal_scores_share_a_decile_and_larger_ones_never_have_less(values):
    values = np.array(values, dtype=np.float64)
    deciles = pd.Series(tie_safe_deciles(values))
    assert deciles.between(1, 10).all()
    assert (deciles.groupby(values).nunique() == 1).all()
    assert deciles.iloc[np.argsort(values)].is_monotonic_increasing


@pytest.mark.parametrize("row_count", [10, 20, 1000])
def test_without_ties_every_decile_holds_a_tenth(row_count):
    deciles = tie_safe_deciles(np.arange(row_count, dtype=np.float64))
    assert np.bincount(deciles).tolist() == [0] + [row_count // 10] * 10


def test_all_scores_equal_are_one_group_in_the_middle():
    assert tie_safe_deciles(np.full(7, 3.0)).tolist() == [6] * 7


@pytest.mark.parametrize(
    ("row_count", "reach"),
    # qbinom(.025, c(10, 11, 20, 100, 1000), .5) in R: 2 2 6 40 469
    [(10, 2), (11, 2), (20, 6), (100, 40), (1000, 469), (6, 1), (5, 0)],
)
def test_the_median_lies_between_the_order_statistics_of_r(row_count, reach):
    assert median_reach(row_count, 0.95) == reach


@given(st.integers(1, 300), st.sampled_from([0.5, 0.8, 0.95, 0.99]))
def test_the_interval_of_the_median_is_the_narrowest_at_its_level(
    row_count, ci_level
):
    reach = median_reach(row_count, ci_level)
    cover = 1 - 2 * binom.cdf(np.array([reach - 1, reach]), row_count, 0.5)
    assert reach == 0 or cover[0] >= ci_level - 1e-12
    assert cover[1] < ci_level or 2 * (reach + 1) > row_count + 1


def test_profiles_agree_with_pandas():
    features = draw_study(400)
    features.loc[::7, "authority_score"] = np.nan
    features.loc[::5, "ai_mentions_gemini"] = np.nan
    table = decile_profiles(features, SIGNALS, OUTCOMES, PLATFORMS, chosen())
    assert table.schema == findings_schema("deciles")
    found = table.to_pandas().query(
        "signal == 'authority_score' and outcome == 'ai_mentions'"
        " and platform == 'gemini'"
    )
    known = features[features["authority_score"].notna()]
    decile = (
        10 * (2 * known["authority_score"].rank() - 1) // (2 * len(known)) + 1
    )
    scores = known["authority_score"].groupby(decile)
    mentions = known["ai_mentions_gemini"].groupby(decile)
    expected = pd.DataFrame(
        {
            "n": mentions.count(),
            "signal_min": scores.min(),
            "signal_max": scores.max(),
            "median": mentions.median(),
            "mean": mentions.mean(),
            "zero_share": mentions.agg(lambda v: (v.dropna() == 0).mean()),
        }
    )
    assert found["decile"].tolist() == expected.index.tolist()
    np.testing.assert_allclose(found[expected.columns], expected)
    assert set(found["status"]) == {"ok"}


def test_the_interval_is_made_of_order_statistics_of_the_decile():
    outcome = np.random.default_rng(1).permutation(200) * 1.0
    found = deciles_of(np.arange(200.0), outcome)
    assert found["n"].tolist() == [20] * 10
    for decile, row in found.iterrows():
        values = np.sort(outcome[20 * decile : 20 * decile + 20])
        assert (row["ci_low"], row["ci_high"]) == (values[5], values[14])
        assert row["ci_low"] <= row["median"] <= row["ci_high"]
        assert row["ci_method"] == "order_statistics"


def test_the_interval_of_the_median_covers_it_as_often_as_it_says():
    # 30 exponential outcomes a decile, 300 deciles a draw; the actual level
    # at n = 30 is .957. Bounds: five Monte-Carlo errors of 9,000 intervals.
    outcome = np.random.default_rng(2).exponential(size=(30, 300))
    covered = 0
    for values in outcome:
        found = deciles_of(np.arange(300.0), values)
        is_covered = found["ci_low"].le(np.log(2)) & found["ci_high"].ge(
            np.log(2)
        )
        covered += is_covered.sum()
    assert covered / 300 == pytest.approx(0.957, abs=5 * 0.0117)


def test_deciles_are_of_the_signal_and_not_of_the_pair():
    signal = np.arange(100.0)
    outcome = np.where(signal < 50, np.nan, signal)
    found = deciles_of(signal, outcome)
    assert found["decile"].tolist() == list(range(1, 11))
    assert found["n"].tolist() == [0] * 5 + [10] * 5
    assert found["status"].tolist() == ["no_overlap"] * 5 + ["ok"] * 5
    assert found["signal_max"].tolist() == [9.0 + 10 * at for at in range(10)]
    empty = found.head(5)[["median", "mean", "zero_share", "ci_low"]]
    assert empty.isna().all(axis=None)


@pytest.mark.parametrize(
    ("signal", "groups", "status"),
    [
        (np.arange(300) % 9, 9, "too_few_distinct"),
        (np.arange(300) % 3, 3, "too_few_distinct"),
        (np.full(300, 4), 1, "constant_signal"),
        (np.arange(300) % 10, 10, "ok"),
        (np.arange(80), 10, "too_few"),
    ],
)
def test_few_distinct_scores_give_fewer_groups_and_say_so(
    signal, groups, status
):
    found = deciles_of(signal, np.arange(len(signal)))
    assert len(found) == groups
    assert set(found["status"]) == {status}
    assert found["median"].notna().all()
    assert found["ci_low"].isna().all() == (status == "too_few")


def test_infinite_values_are_stated_and_give_no_numbers():
    outcome = np.arange(200.0)
    outcome[3] = np.inf
    signal = np.arange(200.0)
    signal[-1] = np.inf
    found = deciles_of(signal, outcome)
    statuses = ["unreliable", *["ok"] * 8, "unreliable"]
    assert found["status"].tolist() == statuses
    assert found["median"].isna().tolist() == [s != "ok" for s in statuses]


def test_a_signal_that_is_nowhere_known_has_no_deciles():
    assert deciles_of(np.full(20, np.nan), np.arange(20)).empty
    assert deciles_of(np.array([]), np.array([])).empty


def test_the_order_of_rows_changes_nothing():
    features = draw_study(150)
    tables = [
        decile_profiles(frame, SIGNALS, OUTCOMES, PLATFORMS, chosen())
        for frame in (features, features.sample(frac=1, random_state=3))
    ]
    assert tables[0].equals(tables[1])


def test_a_confidence_level_that_is_none_is_refused():
    with pytest.raises(LinksignalError, match="between 0 and 1"):
        deciles_of(np.arange(20), np.arange(20), ci_level=95)
