from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.estimators import decile_trend
from linksignal.stats.estimators.decile_trend import (
    decile_sample,
    decile_steps,
)
from linksignal.stats.ranks import tie_safe_deciles
from linksignal.stats.rules import Status
from scipy.stats import brunnermunzel
from statsmodels.stats.multitest import multipletests

from .samples import CI_LEVEL
from .threshold_samples import draw_curve

# Brunner & Munzel (2000), table 1: pain scores under two treatments.
PAIN = (
    np.array([1.0, 2, 1, 1, 1, 1, 1, 1, 1, 1, 2, 4, 1, 1]),
    np.array([3.0, 3, 4, 3, 1, 2, 3, 1, 1, 5, 4]),
)


def steps(scores, counts, ci_level=CI_LEVEL):
    deciles = tie_safe_deciles(scores).astype(float)
    return decile_steps(decile_sample(scores, deciles, counts), ci_level)


def compare_samples(lower, upper, clusters=None):
    return decile_trend.compare_samples(lower, upper, clusters, CI_LEVEL)


def test_comparison_agrees_with_the_published_example():
    # R package lawstat 3.4, example(brunner.munzel.test):
    # Brunner-Munzel Test Statistic = 3.1375, df = 17.683, p-value = 0.005786
    # 95 percent confidence interval: 0.5952169 0.9827052
    # sample estimates: P(X<Y)+.5*P(X=Y) 0.788961
    found = compare_samples(*PAIN)
    statistic = found.estimate / found.standard_error
    assert statistic == pytest.approx(3.1375, abs=5e-5)
    assert found.degrees_of_freedom == pytest.approx(17.683, abs=5e-4)
    assert found.p_value == pytest.approx(0.005786, abs=5e-7)
    assert (found.estimate + 1) / 2 == pytest.approx(0.788961, abs=5e-7)
    assert (found.ci_low + 1) / 2 == pytest.approx(0.5952169, abs=5e-8)
    assert (found.ci_high + 1) / 2 == pytest.approx(0.9827052, abs=5e-8)


@given(seed=st.integers(0, 2**32 - 1), size=st.integers(12, 60))
@settings(max_examples=40, deadline=None)
def test_comparison_agrees_with_scipy_and_brute_force(seed, size):
    generator = np.random.default_rng(seed)
    lower = generator.negative_binomial(1, 0.2, size).astype(float)
    upper = generator.negative_binomial(1, 0.1, size + 5).astype(float)
    found = compare_samples(lower, upper)
    if found.status is not Status.OK:
        return
    expected = brunnermunzel(lower, upper)
    assert found.p_value == pytest.approx(expected.pvalue, abs=1e-12)
    signs = np.sign(upper[:, np.newaxis] - lower)
    assert found.estimate == pytest.approx(signs.mean(), abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1))
@settings(max_examples=30, deadline=None)
def test_swapping_the_samples_turns_the_sign(seed):
    generator = np.random.default_rng(seed)
    lower, upper = generator.poisson([2, 3], size=(30, 2)).T.astype(float)
    there, back = compare_samples(lower, upper), compare_samples(upper, lower)
    assert there.estimate == pytest.approx(-back.estimate, abs=1e-12)
    assert there.ci_low == pytest.approx(-back.ci_high, abs=1e-12)
    assert there.p_value == pytest.approx(back.p_value)
    assert -1 <= there.ci_low <= there.estimate <= there.ci_high <= 1
    assert (there.p_value < 0.05) == (there.ci_low * there.ci_high > 0)


def test_the_interval_covers_the_difference_of_two_known_laws():
    # 600 pairs of samples of 100: 95 % - 3 standard errors = 92.3 %.
    generator = np.random.default_rng(1)
    pairs = generator.negative_binomial(
        0.5, [[0.2], [0.1]], size=(600, 2, 100)
    ).astype(float)
    large = generator.negative_binomial(0.5, [[0.2], [0.1]], (2, 100_000))
    truth = np.sign(large[1] - large[0]).mean()
    found = [compare_samples(lower, upper) for lower, upper in pairs]
    covers = [m.ci_low <= truth <= m.ci_high for m in found]
    assert np.mean(covers) == pytest.approx(0.95, abs=0.027)


def test_steps_compare_each_decile_with_the_next_and_adjust_by_holm():
    scores, counts = draw_curve(600, 1)
    deciles = tie_safe_deciles(scores)
    found = steps(scores, counts)
    assert len(found.estimates) == 9
    for decile, measure in enumerate(found.estimates, start=1):
        pair = [counts[deciles == d] for d in (decile, decile + 1)]
        assert measure == compare_samples(*pair)
        assert measure.n == len(pair[0]) + len(pair[1])
    p_values = [measure.p_value for measure in found.estimates]
    expected = multipletests(p_values, method="holm")[1]
    assert found.p_adjusted == pytest.approx(expected)


def test_a_step_without_a_test_is_no_part_of_the_family():
    scores, counts = draw_curve(600, 2)
    deciles = tie_safe_deciles(scores)
    counts[deciles <= 2] = 0
    found = steps(scores, counts)
    assert found.estimates[0].status is Status.CONSTANT_OUTCOME
    assert np.isnan(found.p_adjusted[0])
    p_values = [measure.p_value for measure in found.estimates[1:]]
    expected = multipletests(p_values, method="holm")[1]
    assert found.p_adjusted[1:] == pytest.approx(expected)


def test_ties_that_empty_a_decile_leave_its_steps_untested():
    scores = np.append(np.full(250, 5.0), np.arange(250) % 50 + 10.0)
    counts = np.random.default_rng(3).poisson(3, 500).astype(float)
    found = steps(scores, counts)
    empty = set(range(1, 11)) - set(tie_safe_deciles(scores).tolist())
    assert empty
    for decile in empty & set(range(1, 10)):
        assert found.estimates[decile - 1].status is Status.TOO_FEW
        assert str(decile) in found.estimates[decile - 1].reason


def test_samples_apart_have_a_delta_but_no_test():
    found = compare_samples(np.arange(12.0), np.arange(20.0, 40.0))
    assert found.status is Status.UNRELIABLE
    assert found.estimate == 1
    assert np.isnan([found.p_value, found.ci_low]).all()


@pytest.mark.parametrize(
    ("row_count", "status"),
    [
        (0, Status.NO_OVERLAP),
        (1, Status.TOO_FEW),
        (3, Status.TOO_FEW),
        (9, Status.TOO_FEW),
        (50, Status.TOO_FEW),
    ],
)
def test_too_few_rows_have_a_status_at_every_step(row_count, status):
    scores, counts = draw_curve(200, 4)
    found = steps(scores[:row_count], counts[:row_count])
    assert {measure.status for measure in found.estimates} == {status}
    assert all(measure.reason for measure in found.estimates)
    assert np.isnan(found.p_adjusted).all()


def test_few_outcomes_off_the_most_common_give_no_step():
    lower, upper = np.zeros(50), np.zeros(50)
    upper[:9] = np.arange(1, 10)
    found = compare_samples(lower, upper)
    assert found.status is Status.TOO_FEW_DISTINCT
    upper[9] = 3
    assert compare_samples(lower, upper).status is Status.OK


def test_a_huge_outlier_counts_as_one_rank():
    scores, counts = draw_curve(300, 5)
    at = int(np.argmax(counts))
    larger = counts.copy()
    larger[at] = 1e15
    assert steps(scores, larger) == steps(scores, counts)


def test_owners_with_domains_in_both_deciles_widen_or_narrow_the_step():
    # Three domains an owner, alike: the error of a third of the domains.
    generator = np.random.default_rng(6)
    lower, upper = (generator.poisson(m, 40).astype(float) for m in (2, 3))
    owners = np.tile(np.arange(80), 3)
    tripled = [np.tile(values, 3) for values in (lower, upper)]
    order = np.concatenate(
        [np.tile(np.arange(40), 3), np.tile(40 + np.arange(40), 3)]
    )
    assert sorted(order) == sorted(owners)
    alone = compare_samples(lower, upper)
    clustered = compare_samples(*tripled, clusters=order)
    assert clustered.estimate == pytest.approx(alone.estimate)
    assert clustered.standard_error == pytest.approx(
        alone.standard_error, rel=0.02
    )
    assert compare_samples(*tripled).standard_error < (
        0.6 * clustered.standard_error
    )
