"""Which records of a link stay, held against the rule itself.

The compiled models run on drawn raw tables; the rule compares every record of
a snapshot with every other one. The draws are small and full of what may go
wrong: links in several loads in other states, equal records within a file,
NULL in every column, loads that the ledger lacks, hashes that collide.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linksignal.contract import raw_schemas

STUDIES = 60
MODELS = (
    "stg_study_domains",
    "stg_snapshot_loads",
    "stg_backlink_snapshots",
    "stg_superseded_links",
    "stg_backlinks",
    "link_counts",
    "link_referrers",
    "link_page_scores",
    "domain_links",
)
VIEWS = ("stg_backlinks",)
DAYS = (date(2025, 2, 1), date(2025, 3, 1))
ADDRESSES = ("https://one.net/", "https://two.net/", "https://тест.net/", None)
LINK = ("source_url", "target_url", "anchor", "link_kind")
ELEMENTS = ("is_image", "is_form", "is_frame")
STATE = (
    *("last_seen", "is_lost", "first_seen", "link_count", "is_nofollow"),
    *("is_ugc", "is_sponsored", "is_text", "source_page_score"),
    *("source_domain", *ELEMENTS),
)
HOW_IT_CAME = ("record_count", "link_count", "is_several_loads", "snapshot_id")
SUPERSEDED = ("superseded_records", "superseded_links")

Record = dict[str, Any]
Key = tuple[str | None, int]


@dataclass
class Raw:
    """Raw tables of one study."""

    backlinks: list[Record]
    known_loads: set[str] = field(default_factory=set)


def draw_study(seed: int) -> Raw:
    """Draw loads that overlap; of every second study the ledger has all."""
    draw = random.Random(seed)
    loads = [f"load-{number}" for number in range(draw.randint(1, 4))]
    records = [draw_record(draw, draw.choice(loads)) for _ in range(50)]
    for record in draw.sample(records, 25):
        # Another state of the link, in the same file or in another one.
        copy = record | {"load_id": draw.choice(loads)}
        for column in draw.sample(STATE[:9], draw.randint(0, 2)):
            copy[column] = draw_record(draw, "")[column]
        records.append(copy)
    draw.shuffle(records)
    numbered = [
        record | {"record_number": number}
        for number, record in enumerate(records)
    ]
    known = loads if seed % 2 else draw.sample(loads, seed // 2 % len(loads))
    return Raw(each_once_in(numbered, known), set(known))


def draw_record(draw: random.Random, load_id: str) -> Record:
    """Draw a link record from so few values that many are alike."""

    def maybe(*values: Any) -> Any:
        return draw.choice([*values, None])

    return {
        "load_id": load_id,
        "source": draw.choice(["ahrefs", "semrush"]),
        "as_of": draw.choice(DAYS),
        "target_domain": draw.choice(["a.com", "a.com", "out.com"]),
        "source_url": draw.choice(ADDRESSES),
        "source_domain": maybe("one.net", "a.com"),
        "target_url": maybe("https://a.com/"),
        "anchor": maybe("x", ""),
        "link_kind": draw.choice(["anchor", "anchor", "anchor", None]),
        "link_count": maybe(1, 7),
        "last_seen": maybe(datetime(2025, 1, 1), datetime(2025, 1, 2)),
        "first_seen": maybe(datetime(2024, 1, 1), datetime(2024, 1, 2)),
        "source_page_score": maybe(0.0, 12.5),
        **{
            f"is_{name}": maybe(True, False)
            for name in ("lost", "nofollow", "ugc", "sponsored", "text")
        },
        **dict.fromkeys(ELEMENTS, None),
        draw.choice(ELEMENTS): maybe(True, False),
    }


def snapshot_of(record: Record) -> tuple[Any, ...]:
    return tuple(record[name] for name in ("target_domain", "source", "as_of"))


def link_of(record: Record) -> tuple[Any, ...]:
    """Return what identifies a link within its snapshot."""
    return (
        *(record[name] for name in LINK),
        *(bool(record[name]) for name in ELEMENTS),
    )


def goes_before(one: Record, other: Record) -> bool:
    """Tell whether a record is kept rather than another one of its link."""
    for name in STATE:
        if one[name] != other[name]:
            if None in (one[name], other[name]):
                return other[name] is None
            return bool(one[name] > other[name])
    return key_of(one) < key_of(other)


def key_of(record: Record) -> Key:
    return record["load_id"], record["record_number"]


def each_once_in(records: list[Record], loads: list[str]) -> list[Record]:
    """Leave out what one of these loads repeats, as the loader does."""
    kept: dict[tuple[Any, ...], Record] = {}
    for record in records:
        in_load = record["load_id"] in loads or record["record_number"]
        link = (
            record["load_id"],
            in_load,
            snapshot_of(record),
            link_of(record),
        )
        kept.setdefault(link, record)
    return list(kept.values())


def superseded_by_definition(records: list[Record]) -> set[Key]:
    """Compare each record with each other one of its snapshot."""
    found = set()
    for snapshot in {snapshot_of(record) for record in records}:
        target, source, as_of = snapshot
        newest = max(
            record["as_of"]
            for record in records
            if snapshot_of(record)[:2] == (target, source)
        )
        part = [record for record in records if snapshot_of(record) == snapshot]
        loads = {record["load_id"] for record in part}
        if target == "a.com" and as_of == newest and len(loads) > 1:
            found |= {
                key_of(record)
                for record in part
                if any(
                    link_of(other) == link_of(record)
                    and goes_before(other, record)
                    for other in part
                )
            }
    return found


def write(raw: Raw, raw_dir: Path) -> None:
    ledger = [{"load_id": load_id} for load_id in sorted(raw.known_loads)]
    domains = [{"domain": "a.com", "source": "list", "as_of": DAYS[0]}]
    tables = {
        "backlinks": raw.backlinks,
        "loads": ledger,
        "study_domains": domains,
    }
    for table, rows in tables.items():
        schema = raw_schemas()[table]
        full = [dict.fromkeys(schema.names) | row for row in rows]
        folder = raw_dir / table
        folder.mkdir(parents=True, exist_ok=True)
        pq.write_table(
            pa.Table.from_pylist(full, schema=schema), folder / "all.parquet"
        )


@pytest.fixture(scope="module")
def raw_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the raw tables, with one study in it."""
    folder = tmp_path_factory.mktemp("drawn") / "raw"
    write(draw_study(0), folder)
    return folder


@pytest.fixture(scope="module")
def models(dbt, built_sample, parsed, raw_dir: Path) -> dict[str, str]:
    """SQL of the link models, compiled by dbt for that folder."""
    outcome = dbt(
        *("compile", "--select", "+domain_links"),
        database=raw_dir.parent / built_sample.database.name,
        variables={"raw_dir": str(raw_dir)},
        manifest=parsed,
    )
    assert outcome.exit_code == 0, outcome.output
    compiled = {
        result.node.name: result.node.compiled_code for result in outcome.result
    }
    return {name: compiled[name] for name in MODELS}


@pytest.fixture
def found_in(raw_dir: Path, built_sample):
    """Run compiled models on a study; give the rows of a query."""

    def found_in(
        raw: Raw, models: dict[str, str], query: str
    ) -> list[tuple[Any, ...]]:
        write(raw, raw_dir)
        with duckdb.connect() as connection:
            name = built_sample.database.stem
            connection.execute(f"attach ':memory:' as {name}; use {name}")
            connection.execute("create schema staging; create schema features")
            for model, sql in models.items():
                kind = "view" if model in VIEWS else "table"
                stage = "staging" if model[:4] == "stg_" else "features"
                connection.execute(f"create {kind} {stage}.{model} as {sql}")
            return connection.execute(query).fetchall()

    return found_in


def superseded_in(found_in, raw: Raw, models: dict[str, str]) -> set[Key]:
    wanted = MODELS[: MODELS.index("stg_superseded_links") + 1]
    rows = found_in(
        raw,
        {name: models[name] for name in wanted},
        "select load_id, record_number from staging.stg_superseded_links",
    )
    assert len(rows) == len(set(rows))
    return set(rows)


def with_colliding_hashes(models: dict[str, str]) -> dict[str, str]:
    """Let two thirds of all links share a hash."""
    model = "stg_superseded_links"
    changed = models[model].replace("hash(row(", "(hash(row(", 1)
    changed = changed.replace(") as link_hash", ") % 3) // 2 as link_hash", 1)
    assert changed != models[model]
    return models | {model: changed}


def test_the_models_keep_what_the_rule_keeps(models, found_in):
    sizes = []
    for seed in range(STUDIES):
        raw = draw_study(seed)
        expected = superseded_by_definition(raw.backlinks)
        assert superseded_in(found_in, raw, models) == expected, seed
        sizes.append(len(expected))
    assert sum(size > 3 for size in sizes) > STUDIES / 2


def test_links_whose_hashes_collide_are_told_apart(models, found_in):
    colliding = with_colliding_hashes(models)
    for seed in range(0, STUDIES, 3):
        raw = draw_study(seed)
        expected = superseded_by_definition(raw.backlinks)
        assert superseded_in(found_in, raw, colliding) == expected, seed


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("not loads.is_largest", "loads.is_largest"),
        ("where not is_in_ledger", "where false"),
        ("last_seen desc nulls last", "last_seen asc nulls last"),
        ("is_lost desc nulls last", "is_lost desc nulls first"),
        ("coalesce(is_frame, false)", "is_frame"),
        ("partition by snapshot_id, source_url,", "partition by snapshot_id,"),
        ("partition by snapshot_id, ", "partition by "),
        ("and is_several_loads", ""),
    ],
)
def test_a_wrong_rule_is_noticed(models, found_in, right: str, wrong: str):
    model = "stg_superseded_links"
    changed = models | {model: models[model].replace(right, wrong)}
    assert changed != models
    assert any(
        superseded_in(found_in, raw, changed)
        != superseded_by_definition(raw.backlinks)
        for raw in map(draw_study, range(STUDIES))
    )


def features_in(found_in, raw: Raw, models: dict[str, str]) -> list[Any]:
    """Return the link features, without how the records came."""
    left_out = ", ".join((*HOW_IT_CAME, *SUPERSEDED))
    return found_in(
        raw,
        models,
        f"select * exclude ({left_out}) from features.domain_links "
        "order by all",
    )


def renamed(records: list[Record], order: list[str]) -> list[Record]:
    """Let the loads come in another order."""
    names = dict(zip(sorted(order), order, strict=True))
    return [each | {"load_id": names[each["load_id"]]} for each in records]


def test_parts_give_what_one_load_of_all_gives(models, found_in):
    for seed in range(1, STUDIES, 6):
        raw = draw_study(seed)
        superseded = superseded_by_definition(raw.backlinks)
        kept = [
            each | {"load_id": "whole"}
            for each in raw.backlinks
            if key_of(each) not in superseded
        ]
        expected = features_in(found_in, Raw(kept, {"whole"}), models)
        assert expected
        assert features_in(found_in, raw, models) == expected, seed
        order = random.Random(seed).sample(
            sorted(raw.known_loads), len(raw.known_loads)
        )
        other = Raw(renamed(raw.backlinks, order[::-1]), raw.known_loads)
        assert features_in(found_in, other, models) == expected, seed
