"""The real exports load with the default settings, every record accounted."""

from __future__ import annotations

import csv
import gzip
import re
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from accounted_raw import RawDir
from linksignal.project import PROJECT_DIR
from linksignal.settings import default_settings
from linksignal.stats.tables.outlook import outlook_table
from tldextract import TLDExtract

REAL_DIR = PROJECT_DIR.parent / "shared" / "real"
AHREFS_TOTALS = {
    "dredge_mbfc_seo_attributes_discovered_urls.csv.gz": (6733, 5331, 5, 1397),
    "dredge_politifact_seo_attributes_discovered_urls.csv.gz": (
        7002,
        5727,
        3,
        1272,
    ),
    "dredge_seo_attributes_mbfc_urls.csv.gz": (3211, 3081, 0, 130),
    "newsseo_common_crawl_sample.csv.gz": (3241, 2774, 1, 466),
    "newsseo_discovered_seo_attributes.csv.gz": (9137, 8115, 5, 1017),
    "newsseo_final_4.2k_attrs.csv.gz": (4205, 4062, 1, 142),
    "newsseo_politifact_seo_attributes.csv.gz": (138, 135, 0, 3),
}

pytestmark = pytest.mark.skipif(
    not REAL_DIR.is_dir(), reason=f"there is no real data in {REAL_DIR}"
)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The folder of real files as it stands, with its licences."""
    raw = RawDir(tmp_path_factory.mktemp("real") / "raw")
    raw.load(REAL_DIR)
    return raw


def ledger(raw: Any) -> dict[str, tuple[int, int, int, int, int]]:
    return {
        Path(load["file"]).name: (
            load["records_read"],
            load["records_landed"],
            load["records_rejected"],
            load["records_skipped"],
            load["duplicates"],
        )
        for load in raw.rows("loads")
    }


def test_every_answer_lands(loaded: Any) -> None:
    assert ledger(loaded)["ai_answers.csv.gz"] == (4794, 4794, 0, 0, 0)
    platforms = loaded.column("ai_answers", "platform")
    assert platforms.count("chatgpt_search") == 3891
    assert platforms.count("gemini") == 890
    assert platforms.count("chatgpt") == 13
    assert loaded.column("ai_answers", "answered_at").count(None) == 890


def test_references_without_a_source_are_skipped(loaded: Any) -> None:
    # 196 records hold neither domain nor URL, 47 "Url is copyrighted, ...";
    # the one rejected is character.sf: there is no suffix sf.
    counts = ledger(loaded)["ai_references.csv.gz"]
    assert counts == (14070, 11620, 1, 243, 2206)
    rows = loaded.rows("ai_references")
    cited = {row["kind"] for row in rows if row["domain"] is not None}
    assert cited == {"citation"}


def test_brands_of_answers_are_mentions(loaded: Any) -> None:
    with gzip.open(REAL_DIR / "ai_answers.csv.gz", "rt", newline="") as file:
        expected = {
            (record["answer_id"], name.strip())
            for record in csv.DictReader(file)
            for name in record["brands"].split("|")
            if name.strip()
        }
    found = [
        (row["answer_id"], row["brand"])
        for row in loaded.rows("ai_references")
        if row["kind"] == "mention"
    ]
    assert len(found) == len(expected)
    assert set(found) == expected


def test_link_totals_land_once_per_domain_and_file(loaded: Any) -> None:
    counts = ledger(loaded)
    for file, expected in AHREFS_TOTALS.items():
        assert counts[file] == (*expected, 0), file
    totals = [counts[file] for file in AHREFS_TOTALS]
    read, landed, rejected, skipped, _ = map(sum, zip(*totals, strict=True))
    assert (read, landed) == (33667, 29225)
    assert rejected == 15
    # Of the 5,782 records that are not spelled as a registrable domain,
    # 1,339 are its www. host and one its root path: these land.
    assert rejected + skipped + 1339 + 1 == 5782


def test_counts_beyond_32_bit_are_exact(loaded: Any) -> None:
    totals = loaded.column("backlink_profiles", "total_backlinks")
    assert max(totals) == 113_080_162_011


def test_ratings_land_once_per_domain(loaded: Any) -> None:
    # 47 records are NA throughout; equal ratings of a domain are duplicates.
    counts = ledger(loaded)["linked_domains_with_rating.csv.gz"]
    assert counts == (27000, 8115, 50, 1992, 16843)


def test_releases_of_the_web_graph_date_their_ranks(loaded: Any) -> None:
    # 43 are public suffixes (gov.uk, nhs.uk, ...), and fs.fed.us is a
    # subdomain: other grains. Two of the 48 releases end in January 2018.
    counts = ledger(loaded)["domain_ranks_top1000_by_release.csv.gz"]
    assert counts == (48000, 47956, 0, 44, 0)
    ranks = [
        row
        for row in loaded.rows("domain_scores")
        if row["source"] == "common_crawl"
    ]
    dates = {row["as_of"].isoformat() for row in ranks}
    assert len(dates) == 47
    assert min(dates) == "2018-01-31"
    assert max(dates) == "2026-06-30"
    assert {"2024-02-29", "2024-04-30", "2023-01-31"} <= dates
    assert {row["scale"] for row in ranks} == {"centrality"}


def test_nothing_but_raw_files_stands_in_the_raw_directory(
    loaded: Any,
) -> None:
    assert all(
        path.suffix == ".parquet"
        for path in Path(loaded.path).rglob("*")
        if path.is_file()
    )


def test_a_real_graph_of_domains_is_counted_as_by_definition(
    tmp_path: Path,
) -> None:
    """Links between domains, written as Common Crawl writes a graph."""
    links = rows_of("ahrefs_domain_metrics/linked_domains_with_rating.csv.gz")
    pairs = [
        (row["domain_from"], row["domain_to"])
        for row in links
        # Common Crawl's graph has no addresses of numbers.
        if re.search("[a-z]", row["domain_from"])
        and re.search("[a-z]", row["domain_to"])
    ]
    names = sorted({_reversed(name) for pair in pairs for name in pair})
    places = {_reversed(name): place for place, name in enumerate(names)}
    extract = TLDExtract(cache_dir=None, suffix_list_urls=())
    domains = {
        name: extract(name).top_domain_under_public_suffix or name
        for name in places
    }
    study = sorted({domains[target] for _, target in pairs})[::7]
    study = [name for name in study if extract(name).suffix != name]
    expected: dict[str, set[str]] = {name: set() for name in study}
    for source, target in pairs:
        if domains[target] in expected:
            expected[domains[target]].add(domains[source])
    graph = [write_lines(tmp_path / "domains.csv", ["domain", *study])]
    graph.append(
        write_lines(
            tmp_path / "vertices.txt",
            [f"{place}\t{name}\t1" for place, name in enumerate(names)],
        )
    )
    graph.append(
        write_lines(
            tmp_path / "edges.txt.gz",
            [f"{places[source]}\t{places[target]}" for source, target in pairs],
        )
    )
    raw = RawDir(tmp_path / "raw")
    raw.load(*graph)
    found = {
        row["domain"]: row["referring_domains"]
        for row in raw.rows("backlink_profiles")
    }
    assert len(found) > 500
    assert found == {
        name: len(sources - {name}) for name, sources in expected.items()
    }


def test_real_names_of_a_release_are_domains_of_the_graph(
    tmp_path: Path,
) -> None:
    """The 1,000 first of a release: ranks and graph land with one date."""
    ranks = rows_of("common_crawl/domain_ranks_top1000_by_release.csv.gz")
    release = max(row["release"] for row in ranks)
    names = [r["#host_rev"] for r in ranks if r["release"] == release]
    assert len(names) == 1000
    header = list(ranks[0])[1:]
    files = [
        write_lines(
            tmp_path / f"{release}-domain-ranks.txt.gz",
            [
                "\t".join(header),
                *(
                    "\t".join(row[name] for name in header)
                    for row in ranks
                    if row["release"] == release
                ),
            ],
        ),
        write_lines(
            tmp_path / f"{release}-domain-vertices.txt.gz",
            [f"{place}\t{name}\t1" for place, name in enumerate(names)],
        ),
        # Each is linked from all before it.
        write_lines(
            tmp_path / f"{release}-domain-edges.txt.gz",
            [f"{a}\t{b}" for a in range(1000) for b in range(a + 1, 1000)],
        ),
        write_lines(
            tmp_path / "domains.csv",
            ["domain", *(_reversed(name) for name in names[:100])],
        ),
    ]
    raw = RawDir(tmp_path / "raw")
    raw.load(*files, as_of=None)
    found = {
        row["domain"]: row["referring_domains"]
        for row in raw.rows("backlink_profiles")
    }
    places = {_reversed(name): place for place, name in enumerate(names)}
    assert found == {name: places[name] for name in found}
    assert len(found) == 100
    assert set(raw.column("backlink_profiles", "as_of")) == set(
        raw.column("domain_scores", "as_of")
    )


def rows_of(name: str) -> list[dict[str, str]]:
    with gzip.open(REAL_DIR / name, "rt", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def write_lines(path: Path, lines: list[str]) -> Path:
    text = "".join(f"{line}\n" for line in lines)
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "wt", encoding="utf-8") as file:
        file.write(text)
    return path


def _reversed(name: str) -> str:
    return ".".join(reversed(name.split(".")))


REAL_STUDY = """
with totals as (
    select
        domain,
        unnest(arg_max(
            {
                total_backlinks: total_backlinks,
                referring_domains: referring_domains,
                follow_links: follow_links, nofollow_links: nofollow_links,
                text_links: text_links, image_links: image_links
            },
            (total_backlinks, referring_domains, follow_links)
        ))
    from read_parquet('{raw}/backlink_profiles/*.parquet')
    group by domain
),

scores as (
    select domain, max(score) as authority_score
    from read_parquet('{raw}/domain_scores/*.parquet')
    where source = 'ahrefs'
    group by domain
),

cited as (
    select
        domain,
        count(distinct answer_id) as answers,
        count(distinct answer_id) filter (platform = 'gemini') as of_gemini,
        count(distinct answer_id) filter (
            platform = 'chatgpt_search'
        ) as of_search
    from read_parquet('{raw}/ai_references/*.parquet') as cited
    inner join read_parquet('{raw}/ai_answers/*.parquet') as answers
        using (source, answer_id)
    where kind = 'citation'
    group by domain
)

select
    *,
    coalesce(answers, 0) as ai_mentions_all,
    coalesce(of_gemini, 0) as ai_mentions_gemini,
    coalesce(of_search, 0) as ai_mentions_search
from totals
left join scores using (domain)
left join cited using (domain)
"""


@pytest.mark.parametrize("platform", ["gemini", "search", "all"])
def test_outlooks_of_real_domains_hold(loaded: Any, platform: str) -> None:
    """Nearly all have no mention: few have an interval, which holds."""
    query = REAL_STUDY.replace("{raw}", str(loaded.path))
    signals = pd.DataFrame(columns=["signal", "transform", "is_delivered"])
    found = outlook_table(
        duckdb.execute(query).df(), signals, [platform], default_settings()
    ).to_pandas()
    assert found["status"].value_counts().to_dict() == {
        "ok": 8115,
        "value_unknown": 21946 - 8115,
    }
    found = found[found["status"] == "ok"]
    mentions = found["ai_mentions"]
    # What is expected of all is what there is.
    assert found["expected_mentions"].sum() == pytest.approx(
        mentions.sum(), rel=0.1
    )
    told = found[found["prediction_high"].notna()]
    assert 150 < len(told) < 1200
    assert (told["prediction_low"] == 0).all()
    is_held = told["ai_mentions"] <= told["prediction_high"]
    assert 0.9 <= is_held.mean() <= 0.95
    assert is_held.mean() == pytest.approx(
        told["prediction_level"].mean(), abs=0.03
    )
    untold = found[found["prediction_high"].isna()]
    assert (untold["ai_mentions"] == 0).mean() > 0.99
    named = untold["ai_mentions"] > 0
    assert set(untold.loc[named, "standing"]) == {"more"}
    assert set(untold.loc[~named, "standing"]) == {"none"}
