"""The terms of the joint models: the links of a domain as a composition.

The counts of links are nearly one variable. Recoded as how many, from how
many domains and of which kinds they are not, and signals that the user
delivered stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from linksignal.lookups import lookup_rows
from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import Estimate, renumbered, without_numbers
from linksignal.stats.estimators.composition import log_ratio, surplus
from linksignal.stats.estimators.thinning import dispersion
from linksignal.stats.frames import Study, read_study
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    profile,
)
from linksignal.stats.scores import transformed

AUTHORITY, VOLUME = "authority_score", "volume"

TOTAL, BREADTH = "total_backlinks", "referring_domains"
KINDS = {
    "nofollow_mix": ("nofollow_links", "follow_links"),
    "image_mix": ("image_links", "text_links"),
}
LINK_COLUMNS = (
    AUTHORITY,
    TOTAL,
    BREADTH,
    *(name for pair in KINDS.values() for name in pair),
)

# A term that fewer than this share of the domains have is left out, so that
# the others keep their domains.
LEAST_KNOWN_SHARE = 0.5

# A part of a count that varies less than this share of what chance lets it is
# a fixed part.
LEAST_DISPERSION = 0.1

BY_REFERRING_DOMAINS = (
    "Told by referring domains, as total links are not known."
)
FOLLOWS = "It follows from the signals before it; theirs hold for it as well."


@dataclass(frozen=True)
class Term:
    """How a term of the models is made.

    Attributes
    ----------
    name : str
        As in column ``term``.
    columns : tuple of str
        What it is made of.
    made : callable
        Gives its values from those of the columns.
    is_log : bool
        Whether one more of it, times log 2, is a doubling.
    is_size : bool
        Whether it may stand for how large a domain is, and bend: it has a
        curve then.
    """

    name: str
    columns: tuple[str, ...]
    made: Callable[..., Floats]
    is_log: bool
    is_size: bool


def make_terms(study: Study, delivered: Mapping[str, str]) -> list[Term]:
    """Name the terms of a study.

    Parameters
    ----------
    study : Study
        With `LINK_COLUMNS`.
    delivered : mapping of str to str
        Transform of every signal that the user delivered.

    Returns
    -------
    list of Term
        Those of the lookup, in its order, and one per delivered signal.
    """
    size = TOTAL if study.known([TOTAL]).any() else BREADTH
    terms = {
        AUTHORITY: Term(AUTHORITY, (AUTHORITY,), _as_it_is, False, True),
        VOLUME: Term(VOLUME, (size,), np.log1p, True, True),
        "breadth": Term("breadth", (BREADTH, TOTAL), log_ratio, True, False),
    } | {
        name: Term(name, pair, surplus, True, False)
        for name, pair in KINDS.items()
    }
    known = [terms[row["term"]] for row in lookup_rows("joint_terms")]
    return known + [
        Term(
            signal,
            (signal,),
            lambda values, how=how: transformed(values, how),
            how == "log1p",
            True,
        )
        for signal, how in delivered.items()
    ]


def _as_it_is(values: Floats) -> Floats:
    return values


@dataclass(frozen=True)
class Model:
    """The terms and domains that outcomes are modelled by.

    Attributes
    ----------
    outcomes : tuple of str
        Columns of the outcomes, all known on the same domains.
    rows : ndarray of int, shape (n,)
        Places of the domains in the study.
    values : mapping of str to ndarray, shape (n,)
        The terms that take part, by name, in their order.
    left_out : mapping of str to Estimate
        Why the other terms do not.
    notes : mapping of str to str
        What limits a term that takes part.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain.
    """

    outcomes: tuple[str, ...]
    rows: Indices
    values: Mapping[str, Floats]
    left_out: Mapping[str, Estimate]
    notes: Mapping[str, str]
    clusters: Indices | None


Row = dict[str, object]
RowsOfModel = Callable[[Study, Model, Sequence[Term]], dict[str, list[Row]]]


def modelled_rows(
    features: pd.DataFrame,
    signals: pd.DataFrame,
    outcomes: pd.DataFrame,
    platforms: Sequence[str],
    rows_of_model: RowsOfModel,
) -> list[Row]:
    """Give the rows of a table with one per platform, outcome and term.

    Parameters
    ----------
    features : DataFrame
        One row per domain: columns ``domain``, `LINK_COLUMNS`, one per
        delivered signal and ``{outcome}_{platform}``; optional ``cluster``.
        A missing value is NaN or None; the order of rows is of no account.
    signals : DataFrame
        Columns ``signal``, ``transform`` and ``is_delivered``.
    outcomes : DataFrame
        Column ``outcome``.
    platforms : sequence of str
        Platforms, and ``all``.
    rows_of_model : callable
        Gives, by column of outcomes, a row per term of a model.

    Returns
    -------
    list of dict
        Always all of them, outcome by outcome.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, or a domain stands twice.
    """
    cells = {
        f"{outcome}_{platform}": {"platform": platform, "outcome": outcome}
        for outcome in outcomes["outcome"]
        for platform in platforms
    }
    chosen = signals[signals["is_delivered"].astype(bool)]
    delivered = dict(zip(chosen["signal"], chosen["transform"], strict=True))
    study = read_study(features, [*LINK_COLUMNS, *delivered, *cells])
    terms = make_terms(study, delivered)
    rows: dict[str, list[Row]] = {}
    # The products are many and narrow: threads of BLAS wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        for model in make_models(study, terms, [*cells]):
            rows |= rows_of_model(study, model, terms)
    return [
        {**cell, **row, "input_hash": study.input_hash}
        for column, cell in cells.items()
        for row in rows[column]
    ]


def make_models(
    study: Study, terms: Sequence[Term], outcomes: Sequence[str]
) -> Iterator[Model]:
    """Choose terms and domains for every outcome.

    Parameters
    ----------
    study : Study
        With the columns of terms and outcomes.
    terms : sequence of Term
    outcomes : sequence of str
        Columns.

    Yields
    ------
    Model
        One for all outcomes that are known on the same domains.
    """
    masks: dict[bytes, tuple[Booleans, list[str]]] = {}
    for outcome in outcomes:
        mask = study.known([outcome])
        masks.setdefault(mask.tobytes(), (mask, []))[1].append(outcome)
    for mask, names in masks.values():
        yield _model(study, terms, mask, tuple(names))


def _model(
    study: Study,
    terms: Sequence[Term],
    is_known: Booleans,
    outcomes: tuple[str, ...],
) -> Model:
    left_out = {}
    rows, unknown = _shared_domains(study, terms, is_known)
    values = {}
    for term in terms:
        broken = unknown.get(term.name)
        if broken is None:
            columns = [study.columns[name][rows] for name in term.columns]
            found = _values_of(term, columns)
            if isinstance(found, Estimate):
                broken = found
            else:
                values[term.name] = found
        if broken is not None:
            left_out[term.name] = broken
    is_told_by_domains = any(
        term.name == VOLUME and term.columns == (BREADTH,) for term in terms
    )
    notes = {VOLUME: BY_REFERRING_DOMAINS} if is_told_by_domains else {}
    clusters = study.clusters
    if clusters is not None:
        clusters = renumbered(clusters[rows])
    return Model(outcomes, rows, values, left_out, notes, clusters)


def _shared_domains(
    study: Study, terms: Sequence[Term], is_known: Booleans
) -> tuple[Indices, dict[str, Estimate]]:
    """Choose the domains where all terms are known, and leave terms out.

    Authority score and number of links are what the models are about, and
    the domains are those that have both, however few. Of the others, those
    known most widely first, a term takes part unless it would leave fewer
    than half of these domains.
    """
    known = {one.name: study.known(one.columns) & is_known for one in terms}
    counts = {name: int(mask.sum()) for name, mask in known.items()}
    left_out = {
        name: without_numbers(0, Status.NO_OVERLAP)
        for name, count in counts.items()
        if not count
    }
    mask, least = is_known, MIN_ROWS
    order = sorted(
        (one for one in terms if one.name not in left_out),
        key=lambda one: (
            one.name not in (AUTHORITY, VOLUME),
            -counts[one.name],
        ),
    )
    core_count = int(mask.sum())
    for term in order:
        if term.name not in (AUTHORITY, VOLUME):
            least = max(MIN_ROWS, int(np.ceil(LEAST_KNOWN_SHARE * core_count)))
        together = mask & known[term.name]
        if np.count_nonzero(together) < least:
            left_out[term.name] = without_numbers(
                counts[term.name],
                Status.TOO_FEW,
                f"Known for {counts[term.name]:,} of {core_count:,} domains: "
                "too few to keep it beside the others.",
            )
            continue
        mask = together
        if term.name in (AUTHORITY, VOLUME):
            core_count = int(mask.sum())
    return np.flatnonzero(mask), left_out


def _values_of(term: Term, columns: Sequence[Floats]) -> Floats | Estimate:
    """Make a term, or say why it takes no part."""
    row_count = len(columns[0])
    if term.name in KINDS and not all(one.sum() > 0 for one in columns):
        return without_numbers(
            row_count,
            Status.CONSTANT_SIGNAL,
            "One of the two kinds of links was never counted.",
        )
    if not all(np.isfinite(one).all() for one in columns):
        return without_numbers(row_count, Status.UNRELIABLE)
    if len(columns) > 1 and _is_fixed_part(term, columns):
        return without_numbers(
            row_count,
            Status.CONSTANT_SIGNAL,
            "One of its two counts is a fixed part of the other.",
        )
    values = term.made(*columns)
    found = profile(values)
    rules = (
        (not found.is_finite, Status.UNRELIABLE),
        (found.is_constant, Status.CONSTANT_SIGNAL),
        (found.off_mode_count < MIN_OFF_MODE_ROWS, Status.TOO_FEW_DISTINCT),
    )
    for is_broken, status in rules:
        if is_broken:
            return without_numbers(row_count, status)
    return values


def _is_fixed_part(term: Term, columns: Sequence[Floats]) -> bool:
    """Tell whether a share varies far less than chance would let it.

    What is left of their ratio is rounding then, and stands for size.
    """
    first, second = columns
    whole = first + second if term.name in KINDS else second
    if (first > whole).any() or not whole.any():
        return False
    return dispersion(first, whole) < LEAST_DISPERSION
