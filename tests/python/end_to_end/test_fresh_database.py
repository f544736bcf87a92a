"""Parts of the project build where nothing was built before."""

from __future__ import annotations

import duckdb
import pytest
from raw_folders import write_raw
from small_studies import ordinary


@pytest.fixture(scope="module")
def raw_dir(tmp_path_factory):
    return write_raw(tmp_path_factory.mktemp("fresh_raw"), ordinary(12))


@pytest.mark.parametrize(
    ("words", "table", "row_count"),
    [
        (["--empty"], "findings.domains", 0),
        (["--select", "staging"], "staging.stg_study_domains", 12),
        (["--select", "+claims"], "findings.claims", 8),
    ],
)
def test_a_part_is_built_and_tested_on_a_fresh_database(
    dbt, parsed, sample_vars, raw_dir, tmp_path, words, table, row_count
):
    database = tmp_path / "linksignal.duckdb"

    outcome = dbt(
        *("build", *words, "--exclude-resource-type", "unit_test"),
        database=database,
        variables={"raw_dir": str(raw_dir), **sample_vars},
        manifest=parsed,
    )

    assert outcome.exit_code == 0, outcome.output
    with duckdb.connect(str(database), read_only=True) as connection:
        (found,) = connection.execute(
            f"select count(*) from {table}"
        ).fetchone()
    assert found == row_count
