"""SQL with logic has unit tests."""

from __future__ import annotations

# Select columns and join one row: their contract and their keys say it all.
WITHOUT_LOGIC = {
    "authority_thresholds",
    "correlation_contrasts",
    "correlations",
    "deciles",
    "domains",
}


def test_every_sql_model_with_logic_has_a_unit_test(built_sample):
    models = {
        node["name"]
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["language"] == "sql"
    }
    tested = {
        unit_test["model"]
        for unit_test in built_sample.manifest["unit_tests"].values()
    }

    assert models - tested == WITHOUT_LOGIC
