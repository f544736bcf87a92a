"""The command line: ``linksignal COMMAND``.

All else is imported within `main`, so that Ctrl-C has a quiet end from the
start: importing what a command needs can take seconds. The commands stand in
`linksignal.commands`.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; default: those of this process.

    Returns
    -------
    int
        0, the code of the `LinksignalError` that ended the command, 2 for a
        wrong option, or 130 after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows its number.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(sys.argv[1:] if arguments is None else arguments)
    except KeyboardInterrupt:
        print("linksignal: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _run(arguments: list[str]) -> int:
    from click.exceptions import Exit, UsageError

    from linksignal.commands import linksignal
    from linksignal.errors import ExitCode, LinksignalError
    from linksignal.text import say

    try:
        # click's own main() would end an interrupted command in its own way.
        with linksignal.make_context("linksignal", list(arguments)) as context:
            return int(linksignal.invoke(context) or ExitCode.OK)
    except Exit as ended:
        return ended.exit_code
    except UsageError as error:
        say(f"linksignal: {_sentence(error)}", sys.stderr)
        return int(ExitCode.CONFIGURATION)
    except LinksignalError as error:
        say(f"linksignal: {error}", sys.stderr)
        return int(error.exit_code)


def _sentence(error: click.UsageError) -> str:
    """What is wrong with the words of a command, and where to look it up."""
    said = " ".join(error.format_message().split()).rstrip(".")
    place = error.ctx.command_path if error.ctx else "linksignal"
    return f"{said[:1].lower()}{said[1:]} (see {place} --help)"


if __name__ == "__main__":
    sys.exit(main())
