"""Formats: declarative files that say what the columns of an export mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from linksignal.contract import raw_schemas, read_yaml
from linksignal.load.completeness import Declared
from linksignal.load.json_items import OUTER, Place, wrappings
from linksignal.load.raw_columns import NEARBY, natural
from linksignal.load.rules import WITH_SEARCH
from linksignal.load.streams import UTF8

ELEMENT = "[]"
EVERY_ROW = "*"
DEEP = ".."
# Items that stand wherever the columns of the format do.
ANYWHERE = ".."
# The list of the study's brands that the text of an answer names.
BRANDS = "brands in the text"
# The rest of the columns, among those that are known and not used.
THE_REST = "*"
# Between the keys of which a column of JSON is the first that has a value.
OR = "|"


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
    is_nearby : bool
        The value may stand beside the record or around it, under the keys of
        `NEARBY`, where the vendor columns have none; a digest is then one of
        these too.
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
    is_nearby: bool = False
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
        within the value of a key of a JSON object, and ``key..inner..list``
        every one within an ``inner`` there. Of texts of such a name the
        column is the list.
    split : str
        Separator of the elements where the list is no JSON array.
    optional : bool
        The header may lack the column.
    unless : str
        Column that says the same where it has a value; the list is not read
        then. Empty where there is none.
    """

    name: str
    split: str
    optional: bool
    unless: str = ""


def fields_of(
    tables: Mapping[str, Mapping[str, Mapping[str, Any]]], part: str
) -> Iterator[Field]:
    """Read the fields of a part of a format file."""
    for table, columns in tables.items():
        for column, entry in columns.items():
            yield _field(table, column, part, dict(entry))


def _completed(
    table: str, column: str, entry: dict[str, Any]
) -> dict[str, Any]:
    """Fill in how a column is read where a format file does not say."""
    schema = raw_schemas().get(table or "backlinks")
    is_known = schema is not None and column in schema.names
    if "parse" in entry or not is_known:
        return entry
    own = natural(table, column)
    kind = raw_schemas()[table or "backlinks"].field(column).type
    is_fixed_text = "value" in entry and str(kind) == "string"
    return entry if is_fixed_text else {**own, **entry}


def _field(table: str, column: str, part: str, text: dict[str, Any]) -> Field:
    text = _completed(table, column, text)
    sources = text.pop("from", [])
    sources = [sources] if isinstance(sources, str) else sources
    is_nearby = text.pop("nearby", False)
    if is_nearby and column in NEARBY:
        sources = [*sources, nearby_name(NEARBY[column])]
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
        is_nearby=is_nearby,
        settings=text,
    )


def _keyed(field: Field, keys: Mapping[str, str]) -> Field:
    """Return a field that is read from what the user names for it."""
    if field.rule == "digest" and field.is_nearby:
        more = (nearby_name([key]) for key in keys.values())
        return replace(field, sources=(*field.sources, *more))
    key = keys.get(field.column)
    if key is None or field.table != "ai_answers":
        return field
    sources = (key, nearby_name([key]))
    if field.rule == "platform":
        # What else tells the platform is not asked any more.
        choices = field.settings.get("choices")
        settings = {"choices": choices} if choices else {}
        return replace(field, sources=sources, settings=settings, default=None)
    rule = "unix_timestamp" if field.rule == "timestamp" else field.rule
    return replace(field, sources=(*sources, *field.sources), rule=rule)


def nearby_name(keys: Sequence[str]) -> str:
    """Return the column of the first key that has a value, around or beside."""
    around = [f"{OUTER}.{key}" for key in keys]
    return OR.join([*around, *keys])


def alternatives(name: str) -> list[str]:
    """Return the keys of which a column of JSON is the first with a value.

    Where they name lists the column is all of them.
    """
    return name.split(OR)


def _full_name(name: str, part: str) -> str:
    """Return ``.key``, ``.`` and ``#`` with the name of their list."""
    if part in ("", EVERY_ROW) or name[:1] not in (".", "#"):
        return name
    return f"{part}{ELEMENT}{'' if name == '.' else name}"


def list_of(name: str) -> str | None:
    """Return the list that a vendor column is an element of, if any."""
    return name.partition(ELEMENT)[0] if ELEMENT in name else None


FORMATS_DIR = Path(__file__).parent / "formats"
# A spreadsheet separates as its country does when it saves a file again.
DELIMITERS = (",", ";", "\t")
_TUPLES = (
    "null_tokens",
    "ignored",
    "items",
    "outer",
    "requires",
    "excludes",
    "answer_text",
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
        they may), `ANYWHERE` for wherever the first of them are found; keys
        of the objects around a record that go with it, as ``outer.<key>``.
    requires : tuple of str
        Columns of which the header must have one, whether read or not.
    excludes : tuple of str
        Columns of which the header must have none.
    only : mapping of str to tuple of str
        Values of a column without which a record is skipped.
    skip_empty : mapping of str to tuple of str
        Reason code to the columns without any of which a record is skipped.
    answer_text : tuple of str
        Columns of the answer's text, which does not land: names of the
        study's brands that are found in it are mentions.
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
        Known vendor columns that are not used; `THE_REST` for all others.
    completeness : Declared or None
        How to tell whether the file holds all links of its domain.
    is_summed : bool
        Its records are parts of the totals of one domain, which add up; the
        field of referring domains reads them, and distinct ones count.
    is_exact : bool
        Recognised only when the header holds no unknown column.
    file : Path or None
        The format file of the user's; None of a format that linksignal
        brings.
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
    answer_text: tuple[str, ...]
    fields: tuple[Field, ...]
    lists: tuple[ListColumn, ...]
    only_with: Mapping[str, str]
    same_but_for: Mapping[str, str]
    ignored: tuple[str, ...]
    completeness: Declared | None
    is_summed: bool
    is_exact: bool
    file: Path | None = None

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
        wholes = ["[]" if path == ANYWHERE else path for path in self.items]
        paths = (path for whole in wholes for path in wrappings(whole))
        return tuple(Place(path, self.outer) for path in dict.fromkeys(paths))

    def keyed(self, keys: Mapping[str, str]) -> Format:
        """Return the format with columns of answers read from other keys.

        Parameters
        ----------
        keys : mapping of str to str
            Column of ai_answers to the column of the file, or the key beside
            the record or around it, that the user names for it.
        """
        fields = tuple(_keyed(field, keys) for field in self.fields)
        first = [key.partition(".")[0] for key in keys.values()]
        outer = tuple(dict.fromkeys([*self.outer, *first]))
        return replace(self, fields=fields, outer=outer)

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
        yield from (each.name for each in self.lists if each.name != BRANDS)
        yield from self.answer_text
        yield from (each.unless for each in self.lists if each.unless)
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


@lru_cache(maxsize=1 << 14)
def folded(name: str) -> str:
    """Return a column name as it is compared: trimmed, in lower case."""
    return name.strip().casefold()


@cache
def read_formats(folder: Path = FORMATS_DIR) -> dict[str, Format]:
    """Read the formats that linksignal brings.

    Returns
    -------
    dict of str to Format
        Keyed and ordered by name.
    """
    return {
        path.stem: format_of(path, read_yaml(path))
        for path in sorted(folder.glob("*.yml"))
    }


def format_of(path: Path, entry: Mapping[str, Any]) -> Format:
    """Make a format of what its file says."""
    return _format(path.stem, dict(entry))


def _format(name: str, entry: dict[str, Any]) -> Format:
    """Take every known key out of a format file."""
    lists: dict[str, dict[str, Any]] = dict(entry.pop("lists", {}))
    if entry.get("answer_text"):
        lists[BRANDS] = _mentions(entry["tables"]["ai_answers"]["answer_id"])
    found = _read(name, entry, lists)
    nearby = [
        field.sources[-1]
        for field in found.fields
        if field.is_nearby and field.column in NEARBY
    ]
    around = [
        name.removeprefix(f"{OUTER}.")
        for each in nearby
        for name in alternatives(each)
        if name.startswith(f"{OUTER}.")
    ]
    return replace(
        found,
        outer=tuple(dict.fromkeys([*found.outer, *around])),
        fields=tuple(
            replace(field, sources=(*field.sources, *dict.fromkeys(nearby)))
            if field.is_nearby and field.rule == "digest"
            else field
            for field in found.fields
        ),
    )


def _mentions(answer_id: dict[str, Any]) -> dict[str, Any]:
    """Return the list of brands found in the text, as a format file has it."""
    row = {
        "answer_id": answer_id,
        "kind": {"value": "mention"},
        "brand": {"from": ".", "parse": "name", "missing": "no_name"},
    }
    return {"optional": True, "tables": {"ai_references": row}}


def _read(
    name: str, entry: dict[str, Any], lists: dict[str, dict[str, Any]]
) -> Format:
    tuples: dict[str, Any] = {k: tuple(entry.pop(k, [])) for k in _TUPLES}
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
                unless=column.get("unless", ""),
            )
            for part, column in lists.items()
        ),
        only_with=entry.pop("only_with", {}),
        same_but_for=entry.pop("same_but_for", {}),
        completeness=Declared.read(dict(entry.pop("completeness")))
        if "completeness" in entry
        else None,
        is_summed=entry.pop("is_summed", False),
        is_exact=entry.pop("is_exact", False),
        **tuples,
    )
