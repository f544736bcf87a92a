from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.estimators.differences import EQUIVALENT_RELATIONS
from linksignal.stats.tables.comparisons import (
    PLATFORM_SIGNALS,
    SIGNAL_CONTRASTS,
)
from linksignal.stats.tables.contrasts import contrast_table
from scipy.stats import false_discovery_control, pearsonr, spearmanr
from scipy.stats import t as student

from .contrast_samples import (
    KEY,
    OUTCOMES,
    SIGNALS,
    draw_frame,
    signal_key,
    table,
)
from .samples import PLATFORMS, chosen

IMAGE = ("image_links", "text_links")
SLOPES = ("slope", "composition")


@pytest.fixture(scope="module")
def frame():
    return draw_frame(400)


@pytest.fixture(scope="module")
def rows(frame):
    return table(frame)


def test_every_contrast_stands_once_by_every_method(rows):
    # 4 signal contrasts x 2 outcomes x 6 platforms, 3 decile ranges x 2
    # outcomes, 10 platform pairs x 2 signals; of two kinds of links by
    # thinning too, and for mentions by their joint model.
    kinds = {"spearman": 54, "pearson_log1p": 54, "spearman_thinned": 30}
    expected = {("signals", name): count for name, count in kinds.items()}
    expected |= {("platforms", name): 20 for name in [*kinds, "slope"]}
    expected["signals", "composition"] = 15
    counts = rows.reset_index().groupby(["kind", "method"]).size()
    assert counts.to_dict() == expected
    assert rows.columns.tolist() == [
        name
        for name in findings_schema("correlation_contrasts").names
        if name not in KEY
    ]


def test_every_signal_that_is_contrasted_is_in_the_registry():
    named = {signal for pair in SIGNAL_CONTRASTS for signal in pair}
    named |= set(PLATFORM_SIGNALS)
    assert named <= set(SIGNALS["signal"])


def test_platform_pairs_keep_the_given_order(rows):
    platforms = rows[rows["kind"] == "platforms"].reset_index()
    place = {platform: at for at, platform in enumerate(PLATFORMS)}
    before = platforms["platform_a"].map(place)
    assert (before < platforms["platform_b"].map(place)).all()
    assert "all" not in set(platforms["platform_a"])
    assert (platforms["signal_a"] == platforms["signal_b"]).all()


@pytest.mark.parametrize(
    ("method", "oracle", "change"),
    [
        ("spearman", spearmanr, lambda values: values),
        ("pearson_log1p", pearsonr, np.log1p),
    ],
)
@pytest.mark.parametrize(
    ("domain_set", "lowest", "highest"),
    [
        ("all", 1, 10),
        ("deciles_6_10", 6, 10),
        ("deciles_6_8", 6, 8),
        ("deciles_9_10", 9, 10),
    ],
)
def test_estimates_are_those_of_the_domain_set(
    frame, rows, method, oracle, change, domain_set, lowest, highest
):
    row = rows.loc[signal_key(*IMAGE, method, domain_set)]
    chosen = frame[frame["authority_decile"].between(lowest, highest)]
    outcome = change(chosen["ai_mentions_all"])
    expected = [oracle(change(chosen[name]), outcome)[0] for name in IMAGE]
    assert row["n"] == len(chosen)
    assert row["estimate_a"] == pytest.approx(expected[0])
    assert row["estimate_b"] == pytest.approx(expected[1])
    assert row["difference"] == pytest.approx(expected[0] - expected[1])


def test_the_numbers_of_a_row_agree_with_each_other(rows):
    ok = rows[rows["status"] == "ok"]
    degrees = ok["degrees_of_freedom"]
    reach = student.ppf(0.975, degrees) * ok["standard_error"]
    assert np.allclose(ok["ci_high"] - ok["difference"], reach)
    assert np.allclose(ok["difference"] - ok["ci_low"], reach)
    size, error = ok["difference"].abs(), ok["standard_error"]
    p_value = 2 * student.sf(size / error, degrees)
    assert np.allclose(ok["p_value"], p_value)
    margin = ok["equivalence_margin"]
    p_equivalence = student.cdf((size - margin) / error, degrees)
    assert np.allclose(ok["p_equivalence"], p_equivalence, equal_nan=True)
    certified = size + student.ppf(0.95, degrees) * error
    certified = certified.where(margin.notna())
    shown = ok["smallest_certified_margin"]
    assert np.allclose(shown, certified, equal_nan=True)
    needed = np.ceil(ok["n"] * (error * 2.926405 / margin) ** 2)
    assert np.abs(ok["n_for_power"] - needed).max() <= 1
    is_slope = ok.index.get_level_values("method").isin(SLOPES)
    assert (margin.isna() == is_slope).all()
    expected = {
        (False, False): "undecided",
        (True, False): "different",
        (False, True): "equivalent",
        (True, True): "different_but_negligible",
    }
    relations = [
        expected[bool(different), bool(equivalent)]
        for different, equivalent in zip(
            ok["p_adjusted"] <= 0.05, p_equivalence <= 0.05, strict=True
        )
    ]
    assert ok["relation"].tolist() == relations
    assert (ok["ci_method"] == "influence_t").all()


def test_where_the_error_is_too_large_the_reason_says_so(rows):
    ok = rows[rows["status"] == "ok"]
    is_blunt = ok["standard_error"] > ok["equivalence_margin"] / 2.926405
    is_blunt &= ~ok["relation"].isin(["equivalent", "different_but_negligible"])
    says_so = ok["reason"].str.contains("cannot certify it").fillna(False)
    assert is_blunt.any()
    assert (says_so == is_blunt).all()
    is_thick = ~(ok["volume_ratio"] > 2)
    assert ok["reason"][~is_blunt & is_thick].isna().all()


def test_p_values_are_adjusted_over_the_rows_of_a_method(rows):
    for method in rows.index.unique("method"):
        chosen = rows.xs(method, level="method")
        expected = false_discovery_control(chosen["p_value"])
        assert np.allclose(chosen["p_adjusted"], expected)


def test_delivered_signals_leave_the_other_rows_as_they_are(frame, rows):
    known = SIGNALS.assign(is_delivered=False)
    name = "nearly_the_mentions"
    added = known.tail(1).assign(
        signal=name, transform="none", is_delivered=True
    )
    values = frame["ai_mentions_all"] + np.arange(len(frame)) / 1000
    found = table(
        frame.assign(**{name: values}), signals=pd.concat([known, added])
    )
    is_added = found.index.get_level_values("signal_a") == name
    assert (found.loc[is_added, "p_adjusted"] < 1e-6).any()
    columns = ["estimate_a", "p_value", "p_adjusted", "relation"]
    pd.testing.assert_frame_equal(
        found.loc[~is_added, columns].reindex(rows.index), rows[columns]
    )


def test_the_same_input_gives_the_same_table_in_any_order(frame, rows):
    shuffled = frame.sample(frac=1, random_state=3)[frame.columns[::-1]]
    again = table(shuffled)
    pd.testing.assert_frame_equal(again, rows)


def test_an_added_signal_leaves_the_other_rows_as_they_were(frame, rows):
    fewer = SIGNALS[SIGNALS["signal"] != "image_share"]
    found = contrast_table(frame, fewer, OUTCOMES, PLATFORMS, chosen())
    found = found.to_pandas().set_index(KEY)
    gone = ["p_adjusted", "input_hash"]
    pd.testing.assert_frame_equal(
        found.drop(columns=gone),
        rows.loc[found.index].drop(columns=gone),
    )


def test_a_contrast_of_a_signal_outside_the_registry_is_left_out(frame):
    fewer = SIGNALS[SIGNALS["signal"] != "image_links"]
    found = contrast_table(
        frame, fewer, OUTCOMES, PLATFORMS, chosen()
    ).to_pandas()
    assert set(found["domain_set"]) == {"all"}
    named = set(found["signal_a"]) | set(found["signal_b"])
    assert named == {
        "nofollow_links",
        "follow_links",
        "authority_score",
        "total_backlinks",
        "referring_domains",
    }
    # The joint model goes on without the kinds that nobody counted.
    joint = found[found["method"] == "composition"]
    assert (joint["status"] == "ok").all()


def test_spearman_ignores_monotone_transforms(frame, rows):
    bent = frame.assign(image_links=np.log1p(frame["image_links"]) ** 3)
    found = table(bent).xs("spearman", level="method")
    before = rows.xs("spearman", level="method")
    # Volumes are those of the counts.
    gone = ["input_hash", "volume_a", "volume_b", "volume_ratio", "reason"]
    pd.testing.assert_frame_equal(
        found.drop(columns=gone), before.drop(columns=gone)
    )


def test_the_confidence_level_and_the_margin_are_those_asked_for(frame):
    found = table(frame, ci_level=0.9, equivalence_margin=0.2)
    row = found.loc[signal_key(*IMAGE)]
    reach = student.ppf(0.95, row["n"] - 2) * row["standard_error"]
    assert row["ci_high"] == pytest.approx(row["difference"] + reach)
    assert row["ci_level"] == 0.9
    signal = np.sort(frame[list(IMAGE)].to_numpy(), axis=0).T
    outcome = np.sort(frame["ai_mentions_all"])
    ceilings = [spearmanr(one, outcome).statistic for one in signal]
    assert row["equivalence_margin"] == pytest.approx(0.2 * min(ceilings))
    margin = found["equivalence_margin"]
    is_certified = found["smallest_certified_margin"] <= margin
    is_equivalent = found["relation"].isin(EQUIVALENT_RELATIONS)
    is_ok = found["status"] == "ok"
    assert (is_certified == is_equivalent)[is_ok].all()
    is_different = found["relation"] == "different"
    assert (found["p_adjusted"] <= 0.1)[is_different].all()


def test_a_frame_without_deciles_is_refused(frame):
    with pytest.raises(LinksignalError, match="authority_decile"):
        table(frame.drop(columns="authority_decile"))
