"""What the resampling of the correlation table costs, next to scipy's loops.

    python benchmarks/statistics_speed.py [--rows N ...] [--rounds N]

The table has 96 pairs (8 signals, 2 outcomes, 6 platforms), each by Spearman
and by Pearson of log1p, with 10,000 bootstrap resamples and 10,000
permutations. Four ways are timed in turn, each in a process of its own, in
CPU seconds on one thread:

- ``resampling``: our bootstrap of both methods with percentile intervals, and
  our permutation test; the same work as the loops;
- ``scipy``: `scipy.stats.bootstrap` and `scipy.stats.permutation_test`, a
  pair at a time with the statistic as a function of two arrays;
- ``shipped``: the two methods as the table makes them: permutation p values,
  but intervals in closed form in place of a bootstrap;
- ``table``: `correlation_table` itself, which adds raw Pearson with its BCa
  bootstrap.

What would take too long is measured with two smaller numbers of resamples and
carried on in a straight line, so that what is done once counts once; scipy's
loops take fewer pairs as well. The output says how many.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import planted
from linksignal.simulate.study import PLATFORMS
from linksignal.stats.bootstrap import resample_pearson, resample_spearman
from linksignal.stats.correlations import correlation_table
from linksignal.stats.pearson import jackknife_intervals
from linksignal.stats.permutation import (
    permutation_p_values,
    permuted_correlations,
)
from linksignal.stats.scores import correlations, rank_columns, unit_scores
from linksignal.stats.spearman import spearman_intervals
from scipy import stats

RESAMPLES = 10_000
SIGNALS = {
    "total_backlinks": "log1p",
    "referring_domains": "log1p",
    "follow_links": "log1p",
    "nofollow_links": "log1p",
    "text_links": "log1p",
    "image_links": "log1p",
    "authority_score": "none",
    "follow_share": "none",
}
OUTCOMES = {"ai_mentions": "log1p", "share_of_voice": "none"}
COLUMNS = (*PLATFORMS, "all")
PAIRS = len(SIGNALS) * len(OUTCOMES) * len(COLUMNS)
SEED = 1
ROUNDS = 3


@dataclass(frozen=True)
class Table:
    """Features, and the 8 signals and 12 outcomes as each method has them."""

    features: pd.DataFrame
    ranked: tuple[np.ndarray, np.ndarray]
    transformed: tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class Size:
    """How much of the work is done for a measurement."""

    resamples: int
    pairs: int = PAIRS


# The other number of resamples is this part of the first.
SMALLER_PART = 5

# At 100,000 rows 10,000 resamples take minutes even here.
SIZES = {
    1_000: {
        "resampling": Size(RESAMPLES),
        "scipy": Size(200, 4),
        "shipped": Size(RESAMPLES),
        "table": Size(RESAMPLES),
    },
    100_000: {
        "resampling": Size(100),
        "scipy": Size(50, 2),
        "shipped": Size(100),
        "table": Size(100),
    },
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument(
        "--whole",
        action="store_true",
        help="also resample and build the table once with all 10,000",
    )
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_child(*arguments.child)
    for row_count in arguments.rows:
        compare(row_count, arguments.rounds)
        if arguments.whole:
            show_whole(row_count)


def compare(row_count: int, rounds: int) -> None:
    sizes = SIZES[row_count]
    costs: dict[str, list[dict[str, float]]] = {way: [] for way in sizes}
    for _ in range(rounds):
        for way, size in sizes.items():
            costs[way].append(cost(way, row_count, size))
    print(f"{row_count:,} rows, {PAIRS} pairs, {RESAMPLES:,} resamples")
    for way, size in sizes.items():
        print(f"  {way}: {shown(costs[way])}; {measured(size)}")
    for way in ("resampling", "shipped"):
        ratios = [
            loop["cpu_s"] / ours["cpu_s"]
            for loop, ours in zip(costs["scipy"], costs[way], strict=True)
        ]
        print(f"  scipy / {way}: {spread(ratios)}", flush=True)


def show_whole(row_count: int) -> None:
    for way in ("resampling", "table"):
        whole = Size(RESAMPLES)
        found = cost(way, row_count, whole)
        print(f"  {way}, once: {shown([found])}; {measured(whole)}", flush=True)


def measured(size: Size) -> str:
    if size == Size(RESAMPLES):
        return "measured in full"
    return (
        f"from {size.resamples // SMALLER_PART:,} and {size.resamples:,} "
        f"resamples of {size.pairs} pairs"
    )


def shown(costs: list[dict[str, float]]) -> str:
    seconds = spread([each["cpu_s"] for each in costs])
    peak = max(each["peak_mb"] for each in costs)
    return f"{seconds} CPU s, peak {peak:,.0f} MB"


def spread(values: list[float]) -> str:
    middle = statistics.median(values)
    return f"{middle:,.1f} ({min(values):,.1f} to {max(values):,.1f})"


def cost(way: str, row_count: int, size: Size) -> dict[str, float]:
    """Run one way in a process of its own."""
    words = [way, row_count, size.resamples, size.pairs]
    command = [sys.executable, __file__, "--child", *map(str, words)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, float] = json.loads(output)
    return found


def run_child(way: str, *numbers: str) -> None:
    row_count, resamples, pairs = map(int, numbers)
    table = draw_table(row_count)
    # What a first call loads is no part of the work.
    WAYS[way](draw_table(100), Size(2, 1))
    seconds = cpu_seconds(way, table, Size(resamples, pairs))
    if resamples < RESAMPLES:
        smaller = resamples // SMALLER_PART
        start = cpu_seconds(way, table, Size(smaller, pairs))
        each = (seconds - start) / (resamples - smaller)
        seconds = start + each * (RESAMPLES - smaller)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": seconds * PAIRS / pairs, "peak_mb": peak_mb}))


def cpu_seconds(way: str, table: Table, size: Size) -> float:
    start = time.process_time()
    WAYS[way](table, size)
    return time.process_time() - start


def draw_table(row_count: int) -> Table:
    generator = np.random.default_rng(SEED)
    frame = draw_features(planted("platform_order"), row_count, generator)
    outcomes = {
        f"{outcome}_{platform}": transform
        for outcome, transform in OUTCOMES.items()
        for platform in COLUMNS
    }
    plain = tuple(
        frame[[*names]].to_numpy(dtype=np.float64)
        for names in (SIGNALS, outcomes)
    )
    logged = tuple(
        np.where(np.array([*transforms.values()]) == "log1p", np.log1p(v), v)
        for v, transforms in zip(plain, (SIGNALS, outcomes), strict=True)
    )
    return Table(frame, plain, logged)


def resampling(table: Table, size: Size) -> None:
    """The bootstrap and the permutation test of both methods."""
    for resample, values in (
        (resample_spearman, table.ranked),
        (resample_pearson, table.transformed),
    ):
        generator = np.random.default_rng(SEED)
        resamples = resample(*values, generator, size.resamples)
        np.quantile(resamples, [0.025, 0.975], axis=0)
    permutation(table, size)


def permutation(table: Table, size: Size) -> None:
    """One set of permutations for both methods."""
    scores = [
        tuple(unit_scores(rank_columns(values)) for values in table.ranked),
        tuple(unit_scores(values) for values in table.transformed),
    ]
    generator = np.random.default_rng(SEED)
    permuted = permuted_correlations(scores, generator, size.resamples)
    for pair, null in zip(scores, permuted, strict=True):
        estimates = correlations(*pair).ravel()
        permutation_p_values(estimates, null.reshape(size.resamples, -1))


def shipped(table: Table, size: Size) -> None:
    """Permutation p values, and intervals in closed form."""
    spearman_intervals(*table.ranked, 0.95)
    jackknife_intervals(*table.transformed, 0.95)
    permutation(table, size)


def whole_table(table: Table, size: Size) -> None:
    registries = [
        pd.DataFrame({name: [*column], "transform": [*column.values()]})
        for name, column in (("signal", SIGNALS), ("outcome", OUTCOMES))
    ]
    correlation_table(
        table.features,
        *registries,
        COLUMNS,
        seed=SEED,
        resample_count=size.resamples,
    )


def scipy_loop(table: Table, size: Size) -> None:
    """A pair at a time, as scipy's documentation shows it."""
    for statistic, (signals, outcomes) in (
        (spearman, table.ranked),
        (pearson, table.transformed),
    ):
        for at in range(size.pairs):
            # Pairs of unlike columns: counts, scores and shares.
            signal = signals[:, (3 * at) % signals.shape[1]]
            outcome = outcomes[:, (5 * at) % outcomes.shape[1]]
            stats.bootstrap(
                (signal, outcome),
                statistic,
                paired=True,
                vectorized=False,
                n_resamples=size.resamples,
                method="percentile",
                rng=np.random.default_rng(SEED),
            )
            stats.permutation_test(
                (signal, outcome),
                statistic,
                permutation_type="pairings",
                vectorized=False,
                n_resamples=size.resamples,
                rng=np.random.default_rng(SEED),
            )


def spearman(signal: np.ndarray, outcome: np.ndarray) -> float:
    return float(stats.spearmanr(signal, outcome).statistic)


def pearson(signal: np.ndarray, outcome: np.ndarray) -> float:
    return float(stats.pearsonr(signal, outcome).statistic)


WAYS: dict[str, Callable[[Table, Size], None]] = {
    "resampling": resampling,
    "scipy": scipy_loop,
    "shipped": shipped,
    "table": whole_table,
}


if __name__ == "__main__":
    main()
