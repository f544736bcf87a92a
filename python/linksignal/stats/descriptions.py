"""What a correlation row says whether or not it has an estimate."""

from __future__ import annotations

from linksignal.stats.blocks import Block, Pair
from linksignal.stats.rules import smallest_detectable_r


def describe_block(block: Block) -> dict[Pair, dict[str, float]]:
    """Describe the values of every pair of a block.

    Parameters
    ----------
    block : Block
        Pairs with the same domain set.

    Returns
    -------
    dict of Pair to dict
        Values of the columns ``n``, ``zero_signal_share`` and so on up to
        ``smallest_detectable_r``.
    """
    row_count = len(block.domains)
    return {
        pair: {
            "n": row_count,
            "zero_signal_share": block.profiles[pair.signal].zero_share,
            "zero_outcome_share": block.profiles[pair.outcome].zero_share,
            "tied_signal_share": block.profiles[pair.signal].tied_share,
            "tied_outcome_share": block.profiles[pair.outcome].tied_share,
            "smallest_detectable_r": smallest_detectable_r(row_count),
        }
        for pair in block.pairs
    }
