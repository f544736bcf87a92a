"""``linksignal loads``: what was loaded into a raw directory."""

from __future__ import annotations

import argparse
from pathlib import Path

from linksignal.errors import ExitCode
from linksignal.paths import plain_folder


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "loads",
        help="list what was loaded",
        description="List the loads of a raw directory: what was loaded, "
        "when, as what, and what became of its records.",
    )
    parser.add_argument(
        "load_id",
        nargs="?",
        metavar="LOAD_ID",
        help="show this load alone, with examples of its rejected records",
    )
    parser.add_argument(
        "--raw", required=True, type=Path, metavar="DIR", help="raw directory"
    )
    parser.add_argument(
        "--settle",
        action="store_true",
        help="first mend what a killed command left: a load that had not "
        "landed whole is taken back, a removal is ended",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the loads of a raw directory, or one of them.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such directory or load; with
        ``--settle`` 75 while a load is at work there.
    """
    from linksignal.load.history import history, ledger_of, one_load
    from linksignal.load.publish import settled

    raw_dir = plain_folder(args.raw, "--raw")
    if args.settle:
        ledger_of(raw_dir)
        with settled(raw_dir):
            pass
    if args.load_id is None:
        print(history(raw_dir))
    else:
        print(one_load(raw_dir, args.load_id))
    return int(ExitCode.OK)
