"""The report that lies beside the published file."""

from __future__ import annotations

from contextlib import suppress

from linksignal.errors import LinksignalError
from linksignal.files import is_real_file
from linksignal.publish.root import Root, stated_run
from linksignal.report import is_report, reported_run


def write_report_beside(root: Root) -> list[str]:
    """Write the report of the published file.

    It is made from that file, after it is out, and says which run it shows.
    When it cannot be written, that of another run does not stay.

    Parameters
    ----------
    root : Root
        Must be locked.

    Returns
    -------
    list of str
        Why there is no report; empty when there is one.
    """
    # A refresh that fails early need not wait for a library of charts.
    from linksignal.report.write import write_report

    try:
        if root.report.is_symlink():
            raise LinksignalError(
                f"{root.report} is a symbolic link, which no refresh made"
            )
        write_report(root.published, root.report)
    # Whatever it is, the file is out, and the refresh has not failed.
    except Exception as error:
        if _is_ours(root):
            with suppress(OSError):
                root.report.unlink()
        reason = (str(error).splitlines() or [""])[0]
        return [f"published, but without a report: {reason}"]
    return []


def mend_report_beside(root: Root) -> None:
    """Replace a report of another run than the published one.

    A process that was killed after it had published left it.

    Parameters
    ----------
    root : Root
        Must be locked.
    """
    if _is_ours(root) and reported_run(root.report) != stated_run(
        root.published
    ):
        write_report_beside(root)


def _is_ours(root: Root) -> bool:
    return is_real_file(root.report) and is_report(root.report)
