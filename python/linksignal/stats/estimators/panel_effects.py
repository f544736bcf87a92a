"""Counts over months by Poisson pseudo-likelihood, with effects of both."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import cluster_sums

MOST_STEPS = 50
# What a step may change a log mean by.
LARGEST_STEP = 2.0
# A step that would gain less than this share of the counts is the last.
SMALLEST_GAIN = 1e-16
# A term that adds less than this share of its own variation is collinear.
COLLINEAR = 1e-9


@dataclass(frozen=True)
class Panel:
    """Counts of n domains in m months, and k terms beside them.

    Attributes
    ----------
    counts : ndarray, shape (n, m)
        0 or more, not necessarily whole.
    terms : ndarray, shape (k, n, m)
        Finite wherever `known`.
    known : ndarray of bool, shape (n, m)
        Where counts and terms are known.
    groups : ndarray of int, shape (n,)
        Domains that share the effects of months, 0 to g - 1.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain, 0 to c - 1; None: every domain its own.
    """

    counts: Floats
    terms: Floats
    known: Booleans
    groups: Indices
    clusters: Indices | None = None


@dataclass(frozen=True)
class PanelFit:
    """Coefficients of the terms.

    Attributes
    ----------
    rows : ndarray of int, shape (r,)
        Domains that say something: with a count and two months at least.
    coefficients : ndarray, shape (k,)
        NaN where there is no finite fit.
    influences : ndarray, shape (r, k)
        Empirical influence of each of these domains; of those of a cluster
        together, as leaving it out would show it.
    """

    rows: Indices
    coefficients: Floats
    influences: Floats

    @property
    def is_converged(self) -> bool:
        """Whether there is a finite fit."""
        return bool(np.isfinite(self.coefficients).all())


def fit_panel(panel: Panel) -> PanelFit:
    """Fit log E y_it = a_i + g_ct + x_it b by pseudo-likelihood.

    Domain effects a_i are concentrated out: given its total, the months of a
    domain are multinomial. Right for any law of the counts with these means
    if the terms of all months are given; month effects g_ct belong to a group
    c of domains.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    PanelFit

    References
    ----------
    Wooldridge (1999), Distribution-free estimation of some nonlinear panel
    data models, Journal of Econometrics 90, 77-97.
    """
    rows, known = informative(panel)
    term_count = len(panel.terms)
    nothing = PanelFit(
        rows,
        np.full(term_count, np.nan),
        np.full((len(rows), term_count), np.nan),
    )
    if len(rows) == 0:
        return nothing
    # Domains of a group lie together.
    order = np.argsort(panel.groups[rows], kind="stable")
    kept = _kept(panel, rows[order], known)
    spread = _spread(kept)
    if not spread.min() > 0:
        return nothing
    scaled = replace(kept, terms=kept.terms / spread[:, np.newaxis, np.newaxis])
    found = _maximise(scaled)
    if found is None:
        return nothing
    place, bread, scores, parts = found
    if panel.clusters is not None:
        parts = _of_clusters(parts, panel.clusters[rows[order]])
    influences = np.empty_like(scores)
    influences[order] = np.linalg.solve(bread - parts, scores[..., np.newaxis])[
        ..., 0
    ]
    return PanelFit(rows, place / spread, len(rows) * influences / spread)


def _of_clusters(parts: Floats, clusters: Indices) -> Floats:
    """Give each domain the sum over its cluster."""
    sums = cluster_sums(parts.reshape(len(parts), -1), clusters)
    return np.asarray(sums[clusters].reshape(parts.shape))


def informative(panel: Panel) -> tuple[Indices, Booleans]:
    """Find what bears on the coefficients.

    Parameters
    ----------
    panel : Panel

    Returns
    -------
    rows : ndarray of int, shape (r,)
        Domains with a count, and two months in which their group has one.
    known : ndarray of bool, shape (n, m)
        Those of their months.
    """
    known = panel.known.copy()
    while True:
        counted = np.where(known, panel.counts, 0.0)
        is_used = (counted.sum(axis=1) > 0) & (known.sum(axis=1) > 1)
        counted[~is_used] = 0
        has_count = np.stack(
            [
                counted[panel.groups == group].sum(axis=0) > 0
                for group in range(int(panel.groups.max(initial=-1)) + 1)
            ]
            or [np.zeros(known.shape[1], np.bool_)]
        )
        left = known & is_used[:, np.newaxis] & has_count[panel.groups]
        if (left == known).all():
            return np.flatnonzero(is_used), known
        known = left


def _kept(panel: Panel, rows: Indices, known: Booleans) -> Panel:
    """Take the rows, zero where unknown; groups numbered from zero."""
    known = known[rows]
    return Panel(
        np.where(known, panel.counts[rows], 0.0),
        np.where(known, panel.terms[:, rows], 0.0),
        known,
        np.unique(panel.groups[rows], return_inverse=True)[1],
    )


def _spread(panel: Panel) -> Floats:
    """Scale of each term: its variation between months of a domain."""
    months = panel.known.sum(axis=1)
    mean = panel.terms.sum(axis=2) / months
    off = np.where(panel.known, panel.terms - mean[..., np.newaxis], 0.0)
    squares = np.einsum("kim,kim->k", off, off)
    return np.asarray(np.sqrt(squares / panel.known.sum()))


def _starts(groups: Indices) -> Indices:
    """First domain of each group."""
    return np.flatnonzero(np.diff(groups, prepend=-1))


@dataclass(frozen=True)
class _Normal:
    """The equations of one Newton step.

    Attributes
    ----------
    bread : ndarray, shape (k, k)
        Information on the coefficients, month effects partialled out.
    gradient : ndarray, shape (k,)
        Likewise.
    months : ndarray, shape (g, m)
        Step of the month effects at unchanged coefficients.
    shifts : ndarray, shape (g, m, k)
        What the step of a coefficient takes from them.
    """

    bread: Floats
    gradient: Floats
    months: Floats
    shifts: Floats


def _shares(panel: Panel, logs: Floats) -> tuple[Floats, Floats]:
    """Shares of a domain's total by month, and the logs of their sums."""
    top = logs.max(axis=1, where=panel.known, initial=-np.inf)
    weights = np.where(
        panel.known, np.exp(np.minimum(logs - top[:, np.newaxis], 0)), 0.0
    )
    sums = weights.sum(axis=1)
    return weights / sums[:, np.newaxis], np.log(sums) + top


def _normal(panel: Panel, shares: Floats) -> _Normal:
    counts, starts = panel.counts, _starts(panel.groups)
    totals = counts.sum(axis=1)
    means = totals[:, np.newaxis] * shares
    off = _centred(panel.terms, shares)
    weighted = means * off
    gaps = counts - means
    bread = _products(weighted, off)
    gradient = np.array([np.vdot(gaps, each) for each in off])
    gap = np.add.reduceat(gaps, starts)
    own = np.add.reduceat(means, starts)
    across = np.add.reduceat(weighted, starts, axis=1)
    months, shifts = np.empty_like(gap), np.empty((*gap.shape, len(off)))
    ends = [*starts[1:], len(counts)]
    for group, (start, end) in enumerate(zip(starts, ends, strict=True)):
        within = np.diag(own[group]) - means[start:end].T @ shares[start:end]
        inverse = np.linalg.pinv(within, rcond=1e-12, hermitian=True)
        shifts[group] = inverse @ across[:, group].T
        months[group] = inverse @ gap[group]
        bread -= across[:, group] @ shifts[group]
        gradient -= gap[group] @ shifts[group]
    return _Normal(bread, gradient, months, shifts)


def _centred(terms: Floats, shares: Floats) -> Floats:
    """Take from each term its mean over the months of a domain."""
    centre = [np.einsum("im,im->i", shares, each) for each in terms]
    return np.asarray(terms - np.array(centre)[..., np.newaxis])


def _products(one: Floats, other: Floats) -> Floats:
    return np.array([[np.vdot(a, b) for b in other] for a in one])


def _maximise(
    panel: Panel,
) -> tuple[Floats, Floats, Floats, Floats] | None:
    """Maximise the concave likelihood by damped Newton steps.

    Returns the coefficients, their information, and each domain's score and
    part of the information.
    """
    totals = panel.counts.sum(axis=1)
    place = np.zeros(len(panel.terms))
    logs = np.zeros_like(panel.counts)
    shares, sums = _shares(panel, logs)
    value = -(totals @ sums)
    for _ in range(MOST_STEPS):
        normal = _normal(panel, shares)
        own = np.diag(normal.bread)
        if not own.min() > COLLINEAR * totals.sum():
            return None
        try:
            step = np.linalg.solve(normal.bread, normal.gradient)
        except np.linalg.LinAlgError:
            return None
        month_step = normal.months - normal.shifts @ step
        move = month_step[panel.groups]
        for size, term in zip(step, panel.terms, strict=True):
            move += size * term
        gaps = panel.counts - totals[:, np.newaxis] * shares
        gain = float(np.vdot(gaps, move))
        if not np.isfinite(gain):
            return None
        if gain < SMALLEST_GAIN * totals.sum():
            return place, normal.bread, *_by_domain(panel, shares, normal)
        largest = np.abs(move[panel.known]).max()
        size = min(1.0, LARGEST_STEP / largest)
        while True:
            new_logs = logs + size * move
            new_shares, sums = _shares(panel, new_logs)
            new_value = np.vdot(panel.counts, new_logs) - totals @ sums
            if new_value >= value - 1e-12 * abs(value):
                break
            size /= 2
            if size < 1e-10:
                return place, normal.bread, *_by_domain(panel, shares, normal)
        place = place + size * step
        logs, shares, value = new_logs, new_shares, new_value
    return None


def _by_domain(
    panel: Panel, shares: Floats, normal: _Normal
) -> tuple[Floats, Floats]:
    """Scores (r, k) and parts of the information (r, k, k) of domains."""
    totals = panel.counts.sum(axis=1)
    shifts = np.moveaxis(normal.shifts, 2, 0)[:, panel.groups]
    off = _centred(np.where(panel.known, panel.terms - shifts, 0.0), shares)
    means = totals[:, np.newaxis] * shares
    gaps = panel.counts - means
    scores = [np.einsum("im,im->i", gaps, each) for each in off]
    parts = [
        [np.einsum("im,im->i", means * one, other) for other in off]
        for one in off
    ]
    return np.array(scores).T, np.moveaxis(np.array(parts), 2, 0)
