"""The command line: ``linksignal COMMAND``.

Each command is a module with ``add_parser`` (cheap: it must not import the
libraries the command needs) and ``run``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import metadata
from io import TextIOWrapper

from linksignal.errors import ExitCode, LinksignalError
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
from linksignal.saying import say
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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        Words after the program's name; default: those of this process.

    Returns
    -------
    int
        0, or the code of the `LinksignalError` that ended the command.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows its number.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except LinksignalError as error:
        say(f"linksignal: {error}", sys.stderr)
        return int(error.exit_code)
    except KeyboardInterrupt:
        print("linksignal: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return int(ExitCode.OK)


if __name__ == "__main__":
    sys.exit(main())
