"""How often the ledger says what is true, next to another edition of it.

    python benchmarks/ledger_power.py [--studies N] [--rows N ...]
        [--against FOLDER]

Draws studies in planted worlds (tests/calibration/planted.py) and lets this
checkout judge them; with ``--against`` another one judges the same studies,
with its own virtual environment and its own ``ledger_of``. Printed are the
claims that hold in a world, by the number of domains: how often all of the
claim is shown (supported), how often at least a part (and nothing against
it), and which share of its parts; of the other checkout how often it said
supported.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

ROWS = (100, 300, 1_000)
STUDIES = 100
SEED = 7
DRAWS_OF_SMOOTH_LAW = 199

# Run by the other checkout: verdicts of each study of a folder.
JUDGE = f"""
import json, sys, warnings
from pathlib import Path
import pandas as pd
from linksignal.stats.claims.ledger import ledger_of
warnings.simplefilter("ignore")
for file in sorted(Path(sys.argv[1]).glob("*.parquet")):
    ledger = ledger_of(
        pd.read_parquet(file),
        seed=int(file.stem),
        draw_count={DRAWS_OF_SMOOTH_LAW},
    )
    found = dict(zip(ledger["claim_id"], ledger["verdict"]))
    print(json.dumps(found), flush=True)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--studies", type=int, default=STUDIES)
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--against", type=Path)
    arguments = parser.parse_args()
    # The calibration stands beside the tests, not in the package.
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from calibration.cells import POWER_WORLDS

    print(
        "| world | domains | claim | supported | in part | parts shown "
        "| other: supported |\n|---|--:|---|--:|--:|--:|--:|"
    )
    for name in POWER_WORLDS:
        for row_count in arguments.rows:
            rows = power(name, row_count, arguments.studies, arguments.against)
            for row in rows:
                print(f"| {name} | {row_count:,} | {row} |", flush=True)


def power(
    name: str, row_count: int, studies: int, against: Path | None
) -> Iterable[str]:
    """Judge studies of one world and size; give the cells of each claim."""
    from calibration.planted import BY_NAME, draw
    from calibration.planted_run import RULES, study_of_features

    generator = np.random.default_rng([SEED, row_count])
    with tempfile.TemporaryDirectory() as folder:
        judged = []
        for seed in range(studies):
            features = draw(BY_NAME[name], row_count, generator)
            features.to_parquet(Path(folder) / f"{seed:06d}.parquet")
            judged.append(study_of_features(BY_NAME[name], features, seed))
        others = judged_by(against, Path(folder)) if against else None
    for claim_id in RULES:
        counts = np.array([study.found(claim_id) for study in judged])
        true, shown = counts.sum(axis=0)
        if not (counts[:, 0] == len(RULES[claim_id].parts)).any():
            continue
        verdicts = [study.verdicts[claim_id] for study in judged]
        cells = [
            claim_id,
            share([one == "supported" for one in verdicts]),
            share([one == "partly_supported" for one in verdicts]),
            f"{100 * shown / true:.0f}",
            ""
            if others is None
            else share([one[claim_id] == "supported" for one in others]),
        ]
        yield " | ".join(cells)


def judged_by(checkout: Path, folder: Path) -> list[dict[str, str]]:
    """Let another checkout judge the studies of a folder."""
    python = checkout.resolve() / ".venv" / "bin" / "python"
    output = subprocess.run(
        [python, "-c", JUDGE, folder],
        check=True,
        stdout=subprocess.PIPE,
        cwd=checkout,
        text=True,
    ).stdout
    return [json.loads(line) for line in output.splitlines()]


def share(happened: list[bool]) -> str:
    return f"{100 * float(pd.Series(happened).mean()):.0f}"


if __name__ == "__main__":
    main()
