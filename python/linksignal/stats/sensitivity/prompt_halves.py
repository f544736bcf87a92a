"""Reliability of an outcome over odd and even prompts."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from linksignal.stats.arrays import Floats
from linksignal.stats.block_results import block_estimates
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.findings import Found
from linksignal.stats.results import Result
from linksignal.stats.rules import Status
from linksignal.stats.sensitivity.trials import Trial

HALVES = Pair("odd", "even")


def half_columns(outcome_column: str) -> tuple[str, str]:
    """Name the columns of an outcome over odd and over even prompts.

    Parameters
    ----------
    outcome_column : str
        Outcome and platform, as in the features frame.

    Returns
    -------
    tuple of str
    """
    return f"{outcome_column}_odd", f"{outcome_column}_even"


def with_halves(features: pd.DataFrame, halves: pd.DataFrame) -> pd.DataFrame:
    """Put outcomes over half of the prompts beside the features.

    Parameters
    ----------
    features : DataFrame
        One row per domain, column ``domain``.
    halves : DataFrame
        One row per ``domain``, ``platform`` and ``half`` (``odd`` or
        ``even``); the other columns are outcomes.

    Returns
    -------
    DataFrame
        The features, with a column named as by `half_columns` for every
        outcome, platform and half there is.
    """
    wide = halves.pivot(index="domain", columns=["platform", "half"])
    wide.columns = pd.Index(["_".join(names) for names in wide.columns])
    return features.merge(wide, on="domain", how="left")


def prompt_halves(trial: Trial) -> list[Found]:
    """Give the reliability of the outcomes, over the domains of each pair.

    The correlation h of the halves, stepped up to all prompts by Spearman
    and Brown's 2 h / (1 + h), and the bounds of its interval likewise. No
    correlation with the outcome can be expected to exceed its root. Exact
    for the outcome itself; on ranks and logarithms, which do not add up over
    prompts, an approximation that runs a few hundredths high where counts
    are small.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        By outcome; ``no_overlap`` where no half is known.

    References
    ----------
    Spearman (1910), Correlation calculated from faulty data, British
    Journal of Psychology 3, 271-295. Brown (1910), ibid. 296-322.
    """
    unknown = np.full(len(trial.block.domains), np.nan)
    return [
        _outcome_halves(
            trial, outcome, *trial.halves.get(outcome, (unknown, unknown))
        )
        for outcome in trial.block.outcomes
    ]


def _outcome_halves(
    trial: Trial, outcome: str, odd: Floats, even: Floats
) -> Found:
    pairs = trial.outcome_pairs(outcome)
    is_known = ~(np.isnan(odd) | np.isnan(even))
    kept = trial.block.restrict(is_known, pairs)
    columns = {HALVES.signal: odd[is_known], HALVES.outcome: even[is_known]}
    half = block_estimates(
        Block(kept.domains, (HALVES,), columns),
        trial.method,
        dict.fromkeys(columns, trial.transforms[outcome]),
        trial.sampling,
    )[HALVES]
    return Found(kept, dict.fromkeys(pairs, _stepped_up(half)))


def _stepped_up(half: Result) -> Result:
    is_silent = half.status is Status.CONSTANT_SIGNAL
    return replace(
        half,
        status=Status.CONSTANT_OUTCOME if is_silent else half.status,
        estimate=spearman_brown(half.estimate),
        ci_low=spearman_brown(half.ci_low),
        ci_high=spearman_brown(half.ci_high),
    )


def spearman_brown(half: float) -> float:
    """Step the correlation of two halves up to the reliability of both.

    Parameters
    ----------
    half : float
        Correlation of the halves, -1 to 1, or NaN.

    Returns
    -------
    float
        2 h / (1 + h), not below -1: what it tells below zero is that the
        halves have nothing in common.
    """
    if half <= -1 / 3:
        return -1.0
    return 2 * half / (1 + half)
