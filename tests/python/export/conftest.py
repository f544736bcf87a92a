"""Databases to export: the sample, a published file, hostile texts."""

from __future__ import annotations

import datetime
from pathlib import Path

import duckdb
import pytest

HOSTILE_TEXTS = (
    '=HYPERLINK("http://evil.test","y")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "  +1",
    "-1",
    "\t=1",
    "＝1+1",
    "x;=1+1;y",
    "<script>alert(1)</script>",
    "http://evil.test/?q=1&r=2",
    "right \u202eot left\u2066",
    "שלום עולם",
    "🎈👩‍👩‍👧",
    "two\nlines\r\nand\rmore",
    "say \"x\", or 'y'",
    "nul\x00 bell\x07 escape\x1b[31m",
    "_x0041_",
    "\uffff",
    "007",
    "1e5",
    "TRUE",
    "",
    " ",
    "x" * 10_000,
)


@pytest.fixture(scope="session")
def hostile_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two tables: one of hostile texts, one of every type of value."""
    path = tmp_path_factory.mktemp("hostile") / "hostile.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema findings")
        connection.execute(
            "create table findings.correlations as "
            "select 1::bigint as seed, false as is_simulated"
        )
        connection.execute("create table findings.texts (n bigint, t varchar)")
        connection.executemany(
            "insert into findings.texts values (?, ?)",
            [*enumerate(HOSTILE_TEXTS), (len(HOSTILE_TEXTS), None)],
        )
        connection.execute(
            """
            create table findings.kinds (
                whole bigint, huge bigint, fraction double, exact decimal(9, 2),
                is_so boolean, day date, moment timestamp,
                zoned timestamptz, names varchar[]
            )
            """
        )
        connection.execute(
            "insert into findings.kinds values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                *(-5, 2**60, -0.1, "-1.50", True),
                datetime.date(2026, 1, 31),
                datetime.datetime(2026, 1, 31, 10, 30),
                datetime.datetime(2026, 1, 31, 10, 30, tzinfo=datetime.UTC),
                ["=a", "é"],
            ],
        )
        connection.execute(
            "insert into findings.kinds (day, moment, fraction) "
            "values ('1850-01-01', '1850-01-01 10:00:00', '-inf')"
        )
    return path


@pytest.fixture(scope="session")
def published_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file like those that a refresh publishes, of a study not simulated."""
    path = tmp_path_factory.mktemp("published") / "published.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            """
            create schema findings;
            create schema history;
            create table findings.correlations as
            select 1::bigint as seed, false as is_simulated;
            create table findings.claims as select 'C1' as claim_id;
            create table history.claims as
            select 'C1' as claim_id, range as run_number from range(2);
            comment on table history.claims is 'One row per run.';
            create table publish_info as select
                '000007-abc' as run_id,
                timestamp '2026-01-31 10:00:00' as published_at,
                'd1' as raw_hash,
                null as loads_hash,
                0::bigint as load_count,
                '9.9.9' as linksignal_version,
                '1.11.0' as dbt_version,
                '{"numpy": "2.4.0"}' as package_versions;
            """
        )
    return path
