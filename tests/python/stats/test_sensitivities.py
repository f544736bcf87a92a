from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from calibration.pairs import (
    pearson_estimates,
    spearman_estimates,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators.concordance import concordance
from linksignal.stats.estimators.fisher import on_z_scale
from linksignal.stats.estimators.rank_correlation import (
    RankScores,
    left_out_spearman,
    rank_correlations,
)
from linksignal.stats.tables.sensitivities import (
    clustered,
    group_by_category,
    most_influential_row,
    spearman_brown,
    with_halves,
)
from scipy.stats import spearmanr
from scipy.stats import t as student
from scipy.stats.mstats import winsorize

from .samples import draw_pair, mtcars, variables
from .test_correlation_rows import one_pair

CATEGORIES = [f"c{number}" for number in range(20)]


def influence_on(estimates_of, signal, outcome):
    values = np.column_stack([signal, outcome])
    return estimates_of(values, np.array([[0, 1]])).influences[:, 0]


def delete_one_spearman(signal, outcome):
    left, right = variables(signal, outcome)
    sides = RankScores([left]), RankScores([right])
    found = rank_correlations(*sides)
    sums = concordance([left.groups], right.groups).sums
    return left_out_spearman(*sides, found, sums)[:, 0]


def cluster(estimate, influence, categories):
    """The clustered estimate of one correlation, and n_eff."""
    estimates = np.array([estimate])
    on_z = on_z_scale(estimates, influence[:, np.newaxis])
    return clustered(estimates, on_z, group_by_category(categories), 0.95)[0]


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(12, 60))
@settings(max_examples=30, deadline=None)
def test_ranks_without_a_row_agree_with_ranking_the_others(seed, row_count):
    signal, outcome = draw_pair(np.random.default_rng(seed), row_count, 0.5)
    if min(len(set(signal)), len(set(outcome))) < 4:
        return
    expected = [
        spearmanr(np.delete(signal, row), np.delete(outcome, row)).statistic
        for row in range(row_count)
    ]
    found = delete_one_spearman(signal, outcome)
    assert found == pytest.approx(np.array(expected), abs=1e-12)


def test_a_row_that_carries_a_variable_counts_as_the_largest_change():
    signal = np.arange(12.0)
    outcome = np.where(signal == 4, 1.0, 0.0)
    left_out = delete_one_spearman(signal, outcome)
    assert np.flatnonzero(np.isnan(left_out)).tolist() == [4]
    assert most_influential_row(0.2, left_out) == 4
    assert most_influential_row(0.2, np.array([0.1, 0.3, 0.1])) == 0


@pytest.mark.parametrize("method", ["spearman", "pearson_log1p"])
def test_the_domain_left_out_is_the_one_a_loop_finds(method):
    signal, outcome = draw_pair(np.random.default_rng(3), 80, 0.5)
    rows = one_pair(signal, outcome).loc[method]
    values = np.log1p(signal), np.log1p(outcome)
    if method == "spearman":
        values = tuple(pd.Series(v).rank().to_numpy() for v in values)

    def correlate(kept):
        pair = [v[kept] for v in values]
        if method == "spearman":
            return spearmanr(*pair).statistic
        return np.corrcoef(*pair)[0, 1]

    everything = correlate(np.arange(80))
    without = [correlate(np.arange(80) != row) for row in range(80)]
    row = int(np.argmax(np.abs(np.array(without) - everything)))
    found = rows.loc["leave_one_out"]
    assert found["influential_domain"] == f"{row:05d}.com"
    assert found["estimate"] == pytest.approx(without[row])
    assert found["n"] == 79


def test_the_other_rows_are_the_coefficient_on_the_changed_values():
    signal, outcome = draw_pair(np.random.default_rng(3), 250, 0.5)
    rows = one_pair(signal, outcome).loc["spearman"]
    is_top = (signal > np.sort(signal)[-3]) | (outcome > np.sort(outcome)[-3])
    expected = {
        "positives_only": (signal[outcome > 0], outcome[outcome > 0]),
        "top_1_percent_dropped": (signal[~is_top], outcome[~is_top]),
        "winsorised_1_percent": (
            np.asarray(winsorize(signal, 0.01)),
            np.asarray(winsorize(outcome, 0.01)),
        ),
    }
    for name, (changed_signal, changed_outcome) in expected.items():
        row = rows.loc[name]
        statistic = spearmanr(changed_signal, changed_outcome).statistic
        assert row["estimate"] == pytest.approx(statistic)
        assert row["n"] == len(changed_signal)
        assert row["ci_low"] < statistic < row["ci_high"]
        assert row[["p_adjusted", "p_family_wise"]].isna().all()
    assert rows.loc["positives_only", "zero_outcome_share"] == 0


def test_one_planted_outlier_is_found_and_dropped():
    signal, outcome = draw_pair(np.random.default_rng(3), 60, 0.0)
    signal[7], outcome[7] = 1e6, 1e6
    rows = one_pair(signal, outcome).loc["pearson_log1p"]
    found = rows.loc["leave_one_out"]
    assert found["influential_domain"] == "00007.com"
    assert found["estimate"] < rows.loc["none", "estimate"] - 0.2
    assert rows.loc["top_1_percent_dropped", "n"] < 60


@pytest.mark.parametrize(
    "estimates_of", [spearman_estimates, pearson_estimates]
)
def test_the_clustered_error_agrees_with_statsmodels(estimates_of):
    # The mean of the influence values, its error clustered: G / (G - 1) is
    # statsmodels' small-sample factor too, (n - 1) / (n - 1) its other.
    signal, outcome = draw_pair(np.random.default_rng(3), 300, 0.5)
    influence = influence_on(estimates_of, signal, outcome)
    labels = np.random.default_rng(4).choice(CATEGORIES, 300)
    fit = sm.OLS(influence, np.ones(300)).fit(
        cov_type="cluster",
        cov_kwds={"groups": np.searchsorted(sorted(CATEGORIES), labels)},
    )
    estimate = 0.4
    found, n_eff = cluster(estimate, influence, list(labels))
    z = np.arctanh([found.ci_low, estimate, found.ci_high])
    expected = fit.bse[0] / (1 - estimate**2)
    assert found.standard_error == pytest.approx(expected)
    # At most the 19 of R's cluster-robust test; fewer where few of the sums
    # carry the error.
    assert 5 < found.degrees_of_freedom <= 19
    reach = student.ppf(0.975, found.degrees_of_freedom) * expected
    assert np.diff(z) == pytest.approx([reach, reach])
    alone = np.linalg.norm(influence) / 300 * np.sqrt(300 / 297)
    assert n_eff == pytest.approx(300 / max(1, (fit.bse[0] / alone) ** 2))


def test_categories_on_both_sides_no_longer_make_false_alarms():
    # 300 draws, n = 300, 20 categories with a quarter of the variance of
    # either side and no link between them: Monte-Carlo error .0126; the
    # upper bound is .06 and three errors.
    generator = np.random.default_rng(11)
    naive, robust = [], []
    for _ in range(300):
        places = generator.integers(20, size=300)
        pair = [
            np.sqrt(0.25) * generator.normal(size=20)[places]
            + np.sqrt(0.75) * generator.normal(size=300)
            for _ in range(2)
        ]
        test = spearmanr(*pair)
        labels = [CATEGORIES[place] for place in places]
        naive.append(test.pvalue <= 0.05)
        influence = influence_on(spearman_estimates, *pair)
        found, _ = cluster(test.statistic, influence, labels)
        robust.append(found.p_value <= 0.05)
    assert np.mean(naive) > 0.12
    assert 0.02 < np.mean(robust) < 0.06 + 0.038


def test_categories_of_one_domain_each_change_nothing():
    signal, outcome = draw_pair(np.random.default_rng(3), 300, 0.5)
    influence = influence_on(spearman_estimates, signal, outcome)
    alone = [f"c{row}" for row in range(300)]
    found, n_eff = cluster(0.4, influence, alone)
    assert n_eff == pytest.approx(300)
    none, _ = cluster(0.4, influence, [*alone[:150], *[None] * 150])
    assert none.standard_error == pytest.approx(found.standard_error)
    assert none.ci_low == pytest.approx(found.ci_low, abs=0.01)


def cluster_row(categories, **changes):
    generator = np.random.default_rng(3)
    signal, outcome = draw_pair(generator, len(categories), 0.5)
    rows = one_pair(signal, outcome, category=categories, **changes)
    return rows.loc["spearman"]


def test_twelve_categories_are_enough_and_feed_the_main_row():
    categories = [CATEGORIES[row % 12] for row in range(240)]
    rows = cluster_row(categories)
    found, main = rows.loc["cluster_category"], rows.loc["none"]
    assert found["status"] == "ok"
    assert found["ci_method"] == "fisher_z_cluster"
    assert found["estimate"] == main["estimate"]
    assert main["n_eff"] == found["n_eff"] <= 240
    reach = np.tanh(2.8015852 / np.sqrt(main["n_eff"] - 3))
    assert main["smallest_detectable_r"] == pytest.approx(reach)


@pytest.mark.parametrize(
    ("count", "status"), [(0, "no_overlap"), (1, "too_few"), (11, "too_few")]
)
def test_fewer_categories_are_a_stated_outcome(count, status):
    names = CATEGORIES[:count] or [None]
    rows = cluster_row([names[row % len(names)] for row in range(240)])
    assert rows.loc["cluster_category", "status"] == status
    assert rows["n_eff"].isna().all()


def test_spearman_brown_agrees_with_r_package_psych():
    # psych::splitHalf(mtcars[, c("hp", "carb")])$maxrb
    half = float(np.corrcoef(mtcars("hp"), mtcars("carb"))[0, 1])
    assert spearman_brown(half) == pytest.approx(0.8570203764582)
    assert spearman_brown(-1.0) == spearman_brown(-0.5) == -1.0
    assert np.isnan(spearman_brown(float("nan")))


def test_the_halves_foresee_the_reliability_of_the_whole():
    # Two whole sets of prompts over the same domains correlate as the
    # stepped-up halves of one say: exactly so as counts, and nearly so as
    # logarithms, which of a sum are not the sum of those of its parts.
    generator = np.random.default_rng(12)
    fame = generator.gamma(2.0, size=20_000)
    odd, even, other = (generator.poisson(k * fame) * 1.0 for k in (2, 2, 4))
    half = np.corrcoef(odd, even)[0, 1]
    whole = np.corrcoef(odd + even, other)[0, 1]
    assert spearman_brown(half) == pytest.approx(whole, abs=0.01)
    few = slice(2000)
    rows = one_pair(
        np.floor(100 * fame[few]),
        (odd + even)[few],
        resample_count=5,
        ai_mentions_all_odd=odd[few],
        ai_mentions_all_even=even[few],
    )
    logs = np.log1p([odd + even, other, odd, even])
    for method, correlate in (
        ("pearson_log1p", lambda x, y: np.corrcoef(x, y)[0, 1]),
        ("spearman", lambda x, y: spearmanr(x, y).statistic),
    ):
        found = rows.loc[(method, "prompt_halves")]
        halves = correlate(*logs[2:, few])
        assert found["estimate"] == pytest.approx(2 * halves / (1 + halves))
        assert found["ci_low"] < found["estimate"] < found["ci_high"]
        whole = correlate(*logs[:2])
        assert found["estimate"] == pytest.approx(whole, abs=0.06)
        main = rows.loc[(method, "none"), "estimate"]
        assert main < np.sqrt(found["ci_high"])


def test_a_silent_half_is_a_stated_outcome():
    signal, outcome = draw_pair(np.random.default_rng(3), 60, 0.5)
    halves = {"ai_mentions_all_odd": 0 * outcome}
    rows = one_pair(signal, outcome, ai_mentions_all_even=outcome, **halves)
    found = rows.loc[("spearman", "prompt_halves"), "status"]
    assert found == "constant_outcome"
    lone = one_pair(signal, outcome, **halves)
    assert lone.loc[("spearman", "prompt_halves"), "status"] == "no_overlap"


def test_halves_stand_beside_the_features_by_name():
    features = pd.DataFrame({"domain": ["a.com", "b.com"]})
    halves = pd.DataFrame(
        [
            ("b.com", "all", "odd", 3, 0.75),
            ("a.com", "all", "odd", 1, 0.25),
            ("a.com", "all", "even", 2, 1.0),
            ("b.com", "all", "even", 0, 0.0),
        ],
        columns=["domain", "platform", "half", "ai_mentions", "share_of_voice"],
    )
    found = with_halves(features, halves).set_index("domain")
    assert found["ai_mentions_all_odd"].to_list() == [1, 3]
    assert found["ai_mentions_all_even"].to_list() == [2, 0]
    assert found["share_of_voice_all_odd"].to_list() == [0.25, 0.75]
    nothing = with_halves(features, halves.head(0))
    assert list(nothing.columns) == ["domain"]
