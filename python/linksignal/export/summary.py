"""First sheet of a workbook: what became of the claims, and how surely."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from xlsxwriter.utility import xl_range_abs

from linksignal.export.cells import TONES, Formats
from linksignal.show.findings import Findings
from linksignal.text import amount, listed

SUMMARY = "summary"

CLAIMS = """
select
    claim_id, claim, verdict_label,
    parts_shown, parts_contrary, parts_open, parts_not_testable
from findings.main_claims
order by claim_id
"""

VERDICTS = """
select verdict_label, count(*) as claims
from findings.main_claims
group by verdict_label, verdict_order
order by verdict_order
"""

# Of the first outcome, all platforms together.
COEFFICIENTS = """
select
    signal_label, estimate, ci_low, ci_high, p_adjusted, n, status_label,
    outcome_label, ci_level
from findings.main_coefficients
where
    platform = 'all'
    and outcome = (
        select outcome from findings.main_coefficients
        order by sort_order limit 1
    )
order by estimate desc nulls last, sort_order
limit 20
"""

OVERVIEW = """
select
    study_name, market, first_answer_date, last_answer_date,
    domain_count, known_domains, named_domains,
    outside_reference_count / nullif(reference_count, 0) as outside_share
from findings.study_overview
"""

_WIDTHS = (8, 66, 20, 9, 9, 9, 13)
_PARTS = (
    ("Shown", TONES["for"][1]),
    ("Contrary", TONES["against"][1]),
    ("Open", "#B5B5B5"),
    ("Not testable", "#E3E3E3"),
)
_BAR = "#2F6DB5"
# Columns and pixels of the charts, to the right of the tables; and where the
# lengths of the intervals' sides stand, which a chart takes from cells.
_CHART_COLUMN, _CHART_WIDTH = 8, 560
_ERROR_COLUMN = 30


def write_summary(
    book: Any, sheet: Any, formats: Formats, findings: Findings
) -> None:
    """Write what a reader wants to know first, with two charts.

    Parameters
    ----------
    book : xlsxwriter.Workbook
        The workbook.
    sheet : xlsxwriter worksheet
        Its sheet named `SUMMARY`, empty.
    formats : Formats
        Of the same workbook.
    findings : Findings
        With the tables that are main.
    """
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    claims = findings.rows(CLAIMS)
    coefficients = findings.rows(COEFFICIENTS)
    row = _write_answer(sheet, formats, findings, coefficients)
    top = _write_claims(sheet, formats, claims, row + 1)
    _insert(sheet, _parts_chart(book, top, len(claims)), top - 1, len(claims))
    if not coefficients:
        return
    below = top + len(claims) + 4
    sheet.set_column(
        _ERROR_COLUMN, _ERROR_COLUMN + 1, None, None, {"hidden": 1}
    )
    sheet.print_area(0, 0, below + len(coefficients) + 8, _CHART_COLUMN + 9)
    first = _write_coefficients(sheet, formats, coefficients, below)
    _insert(
        *(sheet, _coefficient_chart(book, first, coefficients)),
        *(first - 1, len(coefficients)),
    )


def _write_answer(
    sheet: Any,
    formats: Formats,
    findings: Findings,
    coefficients: Sequence[tuple[Any, ...]],
) -> int:
    """Write sentences, one a row; the row below them."""
    note = findings.simulated_note()
    (overview,) = findings.records(OVERVIEW)
    sentences = [
        (
            "Do backlinks matter for being named in AI answers?",
            formats.title,
        ),
        *([(note, formats.warning)] if note else []),
        *(
            (sentence, None)
            for sentence in (
                _said_of_study(overview),
                _said_of_claims(findings),
                _said_of_coefficients(coefficients),
                _said_of_domains(overview),
            )
            if sentence
        ),
    ]
    for row, (sentence, look) in enumerate(sentences):
        sheet.write_string(row, 0, sentence, look)
    return len(sentences)


def _said_of_claims(findings: Findings) -> str:
    counted = findings.rows(VERDICTS)
    total = sum(count for _, count in counted)
    said = listed(f"{count} {label.lower()}" for label, count in counted)
    return f"Of the study's {amount(total, 'claim')}: {said}."


def _said_of_coefficients(coefficients: Sequence[tuple[Any, ...]]) -> str:
    known = [row for row in coefficients if row[1] is not None]
    if not known:
        return "No correlation could be estimated: see main_coefficients."
    label, estimate, low, high, _, n, _, outcome, level = known[0]
    within = (
        f", {100 * level:g} % interval {low:.2f} to {high:.2f}"
        if low is not None
        else ""
    )
    return (
        f"Of {amount(len(known), 'signal')}, {label} has the highest rank "
        f"correlation with {outcome}, all platforms together: {estimate:.2f}"
        f"{within}, {amount(n, 'domain')}. A correlation is no proof that the "
        "one brings the other."
    )


def _said_of_study(overview: Mapping[str, Any]) -> str:
    first, last = overview["first_answer_date"], overview["last_answer_date"]
    facts = [
        overview["study_name"],
        overview["market"],
        f"answers of {first} to {last}" if first else None,
    ]
    return "; ".join(filter(None, facts))


def _said_of_domains(overview: Mapping[str, Any]) -> str | None:
    known, count = overview["known_domains"], overview["domain_count"]
    if not known:
        return None
    named = (
        f"{overview['named_domains']:,} of {amount(known, 'domain')} are named "
        "in an answer"
    )
    if count > known:
        named += f", of {count - known:,} it is not known"
    share = overview["outside_share"]
    if share is None:
        return f"{named}."
    outside = f"{100 * share:.0f} % of all references lead outside the study"
    return f"{named}; {outside}."


def _write_claims(
    sheet: Any, formats: Formats, claims: Sequence[tuple[Any, ...]], row: int
) -> int:
    """Write the claims under a header; the row of the first."""
    header = ("Claim", "", "Verdict", *(name for name, _ in _PARTS))
    _write_header(sheet, formats, header, row)
    first = row + 1
    for at, (claim_id, claim, verdict, *parts) in enumerate(claims, first):
        sheet.write_string(at, 0, claim_id, formats.top)
        sheet.set_row(at, 15 * (1 + len(claim) // 75))
        sheet.write_string(at, 1, claim, formats.wrapped)
        sheet.write_string(at, 2, verdict, formats.of_outcome(verdict))
        for column, count in enumerate(parts, start=3):
            sheet.write_number(at, column, count, formats.top)
    return first


def _write_header(
    sheet: Any, formats: Formats, header: Sequence[str], row: int
) -> None:
    """Write a header whose first three columns hold texts."""
    for column, name in enumerate(header):
        look = formats.of_header("left" if column < 3 else "right")
        sheet.write_string(row, column, name, look)


def _write_coefficients(
    sheet: Any,
    formats: Formats,
    coefficients: Sequence[tuple[Any, ...]],
    row: int,
) -> int:
    """Write the coefficients under a header; the row of the first."""
    *_, outcome, level = coefficients[0]
    sheet.write_string(
        row,
        0,
        f"Spearman's correlation with {outcome}, all platforms together, "
        f"with {100 * level:g} % intervals",
        formats.of(bold=True),
    )
    header = ("", "Signal", "Status", "Estimate", "Low", "High", "Adjusted p")
    _write_header(sheet, formats, header, row + 1)
    decimal, p_look = formats.of_kind("decimal"), formats.of_kind("p")
    first = row + 2
    for at, (label, *numbers, _, status, _, _) in enumerate(
        coefficients, first
    ):
        sheet.write_string(at, 1, label)
        sheet.write_string(at, 2, status)
        for column, number in enumerate(numbers, start=3):
            if number is not None:
                look = p_look if column == 6 else decimal
                sheet.write_number(at, column, number, look)
        estimate, *ends = numbers[:3]
        for column, end in enumerate(ends, start=_ERROR_COLUMN):
            known = estimate is not None and end is not None
            distance = abs(end - estimate) if known else 0
            sheet.write_number(at, column, distance, decimal)
    return first


def _parts_chart(book: Any, first: int, count: int) -> Any:
    """Bars of a claim's parts by what became of them."""
    chart = book.add_chart({"type": "bar", "subtype": "stacked"})
    last = first + count - 1
    for column, (_, colour) in enumerate(_PARTS, start=3):
        chart.add_series(
            {
                "name": [SUMMARY, first - 1, column],
                "categories": [SUMMARY, first, 0, last, 0],
                "values": [SUMMARY, first, column, last, column],
                "fill": {"color": colour},
                "gap": 40,
            }
        )
    chart.set_title(_title("Parts of each claim"))
    chart.set_y_axis({"reverse": True, "crossing": "max"})
    chart.set_x_axis(
        {
            "name": "Parts",
            "name_font": {"bold": False},
            "num_format": "0",
            "major_unit": 2,
        }
    )
    chart.set_legend({"position": "bottom"})
    return chart


def _coefficient_chart(
    book: Any, first: int, coefficients: Sequence[tuple[Any, ...]]
) -> Any:
    """Bars of the coefficients with their intervals."""
    chart = book.add_chart({"type": "bar"})
    last = first + len(coefficients) - 1
    chart.add_series(
        {
            "name": "Spearman's correlation",
            "categories": [SUMMARY, first, 1, last, 1],
            "values": [SUMMARY, first, 3, last, 3],
            "fill": {"color": _BAR},
            "gap": 40,
            "y_error_bars": {
                "type": "custom",
                "minus_values": _cells(first, last, _ERROR_COLUMN),
                "plus_values": _cells(first, last, _ERROR_COLUMN + 1),
                "line": {"color": "#333333"},
            },
        }
    )
    outcome = coefficients[0][7]
    chart.set_title(_title(f"Correlation with {outcome}, by signal"))
    chart.set_y_axis(
        {"reverse": True, "crossing": "max", "label_position": "low"}
    )
    chart.set_x_axis(
        {
            "name": "Spearman's coefficient with its interval",
            "name_font": {"bold": False},
            "num_format": "0.0",
        }
    )
    chart.set_legend({"none": True})
    return chart


def _cells(first: int, last: int, column: int) -> str:
    """Name cells of the sheet, as a formula of a chart does it."""
    cells: str = xl_range_abs(first, column, last, column)
    return f"={SUMMARY}!{cells}"


def _title(text: str) -> dict[str, Any]:
    return {"name": text, "name_font": {"size": 12, "bold": True}}


def _insert(sheet: Any, chart: Any, row: int, bars: int) -> None:
    chart.set_size({"width": _CHART_WIDTH, "height": 110 + 24 * bars})
    sheet.insert_chart(row, _CHART_COLUMN, chart)
