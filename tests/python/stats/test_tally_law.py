"""How rows of one group fall into bins: a multinomial law, however drawn."""

from __future__ import annotations

import numpy as np
import pytest
from linksignal.stats.estimators.score_groups import group_rows
from linksignal.stats.estimators.tally_law import (
    DRAWS_AT_ONCE,
    FEWEST_AT_ONCE,
    TallyLaw,
    draw_tallies,
)
from scipy.stats import binom, chisquare

BINS = 30
DRAWS = 30_000


def one_group(size):
    """A law of one group: some bins full, some rare, one without rows."""
    shares = np.random.default_rng(3).dirichlet(np.full(BINS, 0.3))
    shares[4] = 0.0
    shares[[9, 10]] = 1e-7, 1e-5
    shares /= shares.sum()
    means = np.arange(BINS, dtype=np.float64)[np.newaxis]
    upper = np.append(means[0, :-1], np.inf)
    law = TallyLaw(upper, shares[np.newaxis], means, means**2)
    return law, group_rows(np.full(size, 5.0))


# Rows dealt one by one; the same with bins drawn as a whole; nearly all so.
@pytest.mark.parametrize("size", [1, 7, 300, 2000])
def test_bins_have_the_law_of_a_multinomial(size):
    law, groups = one_group(size)
    shares = law.shares[0]
    assert (size * shares.max() >= FEWEST_AT_ONCE) == (size > 7)
    draws = draw_tallies(law, groups, np.random.default_rng(size), DRAWS)
    held = np.concatenate([part.held for part in draws])
    assert held.shape == (DRAWS, BINS)
    assert (held.sum(axis=1) == size).all()
    assert not held[:, 4].any()
    # Five standard errors; covariances where rows are many enough for one.
    expected = size * (np.diag(shares) - np.outer(shares, shares))
    error = np.sqrt(np.diag(expected) / DRAWS)
    assert (np.abs(held.mean(axis=0) - size * shares) <= 5 * error + 3e-4).all()
    often = np.flatnonzero(size * shares > 3)
    spread = np.sqrt(np.diag(expected))[often]
    misses = (np.cov(held.T) - expected)[np.ix_(often, often)]
    bound = 7 * np.outer(spread, spread) / np.sqrt(DRAWS)
    assert (np.abs(misses) <= bound).all()
    for at in np.argsort(shares)[[-1, -3, -8]]:
        law_of_bin = binom.pmf(np.arange(size + 1), size, shares[at]) * DRAWS
        seen = np.bincount(held[:, at].astype(int), minlength=size + 1)
        is_often = law_of_bin > 5
        cells = [
            np.append(one[is_often], one[~is_often].sum() + 1e-9)
            for one in (seen, law_of_bin)
        ]
        total = cells[0].sum() / cells[1].sum()
        assert chisquare(cells[0], cells[1] * total).pvalue > 1e-4


def test_sums_are_those_of_the_bins():
    law, groups = one_group(200)
    (draws,) = draw_tallies(law, groups, np.random.default_rng(1), 50)
    np.testing.assert_allclose(
        draws.sums.totals[:, 0], draws.held @ law.means[0]
    )
    np.testing.assert_allclose(
        draws.sums.squares[:, 0], draws.held @ law.squares[0]
    )
    np.testing.assert_allclose(draws.ranked, groups.ranks[0] * draws.held)


def test_draws_come_in_parts_of_bounded_size():
    law, groups = one_group(20)
    parts = draw_tallies(
        law, groups, np.random.default_rng(1), DRAWS_AT_ONCE + 1
    )
    assert [len(part.held) for part in parts] == [DRAWS_AT_ONCE, 1]
