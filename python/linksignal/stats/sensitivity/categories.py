"""Categories of domains, and correlations that allow for them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd

from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.estimators.influences import (
    pearson_estimates,
    spearman_estimates,
)
from linksignal.stats.findings import Found
from linksignal.stats.results import Result
from linksignal.stats.rules import Status
from linksignal.stats.sensitivity.clusters import (
    MIN_CATEGORIES,
    clustered,
)
from linksignal.stats.sensitivity.trials import Trial

CATEGORY = "category"


def read_categories(features: pd.DataFrame) -> dict[str, str]:
    """Take the categories of domains from the features frame.

    Parameters
    ----------
    features : DataFrame
        With column ``domain``, and column ``category`` or without it.

    Returns
    -------
    dict of str to str
        Category by domain, without the domains that have none.
    """
    if CATEGORY not in features.columns:
        return {}
    pairs = zip(features["domain"], features[CATEGORY], strict=True)
    return {
        domain: str(category)
        for domain, category in sorted(pairs, key=lambda pair: str(pair[0]))
        if not pd.isna(category)
    }


def hash_with_categories(input_hash: str, categories: Mapping[str, str]) -> str:
    """Carry the hash of the numbers on over the categories.

    Parameters
    ----------
    input_hash : str
        As in `frames.Study`.
    categories : mapping of str to str
        Category by domain.

    Returns
    -------
    str
        SHA-256 in hexadecimal; the given one without categories.
    """
    if not categories:
        return input_hash
    digest = hashlib.sha256(input_hash.encode())
    for text in (part for pair in categories.items() for part in pair):
        encoded = text.encode()
        digest.update(f"{len(encoded)}:".encode() + encoded)
    return digest.hexdigest()


def cluster_category(trial: Trial) -> list[Found]:
    """Let domains of one category go together, see `clusters.clustered`.

    Parameters
    ----------
    trial : Trial
        A block by one method.

    Returns
    -------
    list of Found
        One for all pairs. Below ``MIN_CATEGORIES`` categories ``too_few``,
        without any ``no_overlap``.
    """
    main = trial.main
    results = {pair: Result(main[pair].status) for pair in trial.block.pairs}
    estimated = [pair for pair in results if not np.isnan(main[pair].estimate)]
    if trial.grouping.category_count < MIN_CATEGORIES:
        has_some = trial.grouping.category_count > 0
        lacking = Status.TOO_FEW if has_some else Status.NO_OVERLAP
        results |= dict.fromkeys(estimated, Result(lacking))
        return [Found(trial.block, results)]
    seen = trial.transformed()
    for pair in estimated:
        influence = _influence(trial, seen, pair)
        results[pair] = _clustered_result(trial, main[pair], influence)
    return [Found(trial.block, results)]


def _influence(trial: Trial, seen: Block, pair: Pair) -> Floats:
    estimates = spearman_estimates if trial.is_ranked else pearson_estimates
    values = seen.columns[pair.signal], seen.columns[pair.outcome]
    pairs = np.array([[0, 1]])
    return estimates(np.column_stack(values), pairs).influences[:, 0]


def _clustered_result(trial: Trial, main: Result, influence: Floats) -> Result:
    numbers = clustered(
        main.estimate, influence, trial.grouping, trial.sampling.ci_level
    )
    if main.status is not Status.OK or np.isnan(numbers.low):
        return Result(Status.UNRELIABLE, estimate=main.estimate)
    return Result(
        Status.OK,
        estimate=main.estimate,
        ci_low=numbers.low,
        ci_high=numbers.high,
        ci_method="fisher_z_cluster",
        p_value=numbers.p_value,
        p_block_wise=numbers.p_value,
        n_eff=numbers.n_eff,
    )
