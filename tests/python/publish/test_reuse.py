"""Tables are used again where all that they are made of is the same."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import replace

import duckdb
import pytest
from linksignal import digest
from linksignal.cli import main
from linksignal.digest import read_code
from linksignal.new_project import MATERIALIZATIONS
from linksignal.project import Project
from linksignal.publish import build, refresh
from linksignal.publish.reuse import (
    Changes,
    Reuse,
    compiled_tests,
    models,
    read_graph,
)
from linksignal.publish.run import Run
from linksignal.publish.status import report, status
from recorded_build import Recorded
from test_unchanged import again, rewrite, some_file, studied

__all__ = ["studied"]


@pytest.fixture(scope="module")
def manifest(recorded):
    manifest, _ = recorded.documents()
    return manifest


def kept(manifest, *, files=(), settings=(), tables=()):
    """Models that stay as they are after changes."""
    changes = Changes(*map(frozenset, (files, settings, tables)))
    return set(models(Reuse("0", read_graph(manifest), changes).kept(manifest)))


def test_answers_leave_the_links_alone(manifest):
    left = kept(manifest, tables=["ai_answers", "ai_references"])
    assert {"link_counts", "link_referrers", "domain_links"} <= left
    assert not left & {"domain_visibility", "correlations", "data_quality"}


def test_links_leave_the_answers_as_exported_alone(manifest):
    left = kept(manifest, tables=["backlinks"])
    assert "stg_ai_answers" in left
    assert not left & {"domain_links", "correlations", "claims"}


@pytest.mark.parametrize("name", ["ci_level", "seed", "equivalence_margin"])
def test_settings_of_statistics_leave_links_and_answers_alone(manifest, name):
    left = kept(manifest, settings=[name])
    assert {"domain_links", "domain_visibility"} <= left
    assert not left & {"study_settings", "correlations", "claims"}


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("backlinks_as_of", "stg_backlink_snapshots"),
        ("backlink_source_priority", "domain_backlinks"),
        ("authority_source", "domain_authority"),
        ("answers_from", "stg_ai_answers"),
        ("country", "stg_ai_answers"),
        ("link_count_tolerance", "link_count_deviations"),
        ("cluster_by", "domain_features"),
        ("raw_dir", "stg_backlinks"),
    ],
)
def test_a_setting_changes_what_names_it(manifest, name, model):
    assert model not in kept(manifest, settings=[name])


def test_a_lookup_changes_what_reads_it_in_sql_or_python(manifest):
    left = kept(manifest, files=["seeds/lookups/platforms.csv"])
    assert not left & {"platform_visibility", "threshold_estimates"}


def test_a_model_changes_itself_and_what_is_made_of_it(manifest):
    left = kept(manifest, files=["models/features/domain_links.sql"])
    assert "link_counts" in left
    assert not left & {"domain_links", "domain_features", "claims"}


def test_no_change_leaves_everything_and_another_graph_does_not(manifest):
    assert len(kept(manifest)) == len(models(manifest["nodes"]))
    graph = read_graph(manifest)
    reuse = Reuse("0", graph, Changes(*[frozenset[str]()] * 3))
    other = json.loads(json.dumps(manifest))
    node = other["nodes"]["model.linksignal.domain_links"]
    node["depends_on"]["nodes"].append("model.linksignal.study")
    left = set(models(reuse.kept(other)))
    assert not left & {"domain_links", "domain_features", "claims"}
    assert "link_counts" in left


@pytest.mark.parametrize("code", ["{{ var(name) }}", "{{ settings() }}"])
def test_a_model_that_may_read_any_setting_changes_with_any(manifest, code):
    other = json.loads(json.dumps(manifest))
    other["nodes"]["model.linksignal.link_counts"]["raw_code"] += code
    assert "link_counts" not in kept(other, settings=["ci_level"])
    assert "link_counts" in kept(manifest, settings=["ci_level"])


@pytest.mark.parametrize("kind", ["nodes", "macros"])
def test_models_or_macros_of_a_host_project_leave_nothing(manifest, kind):
    other = json.loads(json.dumps(manifest))
    next(iter(other[kind].values()))["package_name"] = "study"
    assert read_graph(other) == {}


def test_the_materializations_of_a_new_project_are_known(manifest):
    blocks = re.findall(
        r"{% materialization (\w+).*?endmaterialization %}",
        MATERIALIZATIONS.read_text("utf-8"),
        re.DOTALL,
    )
    assert sorted(blocks) == ["table", "test", "view"]
    other = json.loads(json.dumps(manifest))
    whole = MATERIALIZATIONS.read_text("utf-8")
    for kind in blocks:
        begin = whole.index(f"{{% materialization {kind},")
        end = whole.index("endmaterialization %}", begin)
        macro = {
            "name": f"materialization_{kind}_duckdb",
            "package_name": "study",
            "macro_sql": whole[begin : end + len("endmaterialization %}")],
        }
        other["macros"][f"macro.study.{kind}"] = macro
    assert read_graph(other) == read_graph(manifest)
    macro["macro_sql"] = macro["macro_sql"].replace("return", "do log")
    assert read_graph(other) == {}


def test_a_table_that_is_not_built_anew_each_time_leaves_nothing(manifest):
    other = json.loads(json.dumps(manifest))
    node = other["nodes"]["model.linksignal.claims"]
    node["config"]["materialized"] = "incremental"
    assert read_graph(other) == {}


def test_settings_of_the_project_are_no_code(tmp_path):
    host = tmp_path / "study"
    assert main(["init", str(host)]) == 0
    before = read_code(Project(host), {})
    path = host / "dbt_project.yml"
    path.write_text(path.read_text("utf-8") + "\n# A remark.\n", "utf-8")
    assert read_code(Project(host), {}) == before
    given = read_code(Project(host), {"ci_level": 0.9})
    assert given.shared == before.shared
    assert {
        name
        for name, value in given.settings.items()
        if value != before.settings[name]
    } == {"ci_level"}


def test_a_refresh_after_other_answers_reuses_the_links_and_says_so(
    studied, capsys
):
    (path,) = (studied.recorded.raw_dir / "ai_references").glob("*.parquet")
    rewrite(path)
    words = ["--root", str(studied.root.path)]
    raw = ["--raw", str(studied.recorded.raw_dir)]
    assert main(["refresh", *words, *raw]) == 0
    assert "models reused from run 000001-" in capsys.readouterr().out
    reused = status(studied.root)["reused"]
    assert "domain_links" in reused["models"]
    assert "correlations" not in reused["models"]
    assert "models reused from run 000001-" in report(status(studied.root))
    assert [path.stem for path in studied.root.built.glob("*.duckdb")] == [
        studied.root.archived_runs()[-1]
    ]


def test_bytes_count_and_times_do_not(studied):
    os.utime(some_file(studied), (0, 0))
    os.utime(next(studied.root.built.glob("*.duckdb")), (0, 0))
    rewrite(some_file(studied))
    reused = again(studied).reused
    assert "domain_links" in reused["models"]
    assert not {"stg_domain_scores", "domain_authority"} & {*reused["models"]}


def flip(path):
    """Other bytes of the same size and time."""
    path.chmod(0o644)
    rewrite(path)


@pytest.mark.parametrize(
    "harm",
    [
        lambda built: flip(next(built.glob("*.duckdb"))),
        lambda built: next(built.glob("*.duckdb")).unlink(),
        lambda built: next(built.glob("*.json")).unlink(),
        lambda built: next(built.glob("*.json")).write_text("{"),
        lambda built: next(built.glob("*.json")).write_text('{"run_id": 1}'),
        shutil.rmtree,
    ],
)
def test_what_is_not_what_was_left_is_not_used(studied, harm):
    harm(studied.root.built)
    rewrite(some_file(studied))
    made = again(studied)
    assert made.is_new
    assert made.reused == {}
    rewrite(some_file(studied))
    assert again(studied).reused


def test_other_versions_macros_or_environment_leave_nothing(
    studied, monkeypatch
):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert again(studied).reused == {}
    monkeypatch.setattr(digest.sys, "version", "3.99")
    assert again(studied).reused == {}


def test_force_leaves_nothing(studied):
    rewrite(some_file(studied))
    assert studied.refresh(is_forced=True).reused == {}


def test_a_graph_that_turns_out_another_is_built_whole(studied, monkeypatch):
    """What dbt was told to build is not all that has changed."""
    selections = []

    def leaving_out(run, variables, project, parsed, selected):
        selections.append(selected)
        exit_code = studied.replay(run)
        if not selected:
            return exit_code
        path = run.target / "run_results.json"
        results = json.loads(path.read_text("utf-8"))
        results["results"] = [
            result
            for result in results["results"]
            if "domain_authority" not in result["unique_id"]
        ]
        path.write_text(json.dumps(results), "utf-8")
        return exit_code

    monkeypatch.setattr(build, "run_dbt", leaving_out)
    rewrite(some_file(studied))
    made = again(studied)
    assert made.is_new
    assert made.reused == {}
    first, second = selections
    scores = "fqn:linksignal.staging.stg_domain_scores+,resource_type:model"
    assert scores in first
    assert second == ()


def test_what_was_kept_need_not_be_among_the_results(recorded):
    manifest, results = recorded.documents()
    left = "model.linksignal.domain_links"
    results["results"] = [
        result for result in results["results"] if result["unique_id"] != left
    ]
    build.check_build(0, manifest, results, kept={left})
    with pytest.raises(refresh.LinksignalError, match="left out"):
        build.check_build(0, manifest, results)


def test_a_refresh_begins_with_the_tables_of_the_run_before(
    studied, recorded, monkeypatch
):
    """Without those that are to be built anew: none of them can stay."""
    begun = []

    def looking(run, *words):
        begun.append(tables_of(run.database))
        run.database.unlink()
        return studied.replay(run)

    studied.recorded = Recorded(recorded.folder, studied.recorded.raw_dir)
    studied.refresh()
    monkeypatch.setattr(build, "run_dbt", looking)
    rewrite(some_file(studied))
    kept = set(again(studied).reused["models"])
    every = tables_of(recorded.database)
    built = set(models(recorded.documents()[0]["nodes"])) - kept
    assert begun == [every - built]
    assert {"domain_links", "domain_visibility", "signals"} <= every - built
    assert {"domain_authority", "correlations"} <= every & built


def tables_of(database):
    """Names of the tables and views of a database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        rows = connection.execute("show all tables").fetchall()
    return {name for _, _, name, *_ in rows}


def test_a_failed_refresh_leaves_what_the_last_one_left(studied, monkeypatch):
    before = sorted(studied.root.built.iterdir())
    monkeypatch.setattr(build, "run_dbt", lambda *_: 2)
    rewrite(some_file(studied))
    studied.fails(is_forced=False)
    assert sorted(studied.root.built.iterdir()) == before
    monkeypatch.setattr(build, "run_dbt", studied.replay)
    assert again(studied).reused["run_id"].startswith("000001-")


def test_a_raw_table_that_comes_or_goes_is_a_change(studied):
    (path,) = (studied.recorded.raw_dir / "domain_scores").glob("*.parquet")
    path.unlink()
    gone = again(studied).reused
    assert "domain_authority" not in gone["models"]


def reuse_with_tests(recorded, **changes):
    """What a refresh uses again of the sample, with its data tests."""
    manifest, results = recorded.documents()
    names = ("files", "settings", "tables")
    changed = [frozenset(changes.get(name, ())) for name in names]
    graph = read_graph(manifest)
    queries = compiled_tests(manifest, results, {})
    return Reuse("0", graph, Changes(*changed), queries)


def test_data_tests_of_other_answers_need_no_dbt(recorded):
    reuse = reuse_with_tests(recorded, tables=["ai_answers", "ai_references"])
    apart = reuse.same_tests(reuse.graph)
    stale = {
        name for name in reuse.stale(reuse.graph) if name.startswith("test.")
    }
    assert set(apart) == stale
    assert len(stale) > len(reuse.graph) / 4
    assert all("resource_type:model" in word for word in reuse.selected)


def test_a_data_test_that_reads_what_has_changed_is_compiled_anew(recorded):
    reuse = reuse_with_tests(recorded, tables=["ai_answers"])
    (name,) = [name for name in reuse.tests if ".stg_ai_answers_keep" in name]
    reads = reuse.graph[name]
    for other in (
        replace(reads, tables=("ai_answers",)),
        replace(reads, settings=("*",)),
    ):
        graph = {**reuse.graph, name: other}
        changes = replace(reuse.changes, settings=frozenset({"seed"}))
        altered = replace(reuse, graph=graph, changes=changes)
        assert name not in altered.same_tests(graph)
        assert reads.selector in altered.selected


def test_after_another_file_dbt_runs_all_data_tests(recorded):
    files = ["models/features/domain_links.sql"]
    reuse = reuse_with_tests(recorded, files=files)
    assert reuse.same_tests(reuse.graph) == {}
    assert reuse.selected == ["fqn:linksignal.features.domain_links+"]


def test_a_data_test_of_another_form_is_not_run_apart(recorded):
    manifest, results = recorded.documents()
    queries = compiled_tests(manifest, results, {})
    name = next(iter(queries))
    assert compiled_tests(manifest, {"results": []}, {name: "old"}) == {
        name: "old"
    }
    for key, value in {
        "severity": "WARN",
        "error_if": "> 5",
        "warn_if": "> 1",
        "fail_calc": "sum(n)",
        "limit": 3,
        "store_failures": True,
    }.items():
        other = json.loads(json.dumps(manifest))
        other["nodes"][name]["config"][key] = value
        assert set(compiled_tests(other, results, {})) == {*queries} - {name}


def without_tests_of(model, studied, recorded):
    """Play back what dbt leaves where it was not told to run some tests."""
    (reads,) = (
        name
        for name in recorded.documents()[0]["nodes"]
        if name.startswith("model.") and name.endswith(f".{model}")
    )
    selections = []

    def replay(run, variables, project, parsed, selected):
        selections.append(selected)
        exit_code = studied.replay(run)
        if selected:
            manifest, _ = studied.recorded.documents()
            tests = {
                name
                for name, node in manifest["nodes"].items()
                if name.startswith("test.")
                and node["depends_on"]["nodes"] == [reads]
            }
            assert tests
            path = run.target / "run_results.json"
            results = json.loads(path.read_text("utf-8"))
            results["results"] = [
                result
                for result in results["results"]
                if result["unique_id"] not in tests
            ]
            path.write_text(json.dumps(results), "utf-8")
        return exit_code

    return replay, selections


def test_data_tests_that_dbt_did_not_run_are_run(
    studied, recorded, monkeypatch
):
    replay, selections = without_tests_of("domains", studied, recorded)
    monkeypatch.setattr(build, "run_dbt", replay)
    rewrite(some_file(studied))
    assert again(studied).reused
    assert len(selections) == 1
    # And again from what that refresh has kept.
    rewrite(some_file(studied))
    assert again(studied).reused
    assert len(selections) == 2


def test_a_data_test_that_finds_rows_has_all_built_and_told_by_dbt(
    studied, recorded, tmp_path, monkeypatch
):
    replay, selections = without_tests_of("domains", studied, recorded)
    monkeypatch.setattr(build, "run_dbt", replay)
    wrong = studied.recorded.altered(
        tmp_path / "wrong",
        "insert into findings.domains from findings.domains limit 1",
    )
    studied.recorded = Recorded(wrong.folder, studied.recorded.raw_dir)
    rewrite(some_file(studied))
    made = again(studied)
    assert made.reused == {}
    assert [bool(selected) for selected in selections] == [True, False]


def test_the_file_of_kept_tables_does_not_grow(studied, monkeypatch):
    def rebuilt(run, variables, project, parsed, selected):
        """Replace what has changed, as dbt does."""
        begun = run.database.exists() and run.database.rename(
            run.folder / "begun.duckdb"
        )
        exit_code = studied.replay(run)
        run.database.unlink()
        if begun:
            begun.rename(run.database)
        with duckdb.connect(str(run.database)) as connection:
            connection.execute(
                f"attach '{studied.recorded.database}' as recorded (read_only)"
            )
            for schema, name in connection.execute(
                "select schema_name, table_name from duckdb_tables() "
                "where database_name = 'recorded'"
            ).fetchall():
                connection.execute(
                    f"create schema if not exists {schema}; "
                    f"create or replace table {schema}.{name} as "
                    f"from recorded.{schema}.{name}"
                )
        return exit_code

    monkeypatch.setattr(build, "run_dbt", rebuilt)
    studied.refresh()
    sizes = []
    for _ in range(3):
        sizes.append(next(studied.root.built.glob("*.duckdb")).stat().st_size)
        rewrite(some_file(studied))
        assert again(studied).reused
    assert max(sizes) <= 1.1 * sizes[0]


@pytest.mark.parametrize(
    "other",
    [
        lambda link: link.write_text("mine"),
        lambda link: link.mkdir(),
        lambda link: link.symlink_to("elsewhere"),
        lambda link: link.symlink_to("000009-20260101T000000Z"),
    ],
)
def test_what_somebody_puts_in_place_of_the_link_to_the_run_stays(
    tmp_path, other
):
    folder = tmp_path / "000001-20260101T000000Z"
    folder.mkdir()
    run = Run(folder.name, folder)
    with build._current(run) as link:
        assert link.samefile(folder)
        link.unlink()
        other(link)
    assert link.is_symlink() or link.exists()
    if not link.is_symlink():
        with build._current(run) as used:
            assert used == folder
        assert link.exists()


def test_the_link_to_the_run_goes_with_its_build(tmp_path):
    folder = tmp_path / "000001-20260101T000000Z"
    folder.mkdir()
    with build._current(Run(folder.name, folder)) as link:
        assert link.is_symlink()
    assert not link.is_symlink()
