"""Files that hold groups, samples or parts of the links of a domain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import (
    AHREFS_LINK_COLUMNS,
    ahrefs_api_link,
    ahrefs_link,
    dataforseo_link,
    document,
    table,
    tasks,
    utf16,
)
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.summary import warnings
from linksignal.project import PROJECT_DIR

Write = Callable[..., Path]
CASES = PROJECT_DIR.parent / "shared" / "cases"
SEMRUSH = "source_url;target_url;newlink;lostlink\n"


def ahrefs(*groups: str, **values: str) -> str:
    links = [
        {
            **ahrefs_link(Anchor=f"a{n}", **values),
            "Links in group": group,
        }
        for n, group in enumerate(groups)
    ]
    return table(AHREFS_LINK_COLUMNS, *links)


def answer(
    count: int, total: int | None, start: int = 0, **result: Any
) -> dict[str, Any]:
    """An answer of DataForSEO with some links of a total."""
    links = [
        dataforseo_link(url_from=f"https://s{n}.com/")
        for n in range(start, start + count)
    ]
    body = {"target": "target.com", "total_count": total, "items": links}
    return tasks({key: v for key, v in (body | result).items()})


def refused(raw: Any, *paths: Path, **options: Any) -> str:
    with pytest.raises(LinksignalError) as caught:
        raw.load(*paths, **options)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert not (raw.path / "loads").exists()
    return str(caught.value)


def test_a_row_of_a_group_stands_for_its_links(raw: Any, write: Write) -> None:
    staged = raw.load(write(ahrefs("250", "", "1", " 3 ")))
    assert raw.column("backlinks", "link_count") == [250, None, 1, 3]
    assert staged.links == 250 + 1 + 1 + 3
    assert list(warnings([staged])) == [
        "file.csv: 4 records stand for 255 links (the tool shows groups of "
        "links); each counts for those it stands for"
    ]


def test_an_export_without_groups_says_nothing(raw: Any, write: Write) -> None:
    staged = raw.load(write(ahrefs("1", "", "1")))
    assert staged.links is None
    assert list(warnings([staged])) == []


@pytest.mark.parametrize(
    ("count", "reason"),
    [
        ("0", "out_of_range"),
        ("-3", "negative"),
        ("many", "not_a_number"),
        ("2.5", "not_an_integer"),
        ("1,000", "not_a_number"),
        ("1000000000001", "out_of_range"),
        ("99999999999999999999", "out_of_range"),
    ],
)
def test_a_group_of_no_certain_size_is_rejected(
    raw: Any, write: Write, count: str, reason: str
) -> None:
    raw.load(write(ahrefs("2", count)), max_rejected=0.5)
    (found,) = raw.rejected()
    assert found == (2, "Links in group", reason)


def test_groups_of_the_api_and_identical_links_of_a_page_count(
    raw: Any, write: Write
) -> None:
    links = [ahrefs_api_link(links_in_group=40), ahrefs_api_link(anchor="b")]
    raw.load(write(document({"backlinks": links}), "api.json"))
    same = answer(2, 2)
    same["tasks"][0]["result"][0]["items"][1]["links_count"] = 3
    raw.load(write(document(same), "same.json"))
    counts = {
        (row["source"], row["link_count"]) for row in raw.rows("backlinks")
    }
    assert counts == {
        ("ahrefs", 40),
        ("ahrefs", None),
        ("dataforseo", 1),
        ("dataforseo", 3),
    }


def ledger(raw: Any) -> list[tuple[str | None, int | None]]:
    return [
        (row["completeness"], row["records_expected"])
        for row in raw.rows("loads")
    ]


def test_a_whole_answer_is_complete(raw: Any, write: Write) -> None:
    raw.load(write(document(answer(3, 3, mode="as_is")), "links.json"))
    assert ledger(raw) == [("complete", 3)]


SAMPLES: dict[str, tuple[dict[str, Any], str]] = {
    "fewer than there are": (
        answer(3, 5200),
        "it holds 3 of 5,200 links to 'target.com': a sample",
    ),
    "one link a domain": (
        answer(3, 3, mode="one_per_domain"),
        "it was asked for with mode 'one_per_domain'",
    ),
    "one link an anchor": (
        answer(3, 5200, mode="one_per_anchor"),
        "mode 'one_per_anchor'; it holds 3 of 5,200 links to 'target.com'",
    ),
    "a page of the domain": (
        answer(2, 2, target="https://target.com/shop"),
        "it asked for 'https://target.com/shop', a part of the domain",
    ),
    "a subdomain": (
        answer(2, 2, target="blog.target.com"),
        "it asked for 'blog.target.com', a part of the domain",
    ),
}


@pytest.mark.parametrize("what", SAMPLES)
def test_a_sample_is_no_profile(raw: Any, write: Write, what: str) -> None:
    content, words = SAMPLES[what]
    said = refused(raw, write(document(content), "links.json"))
    assert words in said
    assert said.endswith(
        "counts of some links are no profile: load all of them, or add "
        "--partial to count these in its place"
    )


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        ({"filters": ["dofollow", "=", True]}, "with filters '["),
        ({"backlinks_status_type": "lost"}, "backlinks_status_type 'lost'"),
        ({"include_subdomains": False}, "include_subdomains 'false'"),
        ({"custom_mode": {"field": "anchor", "value": 2}}, "with custom_mode"),
    ],
)
def test_a_request_that_leaves_links_out_is_told(
    raw: Any, write: Write, request_: dict[str, Any], words: str
) -> None:
    content = answer(2, 2)
    content["tasks"][0]["data"] |= request_
    assert words in refused(raw, write(document(content), "links.json"))


def test_a_request_that_leaves_nothing_out_is_complete(
    raw: Any, write: Write
) -> None:
    content = answer(2, 2, mode="as_is", target="https://www.target.com/")
    content["tasks"][0]["data"] |= {
        "mode": "as_is",
        "filters": [],
        "include_subdomains": True,
        "backlinks_status_type": "all",
        "custom_mode": None,
    }
    raw.load(write(document(content), "links.json"))
    assert ledger(raw) == [("complete", 2)]


def test_a_sample_counts_where_the_user_says_so(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(document(answer(3, 5200)), "links.json")
    words = ["load", str(path), "--raw", str(raw.path)]
    assert main(words) == 3
    assert "add --partial" in capsys.readouterr().err
    assert main([*words, "--partial"]) == 0
    assert "(3 of 5,200)" in capsys.readouterr().err
    assert ledger(raw) == [("partial", 5200)]
    assert main(["loads", "--raw", str(raw.path)]) == 0
    assert "partial: 3 records of 5,200 links" in capsys.readouterr().out


def test_pages_of_one_answer_are_complete_together(
    raw: Any, write: Write
) -> None:
    first = write(document(answer(3, 5)), "page1.json")
    second = write(document(answer(2, 5, start=3)), "page2.json")
    assert "3 of 5 links" in refused(raw, first)
    raw.load(second, first)
    assert ledger(raw) == [("complete", 5), ("complete", 5)]


def test_one_page_too_few_refuses_all(raw: Any, write: Write) -> None:
    first = write(document(answer(3, 9)), "page1.json")
    second = write(document(answer(2, 9, start=3)), "page2.json")
    assert "nothing was loaded" in refused(raw, first, second)


def test_another_domain_in_the_file_does_not_make_up_for_a_sample(
    raw: Any, write: Write
) -> None:
    whole, sample = answer(8, 5), answer(1, 4, target="other.com")
    both = {"tasks": whole["tasks"] + sample["tasks"]}
    said = refused(raw, write(document(both), "links.json"))
    assert "it holds 1 of 4 links to 'other.com'" in said
    assert "target.com'" not in said


BROKEN = [*AHREFS_LINK_COLUMNS, "Target page HTTP code"]


@pytest.mark.parametrize("is_utf16", [True, False])
def test_a_report_of_broken_links_is_refused_by_name(
    raw: Any, write: Write, is_utf16: bool
) -> None:
    text = table(
        BROKEN,
        ahrefs_link() | {"Target page HTTP code": "404"},
        delimiter="\t" if is_utf16 else ",",
    )
    path = write(utf16(text) if is_utf16 else text)
    assert "it is the report Broken backlinks; counts" in refused(raw, path)
    staged = raw.load(path, is_partial=True)
    assert staged.unknown_columns == []
    assert ledger(raw) == [("partial", None)]


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("true", "false"), "it is a report of new links"),
        (("false", "true"), "it is a report of lost links"),
    ],
)
def test_a_report_of_new_or_of_lost_links_is_refused(
    raw: Any, write: Write, flags: tuple[str, str], words: str
) -> None:
    def rows(count: int) -> str:
        return "".join(
            f"https://s{n}.com/;https://t.com/;{';'.join(flags)}\n"
            for n in range(count)
        )

    assert words in refused(raw, write(SEMRUSH + rows(10)))
    # A few such links are what a small site has; one other link tells.
    raw.load(write(SEMRUSH + rows(9), "few.csv"))
    other = "https://x.com/;https://t.com/;false;false\n"
    raw.load(write(SEMRUSH + rows(20) + other, "mixed.csv"))


def test_a_link_stands_once_in_a_load_in_its_newest_state(
    raw: Any, write: Write
) -> None:
    states = [
        ahrefs_link(Last_seen="2025-05-01 00:00:00"),
        ahrefs_link(Last_seen="2025-06-01 00:00:00", Nofollow="true"),
        ahrefs_link(Last_seen=""),
        ahrefs_link(Last_seen="2025-06-01 00:00:00", Lost="2025-07-01"),
        ahrefs_link(Type="image"),
        ahrefs_link(Anchor=""),
        ahrefs_link(Anchor="", Last_seen="2020-01-01 00:00:00"),
    ]
    staged = raw.load(write(table(AHREFS_LINK_COLUMNS, *states)))
    assert staged.load.fates.duplicates == 4
    assert raw.column("backlinks", "record_number") == [4, 5, 6]
    backwards = write(table(AHREFS_LINK_COLUMNS, *states[::-1]), "back.csv")
    raw.load(backwards)
    content = [
        {key: v for key, v in row.items() if key not in ("load_id",)}
        for row in raw.content("backlinks")
    ]
    assert content[::2] == content[1::2]


ONE_A_DOMAIN = "no domain links twice in its 100 links, as in a view of one"


@pytest.mark.parametrize("tool", ["semrush", "semrush_two_targets", "ahrefs"])
def test_a_view_of_one_link_a_domain_is_told(
    raw: Any, write: Write, tool: str
) -> None:
    assert ONE_A_DOMAIN in told(raw, write(one_a_domain(tool, 100)))


@pytest.mark.parametrize("tool", ["semrush", "ahrefs"])
def test_what_is_no_view_of_one_link_a_domain_is_not_told(
    raw: Any, write: Write, tool: str
) -> None:
    # Few domains, a domain that links twice, and groups, which are counted.
    few = write(one_a_domain(tool, 99), "few.csv")
    twice = write(one_a_domain(tool, 100, "b.s7.com"), "twice.csv")
    assert ONE_A_DOMAIN[:24] not in told(raw, few) + told(raw, twice)
    groups = one_a_domain("ahrefs", 100, group="3")
    assert ONE_A_DOMAIN[:24] not in told(raw, write(groups, "groups.csv"))


def one_a_domain(
    tool: str, count: int, further: str = "", group: str = ""
) -> str:
    hosts = [f"a.s{n}.com" for n in range(count)] + [further] * bool(further)
    urls = [f"https://{host}/page" for host in hosts]
    if tool == "ahrefs":
        more = {"Links in group": group} if group else {}
        links = [
            {**ahrefs_link(**{"Referring page URL": url}), **more}
            for url in urls
        ]
        return table(AHREFS_LINK_COLUMNS, *links)
    targets = ("t.com", "u.com") if "two" in tool else ("t.com",)
    rows = [
        f"{url};https://{targets[n % len(targets)]}/;false;false\n"
        for n, url in enumerate(urls)
    ]
    return SEMRUSH + "".join(rows)


def told(raw: Any, path: Path) -> str:
    return "\n".join(warnings([raw.load(path)]))


@pytest.mark.skipif(not CASES.is_dir(), reason=f"there is no {CASES}")
def test_the_cases_of_groups_samples_and_parts(raw: Any) -> None:
    def case(number: str) -> Path:
        (path,) = CASES.glob(f"{number}_*")
        return path

    assert raw.load(case("05")).links == 1000
    for number in ("06", "07"):
        with pytest.raises(LinksignalError, match="--partial"):
            raw.load(case(number))
