"""What is true of each claim under a law, from the law's own values.

A claim is a rule about quantities of the population, and so is what
contradicts it. Their values are taken from one very large draw with the
standard errors of that draw: closer to a bound than a few of them counts as
lying on it, which is how equal correlations lie on zero. On its bound a part
of a claim does not hold, as bounds belong to the null hypotheses. Whether
there is a kink is no matter of size: the law says it.

C8 says that a gap between Spearman and Pearson shows a threshold. Supporting
it is right where the law has a threshold and a gap, wrong elsewhere. Its
contradiction says of a study that smooth laws give such a gap as well: a
remark on evidence, which no law makes false.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import Law
from linksignal.stats.claims.evidence import Evidence
from linksignal.stats.claims.ledger import tables_of
from linksignal.stats.claims.parts import Part, Parts, Side
from linksignal.stats.claims.rows import GAP_CLAIM
from linksignal.stats.claims.rules import GAP, claim_rules

MARGIN = 0.05

# Closer to a bound than this many standard errors counts as on it.
ON_THE_BOUND = 4.0


@dataclass(frozen=True)
class Truth:
    """What a law says of one claim.

    Attributes
    ----------
    may_support, may_contradict : bool
        Whether that verdict is right under the law.
    """

    may_support: bool
    may_contradict: bool

    @property
    def state(self) -> str:
        """The claim is true, false, or neither.

        Neither: what would contradict the claim does not hold, and nor does
        the claim; the quantities lie on a bound.
        """
        if self.may_support:
            return "true"
        return "false" if self.may_contradict else "neither"

    def is_right(self, verdict: str) -> bool:
        """Tell whether a verdict says what is true."""
        return (verdict == "supported" and self.may_support) or (
            verdict == "contradicted" and self.may_contradict
        )

    def is_wrong(self, verdict: str) -> bool:
        """Tell whether a verdict says what is not true."""
        return (verdict == "supported" and not self.may_support) or (
            verdict == "contradicted" and not self.may_contradict
        )


@cache
def truths(law: Law, row_count: int) -> dict[str, Truth]:
    """Say what a law makes of each claim.

    Parameters
    ----------
    law : Law
        The law.
    row_count : int
        Domains of the draw that stands for it.

    Returns
    -------
    dict of str to Truth
        By id of the claim.
    """
    generator = np.random.default_rng(3)
    features = draw_features(law, row_count, generator)
    contrasts, thresholds = tables_of(features, seed=0, draw_count=1)
    evidence = Evidence(contrasts, thresholds)
    has_threshold = law.threshold_score is not None

    def all_hold(parts: Parts) -> bool:
        return all(_holds(part, evidence, has_threshold) for part in parts)

    found = {
        rule.claim_id: Truth(
            all_hold(rule.supported), any(map(all_hold, rule.contradicted))
        )
        for rule in claim_rules(MARGIN)
    }
    has_gap = evidence.read(GAP).estimate > 0
    return found | {GAP_CLAIM: Truth(has_threshold and has_gap, True)}


def _holds(part: Part, evidence: Evidence, has_threshold: bool) -> bool:
    if part.side is Side.THERE:
        return has_threshold
    reading = evidence.read(part.quantity)
    tolerance = ON_THE_BOUND * float(reading.contrast.standard_error[0])
    distance = {
        Side.ABOVE: reading.estimate - part.bound,
        Side.BELOW: part.bound - reading.estimate,
        Side.WITHIN: part.bound - abs(reading.estimate),
    }[part.side]
    return bool(distance > tolerance)
