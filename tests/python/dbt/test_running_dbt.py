"""What dbt is run with: the tests' fixture, and the profile."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace


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


def test_a_node_after_one_that_spilled_can_be_built(
    project_dir, tmp_path, monkeypatch
):
    from dbt.adapters.duckdb.environments import create
    from dbt.config.runtime import load_profile
    from dbt.flags import set_from_args
    from dbt_common.context import set_invocation_context

    database = tmp_path / "linksignal.duckdb"
    monkeypatch.setenv("LINKSIGNAL_DATABASE", str(database))
    monkeypatch.setenv("LINKSIGNAL_MEMORY_LIMIT", "30MB")
    monkeypatch.setenv("DBT_PROFILES_DIR", str(project_dir))
    set_invocation_context(os.environ)
    set_from_args(Namespace(PROFILES_DIR=str(project_dir)), None)
    environment = create(load_profile(str(project_dir), {}).credentials)
    node = environment.handle()
    node.cursor().execute(
        "create table large as "
        "select hash(i) as a from range(3000000) as numbers(i) order by a"
    )
    spilled = list(tmp_path.glob("linksignal.duckdb.tmp/*"))
    following = environment.handle().cursor()
    assert spilled
    assert following.execute("select count(*) from large").fetchall()
    environment.close()
