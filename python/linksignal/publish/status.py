"""What is published, from what, and what went wrong last."""

from __future__ import annotations

import fcntl
import os
from typing import Any

import duckdb

from linksignal.publish.info import read_info
from linksignal.publish.journal import Entry, entries
from linksignal.publish.place import sha256_of
from linksignal.publish.root import Root


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
        its place), ``kept_runs``, ``last_failure``, ``is_running``.
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
    run_id = info["run_id"] if info else None
    placed = [
        entry
        for entry in log
        if entry.get("event") in ("published", "rolled_back")
        and entry.get("run_id") == run_id
    ]
    if info and not fault:
        fault = _stray_wal(root) or _alteration(root, log, run_id)
    return {
        "root": str(root.path),
        "file": str(root.published),
        "published": info,
        "since": placed[-1]["at"] if placed else None,
        "fault": fault,
        "kept_runs": root.archived_runs(),
        "last_failure": _last_failure(log),
        "is_running": _is_running(root),
    }


def _published(root: Root) -> tuple[dict[str, Any] | None, str | None]:
    if not root.published.exists():
        return None, "nothing is published yet"
    try:
        return read_info(root.published), None
    except duckdb.Error as error:
        return None, f"it cannot be read: {str(error).splitlines()[0]}"


def _stray_wal(root: Root) -> str | None:
    """Say so when clients could replay something into the file."""
    if not root.wal.exists():
        return None
    return (
        f"{root.wal.name} lies beside it, left by someone who opened it for "
        "writing: remove it, or refresh"
    )


def _alteration(root: Root, log: list[Entry], run_id: Any) -> str | None:
    """Say so when the file is not, byte for byte, what was published."""
    stated = [
        entry["sha256"]
        for entry in log
        if entry.get("run_id") == run_id and "sha256" in entry
    ]
    if stated and sha256_of(root.published) != stated[-1]:
        return "it was altered after it was published: refresh or roll back"
    return None


def _last_failure(log: list[Entry]) -> Entry | None:
    """Last failed run, and whether one succeeded after it."""
    places = [
        place
        for place, entry in enumerate(log)
        if entry.get("event") == "failed"
    ]
    if not places:
        return None
    later = log[places[-1] + 1 :]
    is_over = any(entry.get("event") == "published" for entry in later)
    return {**log[places[-1]], "is_over": is_over}


def _is_running(root: Root) -> bool:
    try:
        handle = os.open(root.path / "refresh.lock", os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
