"""Write the report to a file."""

from __future__ import annotations

import os
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.report.domain_table import read_domains
from linksignal.report.page import page
from linksignal.report.study import read_study


def write_report(database: Path, out: Path) -> int:
    """Write the report of a database.

    Parameters
    ----------
    database : Path
        Built or published database.
    out : Path
        HTML file; it is replaced at once or not at all.

    Returns
    -------
    int
        Size of the file, bytes.

    Raises
    ------
    LinksignalError
        The database holds no complete findings, or the file cannot be
        written.
    """
    content = page(read_study(database), read_domains(database)).encode()
    unfinished = out.with_name(f".draft-{os.getpid()}-{out.name}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(out)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error
    return len(content)
