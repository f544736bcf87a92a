"""Type I error and power of the kink test."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from linksignal.settings import default_settings
from linksignal.simulate.laws import Law, planted
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators.kink import (
    KINK_LEVEL,
    KinkResult,
    kink_result,
    kink_statistic,
    make_hinges,
)
from linksignal.stats.estimators.score_groups import known_pairs
from linksignal.stats.estimators.smooth_law import (
    SmoothSample,
    fit_sample,
    negative_binomial_law,
    smooth_terms,
)
from linksignal.stats.estimators.tally_law import draw_statistics
from linksignal.stats.rules import Status

from calibration.figures import TYPE_I, Figure, Place, share_of
from calibration.worlds import samples

ROW_COUNT = 1_000

# Bootstrap draws; (B + 1) times the level is whole.
BOOTSTRAP_DRAWS = 499

# Mean mentions over all platforms, and shape: half the domains without a
# mention, and one in seven.
NOISY = (3.0, 0.25)
CLEAR = (8.0, 0.9)

SMOOTH_LAWS: dict[str, Law] = {
    "smooth, mean 17, theta 0.9; 0.3": planted("smooth", rho=0.3),
    "smooth, mean 17, theta 0.9; 0.6": planted("smooth", rho=0.6),
    "smooth, mean 17, theta 0.9; 0.9": planted("smooth", rho=0.9),
    "smooth, mean 3, theta 0.25; 0.6": replace(
        planted("smooth", rho=0.6), mean_mentions=NOISY[0], theta=NOISY[1]
    ),
}

KINKED_LAWS: dict[str, Law] = {
    f"+{gain:g} per point from 60, mean {mean:g}, theta {theta:g}; ": replace(
        planted("threshold", threshold_score=60),
        gain_per_point=gain,
        mean_mentions=mean,
        theta=theta,
    )
    for mean, theta in (NOISY, CLEAR)
    for gain in (0.12, 0.08)
}


def kink_figures(
    name: str,
    draws: int,
    generator: np.random.Generator,
    bootstrap_draws: int = BOOTSTRAP_DRAWS,
) -> list[Figure]:
    """Measure how often the test finds a kink.

    Parameters
    ----------
    name : str
        A key of `SMOOTH_LAWS` or `KINKED_LAWS`.
    draws : int
        Samples of `ROW_COUNT` rows.
    generator : numpy.random.Generator
        Source of randomness.
    bootstrap_draws : int
        Draws from the fitted smooth law of each sample.

    Returns
    -------
    list of Figure
        One; samples without a test do not count.
    """
    is_smooth = name in SMOOTH_LAWS
    law = (SMOOTH_LAWS | KINKED_LAWS)[name]
    found = []
    for sample in samples(law, ROW_COUNT, draws, generator):
        mentions = sample.mentions.sum(axis=1)
        pairs = known_pairs(sample.authority, mentions)
        fitted = fit_sample(pairs, smooth_terms)
        if isinstance(fitted, Estimate):
            continue
        kink = kink_test(fitted, generator, bootstrap_draws).estimate
        if kink.status is Status.OK:
            found.append(bool(kink.p_value <= KINK_LEVEL))
    label, rho = name.split("; ")
    return [
        share_of(
            "type I error, kink test" if is_smooth else "power, kink test",
            Place(label, ROW_COUNT, rho),
            found,
            TYPE_I if is_smooth else None,
        )
    ]


def kink_test(
    sample: SmoothSample,
    generator: np.random.Generator,
    draw_count: int,
    ci_level: float = default_settings().ci_level,
) -> KinkResult:
    """Test a smooth curve against one with an upward kink somewhere.

    Null hypothesis: counts are negative binomial with a log mean linear in
    the terms of the sample's smooth law. Statistic: the largest, over the
    candidate knots, of the standardised score for adding (s - knot)+. Its
    law under the null hypothesis comes from draws of the fitted null law,
    each fitted anew; a draw whose fit did not converge is kept.

    Parameters
    ----------
    sample : SmoothSample
    generator : numpy.random.Generator
        Source of the draws.
    draw_count : int
        Draws B, 1 or more; 999 for a level of 5 %.
    ci_level : float, optional
        Of the knot's interval, 0-1; default that of the settings.

    Returns
    -------
    KinkResult
        p = (1 + b) / (B + 1), b the draws with as large a statistic.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap Methods and their Application,
    section 4.2.
    Hansen (1996), Inference when a nuisance parameter is not identified
    under the null hypothesis, Econometrica 64, 413-430.
    """
    hinges = make_hinges(sample.null)
    (draws,) = draw_statistics(
        negative_binomial_law(sample.null),
        sample.null.groups,
        generator,
        draw_count,
        [kink_statistic(sample, hinges)],
    )
    return kink_result(sample, hinges, draws, ci_level)
