"""What contrasts certify, and the sentence for what they do not."""

from __future__ import annotations

import numpy as np

from linksignal.stats.contrasts.equivalence import (
    EQUIVALENT_RELATIONS,
    Relation,
    can_certify,
    relations,
    rows_for_power,
)
from linksignal.stats.contrasts.estimator import Contrast
from linksignal.stats.contrasts.rules import Standing
from linksignal.stats.rules import Status

NO_ERROR = "a correlation is perfect, or both sides order the domains alike"
RAW_PEARSON = "raw Pearson has no honest error on heavy tails; no verdict"


def verdicts(
    contrast: Contrast,
    row_count: int,
    margin: float,
    level: float,
    *,
    is_reliable: bool,
) -> list[tuple[Standing, Relation | None]]:
    """Say what contrasts certify, and why they do not.

    Parameters
    ----------
    contrast : Contrast
        k differences on n rows.
    row_count : int
        The n rows.
    margin : float
        Equivalence margin, positive.
    level : float
        Significance level of difference and equivalence, 0-1.
    is_reliable : bool
        Whether the method's contrasts may carry a verdict.

    Returns
    -------
    list of (Standing, Relation or None)
        No relation unless the status is ``ok``.
    """
    found = relations(contrast, margin, level)
    is_sharp = can_certify(contrast, margin, level)
    needed = rows_for_power(contrast, row_count, margin, level)
    judged: list[tuple[Standing, Relation | None]] = []
    for at, relation in enumerate(found):
        if np.isnan(contrast.standard_error[at]):
            judged.append((Standing(Status.UNRELIABLE, NO_ERROR), None))
        elif not is_reliable:
            judged.append((Standing(Status.UNRELIABLE, RAW_PEARSON), None))
        elif is_sharp[at] or relation in EQUIVALENT_RELATIONS:
            judged.append((Standing(Status.OK), relation))
        else:
            reason = (
                f"cannot certify at this n: equivalence within {margin:g} "
                f"needs about {needed[at]:,.0f} domains"
            )
            judged.append((Standing(Status.OK, reason), relation))
    return judged
