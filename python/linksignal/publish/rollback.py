"""A rollback: an earlier published file takes the place of the current one."""

from __future__ import annotations

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import drafts, sha256_of, sync
from linksignal.publish.database import read_info
from linksignal.publish.place import (
    place,
    seal,
    stated_sha256,
    write_report_beside,
)
from linksignal.publish.root import Root, append, locked, stated_run
from linksignal.publish.verify import verify


def rollback(root: Root, run_id: str | None) -> dict[str, Any]:
    """Publish a kept file again.

    Parameters
    ----------
    root : Root
        Where it was published.
    run_id : str or None
        Run whose file to publish; None: the one before the current.

    Returns
    -------
    dict
        Row of publish_info of the file that is published now, and
        ``warnings``.

    Raises
    ------
    LinksignalError
        75 while a refresh is at work; 2 when there is no such file or it is
        damaged. Readers see no change then.
    """
    if not root.path.exists():
        # To lock a root is to make it: a mistyped name must not.
        raise LinksignalError(f"nothing is published in {root.path}")
    with locked(root):
        target = run_id or _before_current(root)
        if target not in root.archived_runs():
            there = ", ".join(root.archived_runs()) or "none"
            raise LinksignalError(
                f"no file of run {target} is kept; those that are: {there}"
            )
        try:
            with drafts(root.path) as draft:
                copy = draft / root.published.name
                shutil.copyfile(root.archived(target), copy)
                _check_kept(copy, root, target)
                seal(copy)
                place(copy, root)
        except OSError as error:
            raise LinksignalError(f"rollback failed: {error}") from error
        with suppress(OSError):
            sync(root.path)
            append(
                root.log,
                event="rolled_back",
                run_id=target,
                exit_code=int(ExitCode.OK),
            )
        return {
            "warnings": write_report_beside(root),
            **read_info(root.published),
        }


def _check_kept(copy: Path, root: Root, run_id: str) -> None:
    """Refuse what is not, byte for byte, what the run published."""
    verify(copy)
    stated = stated_sha256(root, run_id)
    is_altered = stated is not None and stated != sha256_of(copy)
    if is_altered or stated_run(copy) != run_id:
        raise LinksignalError(
            f"the kept file of run {run_id} must not be published: it is not "
            "what that run published"
        )


def _before_current(root: Root) -> str:
    """Run that was published when the current file was made."""
    if not root.published.exists():
        raise LinksignalError(
            f"nothing is published in {root.path}: name a run with --to"
        )
    try:
        before = read_info(root.published)["previous_run_id"]
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        raise LinksignalError(
            f"{root.published} cannot be read ({reason}): name a run with --to"
        ) from error
    if before is None:
        raise LinksignalError("nothing was published before the current file")
    return str(before)
