"""The claims on one screen, as a build ends with them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from linksignal.lookups import lookup_rows
from linksignal.show.findings import Findings
from linksignal.show.text_table import WIDTH, Screen
from linksignal.text import printable

VERDICTS = """
select claim_id, verdict, claim
from findings.claims
order by claim_id
"""
_NEXT = """\
linksignal show            the findings; linksignal show claims: why
linksignal report          the same as one page to look at
linksignal export --help   the tables as files"""


def claims_screen(database: Path, screen: Screen) -> str:
    """What became of each claim, a line or two each.

    Parameters
    ----------
    database : Path
        A built database.
    screen : Screen
        What it is for.

    Returns
    -------
    str
        Fits a terminal of 24 lines and 100 columns.
    """
    with Findings(database) as findings:
        rows = findings.rows(VERDICTS)
        note = findings.simulated_note()
    labels = {
        row["outcome"]: row["label"]
        for row in lookup_rows("claim_outcomes")
        if row["kind"] == "verdict"
    }
    width = max(map(len, labels.values()))
    lines = [
        _line(screen, claim_id, f"{labels[verdict]:{width}}", printable(claim))
        for claim_id, verdict, claim in rows
    ]
    parts = [
        note,
        "What became of the study's claims (findings.claims)",
        "\n".join(lines),
        f"Database: {database}",
        _NEXT,
    ]
    return "\n\n".join(part for part in parts if part)


def _line(screen: Screen, claim_id: str, verdict: str, claim: str) -> str:
    """Verdict and claim; further lines of the claim stand below its first."""
    start = f"{claim_id}  {verdict}  "
    text = textwrap.fill(
        start + claim,
        min(screen.width, WIDTH),
        subsequent_indent=" " * len(start),
    )
    return text.replace(verdict, screen.toned(verdict), 1)
