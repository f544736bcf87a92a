"""Folder = schema = selector, and data flows one way."""

from __future__ import annotations

from pathlib import Path

STAGES = ("staging", "features", "statistics", "findings", "quality")


def models(built_sample):
    return {
        name: node
        for name, node in built_sample.manifest["nodes"].items()
        if node["resource_type"] == "model"
    }


def stage_of(node):
    return Path(node["original_file_path"]).parts[1]


def backward_reads(nodes):
    """Pairs of models of which the first reads from a stage to its right."""
    order = {stage: place for place, stage in enumerate(STAGES)}
    return [
        (name, parent)
        for name, node in nodes.items()
        for parent in node["depends_on"]["nodes"]
        if parent in nodes
        and order[stage_of(nodes[parent])] > order[stage_of(node)]
    ]


def test_every_model_lies_in_the_folder_of_its_schema(built_sample):
    for node in models(built_sample).values():
        assert stage_of(node) in STAGES
        assert node["schema"] == stage_of(node), node["name"]


def test_the_stage_is_a_selector(built_sample):
    for node in models(built_sample).values():
        assert node["fqn"][1] == stage_of(node)


def test_only_staging_is_marked_by_its_name(built_sample):
    for node in models(built_sample).values():
        is_marked = node["name"].startswith("stg_")
        assert is_marked == (stage_of(node) == "staging"), node["name"]


def test_no_model_reads_to_its_right(built_sample):
    assert backward_reads(models(built_sample)) == []


def test_a_model_that_read_to_its_right_would_be_found(built_sample):
    nodes = {name: dict(node) for name, node in models(built_sample).items()}
    reader = "model.linksignal.domain_links"
    nodes[reader]["depends_on"] = {"nodes": ["model.linksignal.correlations"]}
    assert backward_reads(nodes) == [(reader, "model.linksignal.correlations")]


def test_only_staging_names_raw_tables(built_sample):
    for node in models(built_sample).values():
        reads_raw = any(
            parent.startswith("source.")
            for parent in node["depends_on"]["nodes"]
        )
        assert not reads_raw or stage_of(node) == "staging", node["name"]


def test_every_model_is_the_only_one_of_its_name_in_the_database(built_sample):
    built = built_sample.frame(
        "select table_schema || '.' || table_name as name "
        "from information_schema.tables"
    )
    expected = {
        f"{node['schema']}.{node['name']}"
        for node in built_sample.manifest["nodes"].values()
        if node["resource_type"] in ("model", "seed")
    }
    assert set(built["name"]) == expected
