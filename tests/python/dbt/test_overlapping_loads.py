"""One link in several exports of a day counts once, whatever the order."""

from __future__ import annotations

import itertools
import random
from datetime import date
from pathlib import Path

import duckdb
import pytest
from linksignal.load.batch import load_files
from linksignal.load.stage import Options

HEADER = (
    "source_url;target_url;anchor;nofollow;image;form;frame;last_seen;lostlink"
)
PARTS = 3
ANSWERS = "answer_id,platform\na1,ChatGPT\n"
REFERENCES = "answer_id,domain\na1,target.com\n"


def parts() -> list[list[tuple[str, ...]]]:
    """Records of three exports that share many links in other states."""
    draw = random.Random(5)
    found = []
    for _ in range(PARTS):
        records = {
            (
                f"https://s{draw.randrange(12)}.com/",
                f"https://target.com/{draw.randrange(2)}",
                draw.choice(["", "acme", "Acme"]),
                draw.choice(["true", "false"]),
                draw.choice(["true", "false", ""]),
                "false",
                "false",
                draw.choice(["", "2025-01-01", "2025-01-02 01:00:00"]),
                draw.choice(["true", "false", ""]),
            )
            for _ in range(60)
        }
        found.append(sorted(records, key=lambda _: draw.random()))
    return found


def by_definition(exports: list[list[tuple[str, ...]]]) -> tuple[int, ...]:
    """Total, nofollow, lost links and referring domains, by hand."""
    newest: dict[tuple[str, ...], tuple[str, ...]] = {}
    lost_rank = {"true": 2, "false": 1, "": 0}
    follow_rank = {"true": 1, "false": 0}
    for (
        page,
        target,
        anchor,
        nofollow,
        image,
        _,
        _,
        seen,
        lost,
    ) in itertools.chain(*exports):
        key = (page, target, anchor, str(image == "true"))
        state = (seen, str(lost_rank[lost]), str(follow_rank[nofollow]))
        newest[key] = max(newest.get(key, state), state)
    live = {key: s for key, s in newest.items() if s[1] != "2"}
    nofollow = sum(state[2] == "1" for state in live.values())
    domains = {key[0] for key in live}
    return len(live), nofollow, len(newest) - len(live), len(domains)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 0, 1), (1, 2, 0)])
def test_exports_that_overlap_count_each_link_in_its_newest_state(
    dbt, built_sample, parsed, tmp_path: Path, order: tuple[int, ...]
) -> None:
    exports = parts()
    raw_dir = tmp_path / "raw"
    files = {"answers.csv": ANSWERS, "references.csv": REFERENCES}
    for number in order:
        lines = [HEADER, *map(";".join, exports[number])]
        files[f"part{number}.csv"] = "\n".join(lines) + "\n"
    for name, text in files.items():
        path = tmp_path / name
        path.write_text(text)
        load_files([path], raw_dir, Options(as_of=date(2025, 3, 1)))
    database = tmp_path / built_sample.database.name
    outcome = dbt(
        *("build", "--select", "lookups", "+domain_links"),
        *("record_accounting", "stg_record_counts"),
        *("--exclude", "test_type:unit", "stg_ai_totals"),
        database=database,
        variables={"raw_dir": str(raw_dir)},
        manifest=parsed,
    )
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select total_backlinks, nofollow_links, lost_links, "
            "referring_domains from features.domain_links"
        ).fetchall()
    assert found == [by_definition(exports)]
    assert outcome.statuses["domain_links_keep_their_rules"] == "pass"
