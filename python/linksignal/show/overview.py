"""What linksignal show prints: the main findings, and the ledger of claims."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from linksignal.errors import LinksignalError
from linksignal.lookups import lookup_rows
from linksignal.show.findings import Findings
from linksignal.show.text_table import (
    UNBROKEN,
    Screen,
    cell,
    text_table,
)
from linksignal.text import listed, printable, say

REPLICATION = """
select
    signal, method, published, estimate, difference,
    ci_low, ci_high, is_published_in_interval
from findings.replication
where outcome = ?
order by signal, method
"""

COEFFICIENTS = """
select
    signal, n, estimate, ci_low, ci_high, p_adjusted,
    smallest_detectable_r, status
from findings.correlations
where outcome = ? and platform = 'all' and is_main
order by estimate desc nulls last, signal
"""


def shown(
    database: Path,
    table: str | None,
    row_count: int,
    where: Mapping[str, str] | None = None,
    screen: Screen | None = None,
) -> str:
    """What ``linksignal show [TABLE]`` prints.

    Where no row is chosen, standard error is told the values that there are.

    Parameters
    ----------
    database : Path
        Database file, built or published.
    table : str or None
        Table of findings or quality; None: the overview.
    row_count : int
        Most rows of a table; 0: all.
    where : mapping of str to str, optional
        Values that columns of the rows shown must have.
    screen : Screen, optional
        What it is for; default: 100 columns without colour.

    Raises
    ------
    LinksignalError
        The database, the table or a column is not there, the database is
        locked, or there is no table to choose rows of.
    """
    if where and (table is None or table in LEDGER_NAMES):
        raise LinksignalError(
            "--where chooses rows of a table: name one, such as "
            "linksignal show correlations --where platform=chatgpt"
        )
    screen = screen or Screen()
    with Findings(database) as findings:
        if table is None:
            return overview(findings, screen)
        if table in LEDGER_NAMES:
            return ledger_alone(findings, screen)
        text = findings.table_text(table, row_count, where, screen)
        for sentence in findings.missing_values(table, where or {}):
            say(f"linksignal: {sentence}", sys.stderr)
        return text


def overview(findings: Findings, screen: Screen) -> str:
    """Published coefficients against ours, main coefficients, the ledger.

    Parameters
    ----------
    findings : Findings
        An open database.
    screen : Screen
        What it is for.

    Returns
    -------
    str
        Lines that fit the screen.
    """
    parts = [
        f"Database: {findings.path}",
        findings.simulated_note(),
        *_replication(findings, screen),
        _summed(findings, screen),
        *_coefficients(findings, screen),
        _quality(findings, screen),
        screen.wrapped(
            "More: linksignal show TABLE, with TABLE one of "
            + ", ".join(findings.tables())
        ),
        ledger_text(findings, screen),
    ]
    return "\n\n".join(part for part in parts if part)


def _summed(findings: Findings, screen: Screen) -> str | None:
    said = all_platforms_sentence(findings.records(COVERAGE))
    return None if said is None else screen.wrapped(said)


def _main_outcomes() -> dict[str, str]:
    """Labels of the study's outcomes."""
    return {
        row["outcome"]: row["label"]
        for row in lookup_rows("outcomes")
        if row["is_main"] == "true"
    }


def _replication(findings: Findings, screen: Screen) -> Iterator[str]:
    header = (
        "signal",
        "method",
        "published",
        "here",
        "apart",
        _interval_header(findings, "replication"),
        "inside",
    )
    for outcome, label in _main_outcomes().items():
        rows = [
            (*row[:4], _signed(row[4]), _interval(row[5], row[6]), row[7])
            for row in findings.rows(REPLICATION, [outcome])
        ]
        if rows:
            yield screen.wrapped(
                f"The study's published correlations with {label} against "
                "this data (findings.replication)"
            )
            yield text_table(header, rows, screen)


def _coefficients(findings: Findings, screen: Screen) -> Iterator[str]:
    header = [
        "signal",
        "domains",
        "estimate",
        _interval_header(findings, "correlations"),
        "adjusted p",
        "detectable |r|",
        "status",
    ]
    for outcome, label in _main_outcomes().items():
        rows = [
            (*row[:3], _interval(row[3], row[4]), _p(row[5]), *row[6:])
            for row in findings.rows(COEFFICIENTS, [outcome])
        ]
        # A status is worth a column where it says something.
        is_told = any(status != "ok" for *_, status in rows)
        shown_columns = len(header) if is_told else len(header) - 1
        yield screen.wrapped(
            f"Spearman correlation with {label}, all platforms "
            "(findings.correlations)"
        )
        yield text_table(
            header[:shown_columns],
            [row[:shown_columns] for row in rows],
            screen,
        )


def _p(value: float | None) -> str | None:
    return None if value is None else cell(value, "p_adjusted")


def _quality(findings: Findings, screen: Screen) -> str:
    rows = findings.rows(
        "select expectation_id, severity, detail from quality.data_quality "
        "where not is_met order by severity, expectation_id"
    )
    ((count,),) = findings.rows("select count(*) from quality.data_quality")
    title = f"{count - len(rows)} of {count} expectations met (quality)"
    if not rows:
        return title
    header = ("not met", "severity", "detail")
    return f"{title}\n\n{text_table(header, rows, screen)}"


def _interval_header(findings: Findings, table: str) -> str:
    ((level,),) = findings.rows(f"select max(ci_level) from findings.{table}")
    return f"{100 * level:g} % interval" if level else "interval"


def _interval(low: Any, high: Any) -> str | None:
    return None if low is None else f"[{low:.3f},{UNBROKEN}{high:.3f}]"


def _signed(difference: Any) -> str | None:
    return None if difference is None else f"{difference:+.3f}"


# How a user may name the table.
LEDGER_NAMES = ("claims", "findings.claims")

LEDGER = """
select claim_id, claim, sentence
from findings.claims
order by claim_id
"""

INDENT = " " * 4


def ledger_text(findings: Findings, screen: Screen) -> str:
    """Claims with their sentences, one paragraph each.

    Parameters
    ----------
    findings : Findings
        An open database.
    screen : Screen
        What it is for.

    Returns
    -------
    str
        Lines that fit the screen, title included.
    """
    ((level,),) = findings.rows("select max(ci_level) from findings.claims")
    title = (
        f"The study's claims on this data, each tested by itself at "
        f"{100 * (1 - level):g} %, with {100 * level:g} % intervals "
        "(findings.claims; its parts: findings.claim_parts)"
    )
    paragraphs = [_paragraph(screen, *row) for row in findings.rows(LEDGER)]
    return "\n\n".join([screen.wrapped(title), *paragraphs])


def ledger_alone(findings: Findings, screen: Screen) -> str:
    """Give the ledger with the note that data are simulated, where they are."""
    parts = [findings.simulated_note(), ledger_text(findings, screen)]
    return "\n\n".join(part for part in parts if part)


def _paragraph(screen: Screen, claim_id: str, claim: str, sentence: str) -> str:
    head = screen.wrapped(f"{claim_id}  {printable(claim, ' ')}")
    told = screen.wrapped(printable(sentence, " "), INDENT).removeprefix(INDENT)
    # A sentence opens with its verdict.
    label, colon, rest = told.partition(":")
    return f"{head}\n{INDENT}{screen.toned(label)}{colon}{rest}"


COVERAGE = """
select platform, is_study_platform, outcome_source, is_in_all
from findings.platform_coverage
"""


def all_platforms_sentence(coverage: Iterable[Mapping[str, Any]]) -> str | None:
    """Say which platforms ``all`` adds up, and which are shown apart.

    Parameters
    ----------
    coverage : iterable of mapping
        Rows of ``findings.platform_coverage``: ``platform``,
        ``is_study_platform``, ``outcome_source`` and ``is_in_all``.

    Returns
    -------
    str or None
        None where no platform has outcomes.
    """
    known = [row for row in coverage if row["outcome_source"] is not None]
    summed = [row for row in known if row["is_in_all"]]
    apart = [row for row in known if not row["is_in_all"]]
    if not summed:
        return None
    said = f"All platforms together: {_named(summed)}"
    if not any(row["is_study_platform"] for row in summed):
        said += ", which the study did not look at"
    if not apart:
        return f"{said}."
    return (
        f"{said}. Apart from them: {_named(apart)}. Answers are not added to "
        "a tool's totals, nor other platforms to the study's own."
    )


def _named(rows: list[Mapping[str, Any]]) -> str:
    names = {row["platform"]: row["label"] for row in lookup_rows("platforms")}
    order = {name: at for at, name in enumerate(names)}
    platforms = sorted(
        (row["platform"] for row in rows),
        key=lambda name: (order.get(name, len(order)), name),
    )
    return listed(names.get(name, name) for name in platforms)
