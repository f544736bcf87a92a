"""One CSV or Parquet file per table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from linksignal.drafts import drafts, refuse_existing
from linksignal.export.csv_text import ENCODING, csv_lines
from linksignal.export.tables import ExportTable
from linksignal.show.findings import Findings


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
            path = str(draft / target.name).replace("'", "''")
            findings.rows(
                f"copy ({table.query}) to '{path}' "
                "(format parquet, compression zstd)"
            )
    return targets


def _targets(
    tables: Sequence[ExportTable], folder: Path, suffix: str, *, overwrite: bool
) -> list[Path]:
    targets = [folder / f"{table.label}{suffix}" for table in tables]
    refuse_existing(targets, overwrite=overwrite)
    return targets
