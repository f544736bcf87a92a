"""What the joint tables cost: effects, shares and their sentences.

    python benchmarks/joint_speed.py [--rows N ...] [--signals K]

The domains are those of ``statistics_speed.py``: six platforms, five outcomes,
owners of three domains each, and K delivered signals beside. Each size runs in
a process of its own on one thread. Printed are CPU seconds of each table, of
the whole process with its imports, and its peak memory.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROWS = (1_000, 20_000, 100_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--signals", type=int, default=0)
    parser.add_argument("--child", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_child(Path(arguments.child), arguments.signals)
    from statistics_speed import draw

    for row_count in arguments.rows:
        with tempfile.TemporaryDirectory() as folder:
            draw(row_count, Path(folder))
            command = [sys.executable, __file__, "--child", folder]
            command += ["--signals", str(arguments.signals)]
            output = subprocess.run(
                command, check=True, stdout=subprocess.PIPE
            ).stdout
            found = json.loads(output.splitlines()[-1])
        parts = [f"{name} {value:.2f}" for name, value in found.items()]
        print(f"{row_count:,} domains: {', '.join(parts)}", flush=True)


def run_child(folder: Path, signal_count: int) -> None:
    import numpy as np
    import pandas as pd
    from linksignal.settings import default_settings
    from linksignal.stats.tables.joint_effects import joint_effect_table
    from linksignal.stats.tables.joint_words import joint_sentence_table
    from linksignal.stats.tables.signal_importance import (
        signal_importance_table,
    )
    from statistics_speed import COLUMNS, MORE_OUTCOMES, OUTCOMES

    features = pd.read_parquet(folder / "features.parquet")
    owners = np.arange(len(features)) // 3
    features = features.assign(cluster=owners.astype(str))
    generator = np.random.default_rng(1)
    names = [f"signal_{at:02d}" for at in range(signal_count)]
    for name in names:
        noise = generator.normal(size=len(features))
        features[name] = features["authority_score"] + 20 * noise
    signals = pd.DataFrame(
        {"signal": names, "label": names, "transform": "none"}
    ).assign(is_delivered=True)
    outcomes = pd.DataFrame({"outcome": [*OUTCOMES, *MORE_OUTCOMES]})
    chosen = (features, signals, outcomes, COLUMNS, default_settings())
    seconds = {}
    made = []
    for name, make in (
        ("joint_effects", joint_effect_table),
        ("signal_importance", signal_importance_table),
    ):
        start = time.process_time()
        made.append(make(*chosen).to_pandas())
        seconds[name] = time.process_time() - start
    start = time.process_time()
    joint_sentence_table(*made, signals, chosen[-1])
    seconds["sentences"] = time.process_time() - start
    seconds["process, with imports"] = time.process_time()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(seconds | {"peak MB": peak}))


if __name__ == "__main__":
    main()
