"""Each macro has an example and an alternative, or one that it refuses.

A test is named after the macro it is about.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import shlex
import shutil
from importlib import metadata

import duckdb
import pytest
from linksignal import dbt_guard
from linksignal.contract import CONTRACT_FILE, read_yaml
from linksignal.dbt_guard import Plugin

SNIPPETS = {
    "as_of_limit": "as_of_limit()",
    "columns_of": "columns_of('study')",
    "columns_of_none": "columns_of('nonsense')",
    "distinct_items": "distinct_items('lists')",
    "findings_schema": "generate_schema_name('findings', none)",
    "default_schema": "generate_schema_name(none, none)",
    "hand_over": "hand_over('domain_links')",
    "handed_over": "handed_over('domain_links')",
    "has_list": "has_raw('study_domains')",
    "has_totals": "has_raw('ai_totals')",
    "has_links": "has_raw('backlinks')",
    "in_answer_window": "in_answer_window()",
    "in_totals_window": "in_totals_window()",
    "inlined": "inlined()",
    "no_text_items": "no_text_items()",
    "raw_type": "raw_type('varchar')",
    "row_hash": "row_hash(['one', 'other'])",
    "text_hash": "row_hash(['address'])",
    "spark": "{"
    "'distinct_items': linksignal.spark__distinct_items('lists'),"
    "'inlined': linksignal.spark__inlined(),"
    "'no_text_items': linksignal.spark__no_text_items(),"
    "'raw_readings': linksignal.spark__raw_readings(),"
    "'raw_type': linksignal.spark__raw_type('varchar'),"
    "'row_hash': linksignal.spark__row_hash(['one', 'other'])}",
    "setting": "setting('link_count_tolerance')",
    "in_study": "in_study('domain')",
    "is_plain_name": "is_plain_name('name')",
    "is_study_reference": "is_study_reference()",
    "reads_only": "reads_only('formula', ['a', 'b'])",
    "reads_anything": "reads_only('formula', [])",
    "larger_first": "larger_first(['large', 'small'])",
    "lookup": "lookup('signals') | map(attribute='signal') | list",
    "on_spark": "on_spark()",
    "outcome_counts": "outcome_counts()",
    "outcomes": "outcomes('counted_where') | map(attribute='outcome') | list",
    "outcomes_of_answers": "outcomes_of_answers"
    "('mentions', 'asked', 'is_main')",
    "package_dir": "package_dir()",
    "pasted": "'$$' ~ pasted(\"it's\") ~ '$$'",
    "percentile": "percentile('value', ['kind', 'place'], 3)",
    "process_fact": "process_fact('linksignal_dir') if execute else ''",
    "raw_dir": "raw_dir()",
    "raw_links": "raw('backlinks')",
    "raw_totals": "raw('ai_totals')",
    "raw_columns": "raw_columns('backlinks') if execute else []",
    "raw_contract": "(raw_contract('ai_totals').columns if execute else {})"
    " | list",
    "raw_files": "raw_files('loads', '*.txt')",
    "raw_readings": "raw_readings()",
    "raw_relation": "raw_relation('backlinks')",
    "raw_time_readings": "raw_time_readings()",
    "reads_handover": "reads_handover()",
    "reads_database": "reads_database()",
    "selected_packages": "selected_packages()",
    "settings": "settings()",
    "share": "share('part', 'rest')",
    "signal_key": "signal_key('name')",
    "text_list": "text_list('backlink_source_priority')",
    "words": "words('text')",
}
DAY_AND_TIME = dt.datetime(2025, 1, 2, 3, 4, 5, 500000)
TEMPLATE = "{{{{ {{{}}} | tojson }}}}".format(
    ", ".join(f"'{name}': {call}" for name, call in SNIPPETS.items())
)

EVERY_SETTING = {
    "links_from": "rows",
    "study_name": "Banks' {{ names }} & <b>",
    "market": "São Paulo",
    "answers_from": "2025-01-02",
    "answers_to": "2025-01-03",
    "backlinks_as_of": "2025-02-01",
    "country": "us",
    "language": "en",
    "authority_source": "simulated",
    "backlink_source_priority": "semrush, ahrefs",
    "seed": 1,
    "resample_count": 500,
    "draw_count": 99,
    "ci_level": 0.9,
    "equivalence_margin": 0.1,
    "cluster_by": "category",
    "flat_ratio": 1.5,
    "link_count_tolerance": 0,
}


@pytest.fixture(scope="module")
def database(built_sample, tmp_path_factory):
    return built_sample.copy(tmp_path_factory.mktemp("macros"))


@pytest.fixture(scope="module")
def compiled(dbt, database, parsed):
    def compile_snippets(manifest=parsed, **variables):
        outcome = dbt(
            *("compile", "--inline", TEMPLATE),
            database=database,
            variables=variables,
            manifest=manifest,
        )
        assert outcome.exit_code == 0, outcome.output
        return json.loads(outcome.result.results[0].node.compiled_code)

    return compile_snippets


@pytest.fixture(scope="module")
def by_default(compiled):
    return compiled()


@pytest.fixture(scope="module")
def landing(project_dir, tmp_path_factory):
    """Give a raw folder outside the project that holds link rows only."""
    folder = tmp_path_factory.mktemp("landing")
    (folder / "backlinks").mkdir()
    sample = project_dir / "seeds/sample/backlinks/*.parquet"
    duckdb.execute(f"""
        copy (from read_parquet('{sample}') limit 1)
        to '{folder}/backlinks/one.parquet'
    """)
    return folder


@pytest.fixture(scope="module")
def when_set(compiled, landing):
    return compiled(**EVERY_SETTING, raw_dir=f"{landing}/")


@pytest.fixture
def start(dbt, database, parsed):
    """Check what every run checks before it builds anything."""

    def check(**variables):
        return dbt(
            *("run-operation", "check_settings"),
            database=database,
            variables=variables,
            manifest=parsed,
        )

    return check


@pytest.fixture
def build(dbt, database, parsed):
    """Build one small seed."""

    def build(**variables):
        return dbt(
            *("build", "--select", "outcomes"),
            database=database,
            variables=variables,
            manifest=parsed,
        )

    return build


def value(expression, **columns):
    names = ", ".join(f"? as {name}" for name in columns)
    query = f"select {expression} from (select {names or 1})"
    with duckdb.connect() as connection:
        row = connection.execute(query, list(columns.values())).fetchone()
    return row[0]


def assert_refused(outcome, sentence):
    """An operation that fails exits with 1, whatever failed."""
    assert outcome.exit_code == 1
    assert f"\n  {sentence}" in outcome.output
    assert "Traceback" not in outcome.output


def test_every_macro_has_an_example(project_dir):
    macros = {path.stem for path in project_dir.glob("macros/**/*.sql")}
    tests = [name for name in globals() if name.startswith("test_")]
    untested = {
        macro
        for macro in macros
        if not any(name.startswith(f"test_{macro}_") for name in tests)
    }

    assert untested == set()


# --- SQL expressions ---------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Is ACME any good?", "is acme any good"),
        ("  two\t\n words ", "two words"),
        ("AT&T", "at t"),
        ("Cafe\u0301 M\u00fcller", "caf\u00e9 m\u00fcller"),
        ("3M \u6771\u4eac", "3m \u6771\u4eac"),
        ("?!", ""),
        (None, None),
    ],
)
def test_words_are_lower_case_between_single_spaces(by_default, text, expected):
    assert value(by_default["words"], text=text) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Branded searches", "branded_searches"),
        (" web-mentions (all) ", "web_mentions_all"),
        ("\u691c\u7d22", "\u691c\u7d22"),
        ("?", ""),
    ],
)
def test_signal_key_is_the_words_of_a_name(by_default, name, expected):
    assert value(by_default["signal_key"], name=name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("follow_links", True),
        ("top10", True),
        ("10_top", False),
        ("Follow", False),
        ("follow links", False),
        ("", False),
        (None, False),
    ],
)
def test_is_plain_name_wants_letters_digits_and_underscores(
    by_default, name, expected
):
    assert value(by_default["is_plain_name"], name=name) is expected


@pytest.mark.parametrize(
    ("expression", "expected", "in_any_columns"),
    [
        ("a / nullif(B, 0)", True, True),
        ("1", True, True),
        ("a / c", False, True),
        ("a +", False, False),
        (None, None, None),
    ],
)
def test_reads_only_tells_other_columns_and_what_is_no_sql(
    by_default, expression, expected, in_any_columns
):
    found = [
        value(by_default[name], formula=expression)
        for name in ("reads_only", "reads_anything")
    ]
    assert found == [expected, in_any_columns]


def test_columns_of_a_model_are_the_documented_ones(by_default, built_sample):
    nodes = built_sample.manifest["nodes"]
    documented = nodes["model.linksignal.study"]["columns"]
    assert by_default["columns_of"] == list(documented)
    assert by_default["columns_of_none"] == []


def test_lookup_has_the_rows_of_the_file_in_order(by_default, built_sample):
    expected = built_sample.frame(
        "select signal from lookups.signals order by sort_order"
    )
    assert by_default["lookup"] == expected["signal"].to_list()


def test_outcomes_are_those_with_a_value_in_the_column(by_default):
    assert by_default["outcomes"] == [
        "ai_mentions",
        "unbranded_mentions",
        "citations",
        "brand_mentions",
    ]


def test_outcome_counts_count_where_the_lookup_says(by_default):
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {by_default['outcome_counts']} from (values "
            "(true, false, true), (true, true, null), (false, true, false)) "
            "as answers(is_cited, is_mentioned, is_branded)"
        ).df()
    assert found.to_dict("records") == [
        {
            "ai_mentions": 3,
            "unbranded_mentions": 2,
            "citations": 2,
            "brand_mentions": 2,
        }
    ]


def test_outcomes_of_answers_are_zero_or_a_share(by_default):
    with duckdb.connect() as connection:
        found = connection.execute(
            f"select {by_default['outcomes_of_answers']} from (values "
            "('gemini', 4, 3), ('gemini', null, null), ('gemini', 2, 1), "
            "('claude', 2, 0)) "
            "as mentions(asked, ai_mentions, unbranded_mentions)"
        ).fetchall()
    assert sorted(found, key=str) == [(0, 0.0), (2, 0.25), (2, None), (4, 0.75)]


@pytest.mark.parametrize(
    ("part", "rest", "expected"),
    [(1, 3, 0.25), (0, 3, 0.0), (3, 0, 1.0), (0, 0, None), (1, None, None)],
)
def test_share_is_unknown_at_0_of_0(by_default, part, rest, expected):
    assert value(by_default["share"], part=part, rest=rest) == expected


def test_percentile_counts_less_and_half_of_equals_among_enough(by_default):
    rows = [
        *(("a", "x", value) for value in (1, 2, 2, 9)),
        *(("b", "x", value) for value in (5, 5, 5)),
        *(("a", "y", value) for value in (1, 2)),
        *(("a", None, value) for value in (1, 2, 3)),
    ]
    with duckdb.connect() as connection:
        connection.execute(
            "create table peers (kind varchar, place varchar, value integer)"
        )
        connection.executemany("insert into peers values (?, ?, ?)", rows)
        found = connection.execute(
            f"select kind, place, value, {by_default['percentile']} "
            "from peers order by all"
        ).fetchall()

    assert found == [
        ("a", "x", 1, 12.5),
        ("a", "x", 2, 50.0),
        ("a", "x", 2, 50.0),
        ("a", "x", 9, 87.5),
        ("a", "y", 1, None),
        ("a", "y", 2, None),
        *(("a", None, value, None) for value in (1, 2, 3)),
        *(("b", "x", 5, 50.0) for _ in range(3)),
    ]


def test_larger_first_compares_in_column_order_with_nulls_last(by_default):
    rows = [(1, 9), (2, None), (None, 9), (2, 1), (2, 2)]
    with duckdb.connect() as connection:
        connection.execute("create table pairs (large integer, small integer)")
        connection.executemany("insert into pairs values (?, ?)", rows)
        ordered = connection.execute(
            f"from pairs order by {by_default['larger_first']}"
        ).fetchall()

    assert ordered == [(2, 2), (2, 1), (2, None), (1, 9), (None, 9)]


def test_text_list_is_empty_without_the_setting(by_default):
    assert value(by_default["text_list"]) == []


def test_text_list_splits_the_setting_at_commas(when_set):
    assert value(when_set["text_list"]) == ["semrush", "ahrefs"]


def test_as_of_limit_lets_every_snapshot_pass_by_default(by_default):
    assert value(by_default["as_of_limit"]) is True


@pytest.mark.parametrize(
    ("as_of", "expected"), [("2025-02-01", True), ("2025-02-02", False)]
)
def test_as_of_limit_includes_the_day_that_is_set(when_set, as_of, expected):
    condition = when_set["as_of_limit"].replace("as_of", "as_of::date")

    assert value(condition, as_of=as_of) is expected


def test_in_answer_window_lets_every_answer_pass_by_default(by_default):
    assert value(by_default["in_answer_window"]) is True


@pytest.mark.parametrize(
    ("answered_at", "country", "language", "expected"),
    [
        ("2025-01-01 23:59:59", "us", "en", False),
        ("2025-01-02 00:00:00", "us", "en", True),
        ("2025-01-03 23:59:59", "us", "en", True),
        ("2025-01-04 00:00:00", "us", "en", False),
        (None, "us", "en", False),
        ("2025-01-02 00:00:00", "de", "en", False),
        ("2025-01-02 00:00:00", None, "en", False),
        ("2025-01-02 00:00:00", "us", "fr", False),
        ("2025-01-02 00:00:00", "us", None, False),
    ],
)
def test_in_answer_window_leaves_out_what_is_unknown(
    when_set, answered_at, country, language, expected
):
    condition = when_set["in_answer_window"].replace(
        "answered_at", "answered_at::timestamp"
    )
    columns = {
        "answered_at": answered_at,
        "country": country,
        "language": language,
    }

    assert value(condition, **columns) is expected


@pytest.fixture(scope="module")
def with_window(compiled):
    return compiled(answers_from="2025-01-02", answers_to="2025-01-03")


def test_in_totals_window_takes_none_for_one_country_or_language(when_set):
    condition = when_set["in_totals_window"].replace("_start", "_start::date")
    condition = condition.replace("_end", "_end::date")

    assert (
        value(condition, period_start="2025-01-02", period_end="2025-01-03")
        is False
    )


def test_setting_is_text_wherever_it_is_read(by_default, when_set):
    assert by_default["setting"] == "0.1"
    assert when_set["setting"] == "0"


def test_setting_keeps_a_quote_out_of_sql_where_nothing_checks_first(
    dbt, database, parsed
):
    outcome = dbt(
        *("compile", "--inline", "select {{ in_answer_window() }}"),
        database=database,
        variables={"country": "u'"},
        manifest=parsed,
    )

    assert outcome.exit_code != 0
    assert "var 'country' has the value 'u'' and must be two" in outcome.output


def test_in_totals_window_lets_every_total_pass_by_default(by_default):
    assert value(by_default["in_totals_window"]) is True


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2025-01-02", "2025-01-03", True),
        ("2025-01-01", "2025-01-03", False),
        ("2025-01-02", "2025-01-04", False),
        (None, "2025-01-03", False),
    ],
)
def test_in_totals_window_takes_whole_periods(
    with_window, start, end, expected
):
    condition = with_window["in_totals_window"].replace(
        "_start", "_start::date"
    )
    condition = condition.replace("_end", "_end::date")

    assert value(condition, period_start=start, period_end=end) is expected


def test_in_study_holds_for_study_domains_only(built_sample, by_default):
    found = built_sample.frame(f"""
        select {by_default["in_study"]} as is_in_study
        from (
            select min(domain) as domain from staging.stg_study_domains
            union all
            select 'not in the study' as domain
        )
    """)

    assert sorted(found["is_in_study"]) == [False, True]


def test_is_study_reference_holds_for_study_domains_and_names(
    built_sample, by_default
):
    found = built_sample.frame(f"""
        select number, {by_default["is_study_reference"]} as is_kept
        from (
            select unnest([1, 6]) as number, min(domain) as domain,
                null as brand, unnest(['citation', 'retrieval']) as kind
            from staging.stg_study_domains
            union all
            select unnest([2, 3, 4, 5]), unnest(['no.com', 'no.com', null]),
                unnest(['Acme', null, 'Acme']), 'mention'
        )
        order by number
    """)

    # A name beside a domain does not help; neither names anybody; what a
    # search found is no reference of the answer.
    kept = [True, False, False, True, False, False]
    assert list(found["is_kept"]) == kept


# --- names and lists ---------------------------------------------------------


def test_generate_schema_name_gives_the_folder_without_a_prefix(by_default):
    assert by_default["findings_schema"] == "findings"
    assert by_default["default_schema"] == "main"


def test_settings_are_the_vars_of_the_project(by_default, project_dir):
    project = read_yaml(project_dir / "dbt_project.yml")

    assert set(by_default["settings"]) == set(project["vars"])


# --- raw tables --------------------------------------------------------------


def test_raw_dir_is_relative_to_the_project(by_default, project_dir):
    assert by_default["raw_dir"] == str(project_dir / "seeds/sample")


def test_raw_files_are_a_pattern_in_sql(by_default, project_dir):
    sample = project_dir / "seeds/sample"
    assert by_default["raw_files"] == f"'{sample}/loads/*.txt'"


def test_raw_dir_may_be_absolute(when_set, landing):
    assert when_set["raw_dir"] == str(landing)


def test_has_raw_tells_the_tables_that_are_there(by_default, when_set):
    assert by_default["has_links"] and by_default["has_list"]
    assert not by_default["has_totals"]
    assert when_set["has_links"]
    assert not when_set["has_list"]


def test_raw_reads_the_files_of_a_table(when_set):
    assert duckdb.sql(f"from {when_set['raw_links']}").shape[0] == 1


def test_raw_columns_are_those_of_the_contract_each_with_its_expression(
    when_set, project_dir
):
    contract = read_yaml(CONTRACT_FILE)
    (table,) = (
        table
        for table in contract["sources"][0]["tables"]
        if table["name"] == "backlinks"
    )
    found = {
        column["name"]: column["expression"]
        for column in when_set["raw_columns"]
    }

    assert [*found] == [column["name"] for column in table["columns"]]
    assert found["target_domain"] == '"target_domain"'


def test_raw_contract_is_what_the_project_says_of_a_raw_table(
    by_default, project_dir
):
    contract = read_yaml(CONTRACT_FILE)
    columns = {
        table["name"]: [column["name"] for column in table["columns"]]
        for table in contract["sources"][0]["tables"]
    }

    assert by_default["raw_contract"] == columns["ai_totals"]


def test_raw_readings_read_every_type_of_the_contract(by_default, project_dir):
    contract = read_yaml(CONTRACT_FILE)
    types = {
        column["data_type"]
        for table in contract["sources"][0]["tables"]
        for column in table["columns"]
    }

    assert set(by_default["raw_readings"]) == types


def test_spark_raw_readings_read_every_type_of_the_contract(by_default):
    readings = by_default["spark"]["raw_readings"]

    assert set(readings) == set(by_default["raw_readings"])
    assert reading(readings, "timestamp", "timestamp_ntz") == ("VALUE", None)
    _, condition = reading(readings, "bigint", "double")
    assert "VALUE = floor(VALUE)" in condition


def test_raw_type_is_a_type_of_the_engine(by_default):
    assert by_default["raw_type"] == "varchar"
    assert by_default["spark"]["raw_type"] == "string"


def test_inlined_keeps_duckdb_alone_from_storing_links(by_default):
    assert by_default["inlined"] == "not materialized"
    assert by_default["spark"]["inlined"] == ""


@pytest.mark.parametrize(
    ("lists", "items"),
    [([["b", "a"], ["a", None]], ["a", "b"]), ([None, None], [])],
)
def test_distinct_items_are_sorted_and_lack_null(by_default, lists, items):
    expression = by_default["distinct_items"]
    rows = duckdb.execute(
        f"select {expression} from (select unnest(?::varchar[][]) as lists)",
        [lists],
    )

    assert rows.fetchone() == (items,)
    assert by_default["spark"]["distinct_items"].count("lists") == 1


def test_no_text_items_are_an_empty_list(by_default):
    assert value(by_default["no_text_items"]) == []
    assert by_default["spark"]["no_text_items"] == (
        "cast(array() as array<string>)"
    )


def test_row_hash_tells_null_and_order_apart(by_default):
    rows = [("a", None), (None, "a"), (None, None), ("", None), ("a", "a")]
    hashes = {
        value(by_default["row_hash"], one=one, other=other)
        for one, other in rows
    }

    assert len(hashes) == len(rows)
    # xxhash64 passes over NULL.
    assert by_default["spark"]["row_hash"] == (
        "xxhash64(one, isnull(one), other, isnull(other))"
    )


@pytest.mark.parametrize(
    "address",
    [
        "'https://site' || lpad((i // 1000)::text, 4, '0') || '.example' "
        "|| 'page' || lpad((i % 1000)::text, 4, '0') || '/index.h'",
        "'https://mag' || (i // 200) || '-sim.net/p/' || (i * 7919 % 100000)",
        "'xn--' || lpad((i // 1000)::text, 8, '0') "
        "|| lpad((i % 1000 * 7919)::text, 8, '0') || '.example'",
        "'https://пример.рф/' || (i // 1000) || '/ü/' || (i % 1000)",
    ],
)
def test_the_hash_of_a_text_tells_texts_alike_apart(by_default, address):
    """DuckDB's own gives one in five of the first addresses to another."""
    text_hash = by_default["text_hash"]
    query = f"""
        with addresses as (select {address} as address from range(1000000) t(i))
        select count(distinct address), count(distinct {text_hash})
        from addresses
    """

    with duckdb.connect(config={"memory_limit": "1GB"}) as connection:
        found = connection.execute(query).fetchall()
    assert found == [(1_000_000, 1_000_000)]


def test_on_spark_is_false_on_duckdb(by_default):
    assert by_default["on_spark"] is False


def test_hand_over_writes_nothing_on_duckdb(by_default):
    assert by_default["hand_over"] == ""


@pytest.fixture
def handover(tmp_path, project_dir):
    """Give a raw folder with hand-overs of one run, and write others."""
    shutil.copytree(project_dir / "seeds/sample", tmp_path / "raw")
    links = read_yaml(project_dir / "models/staging/_links.yml")
    tables = links["sources"][0]["tables"]

    def write(table, run):
        folder = tmp_path / "raw" / "links" / table
        folder.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"""
            copy (select '{run}' as handed_over_by)
            to '{folder}/part-0.parquet'
        """)
        (folder / "_SUCCESS").touch()

    for table in tables:
        write(table["name"], "one")
    return tmp_path / "raw", write


def test_handed_over_reads_what_lies_beside_the_raw_tables(compiled, handover):
    folder, _ = handover
    found = compiled(raw_dir=str(folder), links_from="spark")

    assert duckdb.sql(f"from {found['handed_over']}").fetchall() == [("one",)]


def test_reads_handover_is_a_setting(by_default, compiled, handover):
    folder, _ = handover

    assert by_default["reads_handover"] is False
    found = compiled(raw_dir=str(folder), links_from="spark")
    assert found["reads_handover"] is True


def test_check_handover_passes_tables_of_one_run(start, handover):
    folder, _ = handover
    outcome = start(raw_dir=str(folder), links_from="spark")

    assert outcome.exit_code == 0, outcome.output


def test_check_handover_refuses_tables_of_several_runs(start, handover):
    folder, write = handover
    write("linking_domains", "another")

    assert_refused(
        start(raw_dir=str(folder), links_from="spark"),
        f"the tables in {folder}/links are of several runs of Spark",
    )


def test_check_handover_refuses_a_table_that_is_half_written(start, handover):
    folder, _ = handover
    (folder / "links" / "domain_links" / "_SUCCESS").unlink()

    assert_refused(
        start(raw_dir=str(folder), links_from="spark"),
        f"var 'links_from' is spark, and {folder}/links/domain_links holds",
    )


def reading(readings, data_type, delivered):
    """Expression and condition of the first reading of a delivered type."""
    return next(
        (expression, condition)
        for pattern, expression, condition in readings[data_type]
        if re.fullmatch(pattern, delivered)
    )


@pytest.mark.parametrize(
    ("number", "is_whole"),
    [("7", True), ("-7.0", True), ("7.5", False), ("1e30", False)],
)
def test_raw_readings_take_whole_numbers_for_counts_alone(
    by_default, number, is_whole
):
    expression, condition = reading(
        by_default["raw_readings"], "bigint", "DOUBLE"
    )
    number = f"{number}::double"

    assert value(condition.replace("VALUE", number)) is is_whole
    if is_whole:
        read = value(expression.replace("VALUE", number))
        assert read == int(float(number.partition("::")[0]))


@pytest.mark.parametrize(
    ("data_type", "text", "expected"),
    [
        ("date", "2025-01-02", dt.date(2025, 1, 2)),
        ("date", "2025-02-30", None),
        ("date", "02.01.2025", None),
        ("timestamp", "2025-01-02T03:04:05.5Z", DAY_AND_TIME),
        ("timestamp", "2025-01-02 03:04:05.5", DAY_AND_TIME),
        ("timestamp", "2025-01-02T03:04:05+02:00", None),
        ("timestamp", "2025-01-02 25:00", None),
    ],
)
def test_raw_time_readings_take_no_text_that_must_be_guessed(
    by_default, data_type, text, expected
):
    expression, condition = reading(
        by_default["raw_time_readings"], data_type, "VARCHAR"
    )

    is_read = value(condition.replace("VALUE", f"'{text}'"))
    assert is_read is (expected is not None)
    if is_read:
        assert value(expression.replace("VALUE", f"'{text}'")) == expected


def test_raw_relation_has_all_files_of_a_table_whatever_their_columns(
    compiled, landing, tmp_path
):
    shutil.copytree(landing / "backlinks", tmp_path / "backlinks")
    duckdb.execute(f"""
        copy (select 'a.com' as target_domain, 1 as more)
        to '{tmp_path}/backlinks/two.parquet'
    """)

    relation = compiled(raw_dir=str(tmp_path))["raw_relation"]

    found = duckdb.execute(f"select more from {relation}").fetchall()
    assert sorted(found, key=str) == [(1,), (None,)]


@pytest.fixture
def changed(dbt, database, parsed, landing, tmp_path):
    """Check the values of a table of links of which one column is changed."""

    def check(name, expression):
        (tmp_path / "backlinks").mkdir()
        links = landing / "backlinks/one.parquet"
        duckdb.execute(f"""
            copy (
                select
                    columns(lambda c: c <> '{name}'),
                    {expression} as {name}
                from '{links}'
            ) to '{tmp_path}/backlinks/one.parquet'
        """)
        return dbt(
            *("run-operation", "check_raw_values"),
            *("--args", "{table: backlinks}"),
            database=database,
            variables={"raw_dir": str(tmp_path)},
            manifest=parsed,
        )

    return check


@pytest.mark.parametrize(
    ("name", "expression"), [("is_nofollow", "1"), ("is_lost", "null::blob")]
)
def test_raw_expression_reads_what_no_value_speaks_against(
    changed, name, expression
):
    outcome = changed(name, expression)

    assert outcome.exit_code == 0, outcome.output


@pytest.mark.parametrize(
    ("name", "expression", "sentence"),
    [
        (
            *("is_nofollow", "2"),
            "is_nofollow as INTEGER, with the value 2: write it as boolean",
        ),
        ("is_lost", "'\\x00'::blob", "is_lost as BLOB: write it as boolean"),
    ],
)
def test_raw_expression_refuses_a_value_that_must_be_guessed(
    changed, name, expression, sentence
):
    outcome = changed(name, expression)

    assert outcome.exit_code != 0
    assert f"\n  the raw table backlinks has {sentence}\n" in outcome.output


@pytest.mark.parametrize(
    ("name", "expression", "sentence"),
    [
        ("as_of", "null::date", "the as_of NULL: a record needs the day"),
        ("as_of", "date '9999-01-01'", "the as_of 9999-01-01: a record needs"),
        (
            *("link_count", "2 * 1000000000000000000"),
            "the link_count 2000000000000000000: counts beyond",
        ),
    ],
)
def test_check_raw_values_refuses_days_and_counts_that_nothing_can_have(
    changed, name, expression, sentence
):
    outcome = changed(name, expression)

    assert outcome.exit_code != 0
    assert f"\n  the raw table backlinks has {sentence}" in outcome.output
    assert "Traceback" not in outcome.output


def test_check_raw_values_passes_what_was_loaded(changed):
    outcome = changed("as_of", "as_of")

    assert outcome.exit_code == 0, outcome.output


def test_raw_gives_an_absent_table_its_columns_and_types(
    by_default, project_dir
):
    contract = read_yaml(CONTRACT_FILE)
    [table] = [
        table
        for table in contract["sources"][0]["tables"]
        if table["name"] == "ai_totals"
    ]

    absent = duckdb.sql(f"from {by_default['raw_totals']}")

    assert absent.shape[0] == 0
    assert absent.columns == [column["name"] for column in table["columns"]]
    assert [str(kind).lower() for kind in absent.types] == [
        column["data_type"] for column in table["columns"]
    ]


def test_reads_database_when_a_schema_is_named(
    database, compiled, by_default, landing
):
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"""
            create schema landing;
            create table landing.backlinks as
            from read_parquet('{landing}/backlinks/*.parquet');
        """)

    read = compiled(manifest=None, raw_schema="landing")

    assert not by_default["reads_database"]
    assert read["reads_database"]
    assert read["has_links"]
    assert not read["has_totals"]
    assert 'from "linksignal"."landing"."backlinks"' in read["raw_links"]
    assert "where false" in read["raw_totals"]


# --- the start of a run ------------------------------------------------------


def test_check_settings_passes_good_values(build):
    outcome = build(**EVERY_SETTING)

    assert outcome.exit_code == 0
    assert outcome.statuses["outcomes"] == "success"


def test_check_settings_ends_a_build_before_it_begins(build):
    outcome = build(answers_from="2025-02-30")

    assert outcome.exit_code == 2
    assert outcome.statuses == {}
    assert "\n  var 'answers_from' has the value '2025-02-30'" in outcome.output
    assert "Traceback" not in outcome.output


def test_check_var_names_refuses_an_unknown_var(start, project_dir):
    project = read_yaml(project_dir / "dbt_project.yml")
    assert_refused(
        start(answers_form="2025-01-01"),
        "unknown var 'answers_form': the vars are "
        f"{', '.join(project['vars'])}\n",
    )


def test_package_dir_is_where_the_seeds_are(by_default, project_dir):
    assert by_default["package_dir"] == str(project_dir)


def test_process_fact_tells_what_the_plugin_knows(by_default, project_dir):
    assert by_default["process_fact"] == str(project_dir)


@pytest.fixture
def check_package(dbt, database, parsed):
    """Check as in a project of which linksignal is a package."""

    def run(operation="check_package", **words):
        return dbt(
            *("run-operation", operation, "--args", json.dumps(words)),
            database=database,
            manifest=parsed,
        )

    return run


def test_check_package_passes_the_package_itself(check_package):
    assert check_package().exit_code == 0


def test_check_python_package_refuses_another_version(
    check_package, monkeypatch, project_dir
):
    project = read_yaml(project_dir / "dbt_project.yml")
    monkeypatch.setattr(metadata, "version", lambda _: "0.0.7")
    # As in a process of its own, whatever this one has read before.
    monkeypatch.setattr(
        dbt_guard, "_declaration", dbt_guard._declaration.__wrapped__
    )
    assert_refused(
        check_package(),
        "the Python package linksignal is 0.0.7 and the dbt package "
        f"{project['version']}: install both in one version",
    )


def test_check_python_package_refuses_a_profile_without_the_plugin(
    check_package, monkeypatch
):
    monkeypatch.setattr(Plugin, "configure_cursor", lambda *_: None)
    assert_refused(
        check_package(),
        "the Python package linksignal is not in use: install linksignal ",
    )


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"database": "findings"}, "the database findings bears the name of a"),
        (
            {"depends_on": {"nodes": ["model.shop.domains"]}},
            "claims of linksignal would read your model.shop.domains: set ",
        ),
    ],
)
def test_check_names_refuses_what_clashes(check_package, changed, sentence):
    node = {
        "package_name": "linksignal",
        "name": "claims",
        "schema": "findings",
        "database": "shop",
        "depends_on": {"nodes": ["model.linksignal.study"]},
    }
    names = "check_names"
    assert check_package(names, nodes=[node]).exit_code == 0
    others = {**node, **changed, "package_name": "shop"}
    assert check_package(names, nodes=[others]).exit_code == 0
    assert_refused(check_package(names, nodes=[{**node, **changed}]), sentence)


def test_check_package_settings_leaves_our_own_runs_to_the_start(
    dbt, database, parsed
):
    for operation, code in (("check_package_settings", 0), ("check_study", 1)):
        outcome = dbt(
            *("run-operation", operation),
            database=database,
            manifest=parsed,
            variables={"answers_from": "2025-02-30"},
        )
        assert outcome.exit_code == code


def test_check_study_passes_the_sample(check_package):
    assert check_package("check_study").exit_code == 0


def test_selected_packages_are_those_of_the_run(by_default):
    assert by_default["selected_packages"] == ["linksignal"]


def test_check_settings_keeps_a_quote_out_of_sql(start):
    assert_refused(
        start(country="us' or 'a' = 'a"),
        "var 'country' has the value 'us' or 'a' = 'a' and must be two letters",
    )


@pytest.mark.parametrize("name", ["answers_from", "backlinks_as_of"])
def test_check_dates_refuses_a_day_no_calendar_has(start, name):
    assert_refused(
        start(**{name: "2025-02-30"}),
        f"var '{name}' has the value '2025-02-30' and must be a date of the",
    )


def test_check_dates_refuses_a_window_that_ends_before_it_begins(start):
    assert_refused(
        start(answers_from="2025-02-02", answers_to="2025-02-01"),
        "var 'answers_from' is after 'answers_to'",
    )


def test_check_authority_source_names_the_sources_there_are(start):
    assert_refused(
        start(authority_source="nosuch"),
        "var 'authority_source' names 'nosuch', which delivered no score: the "
        "sources are simulated",
    )


def test_check_authority_source_passes_a_source_with_scores(start):
    assert start(authority_source="simulated").exit_code == 0


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("Referring domains", "which linksignal has itself: give it another"),
        ("category", "which linksignal has itself: give it another name"),
        ("AI mentions, all", "which linksignal has itself: give it another"),
        ("?!", "which is no name: give it one with letters or digits"),
    ],
)
def test_check_signals_refuses_a_name_that_is_taken_or_none(
    start, project_dir, tmp_path, name, sentence
):
    raw_dir = with_signal(project_dir, tmp_path, name)
    assert_refused(
        start(raw_dir=raw_dir),
        f"the raw table domain_signals has a signal named '{name}', {sentence}",
    )


def test_check_signals_passes_a_name_of_its_own(start, project_dir, tmp_path):
    raw_dir = with_signal(project_dir, tmp_path, "Branded searches")
    assert start(raw_dir=raw_dir).exit_code == 0


def with_signal(project_dir, folder, name):
    """The sample, with a value of one delivered signal."""
    raw_dir = folder / "raw"
    shutil.copytree(project_dir / "seeds" / "sample", raw_dir)
    (raw_dir / "domain_signals").mkdir()
    duckdb.sql(
        "select 'load' as load_id, 1 as record_number, 'own' as source, "
        "date '2025-01-01' as as_of, 'a.com' as domain, "
        f"'{name}' as signal, 1.0 as value"
    ).write_parquet(str(raw_dir / "domain_signals" / "another.parquet"))
    return str(raw_dir)


BAD_VALUES = {
    "raw_dir": "seeds/o'brien",
    "raw_database": "1st",
    "raw_schema": "raw; drop table x",
    "links_from": "hadoop",
    "answers_from": "01.02.2025",
    "answers_to": "2025-1-2",
    "backlinks_as_of": "newest",
    "country": "USA",
    "language": "en' or 'a' = 'a",
    "authority_source": "Ahrefs",
    "backlink_source_priority": "ahrefs,,semrush",
    "seed": "1e3",
    "study_name": "x" * 81,
    "market": "US\tUK",
    "resample_count": 99,
    "draw_count": 9,
    "ci_level": 1,
    "equivalence_margin": 0,
    "cluster_by": "brand",
    "flat_ratio": 1,
    "link_count_tolerance": -0.1,
}


@pytest.mark.parametrize(("name", "bad_value"), BAD_VALUES.items())
def test_check_settings_names_the_setting_and_its_form(
    dbt, database, parsed, by_default, name, bad_value
):
    outcome = dbt(
        *("run-operation", "check_settings"),
        database=database,
        variables={name: bad_value},
        manifest=parsed,
    )

    form = by_default["settings"][name][1]
    assert outcome.exit_code != 0
    assert "Traceback" not in outcome.output
    assert (
        f"\n  var '{name}' has the value '{bad_value}' and must be {form}\n"
    ) in outcome.output


def test_check_settings_knows_a_bad_value_of_every_setting(by_default):
    assert set(BAD_VALUES) == set(by_default["settings"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("raw_dir", ""),
        ("raw_dir", "https://example.com/raw"),
        ("raw_dir", "s3://bucket/raw"),
        ("raw_dir", 'a"b'),
        ("raw_dir", "a*b"),
        ("raw_dir", "a\nb"),
        ("raw_schema", "a.b"),
        ("answers_from", "2025-01-01\n"),
        ("country", "\u00fc\u00fc"),
        ("country", "None"),
        ("authority_source", "a' --"),
        ("seed", ""),
        ("seed", "-1"),
        ("seed", "1234567890"),
        ("resample_count", "10000000"),
        ("ci_level", "0.4"),
        ("ci_level", "nan"),
        ("link_count_tolerance", "10%"),
    ],
)
def test_settings_have_a_form_that_other_values_lack(by_default, name, text):
    assert not re.fullmatch(by_default["settings"][name][0], text)


def test_stop_ends_an_operation_with_its_sentence(dbt, database, parsed):
    outcome = dbt(
        *("run-operation", "stop", "--args", "{sentence: no way on}"),
        database=database,
        manifest=parsed,
    )

    assert outcome.exit_code != 0
    assert "\n  no way on\n" in outcome.output
    assert "Traceback" not in outcome.output


def test_check_raw_refuses_a_folder_that_does_not_exist(start, tmp_path):
    assert_refused(
        start(raw_dir=f"{tmp_path}/nowhere"),
        f"raw_dir {tmp_path}/nowhere does not exist or holds no Parquet files",
    )


def test_check_raw_refuses_a_folder_without_answers(start, landing):
    assert_refused(
        start(raw_dir=str(landing)),
        "the raw tables have no AI visibility: load an export that gives "
        "ai_answers or ai_totals",
    )


def test_check_raw_refuses_a_folder_without_links(start, landing, tmp_path):
    (tmp_path / "ai_totals").mkdir()
    source = landing / "backlinks/one.parquet"
    (tmp_path / "ai_totals/one.parquet").write_bytes(source.read_bytes())

    assert_refused(
        start(raw_dir=str(tmp_path)),
        "the raw tables have no backlinks: load an export that gives "
        "backlinks or backlink_profiles",
    )


def test_pasted_is_one_word_to_a_shell(by_default):
    word = value(by_default["pasted"])
    assert shlex.split(f"ls {word}") == ["ls", "it's"]


@pytest.fixture
def raw_dir(project_dir, tmp_path):
    """Give a copy of the sample, in a folder of a difficult name."""
    folder = tmp_path / "a, b #c/source=x"
    shutil.copytree(project_dir / "seeds/sample", folder)
    return folder


def test_raw_takes_no_column_from_the_names_of_folders(compiled, raw_dir):
    links = compiled(raw_dir=str(raw_dir))["raw_links"]
    found = duckdb.execute(f"select distinct source from {links}").fetchall()
    assert found == [("simulated",)]


@pytest.mark.parametrize("journal", ["landing.txt", "removal.txt"])
def test_check_unfinished_load_refuses_half_a_load(start, raw_dir, journal):
    work = raw_dir / ".loading"
    work.mkdir()
    assert start(raw_dir=str(raw_dir)).exit_code == 0
    (work / journal).write_text("backlinks/simulated-backlinks.parquet")
    outcome = start(raw_dir=str(raw_dir))
    assert_refused(outcome, f"raw_dir {raw_dir} holds half of a load: wait")
    (line,) = [line for line in outcome.output.splitlines() if "mend" in line]
    words = shlex.split(line.partition("linksignal ")[2])
    assert words == ["loads", "--settle", "--raw", str(raw_dir)]


def test_check_landed_files_refuses_a_file_of_a_load_without_a_row(
    start, raw_dir
):
    ours = raw_dir / "backlinks/simulated-backlinks.parquet"
    # What other tools call their files, and what no build reads.
    others = [
        "backlinks/part-00000-123e4567-e89b-12d3-a456-426614174000.parquet",
        "backlinks/export-2026.parquet",
        "kept/semrush_backlinks-0123456789ab.parquet",
    ]
    for name in others:
        (raw_dir / name).parent.mkdir(exist_ok=True)
        shutil.copy(ours, raw_dir / name)
    assert start(raw_dir=str(raw_dir)).exit_code == 0
    left = raw_dir / "backlinks/semrush_backlinks-0123456789ab.parquet"
    shutil.copy(ours, left)
    assert_refused(
        start(raw_dir=str(raw_dir)),
        f"{left} is of a load that the ledger of loads lacks: remove it",
    )
    # Without a ledger all files may be another tool's.
    shutil.rmtree(raw_dir / "loads")
    assert start(raw_dir=str(raw_dir)).exit_code == 0


# --- how a model takes the place of what was there ---------------------------


def kinds_and_rows(database, *names):
    with duckdb.connect(str(database)) as connection:
        return [
            connection.execute(
                "select table_type, (select count(*) from "
                f"{schema}.{table}) from information_schema.tables "
                "where table_schema = ? and table_name = ?",
                [schema, table],
            ).fetchone()
            for schema, table in (name.split(".") for name in names)
        ]


@pytest.fixture(scope="module")
def replaced(dbt, built_sample, parsed, tmp_path_factory):
    """Build models again where the other kind of relation has their names."""
    database = built_sample.copy(tmp_path_factory.mktemp("replaced"))
    names = (
        "features.domain_clusters",
        "findings.platform_coverage",
        "staging.stg_ai_totals",
    )
    before = kinds_and_rows(database, *names)
    with duckdb.connect(str(database)) as connection:
        connection.execute("""
            drop table features.domain_clusters;
            create view features.domain_clusters as select 1 as other;
            drop table findings.platform_coverage;
            create view findings.platform_coverage as select 1 as other;
            drop view staging.stg_ai_totals;
            create table staging.stg_ai_totals as select 1 as other;
        """)

    def run():
        outcome = dbt(
            *("run", "--select", *(name.split(".")[1] for name in names)),
            database=database,
            manifest=parsed,
        )
        assert outcome.exit_code == 0, outcome.output
        return kinds_and_rows(database, *names)

    return before, run(), run()


def test_table_takes_the_place_of_a_view_and_of_a_table(replaced):
    before, once, twice = replaced
    assert [kind for kind, _ in before[:2]] == ["BASE TABLE"] * 2
    assert once[:2] == twice[:2] == before[:2]


def test_place_of_table_is_free_where_a_view_has_its_name(replaced):
    _, once, _ = replaced
    assert [kind for kind, _ in once[:2]] == ["BASE TABLE"] * 2


def test_end_of_table_commits_what_another_connection_reads(replaced):
    before, once, _ = replaced
    assert [rows for _, rows in once[:2]] == [rows for _, rows in before[:2]]
    assert all(rows > 0 for _, rows in once[:2])


def test_view_takes_the_place_of_a_table_and_of_a_view(replaced):
    before, once, twice = replaced
    assert before[2][0] == "VIEW"
    assert once[2] == twice[2] == before[2]


def test_replace_table_keeps_the_old_table_of_a_model_that_fails(
    dbt, built_sample, parsed, tmp_path
):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "update features.platform_sources set is_study_platform = null"
        )
    before = kinds_and_rows(database, "findings.platform_coverage")

    outcome = dbt(
        *("run", "--select", "platform_coverage"),
        database=database,
        manifest=parsed,
    )

    assert outcome.exit_code == 1
    assert "NOT NULL constraint failed" in outcome.output
    assert kinds_and_rows(database, "findings.platform_coverage") == before


# --- what a data test says ---------------------------------------------------


@pytest.fixture(scope="module")
def broken(dbt, built_sample, parsed, tmp_path_factory):
    """Test a table that breaks two rules, and one that has only a key."""
    database = built_sample.copy(tmp_path_factory.mktemp("broken"))
    with duckdb.connect(str(database)) as connection:
        connection.execute("""
            insert into findings.domains from findings.domains limit 1;
            update features.link_counts set follow_links = -1
            where snapshot_id in (
                select snapshot_id from features.link_counts
                order by snapshot_id limit 2
            );
            insert into features.link_counts
            from features.link_counts order by snapshot_id desc limit 1;
        """)
    outcome = dbt(
        *("test", "--select", "link_counts", "every_domain_stands_once"),
        database=database,
        manifest=parsed,
    )
    assert outcome.exit_code == 1
    return outcome, {
        result.node.name: result for result in outcome.result.results
    }


def test_broken_rules_are_named_with_the_number_of_their_rows(broken):
    outcome, results = broken
    result = results["link_counts_keep_their_rules"]
    told = (
        "every_snapshot_is_counted_once in 1 row, "
        "follow_and_nofollow_make_the_total in 2 rows"
    )
    assert (str(result.status), result.failures) == ("fail", 3)
    assert result.adapter_response["_message"] == told
    assert f"link_counts_keep_their_rules: {told}\n" in outcome.output
    assert outcome.statuses["no_kind_of_link_exceeds_the_total"] == "pass"


def test_test_leaves_what_checks_one_rule_to_its_name(broken):
    outcome, results = broken
    result = results["every_domain_stands_once"]
    assert (str(result.status), result.failures) == ("fail", 1)
    assert result.adapter_response["_message"] == "OK"
    assert "every_domain_stands_once: " not in outcome.output
