"""A raw folder that asserts the accounting identity of every load."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
from linksignal.contract import raw_schemas
from linksignal.load.batch import load_files
from linksignal.load.stage import Options, Staged

RECORD_TABLES = (
    "study_domains",
    "backlinks",
    "backlink_profiles",
    "domain_scores",
    "domain_signals",
    "ai_answers",
    "ai_references",
    "ai_totals",
)
PHYSICAL = ("load_id", "record_number")
DAY = date(2026, 1, 31)
FEW_ROWS = 1_000


@dataclass(frozen=True)
class RawDir:
    """A raw directory and what stands in it."""

    path: Path

    def load(
        self,
        *files: Path,
        format_name: str | None = None,
        as_of: date | None = DAY,
        **options: Any,
    ) -> Staged:
        """Load files, check the identities, return the last one's load."""
        loaded = load_files(
            files, self.path, Options(as_of=as_of, **options), format_name
        )
        self.check_identities()
        return loaded.staged[-1]

    def rows(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table, in the order of load and record."""
        rows: list[dict[str, Any]] = [
            row
            for path in sorted((self.path / table).glob("*.parquet"))
            for row in pq.ParquetFile(path).read().to_pylist()
        ]
        return sorted(
            rows, key=lambda row: (row["load_id"], row.get("record_number", 0))
        )

    def content(self, table: str) -> list[dict[str, Any]]:
        """Rows of a table without their physical key, in their own order."""
        rows = [
            {name: row[name] for name in row if name not in PHYSICAL}
            for row in self.rows(table)
        ]
        return sorted(rows, key=repr)

    def column(self, table: str, column: str) -> list[Any]:
        """Values of one column, in the order of load and record."""
        return [row[column] for row in self.rows(table)]

    def rejected(self) -> list[tuple[int, str | None, str]]:
        """Rejected records: number, column, reason."""
        return [
            (row["record_number"], row["column"], row["reason"])
            for row in self.rows("rejected_records")
        ]

    def check_identities(self) -> None:
        """Every record has one fate, and every file its contract's types."""
        self._check_schemas()
        for load in self.rows("loads"):
            own = {
                table: self._numbers(table, load["load_id"])
                for table in (*RECORD_TABLES, "rejected_records")
            }
            rejected = set(own.pop("rejected_records"))
            landed = set().union(*own.values())
            assert load["records_read"] == (
                load["records_landed"]
                + load["records_rejected"]
                + load["records_skipped"]
                + load["duplicates"]
            )
            assert load["records_landed"] == len(landed)
            assert load["records_rejected"] == len(rejected)
            assert not landed & rejected

    def _numbers(self, table: str, load_id: str) -> list[int]:
        """Record numbers of a load in a table.

        They are distinct, unless several references are elements of one
        record's list.
        """
        path = self.path / table / f"{load_id}.parquet"
        if not path.exists():
            return []
        numbers = pq.ParquetFile(path).read(["load_id", "record_number"])
        assert set(numbers["load_id"].to_pylist()) == {load_id}
        found: list[int] = numbers["record_number"].to_pylist()
        is_listed = table == "ai_references"
        assert is_listed or len(found) == len(set(found))
        assert table == "rejected_records" or self._is_distinct(path)
        return found

    @staticmethod
    def _is_distinct(path: Path) -> bool:
        """Within one load no two rows of a table are equal in content."""
        rows = pq.ParquetFile(path).read().drop_columns(["record_number"])
        if len(rows) <= FEW_ROWS:
            # To start a query takes longer.
            return len(rows) == len(set(map(repr, rows.to_pylist())))
        return len(rows) == len(duckdb.from_arrow(rows).distinct())

    def _check_schemas(self) -> None:
        for table, schema in raw_schemas().items():
            for path in (self.path / table).glob("*.parquet"):
                found = pq.read_schema(path)
                assert found.names == schema.names
                assert list(map(str, found.types)) == [
                    str(kind).replace("item", "element")
                    for kind in schema.types
                ]
