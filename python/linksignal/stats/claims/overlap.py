"""Whether a tool counts image links as text links too."""

from __future__ import annotations

import numpy as np
import pandas as pd

from linksignal.stats.arrays import Floats
from linksignal.words import listed

UNNAMED = "a tool without a name"


def overlap_reason(features: pd.DataFrame, tolerance: float) -> str | None:
    """Say whether a tool counts image links as text links too.

    Parameters
    ----------
    features : DataFrame
        Columns ``link_grain``, ``link_source``, ``total_backlinks``,
        ``text_links`` and ``image_links``; without the first, the counts are
        of links one by one. A ``link_source`` may be missing.
    tolerance : float
        Relative excess from which totals do not add up, 0 or more.

    Returns
    -------
    str or None
        One sentence where, in a tool's totals of a domain, text and image
        links together exceed all links by more than the tolerance. Domains
        are counted among those of such tools.
    """
    if "link_grain" not in features:
        return None
    totals = features[features["link_grain"] == "profile"]
    counts: list[Floats] = [
        totals[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("text_links", "image_links", "total_backlinks")
    ]
    together = counts[0] + counts[1]
    is_over = together - counts[2] > tolerance * together
    if not is_over.any():
        return None
    tools = totals["link_source"].astype(object)
    tools = tools.where(tools.notna(), UNNAMED)
    named = sorted(set(tools[is_over]))
    count = int(tools.isin(named).sum())
    return (
        "Image links are also counted as text: in the totals of "
        f"{listed(named)}, text and image links together exceed all links "
        f"of {np.count_nonzero(is_over):,} of {count:,} domains."
    )
