"""A format: one declarative file that says what a vendor's columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from linksignal.errors import LinksignalError
from linksignal.load.rules import RULES
from linksignal.raw import raw_schemas

FORMATS_DIR = Path(__file__).parent / "formats"
CONTAINERS = ("csv", "jsonl", "parquet")
REJECT = "reject"


@dataclass(frozen=True, kw_only=True)
class Field:
    """How one raw column is filled.

    Attributes
    ----------
    table, column : str
        Raw table and column; the table is empty for what every row has.
    sources : tuple of str
        Vendor columns, the first that has a value counts.
    rule : str
        Parse rule, a key of `linksignal.load.rules.RULES`.
    optional : bool
        The header may lack the vendor column; the value is then unknown.
    missing : str or None
        What a record without a value gets: ``reject``, or the reason code
        under which it is skipped; None lands NULL.
    default, value : str or None
        Used where the record has no value; used for every record.
    settings : mapping
        What else the rule wants (bounds, choices, grain, ...).
    """

    table: str
    column: str
    sources: tuple[str, ...] = ()
    rule: str = "text"
    optional: bool = False
    missing: str | None = None
    default: str | None = None
    value: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Name of the typed column, unique within the format."""
        return f"{self.table}.{self.column}" if self.table else self.column


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format file.

    Attributes
    ----------
    name : str
        Name of the file without its extension.
    source : str
        Tool that writes the format.
    containers, delimiters : tuple of str
        What the file may be; separators that its CSV may have.
    null_tokens : tuple of str
        Texts that mean unknown, beside the empty one.
    fields : tuple of Field
        In the order in which a record is judged.
    only_with : mapping of str to str
        Table to the column without which a record has no row there.
    ignored, counted : tuple of str
        Known vendor columns that are not used; those whose values are
        counted and reported.
    is_exact : bool
        Recognised only when the header holds no unknown column.
    """

    name: str
    source: str
    containers: tuple[str, ...]
    delimiters: tuple[str, ...]
    null_tokens: tuple[str, ...]
    fields: tuple[Field, ...]
    only_with: Mapping[str, str]
    ignored: tuple[str, ...]
    counted: tuple[str, ...]
    is_exact: bool

    @property
    def tables(self) -> tuple[str, ...]:
        """Raw tables the format feeds."""
        return tuple(dict.fromkeys(f.table for f in self.fields if f.table))

    def fields_of(self, table: str) -> dict[str, Field]:
        """Fields of one table's rows by column, common ones included."""
        return {f.column: f for f in self.fields if f.table in ("", table)}

    def known(self) -> frozenset[str]:
        """Vendor columns the format knows, folded for comparison."""
        names = [s for f in self.fields for s in f.sources]
        return frozenset(map(folded, [*names, *self.ignored, *self.counted]))

    def missing_from(self, header: frozenset[str]) -> list[str]:
        """Vendor columns the format needs and a folded header lacks."""
        return [
            " or ".join(f.sources)
            for f in self.fields
            if f.sources
            and not f.optional
            and header.isdisjoint(map(folded, f.sources))
        ]


def folded(name: str) -> str:
    """Return a column name as it is compared: trimmed, in lower case."""
    return name.strip().casefold()


@cache
def read_formats(folder: Path = FORMATS_DIR) -> dict[str, Format]:
    """Read every format file of a folder.

    Returns
    -------
    dict of str to Format
        Keyed and ordered by name.

    Raises
    ------
    LinksignalError
        Exit code 2 when a file says something that has no meaning.
    """
    return {
        path.stem: read_format(path) for path in sorted(folder.glob("*.yml"))
    }


def read_format(path: Path) -> Format:
    """Read and check one format file."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    entry = dict(content)
    entry.pop("description", None)
    tables: dict[str, dict[str, Any]] = entry.pop("tables", {})
    every_row: dict[str, Any] = entry.pop("every_row", {})
    try:
        fields = [
            _field(table, column, dict(text))
            for table, columns in [*tables.items(), ("", every_row)]
            for column, text in columns.items()
        ]
        result = Format(
            name=path.stem,
            source=entry.pop("source"),
            containers=tuple(entry.pop("containers", ["csv"])),
            delimiters=tuple(entry.pop("delimiters", [","])),
            null_tokens=tuple(entry.pop("null_tokens", [])),
            fields=tuple(fields),
            only_with=entry.pop("only_with", {}),
            ignored=tuple(entry.pop("ignored", [])),
            counted=tuple(entry.pop("counted", [])),
            is_exact=entry.pop("is_exact", False),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise LinksignalError(f"format {path.name}: {error}") from error
    for problem in [
        *(f"unknown key {key}" for key in entry),
        *_problems(result),
    ]:
        raise LinksignalError(f"format {path.name}: {problem}")
    return result


def _field(table: str, column: str, text: dict[str, Any]) -> Field:
    sources = text.pop("from", [])
    return Field(
        table=table,
        column=column,
        sources=(sources,) if isinstance(sources, str) else tuple(sources),
        rule=text.pop("parse", "text"),
        optional=text.pop("optional", False),
        missing=text.pop("missing", None),
        default=text.pop("default", None),
        value=text.pop("value", None),
        settings=text,
    )


def _problems(entry: Format) -> Iterator[str]:
    schemas = raw_schemas()
    for unknown in set(entry.containers) - set(CONTAINERS):
        yield f"there is no container {unknown}"
    for used in entry.fields:
        if used.table and used.table not in schemas:
            yield f"there is no raw table {used.table}"
        elif used.column not in schemas[used.table or "backlinks"].names:
            yield f"{used.key} is no column of the raw contract"
        elif used.rule not in RULES:
            yield f"{used.key} has no parse rule {used.rule}"
        elif extra := set(used.settings) - RULES[used.rule].settings:
            yield f"{used.key}: {used.rule} takes no {', '.join(extra)}"
        elif not used.sources and used.value is None and not used.optional:
            yield f"{used.key} has neither a from nor a value"
    for table, column in entry.only_with.items():
        if column not in entry.fields_of(table):
            yield f"only_with: {table} has no column {column}"
