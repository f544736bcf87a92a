"""Counts over months: against dummies, R, and domains left out."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace

import duckdb
import numpy as np
import pandas as pd
import pytest
from linksignal.settings import default_settings
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.panel_effects import Panel, fit_panel
from linksignal.stats.tables.panel_effects import (
    TERMS,
    Months,
    Window,
    month_groups,
    panel_estimates,
    panel_sentence,
    panel_table,
    panel_verdict,
)

SETTINGS = default_settings()
SIX = Window(6, 30, 6, 6, pd.Timestamp(2026, 1, 1), pd.Timestamp(2026, 6, 1))


def drawn(domains=60, months=7, groups=1, seed=1, holes=0.0):
    """Counts with an effect of each term, a domain and a month of a group."""
    rng = np.random.default_rng(seed)
    terms = rng.normal(size=(3, domains, months))
    group = np.arange(domains) % groups
    logs = (
        rng.normal(size=(domains, 1))
        + rng.normal(size=(groups, months))[group]
        + np.einsum("k,kim->im", [0.3, -0.1, 0.2], terms)
    )
    counts = rng.poisson(np.exp(logs + 1)).astype(float)
    known = rng.random((domains, months)) >= holes
    return Panel(counts, terms, known, group)


def with_dummies(panel):
    """The same by ordinary Poisson regression on dummies."""
    rows, months = np.nonzero(panel.known)
    domains = np.eye(len(panel.counts))[rows]
    cells = panel.groups[rows] * panel.counts.shape[1] + months
    seen, cell = np.unique(cells, return_inverse=True)
    effects = np.eye(len(seen))[cell]
    # A group's first month is told by the effects of its domains.
    first = [
        np.flatnonzero(seen // panel.counts.shape[1] == group)[0]
        for group in np.unique(panel.groups)
    ]
    effects = np.delete(effects, first, axis=1)
    design = np.column_stack([panel.terms[:, rows, months].T, domains, effects])
    counts = panel.counts[rows, months]
    means = counts + 0.5
    for _ in range(30):
        working = np.log(means) + (counts - means) / means
        weighted = (design * means[:, None]).T
        place = np.linalg.solve(weighted @ design, weighted @ working)
        means = np.exp(design @ place)
    return place[:3]


@pytest.mark.parametrize(
    ("groups", "holes"), [(1, 0.0), (3, 0.0), (1, 0.2), (3, 0.2)]
)
def test_coefficients_are_those_of_a_regression_on_dummies(groups, holes):
    panel = drawn(groups=groups, holes=holes)
    fit = fit_panel(panel)
    kept = replace(
        panel,
        counts=panel.counts[fit.rows],
        terms=panel.terms[:, fit.rows],
        known=panel.known[fit.rows],
        groups=panel.groups[fit.rows],
    )
    assert fit.is_converged
    assert fit.coefficients == pytest.approx(with_dummies(kept), abs=1e-7)


def test_an_influence_is_what_leaving_the_domain_out_changes():
    panel = drawn(domains=40)
    fit = fit_panel(panel)
    changes = []
    for out in fit.rows:
        others = np.arange(40) != out
        less = fit_panel(
            Panel(
                panel.counts[others],
                panel.terms[:, others],
                panel.known[others],
                panel.groups[others],
            )
        )
        changes.append(fit.coefficients - less.coefficients)
    changes = len(fit.rows) * np.array(changes)
    for told, found in zip(fit.influences.T, changes.T, strict=True):
        assert np.corrcoef(told, found)[0, 1] > 0.98
        assert told.std() == pytest.approx(found.std(), rel=0.1)


def test_the_order_of_domains_changes_nothing():
    panel = drawn(groups=2, holes=0.1)
    order = np.random.default_rng(2).permutation(60)
    turned = Panel(
        panel.counts[order],
        panel.terms[:, order],
        panel.known[order],
        panel.groups[order],
    )
    one, other = fit_panel(panel), fit_panel(turned)
    assert one.coefficients == pytest.approx(other.coefficients, abs=1e-10)


def test_the_unit_of_a_term_or_a_count_changes_no_effect():
    panel = drawn()
    scaled = Panel(
        panel.counts * 1000, panel.terms / 1e6, panel.known, panel.groups
    )
    assert fit_panel(scaled).coefficients / 1e6 == pytest.approx(
        fit_panel(panel).coefficients, abs=1e-9
    )


def test_what_says_nothing_is_left_out():
    panel = drawn()
    counts = panel.counts.copy()
    counts[:5] = 0
    counts[:, 3] = 0
    known = panel.known.copy()
    known[5, 1:] = False
    fit = fit_panel(replace(panel, counts=counts, known=known))
    less = fit_panel(
        Panel(
            np.delete(counts, 3, axis=1)[6:],
            np.delete(panel.terms, 3, axis=2)[:, 6:],
            np.delete(known, 3, axis=1)[6:],
            panel.groups[6:],
        )
    )
    assert set(fit.rows) == set(less.rows + 6)
    assert fit.coefficients == pytest.approx(less.coefficients, abs=1e-9)


@pytest.mark.parametrize("nothing", ["counts", "terms", "known", "domains"])
def test_without_variation_there_is_no_fit(nothing):
    panel = drawn()
    if nothing == "domains":
        panel = drawn(domains=0)
    else:
        panel = replace(panel, **{nothing: getattr(panel, nothing) * 0 > 0})
    assert not fit_panel(panel).is_converged


def test_a_term_that_another_one_tells_has_no_fit():
    panel = drawn()
    terms = panel.terms.copy()
    terms[2] = terms[0] + 5
    assert not fit_panel(replace(panel, terms=terms)).is_converged


R_SCRIPT = """
suppressMessages(library(sandwich))
rows <- read.csv(file("stdin"))
fit <- glm(y ~ a + b + c + factor(domain) + factor(month), poisson, rows,
           control = glm.control(epsilon = 1e-12, maxit = 100))
errors <- sqrt(diag(vcovCL(fit, cluster = rows$domain, type = "HC0")))
cat(coef(fit)[2:4], errors[2:4])
"""


def has_sandwich():
    if not shutil.which("Rscript"):
        return False
    asked = ["Rscript", "-e", "library(sandwich)"]
    run = subprocess.run(asked, check=False, capture_output=True)
    return run.returncode == 0


@pytest.mark.skipif(not has_sandwich(), reason="R with sandwich is not here")
def test_r_gives_the_same_with_dummies_and_a_clustered_sandwich():
    panel = drawn(domains=250, holes=0.1, seed=5)
    fit = fit_panel(panel)
    rows, months = np.nonzero(panel.known)
    is_used = np.isin(rows, fit.rows)
    rows, months = rows[is_used], months[is_used]
    table = pd.DataFrame(
        {
            "y": panel.counts[rows, months],
            "domain": rows,
            "month": months,
            **dict(zip("abc", panel.terms[:, rows, months], strict=True)),
        }
    )
    run = subprocess.run(
        ["Rscript", "-e", R_SCRIPT],
        input=table.to_csv(index=False),
        capture_output=True,
        check=True,
        text=True,
    )
    found = np.array(run.stdout.split(), float)
    spread = np.sqrt((fit.influences**2).mean(axis=0))
    ours = spread / np.sqrt(len(fit.rows))
    assert fit.coefficients == pytest.approx(found[:3], abs=1e-6)
    # Ours as leaving domains out would show them: somewhat larger.
    assert (ours > found[3:]).all()
    assert ours == pytest.approx(found[3:], rel=0.05)


def test_categories_of_ten_domains_have_months_of_their_own():
    categories = pd.Series(["b"] * 10 + ["a"] * 9 + [None] * 3 + ["c"] * 11)
    groups = month_groups(categories)
    assert groups.tolist() == [1] * 10 + [0] * 12 + [2] * 11


def effects(lag, lead, order, total):
    """Estimates of which the sign is shown, or not where it is 0."""
    signs = {"lag": lag, "lead": lead, "lag_minus_lead": order, "total": total}
    return {
        term: Estimate(50, signs.get(term, 0) or 0.01).with_error(
            0.1, 40.0, 0.95, "t"
        )
        for term in TERMS
    }


@pytest.mark.parametrize(
    ("lag", "lead", "order", "total", "verdict"),
    [
        (1, 0, 1, 1, "links_first"),
        (1, 0, 1, 0, "links_first"),
        (1, -1, 1, 0, "links_first"),
        (1, 1, 1, 1, "together"),
        (1, 0, 0, 0, "cannot_tell"),
        (1, 0, 0, 1, "together"),
        (0, 1, -1, 1, "mentions_first"),
        (0, 0, 1, 0, "cannot_tell"),
        (-1, 0, -1, 0, "cannot_tell"),
        (-1, 1, -1, 0, "mentions_first"),
        (1, 1, 0, 0, "together"),
        (0, 0, 0, -1, "cannot_tell"),
        (0, 0, 0, 0, "cannot_tell"),
    ],
)
def test_an_order_is_told_where_it_is_shown(lag, lead, order, total, verdict):
    told = panel_verdict(effects(lag, lead, order, total), 0.95)
    assert told == verdict
    sentence = panel_sentence(told, effects(lag, lead, order, total), SIX)
    assert "50 domains, 6 months, 30 prompts" in sentence
    assert ("next month" in sentence) == verdict.endswith("_first")


def months_of(domains, months, seed=1):
    rng = np.random.default_rng(seed)
    links = rng.poisson(3, (domains, months + 2)).astype(float)
    links[:, -1] = np.nan
    return Months(
        [f"d{place:03d}" for place in range(domains)],
        rng.poisson(4, (domains, months)).astype(float),
        np.stack([links[:, at : at + months] for at in range(3)]),
    )


def about(months, **columns):
    nothing = {"category": None, "cluster": None}
    return pd.DataFrame({"domain": months.domains, **nothing, **columns})


NOTHING = Months([], np.zeros((0, 6)), np.zeros((3, 0, 6)))


@pytest.mark.parametrize(
    ("months", "window", "status", "said"),
    [
        (NOTHING, Window(), "too_few_months", "There are no dated answers"),
        (
            NOTHING,
            replace(SIX, months=5, answer_months=5),
            "too_few_months",
            "asked in 5 months; ask the same ones every month: 1 more month is",
        ),
        (
            NOTHING,
            replace(SIX, months=3, answer_months=8),
            "too_few_months",
            "asked in 8 months, none of them in more than 3 in a row",
        ),
        (NOTHING, SIX, "constant_outcome", "No answer names"),
        (
            replace(months_of(20, 6), links=np.full((3, 20, 6), np.nan)),
            SIX,
            "too_few_months",
            "known for 0 of the 6 months of answers; 4 are needed",
        ),
        (months_of(9, 6), SIX, "too_few", "Fewer than 10 domains"),
        (
            replace(
                months_of(20, 6),
                links=np.where(np.isnan(months_of(20, 6).links), np.nan, 2.0),
            ),
            SIX,
            "not_converged",
            "did not converge",
        ),
        (
            replace(
                months_of(20, 6),
                links=np.where(np.isnan(months_of(20, 6).links), np.nan, 0.0),
            ),
            SIX,
            "constant_signal",
            "same value",
        ),
    ],
)
def test_what_is_missing_is_told(months, window, status, said):
    found = panel_estimates(months, window, about(months), SETTINGS)
    assert {each.status for each in found.values()} == {status}
    verdict = panel_verdict(found, 0.95)
    assert verdict == "cannot_tell"
    sentence = panel_sentence(verdict, found, window)
    assert said in sentence and sentence.endswith(".")


def test_few_owners_give_no_estimate():
    months = months_of(40, 6)
    owners = [f"owner {place % 9}" for place in range(40)]
    found = panel_estimates(
        months, SIX, about(months, cluster=owners), SETTINGS
    )
    assert found["lag"].status == "too_few"
    assert "fewer than 10 owners" in found["lag"].reason


def test_domains_of_an_owner_count_once():
    months = months_of(20, 6)
    twice = Months(
        months.domains + [f"{name}.uk" for name in months.domains],
        np.vstack([months.mentions] * 2),
        np.concatenate([months.links] * 2, axis=1),
    )
    one = panel_estimates(months, SIX, about(months), SETTINGS)["lag"]
    owners = months.domains * 2
    both, apart = (
        panel_estimates(twice, SIX, about(twice, **columns), SETTINGS)["lag"]
        for columns in ({"cluster": owners}, {})
    )
    assert both.estimate == pytest.approx(one.estimate, abs=1e-9)
    assert apart.standard_error < 0.75 * both.standard_error
    # But for what fitted coefficients take from few domains: 20/16, 20/19.
    ratio = both.standard_error / one.standard_error
    assert ratio == pytest.approx(np.sqrt(16 / 19), abs=1e-9)
    assert both.degrees_of_freedom <= 19
    assert both.ci_method == "wald_t_sandwich_clusters"


def test_the_table_has_five_rows_per_platform_that_end_in_one_sentence():
    months = months_of(25, 6)
    long = pd.DataFrame(
        {
            "platform": "chatgpt",
            "domain": np.repeat(months.domains, 6),
            "month": np.tile(
                pd.date_range("2026-01-01", periods=6, freq="MS"), 25
            ),
            "mentions": months.mentions.ravel(),
            "new_referring_domains_before": months.links[0].ravel(),
            "new_referring_domains": months.links[1].ravel(),
            "new_referring_domains_after": months.links[2].ravel(),
        }
    ).sample(frac=1, random_state=1)
    windows = pd.DataFrame([{"platform": "chatgpt", **vars(SIX)}])
    with duckdb.connect() as connection:
        connection.register("domain_months", long)
        relation = connection.table("domain_months")
        found = panel_table(
            relation, windows, ["chatgpt", "all"], about(months), SETTINGS
        ).to_pandas()
    assert found["platform"].tolist() == ["chatgpt"] * 5 + ["all"] * 5
    assert found["term"].tolist() == [*TERMS] * 2
    known = panel_estimates(months, SIX, about(months), SETTINGS)
    told = found[found["platform"] == "chatgpt"].set_index("term")
    for term, estimate in known.items():
        assert told.loc[term, "estimate"] == estimate.estimate
    assert told["n"].eq(25).all() and told["sentence"].nunique() == 1
    other = found[found["platform"] == "all"]
    assert other["estimate"].isna().all()
    assert (other["verdict"] == "cannot_tell").all()
