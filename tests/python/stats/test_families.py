from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.stats.families import benjamini_hochberg, holm_across_blocks
from statsmodels.stats.multitest import multipletests

p_lists = st.lists(st.floats(0, 1), min_size=1, max_size=12).map(np.array)
P_VALUES = np.array([0.01, 0.04, 0.03, 0.005, 0.6])


def closed_test(blocks):
    """Adjust by the closure principle, over every intersection of nulls.

    An intersection is a non-empty set of pairs. Its p value is Bonferroni's
    over the blocks it touches; within a block the family-wise p value of the
    most significant pair bounds that of any set that holds it.
    """
    pairs = [
        (b, i) for b, block in enumerate(blocks) for i in range(len(block))
    ]
    adjusted = [np.zeros(len(block)) for block in blocks]
    for size in range(1, len(pairs) + 1):
        for chosen in combinations(pairs, size):
            touched = {b for b, _ in chosen}
            smallest = min(blocks[b][i] for b, i in chosen)
            level = min(1.0, len(touched) * smallest)
            for b, i in chosen:
                adjusted[b][i] = max(adjusted[b][i], level)
    return adjusted


def test_benjamini_hochberg_agrees_with_r():
    # p.adjust(c(.01, .04, .03, .005, .6), "BH")
    expected = [0.025, 0.05, 0.05, 0.025, 0.6]
    assert benjamini_hochberg(P_VALUES) == pytest.approx(expected)


def test_holm_over_blocks_of_one_pair_agrees_with_r():
    # p.adjust(c(.01, .04, .03, .005, .6), "holm")
    blocks = [np.array([p]) for p in P_VALUES]
    expected = [0.04, 0.09, 0.09, 0.025, 0.6]
    found = np.concatenate(holm_across_blocks(blocks))
    assert found == pytest.approx(expected)


@given(p_lists)
@settings(max_examples=20, deadline=None)
def test_both_agree_with_statsmodels(p_values):
    found = benjamini_hochberg(p_values)
    expected = multipletests(p_values, method="fdr_bh")[1]
    assert found == pytest.approx(expected)
    found = np.concatenate(
        holm_across_blocks([np.array([p]) for p in p_values])
    )
    assert found == pytest.approx(multipletests(p_values, method="holm")[1])


@given(st.lists(p_lists, min_size=1, max_size=3))
@settings(max_examples=30, deadline=None)
def test_holm_across_blocks_is_the_closed_test(blocks):
    blocks = [block[:3] for block in blocks]
    for found, expected in zip(
        holm_across_blocks(blocks), closed_test(blocks), strict=True
    ):
        assert found == pytest.approx(expected)


def test_one_block_stays_as_it_is_and_none_gives_none():
    (found,) = holm_across_blocks([P_VALUES])
    np.testing.assert_array_equal(found, P_VALUES)
    assert holm_across_blocks([]) == []


def test_undefined_p_values_are_no_part_of_the_family():
    with_gaps = np.insert(P_VALUES, [0, 3], np.nan)
    found = benjamini_hochberg(with_gaps)
    assert np.isnan(found).tolist() == np.isnan(with_gaps).tolist()
    np.testing.assert_array_equal(
        found[~np.isnan(found)], benjamini_hochberg(P_VALUES)
    )
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()
    assert len(benjamini_hochberg(np.array([]))) == 0


@pytest.mark.parametrize("shares", [*product((0.0, 0.5), repeat=2)])
def test_holm_across_blocks_keeps_the_family_wise_level(shares):
    # Two blocks of two uniform p values each, Bonferroni-adjusted within;
    # the first `share` of each block are false null hypotheses with p = 0.
    # 4,000 draws: bound is .05 plus three Monte-Carlo errors of .0034.
    generator = np.random.default_rng(17)
    wrong = 0
    for _ in range(4_000):
        blocks = [2 * generator.random(2) for _ in shares]
        for block, share in zip(blocks, shares, strict=True):
            block[: int(2 * share)] = 0
        adjusted = holm_across_blocks([np.minimum(b, 1.0) for b in blocks])
        wrong += any(
            (p[int(2 * share) :] <= 0.05).any()
            for p, share in zip(adjusted, shares, strict=True)
        )
    assert wrong / 4_000 <= 0.05 + 3 * 0.0034
