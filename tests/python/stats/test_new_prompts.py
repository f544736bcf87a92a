from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.estimate import Estimate
from linksignal.stats.estimators import new_prompts
from linksignal.stats.estimators.new_prompts import (
    Changes,
    Replicates,
    correlations_without,
    jackknife_error,
    new_prompt_interval,
    prompt_errors,
)
from linksignal.stats.tables.correlations import correlation_table
from scipy.stats import pearsonr, spearmanr
from scipy.stats import t as student

from .samples import chosen, variables

GROUPS = 60


def counts(seed=1, domain_count=250):
    """Mentions by domain and group of prompts, and one signal.

    Some prompts name domains that have little to do with their links: they
    add an error of their own.
    """
    generator = np.random.default_rng(seed)
    size = generator.normal(size=domain_count)
    taste = generator.normal(size=(domain_count, GROUPS)) * 1.2
    rate = 0.08 * np.exp(0.7 * size[:, np.newaxis] + taste)
    signal = np.floor(np.exp(3 + size + 0.8 * generator.normal(size=len(size))))
    return signal, generator.poisson(rate) * 1.0


@pytest.mark.parametrize("size", [1.0, 1 / 7, 1e6])
@pytest.mark.parametrize("transform", [None, "none", "log1p"])
def test_errors_are_those_of_a_loop_over_groups(transform, size):
    # Whole numbers are looked up, shares and huge numbers are sorted.
    is_ranked = transform is None
    signal, mentions = counts()
    mentions = mentions * size
    left = variables(signal)[0]
    scores = left.ranks / left.ranks.std() if is_ranked else left.scores
    without = [
        mentions.sum(axis=1) - mentions[:, group] for group in range(GROUPS)
    ]
    correlate = spearmanr if is_ranked else pearsonr
    change = np.log1p if transform == "log1p" else np.asarray
    loop = [correlate(signal, change(one)).statistic for one in without]
    error = jackknife_error(np.arctanh(np.array(loop)))
    column = scores[:, np.newaxis]
    ways = [correlations_without(column, iter(without), transform)]
    if transform != "none":
        ways.append(replicates(mentions).correlations(column, transform))
    for found in ways:
        np.testing.assert_allclose(found[:, 0], loop, rtol=0, atol=1e-12)
        assert prompt_errors(found)[0] == pytest.approx(error)


def replicates(mentions):
    """What is left of a count without each group of prompts."""
    groups, rows = np.nonzero(mentions.T)
    total = mentions.sum(axis=1)
    lost = mentions[rows, groups]
    changes = Changes(
        rows, groups, total[rows], total[rows] - lost, mentions.shape[1]
    )
    return Replicates.of(total, changes)


@pytest.mark.parametrize("transform", [None, "log1p"])
def test_replicates_in_chunks_are_those_at_once(transform, monkeypatch):
    signal, mentions = counts()
    scores = variables(signal)[0].scores[:, np.newaxis]
    whole = replicates(mentions).correlations(scores, transform)
    monkeypatch.setattr(new_prompts, "CHUNK_CELLS", 1000)
    found = replicates(mentions).correlations(scores, transform)
    np.testing.assert_allclose(found, whole, rtol=0, atol=1e-14)


@pytest.mark.parametrize("transform", [None, "none", "log1p"])
def test_an_outcome_that_is_constant_without_a_group_has_no_error(transform):
    scores = variables(np.arange(30.0))[0].scores[:, np.newaxis]
    outcomes = [np.arange(30.0)] * 11 + [np.full(30, 0.3)]
    found = correlations_without(scores, iter(outcomes), transform)
    assert np.isnan(prompt_errors(found)).all()


@pytest.mark.parametrize("transform", [None, "log1p"])
def test_a_count_that_is_constant_without_a_group_has_no_error(transform):
    scores = variables(np.arange(30.0))[0].scores[:, np.newaxis]
    mentions = np.zeros((30, 12))
    mentions[:, :11] = 1.0
    mentions[:, 11] = np.arange(30.0)
    found = replicates(mentions).correlations(scores, transform)
    assert np.flatnonzero(np.isnan(found[:, 0])).tolist() == [11]
    assert np.isnan(prompt_errors(found)).all()


def test_the_errors_add_up_to_that_of_a_two_way_bootstrap():
    # Domains and prompts drawn anew, both at once; the spread of z is
    # compared, not its place, which the drawing of prompts attenuates. 1,500
    # resamples: Monte-Carlo error 1.8 %; the sum of squares leaves out what
    # is of second order.
    signal, mentions = counts()
    generator = np.random.default_rng(5)
    resampled = []
    for _ in range(1500):
        rows = generator.integers(len(signal), size=len(signal))
        groups = generator.integers(GROUPS, size=GROUPS)
        outcome = mentions[rows][:, groups].sum(axis=1)
        resampled.append(spearmanr(signal[rows], outcome).statistic)
    two_way = np.std(np.arctanh(resampled))
    row = one_row(signal, mentions)
    found = np.hypot(row["standard_error"], row["se_prompt"])
    assert found == pytest.approx(two_way, rel=0.10)
    assert row["se_prompt"] > 0.3 * row["standard_error"]


@pytest.mark.parametrize("size", [1e9, 1e12])
def test_one_huge_count_leaves_the_error_of_a_share_exact(size):
    signal, mentions = counts(domain_count=40)
    mentions[0, 0] += size
    shares = [
        mentions.sum(axis=1) - mentions[:, group] for group in range(GROUPS)
    ]
    loop = [pearsonr(np.log1p(signal), share).statistic for share in shares]
    error = jackknife_error(np.arctanh(np.array(loop)))
    row = one_row(signal, mentions, "share_of_voice")
    assert row["method"] == "pearson_log1p"
    assert row["se_prompt"] == pytest.approx(error, rel=1e-9)


def one_row(signal, mentions, outcome="ai_mentions"):
    """Row of Spearman's correlation with mentions, or Pearson's of a share."""
    is_share = outcome == "share_of_voice"
    domains = [f"{at:04d}.com" for at in range(len(signal))]
    rows, groups = np.nonzero(mentions)
    by_group = pd.DataFrame(
        {
            "domain": np.array(domains)[rows],
            "platform": "chatgpt",
            "prompt_group": groups,
            "is_in_all": True,
            "ai_mentions": mentions[rows, groups],
            "unbranded_mentions": mentions[rows, groups],
        }
    )
    features = pd.DataFrame(
        {
            "domain": domains,
            "total_backlinks": signal,
            "ai_mentions_chatgpt": mentions.sum(axis=1),
            "unbranded_mentions_chatgpt": mentions.sum(axis=1),
            "share_of_voice_chatgpt": mentions.sum(axis=1) / mentions.sum(),
        }
    )
    found = correlation_table(
        features,
        pd.DataFrame({"signal": ["total_backlinks"], "transform": ["log1p"]}),
        pd.DataFrame(
            {
                "outcome": [outcome],
                "transform": ["none" if is_share else "log1p"],
            }
        ),
        ["chatgpt"],
        chosen(seed=1, resample_count=10),
        prompt_groups=by_group,
    ).to_pandas()
    method = "pearson_log1p" if is_share else "spearman"
    main = found[found["sensitivity"] == "none"].set_index("method", drop=False)
    return main.loc[method]


def test_the_interval_for_new_prompts_holds_that_for_new_domains():
    row = one_row(*counts())
    assert row["ci_low_new_prompts"] < row["ci_low"]
    assert row["ci_high"] < row["ci_high_new_prompts"]
    error = np.hypot(row["standard_error"], row["se_prompt"])
    reach = student.ppf(0.975, row["degrees_of_freedom"]) * error
    low = np.tanh(np.arctanh(row["estimate"]) - reach)
    assert row["ci_low_new_prompts"] == pytest.approx(low)


def test_an_estimate_without_an_error_has_no_interval_for_new_prompts():
    assert np.isnan(new_prompt_interval(Estimate(9, 0.4), 0.1, 0.95)).all()
    known = Estimate(9, 0.4, 0.1, 7.0)
    assert np.isnan(new_prompt_interval(known, float("nan"), 0.95)).all()
