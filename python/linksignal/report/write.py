"""Write the report to a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.export.drafts import refuse_existing
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
    with _refusals_told(out):
        target = Path(os.path.realpath(out))
        refuse_existing([target], overwrite=True)
    with Findings(database) as findings:
        text = page(read_study(findings), read_domains(findings))
    content = text.encode()
    # A refresh sweeps what is left of a name like this.
    unfinished = target.with_name(f".draft-{os.getpid()}-report")
    with _refusals_told(out):
        try:
            unfinished.write_bytes(content)
            unfinished.replace(target)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
    return len(content)


@contextmanager
def _refusals_told(out: Path) -> Iterator[None]:
    """End in one sentence when the system refuses the file."""
    try:
        yield
    except OSError as error:
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error
