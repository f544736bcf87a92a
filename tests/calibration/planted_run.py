"""How often the ledger says what is false in planted worlds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from linksignal.settings import default_settings
from linksignal.stats.claims.judge import State, Verdict, verdict_of
from linksignal.stats.claims.rules import Rule, claim_rules

from calibration.figures import Bound, Figure, Place, share_of
from calibration.ledger import ledger_of
from calibration.planted import Right, World, draw, truth

RULES = {
    rule.claim_id: rule for rule in claim_rules(default_settings().flat_ratio)
}

WRONG_VERDICT = "wrong verdict"
WRONG_PART = "any part wrongly shown"
FOUND = "verdict for the claim"
SHARE_FOUND = "share of its true parts shown"

LIMIT = Bound(high=0.05)
DRAWS_OF_SMOOTH_LAW = 199

# Where C8 is computed: five more kink tests a study.
GAP_WORLDS = (
    "nothing matters",
    "size drives both, gauges equal",
    "log-linear",
    "threshold at 30",
    "a few giants",
)


@dataclass(frozen=True)
class Study:
    """What the ledger said of one drawn study, and what is true of it."""

    states: Mapping[tuple[str, str], State]
    verdicts: Mapping[str, Verdict]
    right: Right

    def wrong_parts(self, claim_id: str) -> list[str]:
        """Parts of which something false is shown."""
        shown = (State.SHOWN, State.CONTRARY_SHOWN)
        return [
            part.name
            for part in RULES[claim_id].parts
            for state in [self.states[claim_id, part.name]]
            if state in shown and state not in self.right[claim_id, part.name]
        ]

    def is_wrong(self, claim_id: str) -> bool:
        """Whether the verdict says something false."""
        return is_wrong(RULES[claim_id], self.verdicts[claim_id], self.right)

    def found(self, claim_id: str) -> tuple[int, int]:
        """Parts that hold, and how many of these are shown."""
        true = [
            (claim_id, part.name)
            for part in RULES[claim_id].parts
            if State.SHOWN in self.right[claim_id, part.name]
        ]
        shown = [key for key in true if self.states[key] is State.SHOWN]
        return len(true), len(shown)


def is_wrong(rule: Rule, verdict: Verdict, right: Right) -> bool:
    """Tell whether a verdict says something false.

    Parameters
    ----------
    rule : Rule
    verdict : Verdict
    right : mapping
        Right states of each part, as from `planted.truth`.

    Returns
    -------
    bool
        Supported is right where all parts hold, partly supported where a
        decisive one does; contradicted where the claim breaks, partly where
        the contrary of a part holds; mixed where both do.
    """
    states = {part.name: right[rule.claim_id, part.name] for part in rule.parts}
    holds = any(
        State.SHOWN in states[part.name]
        for part in rule.parts
        if part.is_decisive
    )
    contrary = any(State.CONTRARY_SHOWN in each for each in states.values())
    breaks = verdict_of(
        rule,
        {
            name: State.CONTRARY_SHOWN
            if State.CONTRARY_SHOWN in each
            else State.OPEN
            for name, each in states.items()
        },
    )
    is_right = {
        Verdict.SUPPORTED: all(State.SHOWN in each for each in states.values()),
        Verdict.PARTLY_SUPPORTED: holds,
        Verdict.CONTRADICTED: breaks is Verdict.CONTRADICTED,
        Verdict.PARTLY_CONTRADICTED: contrary,
        Verdict.MIXED: holds and contrary,
    }
    return not is_right.get(verdict, True)


def study_of(
    world: World, n: int, generator: np.random.Generator, seed: int
) -> Study:
    """Draw a study and judge it."""
    return study_of_features(world, draw(world, n, generator), seed)


def study_of_features(world: World, features: pd.DataFrame, seed: int) -> Study:
    """Judge a study drawn in a world."""
    parts, claims = ledger_of(
        features, seed, DRAWS_OF_SMOOTH_LAW, world.name in GAP_WORLDS
    )
    return Study(
        {
            (row.claim_id, row.part): State(row.state)
            for row in parts.itertuples()
        },
        {row.claim_id: Verdict(row.verdict) for row in claims.itertuples()},
        truth(world, _cut(parts)),
    )


def _cut(parts: pd.DataFrame) -> float:
    """Take the score at which the study cut its tiers from its sentences."""
    told = parts.loc[parts["part"] == "rises_above", "sentence"].item()
    _, _, rest = told.partition("a score of ")
    return float(rest.split()[0]) if rest else np.nan


def planted_figures(
    world: World, n: int, draws: int, generator: np.random.Generator
) -> list[Figure]:
    """Hold the ledger of drawn studies against what is true of them.

    Parameters
    ----------
    world : World
    n : int
        Domains of a study.
    draws : int
        Studies.
    generator : numpy.random.Generator

    Returns
    -------
    list of Figure
        For each claim the share of studies with a wrong verdict, of studies
        with any part of it wrongly shown, of verdicts for the claim and of
        each verdict; then which parts were wrongly shown.
    """
    studies = [study_of(world, n, generator, seed) for seed in range(draws)]
    figures = []
    for claim_id in RULES:
        place = Place(world.name, n, claim_id)
        figures += _claim_figures(place, claim_id, studies)
    return figures


def _claim_figures(
    place: Place, claim_id: str, studies: Sequence[Study]
) -> list[Figure]:
    verdicts = [study.verdicts[claim_id] for study in studies]
    wrong = Counter(
        name for study in studies for name in study.wrong_parts(claim_id)
    )
    counts = np.array([study.found(claim_id) for study in studies])
    true, shown = counts.sum(axis=0)
    return [
        share_of(
            WRONG_VERDICT,
            place,
            [study.is_wrong(claim_id) for study in studies],
            LIMIT,
        ),
        share_of(
            WRONG_PART,
            place,
            [bool(study.wrong_parts(claim_id)) for study in studies],
            LIMIT,
        ),
        share_of(SHARE_FOUND, place, [True] * shown + [False] * (true - shown)),
        *(
            share_of(
                f"verdict {one}", place, [found is one for found in verdicts]
            )
            for one in Verdict
        ),
        *(
            share_of(
                f"wrongly shown: {name}",
                place,
                [name in study.wrong_parts(claim_id) for study in studies],
            )
            for name in wrong
        ),
    ]
