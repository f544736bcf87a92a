"""What the figures of the calibration come to, in sentences made from them."""

from __future__ import annotations

from collections.abc import Sequence
from math import sqrt
from textwrap import fill

from calibration.coverage import FEWEST_GATED_ROWS
from calibration.equivalence import MARGIN
from calibration.figures import Figure
from calibration.reasons import CHANCE

# Differences up to twice the margin in use are near it.
NEAR_MARGIN = 2 * MARGIN

# The dear cells, and how their quantities start.
DEAR = {"Kink": "type I error, kink"}


def answer(figures: Sequence[Figure]) -> str:
    """Say how many figures keep their bounds, and what the dear ones tell.

    Parameters
    ----------
    figures : sequence of Figure
        All figures of the page.

    Returns
    -------
    str
        A paragraph of Markdown.
    """
    bounded = [figure for figure in figures if figure.bound is not None]
    outside = [figure for figure in bounded if not figure.is_inside()]
    clear = [figure for figure in outside if not figure.is_inside(CHANCE)]
    dear = {
        name: [f for f in bounded if f.quantity.startswith(start)]
        for name, start in DEAR.items()
    }
    dear = {name: found for name, found in dear.items() if found}
    coarse = [name for name, found in dear.items() if _is_coarse(found)]
    sentences = [
        f"**Answer.** Of {len(bounded)} figures with a bound "
        f"{len(bounded) - len(outside)} lie inside it; {len(outside)} lie "
        f"outside, {len(clear)} of them by more than {CHANCE:g} Monte-Carlo "
        "errors. They come first, with the reason.",
        *(_resolution(name, found) for name, found in dear.items()),
    ]
    if coarse:
        sentences.append(
            "Two such errors either way are wider than the band "
            f"({' and '.join(coarse).lower()}): only gross errors would show."
        )
    return fill(" ".join(sentences), 80)


def _resolution(name: str, figures: Sequence[Figure]) -> str:
    draws = [figure.draws for figure in figures]
    ends = dict.fromkeys((min(draws), max(draws)))
    studies = "-".join(f"{end:,}" for end in ends)
    return (
        f"{name} figures rest on {studies} studies each, at the bound an error "
        f"of up to {100 * max(map(_error_at_bound, figures)):.1f} points, in a "
        f"band of {100 * max(map(_band, figures)):.1f}."
    )


def _is_coarse(figures: Sequence[Figure]) -> bool:
    """Tell whether two errors to either side of a bound exceed its band."""
    return any(4 * _error_at_bound(f) > _band(f) for f in figures)


def _band(figure: Figure) -> float:
    return 0.0 if figure.bound is None else figure.bound.high - figure.bound.low


def _error_at_bound(figure: Figure) -> float:
    if figure.high is None or not figure.draws:
        return 0.0
    return sqrt(figure.high * (1 - figure.high) / figure.draws)


def decision(figures: Sequence[Figure]) -> str:
    """Say what is decided, next to the figures that it rests on.

    Parameters
    ----------
    figures : sequence of Figure
        All figures of the page.

    Returns
    -------
    str
        A paragraph of Markdown. A sentence without figures is left out.
    """
    sentences = [
        "**Decision.** The procedures stay.",
        _contrasts(figures),
        _margin(figures),
        _raw_pearson(figures),
    ]
    return fill(" ".join(filter(None, sentences)), 80)


def _contrasts(figures: Sequence[Figure]) -> str:
    errors = {
        method: _shares(figures, "type I error", f"contrast, {method}")
        for method in ("spearman", "pearson_log1p")
    }
    if not all(errors.values()):
        return ""
    return (
        f"Contrasts of equal correlations err in {_range(errors['spearman'])} "
        f"% of samples by Spearman, in {_range(errors['pearson_log1p'])} % by "
        "Pearson of logarithms. Too seldom costs power. Too often calls rows "
        "of the contrasts different too easily; verdicts use the p values of "
        "contrasts by Spearman alone."
    )


def _margin(figures: Sequence[Figure]) -> str:
    levels = [f for f in figures if f.quantity.startswith("level, equiv")]
    near, far = (
        [f.share for f in levels if f.draws and _is_far(f) == is_far]
        for is_far in (False, True)
    )
    if not near or not far:
        return ""
    return (
        f"The equivalence margin stays at {MARGIN:g}: a difference of the "
        f"margin is called equivalent in {_range(near)} % of samples where "
        f"the margin is below {NEAR_MARGIN:g}, in {_range(far)} % above."
    )


def _raw_pearson(figures: Sequence[Figure]) -> str:
    gated = [f for f in figures if f.rows >= FEWEST_GATED_ROWS]
    covered = _shares(gated, "coverage", ", pearson")
    errors = _shares(gated, "type I error", "contrast, pearson")
    if not covered or not errors:
        return ""
    return (
        "Raw Pearson feeds no verdict but C8's: from "
        f"{FEWEST_GATED_ROWS} rows on its intervals cover in "
        f"{_range(covered)} % of samples, and its contrasts err in "
        f"{_range(errors)} %."
    )


def _shares(figures: Sequence[Figure], start: str, end: str) -> list[float]:
    return [
        figure.share
        for figure in figures
        if figure.quantity.startswith(start)
        and figure.quantity.endswith(end)
        and figure.draws
    ]


def _is_far(figure: Figure) -> bool:
    """Tell whether the law's difference, its last word, is a wide margin."""
    return float(figure.law.split()[-1]) > NEAR_MARGIN


def _range(shares: Sequence[float]) -> str:
    ends = (f"{100 * end:.1f}" for end in (min(shares), max(shares)))
    return "-".join(dict.fromkeys(ends))
