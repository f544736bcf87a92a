"""A format: one declarative file that says what a vendor's columns mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from linksignal.contract import raw_schemas
from linksignal.errors import LinksignalError
from linksignal.load.completeness import Declared
from linksignal.load.field import (
    EVERY_ROW,
    Field,
    ListColumn,
    fields_of,
    list_of,
)
from linksignal.load.json_items import Place, wrappings
from linksignal.load.rules import RULES, WITH_SEARCH
from linksignal.load.utf16 import UTF8, UTF16

FORMATS_DIR = Path(__file__).parent / "formats"
CONTAINERS = ("csv", "json", "jsonl", "parquet")
ENCODINGS = (UTF8, UTF16)
# A spreadsheet separates as its country does when it saves a file again.
DELIMITERS = (",", ";", "\t")
REJECT = "reject"
# The C library reads the same some ten times as fast, where it is.
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TUPLES = (
    "null_tokens",
    "ignored",
    "items",
    "outer",
    "requires",
    "excludes",
)


@dataclass(frozen=True, kw_only=True)
class Format:
    """One format file.

    Attributes
    ----------
    name : str
        Name of the file without its extension.
    source : str
        Tool that writes the format.
    description, how : str
        What a record is; how to get the export from the tool.
    containers, encodings, delimiters : tuple of str
        What the file may be; how its text may be written; separators that
        its CSV may have, the tool's own first.
    null_tokens : tuple of str
        Texts that mean unknown, beside the empty one.
    items, outer : tuple of str
        Paths at which the records of a JSON document stand when it is kept
        as it came (`linksignal.load.json_items.wrappings` tells where else
        they may); keys of the objects around a record that go with it, as
        ``outer.<key>``.
    requires : tuple of str
        Columns of which the header must have one, whether read or not.
    excludes : tuple of str
        Columns of which the header must have none.
    only : mapping of str to tuple of str
        Values of a column without which a record is skipped.
    skip_empty : mapping of str to tuple of str
        Reason code to the columns without any of which a record is skipped.
    fields : tuple of Field
        In the order in which a record is judged.
    lists : tuple of ListColumn
        Columns whose elements are rows.
    only_with : mapping of str to str
        Table to the column without which a record has no row there.
    same_but_for : mapping of str to str
        Table to the column that tells no two rows apart: of those that are
        else the same one lands.
    ignored : tuple of str
        Known vendor columns that are not used.
    completeness : Declared or None
        How to tell whether the file holds all links of its domain.
    is_exact : bool
        Recognised only when the header holds no unknown column.
    """

    name: str
    source: str
    description: str
    how: str
    containers: tuple[str, ...]
    encodings: tuple[str, ...]
    delimiters: tuple[str, ...]
    null_tokens: tuple[str, ...]
    items: tuple[str, ...]
    outer: tuple[str, ...]
    requires: tuple[str, ...]
    excludes: tuple[str, ...]
    only: Mapping[str, tuple[str, ...]]
    skip_empty: Mapping[str, tuple[str, ...]]
    fields: tuple[Field, ...]
    lists: tuple[ListColumn, ...]
    only_with: Mapping[str, str]
    same_but_for: Mapping[str, str]
    ignored: tuple[str, ...]
    completeness: Declared | None
    is_exact: bool

    @property
    def tables(self) -> tuple[str, ...]:
        """Raw tables the format feeds."""
        return tuple(dict.fromkeys(f.table for f in self.fields if f.table))

    @property
    def own_tables(self) -> tuple[str, ...]:
        """Raw tables that the records feed themselves, not their lists."""
        own = [f.table for f in self.fields if f.table and not f.part]
        return tuple(dict.fromkeys(own))

    @property
    def places(self) -> tuple[Place, ...]:
        """Where the records of a JSON document may stand, wrapped or not."""
        paths = (path for whole in self.items for path in wrappings(whole))
        return tuple(Place(path, self.outer) for path in dict.fromkeys(paths))

    def without_lists(self) -> Format:
        """Return the format of records alone, without rows of their lists."""
        names = {column.name for column in self.lists}
        own = tuple(f for f in self.fields if f.part not in names)
        return replace(self, fields=own, lists=())

    def parts_of(self, table: str) -> tuple[str, ...]:
        """Parts of a record that feed a table: lists, empty for itself."""
        parts = [f.part for f in self.fields if f.table == table]
        return tuple(dict.fromkeys(parts))

    def fields_of(self, table: str) -> dict[str, Field]:
        """Fields of one table's rows by column, common ones included."""
        return {f.column: f for f in self.fields if f.table in ("", table)}

    def columns(self) -> Iterator[str]:
        """Vendor columns the format reads, lists as a whole."""
        for used in self.fields:
            yield from (s for s in used.read if list_of(s) is None)
            yield from used.settings.get(WITH_SEARCH, ())
            yield from [used.within] if used.within else []
        yield from (column.name for column in self.lists)
        yield from self.only
        for names in self.skip_empty.values():
            yield from names
        yield from self.completeness.columns() if self.completeness else ()

    def known(self) -> frozenset[str]:
        """Vendor columns the format knows, folded for comparison."""
        names = [*self.columns(), *self.ignored, *self.requires]
        names += self.completeness.parts if self.completeness else ()
        return frozenset(map(folded, names))

    def fits(self, header: frozenset[str]) -> bool:
        """Tell whether a folded header has what is needed, nothing excluded."""
        excluded = map(folded, self.excludes)
        return not self.missing_from(header) and header.isdisjoint(excluded)

    def missing_from(self, header: frozenset[str]) -> list[str]:
        """Vendor columns the format needs and a folded header lacks."""
        needed = [
            f.sources
            for f in self.fields
            if f.sources and not f.optional and list_of(f.sources[0]) is None
        ]
        needed += [self.requires] if self.requires else []
        needed += [(each.name,) for each in self.lists if not each.optional]
        return [
            " or ".join(names)
            for names in dict.fromkeys(needed)
            if header.isdisjoint(map(folded, names))
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
    entry = dict(yaml.load(path.read_text(encoding="utf-8"), _Loader))
    try:
        result = _format(path.stem, entry)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LinksignalError(f"format {path.name}: {error}") from error
    for problem in [
        *(f"unknown key {key}" for key in entry),
        *_problems(result),
    ]:
        raise LinksignalError(f"format {path.name}: {problem}")
    return result


def _format(name: str, entry: dict[str, Any]) -> Format:
    """Take every known key out of a format file."""
    lists: dict[str, dict[str, Any]] = entry.pop("lists", {})
    return Format(
        name=name,
        source=entry.pop("source"),
        description=entry.pop("description", ""),
        how=entry.pop("how", ""),
        containers=tuple(entry.pop("containers", ["csv"])),
        encodings=tuple(entry.pop("encodings", [UTF8])),
        delimiters=tuple(
            dict.fromkeys([*entry.pop("delimiters", [","]), *DELIMITERS])
        ),
        only={k: tuple(v) for k, v in entry.pop("only", {}).items()},
        skip_empty={
            k: tuple(v) for k, v in entry.pop("skip_empty", {}).items()
        },
        fields=(
            *fields_of(entry.pop("tables", {}), ""),
            *(
                each
                for part, column in lists.items()
                for each in fields_of(column["tables"], part)
            ),
            *fields_of({"": entry.pop("every_row", {})}, EVERY_ROW),
        ),
        lists=tuple(
            ListColumn(
                name=part,
                split=column.get("split", ""),
                optional=column.get("optional", False),
            )
            for part, column in lists.items()
        ),
        only_with=entry.pop("only_with", {}),
        same_but_for=entry.pop("same_but_for", {}),
        completeness=Declared.read(entry.pop("completeness"))
        if "completeness" in entry
        else None,
        is_exact=entry.pop("is_exact", False),
        **{key: tuple(entry.pop(key, [])) for key in _TUPLES},
    )


def _problems(entry: Format) -> Iterator[str]:
    for unknown in set(entry.containers) - set(CONTAINERS):
        yield f"there is no container {unknown}"
    for unknown in set(entry.encodings) - set(ENCODINGS):
        yield f"there is no encoding {unknown}"
    if ("json" in entry.containers) != bool(entry.items):
        yield "items say where the records of a JSON document stand"
    for used in entry.fields:
        yield from _problems_of(used)
    if any(f.rule == "digest" for f in entry.fields) and not entry.lists:
        yield "a digest identifies records that hold lists"
    for key, columns in (
        ("only_with", entry.only_with),
        ("same_but_for", entry.same_but_for),
    ):
        for table, column in columns.items():
            if column not in entry.fields_of(table):
                yield f"{key}: {table} has no column {column}"


def _problems_of(used: Field) -> Iterator[str]:
    schemas = raw_schemas()
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
