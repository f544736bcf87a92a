"""Planted worlds: studies of which it is known what is true.

A world draws domains, their links and their mentions, and says of every part
of every claim whether it holds, and whether its contrary does. Both are known
by construction; what depends on a curve or on a correlation (the slopes of
C1, which of two gauges is better) is read off one very large draw. Close to a
bound neither holds: there a part may be found by chance alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from math import log
from typing import Any

import numpy as np
import pandas as pd
from linksignal.settings import default_settings
from linksignal.simulate.margins import authority_scores
from linksignal.simulate.names import study_domains
from linksignal.simulate.study import PLATFORMS, share_of_voice
from linksignal.stats.arrays import Floats, Indices
from linksignal.stats.claims.judge import State
from linksignal.stats.claims.rules import claim_rules
from scipy import special
from scipy.stats import rankdata

Curve = Callable[[Floats], Floats]
Key = tuple[str, str]
Right = dict[Key, frozenset[State]]

FLAT = log(1.25)
MARGIN = 0.05

# Differences of correlations and slopes up to these count as none.
NEARLY_EQUAL = 0.015
NEARLY_FLAT = 0.03

TRUTH_ROWS = 400_000

CHATGPT, SEARCH, GEMINI, OVERVIEWS, PERPLEXITY = PLATFORMS


@dataclass(frozen=True)
class World:
    """How a study is drawn.

    Attributes
    ----------
    name : str
        As in the table.
    curve : callable, optional
        Log mean of mentions over the authority score; None where something
        else drives them.
    has_kink : bool
        Whether that curve has a kink upward at a score.
    is_steep : bool
        Whether it is smooth, and bends upward as steeply. Part "bend" of C1
        is true of both: its sentence says that the test cannot tell a kink
        from a steep S-shaped curve, and no other part says "threshold".
    drive : float
        Slope of the log mean on the domain's size, or on its log links.
    driver : str
        ``size`` or ``links``: what `drive` is about.
    gauges : tuple of 3 float
        Loading on the size of the latents behind authority score, number of
        links and referring domains.
    volumes : tuple of 5 float
        Mean mentions a domain on each platform.
    theta : float
        Shape of the gamma intensity; half of it is the domain's own.
    tilts : tuple of 3 tuples of 5 float
        On each platform, what is added to the log mean per latent of
        authority, of the nofollow share and of the image share.
    image_rises : bool
        Whether the tilt of images grows with authority.
    image_share : float or None
        Share of image links that is the same everywhere; None: it varies.
    nofollow_logit : float
        Mean logit of the nofollow share; 0 makes both kinds exchangeable.
    seen_nofollow : bool
        Whether the tool sees only a part of the nofollow links, another one
        of each domain.
    cluster_size : int
        Domains of one owner, which are alike.
    giants : bool
        Whether one domain in a hundred is a hundred times as large.
    is_reverse : bool
        Whether mentions bring links, in place of the other way round.
    """

    name: str
    curve: Curve | None = None
    has_kink: bool = False
    is_steep: bool = False
    drive: float = 0.0
    driver: str = "size"
    gauges: tuple[float, float, float] = (0.8, 0.8, 0.8)
    volumes: tuple[float, ...] = (4.0,) * 5
    theta: float = 0.9
    tilts: tuple[tuple[float, ...], ...] = field(
        default=((0.0,) * 5, (0.0,) * 5, (0.0,) * 5)
    )
    image_rises: bool = False
    image_share: float | None = None
    nofollow_logit: float = 0.0
    seen_nofollow: bool = False
    cluster_size: int = 1
    giants: bool = False
    is_reverse: bool = False

    @property
    def bends(self) -> bool:
        """Whether the curve bends upward, at a kink or steeply."""
        return self.has_kink or self.is_steep


def draw(world: World, n: int, generator: np.random.Generator) -> pd.DataFrame:
    """Draw the features of a study.

    Parameters
    ----------
    world : World
    n : int
        Domains.
    generator : numpy.random.Generator

    Returns
    -------
    DataFrame
        One row per domain: columns as table functions take them.
    """
    latents = _latents(world, n, generator)
    size, authority, links, referring, nofollow, image, own = latents
    scores = authority_scores(authority)
    giant = np.zeros(n)
    if world.giants:
        giant = np.where(generator.random(n) < 0.01, 1.0, 0.0)
    driver = size if world.driver == "size" else links
    whole = world.drive * driver + 3 * giant
    if world.curve is not None:
        whole = whole + world.curve(scores.astype(np.float64))
    log_mean = _log_means(world, whole, (authority, nofollow, image))
    mentions = _mentions(world, log_mean, own, generator)
    log_links = np.log(47) + 1.45 * links + log(100) * giant
    if world.is_reverse:
        total = mentions.sum(axis=(1, 2))
        log_links = np.log(10 + 5 * total) + 0.5 * links
    live = np.maximum(1, generator.poisson(np.exp(log_links)))
    kinds = _kinds(world, live, nofollow, image, generator)
    seen = kinds["follow_links"] + kinds["nofollow_links"]
    breadth = np.exp(np.log(20) + 1.2 * referring + log(30) * giant)
    both = mentions.sum(axis=2)
    voice = share_of_voice(mentions[:, :, 1])
    columns = {
        "domain": study_domains(n).to_numpy(zero_copy_only=False),
        "authority_score": scores.astype(np.float64),
        "total_backlinks": seen,
        "referring_domains": np.maximum(1, np.round(breadth)),
        **kinds,
    }
    for at, platform in enumerate((*PLATFORMS, "all")):
        is_all = platform == "all"
        columns[f"ai_mentions_{platform}"] = (
            both.sum(axis=1) if is_all else both[:, at]
        )
        columns[f"share_of_voice_{platform}"] = voice[:, at]
        unbranded = mentions[:, :, 1]
        columns[f"unbranded_mentions_{platform}"] = (
            unbranded.sum(axis=1) if is_all else unbranded[:, at]
        )
    if world.cluster_size > 1:
        columns["cluster"] = np.array(
            [f"owner {at // world.cluster_size}" for at in range(n)]
        )
    return pd.DataFrame(columns)


def _latents(
    world: World, n: int, generator: np.random.Generator
) -> list[Floats]:
    """Size; latents of score, links, referring domains and shares; frailty."""
    normal = generator.standard_normal((7, n))
    if world.cluster_size > 1:
        owners = -(-n // world.cluster_size)
        shared = generator.standard_normal((7, owners))
        shared = np.repeat(shared, world.cluster_size, axis=1)[:, :n]
        normal = np.sqrt(0.9) * shared + np.sqrt(0.1) * normal
    size = normal[0]
    gauges = [
        loading * size + np.sqrt(1 - loading**2) * noise
        for loading, noise in zip(world.gauges, normal[1:4], strict=True)
    ]
    own = special.gammaincinv(world.theta, special.ndtr(normal[6])) / (
        world.theta
    )
    return [size, *gauges, normal[4], normal[5], own]


def _log_means(
    world: World, whole: Floats, tilted: tuple[Floats, Floats, Floats]
) -> Floats:
    """Log mean on each platform but for its volume, shape (n, 5)."""
    authority, nofollow, image = tilted
    if world.image_rises:
        image = image * special.ndtr(authority) ** 2
    return np.asarray(
        whole[:, np.newaxis]
        + sum(
            np.multiply.outer(latent, np.array(tilt))
            for latent, tilt in zip(
                (authority, nofollow, image), world.tilts, strict=True
            )
        )
    )


def _mentions(
    world: World,
    log_mean: Floats,
    own: Floats,
    generator: np.random.Generator,
) -> Indices:
    """Mentions of branded and generic prompts, shape (n, 5, 2)."""
    n = len(own)
    noise = generator.gamma(2, 1 / 2, (n, len(PLATFORMS)))
    mean = np.array(world.volumes) * np.exp(log_mean) * own[:, None] * noise
    shares = np.array([0.8, 0.2])
    return np.asarray(generator.poisson(mean[:, :, np.newaxis] * shares))


def _kinds(
    world: World,
    live: Indices,
    nofollow: Floats,
    image: Floats,
    generator: np.random.Generator,
) -> dict[str, Indices]:
    """Counts of the kinds of links, as the tool sees them."""
    share = special.expit(world.nofollow_logit + 0.6 * nofollow)
    unfollowed = generator.binomial(live, share)
    followed = live - unfollowed
    if world.seen_nofollow:
        unfollowed = generator.binomial(
            unfollowed, generator.beta(1.5, 1.5, len(live))
        )
    seen = followed + unfollowed
    of_images: Floats | float = special.expit(-1.4 + 0.6 * image)
    if world.image_share is not None:
        of_images = world.image_share
    images = generator.binomial(seen, of_images)
    return {
        "follow_links": followed,
        "nofollow_links": unfollowed,
        "text_links": seen - images,
        "image_links": images,
    }


def _steps(at: float, gain: float) -> Curve:
    """Flat up to a score, log-linear beyond."""
    return lambda scores: gain * np.maximum(0, scores - at)


VOLUMES = {
    3: (8.0, 2.7, 5.0, 4.0, 2.7),
    20: (20.0, 1.0, 5.0, 3.0, 1.0),
    100: (40.0, 0.4, 5.0, 2.0, 0.4),
}


def _by_links(name: str, **changes: Any) -> World:
    """A world in which links bring mentions, alike on every platform."""
    return World(name, drive=0.8, driver="links", **changes)


WORLDS = (
    World("nothing matters"),
    World("size drives both, gauges equal", drive=0.8),
    World("authority is the better gauge", drive=0.8, gauges=(0.9, 0.6, 0.6)),
    World("links are the better gauge", drive=0.8, gauges=(0.6, 0.9, 0.9)),
    World("log-linear", curve=lambda s: 0.03 * s),
    # Gains come mostly beyond a score, and there is no kink.
    World(
        "logistic",
        curve=lambda s: 3 * special.expit((s - 45) / 6),
        is_steep=True,
    ),
    World("saturating", curve=lambda s: 2.5 * (1 - np.exp(-s / 12))),
    World("U", curve=lambda s: ((s - 30) / 22) ** 2),
    World("V", curve=lambda s: 0.06 * np.abs(s - 30), has_kink=True),
    *(
        World(
            f"threshold at {at}",
            curve=_steps(at, min(0.12, 4.8 / (100 - at))),
            has_kink=True,
        )
        for at in (15, 30, 45, 60)
    ),
    World(
        "weak threshold at 30",
        curve=_steps(30, log(1.2) / 10),
        has_kink=True,
    ),
    *(
        _by_links(f"volumes differ {ratio} times", volumes=volumes)
        for ratio, volumes in VOLUMES.items()
    ),
    _by_links(
        "a platform with 99 % zeros", volumes=(8.0, 0.006, 4.0, 4.0, 0.3)
    ),
    _by_links("image links a random 3 %", image_share=0.03),
    _by_links("nofollow partly seen", seen_nofollow=True),
    World("networks of 20", cluster_size=20, drive=0.8),
    World("three country domains a brand", cluster_size=3, drive=0.8),
    World("a few giants", giants=True, drive=0.6),
    World("mentions bring links", is_reverse=True, drive=0.8),
    World(
        "platforms differ",
        drive=0.5,
        gauges=(0.3, 0.8, 0.8),
        tilts=(
            (1.0, 0.2, 0.6, 0.6, 0.2),
            (0.3, 0.0, 0.3, -0.3, -0.3),
            (0.0, 0.5, 0.0, -0.5, 0.5),
        ),
    ),
    World(
        "images count more at the top",
        drive=0.6,
        driver="links",
        tilts=((0.3,) * 5, (0.0,) * 5, (0.8,) * 5),
        image_rises=True,
    ),
)
BY_NAME = {world.name: world for world in WORLDS}


@dataclass(frozen=True)
class _Large:
    """What one very large draw tells of a world."""

    score: Floats
    mean: Floats
    weight: Floats
    spearman: Mapping[str, float]


@cache
def _large(name: str) -> _Large:
    frame = draw(BY_NAME[name], TRUTH_ROWS, np.random.default_rng(11))
    mentions = frame["ai_mentions_all"]
    by_score = mentions.groupby(frame["authority_score"])
    ranks = rankdata(mentions)
    spearman = {
        signal: float(np.corrcoef(rankdata(frame[signal]), ranks)[0, 1])
        for signal in (
            "authority_score",
            "total_backlinks",
            "referring_domains",
            "nofollow_links",
            "follow_links",
            "image_links",
            "text_links",
        )
    }
    return _Large(
        by_score.mean().index.to_numpy(),
        by_score.mean().to_numpy(),
        by_score.size().to_numpy(dtype=np.float64),
        spearman,
    )


def slope(name: str, low: float, high: float) -> float:
    """Slope of the log mean per ten points on scores in (low, high].

    The line of Poisson pseudo-likelihood through the means by score.
    """
    large = _large(name)
    inside = (large.score > low) & (large.score <= high)
    score = large.score[inside] / 10
    mean, weight = large.mean[inside], large.weight[inside]
    design = np.column_stack([np.ones_like(score), score])
    place = np.array([np.log(np.average(mean, weights=weight)), 0.0])
    for _ in range(50):
        fitted = np.exp(design @ place)
        bread = (design * (weight * fitted)[:, None]).T @ design
        place = place + np.linalg.solve(
            bread, design.T @ (weight * (mean - fitted))
        )
    return float(place[1])


def truth(world: World, cut: float) -> Right:
    """Say which states of each part are right in a world.

    Parameters
    ----------
    world : World
    cut : float
        Score at which the study cut its tiers; NaN: at the median.

    Returns
    -------
    dict of (str, str) to frozenset of State
        By claim and part: ``shown`` where it holds, ``contrary_shown`` where
        its contrary does.
    """
    found: Right = {
        (rule.claim_id, part.name): frozenset()
        for rule in claim_rules(default_settings().flat_ratio)
        for part in rule.parts
    }
    told = {
        **_of_threshold(world, cut),
        **_of_gauges(world),
        **_of_kinds(world),
        **_of_platforms(world),
        **_of_gaps(world, found),
    }
    assert set(told) <= set(found), set(told) - set(found)
    return {**found, **told}


def _states(holds: bool, contrary: bool = False) -> frozenset[State]:
    right = {State.SHOWN: holds, State.CONTRARY_SHOWN: contrary}
    return frozenset(state for state, is_right in right.items() if is_right)


def _of_threshold(world: World, cut: float) -> Right:
    large = _large(world.name)
    if np.isnan(cut):
        order = np.cumsum(large.weight) / large.weight.sum()
        cut = float(large.score[np.searchsorted(order, 0.5)])
    lower = slope(world.name, -1, cut)
    upper = slope(world.name, cut, 100)
    near = NEARLY_FLAT
    return {
        ("C1", "flat_below"): _states(abs(lower) < FLAT, abs(lower) > FLAT),
        ("C1", "rises_above"): _states(upper > near, upper < -near),
        ("C1", "steeper_above"): _states(
            upper - lower > near, lower > near and upper - lower < FLAT
        ),
        ("C1", "bend"): _states(world.bends),
    }


def _of_gauges(world: World) -> Right:
    spearman = _large(world.name).spearman
    return {
        ("C2", f"authority_over_{volume}"): _states(
            lead > NEARLY_EQUAL, lead < -NEARLY_EQUAL
        )
        for volume in ("total_backlinks", "referring_domains")
        for lead in [spearman["authority_score"] - spearman[volume]]
    }


def _of_kinds(world: World) -> Right:
    """C4 and C6: kinds act alike unless a tilt says otherwise."""
    spearman = _large(world.name).spearman
    above = {signal: spearman[signal] > NEARLY_EQUAL for signal in spearman}
    counts = {
        (claim, f"{signal}_count"): _states(above[signal])
        for claim, pair in KINDS.items()
        for signal in pair
    }
    are_known = {
        claim: all(above[signal] for signal in pair)
        for claim, pair in KINDS.items()
    }
    apart = spearman["nofollow_links"] - spearman["follow_links"]
    lead = spearman["image_links"] - spearman["text_links"]
    is_tilted = any(any(tilt) for tilt in world.tilts[1:])
    rises = world.image_rises
    return {
        **counts,
        # What the tool shows is what the sentence is about.
        ("C4", "alike"): _states(
            are_known["C4"] and abs(apart) < MARGIN,
            abs(apart) > MARGIN and (is_tilted or world.seen_nofollow),
        ),
        ("C6", "at_least_like_text"): _states(
            are_known["C6"] and (not is_tilted or lead > -MARGIN)
        ),
        ("C6", "at_least_in_deciles_6_10"): _states(
            are_known["C6"] and (not is_tilted or lead > -MARGIN)
        ),
        ("C6", "gain_at_the_top"): _states(rises),
    }


KINDS = {
    "C4": ("nofollow_links", "follow_links"),
    "C6": ("image_links", "text_links"),
}


def _of_platforms(world: World) -> Right:
    """C3, C5 and C7: in the order of the tilts; none where there are none."""
    by_signal = dict(zip(("C3", "C5", "C7"), world.tilts, strict=True))
    found: Right = {}
    for claim, tilts in by_signal.items():
        tilt = dict(zip(PLATFORMS, tilts, strict=True))
        (rule,) = (
            one
            for one in claim_rules(default_settings().flat_ratio)
            if one.claim_id == claim
        )
        for part in rule.parts:
            if claim == "C5":
                platform, _, to = part.name.partition("_to_")
                lead = tilt[platform] * (1 if to == "nofollow_links" else -1)
            else:
                more, _, less = part.name.partition("_over_")
                lead = tilt[more] - tilt[less]
            # A tool that sees a part of the nofollow links shows a leaning.
            is_shown = claim == "C5" and world.seen_nofollow
            found[claim, part.name] = _states(
                lead > 0 or (is_shown and to == "nofollow_links"),
                lead < 0 or (is_shown and to == "follow_links"),
            )
    return found


def _of_gaps(world: World, parts: Right) -> Right:
    """C8: that a smooth law gives such a gap is a remark no world falsifies."""
    return {
        (claim, name): _states(
            world.bends and name.startswith("authority"), True
        )
        for claim, name in parts
        if claim == "C8"
    }
