"""A field: how one raw column is filled from a vendor's columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

ELEMENT = "[]"
EVERY_ROW = "*"
DEEP = ".."


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one raw column is filled.

    Attributes
    ----------
    table, column : str
        Raw table and column; the table is empty for what every row has.
    part : str
        List whose elements fill the column, empty for the record itself,
        `EVERY_ROW` for both.
    sources : tuple of str
        Vendor columns, the first that has a value counts. ``list[]`` is an
        element of a list, ``list[].key`` a value in it, ``list[]#`` its
        place from 1.
    rule : str
        Parse rule, a key of `linksignal.load.rules.RULES`.
    optional : bool
        The header may lack the vendor column; the value is then unknown.
    missing : str or None
        What a record without a value gets: ``reject``, or the reason code
        under which it is skipped; None lands NULL.
    default, value : str or None
        Used where the record has no value; used for every record.
    within : str or None
        The default holds only where this vendor column has a value.
    title : str or None
        Vendor column that names the domain where the address is one of a
        redirector that titles its pages so.
    settings : mapping
        What else the rule wants (bounds, choices, grain, ...).
    """

    table: str
    column: str
    part: str = ""
    sources: tuple[str, ...] = ()
    rule: str = "text"
    optional: bool = False
    missing: str | None = None
    default: str | None = None
    value: str | None = None
    within: str | None = None
    title: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def read(self) -> tuple[str, ...]:
        """Vendor columns of the part that the field reads."""
        return (*self.sources, self.title) if self.title else self.sources

    @property
    def key(self) -> str:
        """Name of the typed column."""
        return f"{self.table}.{self.column}" if self.table else self.column


@dataclass(frozen=True, kw_only=True)
class ListColumn:
    """A vendor column that holds a list, each element a row of its own.

    Attributes
    ----------
    name : str
        The column; ``key..list`` is every list of that name, however deep,
        within the value of a key of a JSON object.
    split : str
        Separator of the elements where the list is no JSON array.
    optional : bool
        The header may lack the column.
    """

    name: str
    split: str
    optional: bool


def fields_of(
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]], part: str
) -> Iterator[Field]:
    """Read the fields of a part of a format file."""
    for table, columns in tables.items():
        for column, entry in columns.items():
            yield _field(table, column, part, dict(entry))


def _field(table: str, column: str, part: str, text: dict[str, Any]) -> Field:
    sources = text.pop("from", [])
    sources = [sources] if isinstance(sources, str) else sources
    title = text.pop("title", None)
    return Field(
        table=table,
        column=column,
        part=part,
        sources=tuple(_full_name(name, part) for name in sources),
        rule=text.pop("parse", "text"),
        optional=text.pop("optional", False),
        missing=text.pop("missing", None),
        default=text.pop("default", None),
        value=text.pop("value", None),
        within=text.pop("within", None),
        title=_full_name(title, part) if title else None,
        settings=text,
    )


def _full_name(name: str, part: str) -> str:
    """Return ``.key``, ``.`` and ``#`` with the name of their list."""
    if part in ("", EVERY_ROW) or name[:1] not in (".", "#"):
        return name
    return f"{part}{ELEMENT}{'' if name == '.' else name}"


def list_of(name: str) -> str | None:
    """Return the list that a vendor column is an element of, if any."""
    return name.partition(ELEMENT)[0] if ELEMENT in name else None
