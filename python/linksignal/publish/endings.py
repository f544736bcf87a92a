"""How a run ends: what is written down, what is kept, what is cleared."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import duckdb

from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import sync
from linksignal.publish.beside import write_report_beside
from linksignal.publish.journal import append
from linksignal.publish.place import keep, prune
from linksignal.publish.root import Root
from linksignal.publish.run import Run

# Left for a look at the rows that failed, until the next refresh.
_KEEPS_DATABASE = (ExitCode.DATA_FAILED,)


@contextmanager
def failures_told(root: Root, run: Run) -> Iterator[None]:
    """Write down why a run fails, and end it in one sentence.

    An interrupt is not written down here: the next run reports it, and knows
    whether the file was out already.

    Parameters
    ----------
    root : Root
        Whose log takes a line.
    run : Run
        The run.

    Raises
    ------
    LinksignalError
        The failure, whatever it was raised as.
    """
    try:
        yield
    except LinksignalError as error:
        _tell(root, run, str(error), error.exit_code)
        raise
    except Exception as error:
        with suppress(OSError):
            report = run.folder / "traceback.txt"
            report.write_text(traceback.format_exc(), encoding="utf-8")
        reason = (str(error).splitlines() or [""])[0]
        kind = (
            ""
            if isinstance(error, (OSError, duckdb.Error))
            else (f"{type(error).__name__}: ")
        )
        failure = LinksignalError(f"{run.current_step}: {kind}{reason}")
        _tell(root, run, str(failure), failure.exit_code)
        raise failure from error


def conclude(root: Root, run: Run, keep_count: int, sha256: str) -> None:
    """Keep and log what was published, clear the rest.

    The file is out: what fails from here on is a warning, and the next
    refresh makes up for it.

    Parameters
    ----------
    root : Root
        Must be locked.
    run : Run
        The run.
    keep_count : int
        Published files that are kept.
    sha256 : str
        Of the published file.
    """
    with _only_warns(run, "the folder could not be synced"):
        sync(root.path)
    with (
        _only_warns(run, "no copy was kept for a rollback"),
        run.step("archive"),
    ):
        keep(root.published, root, run.run_id)
        prune(root, keep_count, run.run_id)
    with _only_warns(run, "no report was written"), run.step("report"):
        run.warnings += write_report_beside(root)
    with _only_warns(run, "the log could not be written"):
        append(
            root.log,
            event="published",
            run_id=run.run_id,
            exit_code=int(ExitCode.OK),
            sha256=sha256,
            database_bytes=run.database.stat().st_size,
            seconds=run.seconds,
            warnings=run.warnings,
        )
    with _only_warns(run, "the run's folder could not be cleared"):
        run.drop_data()


@contextmanager
def _only_warns(run: Run, what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        run.warnings.append(f"published, but {what}: {error}")


def _tell(root: Root, run: Run, reason: str, exit_code: ExitCode) -> None:
    # The disk may be full: first make room, then write.
    steps: list[Callable[[], None]] = [
        lambda: append(
            root.log,
            event="failed",
            run_id=run.run_id,
            step=run.current_step,
            exit_code=int(exit_code),
            reason=reason,
            warnings=run.warnings,
        )
    ]
    if exit_code not in _KEEPS_DATABASE:
        steps.insert(0, run.drop_data)
    for step in steps:
        with suppress(OSError):
            step()
