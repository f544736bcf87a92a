"""The ledger of claims as text to be read."""

from __future__ import annotations

from linksignal.show.findings import Findings
from linksignal.show.text_table import printable, wrapped

# How a user may name the table.
NAMES = ("claims", "findings.claims")

LEDGER = """
select claim_id, verdict, claim, reason
from findings.claims
order by claim_id
"""

INDENT = " " * 4


def ledger_text(findings: Findings) -> str:
    """Claims with their verdicts, one paragraph each.

    Parameters
    ----------
    findings : Findings
        An open database.

    Returns
    -------
    str
        Text at most 100 columns wide, title included: verdict and claim, and
        the reason, which holds the number that decides with its interval.
    """
    ((level, margin),) = findings.rows(
        "select max(ci_level), max(equivalence_margin) from findings.claims"
    )
    title = (
        f"The study's claims on this data, tested at {100 * (1 - level):g} % "
        f"with Holm over the claims; {100 * level:g} % intervals; margin "
        f"{margin:g} (findings.claims)"
    )
    paragraphs = [_paragraph(*row) for row in findings.rows(LEDGER)]
    return "\n\n".join([wrapped(title), *paragraphs])


def ledger_alone(findings: Findings) -> str:
    """Give the ledger with the note that data are simulated, where they are."""
    parts = [findings.simulated_note(), ledger_text(findings)]
    return "\n\n".join(part for part in parts if part)


def _paragraph(claim_id: str, verdict: str, claim: str, reason: str) -> str:
    verdict = verdict.replace("_", " ").upper()
    head = wrapped(f"{claim_id}  {verdict}: {printable(claim)}")
    return f"{head}\n{wrapped(printable(reason), indent=INDENT)}"
