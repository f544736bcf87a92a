"""Why a claim cannot be tested: the sentence that names what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksignal.stats.claims.domains import (
    LeafDomains,
    columns_of,
    is_everywhere,
)
from linksignal.stats.claims.evidence import OUTCOME, Evidence
from linksignal.stats.claims.names import Names
from linksignal.stats.claims.parts import Leaf
from linksignal.stats.claims.rules import KINK, LOWER
from linksignal.stats.contrasts.comparisons import ALL_PLATFORMS, SCORE_COLUMN
from linksignal.stats.estimators.score_groups import POINTS_PER_STEP
from linksignal.stats.frames import Study
from linksignal.stats.rules import MIN_DISTINCT_SCORES, MIN_ROWS, Status
from linksignal.words import listed


@dataclass(frozen=True)
class Gaps:
    """What is missing in a study, told claim by claim.

    Attributes
    ----------
    study : Study
        Signals, deciles and outcomes of the domains.
    overlap : str or None
        As from `overlap.overlap_reason`.
    evidence : Evidence
    names : Names
    """

    study: Study
    overlap: str | None
    evidence: Evidence
    names: Names

    def reason(self, leaves: Sequence[Leaf]) -> str | None:
        """Say why a claim cannot be tested.

        Parameters
        ----------
        leaves : sequence of Leaf
            The rows of the tables that the claim rests on.

        Returns
        -------
        str or None
            One sentence; None where nothing is missing.
        """
        return (
            self._unknown_signals(leaves)
            or self._silent_platforms(leaves)
            or self._overlapping_kinds(leaves)
            or self._too_few_domains(leaves)
            or self._too_few_scores(leaves)
            or self._too_few_mentions(leaves)
            or self._narrow_tiers(leaves)
            or self._broken_estimate(leaves)
        )

    def _unknown_signals(self, leaves: Sequence[Leaf]) -> str | None:
        names = columns_of(leaves)
        unknown = [
            name
            for name in names
            if not name.startswith(OUTCOME) and self._is_unknown(name)
        ]
        if not unknown:
            return None
        if SCORE_COLUMN in unknown:
            return (
                "No domain has an authority score: an export with scores is "
                "missing."
            )
        counts = listed([self.names.column(name) for name in unknown])
        return f"No domain has a count of {counts}."

    def _silent_platforms(self, leaves: Sequence[Leaf]) -> str | None:
        platforms = [
            name.removeprefix(f"{OUTCOME}_")
            for name in columns_of(leaves)
            if name.startswith(OUTCOME) and self._is_unknown(name)
        ]
        if not platforms:
            return None
        if ALL_PLATFORMS in platforms:
            return "No platform has answers or totals."
        named = listed(self.names.platforms(platforms))
        return f"There are no answers or totals of {named}."

    def _overlapping_kinds(self, leaves: Sequence[Leaf]) -> str | None:
        return self.overlap if "image_links" in columns_of(leaves) else None

    def _too_few_domains(self, leaves: Sequence[Leaf]) -> str | None:
        for leaf in leaves:
            domains = self._domains(leaf)
            if is_everywhere(leaf) and domains.count < MIN_ROWS:
                return domains.few()
        return None

    def _too_few_scores(self, leaves: Sequence[Leaf]) -> str | None:
        """Tell of scores with fewer values than there are deciles."""
        if all(is_everywhere(leaf) and leaf != KINK for leaf in leaves):
            return None
        scores = self.study.columns[SCORE_COLUMN]
        count = len(np.unique(scores[~np.isnan(scores)]))
        if count >= MIN_DISTINCT_SCORES:
            return None
        return (
            f"Distinct authority scores: {count}; the claim needs "
            f"{MIN_DISTINCT_SCORES}."
        )

    def _too_few_mentions(self, leaves: Sequence[Leaf]) -> str | None:
        is_few = self.evidence.read(KINK).status is Status.TOO_FEW
        if KINK not in leaves or not is_few:
            return None
        return self._domains(KINK).seldom_mentioned()

    def _narrow_tiers(self, leaves: Sequence[Leaf]) -> str | None:
        """Tell of a tier that is narrower than the step its slope is told for.

        So are percentiles of domains that all stand near the top of a list.
        """
        if LOWER not in leaves:
            return None
        scores = self._domains(LOWER).scores
        is_lower = scores <= np.median(scores)
        tiers = {"up to": scores[is_lower], "above": scores[~is_lower]}
        for where, tier in tiers.items():
            # Without a domain there is no slope, which is told of elsewhere.
            if len(tier) and np.ptp(tier) < POINTS_PER_STEP:
                return (
                    f"The authority scores {where} the median span "
                    f"{np.ptp(tier):.6g} points; a slope per "
                    f"{POINTS_PER_STEP} points needs {POINTS_PER_STEP} or more."
                )
        return None

    def _broken_estimate(self, leaves: Sequence[Leaf]) -> str | None:
        for leaf in leaves:
            reading = self.evidence.read(leaf)
            if reading.status is not Status.OK:
                return self._domains(leaf).broken(reading)
        return None

    def _domains(self, leaf: Leaf) -> LeafDomains:
        return LeafDomains(leaf, self.study, self.names)

    def _is_unknown(self, column: str) -> bool:
        return bool(np.isnan(self.study.columns[column]).all())
