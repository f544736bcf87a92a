"""The table of joint effects: what each signal adds when all are in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.settings import Settings
from linksignal.stats.estimate import (
    Estimate,
    arrow_table,
    without_numbers,
)
from linksignal.stats.estimators.joint_effects import (
    joint_estimates,
    make_design,
)
from linksignal.stats.families import holm_across_blocks
from linksignal.stats.frames import Study
from linksignal.stats.rules import Status
from linksignal.stats.tables.joint_terms import (
    FOLLOWS,
    Model,
    Row,
    Term,
    modelled_rows,
)

# Beyond these an exponential is no number.
LARGEST_LOG = 700.0


def joint_effect_table(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Estimate what each signal goes with when all are in.

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
        columns of ``findings.joint_effects``. ``estimate`` is the log ratio
        of mean outcomes per standard deviation of the term, at the same
        value of all others and of the curves of the sizes among them.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, or a domain stands twice.
    """
    level = settings.ci_level
    rows = modelled_rows(
        features,
        signals,
        outcomes,
        platforms,
        partial(_rows_of_model, ci_level=level),
    )
    return arrow_table(
        [row | {"ci_level": level} for row in rows],
        findings_schema("joint_effects"),
    )


def _rows_of_model(
    study: Study, model: Model, terms: Sequence[Term], ci_level: float
) -> dict[str, list[Row]]:
    """Give the rows of every outcome of a model, by its column."""
    taking = [term for term in terms if term.name in model.values]
    values = [model.values[term.name] for term in taking]
    design, is_kept = make_design(
        values, [term.is_size for term in taking], model.clusters
    )
    kept = [
        term.name for term, keep in zip(taking, is_kept, strict=True) if keep
    ]
    spreads = {
        term.name: float(one.std())
        for term, one in zip(taking, values, strict=True)
    }
    inflation = dict(zip(kept, design.variance_inflation.tolist(), strict=True))
    follows = without_numbers(len(model.rows), Status.COLLINEAR, FOLLOWS)
    found: dict[str, list[Row]] = {}
    for outcome in model.outcomes:
        fitted = joint_estimates(
            design, study.columns[outcome][model.rows], ci_level
        )
        estimates = {
            **{term.name: follows for term in taking},
            **model.left_out,
            **dict(zip(kept, fitted, strict=True)),
        }
        p_adjusted = _holm(estimates)
        found[outcome] = [
            {
                "term": term.name,
                **_described(term, estimates[term.name], model, spreads),
                "p_adjusted": p_adjusted.get(term.name, math.nan),
                "variance_inflation": inflation.get(term.name, math.nan)
                if estimates[term.name].status is Status.OK
                else math.nan,
            }
            for term in terms
        ]
    return found


def _holm(estimates: Mapping[str, Estimate]) -> dict[str, float]:
    """Adjust the p values of the terms of one model."""
    tested = {
        name: np.array([one.p_value])
        for name, one in estimates.items()
        if not math.isnan(one.p_value)
    }
    adjusted = holm_across_blocks([*tested.values()])
    return {
        name: float(one[0]) for name, one in zip(tested, adjusted, strict=True)
    }


def _described(
    term: Term,
    estimate: Estimate,
    model: Model,
    spreads: Mapping[str, float],
) -> Row:
    """Give the record of a term, and its ratios."""
    spread = spreads.get(term.name, math.nan)
    per_doubling = math.log(2) / spread if term.is_log and spread else math.nan
    columns = estimate.columns()
    if estimate.status is Status.OK:
        columns["reason"] = model.notes.get(term.name)
    ends = {
        "": estimate.estimate,
        "_low": estimate.ci_low,
        "_high": estimate.ci_high,
    }
    return {
        **columns,
        "standard_deviation": spread,
        **{f"ratio{end}": _ratio(value) for end, value in ends.items()},
        **{
            f"doubling_ratio{end}": _ratio(per_doubling * value)
            for end, value in ends.items()
        },
    }


def _ratio(logarithm: float) -> float:
    """Give the exponential, which is a number and above zero."""
    return float(np.exp(np.clip(logarithm, -LARGEST_LOG, LARGEST_LOG)))
