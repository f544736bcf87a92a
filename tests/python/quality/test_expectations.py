"""Each expectation is met on the sample and not on a corruption made for it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable

import duckdb
import pandas as pd
import pytest
from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.quality.expectations import (
    DETAIL_LENGTH,
    RARELY_USED,
    asked_columns,
    asked_frames,
    imported_when_used,
    read_suites,
    run_suites,
)

Corruption = Callable[[pd.DataFrame], pd.DataFrame]

SUITES = read_suites()
TABLE_OF = {
    expectation_id: table
    for table, suite in SUITES.items()
    for expectation in suite["expectations"]
    for expectation_id in [expectation["meta"]["id"]]
}


def first_row(**values: object) -> Corruption:
    """Change the first row whose changed columns are all known."""

    def corrupt(frame: pd.DataFrame) -> pd.DataFrame:
        corrupted = frame.copy()
        row = frame[list(values)].notna().all(axis="columns").idxmax()
        for column, value in values.items():
            corrupted.loc[row, column] = value
        return corrupted

    return corrupt


def first_half(**values: object) -> Corruption:
    """Change a little more than the first half of the rows."""

    def corrupt(frame: pd.DataFrame) -> pd.DataFrame:
        corrupted = frame.copy()
        for column, value in values.items():
            corrupted.loc[: len(frame) // 2 + 1, column] = value
        return corrupted

    return corrupt


def without(column: str, value: str) -> Corruption:
    """Leave out the rows that have the value."""
    return lambda frame: frame[frame[column] != value]


def first_row_twice(frame: pd.DataFrame) -> pd.DataFrame:
    """Repeat the first row."""
    return pd.concat([frame, frame.head(1)], ignore_index=True)


CORRUPTIONS: dict[str, list[Corruption]] = {
    "correlations_cover_every_method": [
        first_row(method="guess"),
        without("method", "spearman"),
    ],
    "correlations_cover_every_sensitivity": [
        first_row(sensitivity="guess"),
        without("sensitivity", "leave_one_out"),
    ],
    "correlations_count_their_domains": [first_row(n=-1)],
    "correlations_rest_on_one_input": [first_row(input_hash="0")],
    "correlations_are_mostly_defined": [first_half(estimate=None)],
    "thresholds_p_values_are_probabilities": [
        first_row(p_value=1.01),
        first_row(p_value=-0.01),
    ],
    "thresholds_knots_are_scores": [
        lambda frame: frame.assign(knot=-1.0),
    ],
    "thresholds_state_a_status": [first_row(status="fine")],
    "claims_are_the_eight_of_the_study": [
        first_row(claim_id="C9"),
        without("claim_id", "C8"),
    ],
    "claims_sentences_are_one_paragraph": [
        first_row(sentence="Not a sentence"),
        first_row(sentence="Two\nlines."),
    ],
    "claims_rest_on_one_input": [first_row(input_hash="0")],
    "claims_can_mostly_be_tested": [
        lambda frame: frame.assign(verdict="not_testable")
    ],
    "claim_parts_p_values_are_probabilities": [first_row(p_for_within=1.01)],
    "claim_parts_contrary_p_values_are_probabilities": [
        first_row(p_against_within=-0.01)
    ],
    "claim_parts_sentences_are_one_paragraph": [first_row(sentence="No end")],
    "contrasts_relations_are_known": [first_row(relation="equal")],
    "contrasts_p_values_are_probabilities": [
        first_row(p_value=1.01),
        first_row(p_value=-0.01),
    ],
    "contrasts_equivalence_p_values_are_probabilities": [
        first_row(p_equivalence=1.01),
        first_row(p_equivalence=-0.01),
    ],
    "contrasts_state_a_status": [first_row(status="fine")],
    "deciles_bounds_are_ordered": [first_row(signal_min=2.0, signal_max=1.0)],
    "deciles_medians_are_not_negative": [first_row(median=-1.0)],
    "deciles_zero_shares_are_shares": [
        first_row(zero_share=-0.1),
        first_row(zero_share=1.1),
    ],
    "replication_has_the_published_twelve": [
        first_row_twice,
        lambda frame: frame.tail(-1),
    ],
    "replication_keeps_the_published_value": [
        first_row(published=1.5),
        first_row(published=-1.5),
    ],
    "replication_states_a_status": [first_row(status=None)],
    "domains_are_lower_case_names": [
        first_row(domain="Example.com"),
        first_row(domain="https://example.com"),
        first_row(domain="example.com/page"),
        first_row(domain="example"),
    ],
    "domains_have_no_negative_backlinks": [first_row(total_backlinks=-1)],
    "domains_authority_is_from_0_to_100": [
        first_row(authority_score=-1),
        first_row(authority_score=101),
    ],
    "domains_follow_shares_are_shares": [
        first_row(follow_share=-0.1),
        first_row(follow_share=1.1),
    ],
    "domains_image_shares_are_shares": [
        first_row(image_share=-0.1),
        first_row(image_share=1.1),
    ],
    "domains_mostly_have_backlink_data": [first_half(referring_domains=None)],
    "domains_mostly_have_an_authority_score": [
        first_half(authority_score=None)
    ],
    "platform_coverage_counts_answers": [first_row(answer_count=-1)],
    "platform_coverage_is_complete": [first_row(outcome_source=None)],
    "platform_coverage_knows_what_is_branded": [
        first_row(unknown_branding_share=0.3)
    ],
}


def only(suite, expectation_id):
    """The suite with one of its expectations."""
    chosen = [
        expectation
        for expectation in suite["expectations"]
        if expectation["meta"]["id"] == expectation_id
    ]
    return {**suite, "expectations": chosen}


@pytest.fixture(scope="module")
def frames(built_sample):
    return {
        table: built_sample.frame(f"from findings.{table}") for table in SUITES
    }


@pytest.fixture(scope="module")
def results(frames):
    """Run each expectation alone on each of its corruptions."""
    tables = {}
    suites = {}
    for expectation_id, corruptions in CORRUPTIONS.items():
        table = TABLE_OF[expectation_id]
        for number, corrupt in enumerate(corruptions):
            name = f"{expectation_id}-{number}"
            tables[name] = corrupt(frames[table])
            suites[name] = only(SUITES[table], expectation_id)
    return {
        row["table_name"]: row for row in run_suites(tables, suites).to_pylist()
    }


def test_every_expectation_has_a_corruption():
    assert set(CORRUPTIONS) == set(TABLE_OF)


def test_every_expectation_is_met_on_the_sample(frames):
    found = run_suites(frames, SUITES).to_pandas()

    assert set(found["expectation_id"]) == set(TABLE_OF)
    assert list(found.loc[~found["is_met"], "expectation_id"]) == []
    assert found["detail"].isna().all()


def test_the_build_ran_every_expectation(built_sample):
    found = built_sample.frame("from quality.data_quality")

    assert set(found["expectation_id"]) == set(TABLE_OF)
    assert found["is_met"].all()


@pytest.mark.parametrize(
    "name",
    [
        f"{expectation_id}-{number}"
        for expectation_id, corruptions in CORRUPTIONS.items()
        for number in range(len(corruptions))
    ],
)
def test_an_expectation_is_not_met_on_its_corruption(results, name):
    row = results[name]

    assert not row["is_met"]
    assert row["detail"].startswith(("found ", "lacks ", "observed "))
    assert len(row["detail"]) <= DETAIL_LENGTH
    assert not re.search(r"\b(nan|None|np\.\w+)\b", row["detail"])


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("correlations_are_mostly_defined-0", "found no value"),
        ("claims_are_the_eight_of_the_study-0", "found 'C9'"),
        ("claims_are_the_eight_of_the_study-1", "lacks 'C8'"),
        ("deciles_bounds_are_ordered-0", "found (1.0, 2.0)"),
        ("domains_authority_is_from_0_to_100-1", "found 101.0"),
        ("replication_has_the_published_twelve-1", "observed 11"),
    ],
)
def test_details_are_words_for_people(results, name, detail):
    assert results[name]["detail"] == detail


def test_a_repeated_key_is_told_by_its_columns(frames):
    key = ["signal", "outcome", "platform", "decile"]
    suite = {
        "name": "deciles",
        "expectations": [
            {
                "type": "expect_compound_columns_to_be_unique",
                "kwargs": {"column_list": key},
                "meta": {"id": "key_is_unique"},
                "severity": "critical",
            }
        ],
    }
    table = first_row_twice(frames["deciles"])

    [row] = run_suites({"deciles": table}, {"deciles": suite}).to_pylist()

    assert row["detail"] == (
        "found signal='total_backlinks' outcome='ai_mentions' "
        "platform='chatgpt' decile=1"
    )


def test_great_expectations_opens_the_files_as_its_own(tmp_path):
    import great_expectations as gx

    context = gx.get_context(mode="file", project_root_dir=tmp_path)
    stored = tmp_path / "gx" / "expectations"
    for name, suite in SUITES.items():
        (stored / f"{name}.json").write_text(json.dumps(suite))
        opened = context.suites.get(name)
        assert [one.meta["id"] for one in opened.expectations] == [
            one["meta"]["id"] for one in suite["expectations"]
        ]


def test_no_expectation_repeats_a_key_or_a_not_null():
    """Data tests and contracts of dbt have those."""
    for suite in SUITES.values():
        for one in suite["expectations"]:
            assert "unique" not in one["type"] or "count" in one["type"]
            if "not_be_null" in one["type"]:
                column = one["kwargs"]["column"]
                fields = findings_schema(suite["name"])
                assert fields.field(column).nullable, one["meta"]["id"]


def test_the_suites_see_no_column_that_they_do_not_name(built_sample):
    with duckdb.connect(config={"memory_limit": "500MB"}) as connection:
        for table, suite in SUITES.items():
            frame = built_sample.frame(f"from findings.{table}")
            asked = asked_columns(connection.from_df(frame), suite).columns
            kwargs = [one["kwargs"] for one in suite["expectations"]]
            if all("column" in one for one in kwargs):
                assert set(asked) == {one["column"] for one in kwargs}


@pytest.mark.parametrize(
    ("expectation_type", "kwargs", "asked"),
    [
        ("expect_column_values_to_be_unique", {"column": "b"}, ["b"]),
        (
            "expect_column_pair_values_to_be_equal",
            {"column_A": "c", "column_B": "a"},
            ["a", "c"],
        ),
        (
            "expect_compound_columns_to_be_unique",
            {"column_list": ["b", "a"]},
            ["a", "b"],
        ),
        (
            "expect_column_values_to_be_unique",
            {"column": "b", "row_condition": "c > 0"},
            ["a", "b", "c"],
        ),
        ("expect_table_row_count_to_equal", {"value": 1}, ["a", "b", "c"]),
        ("expect_column_values_to_be_unique", {"column": "d"}, ["a", "b", "c"]),
    ],
)
def test_a_suite_is_given_what_it_may_read(expectation_type, kwargs, asked):
    suite = one_suite(expectation_type, **kwargs)["made"]
    with duckdb.connect(config={"memory_limit": "500MB"}) as connection:
        table = connection.sql("select 1 as a, 2 as b, 3 as c")

        assert asked_columns(table, suite).columns == asked


def test_an_expectation_that_cannot_be_computed_is_not_met(frames):
    table = frames["replication"].drop(columns="status")

    found = run_suites(
        {"replication": table}, {"replication": SUITES["replication"]}
    ).to_pylist()

    [failed] = [row for row in found if not row["is_met"]]
    assert failed["expectation_id"] == "replication_states_a_status"
    assert "status" in failed["detail"]


def test_a_suite_of_a_table_that_is_not_given_is_an_error(frames):
    with pytest.raises(KeyError, match="deciles"):
        run_suites(
            {"domains": frames["domains"]}, {"deciles": SUITES["deciles"]}
        )


def test_a_suite_of_a_table_that_the_model_does_not_read_is_one_sentence():
    with (
        duckdb.connect(config={"memory_limit": "500MB"}) as connection,
        pytest.raises(LinksignalError, match=r"data_quality.py does not read"),
    ):
        tables = {"domains": connection.sql("select 1 as a")}
        asked_frames(tables, {"deciles": SUITES["deciles"]})


ENTRY = {
    "type": "expect_column_values_to_be_between",
    "kwargs": {"column": "share", "max_value": 1},
    "meta": {"id": "shares"},
    "severity": "critical",
}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "made.json: it is no JSON"),
        ("[]", "made.json: a suite has a name and expectations"),
        ('{"name": "made"}', "made.json: a suite has a name and expectations"),
        *(
            (
                json.dumps({"name": "made", "expectations": [ENTRY, wrong]}),
                "made.json: expectation 2 needs a type, kwargs, and a meta.id",
            )
            for wrong in (
                "shares",
                {**ENTRY, "meta": {}},
                {name: ENTRY[name] for name in ("type", "kwargs")},
                {**ENTRY, "kwargs": ["share"]},
            )
        ),
        (
            json.dumps({"name": "made", "expectations": [ENTRY, ENTRY]}),
            "made.json: the meta.id 'shares' is one of made.json too",
        ),
    ],
)
def test_a_file_that_is_no_suite_is_one_sentence(text, reason, tmp_path):
    (tmp_path / "made.json").write_text(text, encoding="utf-8")

    with pytest.raises(LinksignalError, match=re.escape(reason)) as error:
        read_suites(tmp_path)

    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"severity": "error"}, "one of: critical, warning, info"),
        ({"type": "expect_column_values_to_be_fine"}, "to_be_fine not found"),
        ({"kwargs": {"max_value": 1}}, "column field required"),
        ({"kwargs": {"column": "share", "most": 1}}, "most extra fields"),
        ({"sort": 1}, "unexpected keyword argument 'sort'"),
    ],
)
def test_an_expectation_that_would_be_passed_over_is_one_sentence(
    changes, reason
):
    suites = {"made": {"name": "made", "expectations": [{**ENTRY, **changes}]}}
    made = {"made": pd.DataFrame({"share": [0.5]})}

    with pytest.raises(LinksignalError, match=reason) as error:
        run_suites(made, suites)

    assert str(error.value).startswith("quality/suites/made.json: shares: ")
    assert "\n" not in str(error.value)


def one_suite(expectation_type, **kwargs):
    """The suite of one expectation on the table ``made``."""
    expectation = {
        "type": expectation_type,
        "kwargs": kwargs,
        "meta": {"id": "the_only_one"},
        "severity": "critical",
    }
    return {"made": {"name": "made", "expectations": [expectation]}}


@pytest.mark.parametrize(
    ("weights", "is_met"), [((3, 1), True), ((1, 3), False)]
)
def test_an_expectation_that_needs_a_rare_module_gets_it(weights, is_met):
    partition = {
        "values": ["a", "b"],
        "weights": [weight / 4 for weight in weights],
    }
    suites = one_suite(
        "expect_column_kl_divergence_to_be_less_than",
        column="letter",
        partition_object=partition,
        threshold=0.01,
    )
    made = pd.DataFrame({"letter": ["a", "a", "a", "b"]})

    [row] = run_suites({"made": made}, suites).to_pylist()

    assert row["is_met"] == is_met
    assert is_met or row["detail"].startswith("observed 0.5")


def test_a_module_that_is_left_out_is_imported_as_ever_afterwards():
    code = """
import sys
from linksignal.quality.expectations import imported_when_used
with imported_when_used("colorsys", "json.tool"):
    import colorsys as stand, json.tool
    assert type(stand).__name__ != "module"
assert "colorsys" not in sys.modules and "json.tool" not in sys.modules
assert stand.rgb_to_hsv(0, 0, 0) == (0.0, 0.0, 0.0)
import colorsys, json.tool
assert colorsys.rgb_to_hsv is stand.rgb_to_hsv and json.tool.main
with imported_when_used("wave"):
    import wave
    assert wave.open and sys.modules["wave"].open is wave.open
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_module_that_is_imported_already_stays():
    with imported_when_used("json"):
        assert sys.modules["json"] is json


def test_the_suites_do_not_import_what_they_do_not_use():
    suites = one_suite(
        "expect_column_values_to_be_between", column="share", max_value=1
    )
    code = f"""
import sys
import pandas as pd
from linksignal.quality.expectations import run_suites
made = {{"made": pd.DataFrame({{"share": [0.5]}})}}
found = run_suites(made, {suites!r}).to_pylist()
assert found[0]["is_met"]
print(*(name for name in {RARELY_USED!r} if name in sys.modules))
"""
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert run.stdout.strip() == ""
