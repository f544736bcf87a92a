"""Records: parse CSV, JSON or Parquet into text columns, and broken records."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from pyarrow import types

from linksignal.errors import LinksignalError, refusal
from linksignal.load.csv_records import (
    Dialect,
    boolean_columns,
    create_fault_tables,
    read_lines,
    site_columns,
)
from linksignal.load.engine import file_column, run, site_column
from linksignal.load.format_file import DEEP, alternatives
from linksignal.load.gate import GatedFile
from linksignal.load.header import Header
from linksignal.load.json_items import (
    CutOff,
    KeyTwice,
    Place,
    Status,
    items,
)
from linksignal.load.limits import LIMITS, Limits
from linksignal.load.recognise import Recognised
from linksignal.load.redirectors import RESOLVED
from linksignal.load.streams import UTF8, as_utf8
from linksignal.sql import identifier, json_path, literal
from linksignal.text import shown

# What stands in place of an item in which a key occurs twice, before the key.
_KEY_TWICE = "key twice: "
_CHUNK_BYTES = 1 << 16
# JSON must not hold this character unescaped, so it separates nothing.
_NO_DELIMITER = "\x01"


def read_records(
    connection: DuckDBPyConnection,
    scratch: Path,
    file: Recognised,
    limits: Limits = LIMITS,
) -> list[Status]:
    """Read a file into the engine's tables ``records`` and ``faults``.

    ``records`` holds ``place`` (a number that grows with the record's
    number) and the columns that the format reads, as text or all as truth
    values, each named by `file_column`. ``faults`` and ``shifts`` are those of
    `create_fault_tables`.

    Parameters
    ----------
    connection : DuckDBPyConnection
        An engine without tables.
    scratch : Path
        Folder for a link to the file.
    file : Recognised
        The file and its format.
    limits : Limits
        Sizes of values and records.

    Returns
    -------
    list of Status
        What the tool says of the parts of a JSON document.

    Raises
    ------
    LinksignalError
        Exit code 3 when the records cannot be told apart for certain.
    """
    header = file.header
    if file.is_no_data:
        _read_zeros(connection, header)
        return []
    statuses: list[Status] = []
    gated = _recoded(file.gated, scratch)
    if header.place is not None:
        gated, statuses = _flattened(gated, header.place, scratch, limits)
    # The engine takes a path with * or [ as a pattern; a link has neither.
    link = scratch / f"input.{header.container}"
    link.symlink_to(gated.data.resolve())
    used = list(dict.fromkeys(file.spelled(file.entry.columns())))
    create_fault_tables(connection)
    if header.container == "csv":
        sites = site_columns(file)
        dialect = Dialect(
            header.delimiter,
            header.columns,
            frozenset(used),
            sites,
            boolean_columns(file),
        )
        read_lines(connection, link, gated, dialect, limits)
        _name_columns(connection, header, used, sites)
    elif header.container in ("json", "jsonl"):
        dialect = Dialect(_NO_DELIMITER)
        read_lines(connection, link, gated, dialect, limits)
        _read_objects(connection, replace(file, gated=gated), used)
    else:
        _check_types(file, used)
        _read_parquet(connection, link, used, limits)
    return statuses


def _read_zeros(connection: DuckDBPyConnection, header: Header) -> None:
    """Create one record with zero in every column."""
    create_fault_tables(connection)
    run(connection, "zeros", names=header.columns)


def read_together(
    connection: DuckDBPyConnection,
    scratch: Path,
    files: Sequence[Recognised],
    limits: Limits = LIMITS,
) -> dict[int, Contents]:
    """Read small JSON files of one format and form as one table ``records``.

    A record's place is the number of its file, counted from 1, times 2**32,
    plus its own number in the file (macros ``file_number`` and
    ``number_in_file``).

    Parameters
    ----------
    connection : DuckDBPyConnection
        An engine without tables.
    scratch : Path
        Folder for a copy of the files.
    files : sequence of Recognised
        The files.
    limits : Limits
        Sizes of values and records.

    Returns
    -------
    dict of int to Contents
        By the number of the file; without those that can only be read, or
        refused, by themselves.
    """
    copy = scratch / "input.jsonl"
    found: dict[int, Contents] = {}
    with copy.open("w", encoding=UTF8, errors="surrogatepass") as target:
        for number, file in enumerate(files, start=1):
            with suppress(LinksignalError), file.gated.unchanged():
                contents = _lines_of(file, scratch, limits)
                if contents.lines:
                    target.writelines(contents.lines)
                    found[number] = contents
    create_fault_tables(connection)
    first = files[0]
    gated = replace(
        first.gated,
        copied_to=copy,
        is_gzip=False,
        encoding=UTF8,
        text_bytes=copy.stat().st_size,
        ends_in_newline=True,
    )
    read_lines(connection, copy, gated, Dialect(_NO_DELIMITER), limits)
    counts = [len(contents.lines) for contents in found.values()]
    run(
        connection,
        "lines_of_files",
        file_numbers=list(found),
        first_rows=[0, *accumulate(counts[:-1])],
    )
    used = list(dict.fromkeys(first.spelled(first.entry.columns())))
    _read_objects(connection, replace(first, gated=gated), used)
    return found


@dataclass(frozen=True)
class Contents:
    """Records of a small file, a line of JSON each, and what the tool says."""

    lines: list[str]
    statuses: list[Status]


def _lines_of(file: Recognised, folder: Path, limits: Limits) -> Contents:
    """Return the records of a small file; none where lines are no records."""
    statuses: list[Status] = []
    if file.header.place is not None:
        gated = _recoded(file.gated, folder)
        return Contents(
            list(_items(gated, file.header.place, limits, statuses)), statuses
        )
    opener = gzip.open if file.gated.is_gzip else open
    with opener(file.gated.data, "rb") as packed:
        text = packed.read()
    try:
        lines = text.decode("utf-8-sig").removesuffix("\n").split("\n")
    except UnicodeDecodeError:
        lines = []
    # What DuckDB takes for a line end, or for no line.
    is_plain = file.gated.encoding == UTF8 and all(
        line.strip() and "\r" not in line for line in lines
    )
    return Contents([f"{line}\n" for line in lines if is_plain], statuses)


def drop_records(connection: DuckDBPyConnection) -> None:
    """Drop the tables of texts; ``faults`` and ``shifts`` are kept."""
    connection.execute(
        f"drop table if exists line_values; drop table if exists {RESOLVED}"
    )


def _name_columns(
    connection: DuckDBPyConnection,
    header: Header,
    used: list[str],
    sites: frozenset[str],
) -> None:
    position = header.columns.index
    run(
        connection,
        "csv_records",
        values={
            **{file_column(name): f"value_{position(name)}" for name in used},
            **{site_column(name): f"site_{position(name)}" for name in sites},
        },
        is_one_column=len(header.columns) == 1,
    )


def _read_objects(
    connection: DuckDBPyConnection, file: Recognised, used: list[str]
) -> None:
    """Turn lines that are JSON objects into records, others into faults."""
    keys = {name: alternatives(name) for name in used if DEEP not in name}
    single = [own[0] for own in keys.values() if len(own) == 1]
    several = [key for own in keys.values() if len(own) > 1 for key in own]
    first = list(dict.fromkeys(single)), list(dict.fromkeys(several))
    run(
        connection,
        "json_records",
        paths=list(map(json_path, first[0])),
        plain_paths=list(map(json_path, first[1])),
        columns={
            name: _first(keys[name], *first) if name in keys else _deep(name)
            for name in used
        },
        key_twice=_key_twice(connection, file, used),
        key_twice_mark=f'"{_KEY_TWICE}',
    )
    _check_last_object(connection, file.gated)
    run(connection, "json_faults")


def _first(
    keys: Sequence[str], single: Sequence[str], several: Sequence[str]
) -> str:
    """Return the value of a key, or of the first of several that has one."""
    if len(keys) == 1:
        return f"found[{single.index(keys[0]) + 1}]"
    texts = (f"found_plain[{several.index(key) + 1}]" for key in keys)
    return f"coalesce({', '.join(texts)})"


def _key_twice(
    connection: DuckDBPyConnection, file: Recognised, used: list[str]
) -> str | None:
    """Return SQL for a key that occurs twice in a line, if one does.

    A document tells of its own when its items are read.
    """
    if file.header.place is not None:
        return None
    keys = _keys(file, used)
    row = run(connection, "repeated_keys", keys=keys).fetchone()
    if row is None or not row[0]:
        return None
    return f"case when json_valid(value_0) then repeated_key({keys}) end"


def _keys(file: Recognised, used: list[str]) -> str:
    """Return SQL for the keys of each object in a line that is read."""
    single = [
        key for name in used if DEEP not in name for key in alternatives(name)
    ]
    objects = {n.rpartition(".")[0]: None for n in single if "." in n}
    lists = [e.name for e in file.entry.lists if DEEP not in e.name]
    found = ["[json_keys(value_0)]"]
    found += [
        f"[json_keys(value_0, {literal(json_path(name))})]" for name in objects
    ]
    found += [
        f"json_keys(value_0, {literal(f'{json_path(name)}[*]')})"
        for name in lists
    ]
    return " || ".join(f"coalesce({each}, [])" for each in found)


def _check_last_object(
    connection: DuckDBPyConnection, gated: GatedFile
) -> None:
    if gated.ends_in_newline:
        return
    last = connection.execute(
        "select place, value_prefix, fault from records "
        "order by place desc limit 1"
    ).fetchone()
    if last and last[2] == "bad_json":
        raise refusal(
            gated.name,
            f"its last record, {last[0]}, is cut off: {shown(last[1])}; "
            "export it again",
        )


def _deep(name: str) -> str:
    """Return the texts, and the elements of lists, of a name within a value."""
    found = []
    for each in alternatives(name):
        within, *keys = each.split(DEEP)
        deeper = "".join(f"{DEEP}{identifier(key)}" for key in keys)
        path = literal(f"{json_path(within)}{deeper}")
        found.append(f"deep_elements(json_extract(object, {path}))")
    return f"to_json({' || '.join(found)})::varchar"


def _read_parquet(
    connection: DuckDBPyConnection,
    link: Path,
    used: list[str],
    limits: Limits,
) -> None:
    schema = pq.read_schema(link)
    run(
        connection,
        "parquet_records",
        path=link,
        nested={
            name: types.is_nested(schema.field(name).type) for name in used
        },
        longest=limits.field_bytes,
    )


def _check_types(file: Recognised, used: list[str]) -> None:
    """Refuse Parquet columns of structs or maps, which have no text form."""
    schema = pq.read_schema(file.gated.path)
    for name in used:
        found = schema.field(name).type
        if types.is_struct(found) or types.is_map(found):
            raise refusal(
                file.name,
                f"its column {shown(name)} holds {shown(str(found), 20)}, not "
                "texts, numbers or dates; write it as one of these",
            )


def _recoded(gated: GatedFile, folder: Path) -> GatedFile:
    """Re-encode a text as UTF-8, if it is not.

    Parameters
    ----------
    gated : GatedFile
        The file.
    folder : Path
        Where the copy goes.

    Returns
    -------
    GatedFile
        The copy, or the file itself.
    """
    if gated.encoding == UTF8:
        return gated
    copy = folder / "recoded.txt"
    with copy.open("wb") as target:
        for chunk in as_utf8(gated.name, _chunks(gated))[1]:
            target.write(chunk)
    return replace(gated, copied_to=copy, is_gzip=False, encoding=UTF8)


def _flattened(
    gated: GatedFile, place: Place, folder: Path, limits: Limits
) -> tuple[GatedFile, list[Status]]:
    """Write the items of a JSON document one to a line.

    Parameters
    ----------
    gated : GatedFile
        The document.
    place : Place
        Where its items stand.
    folder : Path
        Where the copy goes.
    limits : Limits
        Sizes of values.

    Returns
    -------
    GatedFile
        The copy: line n is item n.
    list of Status
        What the tool says of the parts around the items.

    Raises
    ------
    LinksignalError
        Exit code 3 when the document is cut off or is not JSON in UTF-8.
    """
    copy = folder / "items.jsonl"
    statuses: list[Status] = []
    # Half a surrogate pair is written as it is, and rejects its record.
    with copy.open("w", encoding=UTF8, errors="surrogatepass") as target:
        target.writelines(_items(gated, place, limits, statuses))
    size = copy.stat().st_size
    copied = replace(
        gated,
        copied_to=copy,
        is_gzip=False,
        text_bytes=size,
        ends_in_newline=True,
    )
    return copied, statuses


def _items(
    gated: GatedFile, place: Place, limits: Limits, statuses: list[Status]
) -> Iterator[str]:
    """Yield the items of a JSON document, one line of JSON each."""
    opener = gzip.open if gated.is_gzip else open
    count = 0
    with opener(gated.data, "rt", encoding="utf-8-sig", newline="") as text:
        try:
            for item in items(
                text, place, gated.name, limits.record_bytes, statuses
            ):
                count += 1
                yield _line(item)
        except CutOff as error:
            raise refusal(
                gated.name,
                f"its JSON is cut off, or broken at its end, after record "
                f"{count:,}; export it again",
            ) from error
        except UnicodeDecodeError as error:
            raise refusal(
                gated.name,
                f"its bytes after record {count:,} are not UTF-8; export it "
                "again",
            ) from error


def _line(item: Any) -> str:
    """Serialise an item as one line of JSON."""
    if isinstance(item, KeyTwice):
        item = f"{_KEY_TWICE}{item.key}"
    return json.dumps(item, ensure_ascii=False) + "\n"


def _chunks(gated: GatedFile) -> Iterator[bytes]:
    opener = gzip.open if gated.is_gzip else open
    with opener(gated.data, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
