"""Neither the order of loading nor the cut of an export changes a finding."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest
from comparing import assert_same_findings
from linksignal.cli import main

AHREFS_COLUMNS = [
    "url",
    "backlinks",
    "refdomains",
    "dofollow",
    "nofollow",
    "ugc",
    "sponsored",
    "text",
    "image",
]
# Real exports to cut in two: one of each side.
CUT = ["ai_references.csv.gz", "newsseo_discovered_seo_attributes.csv.gz"]
PROMPTS = ["is d1 good", "which books", "which shoes", ""]


def write_csv(file: Path, rows: Sequence[Sequence[object]]) -> Path:
    with file.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)
    return file


def ahrefs_rows(domains: int, growth: int) -> list[list[object]]:
    """Totals of domains; another pull gives other totals of the same day."""
    return [
        [
            f"d{number}.com",
            *(number * growth % place for place in range(31, 39)),
        ]
        for number in range(domains)
    ]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two pulls that disagree, two score lists, answers and references."""
    folder = tmp_path_factory.mktemp("exports")
    answers = [
        [f"a{number}", "ChatGPT", number % 4, PROMPTS[number % 4]]
        for number in range(60)
    ]
    references = [
        [f"a{number}", place, f"d{(number * place) % 40}.com"]
        for number in range(60)
        for place in (1, 2, 3)
    ]
    scores = [
        [f"d{number}.com", number * place % 101, "0-100"]
        for number in range(40)
        for place in (3, 7)
    ]
    contents = {
        "first_pull": [AHREFS_COLUMNS, *ahrefs_rows(30, 7)],
        "second_pull": [AHREFS_COLUMNS, *ahrefs_rows(40, 11)],
        "scores": [["domain", "score", "scale"], *scores],
        "answers": [["answer_id", "platform", "prompt_id", "prompt"], *answers],
        "references": [["answer_id", "position", "domain"], *references],
    }
    return [
        write_csv(folder / f"{name}.csv", rows)
        for name, rows in contents.items()
    ]


def in_two_parts(file: Path, folder: Path) -> list[Path]:
    """Cut an export in two, each with the header."""
    opened = gzip.open if file.suffix == ".gz" else open
    with opened(file, "rt", newline="", encoding="utf-8-sig") as stream:
        header, *rows = csv.reader(stream)
    middle = len(rows) // 2
    return [
        write_csv(folder / f"{file.name}-{number}.csv", [header, *part])
        for number, part in enumerate((rows[:middle], rows[middle:]))
    ]


def findings_of(workbench, *batches: Sequence[Path]):
    """Load batches of files one after the other, and build."""
    workbench.clear()
    for files in batches:
        words = ["--raw", str(workbench.raw_dir), "--as-of", "2024-06-30"]
        assert main(["load", *map(str, files), *words]) == 0
    return workbench.findings()


def test_exports_in_parts_and_another_order_give_the_same_findings(
    workbench, exports, tmp_path
):
    expected = findings_of(workbench, exports)
    parts = [in_two_parts(export, tmp_path) for export in exports]
    first, second = zip(*parts, strict=True)
    assert_same_findings(findings_of(workbench, second, first[::-1]), expected)


def test_real_exports_in_another_order_and_cut_give_the_same_findings(
    workbench, project_dir, tmp_path
):
    real_dir = project_dir.parent / "shared" / "real"
    if not real_dir.is_dir():
        pytest.skip(f"there is no real data in {real_dir}")
    files = sorted(real_dir.rglob("*.gz"))
    expected = findings_of(workbench, files)
    assert len(expected["domains"]) > 10_000
    cut = [file for file in files if file.name in CUT]
    assert len(cut) == len(CUT)
    parts = [part for file in cut for part in in_two_parts(file, tmp_path)]
    others = [file for file in files if file not in cut]
    found = findings_of(workbench, parts[::-1], others[::-1])
    assert_same_findings(found, expected)
