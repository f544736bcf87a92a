"""The page on single p values: how often they reject what is true."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from textwrap import fill

from calibration.figures import Figure
from calibration.report import markdown
from calibration.single_p_values import BOUNDS, METHODS, SIZES, quantity_of

ERRORS = 2.0

HEAD = """\
# Type I errors of single p values

**Question.** How often is a correlation of two independent counts called
significant, by each method, at 5, 1 and .1 %, with few domains and with many
zeros?

**Date.** {today}, seed {seed}.

{answer}

{decision}

Per cent of studies, with the Monte-Carlo error. Signals are log-normal counts,
outcomes log-normal counts of which the given share are zeros, at least ten are
not; every ten studies share an outcome, which the errors know. Held to what
Student's law with n - 2 degrees of freedom keeps on ranks and logarithms:
{bounds}; * marks what lies beyond by more than
{errors:g} Monte-Carlo errors. `make calibrate` makes this page.

"""


def single_p_page(found: Mapping[str, Sequence[Figure]], seed: int) -> str:
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
    figures = {
        (one.rows, one.law, one.quantity): one
        for each in found.values()
        for one in each
    }
    head = HEAD.format(
        today=date.today().isoformat(),
        seed=seed,
        answer=fill(_answer(list(figures.values())), 80),
        decision=fill(_decision(list(figures.values())), 80),
        bounds=", ".join(f"{bound} %" for bound in map(_bound, BOUNDS)),
        errors=ERRORS,
    )
    rows = [
        (f"{rows:,}", law, method, f"{chosen[0].draws:,}", *map(_cell, chosen))
        for rows, law in ((n, f"{share:.0%} zeros") for n, share in SIZES)
        for method in METHODS
        if (chosen := _levels(figures, rows, law, method))
    ]
    columns = ("n", "outcome", "method", "studies")
    levels = [f"{100 * level:g} %" for level in BOUNDS]
    return head + markdown((*columns, *levels), rows)


def _levels(
    figures: Mapping[tuple[int, str, str], Figure],
    rows: int,
    law: str,
    method: str,
) -> list[Figure]:
    keys = [(rows, law, quantity_of(method, level)) for level in BOUNDS]
    return [figures[key] for key in keys if key in figures]


def _answer(figures: Sequence[Figure]) -> str:
    """Count the figures beyond their bounds, and say how far they go."""
    beyond = [one for one in figures if not one.is_inside(ERRORS)]
    text = (
        f"**Answer.** Of {len(figures)} figures {len(figures) - len(beyond)} "
        f"lie within their bounds, widened by {ERRORS:g} Monte-Carlo errors."
    )
    often = [f for f in beyond if f.high is not None and f.share > f.high]
    seldom = [one for one in beyond if one not in often]
    for name, some in (("Too often", often), ("Too seldom", seldom)):
        if some:
            text += f" {name}: {'; '.join(map(_said, some))}."
    return text


def _decision(figures: Sequence[Figure]) -> str:
    text = (
        "**Decision.** Every p stays with the error of its own interval, so "
        "that it is below one minus the level exactly where the interval "
        "leaves out zero; raw Pearson stays with permutations, where p and "
        "interval may differ."
    )
    beyond = [one for one in figures if not one.is_inside(ERRORS)]
    if beyond and all(f.high is None or f.share <= f.high for f in beyond):
        text += " To reject too seldom costs power and claims nothing false."
    return text


def _said(figure: Figure) -> str:
    quantity = figure.quantity.removeprefix("single p at ")
    level, method = quantity.split(", ")
    return (
        f"{method}, n = {figure.rows:,}, {figure.law}: "
        f"{100 * figure.share:.3g} % at {level}"
    )


def _cell(figure: Figure) -> str:
    mark = "" if figure.is_inside(ERRORS) else " *"
    return f"{100 * figure.share:.2f} ± {100 * figure.error:.2f}{mark}"


def _bound(level: float) -> str:
    bound = BOUNDS[level]
    return f"{100 * bound.low:.3g}-{100 * bound.high:.3g}"
