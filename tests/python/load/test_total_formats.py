"""Exports of totals and ranks per domain, in the shape their tools write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    BATCH_COLUMNS,
    COMPARISON_COLUMNS,
    MAJESTIC_COLUMNS,
    PEEC_COLUMNS,
    REFERRER_COLUMNS,
    batch_target,
    document,
    moz_metrics,
    summary,
    table,
    tasks,
    utf16,
)
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]


def scores(raw: Any) -> list[tuple[int, str, float, str]]:
    return [
        (row["record_number"], row["domain"], row["score"], row["scale"])
        for row in raw.rows("domain_scores")
    ]


def test_semrush_backlinks_comparison(raw: Any, write: Write) -> None:
    counts = dict(
        zip(
            COMPARISON_COLUMNS[2:],
            ["55", "60", "45", "44", "50", "10", "40", "20", "3", "4"],
            strict=True,
        )
    )
    text = table(
        COMPARISON_COLUMNS,
        {"target": "Example.com", "target_type": "root_domain", **counts},
        {"target": "https://example.org/", "target_type": "url", **counts},
        {"target": "blog.example.net", "target_type": "domain", **counts},
        {
            "target": "example.io",
            "target_type": "domain",
            **counts,
            "backlinks_num": "1000000000000000000",
            "ascore": "",
        },
        {"target": "https://x", "target_type": "url", **counts, "ascore": "x"},
        {"target": "a.com", "target_type": "domain", **counts, "ips_num": "x"},
        {"target": "b.com", "target_type": "domain", **counts, "ascore": "-1"},
        delimiter=";",
    )
    staged = raw.load(write(text), max_rejected=0.5)
    first, second, third = raw.rows("backlink_profiles")
    assert {name: first[name] for name in list(first)[4:]} == {
        "domain": "example.com",
        "total_backlinks": 60,
        "referring_domains": 45,
        "follow_links": 50,
        "nofollow_links": 10,
        "ugc_links": None,
        "sponsored_links": None,
        "text_links": 40,
        "image_links": 20,
        "form_links": 3,
        "frame_links": 4,
    }
    assert second["total_backlinks"] == 10**18
    assert third["domain"] == "a.com"
    assert scores(raw) == [
        (1, "example.com", 55.0, "0-100"),
        (6, "a.com", 55.0, "0-100"),
    ]
    assert staged.load.fates.skip_reasons == {"other_kind": 2, "subdomain": 1}
    assert raw.rejected() == [(7, "ascore", "out_of_range")]


def test_a_comparison_may_leave_out_the_kind_of_target(
    raw: Any, write: Write
) -> None:
    columns = [
        c for c in COMPARISON_COLUMNS if c not in ("target_type", "ips_num")
    ]
    record = dict.fromkeys(columns, "1") | {"target": "example.com"}
    raw.load(write(table(columns, record, delimiter=";")))
    assert scores(raw) == [(1, "example.com", 1.0, "0-100")]


def test_dataforseo_summary(raw: Any, write: Write) -> None:
    hundred = tasks(
        summary(target="example.org", rank=51), rank_scale="one_hundred"
    )
    thousand = tasks(
        summary(),
        summary(
            target="www.example.net",
            rank=None,
            referring_links_attributes=None,
            referring_links_types={},
        ),
        summary(target="https://blog.example.net/x", rank=1),
        summary(target="example.io", rank=1001),
        summary(target="a.com", referring_links_attributes={}),
        summary(target="b.com", backlinks=5),
    )
    answer = {"tasks": thousand["tasks"] + hundred["tasks"]}
    staged = raw.load(write(document(answer), "s.json"), max_rejected=0.5)
    first, second, third, fourth = raw.rows("backlink_profiles")
    assert {name: first[name] for name in list(first)[4:]} == {
        "domain": "example.com",
        "total_backlinks": 113080162011,
        "referring_domains": 800,
        "follow_links": 113080162000,
        "nofollow_links": 11,
        "ugc_links": 2,
        "sponsored_links": 0,
        "text_links": 80,
        "image_links": 15,
        "form_links": None,
        "frame_links": None,
    }
    marks = ["follow_links", "nofollow_links", "ugc_links", "text_links"]
    assert [second[name] for name in marks] == [None, None, None, 0]
    assert [third[name] for name in marks] == [113080162011, 0, 0, 80]
    assert fourth["domain"] == "example.org"
    assert scores(raw) == [
        (1, "example.com", 512.0, "0-1000"),
        (5, "a.com", 512.0, "0-1000"),
        (7, "example.org", 51.0, "0-100"),
    ]
    assert staged.load.fates.skip_reasons == {"path": 1}
    assert raw.rejected() == [
        (4, "rank", "out_of_range"),
        (6, "backlinks", "negative"),
    ]


def test_majestic_million(raw: Any, write: Write) -> None:
    text = table(
        MAJESTIC_COLUMNS,
        {"GlobalRank": "1", "Domain": "google.com", "RefSubNets": "2100900"},
        {"GlobalRank": "2", "Domain": "xn--mnchen-3ya.de", "RefSubNets": ""},
        {"GlobalRank": "0", "Domain": "example.com", "RefSubNets": "1"},
        {"GlobalRank": "4", "Domain": "blog.example.com", "RefSubNets": "1"},
        {"GlobalRank": "5", "Domain": "example.org", "RefSubNets": "1,000"},
    )
    raw.load(write(text), max_rejected=0.5)
    assert scores(raw) == [
        (1, "google.com", 1.0, "rank"),
        (2, "xn--mnchen-3ya.de", 2.0, "rank"),
    ]
    assert raw.column("domain_scores", "referring_subnets") == [2100900, None]
    assert raw.column("domain_scores", "source") == ["majestic"] * 2
    assert raw.rows("loads")[0]["records_skipped"] == 1
    assert raw.rejected() == [
        (3, "GlobalRank", "out_of_range"),
        (5, "RefSubNets", "not_a_number"),
    ]


def peec_record(domain: str, citations: str, **values: str) -> dict[str, str]:
    return {
        **dict.fromkeys(PEEC_COLUMNS, "1.5"),
        "domain": domain,
        "classification": 'own, "ours"',
        "citation_count": citations,
        **values,
    }


def test_peec_domains(raw: Any, write: Write) -> None:
    text = table(
        PEEC_COLUMNS,
        peec_record("www.Example.com", "30"),
        peec_record("example.org", "0.0"),
        peec_record("example.org", "-1"),
        peec_record("docs.example.org", "4"),
    )
    path = write(text)
    with pytest.raises(LinksignalError, match="name it with --platform"):
        raw.load(path)
    raw.load(path, platform="AI Overview", max_rejected=0.5)
    first, second = raw.rows("ai_totals")
    assert {name: first[name] for name in list(first)[2:]} == {
        "source": "peec",
        "as_of": date(2026, 1, 31),
        "domain": "example.com",
        "platform": "google_ai_overviews",
        "period_start": None,
        "period_end": None,
        "mentions": None,
        "citations": 30,
        "share_of_voice": None,
    }
    assert (second["domain"], second["citations"]) == ("example.org", 0)
    assert raw.rejected() == [(3, "citation_count", "negative")]
    assert raw.rows("loads")[0]["records_skipped"] == 1


@pytest.mark.parametrize(
    ("platform", "content", "words"),
    [
        (
            "AltaVista",
            table(PEEC_COLUMNS),
            "'AltaVista' is not a known platform",
        ),
        ("gemini", "domain\nexample.com\n", "'gemini' is of no use"),
    ],
)
def test_the_platform_option_is_checked(
    raw: Any, write: Write, platform: str, content: str, words: str
) -> None:
    with pytest.raises(LinksignalError, match=words) as caught:
        raw.load(write(content), platform=platform)
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_peec_domains_with_their_model(raw: Any, write: Write) -> None:
    columns = ["model", *PEEC_COLUMNS]
    text = table(
        columns,
        peec_record("example.com", "3", model="chatgpt"),
        peec_record("example.com", "4", model="Perplexity"),
        peec_record("example.com", "5", model="AltaVista"),
    )
    raw.load(write(text), max_rejected=0.5)
    assert raw.column("ai_totals", "platform") == ["chatgpt", "perplexity"]
    assert raw.rejected() == [(3, "model", "unknown_platform")]


PROFILE = ("domain", "total_backlinks", "referring_domains")
LINKS = ("follow_links", "nofollow_links")


def profiles(raw: Any, *more: str) -> list[tuple[Any, ...]]:
    return [
        tuple(row[name] for name in (*PROFILE, *more))
        for row in raw.rows("backlink_profiles")
    ]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";"])
def test_ahrefs_batch_analysis(raw: Any, write: Write, delimiter: str) -> None:
    text = table(
        BATCH_COLUMNS,
        batch_target("www.例え.jp/", **{"Domain Rating": ""}),
        batch_target("https://example.com"),
        batch_target("example.org/blog/"),
        batch_target("blog.example.org"),
        batch_target("example.net/", Mode="exact"),
        batch_target("example.io/", **{"Backlinks / All": "1,000"}),
        batch_target("example.co/", **{"Domain Rating": "101"}),
        batch_target("www.例え.jp/", **{"Domain Rating": ""}),
        delimiter=delimiter,
        is_quoted=True,
    )
    name = "acme-batch-analysis_2026-01-30_10-00-00.csv"
    data = utf16(text) if delimiter == "\t" else text.encode()
    staged = raw.load(write(data, name), as_of=None, max_rejected=0.5)
    assert staged.load.format == "ahrefs_batch_analysis"
    assert profiles(raw, *LINKS) == [
        ("xn--r8jz45g.jp", 1000, 300, 700, 290),
        ("example.com", 1000, 300, 700, 290),
    ]
    assert scores(raw) == [(2, "example.com", 47.0, "0-100")]
    assert raw.column("backlink_profiles", "as_of") == [date(2026, 1, 30)] * 2
    fates = staged.load.fates
    assert fates.skip_reasons == {"path": 1, "subdomain": 1, "other_kind": 1}
    assert fates.duplicates == 1
    assert raw.rejected() == [
        (6, "Backlinks / All", "not_a_number"),
        (7, "Domain Rating", "out_of_range"),
    ]


def test_semrush_bulk_analysis(raw: Any, write: Write) -> None:
    text = (
        "Target;Target type;Authority Score;Backlinks;Ref. Domains;Follow;"
        "Texts\n"
        "Example.com;Root Domain;47;1000;300;700;\n"
        "example.org/x;URL;47;1000;300;700;\n"
        "example.net;root domain;;0;0;0;0\n"
    )
    staged = raw.load(write(text))
    assert staged.load.format == "semrush_bulk_analysis"
    assert staged.unknown_columns == []
    assert profiles(raw, "follow_links", "text_links", "nofollow_links") == [
        ("example.com", 1000, 300, 700, None, None),
        ("example.net", 0, 0, 0, 0, None),
    ]
    assert scores(raw) == [(1, "example.com", 47.0, "0-100")]
    assert staged.load.fates.skip_reasons == {"other_kind": 1}


@pytest.mark.parametrize(
    "header",
    [
        "Item,Trust Flow,External Backlinks,Referring Domains,Topical TF",
        "Item,TrustFlow,ExtBackLinks,RefDomains,ResultCode",
    ],
)
def test_majestic_bulk_backlinks(raw: Any, write: Write, header: str) -> None:
    text = f'{header}\nexample.com,47,1000,300,"a ""b"", c"\nx.com/a,1,1,1,\n'
    staged = raw.load(write(text))
    assert staged.load.format == "majestic_bulk_backlinks"
    assert profiles(raw) == [("example.com", 1000, 300)]
    assert scores(raw) == [(1, "example.com", 47.0, "0-100")]
    assert staged.load.fates.skip_reasons == {"path": 1}


def test_moz_url_metrics(raw: Any, write: Write) -> None:
    results = [
        moz_metrics("example.com"),
        moz_metrics(
            "example.org",
            external_nofollow_pages_to_root_domain=None,
            domain_authority=None,
        ),
    ]
    staged = raw.load(write(document({"results": results}), "moz.json"))
    assert staged.load.format == "moz_url_metrics"
    assert profiles(raw, *LINKS) == [
        ("example.com", 1000, 300, 710, 290),
        ("example.org", 1000, 300, None, None),
    ]
    assert scores(raw) == [(1, "example.com", 47.0, "0-100")]


def test_own_profiles(raw: Any, write: Write) -> None:
    text = (
        "domain,referring_domains,total_backlinks,nofollow_links,source,as_of\n"
        "www.Example.com,300,1000,,Sistrix,2026-01-30\n"
        "blog.example.com,300,1000,,Sistrix,2026-01-30\n"
        "example.org,,0,0,,\n"
        "example.net,-1,,,,\n"
    )
    staged = raw.load(write(text), max_rejected=0.5)
    assert staged.load.format == "backlink_profiles"
    assert profiles(raw, "nofollow_links", "source", "as_of") == [
        ("example.com", 1000, 300, None, "sistrix", date(2026, 1, 30)),
        ("example.org", 0, None, 0, "own", date(2026, 1, 31)),
    ]
    assert staged.load.fates.skip_reasons == {"subdomain": 1}
    assert raw.rejected() == [(4, "referring_domains", "negative")]


def test_own_totals(raw: Any, write: Write) -> None:
    text = (
        '[{"domain":"example.com","platform":"AI Mode","period_start":'
        '"2026-01-01","period_end":"2026-01-31","mentions":5,"citations":null,'
        '"share_of_voice":0.25},{"domain":"example.org","platform":"Grok",'
        '"mentions":1,"share_of_voice":25}]'
    )
    staged = raw.load(write(text, "totals.json"), max_rejected=0.5)
    assert staged.load.format == "ai_totals"
    (row,) = raw.rows("ai_totals")
    assert {name: row[name] for name in list(row)[4:]} == {
        "domain": "example.com",
        "platform": "google_ai_mode",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 1, 31),
        "mentions": 5,
        "citations": None,
        "share_of_voice": 0.25,
    }
    assert raw.rejected() == [(2, "share_of_voice", "out_of_range")]


def test_own_links(raw: Any, write: Write) -> None:
    text = (
        "source_url,target_url,anchor,is_nofollow,link_kind,link_count\n"
        'https://Blog.a.co.uk/x,https://www.t.com/,"a, ""b""\nc",yes,,\n'
        "https://b.com/,https://t.com/,,,redirect,12\n"
        "https://b.com/,https://t.com/,,,banner,1\n"
    )
    staged = raw.load(write(text), max_rejected=0.5)
    assert staged.load.format == "backlinks"
    assert [
        (
            row["source_domain"],
            row["target_domain"],
            row["anchor"],
            row["is_nofollow"],
            row["link_kind"],
            row["link_count"],
        )
        for row in raw.rows("backlinks")
    ] == [
        ("a.co.uk", "t.com", 'a, "b"\nc', True, "anchor", None),
        ("b.com", "t.com", None, None, "redirect", 12),
    ]
    assert raw.rejected() == [(3, "link_kind", "unknown_choice")]


def referrer(domain: str, links: int, follow: int, **more: str) -> Any:
    return {
        "Domain": domain,
        "DR": "50",
        "Links to target": str(links),
        "Dofollow links": str(follow),
        "First seen": "2025-01-01 00:00:00",
        **more,
    }


REFERRERS = [
    referrer("a.com", 5, 3),
    referrer("blog.a.com", 1, 0),
    referrer("例え.jp", 7, 7),
    referrer("gone.com", 9, 9, Lost="2025-05-01 00:00:00"),
    referrer("10.0.0.1", 9, 9),
    referrer("b.co.uk", 1, 2),
    *(referrer(f"c{n}.com", n, 0) for n in range(300)),
]


def test_referring_domains_of_ahrefs_add_up(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    text = table(REFERRER_COLUMNS, *REFERRERS, delimiter="\t", is_quoted=True)
    name = "my-shop.co.uk-refdomains-subdomains_2026-01-30_10-00-00.csv"
    staged = raw.load(write(utf16(text), name), as_of=None)
    assert staged.load.format == "ahrefs_referring_domains"
    assert "taken to be about my-shop.co.uk" in capsys.readouterr().err
    # Counted once more, without the loader.
    sound = [
        each
        for each in REFERRERS
        if not each.get("Lost")
        and each["Domain"] not in ("10.0.0.1", "b.co.uk")
    ]
    total = sum(int(each["Links to target"]) for each in sound)
    follow = sum(int(each["Dofollow links"]) for each in sound)
    domains = len({each["Domain"].removeprefix("blog.") for each in sound})
    assert profiles(raw, *LINKS, "as_of", "text_links") == [
        (
            "my-shop.co.uk",
            total,
            domains,
            follow,
            total - follow,
            date(2026, 1, 30),
            None,
        )
    ]
    fates = staged.load.fates
    assert fates.skip_reasons == {"added_up": len(sound) - 1, "other_kind": 1}
    assert raw.rejected() == [
        (5, "Domain", "ip_address"),
        (6, "Links to target", "negative"),
    ]


@pytest.mark.parametrize(
    "header",
    [
        "Domain ascore,Domain,Backlinks,IP Address",
        "Domain,MatchedLinks,TrustFlow,CitationFlow",
    ],
)
def test_referring_domains_of_other_tools(
    raw: Any, write: Write, header: str
) -> None:
    columns = header.split(",")
    records = [
        {columns[0]: "1", "Domain": domain, links: count}
        for domain, count in [("a.com", "5"), ("b.com", ""), ("c.com", "2")]
        for links in columns
        if links in ("Backlinks", "MatchedLinks")
    ]
    records = [{**each, "Domain": each["Domain"]} for each in records]
    whole = table(columns, records[0], records[2])
    raw.load(write(whole, "links.csv"), domain="Example.com")
    part = table(columns, *records)
    raw.load(write(part, "example.org-refdomains.csv"))
    # One part that is unknown makes the sum unknown.
    assert sorted(profiles(raw, *LINKS), key=str) == [
        ("example.com", 7, 2, None, None),
        ("example.org", None, 3, None, None),
    ]


def test_referring_domains_need_to_know_of_which_domain(
    raw: Any, write: Write
) -> None:
    text = table(REFERRER_COLUMNS, REFERRERS[0])
    with pytest.raises(LinksignalError, match="name it with --domain"):
        raw.load(write(text, "refdomains.csv"))
    with pytest.raises(LinksignalError, match=r"its name says a\.com and"):
        raw.load(write(text, "a.com-refdomains.csv"), domain="b.com")
    raw.load(write(text, "www.a.com-refdomains.csv"), domain="a.com")
    assert raw.column("backlink_profiles", "domain") == ["a.com"]
