from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import pearsonr, spearmanr

from . import bootstrap
from .bootstrap import (
    resample_counts,
    resample_pearson,
    resample_spearman,
)
from .samples import column, draw_pair

RESAMPLES = 60


def expanded(row_count, seed):
    """The rows that each resample of the same seed drew."""
    counts = resample_counts(np.random.default_rng(seed), row_count, RESAMPLES)
    for chunk in counts:
        for drawn in chunk.astype(int):
            yield np.repeat(np.arange(row_count), drawn)


def two_by_two(row_count, latent):
    generator = np.random.default_rng(11)
    first = draw_pair(generator, row_count, latent)
    second = draw_pair(generator, row_count, latent)
    return np.column_stack([first[0], second[0]]), np.column_stack(
        [first[1], second[1]]
    )


@pytest.mark.parametrize("latent", [0.0, 0.6, 0.99])
@pytest.mark.parametrize(
    ("resample", "oracle"),
    [(resample_spearman, spearmanr), (resample_pearson, pearsonr)],
)
def test_resamples_agree_with_scipy_on_the_expanded_rows(
    resample, oracle, latent
):
    signals, outcomes = two_by_two(150, latent)
    found = resample(signals, outcomes, np.random.default_rng(3), RESAMPLES)
    assert found.shape == (RESAMPLES, 2, 2)
    for correlations, rows in zip(found, expanded(150, 3), strict=True):
        expected = [
            [oracle(s[rows], o[rows]).statistic for o in outcomes.T]
            for s in signals.T
        ]
        assert correlations == pytest.approx(np.array(expected), abs=1e-9)


def test_spearman_resamples_agree_with_scipy_where_the_correlation_is_high():
    signal, outcome = draw_pair(np.random.default_rng(4), 500, 0.999)
    outcome = outcome + signal
    assert spearmanr(signal, outcome).statistic >= 0.9
    found = resample_spearman(
        column(signal), column(outcome), np.random.default_rng(3), RESAMPLES
    )
    expected = [
        spearmanr(signal[rows], outcome[rows]).statistic
        for rows in expanded(500, 3)
    ]
    assert found.ravel() == pytest.approx(np.array(expected), abs=1e-9)


def test_pearson_resamples_without_a_huge_value_keep_the_digits_of_the_rest():
    signal, outcome = draw_pair(np.random.default_rng(5), 80, 0.7)
    signal[3] = 1e13
    found = resample_pearson(
        column(signal), column(outcome), np.random.default_rng(3), RESAMPLES
    )
    expected = [
        pearsonr(signal[rows], outcome[rows]).statistic
        for rows in expanded(80, 3)
    ]
    assert found.ravel() == pytest.approx(np.array(expected), abs=1e-9)


@pytest.mark.parametrize("resample", [resample_spearman, resample_pearson])
def test_a_constant_resample_has_no_correlation(resample):
    signal = np.append(np.full(11, 0.7), 5.3)
    found = resample(
        column(signal),
        column(np.arange(12.0)),
        np.random.default_rng(3),
        RESAMPLES,
    ).ravel()
    is_constant = [not (rows == 11).any() for rows in expanded(12, 3)]
    assert 10 < sum(is_constant) < 40
    assert np.isnan(found).tolist() == is_constant


def test_every_resample_draws_as_many_rows_as_the_sample():
    counts = np.concatenate(
        list(resample_counts(np.random.default_rng(1), 50, 2000))
    )
    assert counts.shape == (2000, 50)
    assert (counts.sum(axis=1) == 50).all()
    # A row is drawn Bin(50, 1/50) times: mean 1, variance .98; the bounds
    # are five Monte-Carlo errors of 100,000 (dependent) draws.
    assert counts.mean() == 1
    assert counts.var() == pytest.approx(0.98, abs=5 * 1.6 / np.sqrt(1e5))


def test_the_size_of_the_chunks_changes_no_resample(monkeypatch):
    pair = [column(v) for v in draw_pair(np.random.default_rng(4), 40, 0.5)]
    whole = resample_pearson(*pair, np.random.default_rng(2), 100)
    monkeypatch.setattr(bootstrap, "CHUNK_CELLS", 40 * 7)
    parts = resample_pearson(*pair, np.random.default_rng(2), 100)
    assert parts == pytest.approx(whole, abs=1e-12)
