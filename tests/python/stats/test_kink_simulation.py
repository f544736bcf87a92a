"""The kink test on NB2 counts whose log mean is a line.

The bound is that of the calibration, widened by three standard errors of the
number of studies drawn here.
"""

from __future__ import annotations

import numpy as np
from calibration.kinks import kink_test
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.estimators.smooth_law import fit_sample, smooth_terms

from .threshold_samples import draw_curve

DRAWS = 99
STUDIES = 150


def test_a_line_is_seldom_called_a_kink():
    # 150 studies: 0 to 6.5 + 6.0 = 12.5 %.
    rejected = [
        kink_test(
            fit_sample(known_pairs(*draw_curve(300, [1, seed])), smooth_terms),
            np.random.default_rng([7, seed]),
            DRAWS,
        ).estimate.p_value
        <= 0.05
        for seed in range(STUDIES)
    ]
    widening = 3 * np.sqrt(0.065 * 0.935 / STUDIES)
    assert np.mean(rejected) <= 0.065 + widening
