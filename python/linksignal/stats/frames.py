"""The features frame, checked, in one order, with its fingerprint."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linksignal.errors import ExitCode, LinksignalError
from linksignal.stats.arrays import Floats


@dataclass(frozen=True)
class Study:
    """The columns that one table of statistics uses.

    Attributes
    ----------
    domains : tuple of str
        The n domains, sorted.
    columns : mapping of str to ndarray, shape (n,)
        Values in the order of `domains`; a missing value is NaN.
    input_hash : str
        SHA-256 over domains, column names and values, in hexadecimal: the
        same for the same content, whatever the order of rows or columns.
    """

    domains: tuple[str, ...]
    columns: Mapping[str, Floats]
    input_hash: str


def read_study(features: pd.DataFrame, names: Iterable[str]) -> Study:
    """Take the named columns of the features frame, sorted by domain.

    Parameters
    ----------
    features : DataFrame
        One row per domain: column ``domain`` and every column named.
    names : iterable of str
        Columns to take. Their values are numbers, missing or infinite.

    Returns
    -------
    Study

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, or a domain is missing or
        stands in more than one row.
    """
    wanted = sorted(set(names))
    _check_columns(features, ["domain", *wanted])
    domains = features["domain"].to_list()
    _check_domains(domains)
    order = sorted(range(len(domains)), key=domains.__getitem__)
    in_order = tuple(domains[row] for row in order)
    columns = {name: _numbers(features, name)[order] for name in wanted}
    return Study(in_order, columns, _fingerprint(in_order, columns))


def _check_columns(features: pd.DataFrame, needed: list[str]) -> None:
    missing = [name for name in needed if name not in features.columns]
    if missing:
        raise LinksignalError(
            "the features frame lacks the columns " + ", ".join(missing)
        )


def _check_domains(domains: list[object]) -> None:
    if not all(isinstance(domain, str) for domain in domains):
        raise LinksignalError(
            "the features frame has a row without a domain",
            ExitCode.DATA_FAILED,
        )
    if len(set(domains)) < len(domains):
        raise LinksignalError(
            "the features frame has a domain in more than one row",
            ExitCode.DATA_FAILED,
        )


def _numbers(features: pd.DataFrame, name: str) -> Floats:
    try:
        values = features[name].to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise LinksignalError(
            f"column {name} of the features frame is not of numbers",
            ExitCode.DATA_FAILED,
        ) from error
    # Adding zero turns -0.0, which has bytes of its own, into 0.0.
    return np.asarray(values + 0.0, dtype=np.float64)


def _fingerprint(
    domains: tuple[str, ...], columns: Mapping[str, Floats]
) -> str:
    """Hash the content; every NaN counts as the same missing value."""
    digest = hashlib.sha256()
    for text in (*domains, *columns):
        encoded = text.encode()
        digest.update(f"{len(encoded)}:".encode() + encoded)
    for values in columns.values():
        canonical = np.where(np.isnan(values), np.nan, values)
        digest.update(canonical.astype("<f8").tobytes())
    return digest.hexdigest()
