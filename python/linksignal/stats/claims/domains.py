"""The domains that a row of the tables rests on, and what they lack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.claims.evidence import OUTCOME, Reading
from linksignal.stats.claims.names import Names
from linksignal.stats.claims.parts import Difference, Leaf, Threshold
from linksignal.stats.contrasts.comparisons import (
    ALL_DOMAINS,
    ALL_PLATFORMS,
    DECILE_COLUMN,
    DECILE_RANGES,
    SCORE_COLUMN,
)
from linksignal.stats.estimators.smooth_law import MIN_NONZERO_ROWS
from linksignal.stats.frames import Study
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Status,
    profile,
)
from linksignal.words import listed

CONSTANTS = (Status.CONSTANT_SIGNAL, Status.CONSTANT_OUTCOME)


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
        if not is_everywhere(leaf):
            names |= {SCORE_COLUMN: None}
        names |= dict.fromkeys(f"{OUTCOME}_{name}" for _, name in pairs)
    return list(names)


def is_everywhere(leaf: Leaf) -> bool:
    """Tell whether a leaf is about all domains, not a range of deciles."""
    return isinstance(leaf, Threshold) or leaf.domain_set == ALL_DOMAINS


@dataclass(frozen=True)
class LeafDomains:
    """The domains of a leaf on which all it needs is known.

    Attributes
    ----------
    leaf : Leaf
    study : Study
        Signals, deciles and outcomes of all domains.
    names : Names
    """

    leaf: Leaf
    study: Study
    names: Names

    @property
    def count(self) -> int:
        """How many there are."""
        return int(np.count_nonzero(self._rows))

    @property
    def scores(self) -> Floats:
        """Their authority scores; the leaf must need these."""
        return dict(self._values())[SCORE_COLUMN]

    def few(self) -> str:
        """Say that there are too few."""
        needed = [self.names.column(name) for name in columns_of([self.leaf])]
        return (
            f"Domains{self._where} with {listed(needed)}: {self.count:,}; the "
            f"claim needs {MIN_ROWS}."
        )

    def broken(self, reading: Reading) -> str:
        """Say why there is no estimate.

        Parameters
        ----------
        reading : Reading
            Of the leaf, its status not ``ok``.

        Returns
        -------
        str
            One sentence: of these domains if they tell it, else the table's.
        """
        if self.count < MIN_ROWS:
            return self.few()
        name = self.names.quantity(self.leaf)
        reason = (reading.reason or reading.status.value).rstrip(".")
        passed_on = (
            f"{name[0].upper()}{name[1:]} ({reading.n:,} domains) cannot be "
            f"tested: {reason[0].lower()}{reason[1:]}."
        )
        return (
            self._constant(reading) or self._mostly_equal(reading) or passed_on
        )

    def _constant(self, reading: Reading) -> str | None:
        """Name a column that is the same everywhere."""
        if reading.status not in CONSTANTS:
            return None
        for column, values in self._values():
            if np.ptp(values) == 0:
                name = self.names.column(column)
                shared = f"{values[0]:,.10g}"
                return f"{self._told} have the same {name}: {shared}."
        return None

    def seldom_mentioned(self) -> str:
        """Say that too few are mentioned for the kink test."""
        mentions = dict(self._values())[f"{OUTCOME}_{ALL_PLATFORMS}"]
        return (
            f"{np.count_nonzero(mentions):,} of {self._told} have AI mentions; "
            f"the kink test needs {MIN_NONZERO_ROWS}."
        )

    def _mostly_equal(self, reading: Reading) -> str | None:
        if reading.status is not Status.TOO_FEW_DISTINCT:
            return None
        for column, values in self._values():
            others = profile(values).off_mode_count
            if others < MIN_OFF_MODE_ROWS:
                name = self.names.column(column)
                kind = name if column == SCORE_COLUMN else f"number of {name}"
                return (
                    f"Only {others} of {self._told} have another {kind} than "
                    f"the most common one; the claim needs {MIN_OFF_MODE_ROWS}."
                )
        return None

    @property
    def _told(self) -> str:
        """Tell how many there are, as in "40 domains in deciles 6-8"."""
        return f"{self.count:,} domains{self._where}"

    @property
    def _where(self) -> str:
        if isinstance(self.leaf, Threshold) or is_everywhere(self.leaf):
            return ""
        lowest, highest = DECILE_RANGES[self.leaf.domain_set]
        return f" in deciles {lowest}-{highest}"

    def _values(self) -> list[tuple[str, Floats]]:
        """Give the columns of the leaf on these domains."""
        return [
            (column, self.study.columns[column][self._rows])
            for column in columns_of([self.leaf])
        ]

    @property
    def _rows(self) -> Booleans:
        rows = np.ones(len(self.study.domains), dtype=np.bool_)
        if isinstance(self.leaf, Difference) and not is_everywhere(self.leaf):
            lowest, highest = DECILE_RANGES[self.leaf.domain_set]
            deciles = self.study.columns[DECILE_COLUMN]
            rows = (deciles >= lowest) & (deciles <= highest)
        for column in columns_of([self.leaf]):
            rows &= ~np.isnan(self.study.columns[column])
        return rows
