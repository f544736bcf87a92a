"""The real exports load with the default settings, every record accounted."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path
from typing import Any

import pytest
from accounted_raw import RawDir
from linksignal.project import PROJECT_DIR

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
