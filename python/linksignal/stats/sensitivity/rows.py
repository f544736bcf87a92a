"""The sensitivity rows of one block: a main row again, with one thing changed.

They stand beside the rows of the two primary methods and say what becomes of
these. Only `cluster_category` is a test of its own; the others have no p
value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from linksignal.stats.findings import Found
from linksignal.stats.methods import METHODS
from linksignal.stats.sensitivity.categories import cluster_category
from linksignal.stats.sensitivity.changes import (
    positives_only,
    top_1_percent_dropped,
    winsorised_1_percent,
)
from linksignal.stats.sensitivity.leave_one_out import leave_one_out
from linksignal.stats.sensitivity.prompt_halves import prompt_halves
from linksignal.stats.sensitivity.trials import Trial

CLUSTERED = "cluster_category"

SENSITIVITIES: Mapping[str, Callable[[Trial], list[Found]]] = {
    "positives_only": positives_only,
    "top_1_percent_dropped": top_1_percent_dropped,
    "winsorised_1_percent": winsorised_1_percent,
    "leave_one_out": leave_one_out,
    CLUSTERED: cluster_category,
    "prompt_halves": prompt_halves,
}

# Raw Pearson is shown because it was published: what changes it changes the
# logarithms too. The rank methods beside Spearman would repeat its rows.
SENSITIVITY_METHODS = tuple(
    method for method in METHODS if method.name != "pearson"
)
