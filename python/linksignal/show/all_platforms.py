"""What all platforms together are, for the terminal and the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from linksignal.lookups import lookup_rows
from linksignal.words import listed

COVERAGE = """
select platform, is_study_platform, outcome_source, is_in_all
from findings.platform_coverage
"""


def all_platforms_sentence(coverage: Iterable[Mapping[str, Any]]) -> str | None:
    """Say which platforms ``all`` adds up, and which are shown apart.

    Parameters
    ----------
    coverage : iterable of mapping
        Rows of ``findings.platform_coverage``: ``platform``,
        ``is_study_platform``, ``outcome_source`` and ``is_in_all``.

    Returns
    -------
    str or None
        None where no platform has outcomes.
    """
    known = [row for row in coverage if row["outcome_source"] is not None]
    summed = [row for row in known if row["is_in_all"]]
    apart = [row for row in known if not row["is_in_all"]]
    if not summed:
        return None
    said = f"All platforms together: {_named(summed)}"
    if not any(row["is_study_platform"] for row in summed):
        said += ", which the study did not look at"
    if not apart:
        return f"{said}."
    return (
        f"{said}. Apart from them: {_named(apart)}. Answers are not added to "
        "a tool's totals, nor other platforms to the study's own."
    )


def _named(rows: list[Mapping[str, Any]]) -> str:
    names = {row["platform"]: row["label"] for row in lookup_rows("platforms")}
    order = {name: at for at, name in enumerate(names)}
    platforms = sorted(
        (row["platform"] for row in rows),
        key=lambda name: (order.get(name, len(order)), name),
    )
    return listed(names.get(name, name) for name in platforms)
