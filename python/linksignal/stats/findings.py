"""Rows of the correlation table while they are found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from linksignal.stats.blocks import Block, Pair
from linksignal.stats.correlation_families import MAIN, RowKey
from linksignal.stats.descriptions import describe_block
from linksignal.stats.results import Result


@dataclass(frozen=True)
class Found:
    """Results of some pairs, and the values they were found on.

    Attributes
    ----------
    block : Block
        Values as they were measured, dropped or drawn in.
    results : mapping of Pair to Result
        A result for each pair of the block.
    """

    block: Block
    results: Mapping[Pair, Result]


@dataclass
class Findings:
    """Rows of the table, by key.

    Attributes
    ----------
    results : dict of RowKey to Result
        Numbers and statuses.
    descriptions : dict of RowKey to dict
        What a row says of its values whether or not it has an estimate.
    joint : list of list of RowKey
        Rows with family-wise p values among them, see
        `correlation_families.family_wise_p_values`.
    """

    results: dict[RowKey, Result] = field(default_factory=dict)
    descriptions: dict[RowKey, dict[str, float]] = field(default_factory=dict)
    joint: list[list[RowKey]] = field(default_factory=list)

    def add(
        self, found: Found, method: str, sensitivity: str = MAIN
    ) -> list[RowKey]:
        """Add results with the description of their values.

        Parameters
        ----------
        found : Found
            Results and values.
        method, sensitivity : str
            As in the columns of these names.

        Returns
        -------
        list of RowKey
            Keys of the rows added.
        """
        described = describe_block(found.block)
        keys = [RowKey(pair, method, sensitivity) for pair in found.results]
        for key in keys:
            self.results[key] = found.results[key.pair]
            self.descriptions[key] = described[key.pair]
        return keys
