"""The published figures of the claims follow from the published ones."""

from __future__ import annotations

import pandas as pd
import pytest

from .claim_samples import CLAIMS
from .contrast_samples import LOOKUPS

PUBLISHED = pd.read_csv(LOOKUPS / "published_coefficients.csv")


def coefficient(signal, method="spearman"):
    wanted = PUBLISHED[
        (PUBLISHED["signal"] == signal)
        & (PUBLISHED["method"] == method)
        & (PUBLISHED["outcome"] == "ai_mentions")
    ]
    return wanted["published"].item()


def test_figures_of_claims_are_differences_of_published_coefficients():
    expected = {
        "C4": coefficient("nofollow_links") - coefficient("follow_links"),
        "C6": coefficient("image_links") - coefficient("text_links"),
        "C8": coefficient("authority_score")
        - coefficient("authority_score", "pearson"),
    }
    found = CLAIMS.set_index("claim_id")["published"].dropna()
    assert found.to_dict() == pytest.approx(expected, abs=1e-12)
