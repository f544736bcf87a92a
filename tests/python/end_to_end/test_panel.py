"""Months of links and mentions: by definition, and with a planted order."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import panel_by_definition as by_definition
import pytest
from linksignal import cli
from linksignal.simulate.panel import GAIN

MODELS = (
    "panel_windows",
    "mention_months",
    "link_month_counts",
    "domain_months",
)


def days(column):
    return column.dt.date


@pytest.fixture(scope="module", params=[1, 2])
def built(workbench, request):
    """A study of adversarial shapes, and the tables that dbt makes of it."""
    study = by_definition.study(request.param)
    workbench.write(study)
    workbench.make("+domain_months")
    return study, {name: workbench.table(f"features.{name}") for name in MODELS}


def test_windows_are_those_of_most_prompts_in_every_month(built):
    study, tables = built
    found = tables["panel_windows"].set_index("platform")
    expected = by_definition.windows(study)
    assert set(found.index) == set(expected)
    for platform, (span, prompts) in expected.items():
        row = found.loc[platform]
        assert row["first_month"].date() == span[0], platform
        assert row["last_month"].date() == span[-1], platform
        assert (row["months"], row["prompts"]) == (len(span), prompts)


def test_mentions_by_month_are_those_of_the_balanced_prompts(built):
    study, tables = built
    found = tables["mention_months"]
    keys = zip(
        found["platform"], found["domain"], days(found["month"]), strict=True
    )
    counted = dict(zip(keys, found["mentions"], strict=True))
    expected = by_definition.mention_months(study)
    assert len(counted) == len(found)
    assert counted == pytest.approx(dict(expected), abs=1e-8)


def test_new_referring_domains_by_month_are_those_of_the_raw_rows(built):
    study, tables = built
    found = tables["link_month_counts"]
    keys = zip(
        *(found[name] for name in ("domain", "source", "link_grain")),
        days(found["month"]),
        strict=True,
    )
    counted = dict(zip(keys, found["new_referring_domains"], strict=True))
    assert len(counted) == len(found)
    expected = by_definition.link_months(study)
    assert {key[1] for key in expected} == {"alpha", "beta", "gamma"}
    assert counted == expected


def test_a_month_stands_beside_the_one_before_and_the_one_after(built):
    study, tables = built
    found = tables["domain_months"]
    known = by_definition.link_months(study)
    sources = [key[1:3] for key in known]
    chosen = max(
        set(sources), key=lambda one: (sources.count(one), one[1] == "links")
    )
    mentions = by_definition.mention_months(study)
    assert len(found) == len({key[:2] for key in mentions}) * 8 - sum(
        8 - len(by_definition.windows(study)[platform][0])
        for platform, _ in {key[:2] for key in mentions}
    )
    shifts = {
        "new_referring_domains_before": -1,
        "new_referring_domains": 0,
        "new_referring_domains_after": 1,
    }
    for row in found.itertuples():
        month = row.month.date()
        key = row.platform, row.domain, month
        assert row.mentions == pytest.approx(mentions[key], abs=1e-8)
        for column, shift in shifts.items():
            number = month.year * 12 + month.month - 1 + shift
            other = dt.date(number // 12, number % 12 + 1, 1)
            value = getattr(row, column)
            expected = known.get((row.domain, *chosen, other))
            assert pd.isna(value) if expected is None else value == expected


def test_the_bundled_sample_says_that_months_are_missing(built_sample):
    found = built_sample.frame("from findings.panel_effects")
    assert set(found["verdict"]) == {"cannot_tell"}
    assert set(found["status"]) == {"too_few_months"}
    assert found["estimate"].isna().all()
    assert found["sentence"].str.contains("5 more months are needed").all()
    assert built_sample.frame("from features.domain_months").empty is False
    assert built_sample.frame("from features.referrer_gains").empty


@pytest.mark.parametrize(
    ("direction", "verdict"),
    [("forward", "links_first"), ("reverse", "mentions_first")],
)
def test_a_planted_order_is_told(workbench, direction, verdict):
    workbench.clear()
    words = f"--panel {direction} --domains 300 --months 8 --seed 4".split()
    out = str(workbench.raw_dir)
    assert cli.main(["simulate", "--out", out, *words]) == 0
    workbench.make("+panel_effects")
    assert workbench.failing_tests() == []
    found = workbench.table("findings.panel_effects")
    told = found[found["platform"] == "all"]
    assert set(told["verdict"]) == {verdict}
    assert found["is_simulated"].all() and len(found) == 30
    planted = {"links_first": "lag", "mentions_first": "lead"}[verdict]
    effect = told.set_index("term").loc[planted]
    assert 0 < effect["ci_low"] < effect["ci_high"] < 0.3
    # Of reverse it is planted in links, not in mentions.
    if direction == "forward":
        assert effect["ci_low"] < GAIN < effect["ci_high"]
    assert told["months"].eq(8).all() and told["prompts"].eq(200).all()
