"""Unload: take one load's rows out of every raw table, and off the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq

from linksignal.errors import LinksignalError
from linksignal.files import is_real_file, kind_of
from linksignal.load.history import files_of, ledger_of, load_of
from linksignal.load.publish import remove, work_folder
from linksignal.text import amount, printable


def unload(raw_dir: Path, load_id: str) -> dict[str, Any]:
    """Remove one load from a raw directory.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    load_id : str
        Key of the load.

    Returns
    -------
    dict
        Its row of the ledger, as it was.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such load, or when its rows share a
        file with others'; 75 while a load writes to the directory. The
        directory stays as it was then.
    """
    ledger_of(raw_dir)
    with work_folder(raw_dir):
        row = load_of(raw_dir, load_id)
        files = files_of(raw_dir, row["load_id"])
        if row["path"] not in files.values():
            raise _shared(row["path"])
        for path in files.values():
            _check_is_own(path, load_id)
        remove(raw_dir, list(files.values()))
    return row


def removed(row: Mapping[str, Any], raw_dir: Path) -> str:
    """Say which load was removed: `row` is what `unload` returned."""
    return (
        f"Removed {printable(row['file'])} "
        f"({amount(row['records_landed'], 'record')}, loaded "
        f"{row['loaded_at']:%Y-%m-%d %H:%M} UTC) from {raw_dir}."
    )


def _check_is_own(path: Path, load_id: str) -> None:
    if not is_real_file(path):
        raise LinksignalError(
            f"{path} is {kind_of(path)}, which no load made; move it away"
        )
    column = pq.read_table(path, columns=["load_id"])["load_id"]
    if pc.unique(column).to_pylist() not in ([load_id], []):
        raise _shared(path)


def _shared(path: Path) -> LinksignalError:
    return LinksignalError(
        f"{path}: this file holds rows of other loads, so another tool wrote "
        "it; remove the load with that tool"
    )
