"""The kink test on laws whose truth is known, in quick form.

Bounds are those of the full calibration, widened by three standard errors
of the number of studies drawn here.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from linksignal.simulate.laws import planted
from linksignal.stats.thresholds.kink import POWER_NOTE, kink_test

from .threshold_samples import draw_curve, draw_law

DRAWS = 99


def rejection_share(draw, study_count):
    rejected = [
        kink_test(*draw(seed), np.random.default_rng([7, seed]), DRAWS)
        for seed in range(study_count)
    ]
    return np.mean([result.measure.p_value <= 0.05 for result in rejected])


def widening(share, study_count):
    return 3 * np.sqrt(share * (1 - share) / study_count)


def nb2_curve(seed):
    return draw_curve(300, [1, seed])


def copula(seed):
    return draw_law(planted("smooth", rho=0.6), 300, [2, seed])


@pytest.mark.parametrize("law", [nb2_curve, copula])
def test_smooth_laws_are_rejected_at_the_level(law):
    # 150 studies: 0 to 6.5 + 6.0 = 12.5 %.
    study_count = 150
    share = rejection_share(law, study_count)
    assert share <= 0.065 + widening(0.065, study_count)


@pytest.mark.parametrize(
    ("mean", "theta", "power"), [(3.0, 0.25, 0.45), (8.0, 0.9, 0.98)]
)
def test_a_threshold_is_found_as_often_as_the_note_says(mean, theta, power):
    # 50 studies of n = 1,000: 45 % +- 21 points, 98 % +- 6.
    study_count = 50
    law = replace(planted("threshold"), mean_mentions=mean, theta=theta)
    share = rejection_share(
        lambda seed: draw_law(law, 1000, [3, seed]), study_count
    )
    assert share == pytest.approx(power, abs=widening(power, study_count))
    assert f"{power:.0%}".replace("%", " %") in POWER_NOTE
