"""What the kink test found, in words."""

from __future__ import annotations

from typing import Any

from linksignal.report.wording import count, interval, labels, with_minus
from linksignal.words import p_text


def is_kink_shown(row: dict[str, Any], alpha: float) -> bool:
    """Tell whether a kink is shown.

    Parameters
    ----------
    row : dict
        Row of quantity ``kink``.
    alpha : float
        Level of the test, over all platforms.

    Returns
    -------
    bool
        A knot stands in the row as soon as its own p rejects.
    """
    p_adjusted = row["p_adjusted"]
    return (
        row["knot"] is not None
        and p_adjusted is not None
        and p_adjusted < alpha
    )


def threshold_sentence(row: dict[str, Any], alpha: float) -> str:
    """Say what the kink test found on one platform.

    Parameters
    ----------
    row : dict
        Row of quantity ``kink``.
    alpha : float
        Level of the test.

    Returns
    -------
    str
        One sentence.
    """
    name = labels().platform(row["platform"])
    if row["p_adjusted"] is None:
        reason = row["reason"] or row["status"].replace("_", " ")
        told = with_minus(reason.rstrip("."))
        return f"{name}: no test of a kink. {told}."
    p_adjusted = p_text(row["p_adjusted"], "adjusted p")
    if not is_kink_shown(row, alpha):
        return f"{name}: no kink shown against a smooth curve ({p_adjusted})."
    span = interval(row["knot_low"], row["knot_high"], count)
    return (
        f"{name}: the curve of mentions bends upward, a kink at score "
        f"{count(row['knot'])}{span} ({p_adjusted})."
    )
