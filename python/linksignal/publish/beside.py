"""The report that lies beside the published file."""

from __future__ import annotations

from contextlib import suppress

from linksignal.publish.root import Root, remove


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
        write_report(root.published, root.report)
    # Whatever it is, the file is out, and the refresh has not failed.
    except Exception as error:
        with suppress(OSError):
            remove(root.report)
        reason = (str(error).splitlines() or [""])[0]
        return [f"published, but without a report: {reason}"]
    return []
