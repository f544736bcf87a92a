"""The page on joint models: what their intervals hold, and what they name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from textwrap import fill

from calibration.figures import Figure
from calibration.joint import GAUGE_WORLDS, JOINT_ROWS, LAWS, TERMS
from calibration.report import markdown

ERRORS = 2.0

HEAD = """\
# Joint models on studies of known truth

**Question.** With all signals in, does the interval of a ratio hold the true
one, and does the sentence name the right gauge?

**Date.** {today}, seed {seed}.

{answer}

**Decision.** Errors leave every owner out in turn and have the degrees of
freedom that the spread of influences is worth. Where they cover a little more
than 95 % they cost power and claim nothing false. A gauge is named only where
its interval lies above all others.

## Ratios

Per cent of studies in which the 95 % interval holds the true ratio per standard
deviation, with the Monte-Carlo error. Domains have the signals of the planted
worlds; log mean mentions are linear in the terms, 1.5 times per standard
deviation of authority score, 1.3 of number of links, 1.2 of image mix, and
nothing of the other two; every five studies share their signals. Held to
93-97 %; * marks what lies beyond by more than {errors:g} Monte-Carlo errors.
Where too few domains are mentioned, or too few owners, nothing is fitted, and
the row says so.

"""

GAUGES = """
## Gauges

Planted worlds of the ledger. "Wrong": the sentence names another best gauge
than a draw of 200,000 domains has, held to 5 %. "Right" and "first" say how
often the sentence names the best one, and how often it has the largest share.
"Inside": how often a share of the large draw lies in its interval, over all
signals.
Where size alone acts, whatever is measured best is the best gauge: the sentence
says gauge, and that a gauge is no cause.

"""


def joint_page(found: Mapping[str, Sequence[Figure]], seed: int) -> str:
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
        (one.law, one.rows, one.quantity): one
        for each in found.values()
        for one in each
    }
    ratios = [
        (law.name, f"{rows:,}", *_ratios(figures, law.name, rows))
        for law in LAWS
        for rows in JOINT_ROWS
        if (law.name, rows, "fitted") in figures
    ]
    gauges = [
        (
            world,
            best or "none",
            f"{rows:,}",
            f"{figures[world, rows, 'wrong gauge named'].draws:,}",
            *(
                _cell(figures.get((world, rows, quantity)))
                for quantity in (
                    "wrong gauge named",
                    "right gauge named",
                    "largest share is of the best gauge",
                    "share within its interval",
                )
            ),
        )
        for world, best in GAUGE_WORLDS.items()
        for rows in JOINT_ROWS
        if (world, rows, "wrong gauge named") in figures
    ]
    head = HEAD.format(
        today=date.today().isoformat(),
        seed=seed,
        answer=fill(_answer(list(figures.values())), 80),
        errors=ERRORS,
    )
    return (
        head
        + markdown(("law", "n", "fitted", *TERMS), ratios)
        + GAUGES
        + markdown(
            (
                *("world", "best gauge", "n", "studies"),
                *("wrong", "right", "first", "inside"),
            ),
            gauges,
        )
    )


def _ratios(
    figures: Mapping[tuple[str, int, str], Figure], law: str, rows: int
) -> list[str]:
    fitted = figures[law, rows, "fitted"]
    whole = f"{fitted.share * fitted.draws:,.0f} of {fitted.draws:,}"
    return [
        whole,
        *(_cell(figures[law, rows, f"coverage, {term}"]) for term in TERMS),
    ]


def _cell(figure: Figure | None) -> str:
    """Write a figure in per cent; a star where it is beyond its bound."""
    if figure is None or not figure.draws:
        return ""
    mark = "" if figure.is_inside(ERRORS) else " *"
    return f"{100 * figure.share:.1f} ± {100 * figure.error:.1f}{mark}"


def _answer(figures: Sequence[Figure]) -> str:
    """Count the figures within their bounds, and name the others."""
    text = "**Answer.**"
    for name, start in (("coverage", "coverage, "), ("wrong gauge", "wrong")):
        held = [f for f in figures if f.quantity.startswith(start) and f.draws]
        beyond = [one for one in held if not one.is_inside(ERRORS)]
        text += (
            f" Of {len(held)} figures of {name} {len(held) - len(beyond)} keep "
            f"their bound, widened by {ERRORS:g} Monte-Carlo errors"
        )
        said = "; ".join(
            f"{one.quantity}, {one.law}, n = {one.rows:,}: "
            f"{100 * one.share:.1f} %"
            for one in beyond
        )
        text += f" (beyond: {said})." if said else "."
    return text
