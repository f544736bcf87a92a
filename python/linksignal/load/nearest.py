"""The nearest format of a file that fits none, and the map that would do.

What a column is guessed to be, is told and never acted upon.
"""

from __future__ import annotations

import csv
import difflib
import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from linksignal.errors import LinksignalError, refusal
from linksignal.load.column_map import ColumnMap
from linksignal.load.format_file import (
    Field,
    Format,
    alternatives,
    folded,
    list_of,
)
from linksignal.load.gate import GatedFile
from linksignal.load.header import (
    Header,
    csv_reader,
    is_value,
    no_header,
    read_csv_header,
    shapes,
)
from linksignal.load.json_items import Place
from linksignal.load.platforms import platform_of
from linksignal.load.raw_columns import reading_of
from linksignal.text import listed, printable, shown

WORDS_FILE = Path(__file__).parent / "column_words.csv"
GUIDE = "linksignal formats --guide"
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "|"}
# Columns that a sentence names.
_NAMED = 8
_SAMPLE = 20
_LONGEST_NAME = 60
# A value of more words is a text.
_WORDS_OF_ID = 3
# What may be the same in a whole file, as the user would set it.
_SETTABLE = {
    "platform": "PLATFORM",
    "scale": "0-100",
    "kind": "citation",
    "signal": "NAME",
}
# Columns that files of any kind may have.
_OF_ANY_FILE = frozenset({"country", "language"})
_HOST = re.compile(r"(?:[\w-]+\.)+[^\W\d_]{2,}", re.IGNORECASE)
_URL = re.compile(rf"https?://\S+|{_HOST.pattern}/\S*", re.IGNORECASE)


# url_1, url_2: one of several columns for the same.
_NUMBERED = re.compile(r"(?P<stem>.*[^\W\d])[_ -]?\d{1,2}")


@dataclass(frozen=True)
class _Table:
    """What can be seen of a file: its columns, and some values of each."""

    header: Header
    values: Mapping[str, list[str]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Where its records stand in JSON; empty for the document itself."""
        return self.header.place.path if self.header.place else ""


@dataclass(frozen=True)
class _Near:
    """How near a file is to a format.

    `has` and `lacks` are columns that the format needs, `guessed` those of
    `lacks` that a column of the file seems to be, `more` further columns
    that seem to be of use, each by the file's name; `others` are columns of
    the file that are none of these; `is_container` whether the format comes
    as the file does, `is_placed` whether it looks for records where they are,
    `is_excluded` whether it has a column that tells another format.
    """

    entry: Format
    has: list[str]
    lacks: list[str]
    guessed: dict[str, str] = field(default_factory=dict)
    more: dict[str, str] = field(default_factory=dict)
    others: list[str] = field(default_factory=list)
    is_container: bool = True
    is_placed: bool = True
    is_excluded: bool = False

    @property
    def settable(self) -> dict[str, str]:
        """Columns that nothing seems to be, and that may be set."""
        return {
            name: _SETTABLE[name]
            for wanted in self.unmatched
            for name in wanted.split(" or ")[:1]
            if name in _SETTABLE
        }

    @property
    def unset(self) -> list[str]:
        """Needed columns that must be added: nothing else can give them."""
        return [
            name
            for name in self.unmatched
            if name.split(" or ")[0] not in self.settable
        ]

    @property
    def unmatched(self) -> list[str]:
        """Needed columns that no column of the file seems to be."""
        found = set(self.guessed.values())
        return [
            name for name in self.lacks if found.isdisjoint(name.split(" or "))
        ]

    @property
    def score(self) -> float:
        """The larger, the nearer; nothing is in common where it is none."""
        found = len(self.has) + len(self.guessed) + len(self.more) / 2
        # One of several names counts in full: a format with one is nearer.
        missing = len(self.unmatched) - 0.75 * sum(
            name in _SETTABLE for name in self.unmatched
        )
        is_for_all = self.entry.source == "own" or self.entry.file
        return (
            found
            + (0.5 if found and is_for_all else 0)
            - 1.5 * missing
            - (3 if not self.is_container else 0)
            - (1 if not self.is_placed else 0)
            - 0.5 * min(3, len(self.others) if self.entry.is_exact else 0)
        )

    @property
    def column_map(self) -> ColumnMap:
        """The map that makes the file one of the format, if anything does."""
        return ColumnMap({**self.guessed, **self.more}, self.settable)


def unknown(
    gated: GatedFile, formats: Mapping[str, Format], column_map: ColumnMap
) -> LinksignalError:
    """Return the refusal of a file that fits no format.

    Parameters
    ----------
    gated : GatedFile
        The file.
    formats : mapping of str to Format
        The known formats.
    column_map : ColumnMap
        What the user has mapped already.

    Returns
    -------
    LinksignalError
        Exit code 3; says which format is nearest, what the file has of it,
        what it lacks, and the map that would do.
    """
    start = gated.head.lstrip()[:1]
    if gated.is_parquet or start in ("{", "["):
        tables = _nested_tables(gated)
        kind = "Parquet" if gated.is_parquet else "JSON"
        kind = "a JSON array" if start == "[" else kind
        if not tables:
            return refusal(gated.name, f"it is {kind}, {_no_objects(gated)}")
        opening = f"it is {kind}, and its records fit no known format"
    else:
        tables = [_csv_table(gated)]
        named = _DELIMITERS[tables[0].header.delimiter]
        opening = f"its header, separated by {named}, fits no known format"
    column_map.check_file(gated.name, _all_columns(tables))
    near, table = max(
        (
            (_near(entry, table, column_map), table)
            for table in tables
            for entry in formats.values()
        ),
        key=lambda each: each[0].score,
    )
    if texts := _texts_of_json(table):
        advice = _advice_on_texts(texts, table)
    elif near.score <= 0:
        advice = _nothing_near(table)
    else:
        advice = _advice(near, table, column_map)
    lists = _lists_of(table, tables)
    more = f"; of {lists} only a format file makes rows ({GUIDE})"
    return refusal(
        gated.name,
        printable(
            f"{opening}: {_columns_told(table, tables)}"
            f"{more if lists else ''}; {advice}"
        ),
    )


def _texts_of_json(table: _Table) -> list[str]:
    """Return the columns whose texts are objects, or lists of objects."""
    return [
        name
        for name, values in table.values.items()
        if any(values) and all(map(_holds_object, filter(None, values)))
    ]


def _holds_object(text: str) -> bool:
    if text[:1] not in ("{", "["):
        return False
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        # A long one ends where the sample does.
        return False
    inner = value if isinstance(value, list) else [value]
    return all(isinstance(each, dict) for each in inner)


def _advice_on_texts(names: Sequence[str], table: _Table) -> str:
    column = listed(map(shown, names[:_NAMED]))
    holds = "holds" if len(names) == 1 else "hold"
    if table.header.container == "json":
        return (
            f"{column} {holds} JSON within a text: write the JSON itself in "
            "the place of that text, and load it again"
        )
    return (
        f"{column} {holds} JSON within a text: write each record as JSON, one "
        "to a line, with the JSON itself in the place of that text, and load "
        "that"
    )


def _columns_alike(near: _Near, table: _Table) -> list[str]:
    """Return the columns of which a map would take the first and no other."""
    for name in near.guessed:
        if found := _NUMBERED.fullmatch(name):
            alike = [
                each
                for each in table.header.columns
                if (other := _NUMBERED.fullmatch(each))
                and other["stem"] == found["stem"]
            ]
            if len(alike) > 1:
                return alike
    return []


def lacking(
    gated: GatedFile,
    entry: Format,
    headers: Sequence[Header],
    column_map: ColumnMap,
) -> LinksignalError:
    """Return the refusal of a file that is not of the format that is named."""
    tables = [_with_values(gated, header) for header in headers]
    column_map.check_file(gated.name, _all_columns(tables))
    nears = [(_near(entry, each, column_map), each) for each in tables]
    near, table = min(nears, key=lambda each: len(each[0].lacks))
    found = ", ".join(map(shown, table.header.columns[:12]))
    missing = ", ".join(map(shown, near.lacks))
    wanted = " or ".join(_DELIMITERS.get(d, d) for d in entry.delimiters)
    hint = f" separated by {wanted}" if table.header.container == "csv" else ""
    advice = _remedy(near, table, column_map)
    return refusal(
        gated.name,
        printable(
            f"as {entry.name}{hint} it lacks the column {missing}; "
            f"its header reads {found}; {advice}, or name another format"
        ),
    )


def larger(
    gated: GatedFile,
    entry: Format,
    header: Header,
    formats: Mapping[str, Format],
    column_map: ColumnMap,
) -> LinksignalError | None:
    """Return the refusal of a file of which a format would read a part only.

    Answers without a platform would be taken for what they cite alone.

    Parameters
    ----------
    gated : GatedFile
        The file.
    entry : Format
        The only format that fits.
    header : Header
        Where it fits.
    formats : mapping of str to Format
        The known formats.
    column_map : ColumnMap
        What the user has mapped already.

    Returns
    -------
    LinksignalError or None
        Exit code 3; None where no format would read the same columns and more
        with a map.
    """
    table = _with_values(gated, header)
    read = entry.known() & header.folded
    for other in formats.values():
        if other.source != "own" or other.name == entry.name:
            continue
        near = _near(other, table, column_map)
        if not _is_short_of_constants(near, table):
            continue
        known = _columns_read(near, table)
        if known > read:
            names = [n for n in header.columns if folded(n) in known - read]
            left = "it" if len(names) == 1 else "them"
            return refusal(
                gated.name,
                printable(
                    f"{_advice_on_part(near, names, column_map)}, or with "
                    f"--format {entry.name}, which leaves {left} unread"
                ),
            )
    return None


def _is_short_of_constants(near: _Near, table: _Table) -> bool:
    """Tell whether a format lacks nothing but what a whole file may say."""
    lacks = {name.partition(" or ")[0] for name in near.lacks}
    excluded = map(folded, near.entry.excludes)
    return (
        near.is_container
        and near.is_placed
        and lacks <= _SETTABLE.keys()
        and table.header.folded.isdisjoint(excluded)
    )


def _columns_read(near: _Near, table: _Table) -> frozenset[str]:
    """Columns of the file that tell that it is of a format, folded."""
    own = near.entry.known() & table.header.folded - _OF_ANY_FILE
    more = [
        name
        for name, target in near.more.items()
        if target not in _OF_ANY_FILE | {"answered_at"}
    ]
    return own | frozenset(map(folded, [*near.guessed, *more]))


def _advice_on_part(
    near: _Near, names: Sequence[str], column_map: ColumnMap
) -> str:
    missing = [name.partition(" or ")[0] for name in near.lacks]
    are = "is a column" if len(names) == 1 else "are columns"
    return (
        f"{_some([shown(name) for name in names])} {are} of "
        f"{near.entry.name}, of which it lacks {_some(missing)}; load it with "
        f"{_words_of_map(near, column_map)}, if {_condition(near)}"
    )


def _all_columns(tables: Sequence[_Table]) -> list[str]:
    names = (name for table in tables for name in table.header.columns)
    return list(dict.fromkeys(names))


def _csv_table(gated: GatedFile) -> _Table:
    first_line = gated.head.splitlines()[0]
    if first_line.lower().startswith("sep="):
        raise refusal(
            gated.name,
            f"its first line, {shown(first_line)}, is a word to Excel and no "
            "header; remove it",
        )
    delimiter = max(_DELIMITERS, key=first_line.count)
    header = read_csv_header(gated, delimiter)
    if values := [column for column in header.columns if is_value(column)]:
        raise no_header(gated, values[0])
    return _with_values(gated, header)


def _with_values(gated: GatedFile, header: Header) -> _Table:
    """Read some values of the columns of CSV, for guesses alone."""
    values: dict[str, list[str]] = {name: [] for name in header.columns}
    if header.container == "csv":
        lines = io.StringIO(gated.head, newline="")
        try:
            rows = list(islice(csv_reader(lines, header.delimiter), _SAMPLE))
        except csv.Error:
            rows = []
        for row in rows[1:]:
            for name, value in zip(header.columns, row, strict=False):
                values[name].append(value.strip())
    return _Table(header, values)


def _no_objects(gated: GatedFile) -> str:
    """Say what is wrong with JSON in which no object is seen."""
    try:
        is_sound = gated.is_whole and json.loads(gated.head) not in ([], [{}])
    except (ValueError, RecursionError):
        is_sound = False
    if is_sound:
        return (
            "and holds no object with keys, as records are; write it like "
            '[{"domain": "example.com"}]'
        )
    return (
        "and its first records fit no known format or are broken; check that "
        "it is the tool's unchanged export"
    )


def _nested_tables(gated: GatedFile) -> list[_Table]:
    """Return where records may stand in JSON, or the columns of Parquet."""
    if gated.is_parquet:
        try:
            names = tuple(pq.read_schema(gated.path).names)
        except (pa.ArrowException, OSError, ValueError):
            return []
        return [_Table(Header("parquet", names))]
    return [
        _Table(
            Header("json", columns, place=Place(path)),
            {name: list(_texts_at(objects, name)) for name in columns},
        )
        for path, columns, objects in shapes(gated.head, gated.name)
        if columns
    ]


def _texts_at(objects: Sequence[Any], name: str) -> Iterator[str]:
    """Yield the values of a key, or of one in an object, that are texts."""
    for each in objects:
        value = each
        for key in name.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        if isinstance(value, str):
            yield value.strip()


def _columns_told(table: _Table, tables: Sequence[_Table]) -> str:
    names = list(table.header.columns)
    told = ", ".join(map(shown, names[:_NAMED]))
    more = ", …" if len(names) > _NAMED else ""
    if table.header.container != "json":
        return f"{told}{more}"
    place = f"at {table.path}" if table.path else "at its top"
    where = f"{place} " if len(tables) > 1 else ""
    return f"{where}it has the keys {told}{more}"


def _lists_of(table: _Table, tables: Sequence[_Table]) -> str:
    """Name the lists of objects within the records."""
    start = f"{table.path}." if table.path else ""
    names = [
        each.path.removeprefix(start)
        for each in tables
        if each.path.startswith(start) and each.path.endswith("[]")
    ]
    return listed(map(shown, names[:_NAMED])) if names else ""


def _advice(near: _Near, table: _Table, column_map: ColumnMap) -> str:
    """Say which format is nearest, and what to do."""
    text = f"nearest is {near.entry.name}, of which it "
    if near.has:
        text += f"has {_some(near.has)}{' and ' if near.lacks else ''}"
    if near.lacks:
        text += f"lacks {_some(near.lacks)}"
    if not (near.has or near.lacks):
        text += "needs no column"
    if alike := _columns_alike(near, table):
        return (
            f"{text}; {_some([shown(name) for name in alike])} hold several "
            f"values of one record, which a format file reads ({GUIDE}) and "
            "--map cannot, or write a row for each"
        )
    remedy = _remedy(near, table, column_map)
    if GUIDE in remedy:
        return f"{text}; {remedy}"
    shows = f"linksignal formats {near.entry.name} shows a file that loads"
    return f"{text}; {remedy} ({shows})"


def _some(names: Sequence[str]) -> str:
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return listed([*names[:_NAMED], *more])


def _nothing_near(table: _Table) -> str:
    if table.header.container == "csv":
        return (
            "no format is near; check that the first line is the header and "
            "that it is the tool's unchanged export (linksignal formats lists "
            f"what can be read), or describe it in a format file ({GUIDE})"
        )
    return (
        "no format is near; check that it is the tool's unchanged export "
        "(linksignal formats lists what can be read), or describe it in a "
        f"format file ({GUIDE})"
    )


def _remedy(near: _Near, table: _Table, column_map: ColumnMap) -> str:
    """Say what to do: the map that would do, where one is seen to."""
    entry, header = near.entry, table.header
    if not near.lacks and header.delimiter == "|":
        return "save it with commas, semicolons or tabs between its columns"
    if entry.is_exact and near.others:
        names = ", ".join(map(shown, near.others[:_NAMED]))
        return f"remove the columns that it does not know ({names})"
    if not near.is_placed and table.path != "[]":
        return (
            f'describe it in a format file with items: ["{table.path}"], as no '
            f"format looks for records there ({GUIDE})"
        )
    words = _words_of_map(near, column_map)
    if near.is_excluded:
        words = f"{words} --format {entry.name}".strip()
    steps = []
    if not near.is_container:
        steps.append(f"save it as {entry.containers[0].upper()}")
    elif not near.is_placed:
        steps.append("write its records one to a line")
    if near.unset:
        steps.append(
            f"add {_some(near.unset)} (no column of it seems to be that)"
        )
    if words:
        steps.append(f"load it with {words}, if {_condition(near)}")
    else:
        steps.append("load it again")
    return ", then ".join(steps)


def _condition(near: _Near) -> str:
    """Say what must hold, for the map that is advised to be right."""
    same = [f"every record has that {name}" for name in near.settable]
    mapped = near.guessed or near.more
    sure = ["that is what these columns are"] if mapped else []
    return listed(
        [*(sure if mapped or same else ["that is what it is"]), *same]
    )


def _words_of_map(near: _Near, column_map: ColumnMap) -> str:
    found = near.column_map
    return ColumnMap(
        {**column_map.columns, **found.columns},
        {**column_map.constants, **found.constants},
    ).words()


def _is_placed(entry: Format, table: _Table) -> bool:
    """Tell whether a format looks for records where those of a file stand."""
    if table.header.container != "json" or not _comes_as(entry, table):
        return True
    if not table.path:
        return "jsonl" in entry.containers
    return table.path in [place.path for place in entry.places]


def _others(entry: Format, table: _Table) -> list[str]:
    """Columns that a format does not know."""
    known = entry.known()
    return [name for name in table.header.columns if folded(name) not in known]


def _near(entry: Format, table: _Table, column_map: ColumnMap) -> _Near:
    mapped = column_map.lacked(table.header.folded).of(entry)
    if mapped is None:
        return _Near(entry, [], ["what --map names"] * 99)
    header = table.header.folded
    # What identifies a record is made of whatever of it is there.
    digests = [
        " or ".join(f.sources) for f in mapped.fields if f.rule == "digest"
    ]
    needed = [
        name for name in mapped.missing_from(frozenset()) if name not in digests
    ]
    lacks = [name for name in mapped.missing_from(header) if name in needed]
    # A map can be pasted only where its names can be printed.
    free = [
        name
        for name in _others(mapped, table)
        if name.isprintable() and len(name) <= _LONGEST_NAME
    ]
    targets = _targets(mapped, header)
    guesses: dict[str, str] = {}
    for is_needed in (True, False):
        for target, used in targets.items():
            is_lacking = any(target in each.split(" or ") for each in lacks)
            is_told = not set(guesses.values()).isdisjoint(used.sources)
            if is_lacking is not is_needed or is_told:
                continue
            name = _best_column(target, used, free, table, is_needed)
            if name is not None:
                guesses[name] = target
                free.remove(name)
    of_lacks = {
        name: target
        for name, target in guesses.items()
        if any(target in each.split(" or ") for each in lacks)
    }
    return _Near(
        entry,
        has=[name for name in needed if name not in lacks],
        lacks=lacks,
        guessed=of_lacks,
        more={n: t for n, t in guesses.items() if n not in of_lacks},
        others=free,
        is_container=_comes_as(mapped, table),
        is_placed=_is_placed(mapped, table),
        is_excluded=not {folded(name) for name in free}.isdisjoint(
            map(folded, mapped.excludes)
        ),
    )


def _comes_as(entry: Format, table: _Table) -> bool:
    container = table.header.container
    wanted = {"json", "jsonl"} if container == "json" else {container}
    return not wanted.isdisjoint(entry.containers)


def _targets(entry: Format, header: frozenset[str]) -> dict[str, Field]:
    """Columns of a format that a file lacks, with a field that reads each."""
    found: dict[str, Field] = {}
    for used in entry.fields:
        for source in used.sources:
            is_own = list_of(source) is None and len(alternatives(source)) == 1
            is_plain = is_own and ".." not in source and "outer." not in source
            if is_plain and folded(source) not in header:
                rule = found[source].rule if source in found else "digest"
                if rule in ("digest", "domain"):
                    found[source] = used
    return found


def _best_column(
    target: str,
    used: Field,
    free: Sequence[str],
    table: _Table,
    is_needed: bool,
) -> str | None:
    """Return the column that is likeliest to be one of a format, if any is."""
    rated = [
        (_likeness(target, used, name, table), -number, name)
        for number, name in enumerate(free)
    ]
    if not rated:
        return None
    best, _, name = max(rated)
    return name if best >= (2 if is_needed else 3) else None


def _likeness(target: str, used: Field, name: str, table: _Table) -> int:
    """Rate by name and values whether a column is one of a format.

    3 and more are sure of the name, 2 of the values alone.
    """
    is_json = table.header.container == "json"
    word = _letters(name.rpartition(".")[2] if is_json else name)
    words = _words(used.column)
    fit = _fit_of_values(target, used, table.values.get(name, []))
    if word == _letters(target) or word in words:
        return 3 + fit if fit >= 0 else 0
    near = difflib.get_close_matches(word, [_letters(target), *words], 1, 0.84)
    parts = {_letters(part) for part in re.split(r"[\W_]+", name)}
    if near or not parts.isdisjoint(words):
        return 2 + fit if fit >= 0 else 0
    return 2 if fit > 0 else 0


def _fit_of_values(target: str, used: Field, values: Sequence[str]) -> int:
    """Return 1 where values tell that they are meant, -1 that they are not."""
    known = [value for value in values if value]
    if not known:
        return 0
    usual = reading_of(used.table, used.column).rules[0]
    rule = "url" if target == "url" else usual
    tests = {
        "url": lambda value: _URL.fullmatch(value) is not None,
        "domain": lambda value: _HOST.fullmatch(value) is not None,
        "platform": lambda value: platform_of(value) is not None,
    }
    if rule in tests:
        share = sum(map(tests[rule], known)) / len(known)
        if rule == "domain" and target == "domain" and share < 0.5:
            is_url = sum(map(tests["url"], known)) / len(known)
            return 0 if is_url > 0.5 else -1
        return 1 if share > 0.5 else -1
    if rule == "identifier":
        is_text = [len(value.split()) > _WORDS_OF_ID for value in known]
        return -1 if any(is_text) else 0
    if rule in ("count", "number", "score", "position"):
        is_number = [re.fullmatch(r"[-+\d.,% ]+", v) is not None for v in known]
        return 0 if all(is_number) else -1
    return 0


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


@cache
def _words(column: str) -> frozenset[str]:
    """Return what other tools call a raw column."""
    with WORDS_FILE.open(encoding="utf-8", newline="") as file:
        words = {row["column"]: row["words"] for row in csv.DictReader(file)}
    found = [column, *words.get(column, "").split("|")]
    return frozenset(filter(None, map(_letters, found)))
