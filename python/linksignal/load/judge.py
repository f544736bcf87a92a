"""Judgement: every record gets its typed values, a refusal or a skip."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import timedelta

from duckdb import DuckDBPyConnection

from linksignal.load.engine import lookup, row_count
from linksignal.load.format_file import EVERY_ROW, REJECT, Field, Format
from linksignal.load.hosts import Host
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES, Parsed, Text
from linksignal.load.texts import FieldText, Statement
from linksignal.sql import identifier, literal

VALUE_PREFIX_LENGTH = 100
# Today may be tomorrow in UTC.
GRACE = timedelta(days=1)


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
    def is_fixed(self) -> bool:
        field = self.text.field
        return field.rule == "text" and field.value is not None

    @property
    def value(self) -> str:
        if self.is_fixed:
            return literal(self.text.field.value)
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
    """Judge ``texts`` with ``hosts`` into a relation ``judged``.

    ``judged`` has place, the typed columns under `Field.key`, refusal (a
    struct of column, reason, value_prefix, or NULL), skip (a reason code or
    NULL) and a boolean ``note:<code>`` per note; part and list where the
    format has lists. The elements of a refused record are not in it.

    Returns
    -------
    list of str
        Codes of the notes.
    """
    zeros = _from_zero(connection, texts)
    readings = [
        _reading(number, text, texts, statement, text.number in zeros)
        for number, text in enumerate(texts)
    ]
    values = _values(readings)
    parsed_notes = [note for r in readings for note in r.parsed.notes.items()]
    notes = notes_of(file, parsed_notes, values, statement)
    columns = {
        "place": "place",
        **({"part": "part", "list": "list"} if file.entry.lists else {}),
        **values,
        "as_of": _as_of(file.entry, values.get("as_of"), statement),
        "source": _first(values.get("source"), literal(statement.source)),
        "refusal": _by_part(
            {p: _first_refusal(own) for p, own in _parts(readings).items()}
        ),
        "skip": _by_part(
            {
                part: _first_skip(file.entry, part, own, values)
                for part, own in _parts(readings).items()
            }
        ),
        **{f"note:{code}": sql for code, sql in notes.items()},
    }
    # Values come first, reasons next: no text is parsed twice.
    hosts = dict.fromkeys(
        text.number for text in texts if RULES[text.field.rule].needs_host
    )
    joins = " ".join(map(_join, hosts))
    found = ", ".join(
        f"{r.parsed.value} AS {r.value}" for r in readings if not r.is_fixed
    )
    reasons = ", ".join(
        f"{r.refusal} AS {r.reason}, {r.skipped} AS {r.skip}" for r in readings
    )
    # What is the same in every row would be written, hashed and read for each.
    same = {"as_of", "source"} - values.keys()
    same |= {r.text.field.key for r in readings if r.is_fixed}
    same -= {r.text.field.key for r in readings if not r.is_fixed}
    connection.execute(
        "CREATE TABLE judgements AS WITH found AS ("
        f"SELECT *, {found} FROM texts {joins}), "
        f"reasons AS (SELECT *, {reasons} FROM found) "
        f"SELECT {', '.join(_selected(columns, columns.keys() - same))} "
        "FROM reasons; CREATE VIEW judged AS "
        f"SELECT {', '.join(['*', *_selected(columns, same)])} "
        "FROM judgements"
    )
    if file.entry.lists:
        connection.execute(
            "DELETE FROM judgements WHERE part > 0 AND place IN (SELECT place "
            "FROM judgements WHERE part = 0 AND refusal IS NOT NULL)"
        )
    return list(notes)


def _from_zero(
    connection: DuckDBPyConnection, texts: Sequence[FieldText]
) -> set[int]:
    """Return the numbers of texts that count places from 0."""
    numbers = {t.number for t in texts if t.field.rule == "position"}
    return {
        number
        for number in numbers
        if row_count(connection, f"texts WHERE t{number} IN ('0', '0.0')")
    }


def _selected(columns: Mapping[str, str], names: Set[str]) -> list[str]:
    return [
        f"{sql} AS {identifier(name)}"
        for name, sql in columns.items()
        if name in names
    ]


def _join(number: int) -> str:
    columns = ", ".join(f"{name} AS h{number}_{name}" for name in Host._fields)
    return (
        f"LEFT JOIN (SELECT site AS h{number}_site, {columns} "
        f"FROM hosts{number}) ON h{number}_site = a{number}"
    )


def _parts(readings: Sequence[_Reading]) -> dict[str, list[_Reading]]:
    """Readings by the part of a record they are about, itself first."""
    parts = dict.fromkeys(["", *(r.text.field.part for r in readings)])
    return {
        part: [r for r in readings if r.text.field.part in (part, EVERY_ROW)]
        for part in parts
        if part != EVERY_ROW
    }


def _values(readings: Sequence[_Reading]) -> dict[str, str]:
    """Return the typed value of each raw column."""
    found: dict[str, dict[str, str]] = {}
    for reading in readings:
        field = reading.text.field
        found.setdefault(field.key, {})[field.part] = reading.value
    return {key: _by_part(parts) for key, parts in found.items()}


def _by_part(parts: Mapping[str, str]) -> str:
    """Return what belongs to the part that a row is of."""
    if len(parts) == 1 and parts.keys() <= {"", EVERY_ROW}:
        return next(iter(parts.values()))
    cases = " ".join(
        f"WHEN {literal(part)} THEN {sql}" for part, sql in parts.items()
    )
    return f"CASE coalesce(list, '') {cases} END"


def _reading(
    number: int,
    text: FieldText,
    texts: Sequence[FieldText],
    statement: Statement,
    is_from_zero: bool,
) -> _Reading:
    field = text.field
    is_raw = field.rule == "text" and field.value is None
    parsed = RULES[field.rule].parse(
        Text(
            form=f"t{text.number}",
            raw=_raw(text) if is_raw else f"t{text.number}",
            value=f"v{number}",
            boolean=f"b{text.number}" if text.is_boolean else "",
            host=f"h{text.number}",
            scale=_scale_of(field, texts),
            latest=f"DATE '{statement.today + GRACE}'",
            settings=field.settings,
            is_from_zero=is_from_zero,
        )
    )
    return _Reading(number, text, parsed)


def _raw(text: FieldText) -> str:
    number = text.number
    return f"CASE WHEN t{number} IS NOT NULL THEN r{number} END"


def _scale_of(field: Field, texts: Sequence[FieldText]) -> str:
    return next(
        (
            _scale(text)
            for text in texts
            if text.field.table == field.table and text.field.column == "scale"
        ),
        "NULL",
    )


def _scale(text: FieldText) -> str:
    form = f"lower(t{text.number})"
    choices = text.field.settings.get("choices")
    return f"{lookup(choices)}[{form}]" if choices else form


def _as_of(entry: Format, own: str | None, statement: Statement) -> str:
    given = f"DATE '{statement.as_of}'" if statement.as_of else None
    named = None
    if statement.from_name is not None:
        rule = next(f.rule for f in entry.fields if f.column == "as_of")
        named = RULES[rule].parse(Text(literal(statement.from_name))).value
    day = f"DATE '{statement.name_date}'" if statement.name_date else None
    return _first(own, given, named, day, f"DATE '{statement.today}'")


def _first(*options: str | None) -> str:
    return f"coalesce({', '.join(o for o in options if o)})"


def _first_refusal(readings: Sequence[_Reading]) -> str:
    cases = "WHEN NOT is_wanted THEN NULL " + " ".join(
        f"WHEN {reading.reason} IS NOT NULL THEN {{"
        f"'column': {literal(reading.text.shown_as)}, "
        f"'reason': {reading.reason}, "
        f"'value_prefix': {_shown_value(reading)}}}"
        for reading in readings
        if reading.refusal != "NULL"
    )
    return (
        f"CASE {cases} ELSE "
        'NULL::STRUCT("column" VARCHAR, reason VARCHAR, value_prefix VARCHAR) '
        "END"
    )


def _shown_value(reading: _Reading) -> str:
    # What stands before an @ may be a password.
    pattern = literal("^([^/]*//)?[^/?#]*@")
    hidden = f"regexp_replace({reading.form}, {pattern}, '\\1…@')"
    return f"left({hidden}, {VALUE_PREFIX_LENGTH})"


def _first_skip(
    entry: Format,
    part: str,
    readings: Sequence[_Reading],
    values: Mapping[str, str],
) -> str:
    skips = [r.skip for r in readings if r.skipped != "NULL"]
    # Where a record is an answer too, it lands without the source.
    if (
        "ai_references" in entry.tables
        and "ai_references" not in entry.only_with
    ):
        skips.insert(0, "CASE WHEN is_redirector THEN 'redirector' END")
    if entry.skip_empty and not part:
        skips.insert(0, "empty")
    if entry.only:
        skips.insert(0, "CASE WHEN NOT is_wanted THEN 'other_kind' END")
    if not part and set(entry.own_tables) <= set(entry.only_with):
        needed = [
            values[entry.fields_of(table)[column].key]
            for table, column in entry.only_with.items()
        ]
        empty = " AND ".join(f"{value} IS NULL" for value in needed)
        skips.append(f"CASE WHEN {empty} THEN 'no_value' END")
    return _first(*skips, "NULL::VARCHAR")


SENTENCES = {
    "lookalike_letters": "{} with a domain in look-alike letters of another "
    "script",
    "date_before_web": "{} with a date before the first web site (such as "
    "1970-01-01), which often means no date",
    "unusable_url": "{} with a URL that is none; only the domain landed",
    "control_characters": "{} with control characters (such as NUL), each of "
    "which landed as a space",
    "date_like_id": "{} with an id like 2-Mar, which a spreadsheet may have "
    "made of another; check it against the tool's own export",
    "position_from_zero": "{} with positions counted from 0, which landed "
    "counted from 1",
    "redirector": "{} with a source behind a redirector, in whose place "
    "landed what it leads to",
    "silent_redirector": "{} with a source behind a redirector that does not "
    "say where it leads; only the answer landed",
    "link_to_itself": "{} with a link from a site to itself, which lands and "
    "does not count as a backlink",
    "dated_today": "{} without a date, which got today's; give it with --as-of",
    "own_date_kept": "{} with a date in the file, which stands against --as-of",
}


def notes_of(
    file: Recognised,
    parsed_notes: Iterable[tuple[str, str]],
    values: Mapping[str, str],
    statement: Statement,
) -> dict[str, str]:
    """Return what is to be counted among the records that land.

    Parameters
    ----------
    file : Recognised
        The file and its format.
    parsed_notes : iterable of (str, str)
        Code and SQL of the notes of parse rules.
    values : mapping of str to str
        SQL of the typed values, by `Field.key`.
    statement : Statement
        What is known beside the records.

    Returns
    -------
    dict of str to str
        SQL of a boolean by code, a key of `SENTENCES`.
    """
    found: dict[str, list[str]] = {}
    for code, sql in [*parsed_notes, *_more(file, values, statement)]:
        found.setdefault(code, []).append(f"coalesce({sql}, false)")
    return {code: " OR ".join(sqls) for code, sqls in found.items()}


def _more(
    file: Recognised, values: Mapping[str, str], statement: Statement
) -> Iterator[tuple[str, str]]:
    if "backlinks" in file.entry.tables:
        source, target = "backlinks.source_domain", "backlinks.target_domain"
        yield "link_to_itself", f"{values[source]} = {values[target]}"
    yield "control_characters", "has_controls"
    if "ai_references" in file.entry.only_with:
        yield "silent_redirector", "is_redirector"
    if "ai_references" in file.entry.tables:
        yield "redirector", "is_resolved"
    own_date = values.get("as_of", "NULL::DATE")
    if statement.as_of is not None:
        yield "own_date_kept", f"{own_date} <> DATE '{statement.as_of}'"
    elif statement.from_name is None and statement.name_date is None:
        yield "dated_today", f"{own_date} IS NULL"
