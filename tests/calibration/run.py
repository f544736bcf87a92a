"""Work through the cells, keeping what is done."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

from threadpoolctl import threadpool_limits

from calibration.cells import (
    Cell,
    Effort,
    all_cells,
    joint_cells,
    ledger_cells,
    panel_cells,
    single_p_cells,
)
from calibration.figures import Figure

Done = dict[str, tuple[int, list[Figure]]]


def run_cells(
    cells: Sequence[Cell], seed: int, effort: Effort, kept: Path, processes: int
) -> dict[str, list[Figure]]:
    """Run the cells that are not done yet, and tell of each.

    Parameters
    ----------
    cells : sequence of Cell
        Cells of `effort`.
    seed : int
        Seed of the calibration.
    effort : Effort
        Samples of each kind.
    kept : Path
        File of JSON lines to which each finished cell is added at once, and
        from which it is taken when it was run with the same seed and as many
        draws or more.
    processes : int
        Cells that run at the same time; the figures do not depend on it.

    Returns
    -------
    dict of str to list of Figure
        Figures by name of the cell, in the order of the cells.
    """
    done = _read(kept, seed, effort.target_rows)
    waiting = [
        cell for cell in cells if done.get(cell.name, (0, []))[0] < cell.draws
    ]
    _tell(f"{len(cells)} cells, {len(cells) - len(waiting)} done before")
    kept.parent.mkdir(parents=True, exist_ok=True)
    tasks = [(cell.name, seed, effort) for cell in waiting]
    with kept.open("a") as file:
        for at, (name, draws, seconds, figures) in enumerate(
            _results(tasks, processes), 1
        ):
            done[name] = (draws, figures)
            line = {
                "cell": name,
                "draws": draws,
                "seed": seed,
                "target_rows": effort.target_rows,
                "cpu_seconds": round(seconds, 1),
                "figures": [asdict(figure) for figure in figures],
            }
            file.write(json.dumps(line) + "\n")
            file.flush()
            _tell(f"{at}/{len(waiting)} {name}: {seconds:.0f} CPU s")
    return {cell.name: done[cell.name][1] for cell in cells}


def _results(
    tasks: Sequence[tuple[str, int, Effort]], processes: int
) -> Iterable[tuple[str, int, float, list[Figure]]]:
    if processes == 1:
        yield from map(_run, tasks)
        return
    with get_context("spawn").Pool(processes) as pool:
        yield from pool.imap_unordered(_run, tasks)


def _run(task: tuple[str, int, Effort]) -> tuple[str, int, float, list[Figure]]:
    """Run one cell, found by its name, as functions do not travel."""
    name, seed, effort = task
    (cell,) = (
        one
        for cells in (
            all_cells,
            single_p_cells,
            ledger_cells,
            panel_cells,
            joint_cells,
        )
        for one in cells(effort)
        if one.name == name
    )
    start = time.process_time()
    with threadpool_limits(limits=1, user_api="blas"):
        figures = cell.run(seed)
    return name, cell.draws, time.process_time() - start, figures


def _read(kept: Path, seed: int, target_rows: int) -> Done:
    """Take what was run with the same settings; of one cell the most draws."""
    done: Done = {}
    lines = kept.read_text().splitlines() if kept.exists() else []
    for line in map(json.loads, lines):
        name, draws = line["cell"], line["draws"]
        is_alike = (line["seed"], line["target_rows"]) == (seed, target_rows)
        if is_alike and draws > done.get(name, (0, []))[0]:
            done[name] = draws, [Figure(**one) for one in line["figures"]]
    return done


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
