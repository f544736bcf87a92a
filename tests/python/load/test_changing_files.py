"""A file that changes under a load; disks and folders that give out."""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from resource import RLIMIT_FSIZE, setrlimit
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from export_samples import document, profound_answer
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.batch import load_files
from linksignal.load.engine import engine
from linksignal.load.limits import Limits
from linksignal.load.progress import Progress
from linksignal.load.stage import Options

Write = Callable[..., Path]
ROWS = "".join(f"a{n},ChatGPT\n" for n in range(1, 301))
ANSWERS = "answer_id,platform\n" + ROWS


def parquet() -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table({"answer_id": ["a"], "platform": ["Grok"]}), file)
    return file.getvalue()


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"b1,Gemini\n")


def overwrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(-10, os.SEEK_END)
        file.write(b"0")


def replace(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(path.read_bytes())
    os.replace(other, path)


CHANGES = {
    "grows": grow,
    "is cut": lambda path: os.truncate(path, 40),
    "is emptied": lambda path: os.truncate(path, 0),
    "is overwritten": overwrite,
    "is replaced": replace,
    "is removed": Path.unlink,
}
CONTENTS = {
    "csv.gz": ANSWERS.encode(),
    "jsonl": b'{"answer_id": "a1", "platform": "ChatGPT"}\n' * 3,
    "json": document([profound_answer()]),
    "parquet": parquet(),
}


@dataclass
class Meddler(Progress):
    """Does something to a file at a moment of its load."""

    act: Callable[[], object] = lambda: None
    moment: str = ""
    seen: list[str] = field(default_factory=list)

    def add_bytes(self, count: int) -> None:
        self._meet("hashing")

    def tell(self, step: str, records: int | None = None) -> None:
        self._meet(step)

    def _meet(self, step: str) -> None:
        if step == self.moment and step not in self.seen:
            self.act()
        self.seen.append(step)


def load_meddled(
    raw: Any, path: Path, moment: str, change: Callable[[Path], object]
) -> None:
    meddler = Meddler(act=lambda: change(path), moment=moment)
    load_files([path], raw.path, Options(), progress=meddler)
    assert moment in meddler.seen


@pytest.mark.parametrize("what", CHANGES)
@pytest.mark.parametrize("moment", ["hashing", "reading"])
def test_nothing_lands_of_a_file_that(
    raw: Any, write: Write, what: str, moment: str
) -> None:
    path = write(ANSWERS)
    with pytest.raises(LinksignalError) as caught:
        load_meddled(raw, path, moment, CHANGES[what])
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert str(caught.value) == (
        "file.csv: it changed while it was being loaded; load it again once "
        "nothing writes to it"
    )
    assert not raw.path.exists()


@pytest.mark.parametrize("name", CONTENTS)
def test_nothing_lands_of_a_file_that_is_cut_whatever_is_in_it(
    raw: Any, write: Write, name: str
) -> None:
    path = write(CONTENTS[name], f"file.{name}")
    with pytest.raises(LinksignalError, match="changed while it was being"):
        load_meddled(raw, path, "reading", CHANGES["is cut"])
    assert not raw.path.exists()


@pytest.mark.parametrize("what", CHANGES)
def test_what_lands_is_what_was_hashed(
    raw: Any, write: Write, what: str
) -> None:
    path = write(ANSWERS)
    load_meddled(raw, path, "judging", CHANGES[what])
    raw.check_identities()
    (row,) = raw.rows("loads")
    assert row["sha256"] == hashlib.sha256(ANSWERS.encode()).hexdigest()
    assert raw.column("ai_answers", "answer_id") == [
        f"a{n}" for n in range(1, 301)
    ]


def test_a_load_that_spills_beyond_its_limit_is_one_sentence(
    tmp_path: Path,
) -> None:
    limits = Limits(memory="20MB", spill="1MB")
    with (
        pytest.raises(LinksignalError, match="ran out of memory or disk") as at,
        engine(tmp_path, limits) as connection,
    ):
        connection.execute(
            "SELECT * FROM range(10_000_000) ORDER BY hash(range)"
        ).fetchone()
    assert at.value.exit_code is ExitCode.CONFIGURATION
    assert "free disk space and load again" in str(at.value)


def test_a_load_that_fills_the_disk_is_one_sentence(
    raw: Any, write: Write
) -> None:
    path = write(ANSWERS)
    words = ["load", str(path), "--raw", str(raw.path), "--quiet"]
    ended = subprocess.run(
        [sys.executable, "-m", "linksignal.cli", *words],
        # No file may grow beyond this: less than the answers need.
        preexec_fn=lambda: setrlimit(RLIMIT_FSIZE, (1000, 1000)),
        capture_output=True,
        text=True,
        check=False,
    )
    (sentence,) = ended.stderr.splitlines()
    assert ended.returncode == ExitCode.CONFIGURATION
    assert sentence.startswith("linksignal: the load could not write to ")
    assert sentence.endswith(
        "nothing has landed; free disk space and load again"
    )
    assert not raw.path.exists()
    raw.load(path)


@pytest.mark.parametrize("below", ["", "raw"])
def test_a_raw_directory_that_is_a_file_is_one_sentence(
    below: str, tmp_path: Path, write: Write
) -> None:
    (tmp_path / "a_file").write_text("kept")
    raw = tmp_path / "a_file" / below

    with pytest.raises(LinksignalError) as error:
        load_files([write(ANSWERS)], raw, Options(), progress=Progress())

    assert error.value.exit_code is ExitCode.CONFIGURATION
    assert "a file is in its place: name another folder" in str(error.value)
    assert (tmp_path / "a_file").read_text() == "kept"


def forbidden(*args: Any, **_: Any) -> None:
    raise PermissionError(13, "Permission denied", str(args[0]))


LISTED = os.listdir
# What may not be done: where it is refused, and what is said then. (To the
# superuser nothing is forbidden, so it is played.)
FORBIDDEN = {
    "write to the raw directory": (
        "pathlib.Path.mkdir",
        forbidden,
        "{raw}: cannot be written to (Permission denied); nothing has changed "
        "there; check who may write there, or name another folder",
    ),
    "write to the folder of a raw table": (
        "os.access",
        lambda path, _: path.name != "loads",
        "{raw}/loads: cannot be written to (Permission denied); nothing has "
        "changed there; check who may write there, or name another folder",
    ),
    "read the ledger": (
        "os.listdir",
        lambda path: (forbidden if path.name == "loads" else LISTED)(path),
        "{raw}/loads: the ledger of loads cannot be read; check who may read "
        "it",
    ),
    "read the folder of exports": (
        "pathlib.Path.iterdir",
        forbidden,
        "{exports}: it cannot be read (Permission denied); check who may read "
        "it",
    ),
}


@pytest.mark.parametrize("what", FORBIDDEN)
def test_who_may_not(
    raw: Any, write: Write, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    raw.load(write(ANSWERS))
    before = sorted(raw.path.rglob("*"))
    path = write("answer_id,domain\na1,example.com\n", "exports/r.csv")
    name, deed, sentence = FORBIDDEN[what]
    with (
        monkeypatch.context() as patch,
        pytest.raises(LinksignalError) as caught,
    ):
        patch.setattr(name, deed)
        raw.load(path.parent)
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    places = {"raw": raw.path, "exports": path.parent}
    assert str(caught.value) == sentence.format(**places)
    assert sorted(raw.path.rglob("*")) == before
    raw.load(path)
    assert len(raw.rows("loads")) == 2
