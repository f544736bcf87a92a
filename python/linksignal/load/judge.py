"""Judgement: every record gets its typed values, a refusal or a skip."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from duckdb import DuckDBPyConnection

from linksignal.load.format_file import REJECT, Field, Format
from linksignal.load.notes import notes_of
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES, Parsed, Text
from linksignal.load.sql import identifier, literal
from linksignal.load.texts import FieldText, Statement

VALUE_PREFIX_LENGTH = 100


@dataclass(frozen=True)
class _Reading:
    """SQL of what becomes of one field, and the names it goes by."""

    number: int
    text: FieldText
    parsed: Parsed

    @property
    def form(self) -> str:
        return f"t{self.text.number}"

    @property
    def value(self) -> str:
        return f"v{self.number}"

    @property
    def reason(self) -> str:
        return f"w{self.number}"

    @property
    def skip(self) -> str:
        return f"s{self.number}"

    @property
    def refusal(self) -> str:
        if self.text.field.missing != REJECT:
            return self.parsed.reason
        return self._if_missing("missing_value", self.parsed.reason)

    @property
    def skipped(self) -> str:
        missing = self.text.field.missing
        if missing in (None, REJECT):
            return self.parsed.skip
        return self._if_missing(missing, self.parsed.skip)

    def _if_missing(self, code: str | None, otherwise: str) -> str:
        return (
            f"CASE WHEN {self.form} IS NULL THEN {literal(code)} "
            f"ELSE {otherwise} END"
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
    readings = [
        _reading(number, text, texts, statement)
        for number, text in enumerate(texts)
    ]
    values = {r.text.field.key: r.value for r in readings}
    parsed_notes = [note for r in readings for note in r.parsed.notes.items()]
    notes = notes_of(file, parsed_notes, values, statement)
    columns = {
        "place": "place",
        **values,
        "as_of": _as_of(file.entry, values.get("as_of"), statement),
        "source": _first(values.get("source"), literal(statement.source)),
        "refusal": _first_refusal(readings),
        "skip": _first_skip(file.entry, readings, values),
        **{f"note:{code}": sql for code, sql in notes.items()},
    }
    # Values come first, reasons next: no text is parsed twice.
    hosts = dict.fromkeys(
        text.number for text in texts if RULES[text.field.rule].needs_host
    )
    joins = " ".join(
        f"LEFT JOIN hosts AS h{n} ON h{n}.authority = a{n}" for n in hosts
    )
    found = ", ".join(
        [
            *(f"h{n}" for n in hosts),
            *(f"{r.parsed.value} AS {r.value}" for r in readings),
        ]
    )
    reasons = ", ".join(
        f"{r.refusal} AS {r.reason}, {r.skipped} AS {r.skip}" for r in readings
    )
    selected = ", ".join(
        f"{sql} AS {identifier(name)}" for name, sql in columns.items()
    )
    connection.execute(
        "CREATE TABLE judged AS WITH found AS ("
        f"SELECT texts.*, {found} FROM texts {joins}), "
        f"reasons AS (SELECT *, {reasons} FROM found) "
        f"SELECT {selected} FROM reasons"
    )
    return list(notes)


def _reading(
    number: int,
    text: FieldText,
    texts: Sequence[FieldText],
    statement: Statement,
) -> _Reading:
    field = text.field
    is_raw = field.rule == "text" and field.value is None
    parsed = RULES[field.rule].parse(
        Text(
            form=f"t{text.number}",
            raw=_raw(text) if is_raw else f"t{text.number}",
            value=f"v{number}",
            host=f"h{text.number}",
            scale=_scale_of(field, texts),
            today=f"DATE '{statement.today}'",
            settings=field.settings,
        )
    )
    return _Reading(number, text, parsed)


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
        f"WHEN {reading.reason} IS NOT NULL THEN {{"
        f"'column': {literal(reading.text.shown_as)}, "
        f"'reason': {reading.reason}, "
        f"'value_prefix': {_shown_value(reading)}}}"
        for reading in readings
        if reading.refusal != "NULL"
    )
    return f"CASE {cases} END"


def _shown_value(reading: _Reading) -> str:
    # What stands before an @ may be a password.
    pattern = literal("^([^/]*//)?[^/?#]*@")
    hidden = f"regexp_replace({reading.form}, {pattern}, '\\1…@')"
    return f"left({hidden}, {VALUE_PREFIX_LENGTH})"


def _first_skip(
    entry: Format, readings: Sequence[_Reading], values: Mapping[str, str]
) -> str:
    skips = [r.skip for r in readings if r.skipped != "NULL"]
    if set(entry.only_with) == set(entry.tables):
        needed = [
            values[entry.fields_of(table)[column].key]
            for table, column in entry.only_with.items()
        ]
        empty = " AND ".join(f"{value} IS NULL" for value in needed)
        skips.append(f"CASE WHEN {empty} THEN 'no_value' END")
    return _first(*skips, "NULL")
