"""The command: ``python -m calibration``."""

from __future__ import annotations

import argparse
from pathlib import Path

from calibration.cells import (
    Effort,
    all_cells,
    joint_cells,
    ledger_cells,
    panel_cells,
    single_p_cells,
)
from calibration.joint_page import joint_page
from calibration.ledger_page import ledger_page
from calibration.panel_page import panel_page
from calibration.report import report
from calibration.run import run_cells
from calibration.single_p_page import single_p_page

PAGE = Path("target/calibration.md")
LEDGER_PAGE = Path("analysis/calibration_ledger.md")
PANEL_PAGE = Path("analysis/calibration_panel.md")
SINGLE_PAGE = Path("analysis/calibration_p_values.md")
JOINT_PAGE = Path("analysis/calibration_joint.md")


def main() -> None:
    """Run the calibration and write its table."""
    full = Effort()
    parser = argparse.ArgumentParser(
        prog="python -m calibration",
        description="Draw studies from laws with a known truth and write how "
        "often intervals, tests and verdicts err.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add("--out", type=Path, default=PAGE)
    add("--draws", type=int, default=full.small, help="samples of a cell")
    add("--large-draws", type=int, help="of 1,000 rows (default: --draws)")
    add("--family-draws", type=int, help="of all p values (default: --draws)")
    add("--kink-draws", type=int, default=full.kink)
    add("--single-draws", type=int, default=full.single)
    add("--ledger-draws", type=int, default=full.ledger)
    add("--panel-draws", type=int, default=full.panel)
    add("--target-rows", type=int, default=full.target_rows)
    add("--seed", type=int, default=1)
    add("--processes", type=int, default=1)
    add(
        "--kept",
        type=Path,
        default=Path("target/calibration.jsonl"),
        help="finished cells, which are not run again; remove it when the "
        "code has changed",
    )
    add(
        "--only",
        default="",
        help="cells whose name starts like this; needs another --out, as the "
        "page is of all cells",
    )
    add(
        "--ledger",
        action="store_true",
        help=f"the planted worlds of the ledger alone, into {LEDGER_PAGE}",
    )
    add(
        "--single-p",
        action="store_true",
        help=f"single p values alone, into {SINGLE_PAGE}",
    )
    add(
        "--panel",
        action="store_true",
        help=f"studies over months alone, into {PANEL_PAGE}",
    )
    add("--joint-draws", type=int, default=full.joint)
    add(
        "--joint",
        action="store_true",
        help=f"joint models alone, into {JOINT_PAGE}",
    )
    given = parser.parse_args()
    if given.only and given.out.resolve() == PAGE.resolve():
        parser.error(f"--only would leave {PAGE} without the other cells")
    effort = Effort(
        small=given.draws,
        large=given.large_draws or given.draws,
        family=given.family_draws or given.draws,
        kink=given.kink_draws,
        single=given.single_draws,
        ledger=given.ledger_draws,
        panel=given.panel_draws,
        joint=given.joint_draws,
        target_rows=given.target_rows,
    )
    cells = [
        cell for cell in all_cells(effort) if cell.name.startswith(given.only)
    ]
    alone = (
        (given.ledger, ledger_cells, ledger_page, LEDGER_PAGE),
        (given.single_p, single_p_cells, single_p_page, SINGLE_PAGE),
        (given.panel, panel_cells, panel_page, PANEL_PAGE),
        (given.joint, joint_cells, joint_page, JOINT_PAGE),
    )
    for is_asked, list_cells, write, page in alone:
        if is_asked:
            found = run_cells(
                list_cells(effort),
                given.seed,
                effort,
                given.kept,
                given.processes,
            )
            page.write_text(write(found, given.seed))
            return
    found = run_cells(cells, given.seed, effort, given.kept, given.processes)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(report(found, effort, given.seed))


if __name__ == "__main__":
    main()
