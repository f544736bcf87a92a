"""Exports of single links, in the shape their tools write."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    AHREFS_LINK_COLUMNS,
    ahrefs_api_link,
    ahrefs_link,
    dataforseo_link,
    document,
    names,
    table,
    tasks,
    utf16,
)

Write = Callable[..., Path]

SEMRUSH_COLUMNS = names(
    "page_ascore,response_code,source_size,external_num,"
    "internal_num,redirect_url,source_url,source_title,image_url,"
    "target_url,target_title,anchor,image_alt,last_seen,"
    "first_seen,nofollow,form,frame,image,sitewide,newlink,"
    "lostlink"
)
FLAGS = [f"is_{name}" for name in ("text", "image", "form", "frame")]


def content(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in list(row)[3:]}


def semrush_link(**values: str) -> dict[str, str]:
    return {
        **dict.fromkeys(SEMRUSH_COLUMNS, "0"),
        "page_ascore": "55",
        "source_url": "https://www.例え.jp/a;b",
        "source_title": 'a "title"; with\nall of it',
        "target_url": "http://target.com/",
        "anchor": '日本; „x"\n',
        "last_seen": "1700000000",
        "first_seen": "2023-01-02 03:04:05",
        "nofollow": "true",
        "form": "false",
        "frame": "false",
        "image": "false",
        "lostlink": "false",
        **values,
    }


def test_semrush_api_backlinks(raw: Any, write: Write) -> None:
    text = table(
        SEMRUSH_COLUMNS,
        semrush_link(),
        semrush_link(image="true", lostlink="true"),
        semrush_link(image="", first_seen="", anchor="other"),
        semrush_link(),
        semrush_link(last_seen="99999999999"),
        semrush_link(page_ascore="101"),
        delimiter=";",
    )
    staged = raw.load(write(text), max_rejected=1.0)
    assert staged.load.format == "semrush_api_backlinks"
    first, second, third = raw.rows("backlinks")
    assert content(first) == {
        "as_of": date(2026, 1, 31),
        "source_url": "https://www.例え.jp/a;b",
        "source_domain": "xn--r8jz45g.jp",
        "target_url": "http://target.com/",
        "target_domain": "target.com",
        "anchor": '日本; „x"\n',
        "link_kind": "anchor",
        "link_count": None,
        "is_text": True,
        "is_image": False,
        "is_form": False,
        "is_frame": False,
        "is_nofollow": True,
        "is_ugc": None,
        "is_sponsored": None,
        "source_page_score": 55.0,
        "source_page_scale": "0-100",
        "first_seen": datetime(2023, 1, 2, 3, 4, 5),
        "last_seen": datetime(2023, 11, 14, 22, 13, 20),
        "is_lost": False,
    }
    assert [second[name] for name in FLAGS] == [False, True, False, False]
    assert second["is_lost"] is True
    assert [third[name] for name in FLAGS] == [None, None, False, False]
    assert staged.load.fates.duplicates == 1
    assert raw.rejected() == [
        (5, "last_seen", "future_date"),
        (6, "page_ascore", "out_of_range"),
    ]


def test_semrush_api_backlinks_with_two_columns(raw: Any, write: Write) -> None:
    raw.load(write("target_url;source_url\nhttps://t.com/;https://a.com/\n"))
    (row,) = raw.rows("backlinks")
    assert (row["source_domain"], row["target_domain"]) == ("a.com", "t.com")
    assert {row[name] for name in (*FLAGS, "is_nofollow", "is_lost")} == {None}


@pytest.mark.parametrize("is_utf16", [True, False])
def test_ahrefs_backlinks(raw: Any, write: Write, is_utf16: bool) -> None:
    kinds = ["text", "image", "form", "frame", "redirect", "canonical"]
    text = table(
        AHREFS_LINK_COLUMNS,
        *(ahrefs_link(Type=kind, Anchor=kind) for kind in kinds),
        ahrefs_link(Nofollow="TRUE", UGC="true", Lost="2025-06-01", UR=""),
        ahrefs_link(Type="hologram"),
        ahrefs_link(Lost="gone"),
        delimiter="\t" if is_utf16 else ",",
        is_quoted=is_utf16,
    )
    data = utf16(text) if is_utf16 else text.encode()
    staged = raw.load(write(data), max_rejected=0.5)
    assert staged.load.format == "ahrefs_backlinks"
    rows = raw.rows("backlinks")
    assert [row["link_kind"] for row in rows[:6]] == [
        *["anchor"] * 4,
        "redirect",
        "canonical",
    ]
    assert [[row[name] for name in FLAGS] for row in rows[:5]] == [
        [True, False, False, False],
        [False, True, False, False],
        [False, False, True, False],
        [False, False, False, True],
        [False, False, False, False],
    ]
    assert content(rows[6]) == {
        "as_of": date(2026, 1, 31),
        "source_url": "https://blog.例え.jp/a?b=1,2",
        "source_domain": "xn--r8jz45g.jp",
        "target_url": "https://www.target.com/",
        "target_domain": "target.com",
        "anchor": '„hier", says 日本\n',
        "link_kind": "anchor",
        "link_count": None,
        "is_text": True,
        "is_image": False,
        "is_form": False,
        "is_frame": False,
        "is_nofollow": True,
        "is_ugc": True,
        "is_sponsored": False,
        "source_page_score": None,
        "source_page_scale": "0-100",
        "first_seen": datetime(2024, 5, 1, 10, 20, 30),
        "last_seen": datetime(2025, 5, 1),
        "is_lost": True,
    }
    assert rows[0]["is_lost"] is False
    assert raw.rejected() == [
        (8, "Type", "unknown_choice"),
        (9, "Lost", "not_a_date"),
    ]


def test_ahrefs_backlinks_with_newer_columns(raw: Any, write: Write) -> None:
    columns = [*AHREFS_LINK_COLUMNS, "Is spam", "Page type", "Page category"]
    text = table(columns, ahrefs_link(), delimiter="\t", is_quoted=True)
    staged = raw.load(write(utf16(text)))
    assert staged.unknown_columns == []
    assert staged.load.fates.landed == 1


def test_ahrefs_api_backlinks(raw: Any, write: Write) -> None:
    links = [
        ahrefs_api_link(),
        ahrefs_api_link(link_type="canonical", is_image=False, is_text=False),
        ahrefs_api_link(link_type=None),
        ahrefs_api_link(is_nofollow="perhaps"),
        ahrefs_api_link(),
        "no link",
    ]
    path = write(document({"backlinks": links, "next": None}), "links.json")
    staged = raw.load(path, max_rejected=1.0)
    first, second = raw.rows("backlinks")
    assert content(first) == {
        "as_of": date(2026, 1, 31),
        "source_url": "https://www.example.org/é",
        "source_domain": "example.org",
        "target_url": "http://target.com/x",
        "target_domain": "target.com",
        "anchor": None,
        "link_kind": "anchor",
        "link_count": None,
        "is_text": True,
        "is_image": True,
        "is_form": False,
        "is_frame": False,
        "is_nofollow": True,
        "is_ugc": False,
        "is_sponsored": True,
        "source_page_score": 12.5,
        "source_page_scale": "0-100",
        "first_seen": datetime(2024, 5, 1, 10, 20, 30),
        "last_seen": None,
        "is_lost": False,
    }
    assert second["link_kind"] == "canonical"
    assert staged.load.fates.duplicates == 1
    assert raw.rejected() == [
        (3, "link_type", "missing_value"),
        (4, "is_nofollow", "not_a_boolean"),
        (6, None, "bad_json"),
    ]


def test_dataforseo_backlinks(raw: Any, write: Write) -> None:
    links = [
        dataforseo_link(),
        dataforseo_link(
            item_type="image",
            dofollow=False,
            attributes=["nofollow", "UGC", "sponsored"],
            is_lost=True,
            page_from_rank=1000,
            anchor=None,
        ),
        dataforseo_link(item_type="redirect"),
        dataforseo_link(item_type="alternate"),
        dataforseo_link(page_from_rank=1001),
        dataforseo_link(first_seen="2019-02-30 00:00:00 +00:00"),
    ]
    answer = tasks(
        {"target": "target.com", "items": links[:2]},
        {"target": "target.com", "items": links[2:]},
    )
    raw.load(write(document(answer), "links.json"), max_rejected=0.5)
    first, second, third, fourth = raw.rows("backlinks")
    assert content(first) == {
        "as_of": date(2026, 1, 31),
        "source_url": "https://blog.example.com/a",
        "source_domain": "example.com",
        "target_url": "https://target.com/",
        "target_domain": "target.com",
        "anchor": 'say "日本",\n[{"url_from": 1}]',
        "link_kind": "anchor",
        "link_count": 1,
        "is_text": True,
        "is_image": False,
        "is_form": None,
        "is_frame": None,
        "is_nofollow": False,
        "is_ugc": False,
        "is_sponsored": False,
        "source_page_score": 120.0,
        "source_page_scale": "0-1000",
        "first_seen": datetime(2019, 11, 15, 12, 57, 46),
        "last_seen": datetime(2020, 1, 24, 9, 5, 21),
        "is_lost": False,
    }
    marks = ["is_text", "is_image", "is_nofollow", "is_ugc", "is_sponsored"]
    assert [second[name] for name in marks] == [False, True, True, True, True]
    assert (second["is_lost"], second["anchor"]) == (True, None)
    assert (third["link_kind"], fourth["link_kind"]) == ("redirect", "other")
    assert raw.rejected() == [
        (5, "page_from_rank", "out_of_range"),
        (6, "first_seen", "impossible_date"),
    ]


def test_the_scale_of_a_rank_is_that_of_its_request(
    raw: Any, write: Write
) -> None:
    hundred = tasks(
        {"items": [dataforseo_link(page_from_rank=7)]},
        rank_scale="one_hundred",
    )
    other = tasks(
        {"items": [dataforseo_link(page_from_rank=8, anchor="other")]}
    )
    both = {"tasks": hundred["tasks"] + other["tasks"]}
    raw.load(write(document(both), "links.json"))
    assert raw.column("backlinks", "source_page_scale") == ["0-100", "0-1000"]
    assert raw.column("backlinks", "source_page_score") == [7.0, 8.0]


def test_a_request_behind_its_links_goes_with_them(
    raw: Any, write: Write
) -> None:
    answer = tasks({"items": [dataforseo_link()]}, rank_scale="one_hundred")
    (task,) = answer["tasks"]
    task["data"] = task.pop("data")
    raw.load(write(document(answer), "links.json"))
    assert raw.column("backlinks", "source_page_scale") == ["0-100"]
