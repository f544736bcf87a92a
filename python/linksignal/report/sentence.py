"""Sentences whose numbers say where they stand."""

from __future__ import annotations

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


def plain(sentences: list[Sentence]) -> str:
    """Write sentences as text."""
    return " ".join(
        "".join(
            part.text if isinstance(part, Number) else part for part in sentence
        )
        for sentence in sentences
    )
