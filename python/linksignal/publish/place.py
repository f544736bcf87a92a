"""Put the published file and its report where readers look, at once."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.files import drafts, is_real_file, sha256_of, sync
from linksignal.publish.root import Root, entries, stated_run
from linksignal.report import is_report, reported_run

_READ_ONLY = 0o444


def seal(path: Path) -> str:
    """Bring a file to the disk, make it read-only, and return its SHA-256.

    Parameters
    ----------
    path : Path
        A file that is not going to change.

    Returns
    -------
    str
        Hexadecimal.
    """
    path.chmod(_READ_ONLY)
    sync(path)
    return sha256_of(path)


def place(path: Path, root: Root) -> None:
    """Replace the published file; readers see the old one or the new one.

    The last step that can fail: the folder is synced by the caller, who then
    must not call a publication failed that everybody can see.

    Parameters
    ----------
    path : Path
        Sealed, and on the disk of the root; it is moved.
    root : Root
        Must be locked.
    """
    # Left by someone who opened the file for writing. Older clients would
    # replay it into the new file, newer ones would refuse to open it.
    if is_real_file(root.wal):
        root.wal.unlink()
    os.replace(path, root.published)


def keep(path: Path, root: Root, run_id: str) -> None:
    """Keep a copy of a published file for a rollback.

    A copy, not a hard link: whoever can write to the published file in spite
    of its mode (root can) must not reach what a rollback brings back.

    Parameters
    ----------
    path : Path
        A published file, or a copy of it.
    root : Root
        Must be locked.
    run_id : str
        Run that made it.
    """
    root.archive.mkdir(exist_ok=True)
    copy_durably(path, root.archived(run_id))


def copy_durably(path: Path, target: Path) -> None:
    """Copy a file so that the target is whole whenever it is there."""
    with drafts(target.parent) as draft:
        copy = draft / target.name
        shutil.copyfile(path, copy)
        seal(copy)
    sync(target.parent)


def stated_sha256(root: Root, run_id: str) -> str | None:
    """SHA-256 of what a run published, as the logs state it.

    Parameters
    ----------
    root : Root
        Its log has it, or that of the run: a killed process may not have come
        to the first.
    run_id : str
        The run.
    """
    logged = [
        entry for entry in entries(root.log) if entry.get("run_id") == run_id
    ]
    told = [
        entry["sha256"]
        for entry in (*entries(root.runs / run_id / "run.log"), *logged)
        if entry.get("sha256")
    ]
    return str(told[-1]) if told else None


def stated_digest(root: Root, run_id: str, sha256: str) -> str | None:
    """Digest of the build that a run published, as the logs state it.

    Parameters
    ----------
    root : Root
        See `stated_sha256`.
    run_id : str
        The run.
    sha256 : str
        Of its published file as it is now.

    Returns
    -------
    str or None
        None where no log states both, the digest beside this SHA-256.
    """
    logged = (*entries(root.runs / run_id / "run.log"), *entries(root.log))
    told = [
        entry["digest"]
        for entry in logged
        if entry.get("sha256") == sha256
        and entry.get("run_id", run_id) == run_id
        and entry.get("digest")
    ]
    return str(told[-1]) if told else None


def prune(root: Root, keep_count: int, published_run: str) -> None:
    """Remove all but the last kept files.

    Parameters
    ----------
    root : Root
        Must be locked.
    keep_count : int
        How many stay; the published run's always does.
    published_run : str
        Run whose file is published.
    """
    others = [run for run in root.archived_runs() if run != published_run]
    for run_id in others[: max(len(others) - keep_count + 1, 0)]:
        root.archived(run_id).unlink()


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
    from linksignal.report.page import write_report

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
