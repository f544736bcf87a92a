"""Slopes with all terms in: against R, and what is said where none is found."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.estimators.composition import log_ratio, surplus
from linksignal.stats.estimators.joint_effects import (
    joint_estimates,
    make_design,
    straightened,
)
from linksignal.stats.rules import Status

R_SCRIPT = """
library(sandwich)
d <- read.csv("study.csv")
x <- as.matrix(d[grepl("^x", names(d))])
f <- glm(d$y ~ x, quasipoisson, epsilon = 1e-14, maxit = 100)
n <- nrow(d); k <- ncol(x) + 1; g <- length(unique(d$owner))
# Every owner left out, to the first order: by bread and scores of the others.
X <- cbind(1, x); w <- fitted(f); scores <- X * (d$y - w)
whole <- crossprod(X * w, X)
moved <- sapply(split(1:n, d$owner), function(at) solve(
  whole - crossprod(X[at, , drop = FALSE] * w[at], X[at, , drop = FALSE]),
  colSums(scores[at, , drop = FALSE])))
write.csv(data.frame(
  slope = coef(f)[-1],
  single = sqrt(diag(vcovHC(f, "HC3")))[-1] * sqrt(n / (n - k - 1)),
  owners = sqrt(rowSums(moved^2) * g / (g - 1))[-1],
  clustered = sqrt(diag(vcovCL(f, d$owner, type = "HC3")))[-1],
  inflation = c(diag(solve(cor(x[, 1:3]))), rep(NA, ncol(x) - 3))
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
        curves = [
            straightened(curve, design.scores[:, at], outcome)
            for curve, at in zip(design.curves.T, design.bent, strict=True)
        ]
        columns = np.column_stack([design.scores, *curves])
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
    # vcovCL has the same owners left out, by another order of its factors.
    assert errors == pytest.approx(expected["clustered"], rel=0.02)
    assert single.variance_inflation == pytest.approx(expected["inflation"])


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


def test_a_curve_is_straightened_where_the_outcome_is():
    generator = np.random.default_rng(4)
    scores = np.exp(generator.normal(size=500))
    scores = (scores - scores.mean()) / scores.std()
    outcome = generator.poisson(2.0, 500) * (scores > 0)
    curve = straightened(scores**2 - 1, scores, outcome.astype(float))
    mean = np.average(scores, weights=outcome)
    assert outcome * (scores - mean) @ curve == pytest.approx(0, abs=1e-9)
    assert np.corrcoef(curve, scores**2 - 1)[0, 1] < 1
    # One point tells no line.
    alone = np.where(np.arange(500) == 3, 1.0, 0.0)
    plain = scores**2 - 1
    assert (straightened(plain, scores, alone) == plain).all()


def test_a_slope_is_not_carried_on_to_where_nothing_is_mentioned():
    """Nothing up to a score, log-linear beyond: the slope is that beyond."""
    generator = np.random.default_rng(8)
    score = generator.normal(size=4_000)
    mean = np.where(score > 0.5, np.exp(1.0 * score), 0)
    counts = generator.poisson(mean).astype(float)
    design, _ = make_design([score], [True], None)
    (found,) = joint_estimates(design, counts, 0.95)
    assert 0.8 < found.estimate < 2.0
    assert found.ci_high < 3


def test_a_curve_in_one_signal_does_not_pass_for_another():
    """Mentions rise with visits and level off; another goes with them."""
    generator = np.random.default_rng(6)
    wrong = {True: 0, False: 0}
    for _ in range(40):
        visits = np.exp(0.8 * generator.normal(size=500))
        other = 0.8 * np.log(visits) + 0.4 * generator.normal(size=500)
        mean = 2 * np.exp(3 * (1 - np.exp(-visits)))
        counts = generator.poisson(mean * generator.gamma(1, 1, 500))
        for has_curve in wrong:
            design, _ = make_design([visits, other], [has_curve] * 2, None)
            found = joint_estimates(design, counts.astype(float), 0.95)
            wrong[has_curve] += found[1].p_value < 0.05
    assert wrong[True] <= 6
    assert wrong[False] >= 30


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


def test_terms_that_differ_by_rounding_have_no_ratio_and_spare_the_others():
    terms, counts, _ = study()
    rounded = np.round(terms[0], 4)
    design, is_kept = make_design([*terms, rounded], [False] * 4, None)
    assert is_kept.all()
    found = joint_estimates(design, counts, 0.95)
    copies, others = [0, 3], [1, 2]
    for at in copies:
        assert found[at].status is Status.UNRELIABLE
        assert np.isnan(found[at].estimate)
        assert "beyond 10,000 per standard deviation" in found[at].reason
    without, _ = make_design([*terms], [False] * 3, None)
    alone = joint_estimates(without, counts, 0.95)
    for at in others:
        assert found[at].status is Status.OK
        assert found[at].estimate == pytest.approx(alone[at].estimate, abs=0.1)


def test_one_giant_makes_an_interval_that_knows_it():
    """Nearly all mentions are those of one domain: nothing is shown."""
    terms, counts, _ = study()
    counts[17] = 1e6
    design, _ = designed(terms)
    first, *others = joint_estimates(design, counts, 0.95)
    assert first.status is Status.UNRELIABLE
    for one in others:
        assert one.p_value > 0.05
        assert one.ci_high - one.ci_low > np.log(10)
        assert one.degrees_of_freedom < 10


def test_kinds_of_links_that_chance_deals_out_are_no_surplus():
    generator = np.random.default_rng(9)
    totals = np.exp(generator.normal(3, 2, 20_000)).astype(int)
    first = generator.binomial(totals, 0.1).astype(float)
    second = totals - first
    few = totals < 10
    plain, found = log_ratio(first, second), surplus(first, second)
    assert plain[few].mean() - plain[~few].mean() > 0.3
    assert abs(found[few].mean() - found[~few].mean()) < 0.05
