"""Cited pages that only lead to what is cited."""

from __future__ import annotations

import base64
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from accounted_raw import RawDir
from export_samples import (
    ahrefs_api_link,
    document,
    llm_mention,
    overview,
    reference,
    results_page,
    table,
    tasks,
)
from linksignal.load.redirectors import redirectors

Write = Callable[..., Path]
PAGE = "https://www.example.com/a?b=1&c=d e"
CODED = quote(PAGE, safe="")
SAFE = base64.urlsafe_b64encode(PAGE.encode()).decode().rstrip("=")
# Name of the redirector: address and the page it leads to.
LEADING: dict[str, list[tuple[str, str]]] = {
    "Google": [
        (f"https://www.google.com/url?sa=t&url={CODED}&usg=x", PAGE),
        (
            "https://google.co.uk/url?q=https://example.com/a&sa=U",
            "https://example.com/a",
        ),
        (f"http://www.google.de/url?esrc=s&amp;q={CODED}", PAGE),
    ],
    "Google AMP": [
        ("https://www.google.com/amp/s/example.com/a", "https://example.com/a")
    ],
    "Google Images": [
        (f"https://google.com/imgres?imgurl=x&imgrefurl={CODED}", PAGE)
    ],
    "Google Ads": [
        (f"https://www.google.com/aclk?sa=l&adurl={CODED}", PAGE),
        (
            f"https://www.googleadservices.com/pagead/aclk?ai=x&adurl={CODED}",
            PAGE,
        ),
    ],
    "Google Scholar": [
        (f"https://scholar.google.com/scholar_url?url={CODED}&hl=en", PAGE)
    ],
    "Google Translate": [
        (f"https://translate.google.com/translate?sl=de&u={CODED}", PAGE),
        (
            "https://www-my--shop-co-uk.translate.goog/a?x=1&_x_tr_sl=en&_x_tr_tl=de",
            "https://www.my-shop.co.uk/a?x=1",
        ),
    ],
    "Google cache": [
        (
            "https://webcache.googleusercontent.com/search?q=cache:example.com/a",
            "https://example.com/a",
        ),
        (
            "http://webcache.googleusercontent.com/search?q=cache:AbCdEfGhIjKl:https://example.com/a+shoes&hl=en",
            "https://example.com/a",
        ),
    ],
    "AMP cache": [
        (
            "https://example-com.cdn.ampproject.org/c/s/example.com/a",
            "https://example.com/a",
        )
    ],
    "Bing": [(f"https://www.bing.com/ck/a?!&&p=00&u=a1{SAFE}&ntb=1", PAGE)],
    "Bing Ads": [
        (
            f"https://www.bing.com/aclick?ld=x&u={base64.b64encode(CODED.encode()).decode()}",
            PAGE,
        )
    ],
    "Outlook Safe Links": [
        (
            f"https://eur01.safelinks.protection.outlook.com/?url={CODED}&data=05",
            PAGE,
        )
    ],
    "Teams Safe Links": [
        (
            f"https://statics.teams.cdn.office.net/evergreen-assets/safelinks/1/atp-safelinks.html?url={CODED}",
            PAGE,
        )
    ],
    "Proofpoint": [
        (
            "https://urldefense.com/v3/__https://example.com/a__;!!x!y$",
            "https://example.com/a",
        ),
        (
            "https://urldefense.proofpoint.com/v2/url?u=https-3A__example.com_a-2Db&d=Dw",
            "https://example.com/a-b",
        ),
    ],
    "Wayback Machine": [
        (
            "https://web.archive.org/web/20250101000000/https://example.com/a",
            "https://example.com/a",
        ),
        (
            "https://web.archive.org/web/2025id_/http:/example.com/a",
            "http://example.com/a",
        ),
        ("http://web.archive.org/web/*/example.com", "https://example.com"),
    ],
    "archive.today": [
        (
            "https://archive.ph/2025.01.01-120000/https://example.com/a",
            "https://example.com/a",
        )
    ],
    "Jina Reader": [
        ("https://r.jina.ai/https://example.com/a", "https://example.com/a")
    ],
    "12ft": [
        (
            "https://12ft.io/proxy?q=https://example.com/a",
            "https://example.com/a",
        )
    ],
    "DuckDuckGo": [(f"https://duckduckgo.com/l/?uddg={CODED}&rut=0", PAGE)],
    "Yahoo": [
        (
            "https://r.search.yahoo.com/_ylt=A;_ylu=B/RV=2/RE=1/RO=10/RU=https%3a%2f%2fexample.com%2fa/RK=2/RS=x",
            "https://example.com/a",
        )
    ],
    "Yandex": [(f"https://yandex.ru/clck/jsredir?from=x&url={CODED}", PAGE)],
    "Facebook": [
        (f"https://l.facebook.com/l.php?u={CODED}&h=AT", PAGE),
        (f"https://www.facebook.com/flx/warn/?u={CODED}", PAGE),
    ],
    "Instagram and Threads": [
        (f"https://l.instagram.com/?u={CODED}&e=AT", PAGE)
    ],
    "YouTube": [(f"https://www.youtube.com/redirect?event=x&q={CODED}", PAGE)],
    "Tumblr": [(f"https://t.umblr.com/redirect?z={CODED}&t=x", PAGE)],
    "LinkedIn": [
        (f"https://www.linkedin.com/redir/redirect?url={CODED}", PAGE)
    ],
    "Reddit": [(f"https://out.reddit.com/t3_x?url={CODED}", PAGE)],
    "Pinterest": [
        (f"https://www.pinterest.co.uk/offsite/?token=1&url={CODED}", PAGE)
    ],
    "VK": [(f"https://vk.com/away.php?to={CODED}", PAGE)],
    "Weibo": [(f"https://weibo.cn/sinaurl?u={CODED}", PAGE)],
    "Zhihu": [(f"https://link.zhihu.com/?target={CODED}", PAGE)],
    "Steam": [(f"https://steamcommunity.com/linkfilter/?u={CODED}", PAGE)],
    "Slack": [(f"https://slack-redir.net/link?url={CODED}", PAGE)],
    "Medium": [(f"https://medium.com/r/?url={CODED}", PAGE)],
    "Disqus": [
        (
            f"https://disq.us/url?url={CODED}%3AabcdefghijklmnopqrstUV&cuid=1",
            PAGE,
        )
    ],
    "Pocket": [(f"https://getpocket.com/redirect?url={CODED}", PAGE)],
    "Dereferrers": [
        ("https://href.li/?https://example.com/a", "https://example.com/a")
    ],
    "SoundCloud": [(f"https://gate.sc/?url={CODED}&token=1", PAGE)],
    "Affiliate networks": [
        (f"https://go.skimresources.com/?id=1&url={CODED}", PAGE),
        (f"https://click.linksynergy.com/deeplink?id=1&murl={CODED}", PAGE),
    ],
}
SILENT = {
    "Gemini grounding": "https://vertexaisearch.cloud.google.com/grounding-api-redirect/AUZ",
    "Google News": "https://news.google.com/rss/articles/CBMiabc?oc=5",
    "Bing cache": "https://cc.bingj.com/cache.aspx?d=1&w=x",
    "Baidu": "https://www.baidu.com/link?url=Abc_d",
    "Short links": "https://t.co/AbCd",
    "FeedBurner": "https://feedproxy.google.com/~r/x/~3/y",
    "Google": "https://www.google.com/url?sa=t",
    "Bing": "https://www.bing.com/ck/a?u=a1%%%",
    "archive.today": "https://archive.ph/AbCdE",
    "Facebook": "https://www.facebook.com/l.php?u=profile",
}
# Pages of the same hosts that are cited as themselves.
THEMSELVES = [
    "https://www.google.com/",
    "https://www.google.com/search?q=https://example.com",
    "https://support.google.com/url?x=1",
    "https://cloud.google.com/vertex-ai",
    "https://www.bing.com/search?q=a",
    "https://archive.org/details/x",
    "https://web.archive.org/",
    "https://www.youtube.com/watch?v=redirect",
    "https://www.facebook.com/acme/posts/1?u=2",
    "https://medium.com/@a/read-me",
    "https://notgoogle.com/url?q=https://example.com",
    "https://google.com.evil.org/url?q=https://example.com",
    "https://bit.ly/",
    "https://microsoft.com/safelinks?url=https://example.com",
]


def test_every_redirector_has_an_example() -> None:
    assert {each.name for each in redirectors()} == {*LEADING, *SILENT}


def references(*urls: str) -> str:
    return table(
        ["answer_id", "url"],
        *({"answer_id": f"a{n}", "url": url} for n, url in enumerate(urls)),
    )


def test_what_stands_in_an_address_takes_its_place(
    raw: Any, write: Write
) -> None:
    pairs = [pair for pairs in LEADING.values() for pair in pairs]
    staged = raw.load(write(references(*(url for url, _ in pairs))))
    found = raw.column("ai_references", "url")
    assert found == [target for _, target in pairs]
    assert staged.load.fates.notes["redirector"] == len(pairs)
    domains = Counter(raw.column("ai_references", "domain"))
    assert domains == {"example.com": len(pairs) - 1, "my-shop.co.uk": 1}


def test_a_redirector_that_is_silent_is_skipped(raw: Any, write: Write) -> None:
    text = references("https://example.com/", *SILENT.values())
    staged = raw.load(write(text))
    assert raw.column("ai_references", "domain") == ["example.com"]
    assert staged.load.fates.skip_reasons == {"redirector": len(SILENT)}


def test_a_site_cited_as_itself_stays_credited(raw: Any, write: Write) -> None:
    silent = SILENT["Baidu"]
    staged = raw.load(write(references(*THEMSELVES, silent)))
    assert raw.column("ai_references", "url") == THEMSELVES
    assert raw.column("ai_references", "domain")[:3] == ["google.com"] * 3
    assert "redirector" not in staged.load.fates.notes


def behind_redirectors(depth: int) -> str:
    address = f"{PAGE}&depth={depth}"
    before = (
        "https://www.google.com/url?q=",
        "https://l.facebook.com/l.php?u=",
    )
    for number in range(depth):
        address = before[number % 2] + quote(address, safe="")
    return address


DEPTHS = range(1, 8)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Pages behind one redirector and more, and why others were skipped."""
    folder = tmp_path_factory.mktemp("followed")
    file = folder / "file.csv"
    file.write_text(references(*map(behind_redirectors, DEPTHS)), "utf-8")
    raw = RawDir(folder / "raw")
    staged = raw.load(file)
    return raw.column("ai_references", "url"), staged.load.fates.skip_reasons


@pytest.mark.parametrize("depth", DEPTHS)
def test_redirectors_in_a_row_are_followed(followed: Any, depth: int) -> None:
    urls, skipped = followed
    assert urls.count(f"{PAGE}&depth={depth}") == (depth <= 5)
    assert skipped == {"redirector": 2}
    assert len(urls) == 5


def test_a_redirector_that_leads_to_itself_ends(raw: Any, write: Write) -> None:
    loop = "https://www.google.com/url?q=https://www.google.com/url"
    staged = raw.load(write(references(loop, "https://example.org/")))
    assert staged.load.fates.skip_reasons == {"redirector": 1}


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("[Acme](https://example.com/a)", "https://example.com/a"),
        (
            '[1](https://example.com/a_(b) "A title")',
            "https://example.com/a_(b)",
        ),
        ("[[2]](<https://example.com/a>)", "https://example.com/a"),
        ("<https://example.com/a>", "https://example.com/a"),
        (f"[x](https://www.google.com/url?q={CODED})", PAGE),
    ],
)
def test_a_link_in_markdown_is_its_address(
    raw: Any, write: Write, text: str, url: str
) -> None:
    raw.load(write(references(text)))
    assert raw.column("ai_references", "url") == [url]


GROUNDING = SILENT["Gemini grounding"]
OTHER = {"domain": "example.net", "url": "https://example.net/"}
BESIDE = {
    "a domain that the tool resolved": (
        {"domain": "example.com", "url": GROUNDING},
        ("example.com", None),
    ),
    "the redirector's own domain": (
        {"domain": "google.com", "url": GROUNDING},
        None,
    ),
    "the redirector's own host": (
        {"domain": "vertexaisearch.cloud.google.com", "url": ""},
        None,
    ),
    "a title that is a domain": (
        {"domain": "google.com", "url": GROUNDING, "title": "Example.com"},
        ("example.com", None),
    ),
    "a title that is none": (
        {"domain": "", "url": GROUNDING, "title": "Shoes of 2026"},
        None,
    ),
    "a title of another redirector": (
        {"domain": "", "url": SILENT["Short links"], "title": "asp.net"},
        None,
    ),
    "the domain of a redirector that leads on": (
        {"domain": "www.google.com", "url": LEADING["Google"][0][0]},
        ("example.com", PAGE),
    ),
    "a host that stands for another": (
        {"domain": "example-org.translate.goog", "url": ""},
        ("example.org", None),
    ),
}


def beside_as_own() -> str:
    """Two references of an answer each: one of `BESIDE`, and another."""
    columns = ["answer_id", "domain", "url", "title"]
    rows = [
        {"answer_id": f"a{number}", **each}
        for number, (source, _) in enumerate(BESIDE.values())
        for each in (source, OTHER)
    ]
    return table(columns, *rows)


def beside_as_mentions() -> str:
    """The same as sources of a mention each."""
    mentions = [
        llm_mention(
            question=what,
            sources=[source, OTHER],
            search_results=[],
            brand_entities=[],
        )
        for what, (source, _) in BESIDE.items()
    ]
    return document(mentions).decode()


@pytest.fixture(scope="module")
def beside(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By shape: the references by record, and why others were skipped."""
    found = {}
    for shape, text in {
        "own.csv": beside_as_own(),
        "mentions.json": beside_as_mentions(),
    }.items():
        folder = tmp_path_factory.mktemp("beside")
        (folder / shape).write_text(text, encoding="utf-8")
        raw = RawDir(folder / "raw")
        fates = raw.load(folder / shape).load.fates
        rows: dict[int, list[Any]] = {}
        for row in raw.rows("ai_references"):
            if row["domain"] != OTHER["domain"]:
                pages = rows.setdefault(row["record_number"], [])
                pages.append((row["domain"], row["url"]))
        found[shape] = rows, (fates.elements or fates).skip_reasons
    return found


@pytest.mark.parametrize("what", BESIDE)
@pytest.mark.parametrize("shape", ["own.csv", "mentions.json"])
def test_what_stands_beside_a_silent_redirector(
    beside: dict[str, Any], what: str, shape: str
) -> None:
    _, expected = BESIDE[what]
    rows, skipped = beside[shape]
    number = list(BESIDE).index(what)
    record = 2 * number + 1 if shape == "own.csv" else number + 1
    assert rows.get(record, []) == ([expected] if expected else [])
    silent = sum(page is None for _, page in BESIDE.values())
    assert skipped == {"redirector": silent}


def test_a_title_stands_in_where_there_is_no_domain(
    raw: Any, write: Write
) -> None:
    row = {"answer_id": "a1", "url": GROUNDING, "title": "example.com"}
    raw.load(write(table(["answer_id", "url", "title"], row)))
    assert raw.column("ai_references", "domain") == ["example.com"]


def test_references_of_an_overview_are_followed(raw: Any, write: Write) -> None:
    led = reference("google.com", LEADING["Google"][0][0])
    element = {"references": [reference(None, LEADING["Bing"][0][0]), led]}
    answer = tasks(results_page(overview(led, items=[element])))
    staged = raw.load(write(document(answer), "page.json"))
    assert raw.column("ai_references", "url") == [PAGE]
    assert staged.load.fates.elements.duplicates == 2
    assert staged.load.fates.notes["redirector"] == 1


def test_a_backlink_stands_on_the_page_it_was_found_on(
    raw: Any, write: Write
) -> None:
    url = LEADING["Wayback Machine"][0][0]
    raw.load(write(document([ahrefs_api_link(url_from=url)]), "links.json"))
    assert raw.column("backlinks", "source_url") == [url]
    assert raw.column("backlinks", "source_domain") == ["archive.org"]


def test_domains_count_as_if_nobody_had_led_to_them(
    raw: Any, write: Write
) -> None:
    chance = random.Random(1)
    wrapped: list[Callable[[str], str]] = [
        lambda url: url,
        lambda url: f"https://www.google.com/url?q={quote(url, safe='')}",
        lambda url: (
            "https://www.bing.com/ck/a?u=a1"
            + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")
        ),
        lambda url: f"https://web.archive.org/web/2025/{url}",
    ]
    urls = [
        f"https://site{chance.randrange(50)}.com/{chance.randrange(1000)}"
        for _ in range(3000)
    ]
    cited = []
    for url in urls:
        for _ in range(chance.randrange(3)):
            url = chance.choice(wrapped)(url)  # noqa: PLW2901 - a further hop
        cited.append(url)
    raw.load(write(references(*cited)))
    assert raw.column("ai_references", "url") == urls
    assert Counter(raw.column("ai_references", "domain")) == Counter(
        url.split("/")[2] for url in urls
    )
