"""The features frame: outcomes beside signals, checked and in one order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from linksignal.errors import ExitCode, LinksignalError
from linksignal.sql import identifier, literal
from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import renumbered

CLUSTER = "cluster"

ALL_PLATFORMS = "all"

# Columns of the visibility frame that are not outcomes.
_VISIBILITY_KEYS = ("domain", "platform")
_VISIBILITY_NOTES = ("outcome_source",)


def study_frame(
    features: duckdb.DuckDBPyRelation,
    values: duckdb.DuckDBPyRelation,
    signals: duckdb.DuckDBPyRelation,
    visibility: pd.DataFrame,
) -> pd.DataFrame:
    """Put signals and outcomes of every domain side by side.

    Parameters
    ----------
    features : DuckDBPyRelation
        One row per domain, column ``domain``.
    values : DuckDBPyRelation
        One row per domain and signal: columns ``domain``, ``signal`` and
        ``value``.
    signals : DuckDBPyRelation
        The signals of the study, column ``signal``.
    visibility : DataFrame
        As in `with_outcomes`.

    Returns
    -------
    DataFrame
        The features, with a column for every signal, missing where a domain
        has no value, and the outcomes as `with_outcomes` adds them.

    Raises
    ------
    LinksignalError
        If a domain has two rows of one platform.
    """
    names = [name for (name,) in signals.project("signal").fetchall()]
    columns = [
        f"max(value) filter (where signal = {literal(name)}) "
        f"as {identifier(name)}"
        for name in names
    ]
    wide = values.aggregate(", ".join(["domain", *columns]), "domain").df()
    frame = features.order("domain").df()
    frame = frame.drop(columns=names, errors="ignore")
    return with_outcomes(frame.merge(wide, on="domain", how="left"), visibility)


def with_outcomes(
    features: pd.DataFrame, visibility: pd.DataFrame
) -> pd.DataFrame:
    """Put the outcomes of every platform beside the features.

    Parameters
    ----------
    features : DataFrame
        One row per domain, column ``domain``.
    visibility : DataFrame
        One row per ``domain`` and ``platform`` (or ``all``);
        ``outcome_source`` is left out, every other column is an outcome.

    Returns
    -------
    DataFrame
        The features, with a column ``{outcome}_{platform}`` for every
        outcome and platform there is, and for ``all`` in any case; missing
        where a domain has no row.

    Raises
    ------
    LinksignalError
        If a domain has two rows of one platform.
    """
    outcomes = visibility.drop(columns=list(_VISIBILITY_NOTES), errors="ignore")
    if outcomes.duplicated(list(_VISIBILITY_KEYS)).any():
        raise LinksignalError(
            "the visibility frame has a domain and platform in more than one "
            "row",
            ExitCode.DATA_FAILED,
        )
    wide = outcomes.pivot(index="domain", columns="platform")
    wide.columns = pd.Index(["_".join(names) for names in wide.columns])
    # Without any domain there are no rows to take the columns of `all` from.
    names = outcomes.columns.drop(list(_VISIBILITY_KEYS))
    of_all = [f"{name}_all" for name in names]
    wide = wide.reindex(columns=wide.columns.union(of_all, sort=False))
    return features.merge(wide, on="domain", how="left")


def platforms_with_outcomes(
    visibility: pd.DataFrame, platforms: pd.DataFrame
) -> list[str]:
    """Name the platforms of which outcomes are known, and ``all``.

    Parameters
    ----------
    visibility : DataFrame
        Columns ``platform`` and ``outcome_source``, missing where nothing
        is known of the platform.
    platforms : DataFrame
        The lookup, in its order: column ``platform``.

    Returns
    -------
    list of str
        In the order of the lookup, ``all`` last, whatever is known.
    """
    is_known = visibility["outcome_source"].notna()
    known = set(visibility.loc[is_known, "platform"].unique())
    listed = [name for name in platforms["platform"] if name in known]
    return [*listed, ALL_PLATFORMS]


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
        SHA-256 over domains, column names, values and clusters, in
        hexadecimal: the same for the same content, whatever the order of
        rows or columns.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain, 0 to g - 1 in the order of their first
        domains; None where every domain is a cluster of its own.
    """

    domains: tuple[str, ...]
    columns: Mapping[str, Floats]
    input_hash: str
    clusters: Indices | None = None

    def known(self, names: Iterable[str]) -> Booleans:
        """Tell where all the columns named are known, shape (n,)."""
        is_known = np.ones(len(self.domains), dtype=np.bool_)
        for name in names:
            is_known &= ~np.isnan(self.columns[name])
        return is_known


def read_study(features: pd.DataFrame, names: Iterable[str]) -> Study:
    """Take the named columns of the features frame, sorted by domain.

    Parameters
    ----------
    features : DataFrame
        One row per domain: column ``domain`` and every column named.
        Optional: ``cluster``, text that domains of one owner share; a
        domain without it is a cluster of its own.
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
    clusters = _clusters(features, order)
    input_hash = _fingerprint(in_order, columns, clusters)
    return Study(in_order, columns, input_hash, clusters)


def _clusters(features: pd.DataFrame, order: list[int]) -> Indices | None:
    """Number the clusters in the order of the sorted domains."""
    if CLUSTER not in features.columns:
        return None
    codes = pd.factorize(features[CLUSTER].iloc[order])[0]
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(codes) + alone
    return renumbered(codes)


def _check_columns(features: pd.DataFrame, needed: list[str]) -> None:
    missing = [name for name in needed if name not in features.columns]
    if missing:
        raise LinksignalError(
            "the features frame lacks the columns " + ", ".join(missing)
        )


def _check_domains(domains: list[object]) -> None:
    if not {*map(type, domains)} <= {str}:
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


def _with_lengths(texts: Sequence[str]) -> bytes:
    """Encode texts, each after its length in bytes."""
    if all(map(str.isascii, texts)):
        return "".join([f"{len(text)}:{text}" for text in texts]).encode()
    parts = [text.encode() for text in texts]
    return b"".join([b"%d:%b" % (len(part), part) for part in parts])


def _fingerprint(
    domains: tuple[str, ...],
    columns: Mapping[str, Floats],
    clusters: Indices | None,
) -> str:
    """Hash the content; every NaN counts as the same missing value."""
    digest = hashlib.sha256()
    for texts in (domains, tuple(columns)):
        digest.update(_with_lengths(texts))
    for values in columns.values():
        canonical = np.where(np.isnan(values), np.nan, values)
        digest.update(canonical.astype("<f8").tobytes())
    if clusters is not None:
        digest.update(clusters.astype("<i8").tobytes())
    return digest.hexdigest()
