"""What is published, from what, and what went wrong last."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import duckdb

from linksignal.files import (
    is_held,
    is_own,
    is_real_file,
    is_real_folder,
    is_taken,
    kind_of,
    sha256_of,
)
from linksignal.publish.database import read_info
from linksignal.publish.place import stated_sha256
from linksignal.publish.reuse import reused_words
from linksignal.publish.root import Entry, Root, entries, is_run, run_number
from linksignal.publish.run import last_step
from linksignal.report import reported_run

# Lines of warnings that a person reads.
_MOST_WARNINGS = 10


def status(root: Root) -> dict[str, Any]:
    """Describe a root without changing or locking it.

    Parameters
    ----------
    root : Root
        Where a refresh publishes.

    Returns
    -------
    dict
        ``published`` (the row of publish_info, or None), ``fault`` (why the
        published file cannot be trusted, or None), ``since`` (when it took
        its place), ``unchanged_at`` (when a refresh last had nothing to do for
        it, or None), ``warnings`` (of the run that made it), ``reused``
        (models that this run did not build again, and of which run they are,
        or None), ``report_fault`` (why the report beside it is none of it, or
        None), ``kept_runs``, ``last_failure``, ``died`` (the last run, if it
        was ended from outside
        and no refresh has told so yet: ``run_id``, ``step``,
        ``is_published``), ``is_running``.
    """
    while True:
        # Readers take no lock: look again when the file was replaced meanwhile.
        inode = _inode(root)
        state = _state(root)
        if _inode(root) == inode:
            return state


def _inode(root: Root) -> int | None:
    try:
        return root.published.stat().st_ino
    except FileNotFoundError:
        return None


def _state(root: Root) -> dict[str, Any]:
    log = entries(root.log)
    info, fault = _published(root)
    run_id = str(info["run_id"]) if info else None
    if run_id and not fault:
        fault = _stray_wal(root) or _alteration(root, run_id)
    return {
        "root": str(root.path),
        "file": str(root.published),
        "published": info,
        "since": _since(root, log, run_id),
        "unchanged_at": _unchanged_at(log, run_id),
        "warnings": _warnings(log, run_id),
        "reused": _reused(log, run_id),
        "fault": fault,
        "report_fault": _report_fault(root, run_id),
        "kept_runs": root.archived_runs(),
        "last_failure": _last_failure(log, run_id),
        "died": _died(root, run_id),
        "is_running": _is_running(root),
    }


def _published(root: Root) -> tuple[dict[str, Any] | None, str | None]:
    if not is_taken(root.published):
        return None, "nothing is published yet"
    if not is_real_file(root.published):
        kind = kind_of(root.published)
        return None, f"it is {kind}, which no refresh made: move it away"
    try:
        info = read_info(root.published)
    except duckdb.Error as error:
        return None, f"it cannot be read: {str(error).splitlines()[0]}"
    if not is_run(str(info["run_id"])):
        return None, "publish_info names no run of a refresh"
    return info, None


def _since(root: Root, log: list[Entry], run_id: str | None) -> str | None:
    """When the published file took its place."""
    if run_id is None:
        return None
    placed = [
        entry
        for entry in log
        if entry.get("event") in ("published", "rolled_back")
    ]
    if placed and placed[-1].get("run_id") == run_id:
        return str(placed[-1]["at"])
    # Whoever placed it was killed before it could say so.
    renamed = datetime.fromtimestamp(root.published.stat().st_ctime, UTC)
    return renamed.replace(microsecond=0).isoformat()


def _unchanged_at(log: list[Entry], run_id: str | None) -> str | None:
    """When a refresh last found that the file is what it would publish."""
    told = [
        str(entry["at"])
        for entry in log
        if run_id and entry.get("published_run") == run_id
    ]
    return told[-1] if told else None


def _warnings(log: list[Entry], run_id: str | None) -> list[str]:
    """What the last run has warned of that made the file, or left it."""
    told = [
        entry.get("warnings")
        for entry in log
        if (entry.get("event"), entry.get("run_id")) == ("published", run_id)
        or (entry.get("event"), entry.get("published_run"))
        == ("unchanged", run_id)
    ]
    return list(map(str, (told[-1] if told else None) or []))


def _reused(log: list[Entry], run_id: str | None) -> Entry | None:
    """What the run that made the file did not build again."""
    for entry in log:
        if (entry.get("event"), entry.get("run_id")) == ("published", run_id):
            return entry.get("reused") or None
    return None


def _stray_wal(root: Root) -> str | None:
    """Say so when clients could replay something into the file."""
    if not is_taken(root.wal):
        return None
    return (
        f"{root.wal.name} lies beside it, left by someone who opened it for "
        "writing: remove it, or refresh"
    )


def _alteration(root: Root, run_id: str) -> str | None:
    """Say so when the file is not, byte for byte, what was published."""
    stated = stated_sha256(root, run_id)
    if stated and sha256_of(root.published) != stated:
        return "it was altered after it was published: refresh or roll back"
    return None


def _report_fault(root: Root, run_id: str | None) -> str | None:
    """Say so when the report shows something else than the file."""
    if run_id is None:
        return None
    if not root.report.exists():
        return "there is none: the next refresh writes it"
    shown = reported_run(root.report)
    if shown == run_id:
        return None
    of = f"of run {shown}" if shown else "of no published run"
    return (
        f"{root.report.name} is {of}, not of the published one: the next "
        "refresh replaces it"
    )


def _last_failure(log: list[Entry], run_id: str | None) -> Entry | None:
    """Last failed run, and whether one succeeded after it."""
    places = [
        place
        for place, entry in enumerate(log)
        if entry.get("event") == "failed"
    ]
    if not places:
        return None
    failure, later = log[places[-1]], log[places[-1] + 1 :]
    is_over = any(
        entry.get("event") in ("published", "unchanged") for entry in later
    )
    failed_run = str(failure.get("run_id"))
    # The run that published may not have come to say so.
    if run_id and is_run(failed_run):
        is_over |= run_number(run_id) > run_number(failed_run)
    return {**failure, "is_over": is_over}


def _died(root: Root, run_id: str | None) -> Entry | None:
    """Last run, if it left no word of how it ended."""
    if not is_real_folder(root.runs):
        return None
    runs = [
        path.name
        for path in root.runs.iterdir()
        if is_run(path.name) and is_own(path)
    ]
    last = max(runs, key=run_number, default=None)
    # In this order: what had begun is at work still, or has said how it ended.
    if last is None or _is_running(root):
        return None
    if last in {entry.get("run_id") for entry in entries(root.log)}:
        return None
    return {
        "run_id": last,
        "step": last_step(root.runs / last) or "start",
        "is_published": last == run_id,
    }


def _is_running(root: Root) -> bool:
    try:
        return is_held(root.lock)
    except OSError:
        return False


def report(state: Mapping[str, Any]) -> str:
    """Write a state, as `status` returns it, in lines to be read."""
    lines = [f"file      {state['file']}"]
    info = state["published"]
    if info:
        lines += [
            f"run       {info['run_id']}",
            f"since     {state['since']}",
            f"inputs    {info['load_count']} loads, raw content "
            f"{info['raw_hash'][:12]}, newest {_newest(info)}",
            f"built by  linksignal {info['linksignal_version']}, dbt "
            f"{info['dbt_version']}, seed {info['seed']}",
            f"simulated {'yes' if info['is_simulated'] else 'no'}",
        ]
    if state["reused"]:
        lines.append(f"reused    {reused_words(state['reused'])}")
    if state["unchanged_at"]:
        lines.append(f"checked   {state['unchanged_at']}: nothing had changed")
    warnings = state["warnings"]
    lines += [f"warning   {warning}" for warning in warnings[:_MOST_WARNINGS]]
    if len(warnings) > _MOST_WARNINGS:
        others = len(warnings) - _MOST_WARNINGS
        lines.append(f"warning   and {others:,} more (status --json)")
    if state["fault"]:
        lines.append(f"FAULT     {state['fault']}")
    if state["report_fault"]:
        lines.append(f"report    {state['report_fault']}")
    lines.append(f"kept      {', '.join(state['kept_runs']) or 'none'}")
    lines.append(f"running   {'yes' if state['is_running'] else 'no'}")
    died = state["died"]
    if died:
        over = ", after it had published" if died["is_published"] else ""
        lines.append(
            f"died      {died['run_id']} was ended from outside during step "
            f"{died['step']}{over}; the next refresh clears it away"
        )
    failure = state["last_failure"]
    if failure:
        over = ", refreshed since" if failure["is_over"] else ""
        lines.append(
            f"failed    {failure['run_id']} at {failure['at']}, exit code "
            f"{failure['exit_code']}{over}: {failure['reason']}"
        )
    return "\n".join(lines)


def _newest(info: dict[str, Any]) -> str:
    dates = [day for day in json.loads(info["newest_as_of"]).values() if day]
    return max(dates, default="unknown")
