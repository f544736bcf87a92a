"""The command line: ``linksignal COMMAND``.

All else is imported within `main`, so that Ctrl-C has a quiet end from the
start: importing what a command needs can take seconds.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code.

    Parameters
    ----------
    arguments : list of str, optional
        Words after the program's name; default: those of this process.

    Returns
    -------
    int
        0, the code of the `LinksignalError` that ended the command, or 130
        after Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows its number.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("linksignal: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0


def _run(arguments: list[str] | None) -> int:
    from linksignal.commands import build_parser
    from linksignal.errors import LinksignalError
    from linksignal.saying import say

    parsed = build_parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except LinksignalError as error:
        say(f"linksignal: {error}", sys.stderr)
        return int(error.exit_code)


if __name__ == "__main__":
    sys.exit(main())
