"""The sentence beside a verdict, made from the numbers."""

from __future__ import annotations

from dataclasses import dataclass

from linksignal.stats.claims.evidence import CHECKING_METHOD, Evidence
from linksignal.stats.claims.names import (
    Names,
    bound_text,
    number,
    value_text,
)
from linksignal.stats.claims.parts import Part, Parts, Side
from linksignal.stats.claims.rules import (
    GAP,
    KINK,
    SMOOTH_SHARE,
    Verdict,
)
from linksignal.stats.claims.trials import Judgement
from linksignal.words import p_text

# More parts than these are told by their weakest.
MOST_LISTED_PARTS = 2


@dataclass(frozen=True)
class Reasons:
    """Sentences about judgements.

    Attributes
    ----------
    names : Names
    margin : float
        Equivalence margin, 0-2.
    ci_level : float
        Level of the intervals told, 0-1.
    """

    names: Names
    margin: float
    ci_level: float

    @property
    def alpha(self) -> float:
        """Significance level, 0-1: what the level of the intervals leaves."""
        return 1 - self.ci_level

    def of(self, judgement: Judgement) -> str:
        """Give the sentence of a claim that can be tested.

        Parameters
        ----------
        judgement : Judgement

        Returns
        -------
        str
        """
        if judgement.opposed is not None:
            return self._opposed(judgement, judgement.opposed)
        match judgement.verdict:
            case Verdict.SUPPORTED:
                return self._supported(judgement)
            case Verdict.CONTRADICTED:
                return self._contradicted(judgement)
        if judgement.p_support <= self.alpha:
            return (
                f"Both are shown. For it: {self._supported(judgement)} "
                f"{self._contradicted(judgement)}"
            )
        if self._is_smooth(judgement):
            return self._smooth(judgement)
        return self._not_shown(judgement)

    def _supported(self, judgement: Judgement) -> str:
        trial = judgement.trial
        told = self._told(judgement, trial.rule.supported)
        return _sentence(f"{told} ({_adjusted(judgement.p_support)})")

    def _contradicted(self, judgement: Judgement) -> str:
        told = self._told(judgement, judgement.trial.contradiction)
        p_value = _adjusted(judgement.p_contradict)
        return _sentence(f"against the claim, {told} ({p_value})")

    def _not_shown(self, judgement: Judgement) -> str:
        trial = judgement.trial
        parts = trial.rule.supported
        shown = sum(trial.p_of(part) <= self.alpha for part in parts)
        told = self._stated(judgement, trial.weakest)
        p_value = p_text(trial.p_support)
        if shown == len(parts):
            claims = f"{judgement.family_size} claims"
            told = f"shown by itself but not after Holm over {claims}: {told}"
            p_value = f"{p_value}, {_adjusted(judgement.p_support)}"
        else:
            told = self._wanted(judgement, trial.weakest)
            if len(parts) > 1:
                are = "is" if shown == 1 else "are"
                told = f"{shown} of {len(parts)} parts {are} shown; {told}"
        against = _adjusted(judgement.p_contradict)
        return _sentence(
            f"{told} ({p_value}); nor is it contradicted ({against})"
        )

    def _opposed(self, judgement: Judgement, part: Part) -> str:
        evidence = judgement.trial.evidence
        other = evidence.read(part.quantity, CHECKING_METHOD).estimate
        # Equality has a margin on either side, and no other side.
        where = "" if part.side is Side.WITHIN else " on the other side"
        return _sentence(
            f"by Spearman {self._stated(judgement, part)} "
            f"({p_text(judgement.trial.p_of(part))}), but by Pearson of "
            f"logarithms it is {number(other)}, beyond the margin of "
            f"{self.margin:g}{where}"
        )

    def _is_smooth(self, judgement: Judgement) -> bool:
        """Tell whether only the kink is missing."""
        trial = judgement.trial
        return all(
            (trial.p_of(part) <= self.alpha) != (part.side is Side.THERE)
            for part in trial.rule.supported
        ) and any(part.side is Side.THERE for part in trial.rule.supported)

    def _smooth(self, judgement: Judgement) -> str:
        trial = judgement.trial
        *tiers, kink = trial.rule.supported
        told = "; ".join(self._stated(judgement, part) for part in tiers)
        p_value = p_text(trial.p_of(kink))
        missing = self._wanted(judgement, kink)
        return _sentence(f"{told}; but {missing} ({p_value})")

    def _told(self, judgement: Judgement, parts: Parts) -> str:
        """State parts that all hold."""
        if len(parts) <= MOST_LISTED_PARTS:
            return "; ".join(self._stated(judgement, part) for part in parts)
        weakest = judgement.trial.weakest_of(parts)
        return (
            f"all {len(parts)} parts hold, the weakest: "
            f"{self._stated(judgement, weakest)}"
        )

    def _stated(self, judgement: Judgement, part: Part) -> str:
        """State one part that holds, with its number."""
        if part.side is Side.THERE:
            return "mentions bend upward more than a smooth curve"
        return f"{self._valued(judgement, part)}, {bound_text(part)}"

    def _wanted(self, judgement: Judgement, part: Part) -> str:
        """State one part that is not shown, with its number."""
        if part.side is Side.THERE:
            return (
                "no kink is shown: a smooth curve explains the mentions as well"
            )
        value = self._valued(judgement, part)
        return f"{value}, not shown to be {bound_text(part)}"

    def _valued(self, judgement: Judgement, part: Part) -> str:
        reading = judgement.trial.reading(part)
        name = self.names.quantity(part.quantity)
        value = value_text(part.quantity, reading, self.ci_level)
        return f"{name} is {value}"


def gap_reason(evidence: Evidence, found: Verdict, alpha: float) -> str:
    """Give the sentence of C8.

    Parameters
    ----------
    evidence : Evidence
    found : Verdict
        The verdict on C8.
    alpha : float
        Significance level, 0-1.

    Returns
    -------
    str
    """
    gap, share = (evidence.read(name).estimate for name in (GAP, SMOOTH_SHARE))
    kink_p = evidence.read(KINK).p_value
    finds = "finds a kink" if kink_p <= alpha else "finds no kink"
    told = (
        f"Spearman minus Pearson is {number(gap)}; {100 * share:.1f} % of "
        "studies drawn from a smooth law have a gap at least as high; the "
        f"kink test {finds} ({p_text(kink_p)})"
    )
    if found is Verdict.SUPPORTED:
        return f"{told}: here a gap goes with a kink."
    if found is Verdict.UNDECIDED:
        return f"{told}: that decides nothing."
    if gap <= 0 and kink_p <= alpha:
        return f"{told}: here a kink goes without a gap."
    return f"{told}: a smooth law does as much."


def _adjusted(p_value: float) -> str:
    return p_text(p_value, "adjusted p")


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
