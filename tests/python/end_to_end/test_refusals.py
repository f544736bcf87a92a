"""What must not be built ends with exit code 2 and one sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from drawn_studies import Shape, study_of
from raw_folders import write_raw

LINK_TABLES = {"backlinks", "backlink_profiles"}
AI_TABLES = {"ai_answers", "ai_references", "ai_totals"}
WHOLE = study_of(
    Shape(
        domain_count=5,
        link_count=30,
        profile_count=10,
        score_count=10,
        answer_count=20,
        total_count=20,
        is_listed=True,
        silent_platform_count=0,
        seed=0,
    )
)


def without(tables):
    return {table: WHOLE[table] for table in WHOLE if table not in tables}


# What is wrong: the vars, given a folder to write in, and the sentence.
REFUSED: dict[str, tuple[Callable[[Path], dict[str, Any]], str]] = {
    "an unknown var": (
        lambda folder: {"resample_counts": 500},
        "unknown var 'resample_counts'",
    ),
    "a raw_dir that does not exist": (
        lambda folder: {"raw_dir": str(folder / "nowhere")},
        "nowhere does not exist or holds no Parquet files",
    ),
    "a raw_dir that leads out of the project": (
        lambda folder: {"raw_dir": "../../nowhere"},
        "/../../nowhere does not exist or holds no Parquet files",
    ),
    "an empty raw_dir": (
        lambda folder: {"raw_dir": str(folder)},
        "does not exist or holds no Parquet files",
    ),
    "a raw_dir without links": (
        lambda folder: {
            "raw_dir": str(write_raw(folder / "raw", without(LINK_TABLES)))
        },
        "the raw tables have no backlinks",
    ),
    "a raw_dir without AI answers": (
        lambda folder: {
            "raw_dir": str(write_raw(folder / "raw", without(AI_TABLES)))
        },
        "the raw tables have no AI visibility",
    ),
    "answers without references": (
        lambda folder: {
            "raw_dir": str(
                write_raw(folder / "raw", without({"ai_references"}))
            )
        },
        "only one of ai_answers and ai_references",
    ),
    "an authority source without a score": (
        lambda folder: {
            "raw_dir": str(write_raw(folder / "raw", WHOLE)),
            "authority_source": "nobody",
        },
        "'nobody', which delivered no score",
    ),
    "a window that ends before it begins": (
        lambda folder: {
            "answers_from": "2024-06-01",
            "answers_to": "2024-05-31",
        },
        "'answers_from' is after 'answers_to'",
    ),
    "a quote in a var": (
        lambda folder: {"country": "u'"},
        "var 'country' has the value 'u'' and must be",
    ),
    "a quote in the name of a schema": (
        lambda folder: {"raw_schema": "it's"},
        "var 'raw_schema' has the value 'it's' and must",
    ),
    "a quote in raw_dir": (
        lambda folder: {"raw_dir": f"{folder}/it's"},
        "and must be a plain path",
    ),
    "a URL as raw_dir": (
        lambda folder: {"raw_dir": "https://example.com/raw"},
        "'https://example.com/raw' and must be a plain path",
    ),
}


def run(*words: str, **environment: str) -> tuple[int, str]:
    """Run a command in a process of its own: exit code and all it prints."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("DBT_")
    }
    process = subprocess.run(
        [sys.executable, "-m", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={**inherited, **environment},
    )
    return process.returncode, process.stdout


def dbt_build(
    project_dir: Path, database: Path, target: Path, **variables: Any
) -> tuple[int, str]:
    """Run `dbt build` in a process of its own."""
    return run(
        *("dbt.cli.main", "--no-use-colors", "build"),
        *("--project-dir", str(project_dir)),
        *("--profiles-dir", str(project_dir)),
        *("--target-path", str(target)),
        *("--log-path", str(target)),
        *("--vars", json.dumps(variables)),
        LINKSIGNAL_DATABASE=str(database),
    )


def assert_refused(
    exit_code: int, output: str, sentence: str, expected_code: int = 2
) -> None:
    """The sentence once, and nothing that looks like a crash."""
    assert exit_code == expected_code, output
    assert output.count(sentence) == 1, output
    assert "Traceback" not in output


def assert_nothing_built(database: Path) -> None:
    """No database, or one without tables and views."""
    if database.exists():
        with duckdb.connect(str(database), read_only=True) as connection:
            query = "from information_schema.tables"
            assert connection.execute(query).fetchall() == []


def assert_check_refuses(
    dbt: Callable[..., Any], sentence: str, **options: Any
) -> None:
    """What a run checks before it begins, alone: a third of a build's CPU."""
    outcome = dbt("run-operation", "check_settings", **options)
    # An operation that fails ends with 1.
    assert_refused(outcome.exit_code, outcome.output, sentence, 1)


@pytest.mark.parametrize("wrong", REFUSED)
def test_the_check_before_a_build_refuses(wrong, dbt, parsed, tmp_path):
    variables, sentence = REFUSED[wrong]
    (tmp_path / "exports").mkdir()
    assert_check_refuses(
        dbt,
        sentence,
        database=tmp_path / "linksignal.duckdb",
        variables=variables(tmp_path / "exports"),
        manifest=parsed,
    )


@pytest.mark.parametrize(
    "wrong",
    ["an unknown var", "a quote in a var", "a raw_dir without AI answers"],
)
def test_a_build_is_refused_for(wrong, dbt, parsed, tmp_path):
    variables, sentence = REFUSED[wrong]
    (tmp_path / "exports").mkdir()
    database = tmp_path / "linksignal.duckdb"
    outcome = dbt(
        "build",
        database=database,
        variables=variables(tmp_path / "exports"),
        manifest=parsed,
    )
    assert_refused(outcome.exit_code, outcome.output, sentence)
    assert_nothing_built(database)


def test_a_process_ends_with_code_2_without_the_folder_of_the_database(
    project_dir, refreshed_sample, sample_vars, tmp_path
):
    # The folder of a build that has ended: dbt need not parse anew for it.
    database = refreshed_sample.built_at
    shutil.copy(refreshed_sample.target / "partial_parse.msgpack", tmp_path)
    variables = {**sample_vars, "raw_dir": str(refreshed_sample.raw_dir)}
    refused = dbt_build(project_dir, database, tmp_path, **variables)
    assert_refused(*refused, f"folder {database.parent} does not exist")
    assert not database.parent.exists()


HOLDER = """
import duckdb, sys
with duckdb.connect(sys.argv[1]):
    print(flush=True)
    sys.stdin.read()
"""


def test_a_build_is_refused_while_another_process_holds_the_database(
    dbt, parsed, tmp_path
):
    database = tmp_path / "linksignal.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(database)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        holder.stdout.readline()
        outcome = dbt("build", database=database, manifest=parsed)
        holder.stdin.close()
    sentence = f"is locked by process {holder.pid}"
    assert_refused(outcome.exit_code, outcome.output, sentence)
    assert_nothing_built(database)


def show(database: Path, *words: str) -> tuple[int, str]:
    """Run `linksignal show` in a process of its own."""
    return run("linksignal.cli", "show", *words, "--db", str(database))


def test_show_refuses_a_missing_database(tmp_path):
    refused = show(tmp_path / "missing.duckdb")
    assert_refused(*refused, "there is no database")
    assert not (tmp_path / "missing.duckdb").exists()


def test_show_refuses_a_database_that_another_process_writes(tmp_path):
    database = tmp_path / "locked.duckdb"
    with duckdb.connect(str(database)):
        refused = show(database)
    assert_refused(*refused, f"(PID {os.getpid()})")


def test_show_refuses_a_file_that_is_no_database(tmp_path):
    (tmp_path / "text.duckdb").write_text("not a database\n" * 1000)
    assert_refused(*show(tmp_path / "text.duckdb"), "cannot be read")


def test_show_refuses_a_database_without_findings(tmp_path):
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    refused = show(tmp_path / "empty.duckdb")
    assert_refused(*refused, "holds no complete findings")


@pytest.mark.parametrize("table", ["nonsense", "main.domains", "x'; drop --"])
def test_show_refuses_an_unknown_table(built_sample, table):
    refused = show(built_sample.database, table)
    assert_refused(*refused, f"there is no table '{table}'")
