"""Slopes with all terms in: against R, and what is said where none is found."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.estimators.composition import log_ratio, surplus
from linksignal.stats.estimators.joint_effects import (
    curve_of,
    joint_estimates,
    make_design,
)
from linksignal.stats.rules import Status

R_SCRIPT = """
library(sandwich)
d <- read.csv("study.csv")
x <- as.matrix(d[grepl("^x", names(d))])
f <- glm(d$y ~ x, quasipoisson, epsilon = 1e-14, maxit = 100)
n <- nrow(d); k <- ncol(x) + 1; owners <- length(unique(d$owner))
# Influence values: scores by bread, each residual as if left out.
psi <- (estfun(f) / (1 - hatvalues(f))) %*% bread(f)
write.csv(data.frame(
  slope = coef(f)[-1],
  single = sqrt(diag(vcovHC(f, "HC3")))[-1] * sqrt(n / (n - k - 1)),
  owners = (sqrt(colSums(rowsum(psi, d$owner)^2) * owners / (owners - 1)) /
    n)[-1],
  clustered = sqrt(diag(vcovCL(f, d$owner, type = "HC1")))[-1],
  inflation = diag(solve(cor(x)))
), "found.csv", row.names = FALSE)
"""


def study(n=400, seed=2):
    """Terms that go together, counts that scatter, owners of some domains."""
    generator = np.random.default_rng(seed)
    size = generator.normal(size=n)
    terms = np.array([size + generator.normal(size=n) for _ in range(3)])
    terms[2] = np.exp(terms[2] / 2)
    log_mean = 0.4 * terms[0] + 0.2 * terms[2] + 0.5
    counts = generator.poisson(np.exp(log_mean) * generator.gamma(1, 1, n))
    owners = np.unique(generator.integers(n // 2, size=n), return_inverse=True)
    return terms, counts.astype(float), owners[1]


def designed(terms, clusters=None, curved=(True, False, False)):
    return make_design([*terms], curved, clusters)


@pytest.fixture(scope="module")
def in_r(tmp_path_factory):
    """Ask R for the same fits."""
    if shutil.which("Rscript") is None:
        pytest.skip("there is no R: apt-get install r-base-core")
    has = 'quit(status = !requireNamespace("sandwich", quietly = TRUE))'
    if subprocess.run(["Rscript", "-e", has], check=False).returncode:
        pytest.skip("R has no sandwich: apt-get install r-cran-sandwich")

    def ask(design, outcome, owners):
        folder = tmp_path_factory.mktemp("r")
        columns = np.column_stack([design.scores, design.curves])
        frame = pd.DataFrame(
            {f"x{at}": one for at, one in enumerate(columns.T)}
        )
        frame.assign(y=outcome, owner=owners).to_csv(
            folder / "study.csv", index=False, float_format="%.17g"
        )
        subprocess.run(
            ["Rscript", "-e", R_SCRIPT],
            cwd=folder,
            check=True,
            capture_output=True,
        )
        return pd.read_csv(folder / "found.csv").iloc[: design.scores.shape[1]]

    return ask


@pytest.mark.parametrize("unit", [1.0, 1 / 4321])
def test_slopes_errors_and_inflation_agree_with_r(in_r, unit):
    """Counts, and shares made of them: quasi-Poisson takes either."""
    terms, counts, owners = study()
    single, _ = designed(terms)
    clustered, _ = designed(terms, owners)
    expected = in_r(single, counts * unit, owners)
    alone = joint_estimates(single, counts * unit, 0.95)
    of_owners = joint_estimates(clustered, counts * unit, 0.95)
    for found, error in ((alone, "single"), (of_owners, "owners")):
        slopes = [one.estimate for one in found]
        assert slopes == pytest.approx(expected["slope"], rel=1e-7)
        errors = [one.standard_error for one in found]
        assert errors == pytest.approx(expected[error], rel=1e-6)
    assert single.variance_inflation == pytest.approx(expected["inflation"])
    # Without residuals as if left out, as vcovCL has them, hardly smaller.
    assert errors == pytest.approx(expected["clustered"], rel=0.1)


def test_a_share_has_the_ratios_of_its_counts():
    terms, counts, owners = study()
    design, _ = designed(terms, owners)
    of_counts = joint_estimates(design, counts, 0.95)
    of_shares = joint_estimates(design, counts / counts.sum(), 0.95)
    for one, other in zip(of_counts, of_shares, strict=True):
        assert one.estimate == pytest.approx(other.estimate, abs=1e-12)
        assert one.ci_low == pytest.approx(other.ci_low, abs=1e-12)


def test_a_slope_is_per_standard_deviation_whatever_the_unit():
    terms, counts, _ = study()
    units = [1000 * terms[0] - 5, terms[1] / 7, terms[2]]
    one, _ = designed(terms)
    other, _ = designed(units)
    pairs = zip(
        joint_estimates(one, counts, 0.95),
        joint_estimates(other, counts, 0.95),
        strict=True,
    )
    for first, second in pairs:
        assert first.estimate == pytest.approx(second.estimate, abs=1e-10)
        assert first.p_value == pytest.approx(second.p_value, rel=1e-6)


def test_a_curve_goes_with_neither_its_term_nor_a_constant():
    scores = np.exp(np.random.default_rng(4).normal(size=500))
    scores = (scores - scores.mean()) / scores.std()
    curve = curve_of(scores)
    assert curve.mean() == pytest.approx(0, abs=1e-12)
    assert scores @ curve == pytest.approx(0, abs=1e-9)
    two = np.repeat([-1.0, 1.0], 10)
    assert curve_of(two) == pytest.approx(np.zeros(20), abs=1e-12)


def test_a_threshold_does_not_pass_for_what_goes_with_the_score():
    """Mentions rise from one score on; another size goes with the score."""
    generator = np.random.default_rng(6)
    wrong = {True: 0, False: 0}
    for _ in range(40):
        score = generator.normal(size=500)
        other = 0.8 * score + 0.6 * generator.normal(size=500)
        mean = 2 * np.exp(1.5 * np.maximum(score - 0.3, 0))
        counts = generator.poisson(mean * generator.gamma(1, 1, 500))
        for has_curve in wrong:
            design, _ = make_design([score, other], [has_curve, True], None)
            found = joint_estimates(design, counts.astype(float), 0.95)
            wrong[has_curve] += found[1].p_value < 0.05
    assert wrong[True] <= 5 < 10 <= wrong[False]


def test_a_term_that_follows_from_others_is_left_out():
    terms, _, _ = study()
    copies = [*terms, 3 * terms[1] + 2, terms[0] - terms[2]]
    design, is_kept = make_design(copies, [True] * 5, None)
    assert is_kept.tolist() == [True, True, True, False, False]
    assert design.scores.shape[1] == design.curves.shape[1] == 3
    yes_or_no = (terms[1] > 0).astype(float)
    design, is_kept = make_design([terms[0], yes_or_no], [True, True], None)
    assert is_kept.all()
    assert design.curves.shape[1] == 1


def test_a_term_alike_in_all_mentioned_domains_has_no_ratio():
    terms, counts, _ = study()
    flag = np.where(counts > 0, 1.0, np.arange(400) % 2)
    design, is_kept = make_design([terms[0], flag, terms[1]], [True] * 3, None)
    assert is_kept.all()
    found = joint_estimates(design, counts, 0.95)
    statuses = [one.status for one in found]
    assert statuses == [Status.OK, Status.SEPARATED, Status.OK]
    assert "does not vary" in found[1].reason
    without, _ = make_design([terms[0], terms[1]], [True] * 2, None)
    others = joint_estimates(without, counts, 0.95)
    assert found[0].estimate == pytest.approx(others[0].estimate)
    assert found[2].standard_error == pytest.approx(others[1].standard_error)


def with_values(change, n=400):
    terms, counts, owners = study(n)
    return terms, change(counts), owners


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda counts: counts * 0, Status.CONSTANT_OUTCOME),
        (lambda counts: counts * 0 + 5, Status.CONSTANT_OUTCOME),
        (lambda counts: counts - 1, Status.UNRELIABLE),
        (lambda counts: np.append(counts[1:], np.inf), Status.UNRELIABLE),
        (
            lambda counts: np.where(np.arange(400) < 12, counts + 1, 0),
            Status.TOO_FEW,
        ),
        (
            lambda counts: np.where(np.arange(400) < 9, 7.0, 5.0),
            Status.TOO_FEW_DISTINCT,
        ),
    ],
)
def test_an_outcome_without_enough_in_it_is_stated(change, status):
    terms, counts, _ = with_values(change)
    design, _ = designed(terms)
    for one in joint_estimates(design, counts, 0.95):
        assert one.status is status
        assert np.isnan([one.estimate, one.ci_low, one.p_value]).all()
        assert one.reason


def test_too_few_domains_or_owners_are_stated_with_what_is_needed():
    terms, counts, _ = study(13)
    design, _ = designed(terms)
    (one, *_) = joint_estimates(design, counts + 1, 0.95)
    assert one.status is Status.TOO_FEW
    assert one.reason == (
        "13 domains have all the values: this model needs 14."
    )
    terms, counts, _ = study(260)
    design, _ = designed(terms, np.arange(260) // 20)
    (one, *_) = joint_estimates(design, counts, 0.95)
    assert one.reason == "13 owners have domains: this model needs 14."


def test_a_perfect_fit_has_no_error_to_judge_by():
    terms, _, _ = study()
    design, _ = make_design([terms[0]], [False], None)
    outcome = np.exp(1 + 0.3 * design.scores[:, 0])
    (found,) = joint_estimates(design, outcome, 0.95)
    assert found.status is Status.UNRELIABLE
    assert np.isnan(found.estimate)


def test_one_giant_makes_an_interval_that_knows_it():
    """Nearly all mentions are those of one domain: nothing is shown."""
    terms, counts, _ = study()
    counts[17] = 1e6
    design, _ = designed(terms)
    for one in joint_estimates(design, counts, 0.95):
        assert one.status is not Status.OK or (
            one.p_value > 0.05 and one.degrees_of_freedom < 5
        )


def test_kinds_of_links_that_chance_deals_out_are_no_surplus():
    generator = np.random.default_rng(9)
    totals = np.exp(generator.normal(3, 2, 20_000)).astype(int)
    first = generator.binomial(totals, 0.1).astype(float)
    second = totals - first
    few = totals < 10
    plain, found = log_ratio(first, second), surplus(first, second)
    assert plain[few].mean() - plain[~few].mean() > 0.3
    assert abs(found[few].mean() - found[~few].mean()) < 0.05
