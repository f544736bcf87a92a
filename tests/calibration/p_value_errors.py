"""Error rates of p values in their family."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from linksignal.simulate.laws import Law, planted
from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.estimators.permutation import (
    family_wise,
    null_draws,
)
from linksignal.stats.families import benjamini_hochberg, holm_across_blocks
from linksignal.stats.scores import unit_scores

from calibration.estimates import estimates_by
from calibration.figures import (
    FAMILY,
    Figure,
    Place,
    mean_of,
    share_of,
)
from calibration.pairs import rank_columns
from calibration.worlds import (
    COMMON,
    Sample,
    per_platform,
    samples,
    transform,
    with_mentions,
)

ALPHA = 0.05

# In a family of 35 the smallest adjusted p value must get below alpha.
FAMILY_DRAWS = 1_499

# The second block of a family lacks one domain in five.
BLOCKS = ((slice(0, 3), 1.0), (slice(3, 5), 0.8))

PRIMARY_METHODS = ("spearman", "pearson_log1p")


@dataclass(frozen=True)
class FamilyLaw:
    """A law under which some platforms depend on no signal.

    Attributes
    ----------
    name : str
        As in the table.
    law : Law
        The law.
    is_null : ndarray of bool, shape (5,)
        Platforms that are independent of every signal.
    """

    name: str
    law: Law
    is_null: Booleans


def family_laws() -> tuple[FamilyLaw, ...]:
    """Give a law without any association, and one with some.

    Returns
    -------
    tuple of FamilyLaw
        In the second law authority and links matter on the first, second and
        fourth platform, so that either block holds both kinds of pairs.
    """
    matters = per_platform((0.5, 0.5, 0.0, 0.5))
    part = replace(planted("smooth"), authority=matters, links=matters)
    return (
        FamilyLaw(
            "none", with_mentions(planted("none"), COMMON), np.ones(5, bool)
        ),
        FamilyLaw(
            "two of five platforms null",
            with_mentions(part, COMMON),
            np.array(matters) == 0,
        ),
    )


def family_figures(
    family: FamilyLaw,
    row_count: int,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    """Measure family-wise error and false discovery rate of the table.

    Seven signals on five platforms, in two blocks of domains.

    Parameters
    ----------
    family : FamilyLaw
        Which pairs are null.
    row_count : int
        Rows n of a sample.
    draws : int
        Samples.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    list of Figure
        Two per primary method.
    """
    any_wrong: dict[str, list[bool]] = {m: [] for m in PRIMARY_METHODS}
    wrong_share: dict[str, list[float]] = {m: [] for m in PRIMARY_METHODS}
    for sample in samples(family.law, row_count, draws, generator):
        blocks = _block_p_values(sample, row_count, generator)
        is_null = np.concatenate(
            [np.tile(family.is_null[part], 7) for part, _ in BLOCKS]
        )
        for at, method in enumerate(PRIMARY_METHODS):
            single = np.concatenate([block[at][0] for block in blocks])
            within = [block[at][1] for block in blocks]
            family_wise = np.concatenate(holm_across_blocks(within))
            found = benjamini_hochberg(single) <= ALPHA
            any_wrong[method].append(
                bool((family_wise[is_null] <= ALPHA).any())
            )
            wrong_share[method].append(
                np.count_nonzero(found & is_null) / max(1, found.sum())
            )
    place = Place(family.name, row_count)
    return [
        figure
        for method in PRIMARY_METHODS
        for figure in (
            share_of(
                f"family-wise error of p_family_wise, {method}",
                place,
                any_wrong[method],
                FAMILY,
            ),
            mean_of(
                f"false discovery rate of p_adjusted, {method}",
                place,
                np.array(wrong_share[method]),
                FAMILY,
            ),
        )
    ]


def _block_p_values(
    sample: Sample, row_count: int, generator: np.random.Generator
) -> list[list[tuple[Floats, Floats]]]:
    signals = np.column_stack(
        [
            sample.links,
            sample.referring,
            sample.follow,
            sample.nofollow,
            sample.text,
            sample.image,
            sample.authority,
        ]
    )
    blocks = []
    for platforms, share in BLOCKS:
        rows = slice(0, round(share * row_count))
        blocks.append(
            _p_values(
                signals[rows],
                sample.mentions[rows, platforms],
                generator,
            )
        )
    return blocks


def _p_values(
    signals: Floats,
    outcomes: Floats,
    generator: np.random.Generator,
) -> list[tuple[Floats, Floats]]:
    """Give single and family-wise p values of all pairs, per method."""
    found = []
    for method in PRIMARY_METHODS:
        scores = _scores(signals, method), _scores(outcomes, method)
        single = _by_error(signals, outcomes, method).ravel()
        shape = (FAMILY_DRAWS, *(side.shape[1] for side in scores))
        null = null_draws(*scores, generator.standard_normal(shape))
        null = null.reshape(FAMILY_DRAWS, -1)
        found.append((single, family_wise(single, null)))
    return found


def _by_error(signals: Floats, outcomes: Floats, method: str) -> Floats:
    left, right = (transform(one, method) for one in (signals, outcomes))
    columns = [
        [one.p_value for one in estimates_by(method, left, outcome, 0.95)]
        for outcome in right.T
    ]
    return np.array(columns).T


def _scores(values: Floats, method: str) -> Floats:
    """Scores; the level does not depend on which logarithms are taken."""
    ranked = method == "spearman"
    seen = rank_columns(values) if ranked else transform(values, method)
    return np.asarray(unit_scores(seen) * np.sqrt(len(values)))
