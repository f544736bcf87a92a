"""The page on orders of gains: how often each is told, by world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from calibration.figures import Figure
from calibration.report import markdown

ERRORS = 2.0
VERDICTS = ("links_first", "mentions_first", "together", "cannot_tell")

HEAD = """\
# Which order of gains is told, and how often

**Question.** How often does `findings.panel_effects` tell that links or
mentions gained came first, where it is known which did?

**Date.** {today}, seed {seed}. Studies of one platform, drawn month by month,
with links known from the month before the first mentions on.

**Limits.** Forward: links first in 80 % or more at an effect of 16 % a
doubling or more, mentions first never. Reverse: links first never. Common shock
and no effect: links first in 5 % at most, and likewise mentions first, or any
order. {errors:g} Monte-Carlo errors are allowed, but where it says never.

**Answer.** Of {count} figures {inside} keep their limits{beyond}

**Decision.** Mentions go with links before them, and with those after them:
links first where the former is shown, the difference of the two is shown, and
the latter is not. Effects of months are those of a category, errors those of
owners, degrees of freedom those that few large domains leave.

Per cent of studies; * marks what lies beyond its limit. `make calibrate` makes
this page.

"""


def panel_page(found: Mapping[str, Sequence[Figure]], seed: int) -> str:
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
    named = "; ".join(
        f"{f.law}, {f.rows:,} domains, {f.rho} months: {f.quantity} in "
        f"{100 * f.share:.1f} %"
        for f in outside
    )
    head = HEAD.format(
        today=date.today().isoformat(),
        seed=seed,
        errors=ERRORS,
        count=len(limited),
        inside=len(limited) - len(outside),
        beyond=f". Beyond: {named}." if outside else ".",
    )
    places: dict[tuple[str, int, str], dict[str, Figure]] = {}
    for figure in figures:
        place = (figure.law, figure.rows, figure.rho)
        places.setdefault(place, {})[figure.quantity] = figure
    columns = ("world", "domains", "months", "studies", *VERDICTS)
    return head + markdown(
        columns,
        [
            (
                law,
                f"{rows:,}",
                months,
                f"{of_place[VERDICTS[0]].draws:,}",
                *(_cell(of_place[name]) for name in VERDICTS),
            )
            for (law, rows, months), of_place in places.items()
        ],
    )


def _cell(figure: Figure) -> str:
    mark = "" if figure.is_inside(ERRORS) else " *"
    return f"{100 * figure.share:.1f}{mark}"
