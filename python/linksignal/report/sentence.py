"""Sentences whose numbers say where they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Number:
    """A number in a sentence, and where it stands.

    Attributes
    ----------
    text : str
        As written.
    value : float or int or str
        As in the table.
    source : str
        Table and column, and what picks the row.
    """

    text: str
    value: Any
    source: str


Sentence = list[str | Number]


def bracketed(
    row: dict[str, Any], write: Callable[[float], str], key: str
) -> Sentence:
    """Write the interval of a row in brackets, or nothing without one.

    Parameters
    ----------
    row : dict
        With ``ci_low`` and ``ci_high``.
    write : callable
        Writes an end.
    key : str
        Table, and what picks the row.

    Returns
    -------
    list
        Part of a sentence.
    """
    if row["ci_low"] is None or row["ci_high"] is None:
        return []
    low, high = (
        Number(write(row[end]), row[end], f"{key}: {end}")
        for end in ("ci_low", "ci_high")
    )
    return [" [", low, ", ", high, "]"]
