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
    data_tests : dict of str to str
        SQL of every data test by its name.
    """

    folder: Path
    dbt: Callable[..., Any] = field(repr=False)
    variables: dict[str, int]
    data_tests: dict[str, str] = field(repr=False)

    @property
    def raw_dir(self) -> Path:
        """The raw folder."""
        return self.folder / "raw"

    def clear(self) -> None:
        """Empty the raw folder."""
        shutil.rmtree(self.raw_dir, ignore_errors=True)

    def write(self, study: Study) -> None:
        """Replace the raw folder by a study."""
        self.clear()
        write_raw(self.raw_dir, study)

    def run(self, *words: str, **settings: str) -> None:
        """Run dbt on the raw folder; it must succeed."""
        database = self.folder / "linksignal.duckdb"
        variables = {
            "raw_dir": str(self.raw_dir),
            **self.variables,
            **settings,
        }
        outcome = self.dbt(
            *words,
            "--no-write-json",
            database=database,
            variables=variables,
        )
        assert outcome.exit_code == 0, outcome.output

    def table(self, name: str) -> pd.DataFrame:
        """All rows of a table."""
        database = str(self.folder / "linksignal.duckdb")
        with duckdb.connect(database, read_only=True) as connection:
            return connection.execute(f"from {name}").df()

    def features(self, **settings: str) -> pd.DataFrame:
        """Build the features of both sides, return them domain by domain."""
        wanted = ["+domain_features", "+domain_visibility"]
        self.run("run", "--select", *wanted, **settings)
        return with_outcomes(
            self.table("features.domain_features"),
            self.table("features.domain_visibility"),
        )

    def findings(self, **settings: str) -> dict[str, pd.DataFrame]:
        """Build the findings of domains, deciles and pairs, return them."""
        wanted = [f"+findings.{name}" for name in FINDINGS]
        self.run("run", "--select", *wanted, **settings)
        return self.tables()

    def build(self, **settings: str) -> dict[str, pd.DataFrame]:
        """Build all models, pass every data test, return the findings.

        The tests run as dbt compiled them for the sample, which takes a tenth
        of the time that dbt takes to run them.
        """
        self.run("run", **settings)
        assert self.failing_tests() == []
        return self.tables()

    def failing_tests(self) -> list[str]:
        """Names of the data tests that report rows."""
        database = str(self.folder / "linksignal.duckdb")
        with duckdb.connect(database, read_only=True) as connection:
            return [
                name
                for name, query in self.data_tests.items()
                if connection.execute(f"from ({query}) limit 1").fetchall()
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
    """A copy of the built sample, its lookups included, to build over."""
    folder = tmp_path_factory.mktemp("workbench")
    built_sample.copy(folder)

    def run(*words: str, **options: Any) -> Any:
        return dbt(*words, manifest=parsed, **options)

    return Workbench(folder, run, sample_vars, built_sample.data_tests())
