"""Degenerate studies: every row stays, with a status instead of a crash."""

from __future__ import annotations

import numpy as np
import pytest

from .contrast_samples import draw_frame, signal_key, table
from .samples import PLATFORMS

ALWAYS = {
    "kind",
    "n",
    "ci_level",
    "adjust_method",
    "volume_a",
    "volume_b",
    "volume_ratio",
    "status",
    "reason",
    "seed",
    "input_hash",
}
ROW_COUNT = 233
NOFOLLOW = ("nofollow_links", "follow_links")
IMAGE = ("image_links", "text_links")


def small_table(frame):
    found = table(frame)
    assert len(found) == ROW_COUNT
    numbers = found.select_dtypes("number")
    assert not np.isinf(numbers.to_numpy(dtype=np.float64)).any()
    return found


def assert_blank(rows):
    """No number, no relation, but a reason."""
    assert rows.drop(columns=list(ALWAYS)).isna().all(axis=None)
    assert rows["reason"].notna().all()


@pytest.mark.parametrize("row_count", [0, 1, 3, 9])
def test_too_few_domains(row_count):
    found = small_table(draw_frame(60).head(row_count))
    expected = np.where(found["n"] == 0, "no_overlap", "too_few")
    assert found["status"].tolist() == expected.tolist()
    assert found["n"].max() == row_count
    assert_blank(found)


def test_ten_domains_give_numbers_where_enough_differ():
    frame = draw_frame(10)
    generator = np.random.default_rng(1)
    for name in (*NOFOLLOW, "ai_mentions_all"):
        frame[name] = generator.permutation(10) + 1
    row = small_table(frame).loc[signal_key(*NOFOLLOW)]
    assert (row["status"], row["n"]) == ("ok", 10)
    assert row["ci_low"] < row["difference"] < row["ci_high"]


@pytest.mark.parametrize(
    ("column", "value", "status"),
    [
        ("nofollow_links", 0, "constant_signal"),
        ("nofollow_links", 7, "constant_signal"),
        ("follow_links", 7, "constant_signal"),
        ("ai_mentions_all", 0, "constant_outcome"),
    ],
)
def test_a_constant(column, value, status):
    found = small_table(draw_frame(60).assign(**{column: value}))
    row = found.loc[[signal_key(*NOFOLLOW)]]
    assert row["status"].tolist() == [status]
    assert_blank(row)
    other = found.loc[signal_key("authority_score", "total_backlinks")]
    assert (other["status"] == "ok") == (column != "ai_mentions_all")


def test_everything_zero():
    frame = draw_frame(60)
    values = frame.columns.drop("domain")
    found = small_table(frame.assign(**dict.fromkeys(values, 0)))
    whole = found[found.index.get_level_values("domain_set") == "all"]
    assert set(whole["status"]) == {"constant_signal"}
    assert_blank(found)


def test_a_variable_with_hardly_a_value_off_its_mode():
    outcome = np.zeros(60)
    outcome[:9] = np.arange(1, 10)
    found = small_table(draw_frame(60).assign(ai_mentions_all=outcome))
    row = found.loc[[signal_key(*NOFOLLOW)]]
    assert row["status"].tolist() == ["too_few_distinct"]
    assert_blank(row)


def test_the_same_signal_twice_is_no_evidence_of_equivalence():
    frame = draw_frame(60)
    for changed, status in ((0, "too_few_distinct"), (9, "too_few_distinct")):
        twin = frame["follow_links"].copy()
        twin.iloc[:changed] += 1
        found = small_table(frame.assign(nofollow_links=twin))
        row = found.loc[[signal_key(*NOFOLLOW)]]
        assert row["status"].tolist() == [status]
        assert "differ on fewer than" in row["reason"].iloc[0]
        assert_blank(row)


def test_the_same_order_in_other_units_has_a_difference_and_no_error():
    frame = draw_frame(60)
    frame["nofollow_links"] = 3 * frame["follow_links"] + 1
    found = small_table(frame)
    for method in ("spearman",):
        row = found.loc[[signal_key(*NOFOLLOW, method)]]
        assert row["status"].tolist() == ["unreliable"]
        assert row["difference"].iloc[0] == pytest.approx(0, abs=1e-12)
        shown = ["estimate_a", "estimate_b", "difference"]
        assert row[shown].notna().all(axis=None)
        assert_blank(row.drop(columns=shown))
    transformed = found.loc[signal_key(*NOFOLLOW, "pearson_log1p")]
    assert transformed["status"] == "ok"


def test_a_perfect_correlation_has_no_error():
    frame = draw_frame(60)
    frame["nofollow_links"] = frame["ai_mentions_all"]
    found = small_table(frame)
    for method in ("spearman", "pearson_log1p"):
        row = found.loc[signal_key(*NOFOLLOW, method)]
        assert row["status"] == "unreliable"
        assert "perfect" in row["reason"]
        assert row["estimate_a"] == pytest.approx(1)
        assert np.isnan(row["standard_error"])


def test_a_huge_value_is_a_rank_like_any_other():
    frame = draw_frame(60)
    largest = frame["follow_links"].idxmax()
    before = small_table(frame).loc[signal_key(*NOFOLLOW)]
    for size in (1e9, 1e300):
        values = frame["follow_links"].astype(float)
        values[largest] = size
        found = small_table(frame.assign(follow_links=values))
        row = found.loc[signal_key(*NOFOLLOW)]
        assert row["ci_low"] == before["ci_low"]
        other = found.loc[signal_key(*NOFOLLOW, "pearson_log1p")]
        assert np.isfinite(other["standard_error"])


def test_an_infinite_value_is_unreliable_for_its_signal_alone():
    values = draw_frame(60)["follow_links"].astype(float)
    values[5] = np.inf
    found = small_table(draw_frame(60).assign(follow_links=values))
    for method in ("spearman", "pearson_log1p"):
        row = found.loc[[signal_key(*NOFOLLOW, method)]]
        assert row["status"].tolist() == ["unreliable"]
        assert_blank(row)
    assert found.loc[signal_key(*IMAGE)]["status"] == "ok"


def test_a_value_below_minus_one_has_no_logarithm():
    values = draw_frame(60)["follow_links"].astype(float)
    values[5] = -2
    found = small_table(draw_frame(60).assign(follow_links=values))
    assert found.loc[signal_key(*NOFOLLOW)]["status"] == "ok"
    row = found.loc[[signal_key(*NOFOLLOW, "pearson_log1p")]]
    assert row["status"].tolist() == ["unreliable"]
    assert_blank(row)


def test_domains_without_a_value_drop_out_of_its_contrasts_alone():
    frame = draw_frame(60)
    values = frame["follow_links"].astype(float)
    values[:7] = np.nan
    found = small_table(frame.assign(follow_links=values))
    row = found.loc[signal_key(*NOFOLLOW)]
    assert row["n"] == 53
    alone = small_table(frame.iloc[7:]).loc[signal_key(*NOFOLLOW)]
    for name in ("difference", "standard_error", "p_value"):
        assert row[name] == pytest.approx(alone[name], rel=1e-12)
    assert found.loc[signal_key(*IMAGE)]["n"] == 60


def test_a_platform_without_data():
    frame = draw_frame(60)
    frame[["ai_mentions_gemini", "share_of_voice_gemini"]] = np.nan
    found = small_table(frame)
    names = found.index.to_frame()
    is_gemini = (names[["platform_a", "platform_b"]] == "gemini").any(axis=1)
    assert set(found[is_gemini]["status"]) == {"no_overlap"}
    assert (found[is_gemini]["n"] == 0).all()
    assert_blank(found[is_gemini])
    others = set(PLATFORMS) - {"gemini"}
    assert set(names[~is_gemini]["platform_a"]) == others
    assert "no_overlap" not in set(found[~is_gemini]["status"])


def test_domains_without_a_decile_are_in_no_range():
    frame = draw_frame(60)
    frame.loc[frame["authority_decile"] >= 9, "authority_decile"] = None
    found = small_table(frame)
    sizes = {
        name: found.loc[signal_key(*IMAGE, domain_set=name)]["n"]
        for name in ("all", "deciles_6_8", "deciles_6_10", "deciles_9_10")
    }
    assert sizes["all"] == 60
    assert sizes["deciles_6_10"] == sizes["deciles_6_8"] > 0
    assert sizes["deciles_9_10"] == 0


def test_no_decile_work_below_ten_distinct_scores():
    frame = draw_frame(120)
    frame["authority_score"] = frame["authority_decile"].clip(2, 10)
    found = small_table(frame)
    row = found.loc[[signal_key(*IMAGE, domain_set="deciles_6_10")]]
    assert row["status"].tolist() == ["too_few_distinct"]
    assert "distinct authority scores" in row["reason"].iloc[0]
    assert_blank(row)
    assert found.loc[signal_key(*IMAGE)]["status"] == "ok"
