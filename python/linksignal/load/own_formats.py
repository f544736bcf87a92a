"""Formats of one's own: format files in a folder of the user's.

They have the form of those that linksignal brings (`format_schema`) and can do
no more than these: what a file says becomes names and texts in SQL, never SQL.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import yaml

from linksignal.errors import LinksignalError
from linksignal.load.format_file import (
    EVERY_ROW,
    Field,
    Format,
    format_of,
    read_formats,
)
from linksignal.load.platforms import platform_names, platform_of
from linksignal.load.raw_columns import REJECT, needed, reading_of
from linksignal.project import PROJECT_DIR
from linksignal.text import listed, printable, shown

FOLDER = "formats"
GUIDE = PROJECT_DIR / "docs" / "own_formats.md"
_ENDINGS = (".yml", ".yaml")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
# The largest of ours has 4,000 bytes.
_MOST_BYTES = 100_000


@dataclass(frozen=True)
class Formats:
    """The formats that a command knows.

    Attributes
    ----------
    by_name : mapping of str to Format
        All of them, those that linksignal brings first.
    folder : Path or None
        Where formats of the user's were found.
    """

    by_name: Mapping[str, Format]
    folder: Path | None = None

    @property
    def own(self) -> list[Format]:
        """Formats of the user's."""
        return [each for each in self.by_name.values() if each.file]


def find_formats(
    raw_dir: Path | None,
    named: Path | None = None,
    faults: list[LinksignalError] | None = None,
) -> Formats:
    """Return the formats that linksignal brings and those of the user's.

    Parameters
    ----------
    raw_dir : Path or None
        Raw directory; a folder ``formats`` beside it holds format files.
    named : Path, optional
        Folder of format files that the user names, in place of that one.
    faults : list of LinksignalError, optional
        Gets what is wrong with format files, which are left out then.

    Returns
    -------
    Formats

    Raises
    ------
    LinksignalError
        Exit code 2 when the folder that was named has no format file, or a
        format file cannot be used.
    """
    beside = raw_dir.resolve().parent / FOLDER if raw_dir else None
    folder = named or (beside if beside and beside.is_dir() else None)
    if folder is None:
        return Formats(read_formats())
    files = _format_files(folder)
    if not files and named is None:
        return Formats(read_formats())
    if not files:
        raise LinksignalError(
            f"{folder}: there are no format files (.yml) in this folder; name "
            "the folder that holds them"
        )
    found = dict(read_formats())
    for path in files:
        try:
            entry = read_own_format(path)
            _check_name(path, found.get(entry.name))
            found[entry.name] = entry
        except LinksignalError as error:
            if faults is None:
                raise
            faults.append(error)
    return Formats(found, folder)


def _check_name(path: Path, rival: Format | None) -> None:
    if rival is not None:
        raise LinksignalError(
            f"{printable(str(path))}: there is already a format {rival.name} "
            f"({rival.file or 'that linksignal brings'}); give this file "
            "another name"
        )


def _format_files(folder: Path) -> list[Path]:
    try:
        return sorted(
            path
            for path in folder.iterdir()
            if path.suffix in _ENDINGS and not path.name.startswith(".")
        )
    except OSError as error:
        raise LinksignalError(
            f"{printable(str(folder))}: this folder of format files cannot be "
            f"read ({error.strerror}); name a folder"
        ) from error


def read_own_format(path: Path) -> Format:
    """Read and check one format file of the user's.

    Raises
    ------
    LinksignalError
        Exit code 2: file, key and what to do.
    """
    name = printable(str(path))
    if not _NAME.fullmatch(path.stem):
        raise LinksignalError(
            f"{name}: a format is called as its file is, by at most 40 small "
            "letters, digits and _, a letter first; rename the file"
        )
    from linksignal.load.format_schema import problems_of

    said = _read_yaml(path, name)
    for problem in problems_of(said):
        raise LinksignalError(f"{name}: {problem}")
    if said.get("answer_text") and not _identifies_answers(said):
        raise LinksignalError(
            f"{name}: answer_text needs tables.ai_answers.answer_id; add it"
        )
    entry = format_of(path, said)
    for problem in check(entry):
        raise LinksignalError(f"{name}: {problem}")
    return replace(
        entry,
        file=path,
        source=entry.source.lower(),
        fields=tuple(
            _as_compared(_with_missing(used, entry)) for used in entry.fields
        ),
        only={
            column: tuple(value.lower() for value in values)
            for column, values in entry.only.items()
        },
    )


def _identifies_answers(said: Mapping[str, Any]) -> bool:
    answers = said.get("tables", {}).get("ai_answers", {})
    return "answer_id" in answers


def _read_yaml(path: Path, name: str) -> Any:
    try:
        if not path.is_file():
            raise LinksignalError(f"{name}: it is not a file; remove it")
        if not path.resolve().is_relative_to(path.parent.resolve()):
            raise LinksignalError(
                f"{name}: it is a link that leads out of the folder; copy its "
                "target there"
            )
        with path.open("rb") as file:
            data = file.read(_MOST_BYTES + 1)
    except OSError as error:
        raise LinksignalError(
            f"{name}: it cannot be read ({error.strerror}); check who may "
            "read it"
        ) from error
    if len(data) > _MOST_BYTES:
        raise LinksignalError(
            f"{name}: it has more than {_MOST_BYTES:,} bytes; a format file "
            "says only what the columns mean"
        )
    try:
        return yaml.load(data.decode("utf-8"), _Loader)
    except UnicodeDecodeError as error:
        raise LinksignalError(
            f"{name}: it is not UTF-8 text; save it as UTF-8"
        ) from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f" in line {mark.line + 1}" if mark else ""
        raise LinksignalError(
            f"{name}: it is not YAML: {printable(str(error.problem))}{line}; "
            "fix that line (texts with : or # need quotes)"
        ) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = printable(" ".join(str(error).split()))[:100]
        raise LinksignalError(
            f"{name}: it is not YAML ({reason}); write it as text, in the form "
            "that linksignal formats --schema describes"
        ) from error


class _Loader(yaml.SafeLoader):
    """Reads plain values, and no key twice."""

    def construct_mapping(
        self, node: yaml.MappingNode, deep: bool = False
    ) -> dict[Hashable, Any]:
        """Read a mapping; of two equal keys the second would win silently."""
        seen = set()
        for key, _ in node.value:
            if key.value.__hash__ and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key {shown(str(key.value))} occurs twice",
                    problem_mark=key.start_mark,
                )
            seen.add(key.value if key.value.__hash__ else id(key))
        return super().construct_mapping(node, deep)


def check(entry: Format) -> Iterator[str]:
    """Yield what of a format has no meaning, though its form is right."""
    if ("json" in entry.containers) != bool(entry.items):
        yield (
            "containers with json and items belong together: items say where "
            'the records of a JSON document stand, such as ["[]"] for an array'
        )
    if not entry.tables:
        yield (
            "it fills no raw table; say under tables what its columns become"
        )
    for used in entry.fields:
        yield from _problems_of_field(used)
    for table in entry.tables:
        for part in entry.parts_of(table):
            yield from _problems_of_rows(entry, table, part)
    yield from _problems_of_parts(entry)


def _problems_of_parts(entry: Format) -> Iterator[str]:
    """Check what its parts say of each other."""
    if any(f.rule == "digest" for f in entry.fields) and not entry.lists:
        yield (
            "parse: digest identifies records that hold lists, and it has no "
            "lists; read a column of the file as the identifier"
        )
    if not any(each.sources for each in entry.fields):
        yield "it reads no column; give a from"
    for key, columns in (
        ("only_with", entry.only_with),
        ("same_but_for", entry.same_but_for),
    ):
        for table, column in columns.items():
            if column not in entry.fields_of(table):
                yield (
                    f"{key}.{table}: it fills no column {column} there; name "
                    "one that it fills"
                )


def _place(used: Field) -> str:
    if used.part == EVERY_ROW:
        return f"every_row.{used.column}"
    start = f"lists.{used.part}.tables" if used.part else "tables"
    return f"{start}.{used.table}.{used.column}"


def _problems_of_field(used: Field) -> Iterator[str]:
    place = _place(used)
    has_option = "option" in used.settings
    if used.sources and used.value is not None:
        yield f"{place}: it has a from and a value; keep one of them"
    elif not used.sources and used.value is None and not has_option:
        yield (
            f"{place}: it has neither a from nor a value; say which column it "
            "is read from"
        )
    for name in used.sources:
        if name == "#" or name.startswith("."):
            yield (
                f"{place}.from: {name!r} is about an element of a list; move "
                "it under lists, or name a column"
            )
    for rule, key, what in (
        ("choice", "choices", "which text of the file means what"),
        ("holds", "words", "the words that make it true"),
    ):
        if used.rule == rule and key not in used.settings:
            yield f"{place}: parse: {rule} needs {key}; say {what}"
    if used.rule == "difference" and len(used.sources) != 2:
        yield f"{place}.from: parse: difference needs two columns; name both"
    yield from _problems_of_values(used, place)
    for pattern in (
        *used.settings.get("patterns", ()),
        *filter(None, [used.settings.get("file_name")]),
    ):
        if problem := _regex_problem(pattern):
            yield f"{place}: {pattern!r} is not a pattern ({problem}); fix it"


def _problems_of_values(used: Field, place: str) -> Iterator[str]:
    """Check what lands as it stands in the format file."""
    own_words = used.settings.get("choices", {})
    fixed = [used.value, *own_words.values()]
    fixed += used.settings.get("patterns", {}).values()
    if used.default is not None and used.default.lower() not in own_words:
        fixed.append(used.default)
    texts = [text for text in fixed if text is not None]
    if used.column == "platform":
        unknown = [text for text in texts if platform_of(text) is None]
        known = ", ".join(platform_names())
    else:
        choices = reading_of(used.table, used.column).choices
        unknown = [t for t in texts if choices and t not in choices]
        known = ", ".join(choices)
    for text in unknown:
        yield f"{place}: {text!r} is none of {known}; use one of these"


def _problems_of_rows(entry: Format, table: str, part: str) -> Iterator[str]:
    """Check that every row of a table has what it needs."""
    fields = {
        each.column: each
        for each in entry.fields
        if each.table == table and each.part == part
    }
    start = f"lists.{part}.tables.{table}" if part else f"tables.{table}"
    lacking = [name for name in needed(table) if name not in fields]
    if lacking:
        hint = "kind: {value: citation}" if lacking == ["kind"] else "them"
        hint = "it" if hint == "them" and len(lacking) == 1 else hint
        yield f"{start}: it lacks {listed(lacking)}; add {hint}"
    if table == "ai_references" and not fields.keys() & {"domain", "brand"}:
        yield f"{start}: it lacks a domain or a brand; add one"


@contextmanager
def blamed(entry: Format, file: str) -> Iterator[None]:
    """Say that a format of the user's is why a file cannot be read.

    Raises
    ------
    LinksignalError
        Exit code 2 where the engine refuses what a sound format never asks.
    """
    try:
        yield
    except duckdb.Error as error:
        if entry.file is None:
            raise
        reason = printable(str(error).strip().splitlines()[0])
        raise LinksignalError(
            f"{printable(str(entry.file))}: {file} cannot be read with it "
            f"({shown(reason, 200)}); take the last change back, or leave out "
            "parse so that each column is read as it usually is"
        ) from error


@cache
def _regex_problem(pattern: str) -> str:
    """Say what is wrong with a pattern by the engine's own grammar (RE2)."""
    # It takes long to import, and few formats have a pattern.
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), pattern=pattern)
    except pa.ArrowInvalid as error:
        return printable(str(error).rpartition("regex: ")[2] or str(error))
    return ""


def _with_missing(used: Field, entry: Format) -> Field:
    """Return a field that says what a record without a value gets.

    No row may lack what its table needs, nor a reference both its domain and
    its brand; where a record has no row without the column, it may lack it.
    """
    is_said = used.missing or used.default or used.within
    is_optional = entry.only_with.get(used.table) == used.column
    if is_said or is_optional or not used.sources or not used.table:
        return used
    beside = {
        each.column
        for each in entry.fields
        if each.table == used.table and each.part == used.part
    }
    if missing := reading_of(used.table, used.column).missing:
        is_alone = not {"domain", "brand"} <= beside
        return replace(used, missing=missing if is_alone else None)
    is_needed = used.column in needed(used.table) and used.rule != "digest"
    return replace(used, missing=REJECT if is_needed else None)


def _as_compared(used: Field) -> Field:
    """Return a field with words in lower case, and platforms as they land."""
    settings = dict(used.settings)
    if "words" in settings:
        settings["words"] = [word.lower() for word in settings["words"]]
    value = used.value
    is_platform = used.column == "platform"
    for key in ("choices", "patterns"):
        if key in settings:
            settings[key] = {
                word.lower() if key == "choices" else word: (
                    platform_of(text) if is_platform else text
                )
                for word, text in settings[key].items()
            }
    if is_platform and value is not None:
        value = platform_of(value)
    return replace(used, value=value, settings=settings)
