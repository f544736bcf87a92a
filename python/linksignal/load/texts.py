"""Texts: the text of each field of a format, before it is parsed.

Where a format has lists, their elements become rows beside the records: the
table ``parts``. Fates count records; elements have an account of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from linksignal.load.csv_records import boolean_columns, site_columns
from linksignal.load.engine import cleaned, file_column, run, site_column
from linksignal.load.format_file import (
    BRANDS,
    ELEMENT,
    Field,
    ListColumn,
    alternatives,
    list_of,
)
from linksignal.load.recognise import Recognised
from linksignal.load.redirectors import RESOLVED, resolve
from linksignal.load.rules import RULES, SEARCH_ENDING, WITH_SEARCH
from linksignal.sql import identifier, json_path, literal

_PRINTABLE = "printable"
_FEW_RECORDS = 1_000
# The text of a field that the file has no column for.
_NO_TEXT = "null::varchar"


@dataclass(frozen=True)
class Statement:
    """Values that apply to all records of a file.

    Attributes
    ----------
    source : str
        Tool it comes from, unless a record says otherwise.
    today : date
        UTC date of the load.
    as_of : date or None
        Date given by the user.
    from_name : str or None
        Text in the name of the file that dates it.
    domain, platform : str or None
        Given by the user, because no record names them.
    name_date : date or None
        Date in the file's name; a text of the format's own goes before it.
    brands : tuple of str
        Names of the study's brands, to be looked for in texts of answers.
    """

    source: str
    today: date
    as_of: date | None = None
    from_name: str | None = None
    domain: str | None = None
    platform: str | None = None
    name_date: date | None = None
    brands: tuple[str, ...] = ()


@dataclass(frozen=True)
class FieldText:
    """Columns of a field in the view ``texts``.

    Attributes
    ----------
    field : Field
        The field.
    number : int
        Its text is column ``text_<number>``, the text as it stands in the
        file ``raw_<number>``, its site ``site_<number>``; fields that read
        the same share a number.
    shown_as : str
        The column as the file names it, or the option that replaces it.
    is_boolean : bool
        The engine has read it as truth values, column
        ``boolean_<number>``.
    is_absent : bool
        The file has no column for it, and nothing stands in.
    """

    field: Field
    number: int
    shown_as: str
    is_boolean: bool = False
    is_absent: bool = False


def create_texts(
    connection: DuckDBPyConnection,
    file: Recognised,
    statement: Statement,
    record_count: int,
) -> list[FieldText]:
    """Create ``texts``, the texts of the records and the elements of lists.

    Of few records it is a table: to plan a view again, wherever it is read,
    takes longer than to write it.

    Beside the texts it has place, ``is_wanted`` (the record is of the kind
    that the format reads), ``empty`` (why it holds nothing, or NULL), what
    `linksignal.load.redirectors.resolve` adds and, where the format has lists,
    part and list.

    Returns
    -------
    list of FieldText
        One per field of the format.
    """
    numbers: dict[str, int] = {}
    found = []
    sites = site_columns(file)
    booleans = _read_as_booleans(connection, file)
    has_brands = _find_brands(connection, file, statement)
    is_small = record_count <= _FEW_RECORDS
    parts = _create_parts(connection, file, has_brands, is_small=is_small)
    relation = _printable(connection, file, parts)
    has_controls = relation == _PRINTABLE
    relation = resolve(connection, file, relation)
    is_resolved = relation == RESOLVED
    columns = {
        "is_wanted": _is_wanted(file),
        "empty": _empty(file),
        "is_redirector": "is_redirector" if is_resolved else "false",
        "is_resolved": "is_resolved" if is_resolved else "false",
        "has_controls": "has_controls" if has_controls else "false",
    }
    if file.entry.lists:
        columns |= {"part": "part", "list": "list"}
    for field in file.entry.fields:
        spelled = file.spelled(field.sources)
        shown_as = _shown_as(field, spelled)
        is_boolean = shown_as in booleans
        if is_boolean:
            form = f"{file_column(shown_as)}::varchar"
        else:
            form = _form(field, file, statement)
        number = numbers.setdefault(form, len(numbers))
        is_absent = form == _NO_TEXT
        found.append(FieldText(field, number, shown_as, is_boolean, is_absent))
        columns[f"text_{number}"] = form
        if field.rule == "text":
            # What stands in for another column is no text of its own.
            is_alone = len(spelled) == 1 and field.default is None
            raw = file_column(spelled[0]) if is_alone else form
            columns[f"raw_{number}"] = raw
        if is_boolean:
            columns[f"boolean_{number}"] = file_column(shown_as)
        has_site = shown_as in sites and not _is_only_of_addresses(field)
        if RULES[field.rule].needs_host and has_site:
            columns[f"site_{number}"] = site_column(shown_as)
    run(
        connection,
        "texts",
        columns=columns,
        sites=[
            number
            for number in host_numbers(found)
            if f"site_{number}" not in columns
        ],
        relation=relation,
        is_small=is_small,
    )
    return found


def _find_brands(
    connection: DuckDBPyConnection, file: Recognised, statement: Statement
) -> bool:
    """Create ``brand_lists`` where there are texts, and brands to look for."""
    columns = file.spelled(file.entry.answer_text)
    if not (columns and statement.brands):
        return False
    connection.execute(
        "create table brand_names as select unnest($1::varchar[]) as brand",
        [list(statement.brands)],
    )
    run(connection, "brand_lists", columns=columns, list_name=BRANDS)
    return True


def host_numbers(texts: Sequence[FieldText]) -> list[int]:
    """Return the numbers of texts that name a host."""
    numbers = (
        text.number
        for text in texts
        if RULES[text.field.rule].needs_host and not text.is_absent
    )
    return list(dict.fromkeys(numbers))


def _create_parts(
    connection: DuckDBPyConnection,
    file: Recognised,
    has_brands: bool,
    *,
    is_small: bool,
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
    names = list(dict.fromkeys(_read_columns(file)))
    digests = _digests(file)
    run(
        connection,
        "parts",
        # A list each would plan the digests again.
        is_small=is_small and bool(digests),
        digests=digests,
        own_columns={name: _own(name) for name in names},
        lists=[
            {
                "name": each.name,
                "column": each.name
                if each.name == BRANDS
                else file.spelled([each.name])[0],
                "split": each.split,
                "unless": file.spelled([each.unless] if each.unless else []),
                "columns": _of_elements(file, each, names),
            }
            for each in lists
        ],
        is_wanted=_is_wanted(file),
        has_brands=has_brands,
    )
    return "parts"


def _read_columns(file: Recognised) -> Iterator[str]:
    for field in file.entry.fields:
        yield from _names_of(field, file)
        yield from file.spelled([field.within] if field.within else [])
        yield from file.spelled(field.settings.get(WITH_SEARCH, ()))
    yield from file.spelled(file.entry.only)
    for names in file.entry.skip_empty.values():
        yield from file.spelled(names)


def _names_of(field: Field, file: Recognised) -> list[str]:
    if field.rule == "digest":
        return [_digest_name(field)]
    return file.spelled(field.read)


def _digest_name(field: Field) -> str:
    """Return the column of ``parts`` that identifies a record."""
    return f"digest of {', '.join(field.sources)}"


def _digests(file: Recognised) -> dict[str, list[str]]:
    """Return the texts that identify a record, by the column they become."""
    return {
        _digest_name(field): [
            *(
                cleaned(name, file.entry.null_tokens)
                for name in file.spelled(field.sources)
            ),
            "null::varchar",
        ]
        for field in file.entry.fields
        if field.rule == "digest"
    }


def _is_wanted(file: Recognised) -> str:
    """Return the condition that a record is of the kind the format reads."""
    conditions = [
        f"coalesce(lower({file_column(name)}), '') in "
        f"({', '.join(map(literal, values))})"
        for column, values in file.entry.only.items()
        for name in file.spelled([column])
    ]
    return " and ".join(conditions) or "true"


def _own(name: str) -> str:
    return file_column(name) if list_of(name) is None else "null::varchar"


def _of_elements(
    file: Recognised, each: ListColumn, columns: list[str]
) -> dict[str, str]:
    """Return SQL of what stands in each column for the elements of a list."""
    read = set(file.spelled(file.entry.only)) | {
        name
        for field in file.entry.fields
        if field.part not in ("", *_others(file, each))
        for name in _names_of(field, file)
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


def _printable(
    connection: DuckDBPyConnection, file: Recognised, relation: str
) -> str:
    """Replace control characters by spaces, if there are any."""
    if not file.gated.may_have_controls:
        return relation
    columns = [
        identifier(name)
        for name, kind, *_ in connection.execute(
            f"describe {relation}"
        ).fetchall()
        if kind == "VARCHAR" and name.startswith("file:")
    ]
    run(connection, "printable", columns=columns, relation=relation)
    return _PRINTABLE


def _read_as_booleans(
    connection: DuckDBPyConnection, file: Recognised
) -> frozenset[str]:
    if not boolean_columns(file):
        return frozenset()
    columns = connection.execute("describe records").fetchall()
    return frozenset(
        name.partition(":")[2]
        for name, kind, *_ in columns
        if kind == "BOOLEAN"
    )


def _form(field: Field, file: Recognised, statement: Statement) -> str:
    if field.value is not None:
        return literal(field.value)
    if field.rule == "digest":
        return file_column(_digest_name(field))
    macro = "cleaned_word" if field.rule == "boolean" else "cleaned"
    forms = [
        # The number of an element needs no cleaning.
        file_column(name)
        if name.endswith(f"{ELEMENT}#")
        else cleaned(name, file.entry.null_tokens, macro)
        for name in file.spelled(field.sources)
    ]
    if field.rule == "dated" and forms:
        return f"coalesce({forms[0]}, '')"
    if field.rule in ("none_of", "difference"):
        return _all_of(field, file, forms)
    if forms:
        forms = _united(field, file, forms)
    if RULES[field.rule].needs_host and len(field.sources) > 1:
        # A further column stands in for the first only where it is of use.
        own = len(file.spelled(field.sources[:1]))
        forms[own:] = [f"address_or_null({f})" for f in forms[own:]]
    if _is_only_of_addresses(field):
        forms = [f"address_or_null({f})" for f in forms]
    option = field.settings.get("option")
    if option and file.lacks(option):
        forms = [literal(getattr(statement, option))]
    if field.default is not None:
        forms.append(_default(field, file))
    return _first_of(forms, is_host_first=field.settings.get("host_first"))


def _first_of(forms: Sequence[str], *, is_host_first: bool | None) -> str:
    if not forms:
        return _NO_TEXT
    form = f"coalesce({', '.join(forms)})" if len(forms) > 1 else forms[0]
    return f"host_first({form})" if is_host_first else form


def _is_only_of_addresses(field: Field) -> bool:
    """Tell whether a text that is no address tells of no domain."""
    return (
        field.rule == "domain" and field.settings.get("unusable") == "unknown"
    )


def _united(field: Field, file: Recognised, forms: list[str]) -> list[str]:
    """Return the texts of a field that combines several columns."""
    if "join" in field.settings:
        forms = [_joined(forms, field.settings["join"])]
    if "patterns" in field.settings:
        forms = [f"nullif(concat_ws(' ', {', '.join(forms)}), '')"]
    searched = list(_searched(field, file))
    if searched:
        yes = " or ".join(searched)
        ending = f"case when {yes} then {literal(SEARCH_ENDING)} else '' end"
        forms = [f"{form} || {ending}" for form in forms]
    return forms


def _searched(field: Field, file: Recognised) -> Iterator[str]:
    """Yield conditions of which one tells that the platform has searched."""
    columns = field.settings.get(WITH_SEARCH, ())
    words = columns if isinstance(columns, Mapping) else {}
    for name in columns:
        for spelled in file.spelled([name]):
            column = file_column(spelled)
            if name in words:
                listed = ", ".join(map(literal, words[name]))
                yield f"coalesce(holds_value({column}, [{listed}]), false)"
            else:
                yield f"says_yes({column})"


def _empty(file: Recognised) -> str:
    """Return SQL of the reason why a record is empty, or NULL."""
    cases = " ".join(
        "when "
        + " and ".join(
            f"not says_yes({file_column(name)})" for name in file.spelled(names)
        )
        + f" then {literal(code)}"
        for code, names in file.entry.skip_empty.items()
        if file.spelled(names)
    )
    return f"case {cases} end" if cases else "null::varchar"


def _all_of(field: Field, file: Recognised, forms: list[str]) -> str:
    """Return the texts of all sources as one, NULL if one is unknown."""
    if len(forms) < len(field.sources):
        return _NO_TEXT
    separator = " || '-' || " if field.rule == "difference" else " || '|' || "
    if field.within:
        forms[1:] = [
            f"coalesce({form}, {_default(field, file)})" for form in forms[1:]
        ]
    return separator.join(forms)


def _default(field: Field, file: Recognised) -> str:
    default = literal(field.default or "0")
    if field.within is None:
        return default
    (within,) = file.spelled([field.within])
    return f"case when {file_column(within)} is not null then {default} end"


def _joined(forms: list[str], separator: str) -> str:
    """Return the texts joined by a separator, NULL without the first."""
    rest = "".join(
        f" || coalesce({literal(separator)} || {form}, '')"
        for form in forms[1:]
    )
    return f"{forms[0]}{rest}"


def _shown_as(field: Field, spelled: list[str]) -> str:
    if not spelled:
        return _stand_in(field)
    return spelled[0] if len(alternatives(spelled[0])) == 1 else field.column


def _stand_in(field: Field) -> str:
    option = field.settings.get("option")
    return f"--{option}" if option else field.column
