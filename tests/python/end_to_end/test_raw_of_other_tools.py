"""Raw tables as other tools write them: the right value, or one sentence."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from drawn_studies import Shape, study_of
from linksignal.errors import LinksignalError
from linksignal.load.ledger import read_ledger
from linksignal.publish.inputs import read_inputs
from raw_folders import write_raw
from test_refusals import (
    assert_check_refuses,
    assert_nothing_built,
    assert_refused,
)

STUDY = study_of(
    Shape(
        domain_count=6,
        link_count=40,
        profile_count=12,
        score_count=12,
        answer_count=30,
        total_count=20,
        is_listed=True,
        silent_platform_count=0,
        seed=3,
    )
)
BUILT = ("domain_features", "domain_visibility", "record_accounting")


def rewrite(raw_dir: Path, table: str, select: str) -> None:
    """Rewrite every file of a raw table by a select list or a whole query."""
    for path in (raw_dir / table).glob("*.parquet"):
        query = select.format(rows=f"read_parquet('{path}')")
        with duckdb.connect() as connection:
            connection.execute("set TimeZone = 'Pacific/Auckland'")
            changed = connection.sql(query).to_arrow_table()
        pq.write_table(changed, path)


# The same values in other clothes: table and query.
SAME = {
    "column names in capitals": (
        "ai_answers",
        'select load_id, record_number, source as "SOURCE", as_of as "As_Of", '
        "* exclude (load_id, record_number, source, as_of) from {rows}",
    ),
    "columns in another order, and more of them": (
        "backlink_profiles",
        "select 'x' as note, {{'a': 1}} as nested, domain, * exclude (domain) "
        "from {rows}",
    ),
    "dates as timestamps": (
        "backlinks",
        "select * replace (as_of::timestamp + interval 7 hour as as_of) "
        "from {rows}",
    ),
    "dates as moments of another time zone": (
        "backlink_profiles",
        "select * replace (timezone('UTC', as_of + interval 23 hour) as as_of) "
        "from {rows}",
    ),
    "dates as text": (
        "domain_scores",
        "select * replace (as_of::varchar as as_of) from {rows}",
    ),
    "times as moments of another time zone": (
        "ai_answers",
        "select * replace (timezone('UTC', answered_at) as answered_at) "
        "from {rows}",
    ),
    "times as text": (
        "ai_answers",
        "select * replace (strftime(answered_at, '%Y-%m-%dT%H:%M:%S.%fZ') "
        "as answered_at) from {rows}",
    ),
    "counts as floating point": (
        "backlink_profiles",
        "select * replace (total_backlinks::double as total_backlinks, "
        "record_number::integer as record_number) from {rows}",
    ),
    "counts as huge integers": (
        "ai_totals",
        "select * replace (mentions::hugeint as mentions) from {rows}",
    ),
    "truth values as numbers": (
        "backlinks",
        "select * replace (is_nofollow::integer as is_nofollow) from {rows}",
    ),
    "categories as an enumeration": (
        "ai_references",
        "select * replace (kind::enum('citation', 'mention') as kind) "
        "from {rows}",
    ),
    "an unused column without a type": (
        "backlinks",
        "select * replace (null as source_page_scale) from {rows}",
    ),
}


@pytest.fixture(scope="module")
def seeded(dbt, parsed, tmp_path_factory):
    """A database with the lookups, for runs that build no seed."""
    database = tmp_path_factory.mktemp("seeded") / "linksignal.duckdb"
    outcome = dbt("seed", database=database, manifest=parsed)
    assert outcome.exit_code == 0, outcome.output
    return database


@pytest.fixture(scope="module")
def rows_of(dbt, parsed, seeded):
    """Build models from a raw directory: rows of each by its name."""

    def build(raw_dir: Path, *selected: str) -> dict[str, list[tuple]]:
        outcome = dbt(
            *("run", "--select", *selected),
            database=seeded,
            variables={"raw_dir": str(raw_dir)},
            manifest=parsed,
        )
        assert outcome.exit_code == 0, outcome.output
        with duckdb.connect(str(seeded)) as connection:
            return {
                result.node.name: connection.execute(
                    f"select * from {result.node.relation_name} order by all"
                ).fetchall()
                for result in outcome.result
                if result.node.resource_type == "model"
            }

    return build


@pytest.fixture(scope="module")
def as_contracted(rows_of, tmp_path_factory):
    raw_dir = write_raw(tmp_path_factory.mktemp("raw"), STUDY)
    return rows_of(raw_dir, *(f"+{model}" for model in BUILT))


@pytest.mark.parametrize("clothes", SAME)
def test_the_same_values_are_read_from(
    clothes, rows_of, as_contracted, tmp_path
):
    """Every model that reads the table has the same rows, so those after it."""
    table, query = SAME[clothes]
    raw_dir = write_raw(tmp_path / "raw", STUDY)
    rewrite(raw_dir, table, query)

    readers = [f"source:raw.{table}+1,+{model}" for model in BUILT]
    found = rows_of(raw_dir, *readers)

    assert {f"stg_{table}", "stg_record_counts"} & found.keys()
    for model, rows in found.items():
        assert rows == as_contracted[model], model


def test_the_same_values_are_read_from_a_path_of_wildcards(
    rows_of, as_contracted, tmp_path
):
    from linksignal.paths import plain_folder

    with pytest.raises(LinksignalError, match="cannot be used"):
        plain_folder(tmp_path / "a[b]", "--raw")
    raw_dir = write_raw(tmp_path / "raw, of #1 tool", STUDY)

    assert rows_of(raw_dir, *(f"+{model}" for model in BUILT)) == as_contracted


# What cannot be read for certain: table, query and the sentence.
REFUSED = {
    "no as_of": (
        "backlinks",
        "select * exclude (as_of) from {rows}",
        "the raw table backlinks has no column as_of",
    ),
    "no domain": (
        "backlink_profiles",
        "select * rename (domain as host) from {rows}",
        "the raw table backlink_profiles has no column domain",
    ),
    "a nested domain": (
        "domain_scores",
        "select * replace ({{'name': domain}} as domain) from {rows}",
        "the raw table domain_scores has domain as STRUCT",
    ),
    "a nested as_of": (
        "ai_answers",
        "select * replace ([as_of] as as_of) from {rows}",
        "the raw table ai_answers has as_of as DATE[]: write it as date",
    ),
    "names as one text": (
        "study_domains",
        "select * replace ('a, b' as brand_aliases) from {rows}",
        "the raw table study_domains has brand_aliases as VARCHAR",
    ),
    "as_of of another calendar": (
        "ai_references",
        "select * replace ('31/12/2025' as as_of) from {rows}",
        "has as_of as VARCHAR, with the value 31/12/2025: write it as date",
    ),
    "an impossible day": (
        "ai_answers",
        "select * replace ('2026-02-30' as as_of) from {rows}",
        "has as_of as VARCHAR, with the value 2026-02-30",
    ),
    "the year 0000": (
        "backlinks",
        "select * replace (date '0000-01-01' as as_of) from {rows}",
        "the raw table backlinks has the as_of 0001-01-01 (BC)",
    ),
    "the year 9999": (
        "backlink_profiles",
        "select * replace (date '9999-12-31' as as_of) from {rows}",
        "the raw table backlink_profiles has the as_of 9999-12-31",
    ),
    "a record without as_of": (
        "backlinks",
        "select * replace (if(record_number = 1, null, as_of) as as_of) "
        "from {rows}",
        "the raw table backlinks has the as_of NULL",
    ),
    "half a link": (
        "backlink_profiles",
        "select * replace (total_backlinks + 0.5 as total_backlinks) "
        "from {rows} where total_backlinks is not null",
        "the raw table backlink_profiles has total_backlinks as",
    ),
    "counts at the limit of 64 bit": (
        "backlink_profiles",
        "select * replace (9223372036854775807 as follow_links) from {rows}",
        "the raw table backlink_profiles has the follow_links "
        "9223372036854775807",
    ),
    "counts beyond 64 bit": (
        "ai_totals",
        "select * replace (9223372036854775808::hugeint as mentions) "
        "from {rows}",
        "has mentions as DECIMAL(38,0), with the value 9223372036854775808",
    ),
    "ids as floating point": (
        "ai_answers",
        "select * replace (1.23457e17::double as answer_id) from {rows}",
        "the raw table ai_answers has answer_id as DOUBLE",
    ),
    "truth values of three kinds": (
        "backlinks",
        "select * replace (2 as is_lost) from {rows}",
        "the raw table backlinks has is_lost as INTEGER, with the value 2",
    ),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_the_check_before_a_build_refuses(wrong, dbt, parsed, tmp_path):
    table, query, sentence = REFUSED[wrong]
    raw_dir = write_raw(tmp_path / "raw", STUDY)
    rewrite(raw_dir, table, query)

    assert_check_refuses(
        dbt,
        sentence,
        database=tmp_path / "linksignal.duckdb",
        variables={"raw_dir": str(raw_dir)},
        manifest=parsed,
    )


def test_a_build_is_refused_for_a_column_that_is_missing(dbt, parsed, tmp_path):
    table, query, sentence = REFUSED["no as_of"]
    raw_dir = write_raw(tmp_path / "raw", STUDY)
    rewrite(raw_dir, table, query)
    database = tmp_path / "linksignal.duckdb"

    outcome = dbt(
        "build",
        database=database,
        variables={"raw_dir": str(raw_dir)},
        manifest=parsed,
    )

    assert_refused(outcome.exit_code, outcome.output, sentence)
    assert_nothing_built(database)


@pytest.mark.parametrize(
    "as_of",
    [
        "as_of::timestamp + interval 23 hour",
        "timezone('UTC', as_of + interval 23 hour)",
        "as_of::varchar",
    ],
)
def test_freshness_reads_the_day_that_the_build_reads(as_of, tmp_path):
    raw_dir = write_raw(tmp_path / "raw", STUDY)
    before = read_inputs(raw_dir).newest
    for table in before:
        rewrite(
            raw_dir,
            table,
            f'select * exclude (as_of), {as_of} as "AS_OF" from {{rows}}',
        )

    assert read_inputs(raw_dir).newest == before
    assert isinstance(before["backlinks"], dt.date)


@pytest.mark.parametrize(
    "query",
    [
        "select * exclude (as_of) from {rows}",
        "select * replace ({{'day': as_of}} as as_of) from {rows}",
        "select * replace ('yesterday' as as_of) from {rows}",
    ],
)
def test_freshness_knows_no_day_where_there_is_none(query, tmp_path):
    raw_dir = write_raw(tmp_path / "raw", STUDY)
    rewrite(raw_dir, "backlinks", query)

    assert read_inputs(raw_dir).newest["backlinks"] is None


def test_a_ledger_of_another_tool_is_one_sentence(tmp_path):
    (tmp_path / "loads").mkdir()
    pq.write_table(
        pa.table({"LOAD_ID": ["a"], "files": [["x"]]}),
        tmp_path / "loads" / "a.parquet",
    )

    with pytest.raises(LinksignalError, match="this file of the ledger lacks"):
        read_ledger(tmp_path)
    with pytest.raises(LinksignalError, match="this file of the ledger lacks"):
        read_inputs(tmp_path)
