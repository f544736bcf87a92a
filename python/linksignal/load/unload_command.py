"""``linksignal unload``: take a load out of a raw directory again."""

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
        "unload",
        help="remove what one load brought",
        description="Remove a load's rows from every raw table, and the load "
        "from the ledger. The file may be loaded again.",
    )
    parser.add_argument("load_id", metavar="LOAD_ID", help="see: loads")
    parser.add_argument(
        "--raw", required=True, type=Path, metavar="DIR", help="raw directory"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Remove one load from a raw directory.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0 when it has been removed.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such load, 75 while another command
        writes to the directory. Nothing has been removed then.
    """
    from linksignal.load.refusal import amount, printable
    from linksignal.load.unload import unload

    raw_dir = plain_folder(args.raw, "--raw")
    row = unload(raw_dir, args.load_id)
    print(
        f"Removed {printable(row['file'])} "
        f"({amount(row['records_landed'], 'record')}, loaded "
        f"{row['loaded_at']:%Y-%m-%d %H:%M} UTC) from {raw_dir}."
    )
    return int(ExitCode.OK)
