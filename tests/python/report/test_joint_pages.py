"""The pages on all signals together say what the tables say, and no more."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from linksignal.lookups import lookup_rows
from linksignal.report.joint_pages import joint_section, outlook_section
from linksignal.report.study import MOST_OPPORTUNITIES, read_study
from linksignal.show.findings import Findings


@pytest.fixture(scope="module")
def study(built_sample):
    with Findings(built_sample.database) as findings:
        return read_study(findings)


def records(table):
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def in_charts(figure):
    return [
        row
        for spec in figure.views.values()
        for layer in [spec, *spec["layer"]]
        for row in layer.get("data", {}).get("values", [])
        if "signal" in row
    ]


def test_sentences_are_those_of_the_tables(built_sample, study):
    of_all = "platform = 'all' and outcome = 'ai_mentions'"
    told = built_sample.frame(
        "select effects_sentence, gauge_sentence "
        f"from findings.joint_summaries where {of_all}"
    ).iloc[0]
    came_first = built_sample.frame(
        "select distinct sentence from findings.panel_effects "
        "where platform = 'all'"
    )["sentence"]
    assert list(joint_section(study).paragraphs) == [
        *told,
        *(f"Month by month: {sentence}" for sentence in came_first),
    ]


def test_pictures_are_of_the_terms_over_all_platforms(built_sample, study):
    effects, shares = joint_section(study).figures
    of_all = "platform = 'all' and outcome = 'ai_mentions'"
    for figure, table, column in (
        (effects, "joint_effects", "ratio"),
        (shares, "signal_importance", "estimate"),
    ):
        truth = built_sample.frame(
            f"select {column} as value from findings.{table} where {of_all}"
        )["value"]
        assert {row["estimate"] for row in in_charts(figure)} == set(truth)
    explained = built_sample.frame(
        f"select r_squared from findings.signal_importance where {of_all}"
    )["r_squared"][0]
    assert f"explain {100 * explained:.0f} % of the ranks" in shares.title


def test_shares_along_the_axis_are_not_rounded(study):
    """Steps of half a per cent would be called 1 % 1 % 2 % 2 %."""
    _, shares = joint_section(study).figures
    formats = re.findall(r"'format': '([^']*%)'", str(shares.views))

    assert formats == ["~%"]


def test_where_nothing_is_known_nothing_is_drawn(study):
    bare = replace(
        study,
        joint_summaries=[],
        joint_effects=[],
        signal_importance=[],
        panel_effects=[],
        standings=[],
        outlooks=[],
        sources=[],
        links=[],
    )
    page = joint_section(bare)
    assert page.paragraphs == []
    assert [figure.views for figure in page.figures] == [{}, {}]
    assert "cannot be told" in page.figures[1].title
    outlook = outlook_section(bare)
    assert (list(outlook.paragraphs), list(outlook.tables)) == ([], [])


def test_standings_are_counted_beside_what_chance_makes(built_sample, study):
    truth = built_sample.frame(
        "select label, sentence, count(*) as domains, "
        "max(by_chance_count) as chance from findings.domain_outlook "
        "join lookups.standings using (standing) "
        "where platform = 'all' group by all order by label"
    )
    told = outlook_section(study).paragraphs
    for row in truth.itertuples():
        (sentence,) = [
            text
            for text in told
            if text.startswith(row.label.capitalize() + ":")
        ]
        assert row.sentence in sentence
        numbers = [int(n) for n in re.findall(r"\d+", sentence)]
        expected = [row.domains, max(round(row.chance), 1)]
        is_apart = row.label in {"named less", "named more"}
        assert numbers == (expected if is_apart else expected[:1])


def test_a_domain_that_stands_apart_may_do_so_by_chance():
    for row in lookup_rows("standings"):
        is_apart = row["standing"] in {"less", "more"}
        assert ("by chance" in row["sentence"]) == is_apart


def test_domains_that_stand_apart_are_listed_with_what_is_usual(
    built_sample, study
):
    tables = {table.table_id: table for table in outlook_section(study).tables}
    for standing in ("less", "more"):
        truth = built_sample.frame(
            "from findings.domain_outlook "
            f"where platform = 'all' and standing = '{standing}'"
        ).set_index("domain")
        found = records(tables[f"outlook_{standing}"])
        assert {row["domain"] for row in found} == set(truth.index)
        for row in found:
            of_domain = truth.loc[row["domain"]]
            for name in ("ai_mentions", "expected_mentions", "prediction_low"):
                assert row[name] == of_domain[name]


def test_opportunities_are_of_domains_named_less_few_for_each(
    built_sample, study
):
    tables = {table.table_id: table for table in outlook_section(study).tables}
    less = {row["domain"] for row in records(tables["outlook_less"])}
    for kind, source, key in (
        ("sources", "source_opportunities", "cited_domain"),
        ("links", "link_opportunities", "linking_domain"),
    ):
        truth = built_sample.frame(f"from findings.{source}")
        known = set(zip(truth["domain"], truth[key], strict=True))
        expected = truth[truth["domain"].isin(less)].groupby("domain").size()
        if expected.empty:
            assert f"opportunities_{kind}" not in tables
            continue
        found = records(tables[f"opportunities_{kind}"])
        assert {(row["domain"], row[key]) for row in found} <= known
        counts = {domain: 0 for domain in expected.index}
        for row in found:
            counts[row["domain"]] += 1
        assert counts == {
            domain: min(MOST_OPPORTUNITIES, count)
            for domain, count in expected.items()
        }


def test_nothing_on_these_pages_says_cause(study):
    for page in (joint_section(study), outlook_section(study)):
        texts = [
            *page.paragraphs,
            *(figure.title + figure.note for figure in page.figures),
        ]
        for text in texts:
            for sentence in re.split(r"(?<=[.;:]) ", text):
                if "cause" in sentence.lower():
                    assert re.search(
                        r"\b(no|not|nothing|nor)\b|because", sentence
                    ), sentence
        assert not re.search(
            r"\b(leads to|brings|results in)\b", " ".join(texts)
        )


def test_reasons_that_differ_are_not_told_as_one(study):
    unknown = {
        "standing": None,
        "domains": 5,
        "by_chance_count": None,
        "reasons": 1,
        "reason": "Unknown of the domain: authority score.",
    }
    for reasons, told in (
        (1, "Not told for 5 domains. "),
        (2, "Not told for 5 domains, most often for this reason. "),
    ):
        page = outlook_section(
            replace(
                study,
                standings=[unknown | {"reasons": reasons}],
                outlooks=[],
                sources=[],
                links=[],
            )
        )
        assert list(page.paragraphs) == [told + unknown["reason"]]


def test_a_table_says_why_a_range_is_missing_or_below_what_is_expected(study):
    row = {
        "domain": "a.com",
        "standing": "more",
        "ai_mentions": 9,
        "expected_mentions": 2.5,
        "prediction_low": 0,
        "prediction_high": 4,
    }
    captions = []
    for high in (4, None, 1):
        page = outlook_section(
            replace(study, outlooks=[row | {"prediction_high": high}])
        )
        tables = {table.table_id: table for table in page.tables}
        captions.append(tables["outlook_more"].caption)
    plain, bare, above = captions
    assert bare == f"{plain}; without a range none is usual"
    assert above.startswith(f"{plain}; what is expected is a mean, and lies")
