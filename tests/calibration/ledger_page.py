"""The page on planted worlds: what the ledger says that is false."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from textwrap import fill

from calibration.figures import Figure
from calibration.planted import TRUTH_ROWS
from calibration.planted_run import (
    GAP_WORLDS,
    RULES,
    SHARE_FOUND,
    WRONG_PART,
    WRONG_VERDICT,
)
from calibration.report import markdown

ERRORS = 2.0

HEAD = """\
# What the ledger says in planted worlds

**Question.** How often does the ledger say something that is false, in worlds
of which it is known what is true?

**Date.** {today}, seed {seed}. Each row says how many studies were drawn.

**Limit.** Of each claim and world, wrong verdicts and studies with any wrongly
shown part: 5 %, and {errors:g} Monte-Carlo errors of the studies drawn.

**Answer.** Of {count} figures {inside} keep the limit; those that do not,
if any, stand first. How often the ledger says what is true, beside the first
edition, stands in [results.md](../benchmarks/results.md).

**Decision.** A claim whose figure is beyond the limit becomes more modest, not
the limit. So the kink of C1 is told as a bend, "at a threshold or along a steep
S-shaped curve": true of the logistic world as well.

{truth}
"""


def ledger_page(found: Mapping[str, Sequence[Figure]], seed: int) -> str:
    """Write the page.

    Parameters
    ----------
    found : mapping of str to sequence of Figure
        Figures by name of their cell.
    seed : int
        Seed of the calibration.

    Returns
    -------
    str
        Markdown.
    """
    figures = [figure for each in found.values() for figure in each]
    limited = [figure for figure in figures if figure.bound is not None]
    outside = [one for one in limited if not one.is_inside(ERRORS)]
    wrongly = [f for f in figures if f.quantity.startswith("wrongly shown")]
    head = HEAD.format(
        today=date.today().isoformat(),
        seed=seed,
        errors=ERRORS,
        count=len(limited),
        inside=len(limited) - len(outside),
        truth=fill(
            f"C8 is computed in the worlds {', '.join(GAP_WORLDS)}; elsewhere "
            "it is not testable. What is true of slopes and of which gauge is "
            f"better is read off {TRUTH_ROWS:,} domains of the world.",
            80,
        ),
    )
    beyond = _single(outside) if outside else "None.\n"
    parts = [head, "## Beyond the limit\n", beyond]
    parts += ["## Parts wrongly shown, where any was\n", _single(wrongly)]
    for quantity in (WRONG_VERDICT, WRONG_PART, SHARE_FOUND):
        parts += [f"## {quantity.capitalize()}, in per cent\n"]
        parts += [_by_claim([f for f in figures if f.quantity == quantity])]
    return "\n".join(parts)


def _single(figures: Iterable[Figure]) -> str:
    return markdown(
        ("world", "n", "claim", "what", "studies", "share"),
        [
            (
                figure.law,
                f"{figure.rows:,}",
                figure.rho,
                figure.quantity,
                f"{figure.draws:,}",
                f"{100 * figure.share:.1f}",
            )
            for figure in figures
        ],
    )


def _by_claim(figures: Iterable[Figure]) -> str:
    rows: dict[tuple[str, int], dict[str, Figure]] = {}
    for figure in figures:
        rows.setdefault((figure.law, figure.rows), {})[figure.rho] = figure
    return markdown(
        ("world", "n", *RULES),
        [
            (law, f"{count:,}", *(_share(of_claim.get(one)) for one in RULES))
            for (law, count), of_claim in rows.items()
        ],
    )


def _share(figure: Figure | None) -> str:
    return (
        ""
        if figure is None or not figure.draws
        else (f"{100 * figure.share:.0f}")
    )
