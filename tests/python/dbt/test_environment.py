"""Where dbt is run from, and what its environment may say."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml
from linksignal import dbt_guard
from linksignal.dbt_guard import (
    SMALL_RAW_BYTES,
    Plugin,
    is_small,
    refusal,
    settings_refusal,
)
from linksignal.project import Project, default_database

PARTS = ("dbt_project.yml", "profiles.yml", "macros", "models", "seeds")


def dbt_process(
    cwd: Path, *words: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run dbt in a process of its own, in a folder of its own."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "LINKSIGNAL_"))
    }
    return subprocess.run(
        [sys.executable, "-P", "-m", "dbt.cli.main", *words],
        cwd=cwd,
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def odd_project(project_dir, tmp_path_factory):
    """A copy of the project whose path SQL and globs could misread."""
    copy = tmp_path_factory.mktemp("copy") / "it's [a] {project}"
    for part in PARTS:
        source = project_dir / part
        copy_it = shutil.copytree if source.is_dir() else shutil.copy
        copy.mkdir(exist_ok=True)
        copy_it(source, copy / part)
    for folder in ("warehouse", "tests/generic", "analysis"):
        (copy / folder).mkdir(parents=True)
    shutil.copytree(
        project_dir / "tests/generic",
        copy / "tests/generic",
        dirs_exist_ok=True,
    )
    return copy


def test_a_build_from_elsewhere_is_that_of_the_project(odd_project, tmp_path):
    relative = os.path.relpath(odd_project, tmp_path)

    ended = dbt_process(
        tmp_path,
        *("build", "--select", "+domain_features"),
        *("--exclude-resource-type", "unit_test"),
        *("--exclude-resource-type", "test"),
        *("--project-dir", relative, "--profiles-dir", relative),
    )

    assert ended.returncode == 0, ended.stdout
    assert [path.name for path in tmp_path.iterdir()] == []
    database = odd_project / "warehouse" / "linksignal.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        count = "select count(*) from features.domain_features"
        assert connection.execute(count).fetchone() == (1000,)


@pytest.mark.parametrize("threads", ["0", "-1", "two", "1.5", ""])
def test_a_number_of_threads_that_is_none_is_one_sentence(
    threads, project_dir, monkeypatch
):
    profile = profile_of(project_dir, monkeypatch, LINKSIGNAL_THREADS=threads)

    assert profile["threads"] == 1
    assert "LINKSIGNAL_THREADS has the value" in settings_refusal(
        {**profile["config_options"], **profile["settings"]}
    )


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LINKSIGNAL_MEMORY_LIMIT", "abc"),
        ("LINKSIGNAL_MEMORY_LIMIT", "2 houses"),
        ("LINKSIGNAL_SPILL_LIMIT", "a lot"),
        ("LINKSIGNAL_SPILL_LIMIT", "'; drop"),
    ],
)
def test_a_limit_that_is_none_is_one_sentence(
    variable, value, project_dir, monkeypatch
):
    profile = profile_of(project_dir, monkeypatch, **{variable: value})

    assert f"{variable} has the value" in settings_refusal(
        {**profile["config_options"], **profile["settings"]}
    )


def test_the_settings_of_the_profile_are_taken(project_dir, monkeypatch):
    profile = profile_of(project_dir, monkeypatch)

    chosen = {**profile["config_options"], **profile["settings"]}
    assert settings_refusal(chosen) is None


def profile_of(project_dir, monkeypatch, **environment):
    """The profile's output as dbt renders it."""
    from dbt.config.profile import read_profile
    from dbt.config.renderer import ProfileRenderer

    for name in [name for name in os.environ if name.startswith("LINKSIGNAL_")]:
        monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    from dbt_common.context import set_invocation_context

    set_invocation_context(os.environ)
    raw = read_profile(str(project_dir))["linksignal"]["outputs"]["dev"]
    return ProfileRenderer({}).render_data(raw)


def test_sql_knows_the_folder_of_the_project_that_runs(tmp_path, monkeypatch):
    """Also where a program runs one project after the other, or at a time."""
    monkeypatch.setattr(Plugin, "initialize", lambda *_: None)
    plugin = Plugin("linksignal.dbt_guard", {})
    with duckdb.connect() as connection:
        for name in ("it's one", "two", "two", "it's one"):
            project = Project(tmp_path / name)
            monkeypatch.setattr(dbt_guard, "_project", lambda of=project: of)
            with connection.cursor() as cursor:
                plugin.configure_cursor(cursor)
            with connection.cursor() as other:
                other.execute(
                    "select project_dir from linksignal_process.facts"
                )
                assert other.fetchall() == [(str(tmp_path / name),)]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([SMALL_RAW_BYTES - 1], True),
        ([SMALL_RAW_BYTES - 1, 1], False),
        ([SMALL_RAW_BYTES], False),
        ([0], False),
        ([], False),
    ],
)
def test_a_study_is_small_by_its_raw_files(sizes, expected, tmp_path):
    (tmp_path / "dbt_project.yml").write_text("vars: {raw_dir: data}")
    folder = tmp_path / "data" / "backlinks"
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_bytes(b"0" * SMALL_RAW_BYTES)
    for number, size in enumerate(sizes):
        with (folder / f"{number}.parquet").open("wb") as file:
            file.truncate(size)

    assert is_small(Project(tmp_path), {}) == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, True),
        ({"raw_dir": "seeds/sample"}, True),
        ({"raw_dir": "nowhere"}, False),
        ({"raw_dir": "a\0b"}, False),
        ({"raw_database": "other"}, False),
        ({"raw_schema": "raw"}, False),
    ],
)
def test_a_study_is_small_where_its_raw_tables_are(given, expected, tmp_path):
    (tmp_path / "dbt_project.yml").write_text("vars: {raw_dir: seeds/sample}")

    assert is_small(Project(tmp_path), given) == expected


@pytest.mark.parametrize(("said", "threads"), [(None, 1), ("3", 3)])
def test_the_sample_gets_one_thread_or_what_is_said(
    said, threads, dbt, parsed, tmp_path, monkeypatch
):
    monkeypatch.delenv("LINKSIGNAL_THREADS", raising=False)
    if said:
        monkeypatch.setenv("LINKSIGNAL_THREADS", said)

    ended = dbt(
        *("show", "--inline", "select current_setting('threads') as threads"),
        database=tmp_path / "linksignal.duckdb",
        manifest=parsed,
    )

    assert ended.exit_code == 0, ended.output
    assert f"{threads} |" in ended.output


def test_a_wrong_setting_ends_dbt_with_code_2_and_one_sentence(
    dbt, parsed, tmp_path, monkeypatch
):
    monkeypatch.setenv("LINKSIGNAL_THREADS", "0")

    ended = dbt(
        *("run", "--select", "stg_ai_totals"),
        database=tmp_path / "linksignal.duckdb",
        manifest=parsed,
    )

    assert ended.exit_code == 2, ended.output
    assert ended.output.count("LINKSIGNAL_THREADS has the value '0'") == 1
    assert "Traceback" not in ended.output


def test_a_database_named_like_a_schema_is_refused(project_dir, tmp_path):
    project = yaml.safe_load((project_dir / "dbt_project.yml").read_text())
    schemas = {
        folder["+schema"]
        for kind in ("models", "seeds")
        for folder in project[kind]["linksignal"].values()
    }

    for name in (*schemas, "main", "raw", "information_schema"):
        told = refusal(str(tmp_path / f"{name}.duckdb"))
        assert "cannot be named like a schema" in told
    assert refusal(str(tmp_path / "linksignal.duckdb")) is None


def test_show_reads_the_database_that_dbt_writes(project_dir, monkeypatch):
    monkeypatch.setenv("LINKSIGNAL_DATABASE", "warehouse/other.duckdb")
    assert default_database() == project_dir / "warehouse" / "other.duckdb"
    monkeypatch.setenv("LINKSIGNAL_DATABASE", "/srv/one.duckdb")
    assert default_database() == Path("/srv/one.duckdb")
