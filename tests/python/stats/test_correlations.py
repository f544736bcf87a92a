from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.contract import findings_schema
from linksignal.stats.tables.correlations import correlation_table
from scipy.stats import pearsonr, spearmanr

from .samples import OUTCOMES, PLATFORMS, SIGNALS, chosen, draw_pair, draw_study

NUMBERS = ["estimate", "ci_low", "ci_high", "p_value", "p_adjusted"]
KEY = ["signal", "outcome", "platform", "method"]
METHODS = ["spearman", "pearson_log1p", "pearson"]


def main_rows(found):
    """Main rows of the plain methods, none beside another."""
    frame = found.to_pandas()
    is_main = (frame["sensitivity"] == "none") & frame["method"].isin(METHODS)
    return frame[is_main].reset_index(drop=True)


def table(features, **changes):
    settings_ = chosen(**({"seed": 7, "resample_count": 400} | changes))
    return main_rows(
        correlation_table(features, SIGNALS, OUTCOMES, PLATFORMS, settings_)
    )


def one_pair(signal, outcome, resample_count=200):
    """Three rows, by method, of one signal against one outcome."""
    features = pd.DataFrame(
        {
            "domain": [f"{row:05d}.com" for row in range(len(signal))],
            "total_backlinks": signal,
            "ai_mentions_all": outcome,
        }
    )
    found = correlation_table(
        features,
        SIGNALS.head(1),
        OUTCOMES.head(1),
        ["all"],
        chosen(seed=1, resample_count=resample_count),
    )
    return main_rows(found).set_index("method")


@pytest.fixture(scope="module")
def features():
    frame = draw_study(120)
    frame.loc[:9, "authority_score"] = np.nan
    frame.loc[5:19, "ai_mentions_gemini"] = np.nan
    frame["share_of_voice_perplexity"] = np.nan
    frame["ai_mentions_chatgpt"] = 3.0
    return frame


@pytest.fixture(scope="module")
def rows(features):
    return table(features)


def test_every_combination_has_its_row_in_the_declared_schema(features, rows):
    found = correlation_table(
        features,
        SIGNALS,
        OUTCOMES,
        PLATFORMS,
        chosen(seed=7, resample_count=400),
    )
    assert found.schema == findings_schema("correlations")
    found.validate(full=True)
    assert len(rows) == 3 * 2 * 6 * 3
    assert not rows.duplicated(KEY).any()
    assert isinstance(found, pa.Table)


def test_estimates_agree_with_scipy_on_the_complete_rows(features, rows):
    oracles = {
        "spearman": lambda x, y: spearmanr(x, y).statistic,
        "pearson": lambda x, y: pearsonr(x, y).statistic,
    }
    transforms = dict(SIGNALS.to_numpy()) | dict(OUTCOMES.to_numpy())
    for row in rows.query("status == 'ok'").itertuples():
        pair = features[[row.signal, f"{row.outcome}_{row.platform}"]].dropna()
        signal, outcome = pair.to_numpy().T
        if row.method == "pearson_log1p":
            if transforms[row.signal] == "log1p":
                signal = np.log1p(signal)
            if transforms[row.outcome] == "log1p":
                outcome = np.log1p(outcome)
        oracle = oracles.get(row.method, oracles["pearson"])
        assert row.n == len(pair)
        assert row.estimate == pytest.approx(oracle(signal, outcome))


def test_every_status_is_stated_and_goes_with_its_numbers(rows):
    by_outcome = rows.set_index(["outcome", "platform"])["status"]
    assert set(by_outcome["share_of_voice", "perplexity"]) == {"no_overlap"}
    assert set(by_outcome["ai_mentions", "chatgpt"]) == {"constant_outcome"}
    assert set(by_outcome["ai_mentions", "gemini"]) == {"ok"}
    is_ok = rows["status"] == "ok"
    assert rows.loc[is_ok, NUMBERS].notna().all(axis=None)
    assert rows.loc[~is_ok, NUMBERS].isna().all(axis=None)
    assert rows.loc[is_ok, "ci_method"].notna().all()
    assert rows.loc[~is_ok, "ci_method"].isna().all()


def test_bounds_and_p_values_are_in_order(rows):
    ok = rows.query("status == 'ok'")
    assert (ok["ci_low"] <= ok["estimate"]).all()
    assert (ok["estimate"] <= ok["ci_high"]).all()
    assert ok["p_value"].between(0, 1).all()
    assert (ok["p_value"] <= ok["p_adjusted"]).all()
    assert (ok["p_value"] <= ok["p_family_wise"]).all()
    assert (ok["p_family_wise"] <= 1).all()


def test_shares_are_of_the_complete_rows(features, rows):
    row = rows.set_index(KEY).loc[
        ("authority_score", "ai_mentions", "gemini", "spearman")
    ]
    pair = features[["authority_score", "ai_mentions_gemini"]].dropna()
    assert row["n"] == len(pair) == 100
    zero_shares = row[["zero_signal_share", "zero_outcome_share"]]
    assert zero_shares.tolist() == (pair == 0).mean().tolist()
    tied = [pair[name].duplicated(keep=False).mean() for name in pair]
    tied_shares = row[["tied_signal_share", "tied_outcome_share"]]
    assert tied_shares.tolist() == pytest.approx(tied)
    assert row["smallest_detectable_r"] == pytest.approx(0.277026, abs=1e-6)


def test_the_order_of_rows_changes_nothing(features, rows):
    shuffled = features.sample(frac=1, random_state=5)
    pd.testing.assert_frame_equal(table(shuffled), rows, check_exact=True)


def test_the_seed_decides_what_is_drawn_and_nothing_else(features, rows):
    other = table(features, seed=8)
    is_raw = rows["method"] == "pearson"
    raw_p = rows.loc[is_raw, "p_value"].dropna()
    assert (other.loc[raw_p.index, "p_value"] != raw_p).any()
    drawn = {"seed", "p_family_wise"}
    raw_drawn = {*drawn, "p_value", "p_adjusted"}
    for is_kept, changed in ((~is_raw, drawn), (is_raw, raw_drawn)):
        kept = [name for name in rows.columns if name not in changed]
        pd.testing.assert_frame_equal(
            other.loc[is_kept, kept], rows.loc[is_kept, kept]
        )


def test_an_added_signal_leaves_the_figures_of_the_others(features, rows):
    fewer = main_rows(
        correlation_table(
            features,
            SIGNALS.head(1),
            OUTCOMES,
            PLATFORMS,
            chosen(seed=7, resample_count=400),
        )
    )
    kept = rows[rows["signal"] == SIGNALS["signal"][0]]
    own = [*KEY, "n", "estimate", "ci_low", "ci_high", "p_value", "status"]
    pd.testing.assert_frame_equal(fewer[own], kept[own], rtol=1e-9)


def test_the_number_of_threads_changes_nothing(tmp_path, features):
    features.to_parquet(tmp_path / "features.parquet")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import pandas as pd\n"
        "from stats.test_correlations import table\n"
        "features = pd.read_parquet(sys.argv[2] + '/features.parquet')\n"
        "table(features).to_parquet(sys.argv[3])\n"
    )
    tests = str(Path(__file__).parents[1])
    frames = []
    for threads in ("1", "2", "4"):
        result = str(tmp_path / f"{threads}.parquet")
        subprocess.run(
            [sys.executable, "-c", script, tests, str(tmp_path), result],
            env={
                "OPENBLAS_NUM_THREADS": threads,
                "OMP_NUM_THREADS": threads,
                "MKL_NUM_THREADS": threads,
            },
            check=True,
        )
        frames.append(pd.read_parquet(result))
    for frame in frames[1:]:
        pd.testing.assert_frame_equal(frame, frames[0], rtol=0, atol=1e-9)


@pytest.mark.parametrize("row_count", [0, 1, 3, 9])
def test_too_few_domains_are_a_stated_outcome(row_count):
    values = np.arange(row_count, dtype=np.float64)
    found = one_pair(values, values[::-1])
    assert set(found["status"]) == {"too_few" if row_count else "no_overlap"}
    assert found["n"].tolist() == [row_count] * 3
    assert found[NUMBERS].isna().all(axis=None)
    assert found["smallest_detectable_r"].isna().all() == (row_count <= 3)


def test_ten_domains_without_ties_are_enough():
    values = np.arange(10.0)
    found = one_pair(values, np.array([3.0, 1, 2, 6, 0, 5, 9, 4, 8, 7]))
    assert set(found["status"]) == {"ok"}
    assert found.loc["spearman", "ci_method"] == "fisher_z_bonett_wright"
    assert found.loc["pearson_log1p", "ci_method"] == "jackknife_z"
    assert found.loc["pearson", "ci_method"] == "bootstrap_abc"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda x, y: (x, 0 * y), "constant_outcome"),
        (lambda x, y: (0 * x + 7, y), "constant_signal"),
        (lambda x, y: (x, np.where(np.arange(60) < 9, y + 1, 0)), "few"),
        (lambda x, y: (x, np.where(np.arange(60) == 4, np.inf, y)), "inf"),
        (lambda x, y: (np.where(np.arange(60) == 4, -np.inf, x), y), "inf"),
        (lambda x, y: (x, np.full(60, np.nan)), "no_overlap"),
    ],
)
def test_hopeless_variables_are_a_stated_outcome(change, status):
    found = one_pair(*change(*draw_pair(np.random.default_rng(1), 60, 0.5)))
    names = {"few": "too_few_distinct", "inf": "unreliable"}
    assert set(found["status"]) == {names.get(status, status)}
    assert found[NUMBERS].isna().all(axis=None)


def test_counts_below_zero_have_no_logarithm_but_a_rank():
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    found = one_pair(signal, outcome - 4)["status"]
    assert found.to_dict() == {
        "spearman": "ok",
        "pearson_log1p": "unreliable",
        "pearson": "ok",
    }


def test_a_perfect_correlation_keeps_its_estimate_and_has_no_interval():
    values = np.arange(60.0)
    found = one_pair(values, 2 * values)
    is_perfect = found["estimate"] > 1 - 1e-12
    assert is_perfect.to_dict() == {
        "spearman": True,
        "pearson_log1p": False,
        "pearson": True,
    }
    perfect = found[is_perfect]
    assert set(perfect["status"]) == {"unreliable"}
    assert perfect[["ci_low", "ci_high", "ci_method"]].isna().all(axis=None)
    # Permutations need no error.
    assert np.isnan(perfect.loc["spearman", "p_value"])
    assert perfect.loc["pearson", "p_value"] == pytest.approx(1 / 201)
    assert perfect["reason"].notna().all()
    assert found.loc["pearson_log1p", "status"] == "ok"


@pytest.mark.parametrize("size", [1e9, 1e15, 1e307])
def test_one_huge_outlier_breaks_nothing(size):
    signal, outcome = draw_pair(np.random.default_rng(1), 60, 0.5)
    usual = one_pair(signal, outcome).loc["spearman"]
    signal[np.argmax(signal)] = size
    found = one_pair(signal, outcome)
    pd.testing.assert_series_equal(
        found.loc["spearman"].drop("input_hash"), usual.drop("input_hash")
    )
    assert found["estimate"].between(-1, 1).all()
    assert set(found["status"]) <= {"ok", "unreliable", "not_converged"}


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(0, 80))
@settings(max_examples=25, deadline=None)
def test_any_study_gives_ordered_numbers_or_a_status(seed, row_count):
    generator = np.random.default_rng(seed)
    signal, outcome = draw_pair(generator, row_count, 0.5)
    signal[generator.random(row_count) < 0.1] = np.nan
    found = one_pair(signal, outcome, resample_count=60)
    ok = found[found["status"] == "ok"]
    assert (ok["ci_low"] <= ok["estimate"]).all()
    assert (ok["estimate"] <= ok["ci_high"]).all()
    assert (ok["p_value"] <= ok["p_family_wise"]).all()
    assert found.loc[found["status"] != "ok", "ci_low"].isna().all()
    assert not np.isinf(found[NUMBERS].to_numpy(dtype=np.float64)).any()


def agreeing(found):
    """Whether p agrees with the interval, of rows tested by their error."""
    by_error = found[found["p_method"] == "student_t"]
    leaves_out_zero = (by_error["ci_low"] > 0) | (by_error["ci_high"] < 0)
    return by_error["p_value"].lt(1 - by_error["ci_level"]).eq(leaves_out_zero)


@pytest.mark.parametrize("ci_level", [0.5, 0.9, 0.95, 0.999])
@pytest.mark.parametrize("is_clustered", [False, True])
def test_p_is_below_the_level_exactly_where_the_interval_leaves_out_zero(
    features, ci_level, is_clustered
):
    frame = features
    if is_clustered:
        frame = frame.assign(cluster=[f"o{row // 3}" for row in range(120)])
    found = correlation_table(
        frame,
        SIGNALS,
        OUTCOMES,
        PLATFORMS,
        chosen(seed=7, resample_count=50, ci_level=ci_level),
    ).to_pandas()
    is_by_error = found["p_method"] == "student_t"
    assert agreeing(found).all()
    assert is_by_error.sum() > 300
    # Both sides of the level are met, or the test would say nothing.
    assert found.loc[is_by_error, "p_value"].lt(1 - ci_level).nunique() == 2
    is_raw = (found["method"] == "pearson") & found["p_value"].notna()
    by = "student_t" if is_clustered else "permutation"
    assert set(found.loc[is_raw, "p_method"]) == {by}


def test_below_thirty_domains_main_rows_are_tested_by_permutation():
    found = one_pair(*draw_pair(np.random.default_rng(1), 25, 0.5), 99)
    assert set(found["p_method"]) == {"permutation"}
    assert (found["p_value"] * 100 % 1).round(6).isin([0, 1]).all()


def test_owners_widen_every_method_and_take_the_numbers_of_a_sandwich(features):
    # Each domain five times: as independent rows errors shrink by root 5,
    # as clusters of one owner they stay what they are for single rows.
    small = features.head(60).assign(domain=lambda f: f["domain"] + "a")
    copies = [
        small.assign(domain=small["domain"] + str(k), cluster=small["domain"])
        for k in range(5)
    ]
    frame = pd.concat(copies, ignore_index=True)

    def errors(data):
        found = correlation_table(
            data, SIGNALS, OUTCOMES, ["all"], chosen(seed=7, resample_count=20)
        ).to_pandas()
        return found[found["sensitivity"] == "none"].set_index(KEY)

    once, clustered = errors(small), errors(frame)
    naive = errors(frame.drop(columns="cluster"))
    is_z = once["ci_method"].ne("bootstrap_abc") & once["status"].eq("ok")
    assert set(clustered.loc[is_z, "ci_method"]) == {"fisher_z_cluster"}
    ratio = (clustered["standard_error"] / once["standard_error"])[is_z]
    # Factors for small samples differ: 60 / 59 against 60 / 57.
    assert ratio.between(0.9, 1.02).all()
    shrunk = (naive["standard_error"] / once["standard_error"])[is_z]
    assert shrunk.between(0.38, 0.5).all()
    assert (clustered["degrees_of_freedom"] <= 59).all()


def test_too_few_owners_are_a_stated_outcome(features):
    frame = features.assign(cluster=[f"o{row % 9}" for row in range(120)])
    found = table(frame)
    estimated = found["estimate"].notna()
    assert set(found.loc[estimated, "status"]) == {"too_few"}
    assert found["ci_low"].isna().all()


def test_outcomes_that_are_not_main_have_the_primary_main_rows_alone(features):
    outcomes = OUTCOMES.assign(is_main=[True, False])
    found = correlation_table(
        features, SIGNALS, outcomes, ["all"], chosen(seed=7, resample_count=20)
    ).to_pandas()
    other = found[found["outcome"] == "share_of_voice"]
    assert set(other["method"]) == {"spearman", "pearson_log1p"}
    assert set(other["sensitivity"]) == {"none"}
    everything = table(features).set_index(KEY)
    for row in other.itertuples():
        known = everything.loc[row.signal, row.outcome, "all", row.method]
        assert row.estimate == known["estimate"]
        assert row.ci_low == pytest.approx(known["ci_low"], abs=1e-12)
