"""Kendall's tau-b of one block, with intervals and p values."""

from __future__ import annotations

from dataclasses import replace

from scipy.stats import kendalltau

from linksignal.stats.blocks import Block, Pair
from linksignal.stats.rank_methods.concordance import concordance
from linksignal.stats.rank_methods.kendall import kendall_interval
from linksignal.stats.ranks import tie_groups
from linksignal.stats.results import Result, interval_result
from linksignal.stats.rules import Status


def kendall_results(block: Block, ci_level: float) -> dict[Pair, Result]:
    """Correlate every pair of a block by Kendall's tau-b.

    Parameters
    ----------
    block : Block
        Pairs with the same domain set.
    ci_level : float
        Confidence level, 0-1.

    Returns
    -------
    dict
        A result for each pair. The p value is that of the permutation law
        itself, exact or normal with its variance under ties, as scipy has
        it: no permutations are drawn, and none is family-wise in a block.
    """
    results = {pair: Result(block.status(pair)) for pair in block.pairs}
    usable = [pair for pair in results if results[pair].status is Status.OK]
    groups = {
        name: tie_groups(block.columns[name])
        for pair in usable
        for name in (pair.signal, pair.outcome)
    }
    for pair in usable:
        counts = concordance(groups[pair.signal], groups[pair.outcome])
        test = kendalltau(
            block.columns[pair.signal], block.columns[pair.outcome]
        )
        results[pair] = replace(
            interval_result(kendall_interval(counts, ci_level), 0, 0),
            p_value=float(test.pvalue),
            p_block_wise=float(test.pvalue),
        )
    return results
