"""The small hand-kept tables of ``seeds/lookups/``, as Python reads them."""

from __future__ import annotations

import csv
from functools import cache

from linksignal.errors import LinksignalError
from linksignal.project import PROJECT_DIR
from linksignal.text import shown


@cache
def lookup_rows(name: str) -> tuple[dict[str, str], ...]:
    """Read a lookup.

    Parameters
    ----------
    name : str
        Of the file, without its ending: ``platforms``, ``signals``, ...

    Returns
    -------
    tuple of dict
        Rows as text by column, in the order of ``sort_order`` where there is
        one, else of the file.

    Raises
    ------
    LinksignalError
        A line has another number of values than the header, or no place.
    """
    path = PROJECT_DIR / "seeds" / "lookups" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        header, *lines = csv.reader(file)
    rows = []
    for line in filter(None, lines):
        row = dict(zip(header, line, strict=False))
        if len(line) != len(header):
            raise LinksignalError(
                f"{path}: the line of {shown(line[0])} has {len(line)} values "
                f"and the header {len(header)}; put a text with commas in "
                "quotes, and a comma for each value that is left out"
            )
        if not row.get("sort_order", "0").isdecimal():
            raise LinksignalError(
                f"{path}: the line of {shown(line[0])} has the sort_order "
                f"{shown(row['sort_order'])}; give it a whole number"
            )
        rows.append(row)
    return tuple(sorted(rows, key=lambda row: int(row.get("sort_order", 0))))


# Columns of verdicts and states, by their keys or their labels.
TONED_COLUMNS = ("verdict", "verdict_label", "previous_verdict", "state")


@cache
def outcome_tones() -> dict[str, str]:
    """Tell which way each verdict and state of a claim speaks.

    Returns
    -------
    dict of str to str
        ``for``, ``against``, ``both`` or ``neither``, by key and by label.
    """
    return {
        row[name]: row["tone"]
        for row in lookup_rows("claim_outcomes")
        if row["tone"]
        for name in ("outcome", "label")
    }
