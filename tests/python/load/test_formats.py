"""Each format, in the shape its tool writes, with values that mislead."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError

Write = Callable[..., Path]

AHREFS_HEADER = (
    "url,backlinks,refpages,pages,valid_pages,text,image,nofollow,ugc,"
    "sponsored,dofollow,redirect,canonical,gov,edu,rss,alternate,html_pages,"
    "links_internal,links_external,refdomains,refclass_c,refips,"
    "linked_root_domains"
)
SEMRUSH_LINKS_HEADER = (
    "Page ascore,Source title,Source url,Target url,Anchor,External links,"
    "Internal links,Nofollow,Sponsored,Ugc,Text,Frame,Form,Image,Sitewide,"
    "First seen,Last seen,New link,Lost link"
)
OVERVIEW_HEADER = (
    "ascore;total;domains_num;urls_num;ips_num;ipclassc_num;follows_num;"
    "nofollows_num;sponsored_num;ugc_num;texts_num;images_num;forms_num;"
    "frames_num"
)
RANKS_HEADER = (
    "#harmonicc_pos #harmonicc_val #pr_pos #pr_val #host_rev #n_hosts"
)


def test_ai_answers(raw: Any, write: Write) -> None:
    text = (
        "answer_id,platform,prompt_id,prompt,is_branded,answered_at,country,"
        "language,brands\n"
        '1,ChatGPT Search,p1,"Which shoes, and\nwhy?",false,'
        "2026-01-17T23:11:46+02:00,US,en-US,acme|zenith\n"
        "002,google ai overviews,,,,,,,\n"
        "1e3,PERPLEXITY,p3,NA,1,2026-01-02,de,DE,\n"
    )
    staged = raw.load(write(text))
    assert staged.load.format == "ai_answers"
    assert staged.unknown_columns == []
    assert staged.load.fates.notes == {}
    first, second, third = raw.rows("ai_answers")
    assert first == {
        "load_id": staged.load.load_id,
        "record_number": 1,
        "source": "own",
        "as_of": date(2026, 1, 31),
        "answer_id": "1",
        "platform": "chatgpt_search",
        "prompt_id": "p1",
        "prompt": "Which shoes, and\nwhy?",
        "is_branded": False,
        "answered_at": datetime(2026, 1, 17, 21, 11, 46),
        "country": "us",
        "language": "en",
    }
    assert second["answer_id"] == "002"
    assert second["platform"] == "google_ai_overviews"
    assert {second[name] for name in ("prompt", "is_branded", "country")} == {
        None
    }
    assert (third["answer_id"], third["prompt"]) == ("1e3", "NA")
    assert sorted(raw.column("ai_references", "brand")) == ["acme", "zenith"]


def test_ai_references(raw: Any, write: Write) -> None:
    text = (
        "answer_id,position,url,domain\n"
        "a1,1.0,https://www.Example.co.uk/a?b=c,www.example.co.uk\n"
        "a1,2,,blog.example.com\n"
        "a1,,https://docs.example.org/x,\n"
        "a1,,shop.example.net/x,\n"
        'a1,,"Url is copyrighted, unable to provide it",\n'
        "a1,,,\n"
        'a1,,"Url is copyrighted, unable to provide it",example.io\n'
        "a1,,javascript:alert(1),\n"
        'a1,,"data:text/html;base64,eHg=",\n'
        "a1,,https://10.0.0.1/x,\n"
        "a1,-1,,example.com\n"
        "a1,,https://user:secret@example.com/,\n"
        "a1,,http:/example.com,\n"
    )
    staged = raw.load(write(text), max_rejected=1.0)
    rows = raw.rows("ai_references")
    assert [(row["domain"], row["url"], row["position"]) for row in rows] == [
        ("example.co.uk", "https://www.Example.co.uk/a?b=c", 1),
        ("example.com", None, 2),
        ("example.org", "https://docs.example.org/x", None),
        ("example.net", "shop.example.net/x", None),
        ("example.io", None, None),
    ]
    assert {row["kind"] for row in rows} == {"citation"}
    assert staged.load.fates.skip_reasons == {"no_source": 2}
    assert staged.load.fates.notes == {"unusable_url": 1}
    assert raw.rejected() == [
        (8, "domain", "not_a_web_link"),
        (9, "domain", "not_a_web_link"),
        (10, "domain", "ip_address"),
        (11, "position", "negative"),
        (12, "domain", "user_info"),
        (13, "domain", "not_a_web_link"),
    ]


def test_positions_counted_from_0_land_counted_from_1(
    raw: Any, write: Write
) -> None:
    text = (
        "answer_id,position,domain\n"
        "a1,0,example.com\n"
        "a1,1,example.org\n"
        "a1,,example.net\n"
    )
    staged = raw.load(write(text))
    found = {
        row["domain"]: row["position"] for row in raw.rows("ai_references")
    }
    assert found == {"example.com": 1, "example.org": 2, "example.net": None}
    assert staged.load.fates.notes.keys() == {"position_from_zero"}


def test_references_keep_mentions_apart(raw: Any, write: Write) -> None:
    text = (
        "answer_id,kind,domain\n"
        "a1,citation,example.com\n"
        "a1,Mention,example.com\n"
        "a1,,example.com\n"
        "a1,rumour,example.com\n"
        "a1,Retrieval,example.com\n"
    )
    raw.load(write(text), max_rejected=0.5)
    assert raw.column("ai_references", "kind") == [
        "citation",
        "mention",
        "retrieval",
    ]
    assert raw.rejected() == [(4, "kind", "unknown_choice")]


def test_a_password_is_not_kept(raw: Any, write: Write) -> None:
    text = (
        "answer_id,url\na1,https://me:secret@example.com/@x\n"
        "a2,https://example.com\n"
    )
    raw.load(write(text), max_rejected=1.0)
    (row,) = raw.rows("rejected_records")
    assert row["reason"] == "user_info"
    assert row["value_prefix"] == "https://…@example.com/@x"


def test_study_domains(raw: Any, write: Write) -> None:
    text = (
        "domain,brand_aliases,category\n"
        "https://www.Example.com/,Example|Ex Ample,shoes\n"
        "münchen.de,,\n"
        "blog.example.org,,\n"
    )
    staged = raw.load(write(text))
    assert [
        (row["domain"], row["brand_aliases"], row["category"])
        for row in raw.rows("study_domains")
    ] == [
        ("example.com", ["Example", "Ex Ample"], "shoes"),
        ("xn--mnchen-3ya.de", None, None),
    ]
    assert staged.load.fates.skip_reasons == {"subdomain": 1}


def test_a_list_of_domains_is_a_study(raw: Any, write: Write) -> None:
    raw.load(write("domain\nexample.com\n\nexample.org\n\n"))
    domains = raw.column("study_domains", "domain")
    assert domains == ["example.com", "example.org"]
    assert raw.rows("loads")[0]["records_read"] == 2


def test_a_file_with_more_than_domains_is_no_study(
    raw: Any, write: Write
) -> None:
    text = "domain,classification,citation_rate\nexample.com,x,0.5\n"
    with pytest.raises(LinksignalError, match="fits no known format"):
        raw.load(write(text))


def test_domain_signals(raw: Any, write: Write) -> None:
    text = (
        "domain,signal,value,as_of,source\n"
        "www.example.com,Branded searches,1200.5,2025-01-01,Trends\n"
        "example.com,trend,-3,,\n"
        "example.org,Branded searches,,2025-01-01,\n"
        "example.org,,5,2025-01-01,\n"
        "example.org,visits,many,2025-01-01,\n"
        "example.com,trend,-3,,\n"
    )
    staged = raw.load(write(text), max_rejected=1.0)
    assert staged.entry.name == "domain_signals"
    assert [
        (row["domain"], row["signal"], row["value"], row["as_of"])
        for row in raw.rows("domain_signals")
    ] == [
        ("example.com", "Branded searches", 1200.5, date(2025, 1, 1)),
        ("example.com", "trend", -3.0, date(2026, 1, 31)),
    ]
    fates = staged.load.fates
    assert (fates.rejected, fates.skipped, fates.duplicates) == (2, 1, 1)


def test_domain_scores(raw: Any, write: Write) -> None:
    text = (
        "domain,score,scale,as_of,source\n"
        "example.com,55.5,0-100,2025-01-01,Moz\n"
        "example.org,1,rank,,\n"
        "example.net,101,0-100,2025-01-01,\n"
        "example.net,101,0-1000,2025-01-01,\n"
        "example.io,,0-100,2025-01-01,\n"
        "example.io,5,0-10,2025-01-01,\n"
        "example.io,5,0-100,2099-01-01,\n"
    )
    staged = raw.load(write(text), max_rejected=1.0)
    assert [
        (row["domain"], row["score"], row["scale"], row["as_of"], row["source"])
        for row in raw.rows("domain_scores")
    ] == [
        ("example.com", 55.5, "0-100", date(2025, 1, 1), "moz"),
        ("example.org", 1.0, "rank", date(2026, 1, 31), "own"),
        ("example.net", 101.0, "0-1000", date(2025, 1, 1), "own"),
    ]
    assert staged.load.fates.notes == {"own_date_kept": 2}
    assert raw.rejected() == [
        (3, "score", "out_of_range"),
        (6, "scale", "unknown_scale"),
        (7, "as_of", "future_date"),
    ]
    assert staged.load.fates.skip_reasons == {"no_value": 1}


def ahrefs_line(url: str, backlinks: str, **others: str) -> str:
    values = dict.fromkeys(AHREFS_HEADER.split(","), "0")
    values.update(url=url, backlinks=backlinks, **others)
    return ",".join(values.values()) + "\r\n"


def test_ahrefs_domain_metrics(raw: Any, write: Write) -> None:
    text = (
        f"\ufeff{AHREFS_HEADER}\r\n"
        + ahrefs_line(
            "www.Example.com",
            "113080162011",
            text="113000000000",
            image="95741484505.0",
            nofollow="1.06831E+11",
            ugc="3",
            sponsored="4",
            dofollow="5",
            refdomains="6",
        )
        + ahrefs_line("example.org", "0")
        + ahrefs_line("m.facebook.com", "1")
        + ahrefs_line("facebook.com/news", "1")
        + ahrefs_line("facebook.com?x=1", "1")
        + ahrefs_line("example.net/", "")
        + ahrefs_line("gov.uk", "1")
        + ahrefs_line("m.facebook.com", "1.5")
    )
    staged = raw.load(write(text, "metrics.csv.gz"), max_rejected=0.5)
    first, second, third = raw.rows("backlink_profiles")
    assert {name: first[name] for name in list(first)[2:]} == {
        "source": "ahrefs",
        "as_of": date(2026, 1, 31),
        "domain": "example.com",
        "total_backlinks": 113080162011,
        "referring_domains": 6,
        "follow_links": 5,
        "nofollow_links": 106831000000,
        "ugc_links": 3,
        "sponsored_links": 4,
        "text_links": 113000000000,
        "image_links": 95741484505,
        "form_links": None,
        "frame_links": None,
    }
    assert (second["domain"], second["total_backlinks"]) == ("example.org", 0)
    assert (third["domain"], third["total_backlinks"]) == ("example.net", None)
    assert staged.load.fates.skip_reasons == {"path": 2, "subdomain": 1}
    assert raw.rejected() == [
        (7, "url", "public_suffix"),
        (8, "backlinks", "not_an_integer"),
    ]


def test_a_domain_and_its_www_host_are_duplicates_when_they_agree(
    raw: Any, write: Write
) -> None:
    text = (
        f"{AHREFS_HEADER}\r\n"
        + ahrefs_line("example.com", "7")
        + ahrefs_line("www.example.com", "7")
        + ahrefs_line("www.example.com", "8")
    )
    raw.load(write(text))
    assert raw.column("backlink_profiles", "total_backlinks") == [7, 8]
    assert raw.rows("loads")[0]["duplicates"] == 1


def test_ahrefs_linked_domains(raw: Any, write: Write) -> None:
    text = (
        '"domain_from","domain_to","links","unique_pages","domain_to_rating"\n'
        '"a.com","nytimes.com",10875932,654944,94\n'
        '"b.com","nytimes.com",1,1,94\n'
        '"b.com","nytimes.com",1,1,93\n'
        '"NA","NA",NA,NA,NA\n'
        '"b.com","example.com",1,1,NA\n'
        '"b.com","example.com",1,1,100.5\n'
    )
    raw.load(write(text), max_rejected=1.0)
    assert [
        (row["record_number"], row["domain"], row["score"], row["scale"])
        for row in raw.rows("domain_scores")
    ] == [
        (1, "nytimes.com", 94.0, "0-100"),
        (3, "nytimes.com", 93.0, "0-100"),
    ]
    assert raw.rows("loads")[0]["duplicates"] == 1
    assert raw.rejected() == [
        (4, "domain_to", "missing_value"),
        (5, "domain_to_rating", "missing_value"),
        (6, "domain_to_rating", "out_of_range"),
    ]
    assert raw.rows("backlinks") == []


@pytest.mark.parametrize(
    ("name", "as_of", "expected"),
    [
        (
            "cc-main-2024-feb-apr-may-domain-ranks.txt.gz",
            None,
            date(2024, 5, 31),
        ),
        (
            "cc-main-2024-feb-apr-may-domain-ranks.txt.gz",
            date(2024, 6, 1),
            date(2024, 6, 1),
        ),
        (
            "2024-08-20 cc-main-2024-feb-apr-may-domain-ranks.txt",
            None,
            date(2024, 5, 31),
        ),
        ("domain-ranks.txt", date(2024, 6, 1), date(2024, 6, 1)),
        ("domain-ranks.txt", None, datetime.now(UTC).date()),
    ],
)
def test_common_crawl_domain_ranks(
    raw: Any, write: Write, name: str, as_of: date | None, expected: date
) -> None:
    text = (
        RANKS_HEADER.replace(" ", "\t")
        + "\n1\t2.607321E7\t2\t0.0132\tcom.facebook\t8527\n"
        + "2\t2.5501832E7\t1\t0.0164\tuk.co.bbc\t2691\n"
        + "3\t1.5E7\t1\t0.0164\tuk.co\t2691\n"
        + "4\t1.4E7\t1\t0.0164\tcom.example.blog\t2691\n"
    )
    raw.load(write(text, name), as_of=as_of, max_rejected=0.5)
    assert [
        (row["domain"], row["score"], row["as_of"], row["scale"])
        for row in raw.rows("domain_scores")
    ] == [
        ("facebook.com", 26073210.0, expected, "centrality"),
        ("bbc.co.uk", 25501832.0, expected, "centrality"),
    ]
    assert raw.rejected() == []
    assert raw.rows("loads")[0]["records_skipped"] == 2


def test_ranks_of_several_releases_keep_their_dates(
    raw: Any, write: Write
) -> None:
    text = (
        "release," + RANKS_HEADER.replace(" ", ",") + "\n"
        "cc-main-2017-18-nov-dec-jan,1,5E7,2,0.01,com.facebook,8\n"
        "cc-main-2024-feb-apr-may,1,5E7,2,0.01,com.facebook,8\n"
        "cc-main-2018-jan,1,5E7,2,0.01,com.facebook,8\n"
    )
    staged = raw.load(write(text))
    assert raw.column("domain_scores", "as_of") == [
        date(2018, 1, 31),
        date(2024, 5, 31),
    ]
    assert staged.load.fates.notes == {"own_date_kept": 2}
    assert staged.load.fates.duplicates == 1


def test_semrush_backlinks_overview(raw: Any, write: Write) -> None:
    text = (
        f"target;{OVERVIEW_HEADER}\r\n"
        "example.com;55;9876543210;45;60;9;9;70;30;1;2;80;20;3;4\r\n"
        "example.org;;10;4;6;9;9;7;3;;;8;2;0;0\r\n"
        "example.com;55;9876543211;45;60;9;9;70;30;1;2;80;20;3;4\r\n"
        "example.com;55;9876543210;45;60;9;9;70;30;1;2;80;20;3;4\r\n"
        "blog.example.com;55;10;4;6;9;9;7;3;;;8;2;0;0\r\n"
        "example.net;101;10;4;6;9;9;7;3;;;8;2;0;0\r\n"
    )
    staged = raw.load(write(text, "overview.txt"), max_rejected=0.5)
    profile = raw.rows("backlink_profiles")[0]
    assert {name: profile[name] for name in list(profile)[4:]} == {
        "domain": "example.com",
        "total_backlinks": 9876543210,
        "referring_domains": 45,
        "follow_links": 70,
        "nofollow_links": 30,
        "ugc_links": 2,
        "sponsored_links": 1,
        "text_links": 80,
        "image_links": 20,
        "form_links": 3,
        "frame_links": 4,
    }
    assert raw.column("backlink_profiles", "record_number") == [1, 2, 3]
    assert raw.rows("backlink_profiles")[1]["ugc_links"] is None
    assert [
        (row["record_number"], row["domain"], row["score"])
        for row in raw.rows("domain_scores")
    ] == [(1, "example.com", 55.0)]
    fates = staged.load.fates
    assert (fates.landed, fates.duplicates, fates.skipped) == (3, 1, 1)
    assert raw.rejected() == [(6, "ascore", "out_of_range")]


def test_an_overview_without_a_target_needs_the_domain(
    raw: Any, write: Write
) -> None:
    zero = f"{OVERVIEW_HEADER}\n0;0;0;0;0;0;0;0;0;0;0;0;0;0\n"
    path = write(zero)
    with pytest.raises(
        LinksignalError, match="name it with --domain"
    ) as caught:
        raw.load(path)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    raw.load(path, domain="www.Example.com")
    raw.load(path, domain="example.org")
    domains = raw.column("backlink_profiles", "domain")
    assert sorted(domains) == ["example.com", "example.org"]
    assert raw.column("domain_scores", "score") == [0.0, 0.0]
    with pytest.raises(
        LinksignalError, match="its content was already loaded on"
    ):
        raw.load(path, domain="example.org")


@pytest.mark.parametrize("domain", ["localhost", "10.0.0.1", "a b", "co.uk"])
def test_the_domain_option_is_checked(
    raw: Any, write: Write, domain: str
) -> None:
    path = write(f"{OVERVIEW_HEADER}\n0;0;0;0;0;0;0;0;0;0;0;0;0;0\n")
    with pytest.raises(LinksignalError, match="is not a domain") as caught:
        raw.load(path, domain=domain)
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def test_the_domain_option_needs_a_use(raw: Any, write: Write) -> None:
    path = write("domain\nexample.com\n")
    with pytest.raises(LinksignalError, match="is of no use") as caught:
        raw.load(path, domain="example.com")
    assert caught.value.exit_code is ExitCode.CONFIGURATION


def semrush_link(source: str, target: str, **others: str) -> str:
    values = dict.fromkeys(SEMRUSH_LINKS_HEADER.split(","), "false")
    values |= {
        "Page ascore": "12",
        "Source title": '"A title, with a ""quote"" and\na line"',
        "Source url": source,
        "Target url": target,
        "Anchor": '"click, ""here"""',
        "External links": "10",
        "Internal links": "20",
        "First seen": "2024-05-01",
        "Last seen": "2025-05-01 10:20:30",
    }
    values |= {name.replace("_", " "): text for name, text in others.items()}
    return ",".join(values.values()) + "\n"


def test_semrush_backlinks(raw: Any, write: Write) -> None:
    text = (
        f"{SEMRUSH_LINKS_HEADER}\n"
        + semrush_link(
            "https://Blog.Example.co.uk:443/a,b".replace(",", "%2C"),
            "http://www.target.com/",
            Nofollow="true",
            Text="TRUE",
            Lost_link="true",
        )
        + semrush_link(
            "https://a.target.com/", "https://target.com/", Anchor=""
        )
        + semrush_link("https://x.com/", "https://target.com/", First_seen="")
        + semrush_link("javascript:void(0)", "https://target.com/")
        + semrush_link("https://1.2.3.4/", "https://target.com/")
        + semrush_link("https://x.com/", "")
        + semrush_link("https://x.com/", "https://t.com/", Text="maybe")
        + semrush_link("https://x.com/", "https://t.com/", Page_ascore="101")
        + semrush_link("https://x.com/", "https://t.com/", Last_seen="45678")
        + semrush_link(
            "https://y.com/", "https://t.com/", First_seen="1970-01-01"
        )
    )
    staged = raw.load(write(text), max_rejected=1.0)
    first = raw.rows("backlinks")[0]
    assert {name: first[name] for name in list(first)[2:]} == {
        "source": "semrush",
        "as_of": date(2026, 1, 31),
        "source_url": "https://Blog.Example.co.uk:443/a%2Cb",
        "source_domain": "example.co.uk",
        "target_url": "http://www.target.com/",
        "target_domain": "target.com",
        "anchor": 'click, "here"',
        "link_kind": "anchor",
        "link_count": None,
        "is_text": True,
        "is_image": False,
        "is_form": False,
        "is_frame": False,
        "is_nofollow": True,
        "is_ugc": False,
        "is_sponsored": False,
        "source_page_score": 12.0,
        "source_page_scale": "0-100",
        "first_seen": datetime(2024, 5, 1),
        "last_seen": datetime(2025, 5, 1, 10, 20, 30),
        "is_lost": True,
    }
    assert raw.column("backlinks", "record_number") == [1, 2, 3, 10]
    assert raw.column("backlinks", "anchor")[1] is None
    assert raw.column("backlinks", "first_seen")[2] is None
    assert staged.load.fates.notes == {
        "link_to_itself": 1,
        "date_before_web": 1,
    }
    assert raw.rejected() == [
        (4, "Source url", "not_a_web_link"),
        (5, "Source url", "ip_address"),
        (6, "Target url", "missing_value"),
        (7, "Text", "not_a_boolean"),
        (8, "Page ascore", "out_of_range"),
        (9, "Last seen", "not_a_date"),
    ]


def test_the_source_can_be_named(raw: Any, write: Write) -> None:
    raw.load(write("answer_id,domain\na,example.com\n"), source="profound")
    assert raw.column("ai_references", "source") == ["profound"]


def test_without_a_date_the_day_of_the_load_counts(
    raw: Any, write: Write
) -> None:
    staged = raw.load(write("answer_id,domain\na,example.com\n"), as_of=None)
    today = datetime.now(UTC).date()
    assert raw.column("ai_references", "as_of") == [today]
    assert staged.load.fates.notes == {"dated_today": 1}


def test_an_unknown_column_is_reported(raw: Any, write: Write) -> None:
    staged = raw.load(write("answer_id,domain,Mood\na,example.com,good\n"))
    assert staged.unknown_columns == ["Mood"]
