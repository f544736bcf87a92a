from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from linksignal.errors import LinksignalError
from linksignal.stats.blocks import Pair, split_into_blocks
from linksignal.stats.frames import (
    platforms_with_outcomes,
    read_study,
    with_outcomes,
)
from linksignal.stats.registry import read_registry
from linksignal.stats.scores import transformed

from .samples import OUTCOMES, PLATFORMS, SIGNALS


def frame(**columns):
    return pd.DataFrame({"domain": ["b.com", "a.com", "c.com"]} | columns)


VISIBILITY = pd.DataFrame(
    [
        ("a.com", "claude", "answers", 3, 0.75),
        ("b.com", "claude", "answers", 1, 0.25),
        ("a.com", "chatgpt", None, None, None),
        ("b.com", "chatgpt", None, None, None),
        ("a.com", "all", "answers", 3, 0.75),
        ("b.com", "all", "answers", 1, 0.25),
    ],
    columns=["domain", "platform", "outcome_source", "mentions", "share"],
)


def test_outcomes_stand_beside_the_features_by_platform():
    found = with_outcomes(frame(x=[1, 2, 3]), VISIBILITY)
    assert list(found["domain"]) == ["b.com", "a.com", "c.com"]
    assert list(found.columns) == [
        "domain",
        "x",
        *(f"mentions_{name}" for name in ("all", "chatgpt", "claude")),
        *(f"share_{name}" for name in ("all", "chatgpt", "claude")),
    ]
    study = read_study(found, found.columns.drop("domain"))
    np.testing.assert_array_equal(
        study.columns["mentions_claude"], [3, 1, np.nan]
    )
    np.testing.assert_array_equal(study.columns["mentions_chatgpt"], np.nan)
    np.testing.assert_array_equal(
        study.columns["share_all"], [0.75, 0.25, np.nan]
    )


def test_a_study_without_domains_has_no_outcomes():
    found = with_outcomes(frame(x=[1, 2, 3]).head(0), VISIBILITY.head(0))
    assert found.empty


def test_two_rows_of_one_domain_and_platform_are_an_error():
    twice = pd.concat([VISIBILITY, VISIBILITY.tail(1)])
    with pytest.raises(LinksignalError, match="more than one row"):
        with_outcomes(frame(), twice)


def test_platforms_with_outcomes_stand_in_the_order_of_the_lookup():
    lookup = pd.DataFrame({"platform": ["perplexity", "chatgpt", "claude"]})
    known = pd.DataFrame(
        [("claude", "totals"), ("perplexity", "answers"), ("chatgpt", None)],
        columns=["platform", "outcome_source"],
    )
    found = platforms_with_outcomes(known, lookup)
    assert found == ["perplexity", "claude", "all"]
    assert platforms_with_outcomes(known.head(0), lookup) == ["all"]


def test_rows_are_sorted_by_domain_and_missing_values_are_nan():
    study = read_study(frame(x=[2, None, 3], y=[1.5, 2.5, np.inf]), ["x", "y"])
    assert study.domains == ("a.com", "b.com", "c.com")
    np.testing.assert_array_equal(study.columns["x"], [np.nan, 2, 3])
    np.testing.assert_array_equal(study.columns["y"], [2.5, 1.5, np.inf])


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object", "Float64"])
def test_every_kind_of_column_reads_the_same(dtype):
    values = pd.Series([2, None, 3]).astype(dtype)
    study = read_study(frame(x=values), ["x"])
    np.testing.assert_array_equal(study.columns["x"], [np.nan, 2, 3])


def test_the_hash_follows_the_content_and_not_the_order():
    features = frame(x=[2.0, np.nan, 0.0], y=[1.0, 2.0, 3.0], z=[0, 0, 0])
    known = read_study(features, ["x", "y"]).input_hash
    assert len(known) == 64
    same = (
        features.iloc[::-1],
        features[["y", "domain", "x"]],
        features.assign(z=9),
        features.assign(x=[2.0, None, -0.0]),
    )
    for other in same:
        assert read_study(other, ["y", "x"]).input_hash == known
    different = (
        features.assign(x=[2.0, np.nan, 1.0]),
        features.assign(x=[2.0, 0.0, 0.0]),
        features.rename(columns={"x": "y", "y": "x"}),
        features.assign(domain=["b.com", "a.com", "d.com"]),
        features.iloc[:2],
    )
    for other in different:
        assert read_study(other, ["x", "y"]).input_hash != known
    assert read_study(features, ["x"]).input_hash != known


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        (frame(), "lacks the columns x"),
        (frame(x=["1", "two", "3"]), "column x .* is not of numbers"),
        (frame(x=1).assign(domain=["a", "b", "a"]), "more than one row"),
        (frame(x=1).assign(domain=["a", "b", None]), "without a domain"),
    ],
)
def test_a_frame_that_cannot_be_read_says_why(features, reason):
    with pytest.raises(LinksignalError, match=reason):
        read_study(features, ["x"])


def test_pairs_with_the_same_domains_share_a_block():
    features = frame(
        x=[1, 2, 3], y=[4, 5, 6], z=[7, None, 8], w=[None, None, None]
    )
    study = read_study(features, "xyzw")
    pairs = [Pair("x", "y"), Pair("x", "z"), Pair("y", "z"), Pair("x", "w")]
    blocks = split_into_blocks(study, pairs)
    assert [block.pairs for block in blocks] == [
        (Pair("x", "y"),),
        (Pair("x", "z"), Pair("y", "z")),
        (Pair("x", "w"),),
    ]
    assert [block.domains for block in blocks] == [
        ("a.com", "b.com", "c.com"),
        ("b.com", "c.com"),
        (),
    ]
    np.testing.assert_array_equal(blocks[1].columns["x"], [1, 3])


def test_random_numbers_depend_on_seed_purpose_and_domains_alone():
    study = read_study(frame(x=1, y=2, z=[1, None, 1]), "xyz")
    one, two = split_into_blocks(study, [Pair("x", "y"), Pair("x", "z")])
    draws = {
        (name, seed, purpose): block.generator(seed, purpose).random()
        for name, block in (("one", one), ("two", two))
        for seed in (1, 2)
        for purpose in ("bootstrap", "permutation")
    }
    assert len(set(draws.values())) == len(draws)
    (again,) = split_into_blocks(study, [Pair("y", "x")])
    assert (
        again.generator(1, "bootstrap").random() == draws["one", 1, "bootstrap"]
    )


def test_the_registry_crosses_signals_outcomes_and_platforms():
    registry = read_registry(SIGNALS, OUTCOMES, PLATFORMS)
    assert len(registry.cells) == 3 * 2 * 6
    assert registry.transforms["image_links"] == "log1p"
    assert registry.transforms["authority_score"] == "none"
    assert registry.transforms["ai_mentions_all"] == "log1p"
    assert registry.transforms["share_of_voice_gemini"] == "none"


def test_an_unknown_transform_is_refused():
    with pytest.raises(LinksignalError, match="the transform 'sqrt'"):
        read_registry(
            SIGNALS.assign(transform=["log1p", "sqrt", "none"]),
            OUTCOMES,
            PLATFORMS,
        )


def test_log1p_leaves_values_at_minus_one_and_below_not_finite():
    found = transformed(np.array([-2.0, -1.0, 0.0, np.e - 1]), "log1p")
    np.testing.assert_allclose(found, [np.nan, -np.inf, 0, 1])


def test_domains_of_one_owner_share_a_cluster_and_others_stand_alone():
    features = frame(x=1, cluster=["us", None, "us"])
    study = read_study(features, ["x"])
    # Sorted: a.com, b.com, c.com.
    owners = dict(zip(features["domain"], features["cluster"], strict=True))
    clusters = dict(zip(study.domains, study.clusters, strict=True))
    together = [name for name, owner in owners.items() if owner == "us"]
    alone = next(name for name, owner in owners.items() if owner != "us")
    assert clusters[together[0]] == clusters[together[1]] != clusters[alone]
    assert sorted(set(clusters.values())) == [0, 1]


@pytest.mark.parametrize("cluster", [[None] * 3, ["a", "b", "c"]])
def test_clusters_of_one_domain_each_are_none(cluster):
    with_column = read_study(frame(x=1, cluster=cluster), ["x"])
    assert with_column.clusters is None
    without = read_study(frame(x=1), ["x"])
    assert with_column.input_hash == without.input_hash


def test_the_hash_is_of_domains_columns_and_values_with_their_lengths():
    values = np.array([1.0, np.nan])
    for domains in (["a.com", "b.com"], ["a.com", "z\u00fc.com"]):
        features = pd.DataFrame({"domain": domains, "x": values})
        texts = [text.encode() for text in (*domains, "x")]
        told = b"".join(b"%d:" % len(text) + text for text in texts)
        expected = hashlib.sha256(told + values.tobytes()).hexdigest()
        assert read_study(features, ["x"]).input_hash == expected


def test_clusters_change_the_hash_and_their_names_do_not():
    named = [["us", "us", None], ["them", "them", None], ["us", None, "us"]]
    hashes = [
        read_study(frame(x=1, cluster=names), ["x"]).input_hash
        for names in named
    ]
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[0] != read_study(frame(x=1), ["x"]).input_hash


def test_blocks_number_the_clusters_of_their_own_domains():
    features = frame(
        x=[1, 2, 3], y=[1, 2, 3], z=[1, None, 3], cluster=["u", "v", "u"]
    )
    study = read_study(features, "xyz")
    pairs = [Pair("x", "y"), Pair("x", "z")]
    whole, part = split_into_blocks(study, pairs)
    together = [
        number
        for name, number in zip(whole.domains, whole.clusters, strict=True)
        if name in set(features["domain"].iloc[[0, 2]])
    ]
    assert len(set(whole.clusters)) == 2
    assert len(set(together)) == 1
    np.testing.assert_array_equal(part.clusters, [0, 0])
    alone = frame(x=[1, 2, 3], z=[None, 3, None], cluster=["u", "u", "u"])
    (one,) = split_into_blocks(read_study(alone, "xz"), [Pair("x", "z")])
    assert one.clusters is None
