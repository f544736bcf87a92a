"""Unit scores: a correlation is the product of two columns of them."""

from __future__ import annotations

import numpy as np

from linksignal.stats.arrays import Floats

TRANSFORMS = ("log1p", "none")


def transformed(values: Floats, transform: str) -> Floats:
    """Apply a registry's transform.

    Parameters
    ----------
    values : ndarray
        Values of one variable.
    transform : {'log1p', 'none'}
        As in the registry.

    Returns
    -------
    ndarray
        log(1 + value), or the values; not finite for log1p at -1 or below.
    """
    if transform == "none":
        return values
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.log1p(values))


def standardise(values: Floats) -> Floats:
    """Bring finite columns of any size to median zero and largest size one.

    A correlation does not change. The median, not the mean, is taken off:
    beside one huge value a mean would swamp what the other rows differ by.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Finite variables in columns.

    Returns
    -------
    ndarray, shape (n, k)
        Between -2 and 2; a column of zeros stays one.
    """
    size = np.abs(values).max(axis=0)
    scaled = values / np.where(size > 0, size, 1.0)
    centred = scaled - np.median(scaled, axis=0)
    reach = np.abs(centred).max(axis=0)
    return np.asarray(centred / np.where(reach > 0, reach, 1.0))


def unit_scores(values: Floats) -> Floats:
    """Centre each column and bring it to length one.

    Parameters
    ----------
    values : ndarray, shape (n, k)
        Variables in columns, finite and not constant.

    Returns
    -------
    ndarray, shape (n, k)
        Columns of mean zero and length one, so that ``a.T @ b`` holds the
        Pearson correlations between the columns of a and of b.
    """
    standard = standardise(values)
    centred = standard - standard.mean(axis=0)
    return np.asarray(centred / np.linalg.norm(centred, axis=0))
