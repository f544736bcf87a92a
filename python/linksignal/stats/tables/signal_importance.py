"""The table of signal importance: whose share of the ranks is how large."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.arrays import Floats, side_by_side
from linksignal.stats.blocks import Block
from linksignal.stats.estimate import Estimate, arrow_table, without_numbers
from linksignal.stats.estimators.importance import (
    MOST_GROUPS,
    Importance,
    importance,
    turning_reliability,
)
from linksignal.stats.estimators.joint_effects import (
    LEAST_OWN_SHARE,
    own_shares,
)
from linksignal.stats.frames import Study
from linksignal.stats.ranks import TieGroups, centred_ranks, tie_groups
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    profile_of_groups,
)
from linksignal.stats.tables.joint_terms import (
    AUTHORITY,
    FOLLOWS,
    VOLUME,
    Model,
    Row,
    Term,
    modelled_rows,
)

DRAWS = 200
CI_METHOD = "bootstrap_of_owners"

NOTES = (
    "rank",
    "rank_low",
    "rank_high",
    "probability_first",
    "r_squared",
    "p_r_squared",
    "correlation",
    "nearest_term",
    "nearest_correlation",
    "turning_reliability",
)


def signal_importance_table(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Divide what all signals tell of the ranks of an outcome among them.

    Parameters
    ----------
    features, signals, outcomes, platforms
        As `joint_terms.modelled_rows`.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        One row per platform, outcome and term, always all of them, with the
        columns of ``findings.signal_importance``. ``estimate`` is the term's
        share of the variance of the outcome's ranks (0-1); those of one
        platform and outcome add up to ``r_squared``.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, or a domain stands twice.
    """
    rows = modelled_rows(
        features,
        signals,
        outcomes,
        platforms,
        partial(_rows_of_model, settings=settings),
    )
    chosen = {"ci_level": settings.ci_level, "seed": settings.seed}
    return arrow_table(
        [row | chosen for row in rows], findings_schema("signal_importance")
    )


def _rows_of_model(
    study: Study,
    model: Model,
    terms: Sequence[Term],
    settings: Settings,
) -> dict[str, list[Row]]:
    """Give the rows of every outcome of a model, by its column."""
    groups, left_out = _ranked_terms(model)
    outcomes = {
        name: tie_groups(study.columns[name][model.rows])
        for name in model.outcomes
    }
    broken = {
        name: _broken_rule(model, one, len(groups))
        for name, one in outcomes.items()
    }
    usable = [name for name, status in broken.items() if status is None]
    found: dict[str, dict[str, Row]] = {}
    if usable and groups:
        generator = Block(
            tuple(study.domains[row] for row in model.rows.tolist()), (), {}
        ).generator(settings.seed, "importance of signals")
        shares = importance(
            [*groups.values()],
            [outcomes[name] for name in usable],
            range(len(groups)),
            clusters=model.clusters,
            generator=generator,
            draw_count=DRAWS,
        )
        found = _described(shares, model, groups, usable, settings.ci_level)
    rows = {}
    for outcome in model.outcomes:
        missing = {**dict.fromkeys(groups, broken[outcome]), **left_out}
        stated = {name: one.columns() for name, one in missing.items() if one}
        told = found.get(outcome, {}) | stated
        rows[outcome] = [
            {"term": term.name, **dict.fromkeys(NOTES), **told[term.name]}
            for term in terms
        ]
    return rows


def _ranked_terms(
    model: Model,
) -> tuple[dict[str, TieGroups], dict[str, Estimate]]:
    """Rank the terms, and leave out those whose ranks follow from others."""
    groups = {name: tie_groups(values) for name, values in model.values.items()}
    left_out = dict(model.left_out)
    if groups:
        ranks = side_by_side([centred_ranks(one) for one in groups.values()])
        squares = np.einsum("ij,ij->j", ranks, ranks)
        own = own_shares(ranks, squares)
        for name, share in zip([*groups], own.tolist(), strict=True):
            if share <= LEAST_OWN_SHARE:
                left_out[name] = without_numbers(
                    len(model.rows), Status.COLLINEAR, FOLLOWS
                )
                del groups[name]
    return groups, left_out


def _broken_rule(
    model: Model, outcome: TieGroups, count: int
) -> Estimate | None:
    """Say why nothing is divided, if so."""
    found, row_count = profile_of_groups(outcome), len(model.rows)
    owners = (
        row_count
        if model.clusters is None
        else int(model.clusters.max(initial=-1)) + 1
    )
    needed = MIN_ROWS + count
    rules = (
        (row_count == 0, Status.NO_OVERLAP, None),
        (count > MOST_GROUPS, Status.TOO_MANY, None),
        (not found.is_finite, Status.UNRELIABLE, None),
        (found.is_constant, Status.CONSTANT_OUTCOME, None),
        (
            min(row_count, owners) < needed,
            Status.TOO_FEW,
            f"{row_count:,} domains of {owners:,} owners have all the values: "
            f"{count} signals need {needed:,}.",
        ),
        (
            found.off_mode_count < MIN_OFF_MODE_ROWS,
            Status.TOO_FEW_DISTINCT,
            None,
        ),
    )
    for is_broken, status, reason in rules:
        if is_broken:
            return without_numbers(row_count, status, reason)
    return None


def _described(
    shares: Importance,
    model: Model,
    groups: Mapping[str, TieGroups],
    outcomes: Sequence[str],
    ci_level: float,
) -> dict[str, dict[str, Row]]:
    """Give records and notes, by outcome and term."""
    low, high = shares.intervals(ci_level)
    rank_low, rank_high = shares.rank_ranges(ci_level)
    numbers = {
        "estimate": shares.shares,
        "standard_error": shares.standard_errors,
        "ci_low": low,
        "ci_high": high,
        "rank": shares.ranks,
        "rank_low": rank_low,
        "rank_high": rank_high,
        "probability_first": shares.probabilities_first,
    }
    names = [*groups]
    nearest = _nearest(names, shares.correlations[:, : len(names)])
    return {
        outcome: {
            name: {
                "n": len(model.rows),
                "ci_method": CI_METHOD,
                "status": Status.OK.value,
                "reason": model.notes.get(name),
                **{
                    key: float(values[place, at])
                    for key, values in numbers.items()
                },
                "r_squared": float(shares.r_squared[place]),
                "p_r_squared": float(shares.p_values[place]),
                "correlation": float(
                    shares.correlations[at, len(names) + place]
                ),
                **nearest[name],
                "turning_reliability": _turning(shares, names, place, name),
            }
            for at, name in enumerate(names)
        }
        for place, outcome in enumerate(outcomes)
    }


def _nearest(names: Sequence[str], correlations: Floats) -> dict[str, Row]:
    """Tell which other term the ranks of each go with most."""
    others = np.abs(correlations - np.eye(len(names)))
    return {
        name: {
            "nearest_term": names[int(others[at].argmax())],
            "nearest_correlation": float(correlations[at, others[at].argmax()]),
        }
        if len(names) > 1
        else {"nearest_term": None, "nearest_correlation": math.nan}
        for at, name in enumerate(names)
    }


def _turning(
    shares: Importance, names: Sequence[str], place: int, name: str
) -> float:
    """Tell at which reliability the lower of both sizes would pass."""
    if name not in (AUTHORITY, VOLUME) or not {AUTHORITY, VOLUME} <= {*names}:
        return math.nan
    lower = names.index(name)
    upper = names.index(VOLUME if name == AUTHORITY else AUTHORITY)
    if shares.shares[place, lower] >= shares.shares[place, upper]:
        return math.nan
    count = len(names)
    of_one = shares.correlations[:, [*range(count), count + place]]
    return turning_reliability(of_one, range(count), lower, upper)
