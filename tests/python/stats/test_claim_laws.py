"""The ledger of studies drawn from laws whose truth is planted."""

from __future__ import annotations

import numpy as np
import pytest
from linksignal.simulate.draws import draw_features
from linksignal.simulate.laws import planted
from linksignal.stats.claims.ledger import ledger_of

ROW_COUNT = 1500


@pytest.mark.parametrize(
    ("kind", "supported", "contradicted"),
    [
        ("threshold", {"C1", "C4"}, {"C8"}),
        ("smooth", {"C2", "C4"}, {"C1", "C8"}),
        ("nofollow_equals_follow", {"C4"}, {"C1", "C2"}),
        ("platform_order", {"C3", "C5", "C7"}, {"C1"}),
    ],
)
def test_what_is_planted_is_found(kind, supported, contradicted):
    generator = np.random.default_rng(2)
    features = draw_features(planted(kind), ROW_COUNT, generator)
    found = ledger_of(features, seed=1, draw_count=199)
    verdicts = found.set_index("claim_id")["verdict"]
    assert supported <= set(verdicts.index[verdicts == "supported"])
    assert contradicted <= set(verdicts.index[verdicts == "contradicted"])
    # Authority leads a little in most laws, nofollow links trail a little;
    # nothing else was planted, and nothing else must be supported.
    others = set(verdicts.index[verdicts == "supported"]) - supported
    assert others <= {"C2", "C4"}
