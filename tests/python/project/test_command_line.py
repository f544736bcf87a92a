"""The command line itself: its table, wrong words, and a fast start."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest
from linksignal.cli import main
from linksignal.commands import Command, linksignal

HEAVY = (
    "altair dbt duckdb great_expectations idna jinja2 numpy pandas pyarrow "
    "scipy statsmodels tldextract xlsxwriter yaml"
)


def test_the_help_of_every_command_starts_without_heavy_libraries():
    program = (
        "import sys\n"
        "from linksignal.cli import main\n"
        "from linksignal.commands import linksignal\n"
        "assert main(['--help']) == 0\n"
        "assert all(main([name, '--help']) == 0 for name in "
        "linksignal.commands)\n"
        f"sys.exit(' '.join(set('{HEAVY}'.split()) & set(sys.modules)) or 0)\n"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.stderr.strip(), ended.returncode) == ("", 0)


def test_the_help_lists_every_command_with_one_line(capsys):
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1].splitlines()
    assert [line.split()[0] for line in listed] == list(linksignal.commands)
    assert all(line.endswith(".") and len(line) < 80 for line in listed)


def test_every_option_has_a_help_text():
    silent = [
        (name, option.opts)
        for name, command in linksignal.commands.items()
        for option in command.params
        if isinstance(option, click.Option) and not option.help
    ]
    assert silent == []


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("", "missing command (see linksignal --help)"),
        ("bogus", "no such command 'bogus' (see linksignal --help)"),
        (
            "rollback --to a",
            "missing option '--root' (see linksignal rollback --help)",
        ),
        (
            "load --raw r",
            "missing argument 'FILE...' (see linksignal load --help)",
        ),
        (
            "load a.csv --raw --dry-run",
            "--raw needs a value (see linksignal load --help)",
        ),
        (
            "export --format",
            "--format needs a value (see linksignal export --help)",
        ),
        (
            "export --format pdf",
            "invalid value for '--format': 'pdf' is not one of 'csv', "
            "'parquet', 'xlsx' (see linksignal export --help)",
        ),
        (
            "refresh --root a --raw b --keep 0",
            "invalid value for '--keep': '0' is not a number from 1 (see "
            "linksignal refresh --help)",
        ),
        (
            "status --root a --verbose",
            "no such option '--verbose' (see linksignal status --help)",
        ),
        (
            "unload a b --raw c",
            "got unexpected extra argument (b) (see linksignal unload --help)",
        ),
    ],
)
def test_wrong_words_are_told_in_one_sentence(
    words, sentence, capsys, monkeypatch, tmp_path
):
    monkeypatch.chdir(tmp_path)
    assert main(words.split()) == 2
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"linksignal: {sentence}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "files", "flag", "rest"),
    [
        ("--load a b --flag c", ["a", "b"], True, ["c"]),
        ("--load a --load b", ["a", "b"], False, []),
        ("--load a -- b c", ["a"], False, ["b", "c"]),
        ("--load=a b", ["a"], False, ["b"]),
        ("--load -1 a", ["-1", "a"], False, []),
        ("x -- --load", [], False, ["x", "--load"]),
    ],
)
def test_an_option_takes_all_values_up_to_the_next_option(
    words, files, flag, rest
):
    @click.command(cls=Command)
    @click.argument("rest", nargs=-1)
    @click.option("--load", multiple=True, type=Path)
    @click.option("--flag", is_flag=True)
    def command(rest, load, flag):
        return list(map(str, load)), flag, list(rest)

    with command.make_context("command", words.split()) as context:
        assert command.invoke(context) == (files, flag, rest)
