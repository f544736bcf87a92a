"""Judgement: every record gets its typed values, a refusal or a skip."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from linksignal.load.format_file import REJECT, Field, Format, folded
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES, Parsed, Text
from linksignal.load.sql import identifier, literal
from linksignal.load.texts import FieldText, Statement

VALUE_PREFIX_LENGTH = 100


@dataclass(frozen=True)
class _Reading:
    """SQL of what becomes of one field."""

    text: FieldText
    parsed: Parsed

    @property
    def form(self) -> str:
        return f"t{self.text.number}"

    @property
    def refusal(self) -> str:
        if self.text.field.missing != REJECT:
            return self.parsed.reason
        return (
            f"CASE WHEN {self.form} IS NULL THEN 'missing_value' "
            f"ELSE {self.parsed.reason} END"
        )

    @property
    def skip(self) -> str:
        missing = self.text.field.missing
        if missing in (None, REJECT):
            return self.parsed.skip
        return (
            f"CASE WHEN {self.form} IS NULL THEN {literal(missing)} "
            f"ELSE {self.parsed.skip} END"
        )


def judge(
    connection: DuckDBPyConnection,
    file: Recognised,
    texts: Sequence[FieldText],
    statement: Statement,
) -> list[str]:
    """Judge ``texts`` with ``hosts`` into a table ``judged``.

    ``judged`` has place, the typed columns under `Field.key`, refusal (a
    struct of column, reason, value_prefix, or NULL), skip (a reason code or
    NULL) and a boolean ``note:<code>`` per note.

    Returns
    -------
    list of str
        Codes of the notes.
    """
    readings = [_reading(text, texts, statement) for text in texts]
    values = {r.text.field.key: r.parsed.value for r in readings}
    values["as_of"] = _as_of(file.entry, values.get("as_of"), statement)
    values["source"] = _first(values.get("source"), literal(statement.source))
    notes = _notes(file, readings, statement)
    columns = {
        "place": "place",
        **values,
        "refusal": _first_refusal(readings),
        "skip": _first_skip(file.entry, readings, values),
        **{f"note:{code}": sql for code, sql in notes.items()},
    }
    selected = ", ".join(
        f"{sql} AS {identifier(name)}" for name, sql in columns.items()
    )
    connection.execute(
        f"CREATE TABLE judged AS SELECT {selected} FROM texts {_joins(texts)}"
    )
    return list(notes)


def _reading(
    text: FieldText, texts: Sequence[FieldText], statement: Statement
) -> _Reading:
    field = text.field
    is_raw = field.rule == "text" and field.value is None
    return _Reading(
        text,
        RULES[field.rule].parse(
            Text(
                form=f"t{text.number}",
                raw=_raw(text) if is_raw else f"t{text.number}",
                host=f"h{text.number}",
                scale=_scale_of(field, texts),
                today=f"DATE '{statement.today}'",
                settings=field.settings,
            )
        ),
    )


def _raw(text: FieldText) -> str:
    number = text.number
    return f"CASE WHEN t{number} IS NOT NULL THEN r{number} END"


def _scale_of(field: Field, texts: Sequence[FieldText]) -> str:
    return next(
        (
            f"lower(t{text.number})"
            for text in texts
            if text.field.table == field.table and text.field.column == "scale"
        ),
        "NULL",
    )


def _joins(texts: Sequence[FieldText]) -> str:
    numbers = dict.fromkeys(
        text.number for text in texts if RULES[text.field.rule].needs_host
    )
    return " ".join(
        f"LEFT JOIN hosts AS h{n} ON h{n}.authority = a{n}" for n in numbers
    )


def _as_of(entry: Format, own: str | None, statement: Statement) -> str:
    given = f"DATE '{statement.as_of}'" if statement.as_of else None
    named = None
    if statement.from_name is not None:
        rule = next(f.rule for f in entry.fields if f.column == "as_of")
        named = RULES[rule].parse(Text(literal(statement.from_name))).value
    return _first(own, given, named, f"DATE '{statement.today}'")


def _first(*options: str | None) -> str:
    return f"coalesce({', '.join(o for o in options if o)})"


def _first_refusal(readings: Sequence[_Reading]) -> str:
    cases = " ".join(
        f"WHEN {reading.refusal} IS NOT NULL THEN {{"
        f"'column': {literal(reading.text.shown_as)}, "
        f"'reason': {reading.refusal}, "
        f"'value_prefix': {_shown_value(reading)}}}"
        for reading in readings
        if reading.refusal != "NULL"
    )
    return f"CASE {cases} END"


def _shown_value(reading: _Reading) -> str:
    # What stands before an @ may be a password.
    hidden = f"regexp_replace({reading.form}, '//[^/]*@', '//…@')"
    return f"left({hidden}, {VALUE_PREFIX_LENGTH})"


def _first_skip(
    entry: Format, readings: Sequence[_Reading], values: dict[str, str]
) -> str:
    skips = [r.skip for r in readings if r.skip != "NULL"]
    skips.append(
        "CASE WHEN "
        + " AND ".join(
            f"{values[entry.fields_of(table)[column].key]} IS NULL"
            for table, column in entry.only_with.items()
        )
        + " THEN 'no_value' END"
        if set(entry.only_with) == set(entry.tables)
        else "NULL"
    )
    return _first(*skips)


def _notes(
    file: Recognised,
    readings: Sequence[_Reading],
    statement: Statement,
) -> dict[str, str]:
    """SQL of what is landed and reported, by code."""
    found: dict[str, list[str]] = {}
    for code, sql in _each_note(file, readings, statement):
        found.setdefault(code, []).append(f"coalesce({sql}, false)")
    return {code: " OR ".join(sqls) for code, sqls in found.items()}


def _each_note(
    file: Recognised,
    readings: Sequence[_Reading],
    statement: Statement,
) -> Iterator[tuple[str, str]]:
    values = {r.text.field.key: r.parsed.value for r in readings}
    for reading in readings:
        yield from reading.parsed.notes.items()
    for name in file.spelled(file.entry.counted):
        column = identifier(f"counted:{name}")
        yield f"has_{folded(name)}", f"{column} IS NOT NULL"
    if "backlinks" in file.entry.tables:
        source, target = "backlinks.source_domain", "backlinks.target_domain"
        yield "link_to_itself", f"{values[source]} = {values[target]}"
    own_date = (
        f"{values['as_of']} IS NOT NULL" if "as_of" in values else "false"
    )
    if statement.as_of is None and statement.from_name is None:
        yield "dated_today", f"NOT ({own_date})"
    elif statement.as_of is not None and "as_of" in values:
        given = f"DATE '{statement.as_of}'"
        yield "own_date_kept", f"{values['as_of']} <> {given}"
