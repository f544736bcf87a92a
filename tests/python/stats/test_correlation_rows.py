from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.contract import findings_schema
from linksignal.stats.blocks import Pair
from linksignal.stats.estimate import Estimate
from linksignal.stats.rules import Status
from linksignal.stats.tables.cells import Found, RowKey
from linksignal.stats.tables.correlations import (
    adjusted_p_values,
    correlation_table,
    family_wise_p_values,
)
from linksignal.stats.tables.sensitivities import SENSITIVITIES
from scipy.stats import kendalltau
from statsmodels.stats.multitest import multipletests

from .samples import OUTCOMES, SIGNALS, chosen, draw_pair, draw_study, mtcars

KEY = ["signal", "outcome", "platform", "method", "sensitivity"]
PLATFORMS = ["chatgpt", "perplexity", "all"]
REFERRING = pd.DataFrame(
    {"signal": ["referring_domains"], "transform": ["log1p"]}
)
ALL_SIGNALS = pd.concat([SIGNALS, REFERRING], ignore_index=True)


def one_pair(signal, outcome, resample_count=60, **columns):
    """Rows, by method and sensitivity, of one signal against one outcome."""
    features = pd.DataFrame(
        {
            "domain": [f"{row:05d}.com" for row in range(len(signal))],
            "total_backlinks": signal,
            "ai_mentions_all": outcome,
            **columns,
        }
    )
    found = correlation_table(
        features,
        SIGNALS.head(1),
        OUTCOMES.head(1),
        ["all"],
        chosen(seed=1, resample_count=resample_count),
    )
    return found.to_pandas().set_index(["method", "sensitivity"])


def table(features, signals=ALL_SIGNALS):
    found = correlation_table(
        features,
        signals,
        OUTCOMES,
        PLATFORMS,
        chosen(seed=7, resample_count=100),
    )
    assert found.schema == findings_schema("correlations")
    found.validate(full=True)
    return found.to_pandas()


@pytest.fixture(scope="module")
def features():
    frame = draw_study(120)
    generator = np.random.default_rng(9)
    frame["referring_domains"] = np.floor(
        frame["total_backlinks"] ** 0.8 * generator.random(120)
    )
    frame.loc[:9, "authority_score"] = np.nan
    frame["share_of_voice_perplexity"] = np.nan
    frame["ai_mentions_chatgpt"] = 3.0
    frame["category"] = [f"c{row % 15}" for row in range(120)]
    frame.loc[::7, "category"] = None
    return frame


@pytest.fixture(scope="module")
def rows(features):
    return table(features)


def test_every_cell_has_all_its_rows(rows):
    # Four signals, two outcomes, three platforms: five main rows and six
    # sensitivity rows by each of two methods.
    assert len(rows) == 4 * 2 * 3 * (5 + 2 * 6)
    assert not rows.duplicated(KEY).any()
    beside = rows[rows["sensitivity"] != "none"]
    assert set(beside["sensitivity"]) == set(SENSITIVITIES)
    assert set(beside["method"]) == {"spearman", "pearson_log1p"}


def test_numbers_go_with_a_status(rows):
    is_ok = rows["status"] == "ok"
    numbers = ["estimate", "ci_low", "ci_high", "ci_method"]
    assert rows.loc[is_ok, numbers].notna().all(axis=None)
    assert rows.loc[~is_ok, numbers].isna().all(axis=None)
    is_tested = rows["sensitivity"].isin(["none", "cluster_category"])
    p_values = ["p_adjusted", "p_family_wise"]
    tested = rows[is_ok & is_tested]
    assert tested[p_values].notna().all(axis=None)
    assert rows.loc[~(is_ok & is_tested), p_values].isna().all(axis=None)
    errors = ["standard_error", "degrees_of_freedom", "p_value", "p_method"]
    assert rows.loc[is_ok, errors].notna().all(axis=None)
    assert rows.loc[~is_ok, errors].isna().all(axis=None)
    assert (rows["reason"].isna() == is_ok).all()
    assert (tested["p_value"] <= tested["p_adjusted"]).all()
    assert (tested["p_value"] <= tested["p_family_wise"]).all()
    named = rows["influential_domain"].notna()
    assert (named == (is_ok & (rows["sensitivity"] == "leave_one_out"))).all()


def test_reliability_is_said_of_raw_pearson_alone(rows):
    is_raw = (rows["method"] == "pearson") & rows["estimate"].notna()
    assert (rows["is_reliable"].notna() == is_raw).all()
    by_signal = rows[is_raw].groupby("signal")["is_reliable"].mean()
    assert by_signal["total_backlinks"] == 0


def test_controls_stand_on_partial_rows_and_decide_their_domains(rows):
    is_partial = rows["method"] == "partial_spearman"
    assert (rows["controls"].notna() == is_partial).all()
    partial = rows[is_partial].set_index("signal")
    controls = partial["controls"].groupby("signal").first()
    assert controls["authority_score"] == "referring_domains, total_backlinks"
    assert controls["image_links"] == "authority_score"
    # Ten domains have no authority score.
    known = partial["outcome"].eq("ai_mentions")
    assert set(partial.loc[known, "n"]) == {110}


def test_signals_without_registered_controls_have_no_partial_row(features):
    partial = table(features, SIGNALS).query("method == 'partial_spearman'")
    assert set(partial["signal"]) == {"total_backlinks", "image_links"}
    alone = table(features, SIGNALS.head(1))
    assert "partial_spearman" not in set(alone["method"])


def test_kendall_rows_agree_with_scipy(features, rows):
    found = rows.query("method == 'kendall_tau_b' and status == 'ok'")
    assert len(found) == 4 * (2 + 2)
    for row in found.itertuples():
        names = [row.signal, f"{row.outcome}_{row.platform}"]
        expected = kendalltau(*features[names].dropna().to_numpy().T)
        assert row.estimate == pytest.approx(expected.statistic)
    holm = multipletests(found["p_value"], method="holm")[1]
    assert found["p_family_wise"].to_numpy() == pytest.approx(holm)
    adjusted = multipletests(found["p_value"], method="fdr_bh")[1]
    assert found["p_adjusted"].to_numpy() == pytest.approx(adjusted)


def test_r_has_the_same_p_value_of_tau():
    # cor.test(mtcars$carb, mtcars$gear, method = "kendall", exact = FALSE)
    # p-value 0.53020442643448, by the normal law with the tied variance
    found = one_pair(mtcars("carb")[:29], mtcars("gear")[:29])
    row = found.loc[("kendall_tau_b", "none")]
    test = kendalltau(mtcars("carb")[:29], mtcars("gear")[:29])
    assert row["p_value"] == pytest.approx(test.pvalue)
    assert row["p_method"] == "permutation"
    whole = kendalltau(mtcars("carb"), mtcars("gear"))
    assert whole.pvalue == pytest.approx(0.53020442643448)


def test_the_order_of_rows_changes_nothing(features, rows):
    shuffled = features.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(table(shuffled), rows, check_exact=True)


def test_categories_leave_the_other_rows_and_change_the_hash(features, rows):
    without = table(features.drop(columns="category"))
    is_other = rows["sensitivity"] != "cluster_category"
    own = {"n_eff", "smallest_detectable_r", "input_hash"}
    kept = [name for name in rows.columns if name not in own]
    pd.testing.assert_frame_equal(
        without.loc[is_other, kept], rows.loc[is_other, kept]
    )
    assert set(without["input_hash"]).isdisjoint(rows["input_hash"])
    clusters = without.loc[~is_other, "status"]
    assert set(clusters) == {"no_overlap", "constant_outcome"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda x, y: (x, 0 * y), "constant_outcome"),
        (lambda x, y: (0 * x + 7, y), "constant_signal"),
        (lambda x, y: (0 * x, 0 * y), "constant_signal"),
        (lambda x, y: (x, (np.arange(60) < 9) * 1.0), "too_few_distinct"),
        (lambda x, y: (x[:9], y[:9]), "too_few"),
        (lambda x, y: (x[:3], y[:3]), "too_few"),
        (lambda x, y: (x[:1], y[:1]), "too_few"),
        (lambda x, y: (x[:0], y[:0]), "no_overlap"),
        (lambda x, y: (x, np.full(60, np.nan)), "no_overlap"),
    ],
)
def test_hopeless_pairs_keep_all_rows(change, status):
    found = one_pair(*change(*draw_pair(np.random.default_rng(1), 60, 0.5)))
    assert len(found) == 4 + 12
    assert (found["status"] != "ok").all()
    assert set(found.xs("none", level="sensitivity")["status"]) == {status}
    assert (
        found[["estimate", "ci_low", "p_value", "n_eff"]].isna().all(axis=None)
    )


def test_an_infinite_value_spoils_only_the_rows_that_hold_it():
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    signal[4] = np.inf
    status = one_pair(signal, outcome)["status"].loc["spearman"]
    assert status["none"] == status["leave_one_out"] == "unreliable"
    assert status["top_1_percent_dropped"] == "ok"


def test_a_perfect_correlation_has_an_estimate_and_no_interval():
    signal = np.arange(60.0)
    rows = one_pair(signal, signal).xs("none", level="sensitivity")
    assert set(rows["status"]) == {"unreliable"}
    assert rows["estimate"].to_list() == pytest.approx([1.0] * 4)
    assert rows["ci_low"].isna().all()


def test_one_huge_value_leaves_every_row_a_status_and_finite_numbers():
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    signal[4] = 1e300
    rows = one_pair(signal, outcome)
    assert not rows.loc[("pearson", "none"), "is_reliable"]
    ranked = rows.loc[["spearman", "kendall_tau_b"]]
    not_given = ["prompt_halves", "cluster_category"]
    ranked = ranked.drop(not_given, level="sensitivity")
    assert set(ranked["status"]) == {"ok"}
    numbers = rows[["estimate", "ci_low", "ci_high"]]
    assert np.isfinite(numbers[rows["status"] == "ok"]).all(axis=None)
    assert not np.isinf(numbers).any(axis=None)


def test_a_missing_value_takes_its_domain_out_of_every_row():
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    outcome[4] = np.nan
    rows = one_pair(signal, outcome)
    assert set(rows.xs("none", level="sensitivity")["n"]) == {59}
    is_kept = np.arange(60) != 4
    alone = one_pair(signal[is_kept], outcome[is_kept])
    assert rows["estimate"].to_numpy() == pytest.approx(
        alone["estimate"].to_numpy(), nan_ok=True
    )


def test_no_positive_outcome_leaves_no_pair():
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    status = one_pair(signal, -outcome)["status"].loc["spearman"]
    assert status["none"] == "ok"
    assert status["positives_only"] == "no_overlap"


def result(p_value):
    return Found(Estimate(99, p_value=p_value))


def test_clear_rows_of_a_delivered_signal_let_no_other_row_pass():
    own, added = (
        {
            RowKey(Pair(signal, f"{signal}_{at}"), "spearman"): result(p_value)
            for at, p_value in enumerate(p_values)
        }
        for signal, p_values in {
            "links": (0.03, 0.4, 0.6),
            "visits": (1e-9, 1e-8, 1e-7),
        }.items()
    )
    alone = adjusted_p_values(own, ["visits"])
    beside = adjusted_p_values(own | added, ["visits"])
    assert {key: beside[key] for key in own} == alone
    assert [alone[key] for key in own] == pytest.approx([0.09, 0.6, 0.6])


def test_families_are_of_one_method_and_one_sensitivity():
    pairs = [Pair(name, "outcome") for name in "abc"]
    main = {
        RowKey(pair, "spearman"): result(p)
        for pair, p in zip(pairs, (0.01, 0.02, 0.5), strict=True)
    }
    beside = {RowKey(pairs[0], "spearman", "cluster_category"): result(0.04)}
    untested = {
        RowKey(pairs[0], "pearson"): Found(Estimate(9, status=Status.TOO_FEW))
    }
    results = main | beside | untested
    adjusted = adjusted_p_values(results, [])
    assert [adjusted[key] for key in main] == pytest.approx([0.03, 0.03, 0.5])
    assert [adjusted[key] for key in beside] == [0.04]
    assert adjusted.keys().isdisjoint(untested)
    alone = family_wise_p_values(results, [])
    assert [alone[key] for key in main] == pytest.approx([0.03, 0.04, 0.5])
    together = family_wise_p_values(
        results, [{key: row.estimate.p_value for key, row in main.items()}]
    )
    assert [together[key] for key in main] == [0.01, 0.02, 0.5]
    assert [together[key] for key in beside] == [0.04]
