"""Draws from a law: counts of a study, and its features alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import special

from linksignal.simulate.laws import Law
from linksignal.simulate.margins import (
    authority_scores,
    draw_links,
    gamma_intensities,
    link_volumes,
)
from linksignal.simulate.noise import Floats, Ints
from linksignal.simulate.study import PLATFORMS, Study, features

GENERIC_SHARE = 0.2


@dataclass(frozen=True)
class _Latents:
    """The four latents of n domains, each standard normal."""

    authority: Floats
    links: Floats
    nofollow: Floats
    image: Floats


def draw_study(
    law: Law, n: int, rng: np.random.Generator, rows: int | None = None
) -> Study:
    """Draw the counts of a study that follows a law.

    Parameters
    ----------
    law : Law
        Rule to follow.
    n : int
        Number of domains.
    rng : numpy.random.Generator
        Source of randomness.
    rows : int, optional
        Exact number of raw link rows, at least n; default as drawn.

    Returns
    -------
    Study
        Counts of n domains.

    Raises
    ------
    ValueError
        If the law's correlations and tilts cannot hold together.
    """
    latents = _draw_latents(law, n, rng)
    scores = authority_scores(latents.authority)
    counts = draw_links(
        link_volumes(latents.links),
        special.expit(law.nofollow_logit + law.share_sd * latents.nofollow),
        special.expit(law.image_logit + law.share_sd * latents.image),
        rng,
        rows,
    )
    if law.threshold_score is None:
        latent = _outcome_latents(law, latents, rng)
        intensity = gamma_intensities(latent, law.theta)
    else:
        intensity = _threshold_intensity(law, law.threshold_score, scores, rng)
    mean = law.mean_mentions / len(PLATFORMS) * intensity
    return Study(
        authority=scores,
        links=counts,
        branded=rng.poisson((1 - GENERIC_SHARE) * mean),
        generic=rng.poisson(GENERIC_SHARE * mean),
    )


def draw_features(law: Law, n: int, rng: np.random.Generator) -> pd.DataFrame:
    """Draw the domain-level features of a study, without making rows.

    Parameters
    ----------
    law : Law
        Rule to follow, as of `planted`.
    n : int
        Number of domains.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    pandas.DataFrame
        n rows; columns ``domain``, the nine signals,
        ``ai_mentions_<platform>`` and ``share_of_voice_<platform>`` for the
        five platforms and ``all``. Shares that are 0/0 are NaN.
    """
    return features(draw_study(law, n, rng))


def _draw_latents(law: Law, n: int, rng: np.random.Generator) -> _Latents:
    c = law.authority_links
    authority, alone, nofollow, image = rng.standard_normal((4, n))
    links = c * authority + np.sqrt(1 - c**2) * alone
    return _Latents(authority, links, nofollow, image)


def _outcome_latents(
    law: Law, latents: _Latents, rng: np.random.Generator
) -> Floats:
    """Latents M of the module's formula, shape (n, 5)."""
    c = law.authority_links
    with_authority, with_links = np.array(law.authority), np.array(law.links)
    a = (with_authority - c * with_links) / (1 - c**2)
    b = (with_links - c * with_authority) / (1 - c**2)
    nofollow_tilt, image_tilt = np.array([law.nofollow_tilt, law.image_tilt])
    height = np.ones_like(latents.authority)
    if law.image_tilt_rises:
        height = special.ndtr(latents.authority) ** 2
    tilt = np.multiply.outer(height, image_tilt)
    explained = a * with_authority + b * with_links + nofollow_tilt**2 + tilt**2
    if explained.max() > 1:
        raise ValueError("correlations and tilts explain more than there is")
    noise = np.sqrt(0.5) * (
        rng.standard_normal((len(height), 1))
        + rng.standard_normal((len(height), len(PLATFORMS)))
    )
    outcome: Floats = (
        np.multiply.outer(latents.authority, a)
        + np.multiply.outer(latents.links, b)
        + np.multiply.outer(latents.nofollow, nofollow_tilt)
        + tilt * latents.image[:, None]
        + np.sqrt(1 - explained) * noise
    )
    return outcome


def _threshold_intensity(
    law: Law, threshold: int, scores: Ints, rng: np.random.Generator
) -> Floats:
    rise = law.gain_per_point * np.maximum(0, scores - threshold)
    frailty = rng.gamma(law.theta, 1 / law.theta, len(scores))
    return np.repeat((np.exp(rise) * frailty)[:, None], len(PLATFORMS), axis=1)
