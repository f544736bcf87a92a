"""Write the report to a file."""

from __future__ import annotations

import os
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.report.domain_table import read_domains
from linksignal.report.page import page
from linksignal.report.study import read_study
from linksignal.show.findings import Findings


def write_report(database: Path, out: Path) -> int:
    """Write the report of a database.

    Parameters
    ----------
    database : Path
        Built or published database.
    out : Path
        HTML file; it is replaced at once or not at all. Of a symbolic link
        the file it names is replaced.

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
    target = _target(out)
    with Findings(database) as findings:
        text = page(read_study(findings), read_domains(findings))
    content = text.encode()
    # A refresh sweeps what is left of a name like this.
    unfinished = target.with_name(f".draft-{os.getpid()}-report")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error
    return len(content)


def _target(out: Path) -> Path:
    """Where links lead; to replace a device would take it from the system."""
    try:
        target = Path(os.path.realpath(out))
        is_other = target.exists() and not target.is_file()
    except OSError as error:
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error
    if is_other:
        kind = "a folder" if target.is_dir() else "no ordinary file"
        raise LinksignalError(
            f"the report cannot be written to {out}: it is {kind}"
        )
    return target
