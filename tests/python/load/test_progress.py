"""How far a load is: a bar on a terminal, lines in a log, nothing if quiet."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.load.batch import load_files
from linksignal.load.progress import Progress
from linksignal.load.stage import Options

Write = Callable[..., Path]
ANSWERS = "answer_id,platform\na1,ChatGPT\na2,ChatGPT\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_a_bar_with_bytes_and_records(
    raw: Any, write: Write
) -> None:
    terminal = Terminal()
    path = write(ANSWERS)
    load_files([path], raw.path, Options(), progress=Progress(terminal))
    drawn = terminal.getvalue().split("\r\x1b[K")
    assert drawn == [
        "",
        f"1/1 file.csv [{'#' * 24}] 0.0 MB checked",
        "1/1 file.csv reading, 0.0 MB",
        "1/1 file.csv judging 2 records, 0.0 MB",
        "1/1 file.csv writing 2 records, 0.0 MB",
        "",
    ]


def test_a_refusal_has_a_line_of_its_own(raw: Any, write: Write) -> None:
    terminal = Terminal()
    with pytest.raises(LinksignalError):
        load_files(
            [write("a,b\n1,2\n")],
            raw.path,
            Options(),
            progress=Progress(terminal),
        )
    assert terminal.getvalue().endswith(" checked\r\x1b[K")


def test_a_bar_fills_with_the_bytes() -> None:
    terminal = Terminal()
    progress = Progress(terminal, file_count=2)
    progress.start("x" * 200 + ".csv", 2, 4_000_000)
    progress.add_bytes(1_000_000)
    (line,) = terminal.getvalue().split("\r\x1b[K")[1:]
    assert line.startswith("2/2 xxx")
    assert line.endswith(f".csv [{'#' * 6}{'.' * 18}] 1.0 MB checked")
    assert len(line) <= 100


def test_a_log_gets_a_line_per_file(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["load", str(write(ANSWERS)), "--raw", str(raw.path)]
    assert main([*words, "--as-of", "2026-01-31"]) == 0
    assert capsys.readouterr().err == (
        "linksignal: file 1 of 1, file.csv: 2 records read, 0.0 MB\n"
    )


def test_a_quiet_load_prints_warnings_only(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["load", str(write(ANSWERS)), "--raw", str(raw.path), "--quiet"]
    assert main(words) == 0
    said = capsys.readouterr()
    assert said.out == ""
    (line,) = said.err.splitlines()
    assert line.startswith("linksignal: warning: file.csv: 2 records without")


def test_a_log_gets_a_line_a_minute_of_a_long_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = io.StringIO()
    progress = Progress(log, file_count=1)
    now = 1000.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    progress.start("edges.txt.gz", 1, 8_000_000, "read")
    for _ in range(4):
        now += 31
        progress.add_bytes(1_000_000)
    assert log.getvalue().splitlines() == [
        "linksignal: edges.txt.gz: 2.0 MB of 8.0 MB read",
        "linksignal: edges.txt.gz: 4.0 MB of 8.0 MB read",
    ]
