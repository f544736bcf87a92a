"""Fixtures that build one small study after the other."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from linksignal.stats.frames import with_outcomes
from raw_folders import Study, write_raw
from replaying import Statement, replay, shape_of, statements_of

FINDINGS = ("domains", "domain_outcomes", "deciles", "correlations")


@dataclass(frozen=True)
class Workbench:
    """A database and a raw folder that hold one study at a time.

    Parameters
    ----------
    folder : Path
        Where both are.
    dbt : callable
        Runs dbt without parsing the project again.
    variables : dict of str to int
        Vars of every run.
    data_tests : dict of str to DataTest
        Every data test by its name, with its query and the tables it reads.
    lookups : Path
        A database of that name that holds the lookups only.
    ran : dict
        What dbt ran, by what was asked for and the shape of the raw folder.
    """

    folder: Path
    dbt: Callable[..., Any] = field(repr=False)
    variables: dict[str, int]
    data_tests: dict[str, Any] = field(repr=False)
    lookups: Path
    ran: dict[Any, list[Statement]] = field(default_factory=dict, repr=False)

    @property
    def raw_dir(self) -> Path:
        """The raw folder."""
        return self.folder / "raw"

    @property
    def database(self) -> Path:
        """The database that was built last."""
        return self.folder / "linksignal.duckdb"

    def clear(self) -> None:
        """Empty the raw folder."""
        shutil.rmtree(self.raw_dir, ignore_errors=True)

    def write(self, study: Study) -> None:
        """Replace the raw folder by a study."""
        self.clear()
        write_raw(self.raw_dir, study)

    def run(self, *words: str, **settings: str) -> Any:
        """Run dbt on the raw folder; it must succeed."""
        variables = {
            "raw_dir": str(self.raw_dir),
            **self.variables,
            **settings,
        }
        outcome = self.dbt(
            *words,
            database=self.database,
            variables=variables,
        )
        assert outcome.exit_code == 0, outcome.output
        return outcome

    def begin(self) -> None:
        """Begin a new database, which has the lookups alone."""
        shutil.copy(self.lookups, self.database)

    def make(self, *selected: str, **settings: str) -> None:
        """Build models, and nothing else, in a new database.

        dbt builds them; of the same models, settings and columns of raw
        tables, what it ran is run again.
        """
        self.begin()
        shape = shape_of(self.raw_dir)
        asked = (selected, frozenset(settings.items()), shape)
        if asked in self.ran:
            replay(self.ran[asked], self.database)
        else:
            outcome = self.run("run", "--select", *selected, **settings)
            target = self.folder / "target"
            self.ran[asked] = statements_of(outcome.result, target)

    def table(self, name: str) -> pd.DataFrame:
        """All rows of a table."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(f"from {name}").df()

    def features(self, **settings: str) -> pd.DataFrame:
        """Build the features of both sides, return them domain by domain."""
        wanted = ["+domain_features", "+domain_visibility"]
        self.make(*wanted, **settings)
        return with_outcomes(
            self.table("features.domain_features"),
            self.table("features.domain_visibility"),
        )

    def findings(self, **settings: str) -> dict[str, pd.DataFrame]:
        """Build the findings of domains, deciles and pairs, return them."""
        wanted = [f"+findings.{name}" for name in FINDINGS]
        self.make(*wanted, **settings)
        return self.tables()

    def build(self, **settings: str) -> dict[str, pd.DataFrame]:
        """Build all models, pass every data test, return the findings.

        The tests run as dbt compiled them for the sample, which takes a tenth
        of the time that dbt takes to run them.
        """
        self.make("fqn:*", **settings)
        assert self.failing_tests() == []
        return self.tables()

    def failing_tests(self) -> list[str]:
        """Names of the data tests of what was built that report rows."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            built = {
                f"{schema}.{table}"
                for schema, table in connection.execute(
                    "select table_schema, table_name "
                    "from information_schema.tables"
                ).fetchall()
            }
            return [
                name
                for name, test in self.data_tests.items()
                if test.tables <= built
                and connection.execute(
                    f"from ({test.query}) limit 1"
                ).fetchall()
            ]

    def tables(self) -> dict[str, pd.DataFrame]:
        """The findings by name."""
        return {name: self.table(f"findings.{name}") for name in FINDINGS}


@pytest.fixture(scope="session")
def workbench(
    dbt: Callable[..., Any],
    built_sample: Any,
    parsed: Any,
    sample_vars: dict[str, int],
    tmp_path_factory: pytest.TempPathFactory,
) -> Workbench:
    """A folder to build one study after the other in."""
    folder = tmp_path_factory.mktemp("workbench")
    lookups = tmp_path_factory.mktemp("lookups") / built_sample.database.name
    keep_lookups(built_sample.database, lookups)

    def run(*words: str, **options: Any) -> Any:
        return dbt(*words, manifest=parsed, **options)

    return Workbench(
        folder, run, sample_vars, built_sample.data_tests(), lookups
    )


def keep_lookups(database: Path, lookups: Path) -> None:
    """Copy the lookups of a database, which dbt built, to one of their own."""
    with duckdb.connect(str(lookups)) as connection:
        connection.execute(
            f"attach '{database}' as built (read_only); create schema lookups"
        )
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() "
            "where database_name = 'built' and schema_name = 'lookups'"
        ).fetchall():
            connection.execute(
                f"create table lookups.{table} as from built.lookups.{table}"
            )
