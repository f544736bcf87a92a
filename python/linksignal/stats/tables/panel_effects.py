"""What came first: links gained or mentions gained, month by month."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.lookups import lookup_rows
from linksignal.settings import Settings
from linksignal.sql import literal
from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import (
    Estimate,
    arrow_table,
    from_influence,
    renumbered,
    without_numbers,
)
from linksignal.stats.estimators.panel_effects import (
    Panel,
    PanelFit,
    fit_panel,
    informative,
)
from linksignal.stats.rules import FEW_OWNERS, MIN_ROWS, Status
from linksignal.text import amount, change_with_interval

# Terms of the model by month of the links, and what is made of them.
TERMS: Mapping[str, tuple[int, int, int]] = {
    "lag": (1, 0, 0),
    "now": (0, 1, 0),
    "lead": (0, 0, 1),
    "lag_minus_lead": (1, 0, -1),
    "total": (1, 1, 1),
}
CI_METHOD = "wald_t_sandwich"
CLUSTERED_CI_METHOD = "wald_t_sandwich_clusters"

# Of the months of mentions the first may lack the links before it, and the
# last those after it.
ENDS = 2

_COLUMNS = (
    "new_referring_domains_before",
    "new_referring_domains",
    "new_referring_domains_after",
)


@dataclass(frozen=True)
class Window:
    """The months of a platform in which the same prompts were asked.

    Attributes
    ----------
    months : int
        In a row.
    prompts : int
        Asked in every one of them.
    answer_months : int
        Months with an answer to any prompt.
    fewest_months : int
        From how many on an order is told.
    first_month, last_month : date or None
        Their first days; None without any.
    """

    months: int = 0
    prompts: int = 0
    answer_months: int = 0
    fewest_months: int = 0
    first_month: object = None
    last_month: object = None

    @property
    def is_long(self) -> bool:
        """Whether an order could be told."""
        return 0 < self.fewest_months <= self.months


@dataclass(frozen=True)
class Months:
    """Domain-months of one platform: n domains named in m months.

    Attributes
    ----------
    domains : list of str
        Sorted.
    mentions : ndarray, shape (n, m)
    links : ndarray, shape (3, n, m)
        New referring domains the month before, the same month and the month
        after; NaN where unknown.
    """

    domains: list[str]
    mentions: Floats
    links: Floats

    @property
    def known(self) -> Booleans:
        """Where all links are known, shape (n, m)."""
        return np.asarray(~np.isnan(self.links).any(axis=0))


def panel_table(
    domain_months: duckdb.DuckDBPyRelation,
    windows: pd.DataFrame,
    platforms: Sequence[str],
    domains: pd.DataFrame,
    settings: Settings,
) -> pa.Table:
    """Tell for each platform which gains came first.

    Parameters
    ----------
    domain_months : DuckDBPyRelation
        One row per platform, domain and month of its window, columns
        ``mentions`` and new referring domains of that month, the one before
        and the one after; NULL where unknown.
    windows : DataFrame
        One row per platform with dated answers, columns as `Window`.
    platforms : sequence of str
        Those that get rows, in order.
    domains : DataFrame
        One row per domain: ``domain``, ``category``, ``cluster``.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        Five rows per platform by the contract of ``panel_effects``: `TERMS`,
        in logs of the ratio of mentions where 1 + new referring domains
        double.
    """
    known = {
        str(row.pop("platform")): Window(**row)
        for row in windows.to_dict("records")
    }
    rows = []
    for platform in platforms:
        window = known.get(platform, Window())
        months = _read_months(domain_months, platform, window)
        estimates = panel_estimates(months, window, domains, settings)
        verdict = panel_verdict(estimates, settings.ci_level)
        sentence = panel_sentence(verdict, estimates, window)
        rows += [
            {
                "platform": platform,
                "term": term,
                **estimate.columns(),
                "ci_level": settings.ci_level,
                "months": window.months,
                "first_month": window.first_month,
                "last_month": window.last_month,
                "prompts": window.prompts,
                "verdict": verdict,
                "sentence": sentence,
            }
            for term, estimate in estimates.items()
        ]
    return arrow_table(rows, findings_schema("panel_effects"))


def _read_months(
    domain_months: duckdb.DuckDBPyRelation, platform: str, window: Window
) -> Months:
    """Read the months of a platform; none where they are too few."""
    if not window.is_long:
        return Months([], np.zeros((0, 1)), np.zeros((3, 0, 1)))
    numbers = [f"{name}::double as {name}" for name in ("mentions", *_COLUMNS)]
    found = (
        domain_months.filter(f"platform = {literal(platform)}")
        .order("domain, month")
        .project(", ".join(["domain", *numbers]))
        .to_arrow_table()
    )
    mentions, *links = (
        found.column(name).to_numpy().reshape(-1, window.months)
        for name in ("mentions", *_COLUMNS)
    )
    first = np.arange(0, found.num_rows, window.months)
    return Months(
        found.column("domain").take(pa.array(first)).to_pylist(),
        mentions,
        np.stack(links),
    )


def panel_estimates(
    months: Months, window: Window, domains: pd.DataFrame, settings: Settings
) -> dict[str, Estimate]:
    """Estimate the terms of one platform.

    Parameters
    ----------
    months : Months
        Of the platform.
    window : Window
        Likewise.
    domains : DataFrame
        As in `panel_table`.
    settings : Settings
        Of the study.

    Returns
    -------
    dict of str to Estimate
        By term; all without numbers where one is.
    """
    about = domains.set_index("domain").reindex(months.domains)
    links = np.log2(1 + months.links)
    owners = _clusters(about["cluster"])
    groups = month_groups(about["category"])
    panel = Panel(months.mentions, links, months.known, groups, owners)
    rows, _ = informative(panel)
    clusters = None if owners is None else renumbered(owners[rows])
    status, reason = _standing(months, window, rows, clusters)
    if status is Status.OK:
        fit = fit_panel(panel)
        if fit.is_converged:
            return _estimates(fit, clusters, settings.ci_level)
        status = _unfitted(months)
    return dict.fromkeys(TERMS, without_numbers(len(rows), status, reason))


def _estimates(
    fit: PanelFit, clusters: Indices | None, ci_level: float
) -> dict[str, Estimate]:
    return {
        term: from_influence(
            float(fit.coefficients @ weights),
            fit.influences @ weights,
            ci_level,
            ci_method=CI_METHOD if clusters is None else CLUSTERED_CI_METHOD,
            clusters=clusters,
            fitted=len(fit.coefficients),
            # A few domains may have most of the mentions.
            is_heavy_tailed=True,
        )
        for term, weights in ((t, np.array(w, float)) for t, w in TERMS.items())
    }


def month_groups(categories: pd.Series) -> Indices:
    """Number the domains whose months have effects of their own.

    A season of one category moves links and mentions of its domains at
    different times, and would pass for an order.

    Parameters
    ----------
    categories : Series, length n
        Missing where unknown.

    Returns
    -------
    ndarray of int, shape (n,)
        Categories of ten domains or more; 0 for all other domains.
    """
    codes, names = pd.factorize(categories, sort=True)
    sizes = np.bincount(codes[codes >= 0], minlength=len(names))
    is_large = np.append(sizes >= MIN_ROWS, False)
    numbers = np.append(np.cumsum(is_large[:-1]), 0)
    return np.where(is_large[codes], numbers[codes], 0)


def _clusters(names: pd.Series) -> Indices | None:
    """Number the clusters; a domain without a name is one by itself."""
    codes = pd.factorize(names)[0]
    alone = np.flatnonzero(codes < 0)
    codes[alone] = len(codes) + alone
    return renumbered(codes)


def _standing(
    months: Months, window: Window, rows: Indices, clusters: Indices | None
) -> tuple[Status, str | None]:
    """Say which rule stands in the way of a fit."""
    too_few_months = Status("too_few_months")
    if not window.is_long:
        return too_few_months, _missing_answers(window)
    linked = int(months.known.any(axis=0).sum())
    if not months.domains:
        return Status.CONSTANT_OUTCOME, "No answer names a domain of the study."
    if linked < window.fewest_months - ENDS:
        return too_few_months, _missing_links(window, linked)
    if len(rows) < MIN_ROWS:
        return Status.TOO_FEW, (
            f"Fewer than {MIN_ROWS} domains are named and have known links in "
            "two months or more."
        )
    if clusters is not None and clusters.max() + 1 < MIN_ROWS:
        return Status.TOO_FEW, FEW_OWNERS
    return Status.OK, None


def _unfitted(months: Months) -> Status:
    gained = np.where(months.known, months.links, 0.0)
    return Status.NOT_CONVERGED if gained.any() else Status.CONSTANT_SIGNAL


def panel_verdict(estimates: Mapping[str, Estimate], ci_level: float) -> str:
    """Judge which gains came first.

    Links first where mentions go with the links before them, more than with
    those after them, and not with the latter too; mentions first likewise.

    Parameters
    ----------
    estimates : mapping of str to Estimate
        By term.
    ci_level : float
        One minus it is the level of every test.

    Returns
    -------
    str
        Kind verdict of the lookup ``panel_outcomes``.
    """

    def sign(term: str) -> int:
        is_shown = estimates[term].p_value < 1 - ci_level
        return int(np.sign(estimates[term].estimate)) if is_shown else 0

    lag, lead, order = map(sign, ("lag", "lead", "lag_minus_lead"))
    if lag > 0 and order > 0 and lead <= 0:
        return "links_first"
    if lead > 0 and order < 0 and lag <= 0:
        return "mentions_first"
    if sign("total") > 0 or (lag > 0 and lead > 0):
        return "together"
    return "cannot_tell"


def panel_sentence(
    verdict: str,
    estimates: Mapping[str, Estimate],
    window: Window,
) -> str:
    """Say in words what came first, by how much, or what is missing.

    Parameters
    ----------
    verdict : str
        As of `panel_verdict`.
    estimates : mapping of str to Estimate
        By term.
    window : Window
        Of the platform.

    Returns
    -------
    str
        Without the name of the platform.
    """
    said = next(
        row["sentence"]
        for row in lookup_rows("panel_outcomes")
        if (row["kind"], row["outcome"]) == ("verdict", verdict)
    )
    if estimates["total"].status is not Status.OK:
        return f"{said} {estimates['total'].reason}"
    where = (
        f"{amount(estimates['total'].n, 'domain')}, {window.months} months, "
        f"{amount(window.prompts, 'prompt')}"
    )
    if verdict in ("links_first", "mentions_first"):
        after, before = map(_change, (estimates["lag"], estimates["lead"]))
        return (
            f"{said} Twice as many new referring domains in a month went with "
            f"{after} in the next month and {before} in the month before it "
            f"({where})."
        )
    return (
        f"{said} Twice as many new referring domains in a month and in those "
        f"before and after it went with {_change(estimates['total'])} "
        f"({where})."
    )


def _change(estimate: Estimate) -> str:
    return change_with_interval(
        estimate.estimate, estimate.ci_low, estimate.ci_high
    )


def _missing_answers(window: Window) -> str:
    if not window.months:
        return (
            "There are no dated answers to prompts that name no brand; ask the "
            "same ones every month."
        )
    if window.answer_months > window.months:
        return (
            "Prompts that name no brand were asked in "
            f"{window.answer_months} months, none of them in more than "
            f"{window.months} in a row; ask the same ones every month, for "
            f"{window.fewest_months} months."
        )
    more = window.fewest_months - window.months
    return (
        f"{amount(window.prompts, 'prompt')} that name no brand were asked in "
        f"{amount(window.months, 'month')}; ask the same ones every month: "
        f"{amount(more, 'more month')} {'is' if more == 1 else 'are'} needed."
    )


def _missing_links(window: Window, linked: int) -> str:
    return (
        f"New referring domains, with the month before and the month after, "
        f"are known for {linked} of the {window.months} months of answers; "
        f"{window.fewest_months - ENDS} are needed. Export link rows with the "
        "date they were first seen, or totals once a month."
    )
