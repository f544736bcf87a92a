"""The fixture that runs dbt leaves nothing behind."""

from __future__ import annotations

import os
import subprocess
import sys


def test_another_process_can_write_after_dbt(
    dbt, built_sample, parsed, tmp_path
):
    database = built_sample.copy(tmp_path)
    outcome = dbt(
        *("run-operation", "check_settings"),
        database=database,
        manifest=parsed,
    )

    script = "import duckdb, sys; duckdb.connect(sys.argv[1]).close()"
    subprocess.run([sys.executable, "-c", script, str(database)], check=True)

    assert outcome.exit_code == 0
    assert os.environ.get("LINKSIGNAL_DATABASE") != str(database)


def test_a_command_line_that_dbt_refuses_exits_2(dbt, tmp_path):
    outcome = dbt("build", "--no-such-option", database=tmp_path / "no.duckdb")

    assert outcome.exit_code == 2
