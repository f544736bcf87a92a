"""The findings in the terminal."""

from __future__ import annotations

import duckdb
import pytest
from linksignal.cli import main
from linksignal.show.text_table import WIDTH, cell, display_width, text_table


def shown(capsys, built_sample, *words):
    exit_code = main(["show", *words, "--db", str(built_sample.database)])
    assert exit_code == 0
    return capsys.readouterr().out


def test_the_overview_fits_100_columns_and_says_simulated(capsys, built_sample):
    text = shown(capsys, built_sample)
    assert "SIMULATED DATA" in text
    lines = [line for line in text.splitlines() if "Database:" not in line]
    assert max(map(display_width, lines)) <= WIDTH


def test_the_overview_gives_the_twelve_published_figures(capsys, built_sample):
    text = shown(capsys, built_sample)
    table = built_sample.frame("select * from findings.replication")
    assert len(table) == 12
    for row in table.itertuples():
        assert f"{row.published:.3f}" in text
        assert f"[{row.ci_low:.3f}, {row.ci_high:.3f}]" in text


@pytest.mark.parametrize(
    "table",
    [
        "correlations",
        "correlation_contrasts",
        "authority_thresholds",
        "findings.deciles",
        "domains",
        "domain_outcomes",
        "domain_signals",
        "domain_outlook",
        "platform_coverage",
        "replication",
        "data_quality",
        "quality.record_accounting",
        "load_accounting",
        "link_count_deviations",
    ],
)
def test_every_public_table_can_be_shown(capsys, built_sample, table):
    text = shown(capsys, built_sample, table, "--rows", "3")
    assert "3 of" in text
    assert "SIMULATED DATA" in text
    lines = text.splitlines()
    assert max(map(display_width, lines)) <= WIDTH


def test_rows_of_one_signal_are_shown_with_their_estimates(
    capsys, built_sample
):
    text = shown(
        *(capsys, built_sample, "correlations", "--rows", "0"),
        *("--where", "signal=image_links", "--where", "platform = gemini"),
    )
    ((expected,),) = built_sample.frame(
        "select count(*) from findings.correlations "
        "where signal = 'image_links' and platform = 'gemini'"
    ).to_numpy()
    assert f"{expected} of {expected} rows where signal = image_links" in text
    assert "referring_domains" not in text
    assert "chatgpt" not in text
    header = next(line for line in text.splitlines() if "outcome" in line)
    assert {"sensitivity", "estimate", "ci_high"} <= set(header.split())


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["correlations", "--where", "sigal=x"], "has no column sigal"),
        (["correlations", "--where", "signal"], "is not a condition"),
        (["claims", "--where", "claim_id=C1"], "name one"),
        (["--where", "claim_id=C1"], "name one"),
        (["domains", "--where", "domain=' or 1=1 --"], "0 of 0 rows"),
        (
            ["domains", "--where", "domain=a.com", "--where", "domain=b.com"],
            "--where names a column twice",
        ),
        (["\x1b[31m"], "there is no table '·[31m'"),
    ],
)
def test_a_condition_is_a_value_of_a_column(capsys, built_sample, words, told):
    main(["show", *words, "--db", str(built_sample.database)])
    answered = capsys.readouterr()
    assert told in answered.out + answered.err


def test_rows_may_be_chosen_by_every_column(capsys, built_sample):
    columns = built_sample.frame("describe quality.brand_names")["column_name"]
    chosen = [f"--where={column}=x" for column in columns]
    text = shown(capsys, built_sample, "brand_names", *chosen)
    assert "quality.brand_names: 0 of 0 rows where brand = x and" in text


@pytest.mark.parametrize("words", [[], ["claims"], ["findings.claims"]])
def test_the_ledger_ends_what_is_shown(capsys, built_sample, words):
    text = shown(capsys, built_sample, *words)
    assert "SIMULATED DATA" in text
    assert max(map(display_width, text.splitlines()[2:])) <= WIDTH
    ledger = built_sample.frame("from findings.claims order by claim_id")
    *_, title, first = text[: text.index("C1  ")].split("\n\n")
    assert title.startswith("The study's claims on this data, each tested by")
    assert first == ""
    paragraphs = text[text.index("C1  ") :].strip().split("\n\n")
    assert len(paragraphs) == len(ledger) == 8
    for paragraph, row in zip(paragraphs, ledger.itertuples(), strict=True):
        told = " ".join(paragraph.split())
        assert told == f"{row.claim_id} {row.claim} {row.sentence}"


def test_an_unknown_table_gets_one_sentence(capsys, built_sample):
    code = main(["show", "nonsense", "--db", str(built_sample.database)])
    assert code == 2
    error = capsys.readouterr().err
    assert "there is no table 'nonsense'" in error
    assert "correlations" in error


@pytest.mark.parametrize(
    ("change", "advice"),
    [
        (
            "alter table findings.correlations drop column p_adjusted",
            "was built by another version of linksignal: run dbt build again",
        ),
        (
            "drop table findings.replication",
            "holds no complete findings: run dbt build to its end",
        ),
    ],
)
def test_what_another_version_built_gets_one_sentence(
    capsys, built_sample, tmp_path, change, advice
):
    database = built_sample.copy(tmp_path)
    with duckdb.connect(str(database)) as connection:
        connection.execute(change)
    assert main(["show", "--db", str(database)]) == 2
    assert capsys.readouterr().err == (
        f"linksignal: the database {database} {advice}\n"
    )


def test_text_from_outside_cannot_drive_the_terminal():
    assert cell("a\x1b[31mb\nc\u202e") == "a [31mb c "
    assert len(cell("x" * 1000)) == 40


def test_wide_letters_keep_columns_aligned():
    lines = text_table(["name", "n"], [["日本", 1], ["ab", 2]]).splitlines()
    assert {display_width(line) for line in lines} == {7}


@pytest.mark.parametrize("name", ["findings", "quality", "main", "it's [1]"])
def test_a_database_may_be_called_like_a_schema_or_anything(
    name, capsys, built_sample, tmp_path
):
    copy = built_sample.copy(tmp_path).rename(tmp_path / f"{name}.duckdb")

    for words in (["show", "claims"], ["show"]):
        assert main([*words, "--db", str(copy)]) == 0
        assert "SIMULATED DATA" in capsys.readouterr().out
    exported = tmp_path / "tables"
    words = ["export", "claims", "--db", str(copy), "--out", str(exported)]
    assert main([*words, "--format", "csv"]) == 0
    assert [*exported.glob("*claims.csv")]
