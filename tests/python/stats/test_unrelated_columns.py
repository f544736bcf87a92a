"""What is hidden changes nothing that does not use it, on a drawn study."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.claims.rules import (
    Coefficient,
    Difference,
    Threshold,
    claim_rules,
)
from linksignal.stats.claims.table import claim_table, part_table
from linksignal.stats.tables.contrasts import contrast_table
from linksignal.stats.tables.correlations import correlation_table
from linksignal.stats.tables.thresholds import threshold_table

from .claim_samples import (
    CLAIM_OUTCOMES,
    CLAIMS,
    OUTCOMES,
    PLATFORM_LOOKUP,
    SIGNALS,
)
from .contrast_samples import draw_frame
from .samples import PLATFORMS, chosen

HIDDEN_PLATFORMS = [name for name in PLATFORMS if name != "all"]
HIDDEN_SIGNALS = SIGNALS["signal"].tolist()
HIDDEN_CLAIMS = CLAIMS["claim_id"].tolist()

# One model has all of these kinds of links, beside authority and breadth.
IN_JOINT_MODEL = {
    "authority_score",
    "total_backlinks",
    "referring_domains",
    "follow_links",
    "nofollow_links",
    "text_links",
    "image_links",
}
# Links counted twice, as text and as image, are told by the total.
COUNTED_TWICE = {"C6": {"total_backlinks"}, "C7": {"total_backlinks"}}

# Columns that name what a row rests on.
ONE_SIDE = ("signal", "platform", "controls")
TWO_SIDES = ("signal_a", "platform_a", "signal_b", "platform_b")

# Adjusted over the rows of a table, or of everything that went in.
OF_THE_TABLE = ["p_adjusted", "p_family_wise", "relation", "input_hash"]


@dataclass(frozen=True)
class Stage:
    """All tables of the statistics stage."""

    correlations: pd.DataFrame
    contrasts: pd.DataFrame
    thresholds: pd.DataFrame
    parts: pd.DataFrame
    claims: pd.DataFrame


def stage_of(features, platforms=PLATFORMS, claims=CLAIMS):
    outcomes = OUTCOMES[OUTCOMES["is_main"]]
    crossed = (features, SIGNALS, outcomes, platforms)
    correlations = correlation_table(
        *crossed, chosen(seed=1, resample_count=20)
    )
    contrasts = contrast_table(*crossed, chosen())
    thresholds = threshold_table(
        features, platforms, chosen(seed=1, draw_count=39)
    )
    tables = [
        found.to_pandas() for found in (correlations, contrasts, thresholds)
    ]
    parts = part_table(
        *tables, features, SIGNALS, OUTCOMES, PLATFORM_LOOKUP, chosen()
    ).to_pandas()
    ledger = claim_table(parts, claims, CLAIM_OUTCOMES, chosen()).to_pandas()
    return Stage(*tables, parts, ledger)


@pytest.fixture(scope="module")
def features():
    return draw_frame(200, seed=4)


@pytest.fixture(scope="module")
def whole(features):
    return stage_of(features)


def without_platform(features, platform):
    gone = [name for name in features if name.endswith(f"_{platform}")]
    assert len(gone) >= 2
    remaining = [name for name in PLATFORMS if name != platform]
    return stage_of(features.drop(columns=gone), remaining)


def without_signal(features, signal):
    return stage_of(features.assign(**{signal: np.nan}))


def uses(row):
    """Signals and platforms that a row of the findings rests on."""
    match row:
        case Coefficient() | Threshold():
            return {row.signal, row.platform}
        case Difference(method="composition"):
            return {row.platform_a, *IN_JOINT_MODEL}
        case Difference():
            return {row.signal_a, row.platform_a, row.signal_b, row.platform_b}


def used_by_claims():
    return {
        rule.claim_id: COUNTED_TWICE.get(rule.claim_id, set()).union(
            *(
                uses(row)
                for part in rule.parts
                for row in (
                    *part.rows,
                    *filter(None, [part.plain, part.premise]),
                )
            )
        )
        for rule in claim_rules(chosen().flat_ratio)
    }


def users(table):
    """What each row of a table rests on, by its columns."""
    names = [
        name
        for name in [
            "signal",
            "platform",
            "controls",
            "signal_a",
            "platform_a",
            "signal_b",
            "platform_b",
        ]
        if name in table
    ]
    used = table[names].fillna("").agg(",".join, axis=1).str.split(",")
    used = used.map(lambda found: {one.strip() for one in found})
    if "signal_a" in table:
        joint = table["method"] == "composition"
        used[joint] = used[joint].map(lambda found: found | IN_JOINT_MODEL)
        # Some deciles are those of the authority score.
        in_deciles = table["domain_set"] != "all"
        used[in_deciles] = used[in_deciles].map(
            lambda found: found | {"authority_score"}
        )
    return used


def assert_same(after, before):
    """Texts and counts exactly, other numbers but for rounding in BLAS."""
    pd.testing.assert_frame_equal(after, before, rtol=1e-9, atol=1e-12)


def assert_rows_stay(after, before, hidden):
    """Rows that do not use what is hidden are there, as they were."""
    kept = [
        one[~users(one).map(lambda found: hidden in found)]
        .drop(columns=OF_THE_TABLE, errors="ignore")
        .reset_index(drop=True)
        for one in (after, before)
    ]
    assert len(kept[1]) > 0
    assert_same(*kept)


def assert_claims_stay(found, whole, kept):
    columns = ["claim_id", "verdict", "sentence", "n", "parts_shown"]
    for after, before in (
        (found.claims[columns], whole.claims[columns]),
        (found.parts, whole.parts),
    ):
        chosen = [
            one[one["claim_id"].isin(kept)]
            .drop(columns="input_hash", errors="ignore")
            .reset_index(drop=True)
            for one in (after, before)
        ]
        assert_same(*chosen)


def assert_nothing_else_moves(found, whole, hidden):
    for name in ("correlations", "contrasts", "thresholds"):
        tables = getattr(found, name), getattr(whole, name)
        assert_rows_stay(*tables, hidden)
    assert any(hidden in used for used in users(whole.correlations))
    used = used_by_claims()
    kept = [claim for claim, names in used.items() if hidden not in names]
    assert_claims_stay(found, whole, kept)
    # What uses it has moved, or nothing was hidden.
    if len(kept) < len(used):
        with pytest.raises(AssertionError):
            assert_claims_stay(found, whole, list(used))


@pytest.mark.parametrize("platform", HIDDEN_PLATFORMS)
def test_a_hidden_platform_moves_nothing_that_does_not_use_it(
    features, whole, platform
):
    found = without_platform(features, platform)
    assert_nothing_else_moves(found, whole, platform)


@pytest.mark.parametrize("signal", HIDDEN_SIGNALS)
def test_a_hidden_signal_moves_nothing_that_does_not_use_it(
    features, whole, signal
):
    found = without_signal(features, signal)
    assert_nothing_else_moves(found, whole, signal)


@pytest.mark.parametrize("claim", HIDDEN_CLAIMS)
def test_a_hidden_claim_moves_no_other_verdict(whole, claim):
    others = CLAIMS[CLAIMS["claim_id"] != claim]
    found = claim_table(
        whole.parts, others, CLAIM_OUTCOMES, chosen()
    ).to_pandas()
    expected = whole.claims[whole.claims["claim_id"] != claim]
    # Holm over all claims is over those that there are.
    gone = ["holds_after_holm"]
    pd.testing.assert_frame_equal(
        found.drop(columns=gone).reset_index(drop=True),
        expected.drop(columns=gone).reset_index(drop=True),
        check_exact=True,
    )


def test_the_drawn_study_has_verdicts_to_move(whole):
    """Were all undecided, they would stay whatever they depend on."""
    assert whole.claims["verdict"].nunique() >= 3
    assert (whole.parts["state"] == "shown").sum() >= 5
