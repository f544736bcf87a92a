"""Laws of the calibration against what is known of them otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from calibration.equivalence import equality_law
from calibration.worlds import (
    RHOS,
    SPARSE,
    links_world,
    samples,
    score_world,
    targets,
)


@pytest.mark.parametrize("make", [score_world, links_world])
def test_the_copula_is_as_planted(make):
    # A normal copula has Spearman's 6 / pi asin(rho / 2). It is that of the
    # signal and the intensity, which counts with a large mean show; rounded
    # scores take off less than .001, 100,000 rows leave an error of .003.
    found = targets(make((20_000.0, 0.9), "many"), 100_000)["spearman"]
    expected = 6 / np.pi * np.arcsin(np.array(RHOS) / 2)
    assert found == pytest.approx(expected, abs=0.012)


def test_sparse_mentions_are_half_zeros():
    # NB2 with mean 3 and theta .25: P(0) = (.25 / 3.25)^.25 = .527.
    law = links_world(SPARSE, "sparse").law
    (sample,) = samples(law, 50_000, 1, np.random.default_rng(1))
    shares = (sample.mentions == 0).mean(axis=0)
    assert shares == pytest.approx(np.full(5, 0.527), abs=0.01)


def test_samples_are_stretches_of_one_draw():
    law = equality_law(0.6)
    parts = list(samples(law, 40, 7, np.random.default_rng(2)))
    (whole,) = samples(law, 280, 1, np.random.default_rng(2))
    assert len(parts) == 7
    joined = np.concatenate([part.nofollow for part in parts])
    np.testing.assert_array_equal(joined, whole.nofollow)
    assert (whole.nofollow + whole.follow == whole.links).all()
