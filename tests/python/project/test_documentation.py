"""Every built column is documented, every documented column is built."""

from __future__ import annotations

import re

import pytest
from data_tests import rules_of
from linksignal.contract import ADDED_BY_SQL


def documented(built_sample):
    """Columns and their texts; a table of estimates has its twin's."""
    nodes = {
        (node["schema"], node["name"]): node
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    return {
        table: {
            column["name"]: column["description"]
            for column in described_by(nodes, table)["columns"].values()
            if table[0] != "statistics" or column["name"] not in ADDED_BY_SQL
        }
        for table in nodes
    }


def described_by(nodes, table):
    twin = nodes[table]["config"]["meta"].get("documented_by")
    return nodes["findings", twin] if twin else nodes[table]


def built(built_sample):
    rows = built_sample.frame(
        "select table_schema, table_name, column_name "
        "from information_schema.columns"
    )
    tables: dict = {}
    for schema, table, column in rows.itertuples(index=False):
        tables.setdefault((schema, table), set()).add(column)
    return tables


def test_documented_and_built_columns_are_the_same(built_sample):
    expected = {
        table: set(columns)
        for table, columns in documented(built_sample).items()
    }
    found = built(built_sample)
    # Columns that a model has for every outcome say what they mean in the
    # lookup.
    outcomes = built_sample.frame("select outcome from lookups.outcomes")
    told = {
        table: set(outcomes["outcome"]) if table[0] == "features" else set()
        for table in found
    }
    assert {
        table: columns - (told[table] - expected[table])
        for table, columns in found.items()
    } == expected


def test_every_column_says_what_it_means(built_sample):
    missing = [
        (table, column)
        for table, columns in documented(built_sample).items()
        for column, description in columns.items()
        if not description.strip()
    ]
    assert missing == []


def test_every_macro_and_argument_says_what_it_is_for(built_sample):
    """Those of one adapter are documented as the macro that calls them."""
    macros = [
        macro
        for macro in built_sample.manifest["macros"].values()
        if macro["package_name"] == "linksignal"
        and not macro["name"].startswith(("default__", "spark__"))
    ]
    assert [one["name"] for one in macros if not one["description"]] == []
    assert [
        (one["name"], argument["name"])
        for one in macros
        for argument in one["arguments"]
        if not argument["description"]
    ] == []


def test_every_model_and_lookup_opens_with_its_grain(built_sample):
    for node in built_sample.manifest["nodes"].values():
        if node["resource_type"] in ("model", "seed"):
            assert node["description"].startswith("One row"), node["name"]


def test_every_model_or_the_finding_made_of_it_has_its_key_tested(built_sample):
    tested = {
        node["attached_node"]
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] == "test"
    }
    for name, node in built_sample.manifest["nodes"].items():
        if node["resource_type"] == "model" and name not in tested:
            twin = f"model.linksignal.{node['config']['meta']['documented_by']}"
            assert twin in tested, name
            readers = built_sample.manifest["child_map"][name]
            assert twin in readers, f"{twin} does not have the rows of {name}"


# Otherwise dbt build -s +correlations would pass over it without a word.
def test_a_test_of_a_model_reads_what_the_model_is_made_of(built_sample):
    parents = built_sample.manifest["parent_map"]
    for node in built_sample.manifest["nodes"].values():
        if node["resource_type"] == "test":
            model = node["attached_node"]
            ancestors = {model}
            left = [model]
            while left:
                of_one = {*parents.get(left.pop(), ())} - ancestors
                ancestors |= of_one
                left += of_one
            read = {*node["depends_on"]["nodes"]}
            assert model.startswith("seed.") or read <= ancestors, node["name"]


def test_every_data_test_is_named_as_a_claim_and_is_an_error(built_sample):
    for node in built_sample.manifest["nodes"].values():
        if node["resource_type"] == "test":
            for name in (node["name"], *rules_of(node["test_metadata"])):
                assert re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+){2,}", name)
            assert node["config"]["severity"].lower() == "error", node["name"]


def test_findings_enforce_their_contract(built_sample):
    for node in built_sample.manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] == "findings":
            assert node["contract"]["enforced"], node["name"]


def test_every_link_of_the_overview_leads_somewhere(built_sample):
    manifest = built_sample.manifest
    text = manifest["docs"]["doc.linksignal.__overview__"]["block_contents"]
    links = re.findall(r"\(#!/(\w+)/([\w.]+)\)", text)
    assert len(links) >= 15
    known = manifest["nodes"].keys() | manifest["exposures"].keys()
    sources = {node["source_name"] for node in manifest["sources"].values()}
    for kind, name in links:
        assert name in (sources if kind == "source_list" else known), name
        assert kind == "source_list" or name.startswith(f"{kind}.")


@pytest.mark.parametrize("exposure", ["report", "exported_files"])
def test_what_shows_all_findings_depends_on_all(built_sample, exposure):
    manifest = built_sample.manifest
    public = {
        name
        for name, node in manifest["nodes"].items()
        if node["resource_type"] == "model"
        and node["schema"] in ("findings", "quality")
    }
    shown = manifest["exposures"][f"exposure.linksignal.{exposure}"]
    assert set(shown["depends_on"]["nodes"]) == public


def yaml_files(project_dir):
    return sorted(project_dir.glob("models/**/*.yml"))


def test_no_description_file_is_longer_than_200_lines(project_dir):
    for path in yaml_files(project_dir):
        assert len(path.read_text().splitlines()) <= 200, path.name


@pytest.mark.parametrize(
    ("pattern", "most"), [("models/**/*.sql", 100), ("macros/*.sql", 45)]
)
def test_no_sql_file_grows_out_of_hand(project_dir, pattern, most):
    for path in project_dir.glob(pattern):
        assert len(path.read_text().splitlines()) <= most, path.name
