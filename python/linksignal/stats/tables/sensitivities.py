"""The sensitivity rows: a main row again, with one thing changed.

They stand beside the rows of the two primary methods and say what becomes of
these.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.blocks import Pair
from linksignal.stats.estimate import Estimate, influence_errors
from linksignal.stats.estimators.fisher import fisher_estimates
from linksignal.stats.estimators.variables import Variable
from linksignal.stats.rules import Status
from linksignal.stats.tables.cells import Found, Sheet

# The share of domains at an end that is dropped or drawn in.
TAIL_SHARE = 0.01

# Changes that differ by less are equal, so that rounding picks no domain.
CHANGE_DIGITS = 12

# Fewer sums give a variance that Student's t cannot make up for.
MIN_CATEGORIES = 12

FEW_CATEGORIES = f"The domains have fewer than {MIN_CATEGORIES} categories."
NO_CATEGORY = "No domain has a category."

CATEGORY = "category"

POSITIVES = "positives_only"
TOP_DROPPED = "top_1_percent_dropped"
WINSORISED = "winsorised_1_percent"
LEAVE_ONE_OUT = "leave_one_out"
CLUSTERED = "cluster_category"
HALVES = "prompt_halves"
SENSITIVITIES = (
    POSITIVES,
    TOP_DROPPED,
    WINSORISED,
    LEAVE_ONE_OUT,
    CLUSTERED,
    HALVES,
)


@dataclass(frozen=True)
class Changed:
    """Signals, and the sheet that they and the outcome are correlated on."""

    signals: Sequence[str]
    sheet: Sheet


def positives_only(
    sheet: Sheet, signals: Sequence[str], outcome: str
) -> list[Changed]:
    """Leave out the domains that no answer names.

    Parameters
    ----------
    sheet : Sheet
        All rows.
    signals : sequence of str
        Columns.
    outcome : str
        Column.

    Returns
    -------
    list of Changed
        Each signal in one of them.
    """
    is_kept = sheet.variables[outcome].values > 0
    return [Changed(signals, sheet.part(is_kept, [*signals, outcome]))]


def top_1_percent_dropped(
    sheet: Sheet, signals: Sequence[str], outcome: str
) -> list[Changed]:
    """Leave out the largest values of either variable, at least one.

    Values equal to the largest one kept stay, so that the order of rows
    decides nothing.

    Parameters
    ----------
    sheet, signals, outcome
        As in `positives_only`.

    Returns
    -------
    list of Changed
        One for each signal.
    """
    is_low = {name: _is_low(sheet, name) for name in (*signals, outcome)}
    return [
        Changed(
            [signal],
            sheet.part(is_low[signal] & is_low[outcome], [signal, outcome]),
        )
        for signal in signals
    ]


def winsorised_1_percent(
    sheet: Sheet, signals: Sequence[str], outcome: str
) -> list[Changed]:
    """Winsorise both ends of both variables.

    Parameters
    ----------
    sheet, signals, outcome
        As in `positives_only`.

    Returns
    -------
    list of Changed
        Each signal in one of them.
    """
    variables = {
        name: sheet.variables[name].clipped(*_ends(sheet, name))
        for name in (*signals, outcome)
    }
    return [Changed(signals, replace(sheet, variables=variables))]


def _is_low(sheet: Sheet, name: str) -> Booleans:
    return np.asarray(sheet.variables[name].values <= _ends(sheet, name)[1])


def _ends(sheet: Sheet, name: str) -> tuple[float, float]:
    tail = max(1, int(TAIL_SHARE * sheet.row_count))
    return sheet.variables[name].ends(tail)


def without_one(
    sheet: Sheet, signals: Sequence[str], outcome: str, method: str, row: int
) -> dict[Pair, Found]:
    """Leave out one domain.

    Parameters
    ----------
    sheet : Sheet
        All rows.
    signals : sequence of str
        Columns.
    outcome : str
        Column.
    method : str
        A primary method.
    row : int
        Place of the domain.

    Returns
    -------
    dict of Pair to Found
    """
    is_kept = np.ones(sheet.row_count, dtype=np.bool_)
    is_kept[row] = False
    part = sheet.part(is_kept, [*signals, outcome])
    return part.correlate(signals, outcome, method)


def most_influential_row(estimate: float, left_out: Floats) -> int:
    """Find the row without which a correlation changes most.

    Parameters
    ----------
    estimate : float
        Correlation of all rows.
    left_out : ndarray, shape (n,)
        Correlations without each row; NaN counts as the largest change.

    Returns
    -------
    int
        The first of those with the largest change.
    """
    changes = np.abs(left_out - estimate)
    largest = np.where(np.isnan(changes), np.inf, changes)
    return int(np.argmax(np.round(largest, CHANGE_DIGITS)))


@dataclass(frozen=True)
class Grouping:
    """Domains by category; one without a category stands for itself.

    Attributes
    ----------
    place_of_row : ndarray of int, shape (n,)
        Group of each row.
    category_count : int
        Categories G; groups of domains without one not counted.
    """

    place_of_row: Indices
    category_count: int


def read_categories(features: pd.DataFrame) -> dict[str, str]:
    """Take the categories of domains from the features frame.

    Parameters
    ----------
    features : DataFrame
        With column ``domain``, and column ``category`` or without it.

    Returns
    -------
    dict of str to str
        Category by domain, without the domains that have none.
    """
    if CATEGORY not in features.columns:
        return {}
    pairs = zip(features["domain"], features[CATEGORY], strict=True)
    return {
        domain: str(category)
        for domain, category in sorted(pairs, key=lambda pair: str(pair[0]))
        if not pd.isna(category)
    }


def hash_with_categories(input_hash: str, categories: Mapping[str, str]) -> str:
    """Carry the hash of the numbers on over the categories.

    Parameters
    ----------
    input_hash : str
        As in `frames.Study`.
    categories : mapping of str to str
        Category by domain.

    Returns
    -------
    str
        SHA-256 in hexadecimal; the given one without categories.
    """
    if not categories:
        return input_hash
    digest = hashlib.sha256(input_hash.encode())
    for text in (part for pair in categories.items() for part in pair):
        encoded = text.encode()
        digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()


def group_by_category(categories: Sequence[str | None]) -> Grouping:
    """Group rows by category.

    Parameters
    ----------
    categories : sequence of str or None
        Category of each row.

    Returns
    -------
    Grouping
    """
    codes, found = pd.factorize(np.array(categories, dtype=object))
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(found) + np.arange(len(alone))
    return Grouping(np.asarray(codes, dtype=np.intp), len(found))


def clustered(
    estimates: Floats, influences: Floats, grouping: Grouping, ci_level: float
) -> list[tuple[Estimate, float]]:
    """Let domains of one category go together.

    Influence values are summed within each category before they are
    squared, with at most G - 1 degrees of freedom.

    Parameters
    ----------
    estimates : ndarray, shape (s,)
        Correlations.
    influences : ndarray, shape (n, s)
        Influence of each row on their z.
    grouping : Grouping
        Groups of the rows.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    list of tuple
        The estimate, below ``MIN_CATEGORIES`` categories ``too_few``,
        without any ``no_overlap``; and ``n_eff``, the independent domains
        that would give as large an error, at most n, or NaN.

    References
    ----------
    Cameron & Miller (2015), A practitioner's guide to cluster-robust
    inference, Journal of Human Resources 50, 317-372.
    """
    row_count = len(influences)
    if grouping.category_count < MIN_CATEGORIES:
        is_any = grouping.category_count > 0
        broken = Estimate(
            row_count,
            status=Status.TOO_FEW if is_any else Status.NO_OVERLAP,
            reason=FEW_CATEGORIES if is_any else NO_CATEGORY,
        )
        return [(broken, float("nan"))] * len(estimates)
    found = fisher_estimates(
        estimates,
        influences,
        grouping.place_of_row,
        ci_level,
        most_degrees=grouping.category_count - 1.0,
    )
    alone, _ = influence_errors(influences)
    return [
        (one, _n_eff(row_count, one.standard_error, error))
        for one, error in zip(found, alone.tolist(), strict=True)
    ]


def _n_eff(row_count: int, together: float, alone: float) -> float:
    if np.isnan(together):
        return float("nan")
    return row_count / max(1.0, (together / alone) ** 2)


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


def prompt_halves(
    sheet: Sheet, outcome: str, halves: Mapping[str, Floats], method: str
) -> Found:
    """Return the reliability of an outcome, over the rows of a sheet.

    The correlation h of the halves, stepped up to all prompts by Spearman
    and Brown's 2 h / (1 + h), and the bounds of its interval likewise. No
    correlation with the outcome can be expected to exceed its root. Exact
    for the outcome itself; on ranks and logarithms, which do not add up over
    prompts, an approximation that runs a few hundredths high where counts
    are small.

    Parameters
    ----------
    sheet : Sheet
        All rows.
    outcome : str
        Column.
    halves : mapping of str to ndarray, shape (n,)
        The outcome over odd and over even prompts, by column.
    method : str
        A primary method.

    Returns
    -------
    Found
        ``no_overlap`` where no half is known.

    References
    ----------
    Spearman (1910), Correlation calculated from faulty data, British
    Journal of Psychology 3, 271-295. Brown (1910), ibid. 296-322.
    """
    odd, even = half_columns(outcome)
    is_known = ~(np.isnan(halves[odd]) | np.isnan(halves[even]))
    part = replace(
        sheet.part(is_known, []),
        variables={
            name: Variable.of(halves[name][is_known]) for name in (odd, even)
        },
        transforms=dict.fromkeys((odd, even), sheet.transforms[outcome]),
    )
    found = part.correlate([odd], even, method)[Pair(odd, even)].estimate
    is_silent = found.status is Status.CONSTANT_SIGNAL
    return Found(
        replace(
            found,
            status=Status.CONSTANT_OUTCOME if is_silent else found.status,
            estimate=spearman_brown(found.estimate),
            ci_low=spearman_brown(found.ci_low),
            ci_high=spearman_brown(found.ci_high),
        )
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
