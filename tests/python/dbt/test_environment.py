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
from linksignal.dbt_guard import (
    SMALL_RAW_BYTES,
    refusal,
    settings_refusal,
    threads_for,
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
    said = {"LINKSIGNAL_THREADS": "2", variable: value}
    profile = profile_of(project_dir, monkeypatch, **said)

    assert f"{variable} has the value" in settings_refusal(
        {**profile["config_options"], **profile["settings"]}
    )


def test_the_settings_of_the_profile_are_taken(project_dir, monkeypatch):
    profile = profile_of(project_dir, monkeypatch, LINKSIGNAL_THREADS="2")

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


@pytest.mark.parametrize(
    ("sizes", "threads"),
    [
        ([SMALL_RAW_BYTES - 1], 1),
        ([SMALL_RAW_BYTES - 1, 1], 2),
        ([SMALL_RAW_BYTES], 2),
        ([0], 2),
        ([], 2),
    ],
)
@pytest.mark.parametrize("table", ["backlinks", "links/referrers"])
def test_a_small_study_gets_one_thread(table, sizes, threads, tmp_path):
    (tmp_path / "dbt_project.yml").write_text("vars: {raw_dir: data}")
    folder = tmp_path / "data" / table
    folder.mkdir(parents=True)
    (folder / "notes.txt").write_bytes(b"0" * SMALL_RAW_BYTES)
    for number, size in enumerate(sizes):
        with (folder / f"{number}.parquet").open("wb") as file:
            file.truncate(size)

    assert threads_for(Project(tmp_path), {}) == threads


@pytest.mark.parametrize(
    ("given", "threads"),
    [
        ({}, 1),
        ({"raw_dir": "seeds/sample"}, 1),
        ({"raw_dir": "nowhere"}, 2),
        ({"raw_dir": "a\0b"}, 2),
        ({"raw_dir": ["a"]}, 2),
        ({"raw_database": "other"}, 2),
        ({"raw_schema": "raw"}, 2),
    ],
)
@pytest.mark.parametrize("own", ["{raw_dir: seeds/sample}", "{linksignal: 5}"])
def test_threads_follow_from_where_raw_tables_are(
    own, given, threads, tmp_path
):
    (tmp_path / "dbt_project.yml").write_text(f"vars: {own}")

    assert threads_for(Project(tmp_path), given) == threads


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
