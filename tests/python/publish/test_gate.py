"""What a build must be to be published, on altered documents of a real one."""

from __future__ import annotations

import re

import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.publish.build import check_build, expected


@pytest.fixture
def documents(recorded):
    return recorded.documents()


def refused(documents, exit_code=0):
    with pytest.raises(LinksignalError) as caught:
        check_build(exit_code, *documents)
    return caught.value


def result_of(documents, unique_id):
    (found,) = [
        result
        for result in documents[1]["results"]
        if re.match(unique_id, result["unique_id"])
    ]
    return found


def test_a_whole_build_passes(documents):
    check_build(0, *documents)


def test_a_whole_build_has_nodes_of_every_kind(documents):
    kinds = {name.partition(".")[0] for name in expected(documents[0])}
    assert kinds == {"model", "seed", "test", "unit_test", "operation"}


@pytest.mark.parametrize(
    ("node", "status", "exit_code", "told"),
    [
        ("test.linksignal.every_domain_stands_once", "fail", 1,
         "test every_domain_stands_once ended in 'fail'"),
        ("test.linksignal.data_quality_keeps_its_rules", "fail", 1,
         "test data_quality_keeps_its_rules ended in 'fail'"),
        ("test.linksignal.every_domain_stands_once", "warn", 1,
         "test every_domain_stands_once ended in 'warn'"),
        ("test.linksignal.every_domain_stands_once", "error", 2,
         "test every_domain_stands_once ended in 'error'"),
        ("unit_test.linksignal.record_accounting", "fail", 1,
         "unit test a_lost_record_and_a_record_made_up_are_unaccounted"),
        ("model.linksignal.correlations$", "error", 2,
         "model correlations ended in 'error'"),
        ("model.linksignal.correlations$", "skipped", 2,
         "model correlations ended in 'skipped'"),
        ("model.linksignal.correlations$", "no-op", 2,
         "model correlations ended in 'no-op'"),
        ("model.linksignal.correlations$", "partial success", 2,
         "model correlations ended in 'partial success'"),
        ("seed.linksignal.signals$", "error", 2,
         "seed signals ended in 'error'"),
        ("operation.linksignal", "error", 2,
         "operation linksignal-on-run-start-0 ended in 'error'"),
    ],
)  # fmt: skip
def test_a_status_blocks(documents, node, status, exit_code, told):
    result_of(documents, node)["status"] = status
    error = refused(documents, exit_code=int(status != "warn"))
    assert error.exit_code == exit_code
    assert told in str(error)


def test_a_test_of_many_rules_says_which_are_broken(documents):
    result = result_of(documents, "test.linksignal.data_quality_keeps")
    told = "every_critical_expectation_is_met in 2 rows"
    result |= {"status": "fail", "adapter_response": {"_message": told}}
    assert str(refused(documents, exit_code=1)) == (
        f"test data_quality_keeps_its_rules ({told}) ended in 'fail'"
    )


def test_a_skipped_node_is_told_after_its_cause(documents):
    result_of(documents, r"test.linksignal.every_domain_stands")["status"] = (
        "fail"
    )
    result_of(documents, "model.linksignal.data_quality$")["status"] = "skipped"
    error = refused(documents, exit_code=1)
    assert error.exit_code is ExitCode.DATA_FAILED
    assert str(error) == (
        "test every_domain_stands_once ended in 'fail' (1 skipped after that)"
    )


@pytest.mark.parametrize(
    "node",
    [
        "model.linksignal.correlations$",
        "seed.linksignal.signals$",
        "test.linksignal.every_domain_stands_once",
        "unit_test.linksignal.record_accounting",
        "operation.linksignal",
    ],
)
def test_a_node_that_was_left_out_blocks(documents, node):
    documents[1]["results"].remove(result_of(documents, node))
    error = refused(documents)
    assert error.exit_code is ExitCode.CONFIGURATION
    assert "the build left out" in str(error)


def test_a_build_of_one_stage_blocks_and_says_how_much_is_missing(documents):
    manifest, results = documents
    results["results"] = [
        result for result in results["results"] if "stg_" in result["unique_id"]
    ]
    missing = len(expected(manifest)) - len(results["results"])
    assert f"and {missing - 3} more" in str(refused(documents))


def test_a_disabled_unit_test_is_not_missed(documents):
    result = result_of(documents, "unit_test.linksignal.record_accounting")
    documents[1]["results"].remove(result)
    unit_test = documents[0]["unit_tests"][result["unique_id"]]
    unit_test["config"]["enabled"] = False
    check_build(0, *documents)


def test_results_of_another_run_block(documents):
    documents[1]["metadata"]["invocation_id"] = "another"
    assert "not of the same dbt run" in str(refused(documents))


def test_results_of_another_command_block(documents):
    documents[1]["args"]["which"] = "run"
    assert "of dbt run, not of dbt build" in str(refused(documents))


def test_empty_tables_block(documents):
    documents[1]["args"]["empty"] = True
    assert "DBT_EMPTY" in str(refused(documents))


def test_an_exit_code_blocks_even_when_every_node_succeeded(documents):
    assert "dbt exited with 2" in str(refused(documents, exit_code=2))


def test_an_exposure_has_nothing_to_do_and_does_not_block(documents):
    idle = [
        result
        for result in documents[1]["results"]
        if result["unique_id"].startswith("exposure.")
    ]
    assert {result["status"] for result in idle} == {"no-op"}
    check_build(0, *documents)
    idle[0]["status"] = "error"
    assert "ended in 'error'" in str(refused(documents))


def test_a_test_of_a_disabled_model_is_not_expected(recorded):
    manifest, results = recorded.documents()
    name = next(name for name in expected(manifest) if name[:5] == "test.")
    results["results"] = [
        result for result in results["results"] if result["unique_id"] != name
    ]
    with pytest.raises(LinksignalError, match="left out test"):
        check_build(0, manifest, results)
    manifest["nodes"][name]["config"]["enabled"] = False
    check_build(0, manifest, results)
