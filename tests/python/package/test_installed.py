"""From an index: what is installed works where there is no checkout."""

from __future__ import annotations

import json
import re
import shutil

import duckdb
import pytest
import yaml
from exports import DAY, DOMAINS, write_exports

DBT = ("python", "-P", "-m", "dbt.cli.main", "--no-use-colors")
QUICK = json.dumps({"resample_count": 100, "draw_count": 99})


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    """Give a folder that has nothing to do with the checkout."""
    return tmp_path_factory.mktemp("workplace")


@pytest.fixture(scope="module")
def made(installed, workplace):
    """Make a project."""
    ended = installed.run("linksignal", "init", "study", cwd=workplace)
    assert "linksignal build" in ended.stdout
    return workplace / "study"


@pytest.fixture(scope="module")
def loaded(installed, workplace, made):
    """Load exports into the project's own raw directory."""
    exports = write_exports(workplace / "exports")
    words = ("load", exports, "--as-of", DAY)
    return installed.run("linksignal", *words, cwd=made)


@pytest.fixture(scope="module")
def build(installed, made, loaded):
    """Build, with a model of the user's own."""
    (made / "models" / "supported.sql").write_text(
        "select claim_id from {{ ref('claims') }} where verdict = 'supported'"
    )
    return installed.run("linksignal", "build", "--vars", QUICK, cwd=made)


@pytest.fixture(scope="module")
def refresh(installed, workplace, made, build):
    """Refresh what is published, called from another folder."""
    words = ("--project-dir", made, "--vars", QUICK, "--root", "root")
    return installed.run("linksignal", "refresh", *words, cwd=workplace)


def rows(database, query):
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_the_program_is_the_installed_one(installed, workplace, project_dir):
    code = "import linksignal.project as it; print(it.__file__, it.PROJECT_DIR)"

    said = installed.run("python", "-c", code, cwd=workplace).stdout

    assert said.count(str(installed.folder)) == 2
    assert str(project_dir) not in said


def test_without_a_project_a_command_says_how_to_make_one(installed, workplace):
    for words in (["show"], ["build"], ["load", "x.csv"], ["loads"]):
        ended = installed.run("linksignal", *words, cwd=workplace, code=2)
        assert "linksignal init DIR" in ended.stderr
        assert len(ended.stderr.splitlines()) == 1


def test_a_project_lists_every_setting(made, project_dir):
    text = (made / "dbt_project.yml").read_text()
    commented = text.split("\nvars:\n")[1]
    shown = re.sub(r"(?m)^    # (?=[a-z_]+: )", "    ", commented)
    default = yaml.safe_load((project_dir / "dbt_project.yml").read_text())

    listed = yaml.safe_load(f"vars:\n{shown}")["vars"]["linksignal"]

    assert listed == {**default["vars"], "raw_dir": "raw"}
    project = yaml.safe_load(text)
    assert project["vars"] == {"linksignal": {"raw_dir": "raw"}}
    # A misspelled var of the command line stops its runs.
    assert project["on-run-start"] == ["{{ linksignal.check_var_names() }}"]


def test_a_project_is_not_made_twice(installed, workplace, made):
    before = {path: path.read_bytes() for path in made.glob("*.yml")}

    ended = installed.run("linksignal", "init", "study", cwd=workplace, code=2)

    assert "dbt_project.yml already, which is not overwritten" in ended.stderr
    assert {path: path.read_bytes() for path in made.glob("*.yml")} == before


def test_exports_land_in_the_project(installed, made, loaded):
    assert f"Landed in {made}/raw:" in loaded.stdout
    assert "  linksignal build" in loaded.stdout
    said = installed.run("linksignal", "loads", cwd=made).stdout
    for name in ("scores.csv", "links.csv", "citations.csv"):
        assert name in said


def test_a_build_ends_with_the_claims_on_one_screen(build, made):
    database = made / "warehouse" / "linksignal.duckdb"
    lines = build.stdout.splitlines()

    assert len(lines) <= 24
    assert max(map(len, lines)) <= 100
    assert [line[:2] for line in lines if line.startswith("C")] == [
        f"C{number}" for number in range(1, 9)
    ]
    assert "SIMULATED" not in build.stdout
    assert rows(database, "select count(*) from findings.domains") == [
        (len(DOMAINS),)
    ]


def test_a_log_gets_plain_lines(build):
    assert build.stderr.endswith(" s\n")
    assert all(
        line.startswith("linksignal: build: ")
        for line in build.stderr.splitlines()
    )
    assert build.stderr.replace("\n", "").isprintable()


def test_a_model_of_the_project_reads_the_claims(build, made):
    database = made / "warehouse" / "linksignal.duckdb"
    supported = (
        "select claim_id from findings.claims where verdict = 'supported'"
    )

    assert rows(database, "from main.supported") == rows(database, supported)


def test_a_table_takes_the_place_of_the_old_one_in_one_statement(build, made):
    run = made / "target" / "run" / "linksignal" / "models"

    for model in ("features/study.sql", "statistics/claim_verdicts.py"):
        text = (run / model).read_text()
        assert "create or replace table" in text
        assert "__dbt_tmp" not in text


def test_a_test_of_the_project_names_the_rules_that_are_broken(
    installed, made, build
):
    (made / "models" / "numbers.sql").write_text("select 1 as number")
    (made / "models" / "numbers.yml").write_text(
        "models: [{name: numbers, data_tests: [{linksignal.keeps_rules: {"
        "name: numbers_rules, arguments: {rules: {"
        "is_one: number = 1, is_two: number = 2}}}}]}]"
    )
    # With the vars of the build, dbt parses nothing but these two again.
    chosen = ("--project-dir", made, "--vars", QUICK)
    words = ("build", "--select", "numbers", *chosen)
    ended = installed.run(*DBT, *words, cwd=made, code=1)

    assert "numbers_rules: is_two in 1 row" in ended.stdout
    for name in ("numbers.sql", "numbers.yml"):
        (made / "models" / name).unlink()


def test_the_findings_are_shown_and_written(installed, made, build):
    shown = installed.run("linksignal", "show", cwd=made).stdout
    assert shown.startswith(f"Database: {made}/warehouse/linksignal.duckdb")
    installed.run("linksignal", "report", cwd=made)
    assert (made / "linksignal_report.html").stat().st_size > 100_000
    words = ("export", "--format", "csv", "claims")
    installed.run("linksignal", *words, cwd=made)
    claims = (made / "linksignal_export" / "findings.claims.csv").read_text()
    assert claims.count("\nC") == 8


def test_a_refresh_publishes_the_project(installed, workplace, refresh):
    published = workplace / "root" / "linksignal_published.duckdb"

    assert rows(published, "select count(*) from findings.claims") == [(8,)]
    for step in ("load", "build", "verify", "publish"):
        assert f"\nlinksignal: {step}: " in f"\n{refresh.stderr}"
    said = installed.run(
        "linksignal", "status", "--root", "root", cwd=workplace
    )
    assert "published" in said.stdout


def test_the_link_to_the_models_follows_the_installation(
    installed, made, build, tmp_path
):
    """A project that was copied to another machine finds its models again."""
    from linksignal.project import PROJECT_DIR, Project, link_package

    shutil.copytree(made, tmp_path / "copy", symlinks=True)
    link = tmp_path / "copy" / "dbt_packages" / "linksignal"
    assert link.resolve() != PROJECT_DIR

    link_package(Project(tmp_path / "copy"))

    assert link.resolve() == PROJECT_DIR


def test_a_load_is_taken_out_again(installed, made, refresh):
    said = installed.run("linksignal", "loads", cwd=made).stdout
    words = said.split()
    load_id = next(
        word.removesuffix(":")
        for word in words
        if word.startswith("domain_scores-")
    )

    installed.run("linksignal", "unload", load_id, cwd=made)

    assert load_id not in installed.run("linksignal", "loads", cwd=made).stdout
