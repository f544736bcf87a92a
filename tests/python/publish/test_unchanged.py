"""Nothing changed, nothing done; whatever might change a number is a change."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import duckdb
import pytest
from linksignal import digest
from linksignal.cli import main
from linksignal.digest import read_code
from linksignal.files import sha256_of
from linksignal.project import Project, find_project
from linksignal.publish import build, refresh
from linksignal.publish.place import stated_digest
from linksignal.publish.root import entries
from linksignal.publish.status import report, status
from recorded_build import Recorded


@pytest.fixture
def studied(bench, tmp_path):
    """A bench that has published from a raw directory of its own."""
    raw_dir = tmp_path / "raw"
    shutil.copytree(bench.recorded.raw_dir, raw_dir)
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    bench.refresh()
    return bench


def again(bench, **options):
    """Refresh as a schedule does."""
    return bench.refresh(is_forced=False, **options)


def some_file(bench) -> Path:
    """A raw file."""
    (path,) = (bench.recorded.raw_dir / "domain_scores").glob("*.parquet")
    return path


def rewrite(path: Path) -> None:
    """Write other rows of the same size, and set the time back."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_a_refresh_of_what_is_published_builds_nothing(studied, monkeypatch):
    monkeypatch.setattr(build, "run_dbt", None)
    before = studied.root.published.stat()
    seen = again(studied)
    after = studied.root.published.stat()
    assert (after.st_ino, after.st_mtime_ns) == (
        before.st_ino,
        before.st_mtime_ns,
    )
    assert not seen.is_new
    assert seen.info["run_number"] == 1
    assert seen.sha256 == sha256_of(studied.root.published)
    entry = entries(studied.root.log)[-1]
    assert entry["event"] == "unchanged"
    assert entry["published_run"] == seen.info["run_id"]
    assert [path.name for path in studied.root.runs.iterdir()] == [
        seen.info["run_id"]
    ]


def test_the_command_says_that_nothing_has_changed(studied, capsys):
    words = ["--root", str(studied.root.path)]
    raw = ["--raw", str(studied.recorded.raw_dir)]
    assert main(["refresh", *words, *raw]) == 0
    said = capsys.readouterr().out
    assert said.startswith("nothing changed since run 000001-")
    assert "SIMULATED DATA" in said
    assert main(["refresh", *words, *raw, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["event"], answer["exit_code"]) == ("unchanged", 0)
    assert answer["run_number"] == 1
    assert main(["status", *words]) == 0
    assert ": nothing had changed" in capsys.readouterr().out
    assert main(["refresh", *words, *raw, "--json", "--force"]) == 0
    answer = json.loads(capsys.readouterr().out)
    # Runs that had nothing to do have numbers too.
    assert (answer["event"], answer["run_number"]) == ("published", 4)


def test_other_times_of_files_are_no_change(studied):
    os.utime(some_file(studied), (0, 0))
    moved = some_file(studied).with_name("moved")
    some_file(studied).rename(moved)
    shutil.copyfile(moved, moved.with_name("domain_scores.parquet"))
    moved.rename(some_file(studied).with_name("away"))
    some_file(studied).with_name("away").unlink()
    assert again(studied).is_new
    assert not again(studied).is_new
    os.utime(some_file(studied))
    assert not again(studied).is_new


def test_other_bytes_of_the_same_size_and_time_are_a_change(studied):
    rewrite(some_file(studied))
    assert again(studied).is_new


def test_a_file_more_or_less_is_a_change(studied):
    path = some_file(studied)
    shutil.copyfile(path, path.with_name("second.parquet"))
    assert again(studied).is_new
    path.with_name("second.parquet").unlink()
    assert again(studied).is_new
    assert not again(studied).is_new


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seed", 7),
        ("ci_level", 0.9),
        ("answers_from", "2025-01-01"),
        ("resample_count", 9999),
    ],
)
def test_another_setting_is_a_change(studied, name, value):
    assert again(studied, variables={name: value}).is_new
    assert not again(studied, variables={name: value}).is_new
    assert again(studied).is_new


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LINKSIGNAL_MEMORY_LIMIT", "3GB"),
        ("DBT_INDIRECT_SELECTION", "eager"),
        ("OMP_NUM_THREADS", "3"),
    ],
)
def test_another_environment_is_a_change(studied, monkeypatch, variable, value):
    monkeypatch.setenv(variable, value)
    assert again(studied).is_new
    assert not again(studied).is_new


def test_another_version_is_a_change(studied, monkeypatch):
    installed = digest._installed()
    assert {f"duckdb-{duckdb.__version__}.dist-info"} <= installed
    for name in ("pandas", "numpy", "scipy", "dbt_core", "great_expectations"):
        assert any(each.startswith(f"{name}-") for each in installed), name
    monkeypatch.setattr(
        digest, "_installed", lambda: {*installed, "scipy-99.dist-info"}
    )
    assert again(studied).is_new


def test_another_python_is_a_change(studied, monkeypatch):
    monkeypatch.setattr(digest.sys, "version", "3.99")
    assert again(studied).is_new


@pytest.mark.parametrize(
    "name",
    [
        "models/findings/claims.sql",
        "macros/share.sql",
        "seeds/lookups/signals.csv",
        "profiles.yml",
        "selectors.yml",
        "models/statistics/claim_verdicts.py",
        "tests/generic/holds.sql",
    ],
)
def test_other_bytes_of_code_are_a_change(project_dir, tmp_path, name):
    copy = tmp_path / "project"
    for part in ("models", "macros", "seeds/lookups", "tests/generic"):
        shutil.copytree(project_dir / part, copy / part)
    for file in project_dir.glob("*.yml"):
        shutil.copyfile(file, copy / file.name)
    before = read_code(Project(copy), {})
    assert read_code(Project(copy), {}) == before
    os.utime(copy / name, (0, 0))
    assert read_code(Project(copy), {}).digest == before.digest
    rewrite(copy / name)
    after = read_code(Project(copy), {})
    assert after.digest != before.digest
    # A file that is one table changes that table and what is made of it.
    is_one_table = name.startswith(("models/", "seeds/"))
    assert (after.shared == before.shared) == is_one_table
    assert [
        each for each in after.files if after.files[each] != before.files[each]
    ] == [name] * is_one_table


def test_the_code_of_the_program_and_of_packages_counts(tmp_path):
    project = find_project()
    files = {path for path, _ in digest._files(project)}
    for path in ("quality/suites/claims.json", "stats/rules.py", "digest.py"):
        assert Path(digest.__file__).parent / path in files
    host = tmp_path / "study"
    assert main(["init", str(host)]) == 0
    linked = {path for path, _ in digest._files(Project(host))}
    assert project.folder / "models" / "findings" / "claims.sql" in linked
    assert host / "dbt_project.yml" in linked


def test_variables_that_a_profile_names_count(tmp_path, monkeypatch):
    host = tmp_path / "study"
    assert main(["init", str(host)]) == 0
    profile = host / "profiles.yml"
    profile.write_text(
        profile.read_text().replace(
            "UTC", "\"{{ env_var('MY_ZONE', 'UTC') }}\""
        )
    )
    before = read_code(Project(host), {})
    monkeypatch.setenv("MY_ZONE", "UTC+1")
    assert read_code(Project(host), {}).shared != before.shared


def test_a_published_file_that_was_altered_or_lost_is_published_anew(studied):
    studied.root.published.chmod(0o644)
    content = bytearray(studied.root.published.read_bytes())
    content[-1] ^= 1
    studied.root.published.write_bytes(content)
    assert again(studied).is_new
    studied.root.published.unlink()
    assert again(studied).is_new
    studied.root.wal.touch()
    assert again(studied).is_new
    assert not again(studied).is_new


def test_without_the_log_nothing_is_taken_for_known(studied):
    studied.root.log.unlink()
    for log in studied.root.runs.glob("*/run.log"):
        log.unlink()
    assert again(studied).is_new


def test_a_rollback_is_undone_by_the_next_refresh(studied):
    rewrite(some_file(studied))
    assert again(studied).is_new
    assert main(["rollback", "--root", str(studied.root.path)]) == 0
    assert again(studied).info["run_number"] == 3


def test_a_report_that_is_gone_comes_back(studied):
    studied.root.report.unlink()
    assert not again(studied).is_new
    assert studied.root.report.exists()


def test_old_input_is_told_though_nothing_has_changed(studied):
    seen = again(studied, max_age_days=1)
    assert not seen.is_new
    assert seen.run.warnings
    assert status(studied.root)["warnings"] == seen.run.warnings
    error = studied.fails(
        is_forced=False, max_age_days=1, stops_when_stale=True
    )
    assert "stale input" in str(error)
    assert "refreshed since" not in report(status(studied.root))
    assert not again(studied).is_new
    assert "refreshed since" in report(status(studied.root))


def test_code_that_changed_during_a_build_vouches_for_nothing(
    studied, monkeypatch
):
    def while_editing(run, *words):
        monkeypatch.setattr(digest.sys, "version", "3.99")
        return studied.replay(run, *words)

    monkeypatch.setattr(build, "run_dbt", while_editing)
    rewrite(some_file(studied))
    made = again(studied)
    assert stated_digest(studied.root, made.info["run_id"], made.sha256) is None
    assert again(studied).is_new


def test_a_file_exchanged_during_a_build_is_seen_by_its_second_time(
    studied, monkeypatch
):
    def while_writing(run, *words):
        rewrite(some_file(studied))
        return studied.replay(run, *words)

    monkeypatch.setattr(build, "run_dbt", while_writing)
    assert "changed while they were being read" in str(studied.fails())


def test_models_of_a_host_project_vouch_for_nothing(studied, monkeypatch):
    def with_own_model(run, *words):
        exit_code = studied.replay(run, *words)
        path = run.target / "manifest.json"
        manifest = json.loads(path.read_text("utf-8"))
        node = manifest["nodes"]["model.linksignal.claims"]
        node["package_name"] = "study"
        path.write_text(json.dumps(manifest), "utf-8")
        return exit_code

    monkeypatch.setattr(build, "run_dbt", with_own_model)
    assert studied.refresh().is_new
    assert again(studied).is_new


def test_tables_of_a_database_vouch_for_nothing(studied, monkeypatch):
    settings = {**find_project().settings(), "raw_database": "elsewhere"}
    monkeypatch.setattr(Project, "settings", lambda _: settings)
    assert studied.refresh().is_new
    assert again(studied).is_new


def test_unit_tests_run_when_code_has_changed(studied, monkeypatch):
    given = []

    def parsing(run, variables, project, parsed, selected):
        given.append(parsed)
        exit_code = studied.replay(run)
        run.parsed.write_bytes(b"parsed")
        if parsed:
            path = run.target / "run_results.json"
            results = json.loads(path.read_text("utf-8"))
            results["results"] = [
                result
                for result in results["results"]
                if not result["unique_id"].startswith("unit_test.")
            ]
            path.write_text(json.dumps(results), "utf-8")
        return exit_code

    monkeypatch.setattr(build, "run_dbt", parsing)
    rewrite(some_file(studied))
    assert again(studied).is_new
    rewrite(some_file(studied))
    assert again(studied).is_new
    rewrite(some_file(studied))
    assert again(studied, variables={"seed": 7}).is_new
    assert studied.refresh(variables={"seed": 7}).is_new
    first, second, third, fourth = given
    assert (first, third, fourth) == (None, None, None)
    assert second.parent == studied.root.parsed
    assert len(list(studied.root.parsed.glob("*"))) == 1


def test_a_whole_build_without_its_unit_tests_is_refused(recorded):
    manifest, results = recorded.documents()
    results["results"] = [
        result
        for result in results["results"]
        if not result["unique_id"].startswith("unit_test.")
    ]
    build.check_build(0, manifest, results, with_unit_tests=False)
    with pytest.raises(refresh.LinksignalError, match="left out unit test"):
        build.check_build(0, manifest, results)
