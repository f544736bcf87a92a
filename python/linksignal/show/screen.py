"""The claims on one screen, as a build ends with them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from linksignal.lookups import lookup_rows
from linksignal.show.findings import Findings
from linksignal.show.text_table import WIDTH
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


def claims_screen(database: Path) -> str:
    """What became of each claim, a line or two each.

    Parameters
    ----------
    database : Path
        A built database.

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
        _line(f"{claim_id}  {labels[verdict]:{width}}  ", printable(claim))
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


def _line(head: str, claim: str) -> str:
    """Head and claim; further lines of the claim stand below its first."""
    return textwrap.fill(head + claim, WIDTH, subsequent_indent=" " * len(head))
