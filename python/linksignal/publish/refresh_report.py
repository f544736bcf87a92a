"""What a refresh tells: lines for people, one object for programs."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from linksignal.errors import ExitCode, LinksignalError
from linksignal.publish.journal import Entry, entries
from linksignal.publish.refresh import Published
from linksignal.publish.root import Root


def answer(published: Published, root: Root) -> dict[str, Any]:
    """What ``--json`` prints of a refresh that published.

    Parameters
    ----------
    published : Published
        What was published.
    root : Root
        Where.

    Returns
    -------
    dict
        The row of publish_info, and how the run went.
    """
    return {
        "event": "published",
        "exit_code": int(ExitCode.OK),
        "file": str(root.published),
        "report": str(root.report) if root.report.exists() else None,
        "sha256": published.sha256,
        "moved_coefficients": published.moved_count,
        "moved_verdicts": published.moved_verdicts,
        "seconds": published.run.seconds,
        "warnings": published.run.warnings,
        **published.info,
    }


def failure(root: Root, error: LinksignalError) -> dict[str, Any]:
    """What ``--json`` prints of a refresh that failed.

    Parameters
    ----------
    root : Root
        Its log has the run and the step, if it came to a run at all.
    error : LinksignalError
        Why it failed.

    Returns
    -------
    dict
        Exit code, reason, and what the log says.
    """
    logged: list[Entry] = []
    # A root that refuses to be read is what the error is about.
    with suppress(OSError):
        last = entries(root.log)[-1:]
        logged = [entry for entry in last if entry.get("reason") == str(error)]
    told = {
        "event": "failed",
        "exit_code": int(error.exit_code),
        "reason": str(error),
    }
    return {**told, **logged[0]} if logged else told


def report(published: Published, root: Root) -> str:
    """What is printed of a refresh that published.

    Parameters
    ----------
    published : Published
        What was published.
    root : Root
        Where.

    Returns
    -------
    str
        Lines without a final line end.
    """
    info = published.info
    lines = [
        f"published {root.published}",
        f"  run {info['run_id']}, previous {info['previous_run_id'] or 'none'}",
        f"  {info['load_count']} loads, raw content {info['raw_hash'][:12]}",
        f"  {published.moved_count} coefficients left the interval they had "
        "(history.drift)",
        f"  {published.moved_verdicts} claims have another verdict "
        "(history.verdict_drift)",
    ]
    if root.report.exists():
        lines.append(f"  report {root.report.name}")
    if info["is_simulated"]:
        lines.append("  SIMULATED DATA: these results describe no real domain.")
    return "\n".join(lines)
