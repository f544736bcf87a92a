"""The contracts of the findings are what is built, and what Python reads."""

from __future__ import annotations

import pyarrow as pa
import pytest
from data_tests import keys_of
from linksignal.contract import ADDED_BY_SQL, ARROW_TYPES, findings_schema


def models(built_sample, schema):
    return {
        node["name"]: node
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "model" and node["schema"] == schema
    }


def built_columns(built_sample, schema, table):
    rows = built_sample.frame(
        "select column_name, data_type, is_nullable "
        "from information_schema.columns "
        f"where table_schema = '{schema}' and table_name = '{table}' "
        "order by ordinal_position"
    )
    return list(rows.itertuples(index=False, name=None))


def test_findings_are_built_as_their_contracts_say(built_sample):
    found = models(built_sample, "findings")
    assert len(found) >= 8
    for table in found:
        schema = findings_schema(table)
        built = [
            pa.field(name, ARROW_TYPES[kind.lower()], nullable == "YES")
            for name, kind, nullable in built_columns(
                built_sample, "findings", table
            )
            if name not in ADDED_BY_SQL
        ]
        assert built == list(schema), table


def test_a_statistics_table_has_the_columns_of_the_findings_that_document_it(
    built_sample,
):
    found = models(built_sample, "statistics")
    assert len(found) >= 5
    for table, node in found.items():
        assert node["columns"] == {}, table
        schema = findings_schema(node["config"]["meta"]["documented_by"])
        built = [
            (name, ARROW_TYPES[kind.lower()])
            for name, kind, _ in built_columns(
                built_sample, "statistics", table
            )
        ]
        expected = [(field.name, field.type) for field in schema]
        assert built == expected, table


def test_every_key_of_a_findings_table_of_estimates_is_not_null(built_sample):
    keys = {
        node["attached_node"].rpartition(".")[2]: columns
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "test"
        for columns in keys_of(node["test_metadata"])
    }
    twins = [
        node["config"]["meta"]["documented_by"]
        for node in models(built_sample, "statistics").values()
    ]
    for table in twins:
        schema = findings_schema(table)
        assert not any(schema.field(name).nullable for name in keys[table])


def test_a_table_without_a_contract_is_a_key_error():
    with pytest.raises(KeyError, match="no_such_table"):
        findings_schema("no_such_table")
