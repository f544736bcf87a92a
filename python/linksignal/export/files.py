"""The findings as files: one CSV or Parquet file per table, or a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
from xlsxwriter.exceptions import XlsxWriterException

from linksignal.errors import LinksignalError
from linksignal.export.csv_text import ENCODING, csv_lines
from linksignal.export.tables import ExportTable, export_tables
from linksignal.export.workbook import write_workbook
from linksignal.files import drafts, refuse_existing
from linksignal.show.findings import Findings
from linksignal.sql import literal
from linksignal.text import amount

DEFAULT_NAME = "linksignal_export"
WORKBOOK_SUFFIX = ".xlsx"
# What they name stands in the main tables; in a workbook they are a wish.
_LOOKUPS = "lookups"


def export(
    database: Path,
    names: Sequence[str],
    kind: str,
    out: Path | None,
    *,
    overwrite: bool = False,
) -> str:
    """Write tables of a database as files, and say where they are.

    Parameters
    ----------
    database : Path
        Database file, built or published.
    names : sequence of str
        Tables, with or without schema; none: all there are, in a workbook
        without the lookups.
    kind : {"csv", "parquet", "xlsx"}
        Format of the files.
    out : Path or None
        Folder, for xlsx the workbook.
    overwrite : bool, default False
        Whether files of the same names may be replaced.

    Raises
    ------
    LinksignalError
        The database or a table is not there, ``out`` cannot be written or is
        taken, or a workbook cannot hold a table.
    """
    target = _target(out, kind)
    write = {
        "csv": write_csv_files,
        "parquet": write_parquet_files,
        "xlsx": write_workbook,
    }[kind]
    try:
        with Findings(database) as findings:
            tables = export_tables(findings, names)
            if kind == "xlsx" and not names:
                tables = [each for each in tables if each.schema != _LOOKUPS]
            write(findings, tables, target, overwrite=overwrite)
            row_count = sum(table.row_count for table in tables)
            told = (
                f"{target}: {amount(len(tables), 'table')}, {row_count:,} rows"
            )
            return "\n".join(filter(None, [told, findings.simulated_note()]))
    except (OSError, XlsxWriterException, duckdb.Error) as error:
        reason = getattr(error, "strerror", None) or str(error).splitlines()[0]
        raise LinksignalError(
            f"{target} cannot be written: {reason}"
        ) from error


def _target(out: Path | None, kind: str) -> Path:
    is_workbook = kind == "xlsx"
    target = out or Path(
        DEFAULT_NAME + (WORKBOOK_SUFFIX if is_workbook else "")
    )
    suffix = target.suffix.lower()
    if is_workbook and (target.is_dir() or suffix != WORKBOOK_SUFFIX):
        raise LinksignalError(
            f"--out {target}: name the workbook, a file that ends in "
            f"{WORKBOOK_SUFFIX}"
        )
    is_file = target.exists() and not target.is_dir()
    looks_like_file = suffix in (".csv", ".parquet", WORKBOOK_SUFFIX)
    if not is_workbook and (is_file or looks_like_file):
        raise LinksignalError(
            f"--out {target}: name a folder, {kind} gives one file per table"
        )
    return target


def write_csv_files(
    findings: Findings,
    tables: Sequence[ExportTable],
    folder: Path,
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write tables as CSV: for people and spreadsheets.

    Parameters
    ----------
    findings : Findings
        An open database.
    tables : sequence of ExportTable
        What to write.
    folder : Path
        Where to; files of other names in it stay as they are.
    overwrite : bool, default False
        Whether files of these names may be replaced.

    Returns
    -------
    list of Path
        One file per table, as `csv_text` says.
    """
    targets = _targets(tables, folder, ".csv", overwrite=overwrite)
    with drafts(folder, overwrite=overwrite) as draft:
        findings.spill_to(draft / "spill")
        for table, target in zip(tables, targets, strict=True):
            with (draft / target.name).open(
                "w", encoding=ENCODING, newline=""
            ) as file:
                rows = findings.stream(table.query)
                file.writelines(csv_lines(table.columns, rows))
    return targets


def write_parquet_files(
    findings: Findings,
    tables: Sequence[ExportTable],
    folder: Path,
    *,
    overwrite: bool = False,
) -> list[Path]:
    """Write tables as Parquet: for machines, values and types unchanged.

    Parameters
    ----------
    findings, tables, folder, overwrite
        As for `write_csv_files`.

    Returns
    -------
    list of Path
        One file per table.
    """
    targets = _targets(tables, folder, ".parquet", overwrite=overwrite)
    with drafts(folder, overwrite=overwrite) as draft:
        findings.spill_to(draft / "spill")
        for table, target in zip(tables, targets, strict=True):
            findings.rows(
                f"copy ({table.query}) to {literal(draft / target.name)} "
                "(format parquet, compression zstd)"
            )
    return targets


def _targets(
    tables: Sequence[ExportTable], folder: Path, suffix: str, *, overwrite: bool
) -> list[Path]:
    targets = [folder / f"{table.label}{suffix}" for table in tables]
    refuse_existing(targets, overwrite=overwrite)
    return targets
