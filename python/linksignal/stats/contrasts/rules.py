"""Rules that a contrast obeys, and the sentence for each that it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block
from linksignal.stats.contrasts.comparisons import (
    ALL_DOMAINS,
    Comparison,
    ComparisonBlock,
)
from linksignal.stats.rules import (
    MIN_DISTINCT_SCORES,
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Profile,
    Status,
    pair_status,
    profile,
)


@dataclass(frozen=True)
class Standing:
    """Status of a contrast, with its reason.

    Attributes
    ----------
    status : Status
        ``ok``, or the first rule that is broken.
    reason : str or None
        One short sentence; None when there is nothing to say.
    """

    status: Status
    reason: str | None = None


def standings(
    group: ComparisonBlock,
    values: Mapping[str, Floats],
    distinct_score_count: int,
) -> list[Standing]:
    """Check comparisons before anything is computed.

    First the rules of a correlation, for both at once; then no decile work
    below ``MIN_DISTINCT_SCORES`` authority scores; then the two columns that
    are compared must differ on ``MIN_OFF_MODE_ROWS`` domains, as the error
    of a difference comes from the domains that make it.

    Parameters
    ----------
    group : ComparisonBlock
        Comparisons, with untransformed values.
    values : mapping of str to ndarray, shape (n,)
        Values as the method uses them.
    distinct_score_count : int
        Distinct authority scores in the study.

    Returns
    -------
    list of Standing
        One for each comparison.
    """
    block = group.block
    profiles = {name: profile(values[name]) for name in block.columns}
    return [
        _pair_standing(len(block.domains), comparison, profiles)
        or _decile_standing(comparison, distinct_score_count)
        or _rival_standing(block, comparison)
        or Standing(Status.OK)
        for comparison in group.comparisons
    ]


def _pair_standing(
    row_count: int, comparison: Comparison, profiles: Mapping[str, Profile]
) -> Standing | None:
    first, second = comparison.pairs
    status = pair_status(
        row_count,
        _weaker(profiles[first.signal], profiles[second.signal]),
        _weaker(profiles[first.outcome], profiles[second.outcome]),
    )
    if status is Status.OK:
        return None
    return Standing(status, _pair_reason(status, row_count))


def _weaker(first: Profile, second: Profile) -> Profile:
    """Merge two variables into one that breaks a rule if either does."""
    return Profile(
        is_finite=first.is_finite and second.is_finite,
        is_constant=first.is_constant or second.is_constant,
        off_mode_count=min(first.off_mode_count, second.off_mode_count),
        distinct_count=min(first.distinct_count, second.distinct_count),
        zero_share=max(first.zero_share, second.zero_share),
        tied_share=max(first.tied_share, second.tied_share),
    )


def _pair_reason(status: Status, row_count: int) -> str:
    reasons = {
        Status.NO_OVERLAP: "no domain has all three values",
        Status.TOO_FEW: f"{row_count} of at least {MIN_ROWS} domains "
        "with all three values",
        Status.UNRELIABLE: "a value is infinite, or has no logarithm",
        Status.CONSTANT_SIGNAL: "a signal has the same value everywhere",
        Status.CONSTANT_OUTCOME: "an outcome has the same value everywhere",
        Status.TOO_FEW_DISTINCT: f"fewer than {MIN_OFF_MODE_ROWS} domains off "
        "the most common value of a variable",
    }
    return reasons[status]


def _decile_standing(
    comparison: Comparison, distinct_score_count: int
) -> Standing | None:
    if (
        comparison.domain_set == ALL_DOMAINS
        or distinct_score_count >= MIN_DISTINCT_SCORES
    ):
        return None
    reason = f"fewer than {MIN_DISTINCT_SCORES} distinct authority scores"
    return Standing(Status.TOO_FEW_DISTINCT, reason)


def _rival_standing(block: Block, comparison: Comparison) -> Standing | None:
    first, second = (block.columns[name] for name in comparison.rivals)
    if np.count_nonzero(first != second) >= MIN_OFF_MODE_ROWS:
        return None
    reason = f"the two differ on fewer than {MIN_OFF_MODE_ROWS} domains"
    return Standing(Status.TOO_FEW_DISTINCT, reason)
