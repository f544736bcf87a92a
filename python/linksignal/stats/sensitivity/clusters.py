"""Standard errors where domains of one category go together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from linksignal.stats.arrays import Floats, Indices

# Fewer sums give a variance that Student's t cannot make up for.
MIN_CATEGORIES = 12


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


@dataclass(frozen=True)
class Clustered:
    """A correlation with the error that categories leave it.

    Attributes
    ----------
    low, high : float
        Bounds of the interval on the scale of the correlation.
    p_value : float
        Two-sided p value of no correlation.
    n_eff : float
        Independent domains that would give as large an error, at most n.
    """

    low: float
    high: float
    p_value: float
    n_eff: float


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
    labels = [
        ("category", name) if name is not None else ("domain", str(row))
        for row, name in enumerate(categories)
    ]
    places = {label: at for at, label in enumerate(dict.fromkeys(labels))}
    return Grouping(
        np.array([places[label] for label in labels], dtype=np.intp),
        sum(kind == "category" for kind, _ in places),
    )


def clustered(
    estimate: float, influence: Floats, grouping: Grouping, ci_level: float
) -> Clustered:
    """Give interval and p value that allow for categories.

    Influence values are summed within each group before they are squared.
    On Fisher's z, with the factor G / (G - 1) for the mean taken off G
    categories and Student's law of G - 1 degrees of freedom.

    Parameters
    ----------
    estimate : float
        Correlation, -1 to 1.
    influence : ndarray, shape (n,)
        Influence of each row on it, of mean zero; n above 3.
    grouping : Grouping
        Groups of the rows; at least two categories.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    Clustered
        NaN where the correlation is perfect or its error zero.

    References
    ----------
    Cameron & Miller (2015), A practitioner's guide to cluster-robust
    inference, Journal of Human Resources 50, 317-372.
    """
    row_count = len(influence)
    sums = np.bincount(grouping.place_of_row, weights=influence)
    degrees = grouping.category_count - 1
    alone = float(np.linalg.norm(influence)) / row_count
    together = float(np.linalg.norm(sums)) / row_count
    together *= np.sqrt((degrees + 1) / degrees)
    if not (alone > 0 and together > 0 and abs(estimate) < 1):
        return Clustered(np.nan, np.nan, np.nan, np.nan)
    stretch = np.sqrt(row_count / (row_count - 3)) / (1 - estimate**2)
    score, error = np.arctanh(estimate), together * stretch
    reach = student.ppf((1 + ci_level) / 2, degrees) * error
    return Clustered(
        low=float(np.tanh(score - reach)),
        high=float(np.tanh(score + reach)),
        p_value=float(2 * student.sf(abs(score / error), degrees)),
        n_eff=row_count / max(1.0, (together / alone) ** 2),
    )
