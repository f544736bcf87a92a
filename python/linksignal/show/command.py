"""``linksignal show [TABLE]``: the findings of a built database."""

from __future__ import annotations

import argparse

from linksignal.show.database import add_database, default_database

DEFAULT_ROWS = 20


def add_parser(subparsers: argparse._SubParsersAction) -> None:  # type: ignore[type-arg]
    """Add the command to the command line.

    Parameters
    ----------
    subparsers : argparse subparsers action
        Where ``linksignal`` collects its commands.
    """
    parser = subparsers.add_parser(
        "show",
        help="show the findings in the terminal",
        description=(
            "Without TABLE: the published coefficients against yours, the "
            "main coefficients, and the ledger of claims. With TABLE: rows of "
            "that table of findings or quality; claims: the ledger alone."
        ),
    )
    parser.add_argument("table", nargs="?", metavar="TABLE")
    add_database(parser)
    parser.add_argument(
        "--rows",
        type=_row_count,
        default=DEFAULT_ROWS,
        help=f"most rows to show (default {DEFAULT_ROWS}; 0: all)",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the overview or one table.

    Parameters
    ----------
    arguments : argparse.Namespace
        ``table``, ``db`` and ``rows``.

    Returns
    -------
    int
        0.

    Raises
    ------
    LinksignalError
        The database or the table is not there, or the database is locked.
    """
    from linksignal.show import ledger
    from linksignal.show.findings import Findings
    from linksignal.show.overview import overview

    with Findings(arguments.db or default_database()) as findings:
        if arguments.table in ledger.NAMES:
            text = ledger.ledger_alone(findings)
        elif arguments.table:
            text = findings.table_text(arguments.table, arguments.rows)
        else:
            text = overview(findings)
        print(text)
    return 0


def _row_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a number of rows (0 shows all)"
        )
    return int(text)
