"""Claims confronted with the evidence: p values, verdicts, what decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from linksignal.stats.claims.evidence import (
    CHECKING_METHOD,
    Evidence,
    Reading,
)
from linksignal.stats.claims.parts import (
    Part,
    Parts,
    Side,
    is_of_correlations,
)
from linksignal.stats.claims.rules import Rule, Verdict, verdict
from linksignal.stats.families import holm


@dataclass(frozen=True)
class Trial:
    """A claim that can be tested, and the evidence on it.

    Attributes
    ----------
    rule : Rule
    evidence : Evidence
        With a reading of status ``ok`` for each quantity of the rule.
    """

    rule: Rule
    evidence: Evidence

    @property
    def p_support(self) -> float:
        """Largest p of the parts (intersection-union test)."""
        return self.p_of(self.weakest)

    @property
    def p_contradict(self) -> float:
        """Smallest Holm-adjusted p of the alternatives."""
        smallest = self._p_of_all(self.contradiction)
        return min(1.0, len(self.rule.contradicted) * smallest)

    @cached_property
    def weakest(self) -> Part:
        """The supporting part with the largest p."""
        return self.weakest_of(self.rule.supported)

    @cached_property
    def contradiction(self) -> Parts:
        """The alternative that contradicts most."""
        return min(self.rule.contradicted, key=self._p_of_all)

    def weakest_of(self, parts: Parts) -> Part:
        """Give the part with the largest p."""
        return max(parts, key=self.p_of)

    def reading(self, part: Part) -> Reading:
        """Give the reading that a part is tested on."""
        return self.evidence.read(part.quantity)

    def p_of(self, part: Part) -> float:
        """Give the one-sided p of a part, 0-1."""
        return self.reading(part).p_of(part)

    def _p_of_all(self, parts: Parts) -> float:
        return max(self.p_of(part) for part in parts)


@dataclass(frozen=True)
class Judgement:
    """The verdict on a claim.

    Attributes
    ----------
    trial : Trial
    p_support, p_contradict : float
        Adjusted over the claims, 0-1.
    verdict : Verdict
    family_size : int
        Claims adjusted over.
    opposed : Part or None
        The part that pearson_log1p puts beyond the margin on the other side,
        where the verdict is ``undecided`` for that.
    """

    trial: Trial
    p_support: float
    p_contradict: float
    verdict: Verdict
    family_size: int
    opposed: Part | None = None

    @property
    def deciding(self) -> Part:
        """The part whose number decides: the weakest of those that must hold.

        Of the claim; where it is contradicted, of the contradiction; where
        pearson_log1p undoes either, the part that it turns round.
        """
        if self.opposed is not None:
            return self.opposed
        if self.verdict is Verdict.CONTRADICTED:
            return self.trial.weakest_of(self.trial.contradiction)
        return self.trial.weakest


def judge(
    trials: Sequence[Trial], margin: float, alpha: float
) -> list[Judgement]:
    """Give the verdicts on the claims that can be tested.

    Parameters
    ----------
    trials : sequence of Trial
        All of them: p values are adjusted over them.
    margin : float
        Equivalence margin, 0-2.
    alpha : float
        Significance level, 0-1.

    Returns
    -------
    list of Judgement
        One for each trial.

    References
    ----------
    Berger (1982), Multiparameter hypothesis testing and acceptance sampling,
    Technometrics 24, 295-300.
    Holm (1979), A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 65-70.
    """
    support = holm(np.array([trial.p_support for trial in trials]))
    contradict = holm(np.array([trial.p_contradict for trial in trials]))
    judgements = []
    for trial, p_for, p_against in zip(
        trials, support.tolist(), contradict.tolist(), strict=True
    ):
        found = verdict(p_for, p_against, alpha)
        opposed = _opposed(trial, found, margin)
        judgements.append(
            Judgement(
                trial,
                p_for,
                p_against,
                found if opposed is None else Verdict.UNDECIDED,
                len(trials),
                opposed,
            )
        )
    return judgements


def _opposed(trial: Trial, found: Verdict, margin: float) -> Part | None:
    """Give a part of the verdict that the other method turns round."""
    if found is Verdict.UNDECIDED:
        return None
    parts = trial.rule.supported
    if found is Verdict.CONTRADICTED:
        parts = trial.contradiction
    return next(
        (part for part in parts if _is_opposed(trial, part, margin)), None
    )


def _is_opposed(trial: Trial, part: Part, margin: float) -> bool:
    if not is_of_correlations(part.quantity):
        return False
    other = trial.evidence.read(part.quantity, CHECKING_METHOD).estimate
    is_beyond = {
        Side.ABOVE: other < -margin,
        Side.BELOW: other > margin,
        Side.WITHIN: abs(other) > margin,
    }
    return is_beyond[part.side]
