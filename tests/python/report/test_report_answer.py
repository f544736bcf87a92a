"""Every number of the first screen stands in the tables."""

from __future__ import annotations

import datetime
import re
from html.parser import HTMLParser

import duckdb
import pytest
from linksignal.report.answer import Number, opening
from linksignal.report.study import read_study
from linksignal.report.wording import claim_outcomes, percent
from linksignal.show.findings import Findings
from linksignal.text import p_text, p_written

TODAY = datetime.date(2026, 3, 5)

# What each number must equal, by its place on the screen: written without the
# code under test.
MAIN = """
    from findings.correlations
    where outcome = 'ai_mentions' and platform = 'all' and method = 'spearman'
    and sensitivity = 'none' and estimate is not null
"""
BEYOND = f"select count(*) {MAIN} and p_adjusted < 0.05 and estimate"
STRONGEST = f"select {{}} {MAIN} order by abs(estimate) desc limit 1"
NAMED = """
    select {} from findings.correlations
    where outcome = 'ai_mentions' and platform = 'all' and method = 'spearman'
    and sensitivity = 'positives_only' and signal = 'authority_score'
"""
STUDY_DOMAINS = "select count(*) from findings.domains"
NEVER = """
    from findings.domain_outcomes
    where outcome = 'ai_mentions' and platform = 'all' and value is not null
"""
REFERENCES = """
    with referred as (
        select distinct source, answer_id, domain
        from read_parquet('{}/ai_references/*.parquet')
        where domain is not null and kind <> 'retrieval'
    )
    select {} from referred
"""
OUTSIDE = "domain not in (select domain from findings.domains)"
FACTS = [
    ("count", STUDY_DOMAINS),
    ("count", "select sum(answer_count) from findings.platform_coverage"),
    (
        "count",
        "select count(*) from findings.platform_coverage "
        "where outcome_source is not null",
    ),
    ("day", "select min(first_answer_date) from findings.platform_coverage"),
    ("day", "select max(last_answer_date) from findings.platform_coverage"),
    ("day", "select max(links_as_of) from findings.domains"),
    ("count", "select count(*) from quality.data_quality where is_met"),
    ("count", "select count(*) from quality.data_quality"),
    ("day", "select current_date"),
]
ANSWER = [
    ("count", f"select count(*) {MAIN}"),
    ("count", f"{BEYOND} > 0"),
    ("count", f"{BEYOND} < 0"),
]
HEADLINES = [
    ("coefficient", STRONGEST.format("estimate")),
    ("per_cent", STRONGEST.format("100 * ci_level")),
    ("coefficient", STRONGEST.format("ci_low")),
    ("coefficient", STRONGEST.format("ci_high")),
    ("count", STRONGEST.format("n")),
    ("p", STRONGEST.format("p_adjusted")),
    ("count", f"select count(*) {NEVER} and value > 0"),
    ("coefficient", NAMED.format("estimate")),
    ("coefficient", NAMED.format("ci_low")),
    ("coefficient", NAMED.format("ci_high")),
    ("share", f"select avg((value = 0)::integer) {NEVER}"),
    ("count", f"select count(*) {NEVER} and value = 0"),
    ("count", f"select count(*) {NEVER}"),
    ("share", REFERENCES.format("{}", f"avg(({OUTSIDE})::integer)")),
    ("count", REFERENCES.format("{}", f"count(*) filter ({OUTSIDE})")),
    ("count", REFERENCES.format("{}", "count(*)")),
]
VERDICT = "select count(*) from findings.claims where verdict = '{}'"
STEPS = [
    (
        "count",
        "select count(*) from findings.claims "
        "where verdict in ('undecided', 'not_testable')",
    )
]
READ = {
    "count": lambda text: float(text.replace(",", "")),
    "coefficient": lambda text: float(text.replace("−", "-")),
    "per_cent": lambda text: float(text.removesuffix(" %")),
    "share": lambda text: float(text.removesuffix(" %")) / 100,
}
# Of shares below a tenth one more.
DECIMALS = {"count": 0, "coefficient": 2, "per_cent": 0, "share": 2}


class Screen(HTMLParser):
    """The first screen of a page: its numbers and its other text."""

    # What tables say in words of their own.
    NAMES = ("h1", "ol")

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[tuple[str, str]] = []
        self.other_text = ""
        self._inside: list[str] = []
        self._value: str | None = None

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if given.get("id") == "answer" or self._inside:
            self._inside.append(tag)
        if tag == "data" and self._inside:
            self._value = given["value"]

    def handle_endtag(self, tag):
        if self._inside:
            self._inside.pop()
        if tag == "data":
            self._value = None

    def handle_data(self, data):
        if not self._inside or any(tag in self.NAMES for tag in self._inside):
            return
        if self._value is None:
            self.other_text += data
        else:
            self.numbers.append((self._value, data))


@pytest.fixture(scope="module")
def screen(sample_report):
    found = Screen()
    found.feed(sample_report.read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def expected(built_sample, project_dir):
    sample = project_dir / "seeds" / "sample"
    verdicts = [
        ("count", VERDICT.format(name)) for name in claim_outcomes()["verdict"]
    ]
    with built_sample.connect() as connection:

        def answered(pairs):
            return [
                (kind, connection.execute(query.format(sample)).fetchone()[0])
                for kind, query in pairs
            ]

        found = [(kind, n) for kind, n in answered(verdicts) if n]
        return [
            *answered([*FACTS, *ANSWER, *HEADLINES]),
            *found,
            *answered(STEPS),
        ]


def test_each_number_of_the_first_screen_is_in_the_tables(screen, expected):
    assert len(screen.numbers) == len(expected)
    for (value, text), (kind, truth) in zip(
        screen.numbers, expected, strict=True
    ):
        if kind == "day":
            assert value == str(truth), text
            assert text == f"{truth.day} {truth:%b %Y}"
            continue
        assert float(value) == pytest.approx(float(truth), abs=1e-12), text
        if kind == "p":
            assert text == "< .001"
            assert truth < 0.001
            continue
        decimals = DECIMALS[kind] + (kind == "share" and truth < 0.0995)
        assert READ[kind](text) == pytest.approx(
            round(float(truth), decimals), abs=1e-9
        ), (text, kind)


def test_no_number_stands_outside_the_marked_ones(screen):
    assert "they go together" in screen.other_text.lower()
    assert not re.search(r"\d", screen.other_text)


def plain(sentence):
    return "".join(getattr(part, "text", part) for part in sentence)


def opened(database):
    with Findings(database) as findings:
        return opening(read_study(findings), TODAY)


@pytest.fixture
def changed(built_sample, tmp_path):
    """Open a copy of the sample after some statements."""

    def change(*statements):
        database = built_sample.copy(tmp_path)
        with duckdb.connect(str(database)) as connection:
            for statement in statements:
                connection.execute(statement)
        return opened(database)

    return change


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("p_adjusted = 1", "Not that these data show: none of 9 backlink"),
        (
            "estimate = abs(estimate), p_adjusted = 0",
            "Yes, they go together: of 9 backlink signals 9 are higher, beyond",
        ),
        (
            "estimate = -abs(estimate), p_adjusted = 0",
            "Rather the reverse: of 9 backlink signals 9 are lower, beyond",
        ),
        (
            "p_adjusted = case when signal = 'text_links' then 0 else 1 end",
            "In part: of 9 backlink signals 1 (text links) is higher, beyond",
        ),
        (
            "p_adjusted = case when signal in ('text_links', 'follow_share') "
            "then 0 else 1 end",
            "Some go one way, some the other: of 9 backlink signals 1 (text "
            "links) is higher and 1 (follow share) is lower",
        ),
        (
            "p_adjusted = case when signal = 'text_links' then 1 else 0 end, "
            "estimate = abs(estimate)",
            "Mostly yes, they go together: of 9 backlink signals 8 are higher, "
            "beyond chance",
        ),
        ("estimate = null", "These data cannot tell: no correlation with AI"),
    ],
)
def test_the_answer_follows_the_table(changed, change, words):
    found = changed(f"update findings.correlations set {change}")
    assert plain(found.answer).startswith(words)
    assert plain(found.answer).count(". ") == 0


def test_where_nothing_is_shown_it_says_what_could_have_gone_unseen(changed):
    found = changed(
        "update findings.correlations set p_adjusted = 1, "
        "smallest_detectable_r = case signal "
        "when 'text_links' then 0.21 else 0.1 end"
    )
    assert (
        "a correlation smaller than 0.21 could well have gone unseen"
    ) in plain(found.answer)


def test_a_ceiling_of_ties_stands_beside_the_coefficient(changed):
    found = changed("update findings.correlations set ceiling = 0.6")
    assert "it could be 0.60 at most" in plain(found.headlines[0].detail)


def test_without_references_and_outcomes_there_are_no_shares(changed):
    found = changed(
        "update findings.study_overview set known_domains = 0, "
        "reference_count = null, outside_reference_count = null, "
        "first_answer_date = null, last_answer_date = null, "
        "first_links_as_of = null, last_links_as_of = null, market = null"
    )
    _, never, outside = found.headlines
    assert (never.figure, outside.figure) == ("–", "–")
    facts = {term: plain(fact) for term, fact in found.facts}
    assert facts["Market"] == "not stated"
    assert facts["Link data"] == "of unknown date"
    assert facts["Answers"].endswith("of unknown date")
    assert facts["Report"] == "5 Mar 2026"


def test_what_is_next_names_checks_that_are_not_met_first(changed):
    found = changed(
        "update quality.data_quality set is_met = false "
        "where severity = 'warning'"
    )
    first, *_ = found.steps
    assert first.section_id == "quality"
    ((unmet, total),) = [
        [part.value for part in first.sentence if isinstance(part, Number)]
    ]
    assert 0 < unmet < total


def test_the_verdicts_are_counted_by_their_label(changed):
    found = changed("update findings.claims set verdict = 'partly_supported'")
    assert plain(found.verdicts).endswith(": 8 partly supported.")


def test_numbers_name_their_table(built_sample):
    found = opened(built_sample.database)
    sentences = [
        found.answer,
        found.verdicts,
        *(fact for _, fact in found.facts[:-1]),
        *(step.sentence for step in found.steps),
        *([head.figure, *head.detail] for head in found.headlines),
    ]
    numbers = [
        part
        for sentence in sentences
        for part in sentence
        if isinstance(part, Number)
    ]
    assert len(numbers) > 20
    assert all(
        part.source.startswith(("findings.", "quality.")) for part in numbers
    )


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.00001, "<0.01 %"),
        (0.0012, "0.12 %"),
        (0.064, "6.4 %"),
        (0.31, "31 %"),
        (-0.02, "−2 %"),
        (0.9999, ">99 %"),
        (1, "100 %"),
    ],
)
def test_only_what_is_none_or_all_is_written_so(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("p_value", "text"),
    [(0.0009, "< .001"), (0.0123, ".012"), (1.0, "1.000")],
)
def test_p_values_are_written_without_their_zero(p_value, text):
    assert p_written(p_value) == text
    sign = "" if text.startswith("<") else "= "
    assert p_text(p_value, "adjusted p") == f"adjusted p {sign}{text}"
