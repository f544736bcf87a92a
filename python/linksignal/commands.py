"""The commands of ``linksignal`` and the words they take.

Each command is a module with ``add_parser`` (cheap: it must not import the
libraries the command needs) and ``run``.
"""

from __future__ import annotations

import argparse
from importlib import metadata

from linksignal.export import command as export
from linksignal.load import command as load
from linksignal.load import formats_command as formats
from linksignal.load import history_command as loads
from linksignal.load import unload_command as unload
from linksignal.publish import (
    refresh_command,
    rollback_command,
    status_command,
)
from linksignal.report import command as report
from linksignal.show import command as show
from linksignal.simulate import command as simulate

COMMANDS = (
    simulate,
    load,
    loads,
    unload,
    formats,
    show,
    report,
    export,
    refresh_command,
    status_command,
    rollback_command,
)


def version() -> str:
    """Version of the installed package."""
    return metadata.version("linksignal")


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="linksignal",
        description="Whether backlinks matter for being named in AI answers.",
    )
    parser.add_argument(
        "--version", action="version", version=f"linksignal {version()}"
    )
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True
    )
    for command in COMMANDS:
        command.add_parser(subparsers)
    return parser
