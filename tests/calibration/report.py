"""The table of the calibration as Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from textwrap import fill

from calibration.cells import Effort
from calibration.conclusions import answer, decision
from calibration.figures import Figure
from calibration.reasons import reason_of

# Heading of each section, and how its quantities start.
SECTIONS = {
    "Intervals": ("coverage",),
    "Families of p values": ("family-wise", "false discovery"),
    "Contrasts": ("type I error, signal", "type I error, platform"),
    "Equivalence": ("power, equivalence", "level, equivalence"),
    "Kink test": ("type I error, kink", "power, kink"),
}

HEAD = """\
# Calibration of the statistics

**Question.** Do intervals cover and tests err as often as they promise, on laws
whose truth is known?

{run}

{answer}

{decision}

All figures are in per cent, with their Monte-Carlo standard error. ρ is the
correlation of the normal copula; the target of an interval is the statistic on
{target_rows:,} draws of the law. Samples count for an interval that have ten
mentions above zero and for which the table would give one; for a contrast
those with ten mentions above zero on every platform; for equivalence and the
kink test those with a standard error and a p; for the families all. "Common"
mentions have mean 14 and theta 0.9 on a platform, "sparse" ones mean 3 and
theta 0.25, half of them zero.
Without a bound a figure is reported and not judged: n = 10, raw Pearson, and
the power of tests that promise none. `make calibrate` makes this page with the
samples of the full form; the figures here are of the draws that each row says.
How often the ledger says what is false stands in
[calibration_ledger.md](../analysis/calibration_ledger.md), how often single p
values reject what is true in
[calibration_p_values.md](../analysis/calibration_p_values.md).
"""


def report(
    found: Mapping[str, Sequence[Figure]], effort: Effort, seed: int
) -> str:
    """Write the page.

    Parameters
    ----------
    found : mapping of str to sequence of Figure
        Figures by name of their cell.
    effort : Effort
        Samples asked for.
    seed : int
        Seed of the calibration.

    Returns
    -------
    str
        Markdown; figures outside their bounds come first.
    """
    figures = [figure for each in found.values() for figure in each]
    outside = [figure for figure in figures if not figure.is_inside()]
    head = HEAD.format(
        run=_run(figures, seed),
        answer=answer(figures),
        decision=decision(figures),
        target_rows=effort.target_rows,
    )
    parts = [head, "## Outside their bounds\n", _outside_table(outside)]
    for heading, starts in SECTIONS.items():
        chosen = [f for f in figures if f.quantity.startswith(starts)]
        if chosen:
            parts += [f"## {heading}\n", _table(chosen)]
    return "\n".join(parts)


def _run(figures: Sequence[Figure], seed: int) -> str:
    full = Effort()
    counts = []
    for heading, starts in SECTIONS.items():
        draws = [f.draws for f in figures if f.quantity.startswith(starts)]
        if draws:
            counts.append(f"{heading.lower()} up to {max(draws):,}")
    text = (
        f"**Date.** {date.today().isoformat()}, seed {seed}. Samples a row: "
        f"{'; '.join(counts)}; each row says its own. The full form draws "
        f"{full.small:,}, for the kink test {full.kink:,}."
    )
    return fill(text, 80)


def _outside_table(figures: Sequence[Figure]) -> str:
    """Put the figures in a table, and each of their reasons once below."""
    reasons = [reason_of(figure) for figure in figures]
    numbers = {text: at for at, text in enumerate(dict.fromkeys(reasons), 1)}
    rows = [
        (*_cells(figure), str(numbers[reason]))
        for figure, reason in zip(figures, reasons, strict=True)
    ]
    texts = [fill(f"{at}. {text}", 80) + "\n" for text, at in numbers.items()]
    return "\n".join([markdown((*_COLUMNS, "reason"), rows), *texts])


def _table(figures: Iterable[Figure]) -> str:
    rows = [(*_cells(figure), _inside(figure)) for figure in figures]
    return markdown((*_COLUMNS, "inside"), rows)


_COLUMNS = ("quantity", "law", "n", "ρ", "draws", "figure", "error", "bound")


def _cells(figure: Figure) -> tuple[str, ...]:
    return (
        figure.quantity,
        figure.law,
        f"{figure.rows:,}",
        figure.rho,
        f"{figure.draws:,}",
        f"{100 * figure.share:.1f}",
        f"{100 * figure.error:.2f}",
        "" if figure.bound is None else str(figure.bound),
    )


def _inside(figure: Figure) -> str:
    if figure.bound is None:
        return ""
    return "yes" if figure.is_inside() else "**no**"


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
