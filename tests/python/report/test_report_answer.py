"""Every number of the opening paragraph stands in the tables."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import duckdb
import pytest
from linksignal.report.answer import Number, answer
from linksignal.report.study import read_study
from linksignal.report.wording import claim_outcomes
from linksignal.show.findings import Findings

# What each number must equal, by its place in the paragraph: written without
# the code under test.
MAIN = """
    from findings.correlations
    where outcome = 'ai_mentions' and platform = 'all' and method = 'spearman'
    and sensitivity = 'none' and estimate is not null
"""
BEYOND = f"select count(*) {MAIN} and p_adjusted < 0.05 and estimate"
STRONGEST = f"select {{}} {MAIN} order by estimate desc limit 1"
EXPECTED = [
    ("count", "select count(*) from findings.domains"),
    ("count", "select sum(answer_count) from findings.platform_coverage"),
    (
        "count",
        "select count(*) from findings.platform_coverage "
        "where outcome_source is not null",
    ),
    ("count", f"select count(*) {MAIN}"),
    ("count", f"{BEYOND} > 0"),
    ("count", f"{BEYOND} < 0"),
    ("level", "select 0.05"),
    ("coefficient", STRONGEST.format("estimate")),
    ("coefficient", STRONGEST.format("ci_low")),
    ("coefficient", STRONGEST.format("ci_high")),
    ("count", STRONGEST.format("n")),
    ("count", "select count(*) from findings.claims"),
]
DECIMALS = {"count": 0, "level": 2, "coefficient": 2}
VERDICTS = tuple(claim_outcomes()["verdict"])


class Paragraph(HTMLParser):
    """The opening paragraph of a page: its numbers and its other text."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[float, str]] = []
        self.other_text = ""
        self._is_inside = False
        self._value: str | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "p" and given.get("class") == "answer":
            self._is_inside = True
        if tag == "data" and self._is_inside:
            self._value = given["value"]

    def handle_endtag(self, tag):
        if tag == "p":
            self._is_inside = False
        if tag == "data":
            self._value = None

    def handle_data(self, data):
        if not self._is_inside:
            return
        if self._value is None:
            self.other_text += data
        else:
            self.numbers.append((float(self._value), data))


def value_of(connection, query):
    ((value,),) = connection.execute(query).fetchall()
    return None if value is None else float(value)


def as_number(text):
    return float(text.replace("−", "-").replace(",", "").lstrip("+"))


@pytest.fixture(scope="module")
def paragraph(sample_report):
    found = Paragraph()
    found.feed(sample_report.read_text("utf-8"))
    return found


def expected_numbers(connection):
    found = [(kind, value_of(connection, query)) for kind, query in EXPECTED]
    for verdict in VERDICTS:
        number = value_of(
            connection,
            f"select count(*) from findings.claims where verdict = '{verdict}'",
        )
        if number:
            found.append(("count", number))
    found.append(("count", 95.0))
    # Without a kink the sentence has no place to name.
    return [(kind, value) for kind, value in found if value is not None]


def test_each_number_of_the_paragraph_is_in_the_tables(built_sample, paragraph):
    with built_sample.connect() as connection:
        expected = expected_numbers(connection)
    assert len(paragraph.numbers) == len(expected)
    for (value, text), (kind, truth) in zip(
        paragraph.numbers, expected, strict=True
    ):
        assert value == pytest.approx(truth, abs=1e-12), (text, kind)
        assert as_number(text) == pytest.approx(
            round(truth, DECIMALS.get(kind, 0)), abs=1e-9
        ), (text, kind)


def test_no_number_stands_outside_the_marked_ones(paragraph):
    assert paragraph.other_text.strip()
    assert not re.search(r"\d", paragraph.other_text)


def plain(sentences):
    return " ".join(
        "".join(getattr(part, "text", part) for part in sentence)
        for sentence in sentences
    )


def changed(built_sample, folder, *statements):
    database = built_sample.copy(folder)
    with duckdb.connect(str(database)) as connection:
        for statement in statements:
            connection.execute(statement)
    with Findings(database) as findings:
        return plain(answer(read_study(findings)))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("set p_adjusted = 1", "No backlink signal is shown to go with being"),
        (
            "set estimate = abs(estimate), p_adjusted = 0",
            "Stronger backlink signals go with more AI mentions here.",
        ),
        (
            "set estimate = -abs(estimate), p_adjusted = 0",
            "Backlink signals go with fewer AI mentions here, if at all.",
        ),
        (
            "set estimate = null",
            "No correlation with AI mentions over all platforms can be",
        ),
    ],
)
def test_the_summary_follows_the_table(
    built_sample, tmp_path, change, sentence
):
    text = changed(
        built_sample, tmp_path, f"update findings.correlations {change}"
    )
    assert sentence in text


def test_the_verdicts_are_counted_by_their_label(built_sample, tmp_path):
    text = changed(
        built_sample,
        tmp_path,
        "update findings.claims set verdict = 'partly_supported'",
    )
    assert "8 are partly supported." in text


def test_numbers_name_their_table(built_sample):
    with Findings(built_sample.database) as findings:
        study = read_study(findings)
    numbers = [
        part
        for sentence in answer(study)
        for part in sentence
        if isinstance(part, Number)
    ]
    assert numbers
    assert all(part.source.startswith("findings.") for part in numbers)
