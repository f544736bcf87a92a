"""Validation: each record gets typed values, or is rejected or skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from duckdb import DuckDBPyConnection

from linksignal.contract import raw_types
from linksignal.errors import refusal
from linksignal.load.engine import lookup, row_count, run
from linksignal.load.format_file import EVERY_ROW, Field, Format
from linksignal.load.raw_columns import REJECT
from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES, Parsed, Text
from linksignal.load.texts import FieldText, Statement, host_numbers
from linksignal.sql import literal
from linksignal.text import shown

# Rules that read days as spreadsheets write them.
_OF_DAYS = frozenset({"date", "timestamp", "unix_timestamp", "dated"})
# Today may be tomorrow in UTC.
GRACE = timedelta(days=1)


@dataclass(frozen=True)
class _Reading:
    """SQL of the value, the reject reason and the skip reason of a field.

    Fields that are read alike share the number of the value; those that say
    the same of an empty text share that of the reasons.
    """

    place: int
    number: int
    reason_number: int
    text: FieldText
    parsed: Parsed

    @property
    def column(self) -> str:
        return literal(self.text.shown_as)

    @property
    def form(self) -> str:
        return f"text_{self.text.number}"

    @property
    def is_fixed(self) -> bool:
        field = self.text.field
        is_text = field.rule == "text" and field.value is not None
        return is_text or self.text.is_absent

    @property
    def value(self) -> str:
        return self.parsed.value if self.is_fixed else f"value_{self.number}"

    @property
    def reason(self) -> str:
        return f"reason_{self.reason_number}"

    @property
    def skip(self) -> str:
        return f"skip_{self.reason_number}"

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
            f"case when {self.form} is null then {literal(code)} "
            f"else {otherwise} end"
        )


@dataclass(frozen=True)
class _Whole:
    """What the whole file tells of how its texts are read."""

    from_zero: set[int]
    date_order: str = ""


def judge(
    connection: DuckDBPyConnection,
    file: Recognised,
    texts: Sequence[FieldText],
    statement: Statement,
    *,
    is_alone: bool = True,
) -> list[str]:
    """Validate ``texts`` with ``hosts`` into a relation ``judged``.

    ``judged`` has place, the typed columns under `Field.key`, refusal (a
    struct of column, reason, value_prefix, or NULL), skip (a reason code or
    NULL) and a boolean ``note:<code>`` per note; part and list where the
    format has lists. The elements of a refused record are not in it. Of a
    file that is read alone one day tells how its others are read.

    Returns
    -------
    list of str
        Codes of the notes.
    """
    whole = _Whole(_from_zero(connection, texts))
    notes = _judge(connection, file, texts, statement, whole)
    ambiguous = "judged where refusal.reason = 'ambiguous_date'"
    has_days = any(
        each.field.rule in _OF_DAYS and not each.is_absent for each in texts
    )
    if is_alone and has_days and row_count(connection, ambiguous):
        order = _date_order(connection, file.name, texts)
        if order:
            connection.execute("drop view judged; drop table judgements")
            whole = replace(whole, date_order=order)
            notes = _judge(connection, file, texts, statement, whole)
    if file.entry.is_summed:
        _add_up(connection, file.entry)
    return notes


def _judge(
    connection: DuckDBPyConnection,
    file: Recognised,
    texts: Sequence[FieldText],
    statement: Statement,
    whole: _Whole,
) -> list[str]:
    readings = list(_readings(texts, statement, whole))
    values = _values(readings)
    parsed_notes = [note for r in readings for note in r.parsed.notes.items()]
    notes = notes_of(file, parsed_notes, values, statement)
    columns = {
        **values,
        "as_of": _as_of(file.entry, values.get("as_of"), statement),
        "source": _first(values.get("source"), literal(statement.source)),
        **{f"note:{code}": sql for code, sql in notes.items()},
    }
    same = {"as_of", "source"} - values.keys()
    same |= {r.text.field.key for r in readings if r.is_fixed}
    same -= {r.text.field.key for r in readings if not r.is_fixed}
    parts = _parts(readings)
    run(
        connection,
        "judgements",
        readings=readings,
        host_numbers=host_numbers(texts),
        columns={n: sql for n, sql in columns.items() if n not in same},
        constants={n: sql for n, sql in columns.items() if n in same},
        refusals=parts,
        skips={
            part: list(_skips(file.entry, part, own, values))
            for part, own in parts.items()
        },
        has_lists=bool(file.entry.lists),
        empty_codes=list(file.entry.skip_empty),
    )
    return list(notes)


def _add_up(connection: DuckDBPyConnection, entry: Format) -> None:
    """Let the first record of a domain have the totals of all."""
    fields = entry.fields_of("backlink_profiles")
    described = connection.execute("describe judgements").fetchall()
    # What the file has no column for is not in it: its sum is unknown too.
    told = {str(column) for column, *_ in described}
    run(
        connection,
        "added_up",
        domain=fields["domain"].key,
        counted=fields["referring_domains"].key,
        sums=[
            field.key
            for name, field in fields.items()
            if name.endswith(("_links", "_backlinks")) and field.key in told
        ],
    )


def _from_zero(
    connection: DuckDBPyConnection, texts: Sequence[FieldText]
) -> set[int]:
    """Return the numbers of texts whose positions are counted from 0."""
    return set(texts_from_zero(connection, texts))


def texts_from_zero(
    connection: DuckDBPyConnection, texts: Sequence[FieldText]
) -> dict[int, list[int]]:
    """Return the numbers of the files that count from 0, by that of the text.

    The number of a file that is read by itself is 0.
    """
    positions = {
        text.number
        for text in texts
        if text.field.rule == "position" and not text.is_absent
    }
    found = {
        number: connection.execute(
            "select distinct file_number(place) from texts "
            f"where text_{number} in ('0', '0.0')"
        ).fetchall()
        for number in sorted(positions)
    }
    return {
        number: [file for (file,) in files]
        for number, files in found.items()
        if files
    }


def _date_order(
    connection: DuckDBPyConnection, file: str, texts: Sequence[FieldText]
) -> str:
    """Return how days that could be two are read, by the file's other days.

    A spreadsheet writes 03/04/2026 as its country does, and all days of a file
    alike: 30/01/2026 tells that the day comes first.

    Returns
    -------
    str
        Macro that settles them; empty where nothing tells.

    Raises
    ------
    LinksignalError
        Exit code 3 when some days tell this and others that.
    """
    numbers = sorted({t.number for t in texts if t.field.rule in _OF_DAYS})
    row = run(connection, "date_orders", numbers=numbers).fetchone()
    day_first, month_first = row or (None, None)
    if day_first and month_first:
        raise refusal(
            file,
            f"its dates are written in two ways, {shown(day_first)} with the "
            f"day first and {shown(month_first)} with the month first, so "
            "others could be two days; have the spreadsheet write dates as "
            "yyyy-mm-dd and save the file again",
        )
    if day_first:
        return "day_first"
    return "month_first" if month_first else ""


def _parts(readings: Sequence[_Reading]) -> dict[str, list[_Reading]]:
    """Group readings by list, those of the record itself first."""
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
    """Return SQL that picks the expression of a row's list."""
    if len(parts) == 1 and parts.keys() <= {"", EVERY_ROW}:
        return next(iter(parts.values()))
    cases = " ".join(
        f"when {literal(part)} then {sql}" for part, sql in parts.items()
    )
    return f"case coalesce(list, '') {cases} end"


def _readings(
    texts: Sequence[FieldText], statement: Statement, whole: _Whole
) -> Iterator[_Reading]:
    values: dict[tuple[str, ...], int] = {}
    reasons: dict[tuple[str, ...], int] = {}
    for place, text in enumerate(texts):
        field = text.field
        scale = _scale_of(field, texts)
        alike: tuple[str, ...] = (
            *(str(text.number), field.rule, str(field.settings), scale),
            _unknown(field) if text.is_absent else "",
        )
        number = values.setdefault(alike, len(values))
        alike += (str(field.missing),)
        yield _Reading(
            place,
            number,
            reasons.setdefault(alike, len(reasons)),
            text,
            _parsed(number, text, scale, statement, whole),
        )


def _parsed(
    number: int,
    text: FieldText,
    scale: str,
    statement: Statement,
    whole: _Whole,
) -> Parsed:
    field = text.field
    if text.is_absent:
        return Parsed(_unknown(field))
    if field.rule == "text" and field.value is not None:
        return Parsed(literal(field.value))
    form = f"text_{text.number}"
    if whole.date_order and field.rule in _OF_DAYS:
        form = f"{whole.date_order}({form})"
    return RULES[field.rule].parse(
        Text(
            form=form,
            raw=_raw(text),
            value=f"value_{number}",
            boolean=f"boolean_{text.number}" if text.is_boolean else "",
            host=f"site_{text.number}",
            scale=scale,
            latest=f"date '{statement.today + GRACE}'",
            settings=field.settings,
            is_from_zero=text.number in whole.from_zero,
        )
    )


def _unknown(field: Field) -> str:
    """Return SQL of no value, in the type of the column."""
    kind = raw_types(field.table or "backlinks")[field.column]
    return f"null::{kind}"


def _raw(text: FieldText) -> str:
    number = text.number
    return f"case when text_{number} is not null then raw_{number} end"


def _scale_of(field: Field, texts: Sequence[FieldText]) -> str:
    return next(
        (
            _scale(text)
            for text in texts
            if text.field.table == field.table and text.field.column == "scale"
        ),
        "null",
    )


def _scale(text: FieldText) -> str:
    form = f"lower(text_{text.number})"
    choices = text.field.settings.get("choices")
    return f"{lookup(choices)}[{form}]" if choices else form


def _as_of(entry: Format, own: str | None, statement: Statement) -> str:
    given = f"date '{statement.as_of}'" if statement.as_of else None
    named = None
    if statement.from_name is not None:
        rule = next(f.rule for f in entry.fields if f.column == "as_of")
        named = RULES[rule].parse(Text(literal(statement.from_name))).value
    day = f"date '{statement.name_date}'" if statement.name_date else None
    return _first(own, given, named, day, f"date '{statement.today}'")


def _first(*options: str | None) -> str:
    return f"coalesce({', '.join(o for o in options if o)})"


def _skips(
    entry: Format,
    part: str,
    readings: Sequence[_Reading],
    values: Mapping[str, str],
) -> Iterator[str]:
    """Yield SQL of the reasons to skip a part, in the order they count."""
    if entry.only:
        yield "case when not is_wanted then 'other_kind' end"
    if entry.skip_empty and not part:
        yield "empty"
    # Where a record is an answer too, it lands without the source.
    if (
        "ai_references" in entry.tables
        and "ai_references" not in entry.only_with
    ):
        yield "case when is_redirector then 'redirector' end"
    yield from (r.skip for r in readings if r.skipped != "null")
    if not part and set(entry.own_tables) <= set(entry.only_with):
        needed = [
            values[entry.fields_of(table)[column].key]
            for table, column in entry.only_with.items()
        ]
        empty = " and ".join(f"{value} is null" for value in needed)
        yield f"case when {empty} then 'no_value' end"


SENTENCES = {
    "lookalike_letters": "{} with a domain in look-alike letters of another "
    "script",
    "date_before_web": "{} with a date before the first web site (such as "
    "1970-01-01), which often means no date",
    "unusable_url": "{} with a text in place of a URL; only the domain landed",
    "control_characters": "{} with control characters (such as NUL), each of "
    "which landed as a space",
    "date_like_id": "{} with an id like 2-Mar, which a spreadsheet may have "
    "made of another; check it against the tool's own export",
    "position_from_zero": "{} with positions counted from 0; they landed "
    "counted from 1",
    "redirector": "{} with a source behind a redirector; what it leads to "
    "landed in its place",
    "silent_redirector": "{} with a source behind a redirector that does not "
    "say where it leads; only the answer landed",
    "link_to_itself": "{} with a link from a site to itself, which lands and "
    "does not count as a backlink",
    "not_in_graph": "{} of domains that are not in the graph: no page it was "
    "made from links to them, so they have 0 referring domains there",
    "no_prompt": "{} without a prompt; name the key that holds it with "
    "--prompt-key",
    "no_brands": "{} with a text in which no brand was looked for, as no "
    "domains with brand_aliases are loaded; load these first, or with it, if "
    "mentions are to count",
    "dated_today": "{} without a date, so today's is used; set it with --as-of",
    "own_date_kept": "{} with a date in the file, used in place of --as-of",
}


def notes_of(
    file: Recognised,
    parsed_notes: Iterable[tuple[str, str]],
    values: Mapping[str, str],
    statement: Statement,
) -> dict[str, str]:
    """Return the conditions that are reported for the records that land.

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
    found: dict[str, dict[str, None]] = {}
    for code, sql in [*parsed_notes, *_more(file, values, statement)]:
        found.setdefault(code, {})[f"coalesce({sql}, false)"] = None
    return {code: " or ".join(sqls) for code, sqls in found.items()}


def _is_timed(file: Recognised, values: Mapping[str, str]) -> str:
    """Return the condition that a part is of an answer that says its time."""
    if "ai_answers" not in file.entry.own_tables:
        return "false"
    answered = values.get("ai_answers.answered_at", "null::timestamp")
    is_element = "part > 0 or " if file.entry.lists else ""
    return f"({is_element}{answered} is not null)"


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
    if any(f.is_nearby and f.column == "prompt" for f in file.entry.fields):
        yield "no_prompt", f"part = 0 and {values['ai_answers.prompt']} is null"
    if file.entry.answer_text and not statement.brands:
        yield "no_brands", "part = 0"
    own_date = values.get("as_of", "null::date")
    if statement.as_of is not None:
        yield "own_date_kept", f"{own_date} <> date '{statement.as_of}'"
    elif statement.from_name is None and statement.name_date is None:
        yield (
            "dated_today",
            f"{own_date} is null and not {_is_timed(file, values)}",
        )
