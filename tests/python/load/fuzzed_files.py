"""Files with a few bytes changed, and what a load owes to any file."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import signal
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
from api_answers import (
    openai_message,
    openai_response,
    url_citation,
    web_search_call,
)
from hypothesis import strategies as st
from linksignal.errors import LinksignalError
from linksignal.load.batch import load_files
from linksignal.load.format_file import read_formats
from linksignal.load.gate import pass_gate
from linksignal.load.inputs import Input, is_archive, unpack
from linksignal.load.recognise import recognise
from linksignal.load.stage import Options, Staged
from linksignal.load.workbooks import is_workbook, read_workbook

# `make fuzz` asks for ten times as many.
FACTOR = int(os.environ.get("LINKSIGNAL_FUZZ_FACTOR", "1"))
SECONDS = 10
# Only a file that waits for something takes so long.
SECONDS_ON_THE_WALL = 120
_RECORDS = [
    {"domain": f"site{n}.com", "scale": "0-100", "score": str(n), "note": note}
    for n, note in enumerate(["", 'a "b"', "x,y", "é\nz", "x" * 30, "."] * 2)
]
# What breaks readers: separators, quotes, line ends, magic and other bytes.
_BITS = st.one_of(
    st.sampled_from(
        [b'"', b",", b"\n", b"\r", b"\r\n", b"\0", b"\xff", b"{", b"}", b"PK"]
    ),
    st.binary(min_size=1, max_size=4),
)


def _csv() -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, list(_RECORDS[0]))
    writer.writeheader()
    writer.writerows(_RECORDS)
    return file.getvalue().encode()


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("scores.csv", _csv())
        archive.writestr("lines.jsonl", _jsonl())
    return file.getvalue()


def _jsonl() -> bytes:
    return b"".join(json.dumps(r).encode() + b"\n" for r in _RECORDS)


def _parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(_RECORDS), file)
    return file.getvalue()


def _json() -> bytes:
    links = [
        {
            "domain_from": record["domain"],
            "url_from": f"https://{record['domain']}/",
            "domain_to": "example.com",
            "url_to": "https://example.com/",
            "item_type": "anchor",
            "attributes": ["nofollow"],
            "dofollow": True,
            "anchor": record["note"],
        }
        for record in _RECORDS
    ]
    return json.dumps({"tasks": [{"result": [{"items": links}]}]}).encode()


def _tsv() -> bytes:
    file = io.StringIO()
    names = ("Referring page URL", "Target URL", "Type", "Nofollow", "Anchor")
    writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    for record in _RECORDS:
        page = f"https://{record['domain']}/"
        link = (page, "https://example.com/", "text", "false", record["note"])
        writer.writerow(link)
    return file.getvalue().encode("utf-16")


def _answers() -> bytes:
    notes = [
        {
            "prompt": record["note"],
            "response": openai_response(
                web_search_call(f"https://found.{record['domain']}/"),
                openai_message(
                    record["note"], url_citation(f"https://{record['domain']}/")
                ),
                id=f"resp_{number}",
            ),
        }
        for number, record in enumerate(_RECORDS)
    ]
    return json.dumps(notes, indent=1).encode()


_SHEET = "xl/worksheets/sheet1.xml"


def _workbook() -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, list(_RECORDS[0]))
        for number, record in enumerate(_RECORDS, start=1):
            sheet.write_row(number, 0, list(record.values()))
    return file.getvalue()


def _sheet() -> bytes:
    with zipfile.ZipFile(io.BytesIO(_workbook())) as book:
        return book.read(_SHEET)


def _packed(sheet: bytes) -> bytes:
    """Put a sheet into a workbook: bytes changed there fail its checksum."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(_workbook())) as source,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for name in source.namelist():
            part = sheet if name == _SHEET else source.read(name)
            target.writestr(name, part)
    return file.getvalue()


BASES: dict[str, Callable[[], bytes]] = {
    "csv": _csv,
    "csv.gz": lambda: gzip.compress(_csv(), mtime=0),
    "zip": _zip,
    "jsonl": _jsonl,
    "parquet": _parquet,
    "json": _json,
    "tsv": _tsv,
    "answers": _answers,
    "xlsx": _sheet,
}


def untouched(kind: str) -> bytes:
    """Return a file of a kind as its tool writes it."""
    base = BASES[kind]()
    return _packed(base) if kind == "xlsx" else base


def mutated(kind: str) -> st.SearchStrategy[bytes]:
    """Draw a file of a kind with a few bytes changed, or cut off."""
    base = BASES[kind]()
    places = st.integers(0, len(base))
    edits = st.tuples(places, st.integers(0, 3), _BITS | st.just(b""))
    found = st.builds(
        _edited,
        st.just(base),
        st.lists(edits, min_size=1, max_size=4),
        st.one_of(st.none(), st.none(), places),
    )
    return found.map(_packed) if kind == "xlsx" else found


def _edited(
    base: bytes, edits: list[tuple[int, int, bytes]], cut: int | None
) -> bytes:
    for place, dropped, bits in edits:
        base = base[:place] + bits + base[place + dropped :]
    return base[:cut]


@contextmanager
def no_hang() -> Iterator[None]:
    """Fail when a file takes more CPU than any file may, or does not end.

    As little time on the wall would blame a load for what else the machine
    does.
    """
    with (
        _alarm(signal.ITIMER_PROF, signal.SIGPROF, SECONDS),
        _alarm(signal.ITIMER_REAL, signal.SIGALRM, SECONDS_ON_THE_WALL),
    ):
        yield


@contextmanager
def _alarm(timer: int, sign: signal.Signals, seconds: int) -> Iterator[None]:
    def stop(*_: object) -> None:
        raise AssertionError(f"it took more than {seconds} s ({sign.name})")

    before = signal.signal(sign, stop)
    signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        signal.setitimer(timer, 0)
        signal.signal(sign, before)


def at_the_door(path: Path, folder: Path) -> str | None:
    """Let a file pass the gate; return the sentence that refuses it."""
    folder.mkdir(exist_ok=True)
    try:
        with no_hang():
            inputs = [Input(path, path.name)]
            if is_archive(path) and is_workbook(inputs[0]):
                inputs = read_workbook(inputs[0], folder, None).inputs
            elif is_archive(path):
                inputs = unpack(inputs[0], folder).inputs
            for each in inputs:
                recognise(pass_gate(each.path, name=each.name), read_formats())
    except LinksignalError as error:
        return sentence(error)
    return None


def loaded(path: Path) -> list[Staged] | str:
    """Load a file in full but for landing; return what would, or why not."""
    try:
        with no_hang():
            return load_files(
                [path],
                path.parent / "nowhere",
                Options(max_rejected=1.0),
                is_dry_run=True,
            ).staged
    except LinksignalError as error:
        return sentence(error)


def sentence(error: LinksignalError) -> str:
    """Check that an error is one sentence that a terminal can show."""
    text = str(error)
    assert text.isprintable()
    assert "Traceback" not in text
    return text


def record_count(path: Path) -> int | None:
    """Count records by the standard library; None where it cannot tell."""
    data = path.read_bytes()
    try:
        if data.startswith(b"PAR1"):
            return int(pq.read_metadata(path).num_rows)
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        is_utf16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        encoding = "utf-16" if is_utf16 else "utf-8-sig"
        text = data.decode(encoding, errors="replace")
        if text.lstrip().startswith("["):
            return len(json.loads(text))
        if text.lstrip().startswith('{"tasks"'):
            return _item_count(json.loads(text))
        if text.lstrip().startswith("{"):
            return sum(1 for line in text.split("\n") if line.strip())
        # Tools that write UTF-16 separate by TAB.
        separator = "\t" if is_utf16 else ","
        rows: Any = csv.reader(
            io.StringIO(text, newline=""), strict=True, delimiter=separator
        )
        return max(sum(1 for row in rows if any(row)) - 1, 0)
    except (csv.Error, OSError, EOFError, LookupError, TypeError):
        return None
    except (ValueError, pa.ArrowException):
        return None


def _item_count(document: Any) -> int:
    """Count the links of a document as the vendor's API nests them."""
    return sum(
        len(result["items"])
        for task in document["tasks"]
        for result in task["result"]
    )
