"""Why a claim cannot be tested: the sentence that names what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.claims.evidence import OUTCOME, Evidence, Reading
from linksignal.stats.claims.names import Names, listed
from linksignal.stats.claims.parts import Difference, Leaf, Threshold
from linksignal.stats.claims.rules import KINK
from linksignal.stats.contrasts.comparisons import (
    ALL_DOMAINS,
    ALL_PLATFORMS,
    DECILE_COLUMN,
    DECILE_RANGES,
    SCORE_COLUMN,
)
from linksignal.stats.frames import Study
from linksignal.stats.rules import MIN_DISTINCT_SCORES, MIN_ROWS, Status
from linksignal.stats.thresholds.smooth_sample import MIN_NONZERO_ROWS

CONSTANTS = (Status.CONSTANT_SIGNAL, Status.CONSTANT_OUTCOME)


@dataclass(frozen=True)
class Gaps:
    """What is missing in a study, told claim by claim.

    Attributes
    ----------
    study : Study
        Signals, deciles and outcomes of the domains.
    overlap : str or None
        As from `overlap_reason`.
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
            or self._constant_columns(leaves)
            or self._too_few_scores(leaves)
            or self._broken_estimate(leaves)
        )

    def _unknown_signals(self, leaves: Sequence[Leaf]) -> str | None:
        names = columns_of(leaves)
        unknown = [
            name
            for name in names
            if not name.startswith(OUTCOME) and not self._is_known(name).any()
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
            if name.startswith(OUTCOME) and not self._is_known(name).any()
        ]
        if not platforms:
            return None
        if ALL_PLATFORMS in platforms:
            return "No platform has answers or totals."
        named = listed([self.names.platform(name) for name in platforms])
        return f"There are no answers or totals of {named}."

    def _overlapping_kinds(self, leaves: Sequence[Leaf]) -> str | None:
        return self.overlap if "image_links" in columns_of(leaves) else None

    def _too_few_domains(self, leaves: Sequence[Leaf]) -> str | None:
        for leaf in leaves:
            if _is_everywhere(leaf) and self._rows(leaf).sum() < MIN_ROWS:
                return self._few(leaf)
        return None

    def _constant_columns(self, leaves: Sequence[Leaf]) -> str | None:
        for leaf in leaves:
            if self.evidence.read(leaf).status not in CONSTANTS:
                continue
            rows = self._rows(leaf)
            for column in columns_of([leaf]):
                values = self.study.columns[column][rows]
                if len(values) and np.ptp(values) == 0:
                    name = self.names.column(column)
                    return (
                        f"All {len(values):,} domains{self._where(leaf)} have "
                        f"the same {name}: {values[0]:g}."
                    )
        return None

    def _too_few_scores(self, leaves: Sequence[Leaf]) -> str | None:
        """Tell of scores with fewer values than there are deciles."""
        if all(_is_everywhere(leaf) and leaf != KINK for leaf in leaves):
            return None
        scores = self.study.columns[SCORE_COLUMN]
        count = len(np.unique(scores[self._is_known(SCORE_COLUMN)]))
        if count >= MIN_DISTINCT_SCORES:
            return None
        return (
            f"There are {count} distinct authority scores; the claim needs "
            f"{MIN_DISTINCT_SCORES}."
        )

    def _broken_estimate(self, leaves: Sequence[Leaf]) -> str | None:
        for leaf in leaves:
            reading = self.evidence.read(leaf)
            if reading.status is not Status.OK:
                return self._broken(leaf, reading)
        return None

    def _broken(self, leaf: Leaf, reading: Reading) -> str:
        rows = self._rows(leaf)
        if rows.sum() < MIN_ROWS:
            return self._few(leaf)
        if leaf == KINK and reading.status is Status.TOO_FEW:
            mentions = self.study.columns[f"{OUTCOME}_{ALL_PLATFORMS}"][rows]
            return (
                f"{np.count_nonzero(mentions):,} of {rows.sum():,} domains "
                f"have AI mentions; the kink test needs {MIN_NONZERO_ROWS}."
            )
        name = self.names.quantity(leaf)
        reason = (reading.reason or reading.status.value).rstrip(".")
        return (
            f"{name[0].upper()}{name[1:]} ({reading.n:,} domains) cannot be "
            f"tested: {reason[0].lower()}{reason[1:]}."
        )

    def _few(self, leaf: Leaf) -> str:
        needed = listed(
            [self.names.column(name) for name in columns_of([leaf])]
        )
        return (
            f"{self._rows(leaf).sum():,} domains{self._where(leaf)} have "
            f"{needed}; the claim needs {MIN_ROWS}."
        )

    def _where(self, leaf: Leaf) -> str:
        if isinstance(leaf, Threshold) or leaf.domain_set == ALL_DOMAINS:
            return ""
        lowest, highest = DECILE_RANGES[leaf.domain_set]
        return f" in deciles {lowest}-{highest}"

    def _rows(self, leaf: Leaf) -> Booleans:
        """Give the domains of a leaf on which all it needs is known."""
        rows = np.ones(len(self.study.domains), dtype=np.bool_)
        if not _is_everywhere(leaf):
            assert isinstance(leaf, Difference)
            lowest, highest = DECILE_RANGES[leaf.domain_set]
            deciles = self.study.columns[DECILE_COLUMN]
            rows = (deciles >= lowest) & (deciles <= highest)
        for column in columns_of([leaf]):
            rows &= self._is_known(column)
        return rows

    def _is_known(self, column: str) -> Booleans:
        return ~np.isnan(self.study.columns[column])


def overlap_reason(features: pd.DataFrame, tolerance: float) -> str | None:
    """Say whether a tool counts image links as text links too.

    Parameters
    ----------
    features : DataFrame
        Columns ``link_grain``, ``link_source``, ``total_backlinks``,
        ``text_links`` and ``image_links``; without the first, the counts are
        of links one by one.
    tolerance : float
        Relative excess from which totals do not add up, 0 or more.

    Returns
    -------
    str or None
        One sentence where, in a tool's totals of a domain, text and image
        links together exceed all links by more than the tolerance.
    """
    if "link_grain" not in features:
        return None
    totals = features[features["link_grain"] == "profile"]
    counts: list[Floats] = [
        totals[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("text_links", "image_links", "total_backlinks")
    ]
    together = counts[0] + counts[1]
    is_over = together - counts[2] > tolerance * together
    if not is_over.any():
        return None
    sources = sorted(set(totals["link_source"][is_over]))
    return (
        "Image links are also counted as text: in the totals of "
        f"{listed(sources)}, text and image links together exceed all links "
        f"of {np.count_nonzero(is_over):,} of {len(totals):,} domains."
    )


def columns_of(leaves: Sequence[Leaf]) -> list[str]:
    """Name the columns of the features frame that leaves need.

    Parameters
    ----------
    leaves : sequence of Leaf

    Returns
    -------
    list of str
        Signals and outcomes, each once.
    """
    names: dict[str, None] = {}
    for leaf in leaves:
        match leaf:
            case Difference():
                pairs = [
                    (leaf.signal_a, leaf.platform_a),
                    (leaf.signal_b, leaf.platform_b),
                ]
            case Threshold():
                pairs = [(SCORE_COLUMN, ALL_PLATFORMS)]
        names |= dict.fromkeys(signal for signal, _ in pairs)
        if not _is_everywhere(leaf):
            names |= {SCORE_COLUMN: None}
        names |= dict.fromkeys(f"{OUTCOME}_{name}" for _, name in pairs)
    return list(names)


def _is_everywhere(leaf: Leaf) -> bool:
    return isinstance(leaf, Threshold) or leaf.domain_set == ALL_DOMAINS
