"""Lists: the elements of a record's lists become rows beside the record.

``parts`` has one row per record and one per element of its lists. Fates
count records; elements have an account of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from duckdb import DuckDBPyConnection

from linksignal.load.engine import file_column, run
from linksignal.load.format_file import (
    BRANDS,
    ELEMENT,
    Field,
    Format,
    ListColumn,
    list_of,
)
from linksignal.load.recognise import Recognised
from linksignal.load.rules import WITH_SEARCH
from linksignal.sql import json_path, literal


def create_parts(
    connection: DuckDBPyConnection, file: Recognised, has_brands: bool
) -> str:
    """Create the table ``parts`` where a format has lists.

    `has_brands` tells that there is a table ``brand_lists`` of what the texts
    of answers name.

    ``parts`` holds place, part (0 for the record, above for an element),
    list (the element's, NULL for the record) and the columns that the part
    reads; those of other parts are NULL.

    Returns
    -------
    str
        Name of the relation to read: ``parts``, or ``records``.
    """
    if not file.entry.lists:
        return "records"
    lists = [
        each
        for each in file.entry.lists
        if (each.name == BRANDS and has_brands)
        or (each.name != BRANDS and file.spelled([each.name]))
    ]
    names = list(dict.fromkeys(_columns(file)))
    run(
        connection,
        "parts",
        digests=_digests(file),
        own_columns={name: _own(name) for name in names},
        lists=[
            {
                "name": each.name,
                "column": each.name
                if each.name == BRANDS
                else file.spelled([each.name])[0],
                "split": each.split,
                "unless": file.spelled([each.unless] if each.unless else []),
                "columns": _elements(file, each, names),
            }
            for each in lists
        ],
        is_wanted=is_wanted(file),
        has_brands=has_brands,
    )
    return "parts"


def _columns(file: Recognised) -> Iterator[str]:
    for field in file.entry.fields:
        yield from _names(field, file)
        yield from file.spelled([field.within] if field.within else [])
        yield from file.spelled(field.settings.get(WITH_SEARCH, ()))
    yield from file.spelled(file.entry.only)
    for names in file.entry.skip_empty.values():
        yield from file.spelled(names)


def _names(field: Field, file: Recognised) -> list[str]:
    if field.rule == "digest":
        return [digest_name(field)]
    return file.spelled(field.read)


def digest_name(field: Field) -> str:
    """Return the column of ``parts`` that identifies a record."""
    return f"digest of {', '.join(field.sources)}"


def _digests(file: Recognised) -> dict[str, list[str]]:
    """Return the texts that identify a record, by the column they become."""
    return {
        digest_name(field): [
            *(
                cleaned(name, file.entry)
                for name in file.spelled(field.sources)
            ),
            "null::varchar",
        ]
        for field in file.entry.fields
        if field.rule == "digest"
    }


def cleaned(name: str, entry: Format, macro: str = "cleaned") -> str:
    """Return the text of a column; NULL where it means unknown."""
    text = f"{macro}({file_column(name)})"
    for token in entry.null_tokens:
        text = f"nullif({text}, {literal(token)})"
    return text


def is_wanted(file: Recognised) -> str:
    """Return the condition that a record is of the kind the format reads."""
    conditions = [
        f"coalesce(lower({file_column(name)}) in "
        f"({', '.join(map(literal, values))}), false)"
        for column, values in file.entry.only.items()
        for name in file.spelled([column])
    ]
    return " and ".join(conditions) or "true"


def _own(name: str) -> str:
    return file_column(name) if list_of(name) is None else "null::varchar"


def _elements(
    file: Recognised, each: ListColumn, columns: list[str]
) -> dict[str, str]:
    """Return SQL of what stands in each column for the elements of a list."""
    read = set(file.spelled(file.entry.only)) | {
        name
        for field in file.entry.fields
        if field.part not in ("", *_others(file, each))
        for name in _names(field, file)
    }
    return {
        name: _element(name) if name in read else "null::varchar"
        for name in columns
    }


def _others(file: Recognised, each: ListColumn) -> list[str]:
    return [other.name for other in file.entry.lists if other != each]


def _element(name: str) -> str:
    if list_of(name) is None:
        return file_column(name)
    key = name.partition(ELEMENT)[2]
    if key == "#":
        return "element_number::varchar"
    path = json_path(key.removeprefix(".")) if key else "$"
    return f"json_extract_string(element, {literal(path)})"
