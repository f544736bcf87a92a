"""The findings in the terminal."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios

import click
import duckdb
import pytest
from linksignal.cli import main
from linksignal.show.findings import Findings
from linksignal.show.text_table import (
    LONGEST_TEXT,
    WIDTH,
    Screen,
    cell,
    display_width,
    text_table,
)
from linksignal.text import meant


def shown(capsys, built_sample, *words):
    exit_code = main(["show", *words, "--db", str(built_sample.database)])
    assert exit_code == 0
    return capsys.readouterr().out


def test_the_overview_fits_the_terminal_and_says_simulated(
    capsys, built_sample, monkeypatch
):
    for width in (WIDTH, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        text = shown(capsys, built_sample)
        assert "SIMULATED DATA" in text
        lines = [line for line in text.splitlines() if "Database:" not in line]
        assert max(map(display_width, lines)) <= width
        assert not any(line.startswith("also:") for line in lines)


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
        "source_opportunities",
        "link_opportunities",
        "opportunity_counts",
        "platform_coverage",
        "main_claims",
        "main_coefficients",
        "domain_ranking",
        "lookups.signals",
        "replication",
        "data_quality",
        "quality.record_accounting",
        "load_accounting",
        "link_count_deviations",
    ],
)
def test_every_public_table_can_be_shown(
    capsys, built_sample, table, monkeypatch
):
    for width in (WIDTH, 80):
        monkeypatch.setenv("COLUMNS", str(width))
        text = shown(capsys, built_sample, table, "--rows", "3")
        assert "3 of" in text
        assert "SIMULATED DATA" in text
        lines = text.splitlines()
        assert max(map(display_width, lines)) <= width


def test_rows_of_one_signal_are_shown_with_their_estimates(
    capsys, built_sample, monkeypatch
):
    monkeypatch.setenv("COLUMNS", str(WIDTH))
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


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (
            ["correlations", "--where", "signal=follow_link"],
            "no row of findings.correlations has signal = follow_link (did you "
            "mean follow_links?); its values are authority_score, follow_",
        ),
        (
            ["correlations", "--where", "platform=poe"],
            "has platform = poe; its values are all, chatgpt, chatgpt_search, ",
        ),
        (
            ["domains", "--where", "domain=x.invalid"],
            " more\n",
        ),
        (
            [
                *("correlations", "--where", "platform=chatgpt"),
                *("--where", "sensitivity=all_platforms_count_once"),
                *("--where", "signal=x"),
            ],
            "has signal = x; its values are",
        ),
        (
            ["claims", "--where", "claim_id=C9"],
            "--where chooses rows of a table",
        ),
        (
            [
                *("claim_parts", "--where", "claim_id=C1"),
                *("--where", "part={part}"),
            ],
            "no row of findings.claim_parts has all of these values together",
        ),
    ],
)
def test_values_that_no_row_has_are_told_beside_those_there_are(
    capsys, built_sample, words, told
):
    part = built_sample.frame(
        "select part from findings.claim_parts group by part "
        "having bool_and(claim_id <> 'C1') order by part"
    )["part"][0]
    words = [word.format(part=part) for word in words]
    main(["show", *words, "--db", str(built_sample.database)])
    assert told in capsys.readouterr().err


def test_a_table_with_rows_is_told_nothing_more(capsys, built_sample):
    words = ["correlations", "--where", "signal=follow_links"]
    main(["show", *words, "--db", str(built_sample.database)])
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "corelations"], "(did you mean correlations?): the tables"),
        (["show", "findings.corelations"], "(did you mean correlations?)"),
        (["show", "correlations", "--where=colum=x"], "has no column colum: "),
        (
            ["show", "correlations", "--where=platfrom=x"],
            "has no column platfrom (did you mean platform?): its columns",
        ),
        (
            ["export", "--format", "csv", "corelations"],
            "no table 'corelations' (did you mean correlations?): the",
        ),
        (
            ["export", "--format", "csv", "finding.claims"],
            "no table 'finding.claims' (did you mean claims?): the tables",
        ),
    ],
)
def test_a_misspelled_name_is_told_the_nearest(
    capsys, built_sample, words, told
):
    code = main([*words, "--db", str(built_sample.database)])
    assert code == 2
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("words", [["show"], ["report"]])
def test_a_file_of_another_kind_is_told_as_no_database(capsys, tmp_path, words):
    file = tmp_path / "scores.csv"
    file.write_text("domain,score\na.com,1\n")
    assert main([*words, "--db", str(file)]) == 2
    assert capsys.readouterr().err == (
        f"linksignal: {file} is no database: name the file that dbt build "
        "wrote, or a published one\n"
    )


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
    assert len(cell("x" * 10_000)) == LONGEST_TEXT


def test_a_long_text_takes_several_lines_of_its_column():
    words = [f"word{at}" for at in range(40)]
    rows = [("a.com", " ".join(words), 7), ("b.com", "short", 1_000)]
    lines = text_table(
        ["domain", "reason", "n"], rows, Screen(width=60)
    ).splitlines()
    assert max(map(len, lines)) <= 60
    start, end = lines[0].index("reason"), lines[1].rindex("  ")
    told = [line[start:end].strip() for line in lines[2:]]
    assert " ".join(told).split() == [*words, "short"]
    assert [line[:7].strip() for line in lines[2:] if line[:7].strip()] == [
        "a.com",
        "b.com",
    ]
    assert lines[2].split()[-1] == "7"
    assert lines[-1].split() == ["b.com", "short", "1,000"]


def test_a_word_longer_than_its_line_breaks_after_an_underscore():
    key = "expectations_of_a_key_that_is_longer_than_its_column"
    lines = text_table(["key", "n"], [(key, 1)], Screen(width=36)).splitlines()
    told = [line.split()[0] for line in lines[2:]]
    assert "".join(told) == key
    assert told[0].endswith("_")


def test_columns_that_do_not_fit_are_named():
    header = [f"column{at}" for at in range(9)]
    text = text_table(header, [["x" * 9] * 9], Screen(width=50))
    lines = text.splitlines()
    assert max(map(len, lines)) <= 50
    assert " ".join(lines[0].split()) == " ".join(header[:4])
    told = " ".join(" ".join(lines[3:]).split())
    assert told == f"also: {', '.join(header[4:])}"


def test_p_values_are_told_as_people_write_them():
    assert cell(1e-65, "p_adjusted") == "< 0.001"
    assert cell(0.0128, "p_adjusted") == "0.013"
    assert cell(1e-65, "estimate") == "1.0e-65"


def terminal_output(words, **environment):
    """What a command prints to a terminal of 80 columns."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("COLUMNS", "NO_COLOR")
    }
    command = [sys.executable, "-m", "linksignal.cli", *words]
    with subprocess.Popen(
        command, stdout=its, env={**kept, "TERM": "xterm", **environment}
    ) as process:
        os.close(its)
        read = b""
        with contextlib.suppress(OSError):
            while some := os.read(ours, 65_536):
                read += some
    os.close(ours)
    assert process.returncode == 0
    return read.decode().replace("\r\n", "\n")


def test_verdicts_stand_in_colour_where_the_terminal_has_it(
    capsys, built_sample
):
    words = ["show", "claims", "--db", str(built_sample.database)]
    tones = dict(
        built_sample.frame(
            "select claim_id, tone from findings.claims inner join "
            "lookups.claim_outcomes on verdict = outcome and kind = 'verdict'"
        ).itertuples(index=False)
    )
    assert {"for", "neither"} <= set(tones.values())
    text = terminal_output(words)
    *_, ledger = text.partition("C1  ")
    paragraphs = f"C1  {ledger}".strip().split("\n\n")
    codes = {"for": "\x1b[32m", "against": "\x1b[31m", "both": "\x1b[33m"}
    for paragraph in paragraphs:
        sentence = paragraph[paragraph.index("\n    ") :].lstrip()
        code = codes.get(tones[paragraph[:2]], "")
        assert sentence.startswith(code)
        assert sentence.count("\x1b") == (2 if code else 0)
    plain = click.unstyle(text)
    assert max(map(display_width, plain.splitlines())) <= 80
    assert terminal_output(words, NO_COLOR="1") == plain
    assert terminal_output(words, TERM="dumb") == plain
    # A pipe gets no colour either, and the same words.
    piped = shown(capsys, built_sample, "claims")
    assert "\x1b" not in piped
    assert piped.split() == plain.split()


def test_states_in_a_table_stand_in_colour_and_in_line(built_sample):
    with Findings(built_sample.database) as findings:
        plain, coloured = (
            findings.table_text(
                "claim_parts", 0, screen=Screen(has_colour=has_colour)
            )
            for has_colour in (False, True)
        )
    assert "\x1b[32mshown" in coloured
    assert click.unstyle(coloured) == plain


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


def test_a_guess_is_made_among_what_is_soon_compared():
    domains = [f"shop-{number}.example" for number in range(10_000)]
    assert meant("shap-77.example", domains).startswith(" (did you mean shop-")
    many = [*domains, "one-more.example"]
    assert meant("shap-77.example", many) == ""
    assert meant("one-m", many) == " (did you mean one-more.example?)"
