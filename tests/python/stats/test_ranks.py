from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from linksignal.stats.ranks import centred_ranks, sums_above, tie_groups
from scipy.stats import rankdata

from .bootstrap import resampled_centred_ranks

tied_values = st.lists(st.integers(-4, 4), min_size=1, max_size=40).map(
    lambda values: np.array(values, dtype=np.float64)
)


@given(tied_values)
def test_centred_ranks_are_mid_ranks_minus_their_mean(values):
    expected = rankdata(values) - (len(values) + 1) / 2
    np.testing.assert_array_equal(centred_ranks(tie_groups(values)), expected)


@given(tied_values, st.integers(0, 2**32 - 1))
def test_resampled_ranks_are_ranks_of_the_expanded_resample(values, seed):
    row_count = len(values)
    draws = np.random.default_rng(seed).integers(row_count, size=row_count)
    counts = np.bincount(draws, minlength=row_count).astype(np.float64)
    ranks = resampled_centred_ranks(tie_groups(values), counts[np.newaxis])[0]
    expected = rankdata(values[draws]) - (row_count + 1) / 2
    np.testing.assert_array_equal(ranks[draws], expected)


@given(tied_values, st.integers(0, 2**32 - 1))
def test_sums_above_are_sums_over_larger_rows_and_half_the_equal(values, seed):
    weights = np.random.default_rng(seed).normal(size=len(values))
    larger = values[np.newaxis, :] > values[:, np.newaxis]
    equal = values[np.newaxis, :] == values[:, np.newaxis]
    expected = (larger + equal / 2) @ weights
    assert sums_above(tie_groups(values), weights) == pytest.approx(expected)
