"""The calibrated study: published coefficients, met by swapping values."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import special, stats

from linksignal.project import PROJECT_DIR
from linksignal.simulate import prompts
from linksignal.simulate.margins import (
    authority_scores,
    draw_links,
    link_volumes,
)
from linksignal.simulate.noise import Floats, Ints
from linksignal.simulate.study import (
    LINK_SIGNALS,
    Links,
    Study,
    features,
)

DOMAINS = 1_000
SEED = 10
TOLERANCE = 0.03
SEARCH_TOLERANCE = 0.002
BRANDED_MEAN, BRANDED_SIZE = 14.0, 0.9
GENERIC_MEAN, GENERIC_SIZE = 3.0, 0.25
PLATFORM_WEIGHTS = (0.22, 0.20, 0.17, 0.21, 0.20)
PLATFORM_CONCENTRATION = 12.0
PUBLISHED = PROJECT_DIR / "seeds" / "lookups" / "published_coefficients.csv"

AUTHORITY_LINKS = 0.6  # spearman; not published, kept so that size confounds

_LOADINGS = {"authority": 0.8, "links": 0.72, "branded": 0.75, "generic": 0.5}
_CATEGORY_SHARE = 0.06


def published() -> pd.DataFrame:
    """Return the study's twelve coefficients: signal to published."""
    with PUBLISHED.open(encoding="utf-8", newline="") as file:
        table = pd.DataFrame(list(csv.DictReader(file)))
    return table.assign(published=table["published"].astype(float))


def coefficients(frame: pd.DataFrame) -> pd.DataFrame:
    """Set our coefficients beside the published ones.

    Parameters
    ----------
    frame : pandas.DataFrame
        Features as of `features`.

    Returns
    -------
    pandas.DataFrame
        `published` with columns ``estimate`` and ``difference``.
    """
    compute = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}
    table = published()
    estimates = [
        compute[row.method](
            frame[row.signal], frame[f"{row.outcome}_{row.platform}"]
        )[0]
        for row in table.itertuples()
    ]
    return table.assign(
        estimate=estimates, difference=estimates - table["published"]
    )


def calibrated_study(seed: int = SEED) -> Study:
    """Draw latents and margins, then search.

    Parameters
    ----------
    seed : int, default SEED
        Seed of everything.

    Returns
    -------
    Study
        1,000 domains; whether the coefficients are close enough is for the
        caller to check, from the rows.
    """
    rng = np.random.default_rng([seed, 1])
    start = _draw(rng, seed)
    by_authority = search(
        _targets(start, ("authority_score",)), rng, SEARCH_TOLERANCE
    )
    scored = replace(start, authority=start.authority[by_authority])
    by_links = search(
        [*_targets(scored, LINK_SIGNALS), _confounding(scored)],
        rng,
        SEARCH_TOLERANCE,
    )
    return replace(scored, links=scored.links.take(by_links))


def _draw(rng: np.random.Generator, seed: int) -> Study:
    category = prompts.category_numbers(np.arange(DOMAINS), seed)
    shift = rng.standard_normal(len(prompts.CATEGORIES))[category]
    size = np.sqrt(_CATEGORY_SHARE) * shift + np.sqrt(
        1 - _CATEGORY_SHARE
    ) * rng.standard_normal(DOMAINS)
    latent = {
        name: loading * size
        + np.sqrt(1 - loading**2) * rng.standard_normal(DOMAINS)
        for name, loading in _LOADINGS.items()
    }
    return Study(
        authority=authority_scores(latent["authority"]),
        links=_draw_links(latent, rng),
        branded=_over_platforms(
            latent["branded"], BRANDED_MEAN, BRANDED_SIZE, rng
        ),
        generic=_over_platforms(
            latent["generic"], GENERIC_MEAN, GENERIC_SIZE, rng
        ),
    )


def _draw_links(latent: dict[str, Floats], rng: np.random.Generator) -> Links:
    nofollow = rng.normal(-0.9, 0.9, DOMAINS)
    image = rng.normal(-1.9, 1.1, DOMAINS) + 0.3 * latent["branded"]
    return draw_links(
        link_volumes(latent["links"]),
        special.expit(nofollow),
        special.expit(image),
        rng,
    )


def _over_platforms(
    latent: Floats, mean: float, size: float, rng: np.random.Generator
) -> Ints:
    """Negative-binomial totals, Dirichlet-multinomial over the platforms."""
    totals = stats.nbinom.ppf(
        special.ndtr(latent), size, size / (size + mean)
    ).astype(np.int64)
    weights = rng.dirichlet(
        PLATFORM_CONCENTRATION * np.array(PLATFORM_WEIGHTS), DOMAINS
    )
    counts: Ints = rng.multinomial(totals, weights)
    return counts


def _targets(study: Study, signals: tuple[str, ...]) -> list[Target]:
    """Published coefficients of some signals, the signal being moved."""
    frame = features(study)
    return [
        Target(
            moved=frame[row.signal].to_numpy(dtype=np.float64),
            fixed=frame[f"{row.outcome}_{row.platform}"].to_numpy(
                dtype=np.float64
            ),
            method=row.method,
            value=row.published,
        )
        for row in published().itertuples()
        if row.signal in signals
    ]


def _confounding(study: Study) -> Target:
    return Target(
        moved=study.links.live.astype(np.float64),
        fixed=study.authority.astype(np.float64),
        method="spearman",
        value=AUTHORITY_LINKS,
    )


PROPOSALS = 400_000


@dataclass(frozen=True)
class Target:
    """One coefficient to reach.

    Attributes
    ----------
    moved, fixed : ndarray of float64, shape (n,)
        The side that is permuted and the side that stays.
    method : {'pearson', 'spearman'}
        Coefficient of values or of mid-ranks.
    value : float
        Its target, in (-1, 1).
    """

    moved: Floats
    fixed: Floats
    method: str
    value: float


def _unit(values: Floats, method: str) -> Floats:
    """Centre and scale, so that the sum of products is the coefficient."""
    if method == "spearman":
        values = stats.rankdata(values)
    centred = values - values.mean()
    unit: Floats = centred / np.sqrt((centred**2).sum())
    return unit


def search(
    targets: list[Target], rng: np.random.Generator, tolerance: float
) -> Ints:
    """Permute the moved sides together until every gap is small.

    Parameters
    ----------
    targets : list of Target
        Coefficients over the same n rows.
    rng : numpy.random.Generator
        Source of the proposed pairs.
    tolerance : float
        Largest gap at which the search ends.

    Returns
    -------
    ndarray of int64, shape (n,)
        Row that gives its moved values to each row. After `PROPOSALS` pairs
        the best permutation so far, whether or not the gaps are small.
    """
    size = len(targets[0].moved)
    moved = [_unit(target.moved, target.method) for target in targets]
    fixed = [_unit(target.fixed, target.method) for target in targets]
    gaps = [
        float((x * y).sum()) - target.value
        for x, y, target in zip(moved, fixed, targets, strict=True)
    ]
    moved_rows = np.column_stack(moved).tolist()
    fixed_rows = np.column_stack(fixed).tolist()
    order = list(range(size))
    loss = sum(gap * gap for gap in gaps)
    for one, two in rng.integers(0, size, (PROPOSALS, 2)).tolist():
        here, there = moved_rows[order[one]], moved_rows[order[two]]
        trial = [
            gap - (a - b) * (c - d)
            for gap, a, b, c, d in zip(
                gaps,
                here,
                there,
                fixed_rows[one],
                fixed_rows[two],
                strict=True,
            )
        ]
        trial_loss = sum(gap * gap for gap in trial)
        if trial_loss < loss:
            order[one], order[two] = order[two], order[one]
            gaps, loss = trial, trial_loss
            if max(map(abs, gaps)) <= tolerance:
                break
    return np.array(order, dtype=np.int64)
