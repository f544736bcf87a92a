"""Joint models on studies of known truth: ratios, shares, the gauge named."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from math import log

import numpy as np
import pandas as pd
from linksignal.settings import default_settings
from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.joint_effects import (
    Design,
    joint_estimates,
    make_design,
)
from linksignal.stats.frames import Study, read_study
from linksignal.stats.tables.joint_terms import (
    LINK_COLUMNS,
    Model,
    make_models,
    make_terms,
)
from linksignal.stats.tables.joint_words import Words
from linksignal.stats.tables.signal_importance import signal_importance_table

from calibration.figures import (
    COVERAGE,
    WRONG_VERDICTS,
    Figure,
    Place,
    share_of,
)
from calibration.planted import BY_NAME, draw

OUTCOME = "ai_mentions_all"
TERMS = ("authority_score", "volume", "breadth", "nofollow_mix", "image_mix")

# Log ratios of means per standard deviation, by term.
SLOPES = (log(1.5), log(1.3), 0.0, 0.0, log(1.2))

JOINT_ROWS = (300, 1_000)

# Studies that share the signals of their domains: mentions are drawn anew.
STUDIES_A_DRAW = 5
TRUTH_ROWS = 200_000
TRUTH_SEED = 3

SETTINGS = default_settings()
SIGNALS = pd.DataFrame(
    {"signal": [], "label": [], "transform": [], "is_delivered": []}
)


@dataclass(frozen=True)
class Law:
    """How mentions scatter around their mean.

    Attributes
    ----------
    name : str
    volume : float
        Mean mentions of a domain at the mean of all signals.
    shape : float
        Of the gamma law of a domain's own intensity; 0: log-normal with
        standard deviation 1.2 in place of it, a few giants among them.
    owner_size : int
        Domains of one owner, which share signals and intensity.
    """

    name: str
    volume: float
    shape: float = 0.9
    owner_size: int = 1


LAWS = (
    Law("common mentions", 8.0),
    Law("sparse mentions", 0.3),
    Law("most domains unmentioned", 0.08),
    Law("counts without excess scatter", 3.0, shape=1e6),
    Law("a few giants", 2.0, shape=0.0),
    Law("three country domains a brand", 4.0, owner_size=3),
    Law("networks of 20", 4.0, owner_size=20),
)
LAW_BY_NAME = {law.name: law for law in LAWS}

# Worlds, and the term that is the best gauge there; None where none is.
GAUGE_WORLDS = {
    "nothing matters": None,
    "size drives both, gauges equal": "volume",
    "authority is the better gauge": "authority_score",
    "links are the better gauge": "volume",
    "log-linear": "authority_score",
    "threshold at 45": "authority_score",
    "a few giants": "volume",
    "three country domains a brand": "volume",
    "networks of 20": "volume",
}


def ratio_figures(
    law: Law, row_count: int, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Measure how often the interval of a ratio holds the true one.

    Parameters
    ----------
    law : Law
    row_count : int
        Domains n of a study.
    draws : int
        Studies.
    generator : numpy.random.Generator

    Returns
    -------
    list of Figure
        Coverage of each term, of studies that can be fitted, and the share
        of studies that can.
    """
    hits: dict[str, list[bool]] = {term: [] for term in TERMS}
    fitted = []
    design = _design(law, row_count, generator)
    for at in range(draws):
        if at and at % STUDIES_A_DRAW == 0:
            design = _design(law, row_count, generator)
        mentions = _mentions(law, design, generator)
        found = joint_estimates(design, mentions, SETTINGS.ci_level)
        fitted.append(all(np.isfinite(one.standard_error) for one in found))
        if fitted[-1]:
            for term, truth, one in zip(TERMS, SLOPES, found, strict=True):
                hits[term].append(one.ci_low <= truth <= one.ci_high)
    place = Place(law.name, row_count)
    return [
        *(
            share_of(f"coverage, {term}", place, hits[term], COVERAGE)
            for term in TERMS
        ),
        share_of("fitted", place, fitted),
    ]


def _design(law: Law, row_count: int, generator: np.random.Generator) -> Design:
    """Draw the signals of domains, as a planted world has them."""
    owners = {1: "nothing matters", 3: "three country domains a brand"}
    world = BY_NAME[owners.get(law.owner_size, "networks of 20")]
    study = read_study(
        draw(world, row_count, generator), [*LINK_COLUMNS, OUTCOME]
    )
    model = _model(study)
    design, is_kept = make_design(
        [*model.values.values()],
        [term in ("authority_score", "volume") for term in model.values],
        model.clusters,
    )
    assert is_kept.all()
    return design


def _mentions(
    law: Law, design: Design, generator: np.random.Generator
) -> Floats:
    row_count = len(design.scores)
    owners = np.arange(row_count)
    if design.clusters is not None:
        owners = design.clusters
    owner_count = int(owners.max()) + 1
    if law.shape:
        own = generator.gamma(law.shape, 1 / law.shape, owner_count)
    else:
        own = np.exp(1.2 * generator.normal(size=owner_count) - 0.72)
    log_mean = design.scores @ np.array(SLOPES)
    mean = law.volume * np.exp(log_mean) * own[owners]
    return np.asarray(generator.poisson(mean), dtype=np.float64)


def _model(study: Study) -> Model:
    (model,) = make_models(study, make_terms(study, {}), [OUTCOME])
    assert tuple(model.values) == TERMS
    return model


def gauge_figures(
    name: str, row_count: int, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Count which gauge the sentence names, and where shares lie.

    Parameters
    ----------
    name : str
        A planted world.
    row_count : int
        Domains n of a study.
    draws : int
        Studies.
    generator : numpy.random.Generator

    Returns
    -------
    list of Figure
    """
    words = Words({}, SETTINGS)
    truth = true_shares(name)
    said, inside, first = [], [], []
    for _ in range(draws):
        shares = shares_of(draw(BY_NAME[name], row_count, generator))
        rows = shares.to_dict("records")
        said.append(_named(words.gauge("all", "ai_mentions", rows)))
        first.append(shares.loc[shares["rank"] == 1, "term"].iloc[0])
        inside.append(
            (shares["ci_low"] <= truth) & (truth <= shares["ci_high"])
        )
    place, best = Place(name, row_count), GAUGE_WORLDS[name]
    wrong = [one not in (None, best) for one in said]
    return [
        share_of("wrong gauge named", place, wrong, WRONG_VERDICTS),
        *(
            [
                share_of(
                    "right gauge named", place, [one == best for one in said]
                ),
                share_of(
                    "largest share is of the best gauge",
                    place,
                    [one == best for one in first],
                ),
            ]
            if best
            else []
        ),
        share_of("share within its interval", place, np.ravel(inside)),
    ]


def shares_of(frame: pd.DataFrame) -> pd.DataFrame:
    """Give the rows of the importance of signals for all mentions."""
    return signal_importance_table(
        frame,
        SIGNALS,
        pd.DataFrame({"outcome": ["ai_mentions"]}),
        ["all"],
        SETTINGS,
    ).to_pandas()


@cache
def true_shares(name: str) -> Floats:
    """Give the shares of a world, read off a very large draw."""
    generator = np.random.default_rng(TRUTH_SEED)
    frame = draw(BY_NAME[name], TRUTH_ROWS, generator)
    frame = frame.drop(columns="cluster", errors="ignore")
    return np.asarray(shares_of(frame)["estimate"])


def _named(sentence: str) -> str | None:
    """Give the term that a sentence calls the best gauge, if any."""
    start = "The best gauge of AI mentions over all platforms is "
    if not sentence.startswith(start):
        return None
    rest = sentence.removeprefix(start)
    labels = {
        "authority score": "authority_score",
        "number of links": "volume",
    }
    (name,) = [t for label, t in labels.items() if rest.startswith(label)] or [
        "another"
    ]
    return name


def joint_work(name: str, kind: str) -> partial[list[Figure]]:
    """Give the work of a cell: ``ratios`` of a law, ``gauges`` of a world."""
    if kind == "ratios":
        return partial(ratio_figures, LAW_BY_NAME[name])
    return partial(gauge_figures, name)
