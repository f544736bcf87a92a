"""The ledger of claims as text to be read."""

from __future__ import annotations

from linksignal.show.findings import Findings
from linksignal.show.text_table import printable, wrapped

# How a user may name the table.
NAMES = ("claims", "findings.claims")

LEDGER = """
select claim_id, claim, sentence
from findings.claims
order by claim_id
"""

INDENT = " " * 4


def ledger_text(findings: Findings) -> str:
    """Claims with their sentences, one paragraph each.

    Parameters
    ----------
    findings : Findings
        An open database.

    Returns
    -------
    str
        Text at most 100 columns wide, title included.
    """
    ((level,),) = findings.rows("select max(ci_level) from findings.claims")
    title = (
        f"The study's claims on this data, each tested by itself at "
        f"{100 * (1 - level):g} %, with {100 * level:g} % intervals "
        "(findings.claims; its parts: findings.claim_parts)"
    )
    paragraphs = [_paragraph(*row) for row in findings.rows(LEDGER)]
    return "\n\n".join([wrapped(title), *paragraphs])


def ledger_alone(findings: Findings) -> str:
    """Give the ledger with the note that data are simulated, where they are."""
    parts = [findings.simulated_note(), ledger_text(findings)]
    return "\n\n".join(part for part in parts if part)


def _paragraph(claim_id: str, claim: str, sentence: str) -> str:
    head = wrapped(f"{claim_id}  {printable(claim)}")
    return f"{head}\n{wrapped(printable(sentence), indent=INDENT)}"
