"""``linksignal export``: the findings as files."""

from __future__ import annotations

import argparse
from pathlib import Path

from linksignal.errors import ExitCode, LinksignalError
from linksignal.show.database import add_database, default_database

DEFAULT_NAME = "linksignal_export"
WORKBOOK_SUFFIX = ".xlsx"
FORMATS = ("csv", "parquet", "xlsx")


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "export",
        help="write the findings as CSV, Parquet or an Excel workbook",
        description=(
            "Write the tables of findings and quality, and of a published "
            "file its history and publish_info. csv and parquet: one file per "
            "table; xlsx: one workbook, one sheet per table. In csv a text "
            "that a spreadsheet would take for a formula gets an apostrophe."
        ),
    )
    parser.add_argument(
        "tables",
        nargs="*",
        metavar="TABLE",
        help="claims, findings.claims, ... (default: all)",
    )
    parser.add_argument("--format", required=True, choices=FORMATS)
    add_database(parser)
    parser.add_argument(
        "--out",
        type=Path,
        help=f"folder, for xlsx the workbook (default: {DEFAULT_NAME}, "
        f"{DEFAULT_NAME}{WORKBOOK_SUFFIX})",
    )
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace files of the same names",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Write the tables and say where they are.

    Parameters
    ----------
    arguments : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0.

    Raises
    ------
    LinksignalError
        The database or a table is not there, ``--out`` cannot be written or
        is taken, or a workbook cannot hold a table.
    """
    import duckdb
    from xlsxwriter.exceptions import XlsxWriterException

    out = _out(arguments)
    try:
        print(_export(arguments, out))
    except (OSError, XlsxWriterException, duckdb.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise LinksignalError(f"{out} cannot be written: {reason}") from error
    return int(ExitCode.OK)


def _out(arguments: argparse.Namespace) -> Path:
    is_workbook = arguments.format == "xlsx"
    suffix = WORKBOOK_SUFFIX if is_workbook else ""
    out: Path = arguments.out or Path(DEFAULT_NAME + suffix)
    if is_workbook and (out.is_dir() or out.suffix.lower() != WORKBOOK_SUFFIX):
        raise LinksignalError(
            f"--out {out}: name the workbook, a file that ends in "
            f"{WORKBOOK_SUFFIX}"
        )
    is_file = out.exists() and not out.is_dir()
    if not is_workbook and (is_file or out.suffix[1:].lower() in FORMATS):
        raise LinksignalError(
            f"--out {out}: name a folder, {arguments.format} gives one file "
            "per table"
        )
    return out


def _export(arguments: argparse.Namespace, out: Path) -> str:
    from linksignal.export.folder import write_csv_files, write_parquet_files
    from linksignal.export.tables import export_tables
    from linksignal.export.workbook import write_workbook
    from linksignal.show.findings import Findings

    write = {
        "csv": write_csv_files,
        "parquet": write_parquet_files,
        "xlsx": write_workbook,
    }[arguments.format]
    with Findings(arguments.db or default_database()) as findings:
        tables = export_tables(findings, arguments.tables)
        write(findings, tables, out, overwrite=arguments.overwrite)
        row_count = sum(table.row_count for table in tables)
        noun = "table" if len(tables) == 1 else "tables"
        told = f"{out}: {len(tables)} {noun}, {row_count:,} rows"
        return "\n".join(filter(None, [told, findings.simulated_note()]))
