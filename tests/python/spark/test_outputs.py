"""The outputs for clusters in docs/spark.md compile, without a cluster."""

from __future__ import annotations

import importlib.util

import pytest
from guide import outputs, write_profile
from spark_dbt import SAMPLE_DIR, run_dbt


@pytest.mark.parametrize("name", outputs())
def test_the_link_models_compile_for_every_output(name, tmp_path, monkeypatch):
    adapter = outputs()[name]["type"]
    if not importlib.util.find_spec(f"dbt.adapters.{adapter}"):
        pytest.skip(f"not installed: dbt-{adapter}")
    monkeypatch.setenv("DATABRICKS_TOKEN", "token")

    compiled = run_dbt(
        *(tmp_path, SAMPLE_DIR, "compile", "--select", "+domain_links"),
        *("--no-introspect", "--no-populate-cache"),
        profiles_dir=write_profile(tmp_path, name),
    )

    models = [each for each in compiled if each.startswith("model.")]
    assert len(models) == 12
    assert set(compiled.values()) == {"success"}
    folder = tmp_path / "target" / "compiled" / "linksignal" / "models"
    loads = (folder / "staging" / "stg_snapshot_loads.sql").read_text("utf-8")
    assert f"parquet.`{SAMPLE_DIR}/backlinks/*.parquet`" in loads
