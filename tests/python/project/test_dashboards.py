"""The Superset bundle, the notebook and the semantic models fit the tables."""

from __future__ import annotations

import duckdb
import pytest
import yaml
from dashboards import (
    bundle_files,
    chart_queries,
    notebook_cells,
    run_notebook,
)

TABLES = {"main_claims", "main_coefficients", "domain_ranking"}
HOSTILE = "<img src=x onerror=alert(1)>'\"=cmd|' /C calc'!A0"


def test_every_dataset_has_the_columns_of_its_contract(
    built_sample, project_dir
):
    datasets = bundle_files(project_dir, "datasets")
    assert set(datasets) == TABLES
    for name, dataset in datasets.items():
        node = built_sample.manifest["nodes"][f"model.linksignal.{name}"]
        assert [
            (column["column_name"], column["type"].lower())
            for column in dataset["columns"]
        ] == [
            (column["name"], column["data_type"])
            for column in node["columns"].values()
        ]
        assert dataset["schema"] == "linksignal_published.findings"


def test_every_chart_returns_rows(built_sample, project_dir):
    queries = chart_queries(project_dir)
    assert len(queries) >= 8
    for name, query in queries.items():
        rows = built_sample.frame(query)
        assert len(rows) >= 1, name
        assert rows.iloc[:, 0].notna().all(), name


def test_every_part_of_the_bundle_finds_the_others(project_dir):
    ((_, database),) = bundle_files(project_dir, "databases").items()
    datasets = bundle_files(project_dir, "datasets").values()
    charts = bundle_files(project_dir, "charts").values()
    ((_, dashboard),) = bundle_files(project_dir, "dashboards").items()
    assert {each["database_uuid"] for each in datasets} == {database["uuid"]}
    assert {each["dataset_uuid"] for each in charts} == {
        each["uuid"] for each in datasets
    }
    shown = [
        part["meta"]["uuid"]
        for part in dashboard["position"].values()
        if isinstance(part, dict) and part["type"] == "CHART"
    ]
    assert sorted(shown) == sorted(each["uuid"] for each in charts)


def test_the_bundle_only_reads_and_shows_texts_as_texts(project_dir):
    ((_, database),) = bundle_files(project_dir, "databases").items()
    assert database["sqlalchemy_uri"].endswith("?access_mode=read_only")
    assert not any(
        database[name] for name in ("allow_dml", "allow_ctas", "allow_cvas")
    )
    charts = bundle_files(project_dir, "charts").values()
    tables = [each for each in charts if each["viz_type"] == "table"]
    assert len(tables) >= 4
    for chart in tables:
        assert chart["params"]["allow_render_html"] is False


def test_the_notebook_runs_and_shows_the_study(
    built_sample, project_dir, monkeypatch
):
    monkeypatch.setenv("LINKSIGNAL_PUBLISHED", str(built_sample.database))
    names, shown = run_notebook(project_dir)
    about, claims, heat_map, intervals, ranking = shown
    assert list(about["is_simulated"]) == [True]
    assert list(claims["claim_id"]) == [f"C{n}" for n in range(1, 9)]
    expected = built_sample.frame(
        "select count(*) as n from findings.correlations where is_main "
        "and outcome = 'ai_mentions'"
    )
    assert len(names["coefficients"]) == expected["n"][0]
    assert heat_map.to_dict()["layer"][0]["mark"]["type"] == "rect"
    assert len(names["together"]) == 9
    assert intervals.to_dict()["layer"][0]["mark"]["type"] == "rule"
    assert len(ranking) == 20
    assert ranking["mention_rank"].is_monotonic_increasing


def test_the_notebook_is_kept_without_outputs(project_dir):
    text = (project_dir / "analysis" / "first_look.ipynb").read_text("utf-8")
    assert len(notebook_cells(project_dir)) >= 6
    assert text.count('"outputs": []') == len(notebook_cells(project_dir))


def test_hostile_texts_stay_texts_in_the_notebook(
    built_sample, project_dir, monkeypatch, tmp_path
):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update findings.domain_ranking set category = ?", [HOSTILE]
        )
    monkeypatch.setenv("LINKSIGNAL_PUBLISHED", str(database))
    *_, ranking = run_notebook(project_dir)[1]
    assert ranking["category"][0] == HOSTILE
    assert "<img" not in ranking._repr_html_()


def metrics(manifest):
    """Simple metrics: their measure and the table it is of."""
    measures = {
        measure["name"]: (model, measure)
        for model in manifest["semantic_models"].values()
        for measure in model["measures"]
    }
    return {
        metric["name"]: measures[metric["type_params"]["measure"]["name"]]
        for metric in manifest["metrics"].values()
        if metric["type"] == "simple"
    }


def test_every_metric_of_the_semantic_layer_has_a_value(built_sample):
    found = metrics(built_sample.manifest)
    assert len(found) >= 12
    functions = {"average": "avg"}
    for name, (model, measure) in found.items():
        function = functions.get(measure["agg"], measure["agg"])
        table = model["node_relation"]["alias"]
        ((value,),) = built_sample.frame(
            f"select {function}({measure['expr']}) as value "
            f"from findings.{table}"
        ).to_numpy()
        assert value == pytest.approx(value), name


def test_every_dimension_and_entity_is_a_column(built_sample):
    models = built_sample.manifest["semantic_models"].values()
    assert {model["node_relation"]["alias"] for model in models} == TABLES
    for model in models:
        built = built_sample.frame(
            f"describe findings.{model['node_relation']['alias']}"
        )
        named = [
            each["expr"] or each["name"]
            for each in [*model["dimensions"], *model["entities"]]
        ]
        assert set(named) <= set(built["column_name"])


def test_no_metric_sums_coefficients(built_sample):
    for name, (model, measure) in metrics(built_sample.manifest).items():
        if model["name"] == "main_coefficients":
            assert measure["agg"] == "max", name


def test_a_host_project_keeps_its_own_calendar_and_metrics(project_dir):
    """Dbt refuses a second calendar, and two metrics of one name."""
    is_ours = "{{ project_name == 'linksignal' }}"
    folder = project_dir / "models"
    text = (folder / "findings/_semantic_models.yml").read_text("utf-8")
    declared = yaml.safe_load(text)
    parts = [*declared["semantic_models"], *declared["metrics"]]
    assert len(parts) >= 16
    for part in parts:
        assert part["config"]["enabled"] == is_ours, part["name"]
    calendar = (folder / "features/time_spine_days.sql").read_text("utf-8")
    assert "config(enabled=(project_name == 'linksignal'))" in calendar
