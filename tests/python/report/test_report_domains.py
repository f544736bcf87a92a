"""The table of domains, and where each domain stands in its decile."""

from __future__ import annotations

import datetime

import duckdb
import numpy as np
import pytest
from linksignal.report.domain_table import read_domains, source_text
from linksignal.show.findings import Findings

DOMAINS = """
    select domains.*, outcomes.value as ai_mentions_all
    from findings.domains
    join findings.domain_outcomes as outcomes using (domain)
    where outcomes.platform = 'all' and outcomes.outcome = 'ai_mentions'
"""
PROFILED = (
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
    "follow_share",
    "image_share",
)


@pytest.fixture(scope="module")
def domains(built_sample):
    with Findings(built_sample.database) as findings:
        return read_domains(findings)


@pytest.fixture(scope="module")
def frame(built_sample):
    return built_sample.frame(f"from ({DOMAINS})").set_index("domain")


def test_every_domain_is_listed_most_mentioned_first(domains, frame):
    place = domains.table.columns.index("ai_mentions_all")
    mentions = [row[place] for row in domains.table.rows]
    assert mentions == sorted(frame["ai_mentions_all"], reverse=True)


def test_medians_are_those_of_the_deciles_and_of_all(domains, frame):
    names = ["ai_mentions_all", *PROFILED]
    *deciles, of_all = domains.medians
    expected = frame.groupby("authority_decile")[names].median()
    assert [row["authority_decile"] for row in deciles] == list(range(1, 11))
    for row in deciles:
        for name in names:
            assert row[name] == pytest.approx(
                expected.loc[row["authority_decile"], name]
            )
    assert of_all["authority_decile"] is None
    for name in names:
        assert of_all[name] == pytest.approx(frame[name].median())


def test_domains_without_a_score_have_no_decile_but_count_among_all(
    built_sample, tmp_path
):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update findings.domain_outcomes set value = 1e6 "
            "where outcome = 'ai_mentions' "
            "and domain in (select domain from findings.domains "
            "where authority_decile > 4); "
            "update findings.domains set "
            "authority_decile = null, authority_score = null "
            "where authority_decile > 4"
        )
    with Findings(database) as findings:
        *deciles, of_all = read_domains(findings).medians
    assert [row["authority_decile"] for row in deciles] == [1, 2, 3, 4]
    assert of_all["ai_mentions_all"] == 1e6


def test_standing_is_the_share_of_the_next_decile_below(domains, frame):
    """Count them one by one, for some domains of every decile."""
    for decile, group in frame.groupby("authority_decile"):
        above = frame[frame["authority_decile"] == decile + 1]
        for domain, row in group.iloc[::25].iterrows():
            standing = domains.standing[domain]
            for signal, share in zip(PROFILED, standing, strict=True):
                others = above[signal].dropna().to_numpy(float)
                if not len(others) or np.isnan(row[signal]):
                    assert share is None
                    continue
                below = np.mean(others < row[signal])
                equal = np.mean(others == row[signal])
                assert share == pytest.approx(below + equal / 2, abs=0.001)


def test_places_are_shares_of_all_domains_below(domains, frame):
    names = ("ai_mentions_all", *PROFILED)
    for at in range(0, len(domains.places), 97):
        row = frame.loc[domains.table.rows[at][0]]
        for name in names:
            others = frame[name].dropna().to_numpy(float)
            if np.isnan(row[name]):
                assert domains.places[at][name] is None
                continue
            below = np.mean(others < row[name])
            equal = np.mean(others == row[name])
            assert domains.places[at][name] == pytest.approx(
                100 * (below + equal / 2), abs=0.501
            )


def test_a_limit_keeps_the_most_mentioned(built_sample, frame):
    with Findings(built_sample.database) as findings:
        listed = read_domains(findings, most=7)
    best = frame.reset_index().sort_values(
        ["ai_mentions_all", "domain"], ascending=[False, True]
    )
    assert [row[0] for row in listed.table.rows] == list(best["domain"][:7])
    assert set(listed.standing) == {row[0] for row in listed.table.rows}


def test_every_listed_domain_says_where_its_numbers_come_from(domains):
    assert list(domains.sources) == [row[0] for row in domains.table.rows]
    assert all(
        told.startswith("Links: ") and " of simulated, 2025-10-01" in told
        for told in domains.sources.values()
    )


SOURCES = {
    "owner": "Acme",
    "cluster": "owner: acme",
    "cluster_size": 3,
    "link_source": "semrush",
    "link_grain": "profile",
    "links_as_of": datetime.date(2026, 1, 31),
    "authority_source": "moz",
    "authority_as_of": datetime.date(2026, 1, 30),
    "delivered_score": 61.0,
    "authority_scale": "0-100",
}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {},
            "Links: totals of semrush, 2026-01-31. Score: 61 of moz, scale "
            "0-100, 2026-01-30. Owner: Acme. In errors it counts as one with "
            "2 more of the cluster owner: acme.",
        ),
        (
            {"link_grain": "links", "owner": None, "cluster_size": 1},
            "Links: link rows of semrush, 2026-01-31. Score: 61 of moz, scale "
            "0-100, 2026-01-30.",
        ),
        (
            {
                "link_source": None,
                "authority_source": None,
                "owner": None,
                "cluster": None,
                "cluster_size": 0,
            },
            "No links known. No score known.",
        ),
        (
            {"links_as_of": None, "authority_as_of": None, "cluster_size": 1},
            "Links: totals of semrush. Score: 61 of moz, scale 0-100. Owner: "
            "Acme.",
        ),
    ],
)
def test_sources_are_told_as_far_as_they_are_known(changes, told):
    assert source_text(SOURCES | changes) == told


def test_a_cluster_counts_its_domains(built_sample, tmp_path):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update findings.domains set cluster = 'one' "
            "where authority_decile = 10"
        )
        ((size,),) = connection.execute(
            "select count(*) from findings.domains where cluster = 'one'"
        ).fetchall()
    with Findings(database) as findings:
        told = read_domains(findings).sources.values()
    phrase = f"counts as one with {size - 1} more of the cluster one."
    assert sum(phrase in text for text in told) == size > 50
