"""What the sensitivity rows of a block start from, and what they come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from linksignal.stats.arrays import Floats
from linksignal.stats.block_results import block_estimates, method_block
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.findings import Found
from linksignal.stats.methods import Method, Sampling
from linksignal.stats.results import Result
from linksignal.stats.sensitivity.clusters import Grouping


@dataclass(frozen=True)
class Trial:
    """A block by one method, and all that its sensitivity rows need.

    Attributes
    ----------
    block : Block
        Values as they were measured.
    method : Method
        A primary method.
    transforms : mapping of str to str
        Transform of each column.
    sampling : Sampling
        Seed, resamples and confidence level.
    main : mapping of Pair to Result
        The main row of each pair.
    grouping : Grouping
        Categories of the domains.
    halves : mapping of str to tuple of ndarray, shape (n,)
        By outcome column, the outcome over odd and over even prompts; NaN
        where unknown.
    """

    block: Block
    method: Method
    transforms: Mapping[str, str]
    sampling: Sampling
    main: Mapping[Pair, Result]
    grouping: Grouping
    halves: Mapping[str, tuple[Floats, Floats]]

    @property
    def is_ranked(self) -> bool:
        """Whether the method is Spearman's, else Pearson's."""
        return self.method.name == "spearman"

    def transformed(self) -> Block:
        """Give the block as the method sees it."""
        return method_block(self.block, self.method, self.transforms)

    def correlate(self, block: Block) -> Found:
        """Correlate every pair of another block of the same columns."""
        results = block_estimates(
            block, self.method, self.transforms, self.sampling
        )
        return Found(block, results)

    def outcome_pairs(self, outcome: str) -> list[Pair]:
        """Give the pairs of one outcome."""
        return [pair for pair in self.block.pairs if pair.outcome == outcome]
