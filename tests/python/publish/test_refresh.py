"""A refresh by the real dbt, and what it publishes."""

from __future__ import annotations

import hashlib
import json
import stat

import duckdb
import pytest
from linksignal.errors import LinksignalError
from linksignal.files import MARK
from linksignal.publish import export, refresh
from linksignal.publish.database import read_info
from linksignal.publish.info import COLUMNS
from linksignal.publish.root import Root, entries
from linksignal.publish.verify import verify
from recorded_build import STEPS


@pytest.fixture
def root(refreshed_sample):
    return Root(refreshed_sample.root)


@pytest.fixture
def published(root):
    with duckdb.connect(str(root.published), read_only=True) as connection:
        yield connection


def rows(connection, query):
    return connection.execute(query).fetchall()


def test_the_real_dbt_builds_and_its_build_is_published(root):
    assert root.published.is_file()
    (entry,) = entries(root.log)
    assert entry["event"] == "published"
    assert list(entry["seconds"]) == list(STEPS)


def test_every_public_table_is_published_as_it_was_built(recorded, published):
    published.execute(f"attach '{recorded.database}' as built (read_only)")
    tables = rows(
        published,
        "select schema_name, table_name from duckdb_tables() where "
        "database_name = 'built' "
        "and schema_name in ('findings', 'quality', 'lookups')",
    )
    assert len(tables) >= 10
    for schema, table in tables:
        name = f"{schema}.{table}"
        for left, right in (("built.", ""), ("", "built.")):
            query = f"from {left}{name} except all from {right}{name}"
            assert rows(published, query) == [], name
        types = [
            rows(published, f"describe {catalog}{name}")
            for catalog in ("built.", "")
        ]
        assert [row[:2] for row in types[0]] == [row[:2] for row in types[1]]


def test_nothing_but_public_tables_is_published(published):
    schemas = rows(
        published, "select distinct schema_name from duckdb_tables()"
    )
    assert sorted(schemas) == [
        ("findings",), ("history",), ("lookups",), ("main",), ("quality",)
    ]  # fmt: skip


def test_no_published_column_holds_anchors_prompts_or_urls(published):
    # A number, such as an error over prompts, holds no text of anybody.
    columns = rows(
        published,
        "select column_name from duckdb_columns() "
        "where data_type not in ('DOUBLE', 'BIGINT', 'INTEGER', 'BOOLEAN')",
    )
    assert columns
    assert not [
        name
        for (name,) in columns
        if any(word in name for word in ("anchor", "prompt", "url"))
    ]


def test_the_file_is_of_the_storage_version_of_older_clients(published):
    query = (
        "select tags['storage_version'] from duckdb_databases() "
        "where database_name = 'linksignal_published'"
    )
    assert rows(published, query)[0][0].startswith("v1.4.0")


def test_descriptions_travel_with_the_tables(published):
    uncommented = rows(
        published,
        "select schema_name, table_name, column_name from duckdb_columns() "
        "where comment is null "
        "and schema_name in ('findings', 'quality', 'lookups')",
    )
    assert uncommented == []
    comment = rows(
        published,
        "select comment from duckdb_tables() where table_name = 'domains'",
    )
    assert comment[0][0].startswith("One row per study domain")


def test_the_exposures_name_every_public_table(recorded):
    manifest, _ = recorded.documents()
    public = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["schema"] in export.PUBLIC_SCHEMAS
    }
    published = manifest["exposures"]["exposure.linksignal.published_file"]
    assert set(published["depends_on"]["nodes"]) == public


def test_the_history_has_one_row_per_run_and_coefficient(published):
    duplicates = rows(
        published,
        "select count(*) from history.correlations group by run_id, signal, "
        "outcome, platform, method having count(*) > 1",
    )
    assert duplicates == []
    assert rows(
        published,
        "select count(*) from history.claims",
    ) == rows(published, "select count(*) from findings.claims")


def test_publish_info_says_where_the_tables_come_from(root, published):
    info = read_info(root.published)
    assert list(info) == list(COLUMNS)
    assert info["previous_run_id"] is None
    assert info["is_simulated"] is True
    assert info["load_count"] == 6
    assert info["seed"] == 20251001
    assert info["dbt_version"].startswith("1.11.")
    assert json.loads(info["settings"])["resample_count"] == 100
    assert "raw_dir" not in info["settings"]
    counts = json.loads(info["row_counts"])
    assert counts["findings.domains"] == 1000
    for name, count in counts.items():
        assert rows(published, f"select count(*) from {name}") == [(count,)]


def test_the_hashes_of_the_inputs_follow_from_the_files(root, recorded):
    info = read_info(root.published)
    raw = hashlib.sha256()
    for path in sorted(recorded.raw_dir.glob("*/*.parquet")):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        name = path.relative_to(recorded.raw_dir).as_posix()
        raw.update(f"{name}\n{content}\n".encode())
    loads = duckdb.sql(
        f"select sha256 from '{recorded.raw_dir}/loads/*.parquet' order by 1"
    ).fetchall()
    text = "\n".join(sha256 for (sha256,) in loads)
    assert info["raw_hash"] == raw.hexdigest()
    assert info["loads_hash"] == hashlib.sha256(text.encode()).hexdigest()


def test_the_published_file_and_its_kept_copy_are_read_only_and_apart(root):
    (kept,) = root.archive.iterdir()
    for path in (root.published, kept):
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
        assert path.stat().st_nlink == 1
    assert kept.read_bytes() == root.published.read_bytes()


def test_the_run_leaves_its_logs_and_no_data(root):
    (folder,) = root.runs.iterdir()
    left = {path.name for path in folder.iterdir()}
    assert left == {MARK, "run.log", "dbt_output.txt", "logs"}
    assert "Done. PASS=" in (folder / "dbt_output.txt").read_text()
    steps = [entry["step"] for entry in entries(folder / "run.log")]
    assert list(dict.fromkeys(steps)) == list(STEPS)


def test_the_fresh_process_accepts_what_was_published(root, recorded):
    verify(root.published)
    verify(root.published, recorded.database)


SPOILED = {
    "update findings.domains set authority_score = 1 where domain = "
    "(select min(domain) from findings.domains)": "findings.domains is not",
    "delete from quality.data_quality": "quality.data_quality is not",
    "drop table findings.replication": "findings.replication is not",
    "create table findings.more as select 1": "findings.more is not",
    "delete from publish_info": "publish_info does not have one row",
    "alter table publish_info drop seed": "publish_info has other columns",
}


@pytest.mark.parametrize("statement", SPOILED)
def test_the_fresh_process_refuses_a_file_that_was_spoiled(
    root, tmp_path, statement
):
    path = tmp_path / "spoiled.duckdb"
    path.write_bytes(root.published.read_bytes())
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    with pytest.raises(LinksignalError, match=SPOILED[statement]):
        verify(path)


def test_a_file_that_is_not_as_it_was_built_is_refused(
    root, recorded, tmp_path
):
    other = recorded.altered(
        tmp_path / "other",
        "alter table findings.domains alter authority_decile type bigint",
    )
    with pytest.raises(LinksignalError, match="not as it was built"):
        verify(root.published, other.database)


def test_a_copy_that_lacks_a_row_is_not_published(bench, monkeypatch):
    bench.publish()
    copy = export._copy_tables

    def lossy(connection):
        copy(connection)
        connection.execute(
            "delete from publication.findings.domains where domain = "
            "(select min(domain) from publication.findings.domains)"
        )

    monkeypatch.setattr(export, "_copy_tables", lossy)
    monkeypatch.setattr(refresh, "verify", verify)
    error = bench.fails()
    assert "findings.domains is not as publish_info states" in str(error)


def test_a_file_with_a_wal_beside_it_is_refused(root, tmp_path):
    path = tmp_path / "open.duckdb"
    path.write_bytes(root.published.read_bytes())
    path.with_name("open.duckdb.wal").write_bytes(b"x")
    with pytest.raises(LinksignalError, match=r"a \.wal lies beside it"):
        verify(path)
