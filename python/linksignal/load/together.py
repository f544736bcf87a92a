"""Small JSON files of one form are read together, and land each by itself.

People keep each answer of an API in a file. What a file costs is the plans of
some forty statements, and these are the same for all files of one form. A file
of which a record does not land, or cannot be read, is left to be staged by
itself: only there is it known which one, and why.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.completeness import Completeness
from linksignal.load.engine import engine, reading
from linksignal.load.fates import decide_together
from linksignal.load.hosts import create_hosts
from linksignal.load.judge import judge, texts_from_zero
from linksignal.load.ledger import Load, load_id_of, write_together
from linksignal.load.recognise import Recognised
from linksignal.load.records import Contents, drop_records, read_together
from linksignal.load.stage import (
    Options,
    Staged,
    statement_of,
    with_value,
)
from linksignal.load.texts import (
    FieldText,
    Statement,
    create_texts,
    host_numbers,
)

# A larger file is worth an engine of its own.
_LARGEST = 1 << 20
_MOST_BYTES = 1 << 26
_MOST_FILES = 1000
# Links are measured by their file: it may be a part of a profile.
_APART = frozenset({"backlinks", "study_domains"})
Numbered = tuple[int, Recognised]


def batches(
    files: Sequence[Numbered], options: Options
) -> list[list[Numbered]]:
    """Group the files that can be read together; others are alone.

    Parameters
    ----------
    files : sequence of (int, Recognised)
        Files with their numbers in the command.
    options : Options
        What the user says of them.

    Returns
    -------
    list of list of (int, Recognised)
        In the order of their first files.
    """
    found: list[list[Numbered]] = []
    open_ones: list[_Batch] = []
    for numbered in files:
        form = _form(numbered[1], options)
        size = numbered[1].gated.text_bytes
        if form is None:
            found.append([numbered])
            continue
        batch = next((b for b in open_ones if b.takes(form, size)), None)
        if batch is None:
            batch = _Batch(form)
            open_ones.append(batch)
            found.append(batch.files)
        batch.files.append(numbered)
        batch.size += size
    return found


@dataclass(frozen=True)
class _Form:
    """What is the same for all files that are read together."""

    file: Recognised
    statement: Statement
    columns: tuple[str, ...]

    def is_like(self, other: _Form) -> bool:
        return (
            self.statement == other.statement
            and self.columns == other.columns
            and self._is_document == other._is_document
            and (
                self.file.entry is other.file.entry
                or self.file.entry == other.file.entry
            )
            and self.file.column_map == other.file.column_map
        )

    @property
    def _is_document(self) -> bool:
        return self.file.header.place is not None


@dataclass
class _Batch:
    form: _Form
    files: list[Numbered] = field(default_factory=list)
    size: int = 0

    def takes(self, form: _Form, size: int) -> bool:
        return (
            len(self.files) < _MOST_FILES
            and self.size + size <= _MOST_BYTES
            and self.form.is_like(form)
        )


def _form(file: Recognised, options: Options) -> _Form | None:
    """Return the form of a file, None where it is to be read by itself."""
    entry = file.entry
    is_small = file.gated.text_bytes <= _LARGEST
    is_json = file.header.container in ("json", "jsonl")
    is_alone = (
        file.is_no_data
        or entry.is_summed
        or entry.completeness is not None
        or not _APART.isdisjoint(entry.tables)
        or any(each.settings.get("file_name") for each in entry.fields)
    )
    if is_alone or not (is_small and is_json):
        return None
    try:
        statement = statement_of(file, options, datetime.now(UTC).date())
    except LinksignalError:
        return None
    columns = tuple(dict.fromkeys(file.spelled(entry.columns())))
    return _Form(file, statement, columns)


def stage_together(
    files: Sequence[Numbered], options: Options, folder: Path
) -> dict[int, Staged]:
    """Stage files that were read together.

    Parameters
    ----------
    files : sequence of (int, Recognised)
        A batch of `batches`.
    options : Options
        What the user says of them.
    folder : Path
        Empty folder to work in; it gets a folder per file that is staged,
        called by its number.

    Returns
    -------
    dict of int to Staged
        By their numbers; files that are not in it are to be staged by
        themselves.
    """
    try:
        return dict(_staged(files, options, folder))
    except LinksignalError as error:
        if error.exit_code is not ExitCode.INPUT_REJECTED:
            raise
        return {}


def _staged(
    files: Sequence[Numbered], options: Options, folder: Path
) -> list[tuple[int, Staged]]:
    now = datetime.now(UTC).replace(tzinfo=None)
    first = files[0][1]
    statement = statement_of(first, options, now.date())
    first = replace(
        first,
        gated=replace(
            first.gated,
            may_have_controls=any(f.gated.may_have_controls for _, f in files),
        ),
    )
    scratch = folder / f"{files[0][0]}-together"
    scratch.mkdir()
    try:
        with engine(scratch) as connection:
            only = [first, *(file for _, file in files[1:])]
            with reading(first.name):
                contents = read_together(connection, scratch, only)
            count = sum(len(each.lines) for each in contents.values())
            texts = create_texts(connection, first, statement, count)
            groups = _from_zero(connection, texts, contents)
            if len(groups) == 1:
                create_hosts(
                    connection,
                    host_numbers(texts),
                    # Lists are of sources, whose sites are much the same.
                    is_shared=bool(first.entry.lists),
                )
                notes = judge(
                    connection, first, texts, statement, is_alone=False
                )
                drop_records(connection)
                return _written(
                    connection, files, contents, notes, options, folder, now
                )
    finally:
        shutil.rmtree(scratch)
    return [
        each
        for group in groups
        for each in _staged([files[n - 1] for n in group], options, folder)
    ]


def _from_zero(
    connection: DuckDBPyConnection,
    texts: Sequence[FieldText],
    contents: Mapping[int, Contents],
) -> list[list[int]]:
    """Group files by the positions that they count from 0."""
    found: dict[int, list[int]] = {number: [] for number in contents}
    for position, numbers in texts_from_zero(connection, texts).items():
        for number in numbers:
            found[number].append(position)
    groups: dict[tuple[int, ...], list[int]] = {}
    for number, positions in found.items():
        groups.setdefault(tuple(positions), []).append(number)
    return list(groups.values())


def _written(  # noqa: PLR0913, PLR0917 - what was read and where it goes
    connection: DuckDBPyConnection,
    files: Sequence[Numbered],
    contents: Mapping[int, Contents],
    notes: Sequence[str],
    options: Options,
    folder: Path,
    now: datetime,
) -> list[tuple[int, Staged]]:
    entry = files[0][1].entry
    counts = {number: len(each.lines) for number, each in contents.items()}
    fates = decide_together(connection, entry, notes, counts)
    if "ai_answers" in entry.own_tables and options.keys:
        named = _with_keys(connection, options)
        fates = {n: each for n, each in fates.items() if n in named}
    loads, folders = {}, {}
    for number, each in fates.items():
        place, file = files[number - 1]
        domain = file.domain(options.domain)
        loads[number] = Load(
            load_id=load_id_of(file.gated, entry.name, domain),
            file=file.name,
            sha256=file.gated.sha256,
            format=entry.name,
            loaded_at=now,
            fates=each,
            column_map=file.column_map.words() or None,
        )
        folders[number] = folder / str(place)
        folders[number].mkdir()
    paths = write_together(connection, loads, entry, folders)
    staged = []
    for number, load in loads.items():
        place, file = files[number - 1]
        each_staged = Staged(
            load,
            file.entry,
            paths[number],
            file.unknown_columns,
            contents[number].statuses,
            Completeness(),
        )
        staged.append((place, each_staged))
    return staged


def _with_keys(connection: DuckDBPyConnection, options: Options) -> set[int]:
    """Return the files whose answers have all keys that the user names."""
    found = []
    for column in options.keys:
        rows = connection.execute(
            f"select distinct file_number(place) from {with_value(column)}"
        ).fetchall()
        found.append({number for (number,) in rows})
    return set.intersection(*found)
