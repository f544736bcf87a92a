"""Type I errors of the p values of single correlations, at three levels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from linksignal.stats.arrays import Floats
from linksignal.stats.estimators.permutation import cyclic_p_values
from linksignal.stats.estimators.variables import Variable

from calibration.estimates import estimates_by

LEVELS = (0.05, 0.01, 0.001)

# Rows and shares of zeros in the outcome; ten domains must be off zero.
SIZES = (
    (30, 0.0),
    (30, 0.6),
    (100, 0.0),
    (100, 0.6),
    (100, 0.88),
    (1_000, 0.0),
    (1_000, 0.6),
    (1_000, 0.97),
)
METHODS = ("spearman", "pearson_log1p", "kendall_tau_b", "pearson")
MIN_NONZERO = 10

# Permutations cost more: fewer studies show the level of raw Pearson.
PERMUTATIONS = 1_000
PERMUTED_STUDIES = 2_000


def type_one_errors(
    row_count: int,
    zero_share: float,
    draws: int,
    generator: np.random.Generator,
) -> dict[str, list[float]]:
    """Reject independence of counts that are independent.

    Parameters
    ----------
    row_count : int
        Domains n of a study.
    zero_share : float
        Share (0-1) of domains that are not mentioned, on average.
    draws : int
        Studies.
    generator : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    dict of str to list of float
        By method, the share of studies rejected at each of `LEVELS`. Raw
        Pearson by cyclic permutations, the others by their own errors.
    """
    p_values: dict[str, list[float]] = {method: [] for method in METHODS}
    studies = _studies(row_count, zero_share, draws, generator)
    for at, (signal, outcome) in enumerate(studies):
        for method in METHODS:
            if method != "pearson" or at < PERMUTED_STUDIES:
                p_value = _p(method, signal, outcome, generator)
                p_values[method].append(p_value)
    return {
        method: [float(np.mean(np.array(found) < level)) for level in LEVELS]
        for method, found in p_values.items()
    }


def _studies(
    row_count: int,
    zero_share: float,
    draws: int,
    generator: np.random.Generator,
) -> Iterator[tuple[Floats, Floats]]:
    kept = 0
    while kept < draws:
        signal = np.floor(np.exp(generator.normal(4, 1.5, row_count)))
        counts = np.floor(np.exp(generator.normal(1, 1.2, row_count))) + 1
        outcome = counts * (generator.random(row_count) >= zero_share)
        if np.count_nonzero(outcome) >= MIN_NONZERO:
            kept += 1
            yield signal, outcome


def _p(
    method: str,
    signal: Floats,
    outcome: Floats,
    generator: np.random.Generator,
) -> float:
    if method == "pearson":
        left, right = (
            Variable.of(one).scores[:, np.newaxis] for one in (signal, outcome)
        )
        found = cyclic_p_values(left, right, generator, PERMUTATIONS)
        return float(found[0, 0])
    if method == "pearson_log1p":
        signal, outcome = np.log1p(signal), np.log1p(outcome)
    (one,) = estimates_by(method, signal[:, np.newaxis], outcome, 0.95)
    return one.p_value


def main(draws: int = 10_000, seed: int = 20251001) -> None:
    """Print the table.

    Parameters
    ----------
    draws : int, default 10,000
        Studies of each size.
    seed : int, default 20251001
        Seed.
    """
    print("| n | zeros | method | 5 % | 1 % | .1 % |")
    print("|--:|--:|---|--:|--:|--:|")
    for row_count, zero_share in SIZES:
        key = [seed, row_count, int(100 * zero_share)]
        generator = np.random.default_rng(key)
        found = type_one_errors(row_count, zero_share, draws, generator)
        for method, shares in found.items():
            cells = " | ".join(f"{100 * share:.2f}" for share in shares)
            place = f"{row_count:,} | {zero_share:.0%} | {method}"
            print(f"| {place} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
