"""Texts: what each field of a format finds in a record, before it is read."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from duckdb import DuckDBPyConnection

from linksignal.load.format_file import Field, Format
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES
from linksignal.load.sql import file_column, identifier, literal


@dataclass(frozen=True)
class Statement:
    """What is known of a file beside its records.

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
    domain : str or None
        Domain given by the user, because no record names it.
    """

    source: str
    today: date
    as_of: date | None = None
    from_name: str | None = None
    domain: str | None = None


@dataclass(frozen=True)
class FieldText:
    """Where the text of a field stands in the view ``texts``.

    Attributes
    ----------
    field : Field
        The field.
    number : int
        Its text is column ``t<number>``, the text as it stands in the file
        ``r<number>``, its authority ``a<number>``; fields that read the same
        share a number.
    shown_as : str
        The column as the file names it, or the option that replaces it.
    """

    field: Field
    number: int
    shown_as: str


def create_texts(
    connection: DuckDBPyConnection,
    file: Recognised,
    statement: Statement,
) -> list[FieldText]:
    """Create the view ``texts`` over the table ``records``.

    Returns
    -------
    list of FieldText
        One per field of the format.
    """
    numbers: dict[str, int] = {}
    found = []
    columns = {"place": "place"}
    for field in file.entry.fields:
        form = _form(field, file, statement)
        number = numbers.setdefault(form, len(numbers))
        spelled = file.spelled(field.sources)
        shown_as = spelled[0] if spelled else _stand_in(field)
        found.append(FieldText(field, number, shown_as))
        columns[f"t{number}"] = form
        if field.rule == "text":
            columns[f"r{number}"] = (
                file_column(shown_as) if spelled else "NULL::VARCHAR"
            )
        if RULES[field.rule].needs_host:
            columns[f"a{number}"] = f"address_authority({form})"
    for name in file.spelled(file.entry.counted):
        columns[f"counted:{name}"] = _cleaned(name, file.entry)
    selected = ", ".join(
        f"{sql} AS {identifier(name)}" for name, sql in columns.items()
    )
    connection.execute(f"CREATE VIEW texts AS SELECT {selected} FROM records")
    return found


def _form(field: Field, file: Recognised, statement: Statement) -> str:
    if field.value is not None:
        return literal(field.value)
    forms = [_cleaned(name, file.entry) for name in file.spelled(field.sources)]
    # A further column stands in for the first only where it is of use.
    forms[1:] = [
        f"CASE WHEN is_address({form}) THEN {form} END" for form in forms[1:]
    ]
    if field.settings.get("option") == "domain" and not forms:
        forms.append(literal(statement.domain))
    if field.default is not None:
        forms.append(literal(field.default))
    form = f"coalesce({', '.join([*forms, 'NULL::VARCHAR'])})"
    return f"host_first({form})" if field.settings.get("host_first") else form


def _cleaned(name: str, entry: Format) -> str:
    tokens = ", ".join(map(literal, entry.null_tokens))
    return f"cleaned({file_column(name)}, [{tokens}]::VARCHAR[])"


def _stand_in(field: Field) -> str:
    option = field.settings.get("option")
    return f"--{option}" if option else field.column
