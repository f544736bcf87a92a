"""One run: its number, its folder, and which step it is in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from linksignal.files import clear, mark
from linksignal.publish.root import (
    Root,
    append,
    entries,
    is_run,
    run_number,
    utc_now,
)
from linksignal.steps import Steps

# What a run leaves in its folder: first what takes space, then what is kept
# for a look. ``target`` and ``logs`` are dbt's.
BUILD = ("linksignal.duckdb*", "target")
DATA = (
    *BUILD,
    *("previous.duckdb*", "candidate.duckdb*", "spill", "members"),
)
LOGS = (
    *("run.log", "dbt_output.txt", "load_output.txt", "traceback.txt"),
    "logs",
)


@dataclass
class Run:
    """A refresh on its way.

    Parameters
    ----------
    run_id : str
        Number and UTC time of the start.
    folder : Path
        Its own folder, which nothing else writes to.
    warnings : list of str
        What the user should know, in sentences.
    current_step : str
        Step that is running or ended last.
    seconds : dict of str to float
        Duration by step.
    steps : Steps
        Tells the user which step it is in.
    """

    run_id: str
    folder: Path
    warnings: list[str] = field(default_factory=list)
    current_step: str = ""
    seconds: dict[str, float] = field(default_factory=dict)
    steps: Steps = field(default_factory=Steps)

    @property
    def number(self) -> int:
        """Place of the run in the order of runs."""
        return run_number(self.run_id)

    @property
    def log(self) -> Path:
        """Log of the steps, JSON lines."""
        return self.folder / "run.log"

    @property
    def database(self) -> Path:
        """What dbt writes."""
        return self.folder / "linksignal.duckdb"

    @property
    def target(self) -> Path:
        """Target folder of dbt."""
        return self.folder / "target"

    @property
    def parsed(self) -> Path:
        """What dbt has parsed, in its own form."""
        return self.target / "partial_parse.msgpack"

    @property
    def previous(self) -> Path:
        """Private copy of what was published when the run began."""
        return self.folder / "previous.duckdb"

    @property
    def candidate(self) -> Path:
        """The file that is to be published."""
        return self.folder / "candidate.duckdb"

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Log the begin and the end of a step, and how long it took."""
        self.current_step = name
        append(self.log, step=name, event="begun")
        begin = time.monotonic()
        with self.steps.step(name):
            yield
        seconds = self.seconds[name] = round(time.monotonic() - begin, 3)
        # The step is done; whether that can be written down changes nothing.
        with suppress(OSError):
            append(self.log, step=name, event="ended", seconds=seconds)

    def drop_build(self) -> None:
        """Remove what dbt has written, for another build."""
        clear(self.folder, BUILD)

    def drop_data(self) -> None:
        """Remove what takes space; the logs stay."""
        clear(self.folder, DATA)


def begin_run(root: Root, steps: Steps) -> Run:
    """Give the next number and make the folder of the run.

    Parameters
    ----------
    root : Root
        Must be locked.
    steps : Steps
        What the run tells its steps.

    Returns
    -------
    Run
        Its number is larger than that of any run there is a trace of.
    """
    names = [path.name for path in root.runs.glob("*")]
    names += [path.stem for path in root.archive.glob("*")]
    names += [str(entry.get("run_id", "")) for entry in entries(root.log)]
    last = max((run_number(name) for name in names if is_run(name)), default=0)
    run_id = f"{last + 1:06d}-{utc_now():%Y%m%dT%H%M%SZ}"
    folder = root.runs / run_id
    folder.mkdir(parents=True)
    mark(folder)
    return Run(run_id, folder, steps=steps)


def last_step(folder: Path) -> str:
    """Step that a run was in when its log ends."""
    logged = entries(folder / "run.log")
    return str(logged[-1].get("step", "")) if logged else ""
