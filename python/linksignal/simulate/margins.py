"""From standard normal latents to scores, link counts and intensities."""

from __future__ import annotations

from functools import cache

import numpy as np
from scipy import special

from linksignal.simulate.noise import Floats, Ints
from linksignal.simulate.study import Links

AUTHORITY_BETA = (1.5, 3.4)
MEDIAN_LINKS = 47.0
LOG_LINKS_SD = 1.45


@cache
def _authority_bounds() -> Floats:
    halves = (np.arange(100) + 0.5) / 100
    bounds: Floats = special.ndtri(special.betainc(*AUTHORITY_BETA, halves))
    return bounds


def authority_scores(latent: Floats) -> Ints:
    """Round 100 times a Beta(1.5, 3.4) quantile, a score from 0 to 100."""
    return np.searchsorted(_authority_bounds(), latent).astype(np.int64)


@cache
def _log_gamma_quantiles(theta: float) -> tuple[Floats, Floats]:
    grid = np.linspace(-8, 8, 3201)
    # Beyond this tail 1 - p rounds; the upper tail is inverted from above.
    quantiles: Floats = np.where(
        grid < 0,
        special.gammaincinv(theta, special.ndtr(grid)),
        special.gammainccinv(theta, special.ndtr(-grid)),
    )
    return grid, np.log(quantiles / theta)


def gamma_intensities(latent: Floats, theta: float) -> Floats:
    """Gamma quantiles of mean 1 and shape theta.

    A Poisson count with this intensity times m is negative binomial with
    mean m and size theta. Read off a table, exact to 1e-4 of the value.
    """
    grid, logs = _log_gamma_quantiles(theta)
    return np.exp(np.interp(latent, grid, logs))


def link_volumes(latent: Floats) -> Floats:
    """Lognormal numbers of links, median 47, sd(log) 1.45."""
    volumes: Floats = MEDIAN_LINKS * np.exp(LOG_LINKS_SD * latent)
    return volumes


def _rows(live: Ints) -> Ints:
    return live + live // 25 + live // 50


def whole_counts(volumes: Floats, rows: int | None) -> Ints:
    """Whole live links, at least 1, optionally scaled to a number of rows.

    Parameters
    ----------
    volumes : ndarray of float64, shape (n,)
        Links before rounding.
    rows : int, optional
        Raw rows that the counts, with lost and own links, may fill at most;
        at least n.

    Returns
    -------
    ndarray of int64, shape (n,)
        Live links; with `rows` the largest common scale that fits.
    """
    if rows is None:
        return np.maximum(1, np.rint(volumes)).astype(np.int64)
    low, high = 0.0, rows / float(volumes.min())
    for _ in range(80):
        scale = (low + high) / 2
        live = np.maximum(1, np.floor(volumes * scale))
        if _rows(live.astype(np.int64)).sum() > rows:
            high = scale
        else:
            low = scale
    return np.maximum(1, np.floor(volumes * low)).astype(np.int64)


def draw_links(
    volumes: Floats,
    nofollow_share: Floats,
    image_share: Floats,
    rng: np.random.Generator,
    rows: int | None = None,
) -> Links:
    """Draw the parts of every domain's links.

    Parameters
    ----------
    volumes : ndarray of float64, shape (n,)
        Links before rounding and scaling.
    nofollow_share, image_share : ndarray of float64, shape (n,)
        Probability in [0, 1] that a link is nofollow, and that one with a
        clickable text or image is an image.
    rng : numpy.random.Generator
        Source of the binomial draws.
    rows : int, optional
        Exact number of raw rows over all domains.

    Returns
    -------
    Links
        Counts of n domains.
    """
    live = whole_counts(volumes, rows)
    breadth = live**0.85 * np.exp(rng.normal(-0.1, 0.25, len(live)))
    bare, form, frame = live // 50, live // 200, live // 300
    lost = live // 25
    if rows is not None:
        lost[np.argmax(live)] += rows - _rows(live).sum()
    return Links(
        live=live,
        referring_domains=np.clip(np.rint(breadth), 1, live).astype(np.int64),
        nofollow=rng.binomial(live, nofollow_share),
        image=rng.binomial(live - bare - form - frame, image_share),
        form=form,
        frame=frame,
        bare=bare,
        lost=lost,
        own=live // 50,
    )
