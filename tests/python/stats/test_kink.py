from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm
from calibration.kinks import kink_test
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.simulate.laws import planted
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.kink import (
    KINK_LEVEL,
    MAX_KNOTS,
    NO_KNOT,
    KinkResult,
    candidate_knots,
    kink_scores,
    locate_knot,
    make_hinges,
    observed_kink_scores,
)
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.estimators.smooth_law import (
    finite_draws,
    negative_binomial_law,
    smooth_terms,
)
from linksignal.stats.estimators.smooth_law import fit_sample as fit_pairs
from linksignal.stats.estimators.tally_law import draw_tallies
from linksignal.stats.rules import Status
from scipy.stats import nbinom, norm
from scipy.stats import t as student

from .threshold_samples import biochemists, draw_curve, draw_law

THRESHOLD = planted("threshold")


def fit_sample(scores, counts, clusters=None):
    return fit_pairs(known_pairs(scores, counts, clusters), smooth_terms)


def run(scores, counts, seed=1, draw_count=199):
    fitted = fit_sample(scores, counts)
    if isinstance(fitted, Estimate):
        return KinkResult(fitted)
    return kink_test(fitted, np.random.default_rng(seed), draw_count)


def scores_at(sample, knots):
    hinges = make_hinges(sample.null)
    at = np.searchsorted(hinges.knots, knots)
    assert hinges.knots[at].tolist() == list(knots)
    return kink_scores(sample.null, hinges, sample.sums)[0, at]


def test_standardised_scores_agree_with_r():
    # r: the fit of test_negative_binomial.py, th its theta.
    # X <- model.matrix(m); mu <- fitted(m); a <- 1 / th
    # ri <- (y - mu) / (1 + a * mu); w <- mu / (1 + a * mu)
    # for (k in c(3, 10, 21)) {
    #   h <- residuals(lm(pmax(s - k, 0) ~ X - 1, weights = w))
    #   cat(sum(ri * h) / sqrt(sum(ri^2 * h^2)), "") }
    found = scores_at(fit_sample(*biochemists()), [3, 10, 21])
    expected = [-1.84900786624, 0.905594565068, 0.249789080077]
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_score_is_the_slope_of_the_likelihood_along_the_hinge():
    # The derivative, by refits with the hinge's coefficient held at +-step.
    scores, counts = draw_curve(400, 1)
    sample = fit_sample(scores, counts)
    knot = float(make_hinges(sample.null).knots[12])
    hinge = np.maximum(scores - knot, 0)
    terms = np.column_stack([np.ones(400), scores, np.log1p(scores), scores**2])
    family = sm.families.NegativeBinomial(alpha=sample.null.alpha)
    step = 1e-4
    slope = np.diff(
        [
            sm.GLM(counts, terms, family, offset=sign * step * hinge)
            .fit(tol=1e-13)
            .llf
            for sign in (-1, 1)
        ]
    )[0] / (2 * step)
    null_fit = sm.GLM(counts, terms, family).fit(tol=1e-13)
    means = null_fit.fittedvalues
    shrink = 1 / (1 + sample.null.alpha * means)
    left = sm.WLS(hinge, terms, weights=means * shrink).fit().resid
    root = np.sqrt((((counts - means) * shrink * left) ** 2).sum())
    found = scores_at(sample, [knot])[0]
    assert found == pytest.approx(slope / root, rel=1e-4)


def test_knots_are_observed_scores_at_even_quantiles():
    scores, counts = draw_curve(1000, 2)
    knots = candidate_knots(fit_sample(scores, counts).null.groups)
    levels = np.linspace(0.15, 0.95, 25)
    expected = np.quantile(scores, levels, method="inverted_cdf")
    assert knots.tolist() == np.unique(expected).tolist()
    assert len(knots) <= MAX_KNOTS


@pytest.mark.parametrize("alpha", [0.0, 0.8, 30.0])
@pytest.mark.parametrize("level", [-3.0, 0.5, 9.0])
def test_tallies_are_those_of_the_fitted_law(alpha, level):
    # Shares, means and mean squares within bins, against sums over counts.
    scores, counts = draw_curve(60, 3)
    null = fit_sample(scores, counts).null
    means = np.exp(level) * np.linspace(0.5, 2, len(null.means))
    null = replace(null, means=means, alpha=alpha)
    law = negative_binomial_law(null)
    assert law.shares.sum(axis=1) == pytest.approx(1)
    variance = means + alpha * means**2
    assert (law.shares * law.means).sum(axis=1) == pytest.approx(means)
    assert (law.shares * law.squares).sum(axis=1) == pytest.approx(
        variance + means**2, rel=1e-6
    )
    size = 1 / max(alpha, 1e-12)
    reach = np.arange(20_000)
    of_first = nbinom.pmf(reach, size, size / (size + means[0]))
    upper = np.minimum(law.upper, 1e9)
    bins = np.searchsorted(upper, reach)
    for at in np.unique(bins[np.cumsum(of_first) < 0.999]):
        held = bins == at
        share = of_first[held].sum()
        if held[-1] or share < 1e-9:
            continue
        assert law.shares[0, at] == pytest.approx(share, rel=1e-4)
        mean = of_first[held] @ reach[held] / share
        assert law.means[0, at] == pytest.approx(mean, rel=1e-4)


@pytest.mark.parametrize(
    ("row_count", "draw_count"), [(60, 60_000), (3000, 20_000)]
)
def test_sums_of_draws_have_mean_and_variance_of_the_law(row_count, draw_count):
    # 5 standard errors; variances within 6 %.
    scores, counts = draw_curve(row_count, 3)
    null = fit_sample(scores, counts).null
    law = negative_binomial_law(null)
    draws = list(
        draw_tallies(law, null.groups, np.random.default_rng(1), draw_count)
    )
    assert sum(len(part.held) for part in draws) == draw_count
    sizes, means = null.groups.sizes, null.means
    assert (draws[0].held.sum(axis=1) == row_count).all()
    held = np.concatenate([part.held for part in draws])
    ranked = np.concatenate([part.ranked for part in draws])
    shares, weights = law.shares, sizes * null.groups.ranks
    assert np.abs(ranked.sum(axis=1)).max() < 1e-6
    for found, expected, spread in (
        (held, sizes @ shares, sizes @ (shares * (1 - shares))),
        (
            ranked,
            weights @ shares,
            (weights * null.groups.ranks) @ (shares * (1 - shares)),
        ),
    ):
        error = np.sqrt(spread / draw_count)
        # A bin that holds a row in few draws has no normal law.
        often = sizes @ shares > 0.01
        misses = np.abs(found.mean(axis=0) - expected)[often] / error[often]
        assert misses.max() < 5
        assert found.var(axis=0)[often] == pytest.approx(spread[often], rel=0.3)
    totals = np.concatenate([part.sums.totals for part in draws])
    squares = np.concatenate([part.sums.squares for part in draws])
    variance = sizes * (means + null.alpha * means**2)
    error = np.sqrt(variance / draw_count)
    assert (np.abs(totals.mean(axis=0) - sizes * means) < 5 * error).all()
    assert totals.var(axis=0) == pytest.approx(variance, rel=0.06)
    assert squares.mean(axis=0) == pytest.approx(
        variance + sizes * means**2, rel=0.06
    )


def test_p_is_the_rank_of_the_statistic_among_refitted_draws():
    scores, counts = draw_curve(300, 4)
    sample = fit_sample(scores, counts)
    hinges = make_hinges(sample.null)
    law = negative_binomial_law(sample.null)
    drawn = [
        kink_scores(sample.null, hinges, draws.sums).max(axis=1)
        for draws in draw_tallies(
            law, sample.null.groups, np.random.default_rng(1), 199
        )
    ]
    observed = kink_scores(sample.null, hinges, sample.sums).max()
    expected = (1 + (np.concatenate(drawn) >= observed).sum()) / 200
    result = run(scores, counts)
    assert result.estimate.p_value == pytest.approx(expected)
    assert result.statistic == pytest.approx(observed)


def test_owners_of_single_domains_change_a_score_by_their_factor_alone():
    scores, counts = draw_curve(300, 4)
    plain = fit_sample(scores, counts)
    hinges = make_hinges(plain.null)
    alone = replace(
        plain, sample=replace(plain.sample, clusters=np.arange(300))
    )
    found = observed_kink_scores(alone, hinges)
    expected = observed_kink_scores(plain, hinges) * np.sqrt(299 / 300)
    to_normal = norm.isf(student.sf(expected, 296))
    assert found == pytest.approx(to_normal, abs=1e-8)


def test_like_domains_of_one_owner_are_no_evidence_of_their_own():
    scores, counts = draw_curve(200, 12)
    alone = fit_sample(scores, counts)
    tripled = fit_sample(
        np.tile(scores, 3), np.tile(counts, 3), np.tile(np.arange(200), 3)
    )
    hinges = make_hinges(alone.null)
    of_tripled = make_hinges(tripled.null)
    assert hinges.knots.tolist() == of_tripled.knots.tolist()
    clustered = observed_kink_scores(tripled, of_tripled)
    assert clustered == pytest.approx(
        observed_kink_scores(alone, hinges), rel=0.03, abs=0.01
    )


def test_the_same_seed_gives_the_same_and_rows_may_stand_in_any_order():
    scores, counts = draw_law(THRESHOLD, 400, 5)
    order = np.random.default_rng(6).permutation(400)
    first = run(scores, counts)
    assert run(scores[order], counts[order]) == first
    assert run(scores, counts, seed=2) != first


def test_missing_rows_are_dropped():
    scores, counts = draw_curve(200, 7)
    with_gaps = (
        np.append(scores, [np.nan, 50.0]),
        np.append(counts, [3.0, np.nan]),
    )
    assert run(*with_gaps).estimate == run(scores, counts).estimate


def test_a_planted_knot_is_found():
    scores, counts = draw_law(replace(THRESHOLD, gain_per_point=0.2), 1000, 8)
    result = run(scores, counts)
    assert result.estimate.p_value <= KINK_LEVEL
    assert result.knot.low <= 60 <= result.knot.high
    assert result.knot.low <= result.knot.score <= result.knot.high
    assert 0.5 < result.estimate.estimate < 5
    assert result.estimate.estimate == pytest.approx(
        10 * result.knot.slope_change
    )


def test_without_evidence_there_is_no_knot():
    result = run(*draw_curve(500, 9))
    assert result.estimate.p_value > KINK_LEVEL
    assert result.knot == NO_KNOT
    assert np.isnan(result.estimate.estimate)


def test_the_profile_of_the_knot_agrees_with_statsmodels():
    scores, counts = draw_law(THRESHOLD, 500, 11)
    sample = fit_sample(scores, counts)
    hinges = make_hinges(sample.null)
    knot = locate_knot(sample, hinges, 0.95)
    at = int(np.argmax(kink_scores(sample.null, hinges, sample.sums)[0]))
    terms = [np.ones(500), scores, np.log1p(scores), scores**2]

    def fit(knot_score, alpha):
        hinge = np.maximum(scores - knot_score, 0)
        design = np.column_stack([*terms, hinge])
        family = sm.families.NegativeBinomial(alpha=alpha)
        return sm.GLM(counts, design, family).fit(tol=1e-12, maxiter=300)

    alpha = 0.5
    for _ in range(60):
        means = fit(hinges.knots[at], alpha).fittedvalues
        chi_square = ((counts - means) ** 2 / (means + alpha * means**2)).sum()
        alpha *= (chi_square / 495) ** 0.8
    fits = [fit(knot_score, alpha) for knot_score in hinges.knots]
    upward = [found for found in fits if found.params[-1] > 0]
    best = max(upward, key=lambda found: found.llf)
    assert knot.score == hinges.knots[fits.index(best)]
    assert knot.slope_change == pytest.approx(best.params[-1], rel=1e-3)
    inside = [
        knot_score
        for knot_score, found in zip(hinges.knots, fits, strict=True)
        if found.params[-1] > 0 and best.llf - found.llf <= 3.841459 / 2
    ]
    assert knot.low <= min(inside)
    assert knot.high >= max(inside)


def degenerate():
    generator = np.random.default_rng(1)
    scores = generator.integers(0, 60, 100).astype(float)
    counts = generator.poisson(3, 100).astype(float)
    few = np.zeros(100)
    few[:29] = 1 + np.arange(29.0)
    nothing = np.full(100, np.nan)
    return {
        "no rows": (nothing[:0], nothing[:0], Status.NO_OVERLAP),
        "a platform without data": (scores, nothing, Status.NO_OVERLAP),
        "one row": (scores[:1], counts[:1], Status.TOO_FEW),
        "three rows": (scores[:3], counts[:3], Status.TOO_FEW),
        "nine rows": (scores[:9], counts[:9], Status.TOO_FEW),
        "one score": (scores * 0 + 5, counts, Status.CONSTANT_SIGNAL),
        "no mentions": (scores, counts * 0, Status.CONSTANT_OUTCOME),
        "all tied": (scores, counts * 0 + 4, Status.CONSTANT_OUTCOME),
        "nine scores": (scores % 9, counts, Status.TOO_FEW_DISTINCT),
        "most at the top": (
            np.append(scores[:14], np.full(86, 99.0)),
            counts,
            Status.TOO_FEW_DISTINCT,
        ),
        "29 mentioned": (scores, few, Status.TOO_FEW),
        "an infinite score": (
            np.append(scores, np.inf),
            np.append(counts, 1),
            Status.UNRELIABLE,
        ),
        "an infinite count": (
            np.append(scores, 1),
            np.append(counts, np.inf),
            Status.UNRELIABLE,
        ),
        "half a mention": (scores, counts + 0.5, Status.UNRELIABLE),
        "a negative count": (scores, counts - 1, Status.UNRELIABLE),
        "a negative score": (scores - 30, counts, Status.UNRELIABLE),
        "more than can be counted": (scores, counts * 1e30, Status.UNRELIABLE),
    }


@pytest.mark.parametrize("name", degenerate())
def test_degenerate_input_has_a_status_and_no_numbers(name):
    scores, counts, status = degenerate()[name]
    measure = run(scores, counts, draw_count=19).estimate
    assert measure.status is status
    assert measure.reason
    assert np.isnan([measure.estimate, measure.p_value]).all()


@pytest.mark.parametrize("outlier", [1e6, 1e9, 1e15])
@pytest.mark.parametrize("at", [0, -1])
def test_a_huge_outlier_is_survived(outlier, at):
    scores, counts = draw_curve(200, 10)
    counts[np.argsort(scores)[at]] = outlier
    measure = run(scores, counts, draw_count=99).estimate
    assert measure.status in (Status.OK, Status.NOT_CONVERGED)
    assert (measure.status is Status.OK) == np.isfinite(measure.p_value)


@pytest.mark.parametrize(("lost", "is_kept"), [(5, True), (6, False)])
def test_draws_without_a_figure_are_dropped_up_to_one_in_twenty(lost, is_kept):
    draws = np.arange(100.0)
    draws[:lost] = [np.nan, np.inf, -np.inf, np.nan, np.nan, np.nan][:lost]
    found = finite_draws(draws, 40)
    if is_kept:
        assert found.tolist() == draws[lost:].tolist()
    else:
        assert (found.n, found.status) == (40, Status.NOT_CONVERGED)
        assert found.reason


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(10, 120))
@settings(max_examples=25, deadline=None)
def test_whatever_comes_there_is_a_p_value_or_a_reason(seed, row_count):
    scores, counts = draw_curve(row_count, seed, alpha=4.0)
    result = run(scores, counts, seed=seed, draw_count=19)
    assert isinstance(result, KinkResult)
    if result.estimate.status is Status.OK:
        assert 1 / 20 <= result.estimate.p_value <= 1
    else:
        assert result.estimate.reason
