"""Write the report to a file."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linksignal.drafts import drafts, refuse_existing
from linksignal.errors import LinksignalError
from linksignal.report import is_report
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
        The database holds no complete findings, the file cannot be written,
        or another one of that name, which is no report, is there.
    """
    with _refusals_told(out):
        target = Path(os.path.realpath(out))
        _refuse_others(target)
    with Findings(database) as findings:
        text = page(read_study(findings), read_domains(findings))
    content = text.encode()
    with _refusals_told(out), drafts(target.parent) as draft:
        (draft / target.name).write_bytes(content)
        _refuse_others(target)
    return len(content)


def _refuse_others(target: Path) -> None:
    """Refuse to replace what is no report of ours."""
    refuse_existing([target], overwrite=True)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if target.exists() and target.stat().st_size and not is_report(target):
        raise LinksignalError(
            f"{target} is there and is no report of linksignal: name another "
            "file, or remove it"
        )


@contextmanager
def _refusals_told(out: Path) -> Iterator[None]:
    """End in one sentence when the system refuses the file."""
    try:
        yield
    except OSError as error:
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error
