"""Opportunities are those that a count by definition finds, world by world.

The count is plain Python over the raw records and shares nothing with the
models. The worlds are small and spiteful: links of a site to itself, lost
ones, the same link in two loads, older snapshots and a second tool; categories
of one, none at all, and with markup in their names; ties throughout.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from random import Random

import pandas as pd
import pytest
from raw_folders import Study

OLD, NEW = dt.date(2024, 5, 1), dt.date(2024, 6, 1)
PLATFORMS = ["chatgpt", "perplexity"]
ODD = '<b>O\'Neil & "Sons"</b>'
CATEGORIES = ["shoes", "shoes", "shoes", ODD, ODD, None]
OUTSIDE = [
    *(f"site{number}.org" for number in range(30)),
    "xn--bcher-kva.example",
]
MODELS = ("source_opportunities", "link_opportunities", "opportunity_counts")
MOST_SOURCES, MOST_LINKS, MOST_LEADERS = 10, 20, 20


class World:
    """Raw records drawn by a seed."""

    def __init__(self, seed: int, size: int, has_categories: bool = True):
        random = Random(seed)
        self.domains = {
            f"d{number}.com": (
                random.choice(CATEGORIES) if has_categories else None
            )
            for number in range(size)
        }
        if has_categories:
            self.domains["d0.com"] = "lonely"
        self.answers, self.references = [], []
        for number in range(12 * size):
            self._answer(random, f"a{number}")
        self.links: dict[str, list[dict]] = {"one": [], "two": []}
        for number in range(60 * size):
            self._link(random, number)

    def _answer(self, random: Random, answer_id: str) -> None:
        origin = {"source": "tracker", "answer_id": answer_id}
        self.answers.append(
            {
                **origin,
                "as_of": NEW,
                "platform": random.choice(PLATFORMS),
                "is_branded": random.choice([True, False, False, None]),
            }
        )
        for as_of in random.choice([[NEW], [NEW], [OLD, NEW]]):
            named = random.sample(list(self.domains), k=random.randrange(4))
            cited = random.sample(OUTSIDE, k=random.randrange(5))
            for domain in [*named, *cited]:
                kinds = ["citation", "retrieval"]
                if domain in self.domains:
                    kinds.append("mention")
                for kind in random.sample(kinds, k=random.randrange(1, 3)):
                    record = {"kind": kind, "domain": domain}
                    self.references.append({**origin, "as_of": as_of, **record})

    def _link(self, random: Random, number: int) -> None:
        target = random.choice(list(self.domains)[:-1])
        if random.random() < 0.15:
            return
        site = random.choice([*OUTSIDE, *self.domains])
        link = {
            "source": random.choice(["alpha", "alpha", "alpha", "beta"]),
            "as_of": random.choice([OLD, NEW, NEW, NEW]),
            "source_url": f"https://{site}/{number % 7}",
            "source_domain": site,
            "target_url": f"https://{target}/{number % 3}",
            "target_domain": target,
            "link_kind": "anchor",
            "is_nofollow": random.choice([True, False, None]),
            "is_lost": random.choice([True, False, False, None]),
            "link_count": random.choice([None, None, 3]),
            "source_page_score": random.choice([None, 10.0, 50.0, 50.0]),
            "last_seen": dt.datetime(2024, 4, 1) + dt.timedelta(number),
        }
        self.links[random.choice(["one", "two"])].append(link)

    def study(self) -> Study:
        def distinct(records, names):
            """Within one load no link stands twice."""
            return list(
                {tuple(r[n] for n in names): r for r in records}.values()
            )

        link = ["source", "as_of", "source_url", "target_url"]
        every = list(self.references[0])
        return {
            "study_domains": {
                "list": [
                    {
                        "source": "own",
                        "as_of": NEW,
                        "domain": domain,
                        "category": category,
                    }
                    for domain, category in self.domains.items()
                ]
            },
            "ai_answers": {"answers": self.answers},
            "ai_references": {"answers": distinct(self.references, every)},
            "backlinks": {
                load: distinct(records, link)
                for load, records in self.links.items()
            },
            "domain_scores": {
                "scores": [
                    {
                        "source": "alpha",
                        "as_of": NEW,
                        "domain": domain,
                        "score": 1.0,
                        "scale": "0-100",
                    }
                    for domain in self.domains
                ]
            },
        }


class Count:
    """What is to be found in a world, by definition."""

    def __init__(self, world: World) -> None:
        self.world, self.category = world, world.domains
        self.rivals = {
            domain: {
                other
                for other, category in world.domains.items()
                if category == own and other != domain
            }
            if own is not None
            else set()
            for domain, own in world.domains.items()
        }
        self.named, self.cited = defaultdict(set), defaultdict(set)
        newest: dict[str, dt.date] = {}
        for record in world.references:
            key = record["answer_id"]
            newest[key] = max(newest.get(key, OLD), record["as_of"])
        for record in world.references:
            key, domain = record["answer_id"], record["domain"]
            if record["as_of"] < newest[key] or record["kind"] == "retrieval":
                continue
            if domain in world.domains:
                self.named[key].add(domain)
            if record["kind"] == "citation":
                self.cited[key].add(domain)
        self.mentions = {
            domain: sum(domain in named for named in self.named.values())
            for domain in world.domains
        }

    def sources(self) -> tuple[pd.DataFrame, dict[str, int]]:
        rows, found = [], {}
        for domain, category in self.category.items():
            mine: list[dict] = []
            for platform in PLATFORMS if category is not None else ():
                mine += self._sources_on(domain, platform)
            mine.sort(
                key=lambda row: (
                    -row["absent_answers"],
                    row["cited_domain"],
                    row["platform"],
                )
            )
            found[domain] = len(mine)
            rows += mine[:MOST_SOURCES]
        return pd.DataFrame(rows), found

    def _sources_on(self, domain, platform):
        peers = self.rivals[domain] | {domain}
        topic = [
            answer["answer_id"]
            for answer in self.world.answers
            if answer["platform"] == platform
            and answer["is_branded"] is not True
            and self.named[answer["answer_id"]] & peers
        ]
        cited = set().union(*(self.cited[key] for key in topic)) - peers
        for site in sorted(cited):
            citing = [key for key in topic if site in self.cited[key]]
            absent = [key for key in citing if domain not in self.named[key]]
            named = set().union(*(self.named[key] & peers for key in citing))
            if absent:
                yield {
                    "domain": domain,
                    "platform": platform,
                    "category": self.category[domain],
                    "cited_domain": site,
                    "is_study_domain": site in self.category,
                    "absent_answers": len(absent),
                    "citing_answers": len(citing),
                    "topic_answers": len(topic),
                    "citing_share": len(citing) / len(topic),
                    "rivals": len(named - {domain}),
                }

    def live_links(self) -> list[dict]:
        """Links of the newest snapshots, the newest state of each."""
        loads = self.world.study()["backlinks"].values()
        records = [record for load in loads for record in load]
        newest: dict[tuple, dt.date] = {}
        for record in records:
            key = record["target_domain"], record["source"]
            newest[key] = max(newest.get(key, OLD), record["as_of"])
        states: dict[tuple, dict] = {}
        self.tools = defaultdict(set)
        for record in sorted(records, key=lambda one: one["last_seen"]):
            key = record["target_domain"], record["source"]
            self.tools[record["source"]].add(record["target_domain"])
            if record["as_of"] == newest[key]:
                link = record["source_url"], record["target_url"]
                states[(record["source"], *link)] = record
        return [
            record
            for record in states.values()
            if record["is_lost"] is not True
            and record["source_domain"] != record["target_domain"]
        ]

    def links(self) -> tuple[pd.DataFrame, dict[str, int | str]]:
        live = self.live_links()
        tool = min(self.tools, key=lambda one: (-len(self.tools[one]), one))
        linked = self.tools[tool]
        of_tool = [record for record in live if record["source"] == tool]
        rows, found = [], {}
        for domain, category in self.category.items():
            peers = [
                other
                for other in self.rivals[domain] | {domain}
                if other in linked and self.mentions[other] > 0
            ]
            peers.sort(key=lambda one: (-self.mentions[one], one))
            better = [
                other
                for other in peers[:MOST_LEADERS]
                if self.mentions[other] > self.mentions[domain]
            ]
            if category is None:
                found[domain] = "no_category"
            elif not self.rivals[domain]:
                found[domain] = "no_rivals"
            elif len(better) < 2:
                found[domain] = "no_better_rivals"
            elif domain not in linked:
                found[domain] = "no_link_rows"
            else:
                mine = self._linking(domain, better, of_tool, live)
                found[domain] = len(mine)
                rows += mine[:MOST_LINKS]
        return pd.DataFrame(rows), found

    def _linking(self, domain, better, of_tool, live):
        taken = {
            record["source_domain"]
            for record in live
            if record["target_domain"] == domain
        }
        by_site = defaultdict(list)
        for record in of_tool:
            if record["target_domain"] in better:
                by_site[record["source_domain"]].append(record)
        rows = []
        for site, records in by_site.items():
            rivals = {record["target_domain"] for record in records}
            if len(rivals) < 2 or site in taken or site == domain:
                continue
            scores = [
                record["source_page_score"]
                for record in records
                if record["source_page_score"] is not None
            ]
            sizes = [record["link_count"] or 1 for record in records]
            follow = [
                size
                for size, record in zip(sizes, records, strict=True)
                if record["is_nofollow"] is not True
            ]
            rows.append(
                {
                    "domain": domain,
                    "category": self.category[domain],
                    "linking_domain": site,
                    "is_study_domain": site in self.category,
                    "rivals": len(rivals),
                    "links": sum(sizes),
                    "follow_links": sum(follow),
                    "highest_page_score": max(scores, default=None),
                }
            )
        rows.sort(
            key=lambda row: (
                -row["rivals"],
                -(row["highest_page_score"] or -1),
                row["linking_domain"],
            )
        )
        return rows


def built(workbench, world) -> dict[str, pd.DataFrame]:
    workbench.write(world.study())
    selected = [f"+findings.{name}" for name in MODELS]
    workbench.make(*selected)
    return {name: workbench.table(f"findings.{name}") for name in MODELS}


def assert_same(found, expected, key):
    found = found.drop(columns="is_simulated").sort_values(key)
    expected = expected.sort_values(key)[list(found)]
    pd.testing.assert_frame_equal(
        found.reset_index(drop=True),
        expected.reset_index(drop=True),
        check_dtype=False,
    )


@pytest.mark.parametrize(("seed", "size"), [(1, 9), (2, 16), (3, 45)])
def test_opportunities_are_those_of_a_count_by_definition(
    workbench, seed, size
):
    world = World(seed, size)
    tables, count = built(workbench, world), Count(world)
    sources, found_sources = count.sources()
    links, found_links = count.links()
    assert len(sources) > 20 and (len(links) > 5 or size < 10)
    key = ["domain", "platform", "cited_domain"]
    assert_same(tables["source_opportunities"], sources, key)
    key = ["domain", "linking_domain"]
    assert_same(tables["link_opportunities"], links, key)
    counts = tables["opportunity_counts"].set_index(["kind", "domain"])
    for domain, expected in found_links.items():
        row = counts.loc["links", domain]
        if isinstance(expected, str):
            assert row["status"] == expected
            assert pd.isna(row["found_count"]) and row["reason"]
        else:
            assert (row["status"], row["found_count"]) == ("ok", expected)
    for domain, expected in found_sources.items():
        row = counts.loc["sources", domain]
        if row["status"] == "ok":
            assert row["found_count"] == expected
        else:
            assert expected == 0
            assert (row["status"] == "no_category") == (
                world.domains[domain] is None
            )


def test_without_categories_there_are_no_rivals_and_it_is_said(workbench):
    tables = built(workbench, World(4, 6, has_categories=False))
    assert tables["source_opportunities"].empty
    assert tables["link_opportunities"].empty
    counts = tables["opportunity_counts"]
    assert len(counts) == 12
    assert set(counts["status"]) == {"no_category"}
    assert set(counts["reason"]) == {
        "The domain has no category, so that its rivals are unknown."
    }
