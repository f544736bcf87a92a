"""No file crashes a load, hangs it or loses a record without a word.

2,000 files go through the gate, the archive reader and the recognition. A
load in full takes some 0.2 s of CPU, so 100 of every 2,000 go all the way;
of whole records 20 files of 60 do. `make fuzz` does ten times as many.
"""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import pytest
from fuzzed_files import (
    BASES,
    FACTOR,
    at_the_door,
    loaded,
    mutated,
    record_count,
    untouched,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

AT_THE_DOOR = {
    "csv": 350,
    "csv.gz": 250,
    "zip": 350,
    "jsonl": 250,
    "parquet": 250,
    "json": 150,
    "tsv": 150,
    "answers": 100,
    "xlsx": 150,
}
IN_FULL = {
    "csv": 25,
    "csv.gz": 10,
    "zip": 10,
    "jsonl": 20,
    "parquet": 10,
    "json": 5,
    "tsv": 5,
    "answers": 5,
    "xlsx": 10,
}
FILES_OF_RECORDS = 20
RECORDS = 60


def fuzz(count: int) -> settings:
    return settings(
        max_examples=count * FACTOR,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


def test_2000_files_reach_the_door_and_100_go_in() -> None:
    assert sum(AT_THE_DOOR.values()) == 2000
    assert sum(IN_FULL.values()) == 100
    assert set(AT_THE_DOOR) == set(IN_FULL) == set(BASES)


@pytest.mark.parametrize("kind", BASES)
def test_the_untouched_file_is_read_in_full(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file.{kind}"
    path.write_bytes(untouched(kind))
    found = loaded(path)
    assert not isinstance(found, str), found
    for staged in found:
        assert staged.load.fates.read == 12


@pytest.mark.parametrize("kind", BASES)
def test_no_bytes_break_the_door(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file.{kind}"

    @fuzz(AT_THE_DOOR[kind])
    @given(mutated(kind))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        at_the_door(path, tmp_path / "members")

    check()


@pytest.mark.parametrize("kind", BASES)
def test_no_bytes_break_a_load(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"file.{kind}"

    @fuzz(IN_FULL[kind])
    @given(mutated(kind))
    def check(data: bytes) -> None:
        path.write_bytes(data)
        found = loaded(path)
        if isinstance(found, str) or zipfile.is_zipfile(path):
            return
        (staged,) = found
        count = record_count(path)
        assert count in (None, staged.load.fates.read)

    check()


def test_no_bytes_of_one_answer_break_a_folder_of_them(tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    folder.mkdir()
    (folder / "sound.json").write_bytes(untouched("answers"))

    @fuzz(FILES_OF_RECORDS // 4)
    @given(mutated("answers"))
    def check(data: bytes) -> None:
        (folder / "changed.json").write_bytes(data + b"\n")
        found = loaded(folder)
        names = {"sound.json", "changed.json"}
        if not isinstance(found, str):
            # A file of which nothing lands is told, and keeps no other out.
            told = {staged.load.file for staged in found}
            assert "sound.json" in told <= names

    check()


VALUES = st.one_of(
    st.text(st.characters(codec="utf-8"), max_size=8),
    st.sampled_from(
        [
            *("", " ", "0-100", "50", "-1", "1e2", "NaN", "10,5", "2026-01-01"),
            *("example.com", "a.b.example.co.uk", "www.x.com.", "10.0.0.1"),
            *('"', '""', '"\n"', "\r\n", "'", "\0", "\x1b[0m", "javascript:x"),
            *("https://u:p@x.com/", "//x.com", "http://[::1]/", "xn--a.com"),
        ]
    ),
)
HEADER = ("domain", "scale", "score", "as_of", "note")


@fuzz(FILES_OF_RECORDS)
@given(
    st.lists(
        st.tuples(*(VALUES for _ in HEADER)),
        min_size=RECORDS,
        max_size=RECORDS,
    ),
    st.sampled_from(["\n", "\r\n"]),
)
def test_no_record_of_a_well_formed_file_is_lost(
    tmp_path_factory: pytest.TempPathFactory,
    records: list[tuple[str, ...]],
    line_end: str,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    # Of a file that brings nothing there is no load to ask.
    records = [*records, ("example.com", "0-100", "5", "", "")]
    writer.writerows([HEADER, *records])
    path = tmp_path_factory.getbasetemp() / "records.csv"
    path.write_bytes(text.getvalue().encode())
    found = loaded(path)
    assert not isinstance(found, str), found
    (staged,) = found
    assert staged.load.fates.read == sum(map(any, records))
