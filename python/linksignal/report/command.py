"""``linksignal report``: the findings as one page to look at."""

from __future__ import annotations

import argparse
from pathlib import Path

from linksignal.report import REPORT_NAME
from linksignal.show.database import add_database, default_database


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the command to the command line.

    Parameters
    ----------
    subparsers : argparse subparsers action
        Where ``linksignal`` collects its commands.
    """
    parser = subparsers.add_parser(
        "report",
        help="write the findings as one HTML page",
        description=(
            "One HTML file with the answer, the ledger of claims, charts with "
            "the numbers behind them, the domains and the notes on method. It "
            "holds all it needs and asks no network for anything."
        ),
    )
    add_database(parser)
    parser.add_argument(
        "--out",
        type=Path,
        default=Path(REPORT_NAME),
        help="file to write; an earlier report there is replaced (default "
        f"{REPORT_NAME})",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the report.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``db`` and ``out``.

    Returns
    -------
    int
        0.

    Raises
    ------
    LinksignalError
        The database is not there, holds no complete findings, or the file
        cannot be written.
    """
    from linksignal.report.write import write_report

    size = write_report(arguments.db or default_database(), arguments.out)
    print(f"{arguments.out}: {size / 1e6:.1f} MB; open it in a browser")
    return 0
