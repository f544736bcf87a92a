"""What is printed to be pasted means the same to a shell, YAML and dbt."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.paths import pasted, pasted_vars, plain_folder

EXPORT = "domain\nexample.com\n"
NAMES = [
    "a, b #c",
    "a # b",
    "- yes",
    "no",
    "~",
    "$HOME & co | `id` > x",
    "$(touch broken)",
    "!!binary 100% @home",
    "Größe – 根 😀",
    "(a) <b> ^c=d",
    ",",
]
# A name that dbt would read as another, or not at all.
UNNAMEABLE = [
    "trailing ",
    "no-break\u00a0space",
    "line\u2028separator",
    "next\u0085line",
    "it's",
    "a: b",
    "{a}",
    "tab\tinside",
    "\udcff",
    "delete\x7f",
]


def words_in_a_shell(text: str, folder: Path) -> list[str]:
    """Return the words that a shell makes of a line."""
    shown = "import json, sys; print(json.dumps(sys.argv[1:]))"
    line = f"{shlex.quote(sys.executable)} -c {shlex.quote(shown)} {text}"
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    words: list[str] = json.loads(ended.stdout)
    return words


@pytest.mark.parametrize("name", NAMES)
def test_what_a_load_prints_can_be_pasted(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw_dir = tmp_path / name
    file = tmp_path / "study.csv"
    file.write_text(EXPORT)
    assert main(["load", str(file), "--raw", str(raw_dir)]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    command, options = line.strip().split(" --vars ", 1)
    assert command == "dbt build"
    (word,) = words_in_a_shell(options, tmp_path)
    assert yaml.safe_load(word) == {"raw_dir": str(raw_dir)}
    assert {path.name for path in tmp_path.iterdir()} == {file.name, name}


def test_what_loads_prints_can_be_pasted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw_dir = tmp_path / NAMES[0]
    raw_dir.mkdir()
    assert main(["loads", "none", "--raw", str(raw_dir)]) == 2
    said = capsys.readouterr().err
    line = said.partition("linksignal loads ")[2].removesuffix(
        " lists those it has\n"
    )
    assert words_in_a_shell(line, tmp_path) == ["--raw", str(raw_dir)]


@pytest.mark.parametrize("name", UNNAMEABLE)
def test_an_unnameable_raw_directory_is_refused_before_loading(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "study.csv"
    file.write_text(EXPORT)
    assert main(["load", str(file), "--raw", str(tmp_path / name)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("linksignal: --raw ")
    assert len(said.splitlines()) == 1
    assert list(tmp_path.iterdir()) == [file]


def test_every_folder_that_a_load_takes_dbt_takes(project_dir: Any) -> None:
    """Whatever character stands within its name or at its end."""
    text = (project_dir / "macros" / "settings.sql").read_text("utf-8")
    form = re.search(r"'raw_dir': \['(.+?)', 'a plain path'\]", text)
    assert form
    pattern = re.compile(form[1].encode().decode("unicode_escape"))
    taken = 0
    for number in [*range(1, 0x3100), 0xFEFF, 0x1F600, 0xE000]:
        for name in (f"/raw/a{chr(number)}b", f"/raw/a{chr(number)}"):
            try:
                folder = plain_folder(Path(name), "--raw")
            except LinksignalError:
                continue
            # As dbt reads vars, and the macro setting() one of them.
            read = yaml.load(
                shlex.split(pasted_vars(raw_dir=str(folder)))[0],
                Loader=yaml.CSafeLoader,
            )
            value = read["raw_dir"].strip()
            assert value == str(folder)
            assert pattern.fullmatch(value), number
            assert shlex.split(pasted(folder)) == [str(folder)]
            taken += 1
    assert taken > 10_000
