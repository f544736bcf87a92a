"""The report: one HTML file that shows what the findings say."""

from __future__ import annotations

import re
from pathlib import Path

# What the file is called, unless the user names it.
REPORT_NAME = "linksignal_report.html"

_HEAD_BYTES = 1_000
_GENERATOR = re.compile(
    r'<meta name="generator" content="linksignal(?:, run ([0-9A-Z-]+))?">'
)


def generator(run_id: str | None) -> str:
    """Say in the head of a report that it is one, and of which run.

    Parameters
    ----------
    run_id : str or None
        Published run that it shows; None: of a build that is not published.
    """
    return f"linksignal, run {run_id}" if run_id else "linksignal"


def is_report(path: Path) -> bool:
    """Whether a file is a report that linksignal wrote."""
    return _head(path) is not None


def reported_run(path: Path) -> str | None:
    """Published run that a report shows; None when it shows none."""
    head = _head(path)
    return head[1] if head else None


def _head(path: Path) -> re.Match[str] | None:
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:
        return None
    return _GENERATOR.search(head.decode(errors="replace"))
