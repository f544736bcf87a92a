from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from linksignal.errors import LinksignalError
from linksignal.stats.estimators.new_prompts import (
    MIN_GROUPS,
    jackknife_error,
)
from linksignal.stats.frames import read_study
from linksignal.stats.prompt_groups import read_prompt_groups, share_columns

GROUPS = 12
SUMMED = ("chatgpt", "google_ai_overviews")
PLATFORMS = (*SUMMED, "claude")
DOMAINS = [f"{at:02d}.com" for at in range(30)]


def mentions(seed=1):
    """One row per reference: domain, platform, group, branded or not."""
    generator = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "domain": generator.choice([*DOMAINS, "other.com"], 900),
            "platform": generator.choice(PLATFORMS, 900),
            "prompt_group": generator.integers(GROUPS, size=900),
            "is_branded": generator.random(900) < 0.5,
        }
    )


def outcomes(rows):
    """The features frame by definition, from the references themselves."""
    rows = rows[rows["domain"].isin(DOMAINS)]
    frame = pd.DataFrame({"domain": DOMAINS}).set_index("domain")
    shares = []
    for platform in PLATFORMS:
        here = rows[rows["platform"] == platform]
        for name, kept in (
            ("ai_mentions", here),
            ("unbranded_mentions", here[~here["is_branded"]]),
        ):
            counts = kept.groupby("domain").size().reindex(DOMAINS)
            frame[f"{name}_{platform}"] = counts.fillna(0.0)
        counts = frame[f"unbranded_mentions_{platform}"]
        frame[f"share_of_voice_{platform}"] = counts / counts.sum()
        if platform in SUMMED:
            shares.append(counts / counts.sum())
    for name in ("ai_mentions", "unbranded_mentions"):
        frame[f"{name}_all"] = sum(frame[f"{name}_{p}"] for p in SUMMED)
    frame["share_of_voice_all"] = pd.concat(shares, axis=1).mean(axis=1)
    return frame.reset_index()


def by_group(rows):
    keys = ["domain", "platform", "prompt_group", "is_in_all"]
    counted = rows.assign(unbranded_mentions=~rows["is_branded"])
    counted["is_in_all"] = counted["platform"].isin(SUMMED)
    grouped = counted.groupby(keys)["unbranded_mentions"].agg(["size", "sum"])
    return grouped.reset_index().rename(
        columns={"size": "ai_mentions", "sum": "unbranded_mentions"}
    )


def columns():
    return [name for name in outcomes(mentions()).columns if name != "domain"]


def groups(rows, frame=None):
    frame = outcomes(rows) if frame is None else frame
    study = read_study(frame, frame.columns.drop("domain"))
    return read_prompt_groups(by_group(rows), study)


@cache
def outcomes_without(number):
    """The features frame without the prompts of a group."""
    rows = mentions()
    return outcomes(rows[rows["prompt_group"] != number])


@pytest.mark.parametrize("name", columns())
def test_an_outcome_without_a_group_is_that_of_the_other_answers(name):
    found = list(groups(mentions()).without(name))
    assert len(found) == GROUPS
    for number, values in enumerate(found):
        others = outcomes_without(number)[name]
        np.testing.assert_allclose(values, others, rtol=1e-12)


@pytest.mark.parametrize("name", [n for n in columns() if "share" not in n])
def test_changes_lead_from_a_count_to_what_is_left_of_it(name):
    found, rows = groups(mentions()), np.arange(4, len(DOMAINS))
    changes = found.changes(name, rows)
    assert (np.diff(changes.replicates) >= 0).all()
    assert changes.replicate_count == GROUPS
    for number, values in enumerate(found.without(name)):
        left = found.study.columns[name][rows].copy()
        is_here = changes.replicates == number
        np.testing.assert_array_equal(
            left[changes.rows[is_here]], changes.before[is_here]
        )
        left[changes.rows[is_here]] = changes.after[is_here]
        np.testing.assert_array_equal(left, values[rows])


def test_answers_without_a_prompt_stay_in_every_replicate():
    rows = mentions()
    has_none = rows["prompt_group"] == 3
    without_prompt = groups(rows[~has_none], outcomes(rows))
    found = list(without_prompt.without("ai_mentions_chatgpt"))
    assert len(found) == GROUPS - 1
    expected = outcomes(rows[rows["prompt_group"] != 0])
    np.testing.assert_array_equal(found[0], expected["ai_mentions_chatgpt"])


def test_unknown_outcomes_stay_unknown():
    rows = mentions()
    frame = outcomes(rows)
    frame["ai_mentions_chatgpt"] = np.nan
    found = groups(rows, frame)
    for values in found.without("ai_mentions_chatgpt"):
        assert np.isnan(values).all()


def test_what_has_no_groups_or_too_few_is_not_known():
    rows = mentions()
    found = groups(rows)
    assert found.knows("share_of_voice_all")
    assert not found.knows("citations_all")
    assert not found.knows("ai_mentions_gemini")
    with pytest.raises(LinksignalError, match="citations_all is not known"):
        next(found.without("citations_all"))
    few = groups(rows[rows["prompt_group"] < MIN_GROUPS - 1], outcomes(rows))
    assert not few.knows("ai_mentions_all")
    without_mentions = outcomes(rows).drop(columns="unbranded_mentions_chatgpt")
    assert not groups(rows, without_mentions).knows("share_of_voice_all")


def test_a_study_without_references_has_no_groups():
    rows = mentions()
    study = read_study(outcomes(rows), columns())
    found = read_prompt_groups(by_group(rows).head(0), study)
    assert not found.groups


def test_the_columns_shares_rest_on_are_named():
    assert share_columns(["domain", *columns()]) == [
        name for name in columns() if name.startswith("unbranded_mentions_")
    ]


def test_the_jackknife_of_a_mean_is_its_standard_error():
    values = np.random.default_rng(1).normal(size=40)
    left_out = (values.sum() - values) / 39
    expected = values.std(ddof=1) / np.sqrt(40)
    assert jackknife_error(left_out) == pytest.approx(expected)
    several = np.column_stack([left_out, 2 * left_out])
    np.testing.assert_allclose(
        jackknife_error(several), [expected, 2 * expected]
    )


def test_too_few_groups_have_no_error():
    assert np.isnan(jackknife_error(np.arange(MIN_GROUPS - 1.0)))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_share_of_one_platform_is_proportional_to_its_mentions(platform):
    found = groups(mentions())
    name = f"share_of_voice_{platform}"
    whole = found.proportional(name)
    assert whole == f"unbranded_mentions_{platform}"
    for share, count in zip(
        found.without(name), found.without(whole), strict=True
    ):
        np.testing.assert_allclose(share, count / count.sum())
    for kept in ("share_of_voice_all", "ai_mentions_all"):
        assert found.proportional(kept) == kept
