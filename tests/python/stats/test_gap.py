from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.rules import Status
from linksignal.stats.thresholds.gap import gap_summary
from linksignal.stats.thresholds.kink import kink_test
from linksignal.stats.thresholds.smooth_null import draw_counts
from linksignal.stats.thresholds.smooth_sample import fit_sample
from linksignal.stats.thresholds.smooth_tests import smooth_tests
from scipy.stats import pearsonr, spearmanr

from .threshold_samples import biochemists, draw_curve


def summary(scores, counts, seed=1, draw_count=99):
    return gap_summary(scores, counts, np.random.default_rng(seed), draw_count)


def scipy_gap(scores, counts):
    return (
        spearmanr(scores, counts).statistic - pearsonr(scores, counts).statistic
    )


def test_gap_agrees_with_r():
    # cor(s, y, method = "spearman") - cor(s, y), data of
    # test_negative_binomial.py
    gap = summary(*biochemists()).gap.estimate
    assert gap == pytest.approx(0.30233674949 - 0.305861641423, abs=1e-11)


def test_share_counts_the_draws_with_as_large_a_gap():
    scores, counts = draw_curve(150, 1)
    sample = fit_sample(scores, counts)
    row_scores = np.sort(scores)
    gaps = [
        scipy_gap(row_scores, draw)
        for draws in draw_counts(sample.null, np.random.default_rng(1), 99)
        for draw in draws
    ]
    share = np.mean(np.array(gaps) >= scipy_gap(scores, counts) - 1e-10)
    assert summary(scores, counts).smooth_share.estimate == pytest.approx(share)


@given(seed=st.integers(0, 2**32 - 1), row_count=st.integers(10, 80))
@settings(max_examples=30, deadline=None)
def test_gap_agrees_with_scipy(seed, row_count):
    scores, counts = draw_curve(row_count, seed)
    gap = summary(scores, counts, draw_count=1).gap
    if gap.status is Status.OK:
        assert gap.estimate == pytest.approx(scipy_gap(scores, counts))


@pytest.mark.parametrize("outlier", [10**4, 10**12])
def test_large_counts_are_ranked_alike(outlier):
    scores, counts = draw_curve(100, 2)
    counts[3] = outlier
    gap = summary(scores, counts, draw_count=1).gap.estimate
    assert gap == pytest.approx(scipy_gap(scores, counts), abs=1e-9)


def test_one_pass_gives_what_each_test_gives_alone():
    scores, counts = draw_curve(200, 3)
    both = smooth_tests(scores, counts, np.random.default_rng(1), 99)
    alone = kink_test(scores, counts, np.random.default_rng(1), 99)
    assert both.kink == alone
    assert both.gap == summary(scores, counts)


def test_the_gap_needs_less_than_its_share():
    scores, counts = draw_curve(200, 4)
    counts[np.cumsum(counts > 0) > 20] = 0
    found = summary(scores, counts)
    assert found.gap.status is Status.OK
    assert found.smooth_share.status is Status.TOO_FEW
    assert np.isnan(found.smooth_share.estimate)


@pytest.mark.parametrize(
    ("row_count", "status"), [(0, Status.NO_OVERLAP), (9, Status.TOO_FEW)]
)
def test_too_little_has_a_status(row_count, status):
    scores, counts = draw_curve(20, 5)
    found = summary(scores[:row_count], counts[:row_count])
    assert found.gap.status is status
    assert found.smooth_share.status is status
    assert found.gap.reason
