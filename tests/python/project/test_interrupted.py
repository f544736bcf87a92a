"""Ctrl-C ends every command quietly, also while it imports its modules."""

from __future__ import annotations

import subprocess
import sys

import pytest
from linksignal.commands import linksignal

# Presses Ctrl-C when a module is looked for, then goes on as the command does.
# A shell hands commands in the background a signal that is ignored.
PRESSED = """
import signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == MODULE:
            signal.raise_signal(signal.SIGINT)

MODULE = sys.argv.pop(1)
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.meta_path.insert(0, Finder())
from linksignal.cli import main
sys.exit(main())
"""
MOMENTS = [
    ("linksignal.commands", "load"),
    ("click", "show"),
    ("linksignal.load.batch", "load none.csv --raw none"),
    ("duckdb", "load none.csv --raw none"),
    ("pyarrow.parquet", "loads --raw none"),
    ("linksignal.load.history", "unload none --raw none"),
    ("yaml", "formats"),
    ("duckdb", "show --db none"),
    ("linksignal.report.page", "report --db none"),
    ("linksignal.export.tables", "export --format csv --db none"),
    ("linksignal.publish.refresh", "refresh --root none --raw none"),
    ("linksignal.publish.status", "status --root none"),
    ("linksignal.publish.rollback", "rollback --root none"),
    ("numpy", "simulate --out none"),
    ("linksignal.new_project", "init none"),
    ("linksignal.building", "build"),
]


@pytest.mark.parametrize(("module", "words"), MOMENTS)
def test_an_interruption_while_importing_is_quiet(module, words, tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", PRESSED, module, *words.split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stderr == "linksignal: interrupted\n"
    assert (ended.returncode, ended.stdout) == (130, "")
    assert list(tmp_path.iterdir()) == []


def test_every_command_is_interrupted():
    assert len({words.split()[0] for _, words in MOMENTS}) == len(
        linksignal.commands
    )
