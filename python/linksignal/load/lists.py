"""Lists: the elements of a record's lists become rows beside the record.

``parts`` has one row per record and one per element of its lists. Fates
count records; elements have an account of their own.
"""

from __future__ import annotations

from collections.abc import Iterator

from duckdb import DuckDBPyConnection

from linksignal.load.engine import file_column
from linksignal.load.format_file import (
    ELEMENT,
    Field,
    Format,
    ListColumn,
    list_of,
)
from linksignal.load.recognise import Recognised
from linksignal.load.rules import WITH_SEARCH
from linksignal.sql import identifier, literal


def create_parts(connection: DuckDBPyConnection, file: Recognised) -> str:
    """Create the table ``parts`` where a format has lists.

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
    lists = [each for each in file.entry.lists if file.spelled([each.name])]
    columns = list(dict.fromkeys(_columns(file)))
    connection.execute(f"CREATE VIEW digested AS {_digested(file)}")
    branches = [
        f"SELECT place, 0 AS part, NULL::VARCHAR AS list, "
        f"{', '.join(_own(name) for name in columns)} FROM digested",
        *(
            _elements(file, each, number, len(lists), columns)
            for number, each in enumerate(lists)
        ),
    ]
    connection.execute(f"CREATE TABLE parts AS {' UNION ALL '.join(branches)}")
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


def _digested(file: Recognised) -> str:
    """Return the records with their digests.

    An element takes the digest of its record along, not its long texts.
    """
    digests = {
        digest_name(field): _digest(field, file)
        for field in file.entry.fields
        if field.rule == "digest"
    }
    columns = "".join(
        f", {sql} AS {file_column(name)}" for name, sql in digests.items()
    )
    return f"SELECT *{columns} FROM records"


def _digest(field: Field, file: Recognised) -> str:
    forms = [cleaned(name, file.entry) for name in file.spelled(field.sources)]
    texts = ", ".join([*forms, "NULL::VARCHAR"])
    return f"CASE WHEN coalesce({texts}) IS NOT NULL THEN digest([{texts}]) END"


def cleaned(name: str, entry: Format, macro: str = "cleaned") -> str:
    """Return the text of a column; NULL where it means unknown."""
    text = f"{macro}({file_column(name)})"
    for token in entry.null_tokens:
        text = f"nullif({text}, {literal(token)})"
    return text


def is_wanted(file: Recognised) -> str:
    """Return the condition that a record is of the kind the format reads."""
    conditions = [
        f"coalesce(lower({file_column(name)}) IN "
        f"({', '.join(map(literal, values))}), false)"
        for column, values in file.entry.only.items()
        for name in file.spelled([column])
    ]
    return " AND ".join(conditions) or "true"


def _own(name: str) -> str:
    column = file_column(name)
    return column if list_of(name) is None else f"NULL::VARCHAR AS {column}"


def _elements(
    file: Recognised,
    each: ListColumn,
    number: int,
    list_count: int,
    columns: list[str],
) -> str:
    read = set(file.spelled(file.entry.only)) | {
        name
        for field in file.entry.fields
        if field.part not in ("", *_others(file, each))
        for name in _names(field, file)
    }
    selected = ", ".join(
        f"{_element(name) if name in read else 'NULL::VARCHAR'} "
        f"AS {file_column(name)}"
        for name in columns
    )
    (column,) = file.spelled([each.name])
    # Every element has a number of its own among all lists of its record.
    part = f"{list_count} * element_number + {number}"
    split = f"list_elements({file_column(column)}, {literal(each.split)})"
    return (
        f"SELECT place, {part} AS part, {literal(each.name)} AS list, "
        f"{selected} FROM (SELECT *, unnest(elements) AS element, "
        "generate_subscripts(elements, 1) AS element_number FROM ("
        f"SELECT *, {split} AS elements FROM digested "
        f"WHERE {is_wanted(file)}))"
    )


def _others(file: Recognised, each: ListColumn) -> list[str]:
    return [other.name for other in file.entry.lists if other != each]


def _element(name: str) -> str:
    if list_of(name) is None:
        return file_column(name)
    key = name.partition(ELEMENT)[2]
    if key == "#":
        return "element_number::VARCHAR"
    path = "$" + "".join(f".{identifier(k)}" for k in key.split(".")[1:])
    return f"json_extract_string(element, {literal(path)})"
