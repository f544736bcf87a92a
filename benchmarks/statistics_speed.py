"""What the correlation table costs, next to another edition of it.

    python benchmarks/statistics_speed.py [--rows N ...] [--against FOLDER]

Ways, each in a process of its own, in CPU seconds on one thread:

- ``table``: every method and sensitivity of two outcomes on six platforms
  (9 signals, 10,000 permutations or draws): what the first edition computed;
- ``everything``: beside these three more outcomes, owners of three domains
  each, and intervals for new prompts from 200 groups of prompts;
- ``other``: `correlation_table` of another checkout, named by ``--against``,
  on the same values as ``table``, with its own virtual environment.

The ratios say what the second costs against the first, in one run.
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

import numpy as np
import pandas as pd

PLATFORMS = (
    "chatgpt",
    "chatgpt_search",
    "gemini",
    "google_ai_overviews",
    "perplexity",
)
COLUMNS = (*PLATFORMS, "all")
SIGNALS = {
    "total_backlinks": "log1p",
    "referring_domains": "log1p",
    "follow_links": "log1p",
    "nofollow_links": "log1p",
    "text_links": "log1p",
    "image_links": "log1p",
    "authority_score": "none",
    "follow_share": "none",
    "image_share": "none",
}
OUTCOMES = {"ai_mentions": "log1p", "share_of_voice": "none"}
MORE_OUTCOMES = {
    "unbranded_mentions": "log1p",
    "citations": "log1p",
    "brand_mentions": "log1p",
}
RESAMPLES = 10_000
GROUPS = 200
SEED = 1
ROWS = (1_000, 20_000, 100_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    parser.add_argument("--against", type=Path)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        return run_child(arguments.child[0], Path(arguments.child[1]))
    for row_count in arguments.rows:
        compare(row_count, arguments.against)


def compare(row_count: int, against: Path | None) -> None:
    print(f"{row_count:,} domains", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        draw(row_count, Path(folder))
        other = None
        if against:
            python = against / ".venv" / "bin" / "python"
            other = cost("other", Path(folder), str(python))
            print(f"  other: {shown(other)}", flush=True)
        for way in ("table", "everything"):
            found = cost(way, Path(folder), sys.executable)
            ratio = f", {found['cpu_s'] / other['cpu_s']:.3f}" if other else ""
            print(f"  {way}: {shown(found)}{ratio}", flush=True)


def shown(cost_: dict[str, float]) -> str:
    return f"{cost_['cpu_s']:.1f} CPU s, peak {cost_['peak_mb']:,.0f} MB"


def cost(way: str, folder: Path, python: str) -> dict[str, float]:
    """Run one way in a process of its own."""
    command = [python, __file__, "--child", way, str(folder)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def draw(row_count: int, folder: Path) -> None:
    """Draw signals, mentions by group of prompts, and what follows of them."""
    generator = np.random.default_rng(SEED)
    size = generator.normal(size=row_count)

    def links(spread: float, middle: float) -> np.ndarray:
        noise = spread * generator.normal(size=row_count)
        return np.floor(np.exp(middle + size + noise))

    frame = {"domain": [f"{row:07d}.com" for row in range(row_count)]}
    frame |= {
        name: links(0.5 + at / 10, 4 - at / 4)
        for at, name in enumerate([*SIGNALS][:6])
    }
    frame["authority_score"] = np.round(
        100 / (1 + np.exp(-size - 0.5 * generator.normal(size=row_count)))
    )
    follow, nofollow = frame["follow_links"], frame["nofollow_links"]
    frame["follow_share"] = (follow + 0.5) / (follow + nofollow + 1)
    text, image = frame["text_links"], frame["image_links"]
    frame["image_share"] = (image + 0.5) / (text + image + 1)
    groups = []
    for platform in PLATFORMS:
        rate = np.exp(-0.5 + 0.7 * size + generator.normal(size=row_count))
        mentions = generator.poisson(rate)
        rows = np.repeat(np.arange(row_count), mentions)
        of_group = pd.DataFrame(
            {
                "row": rows,
                "prompt_group": generator.integers(GROUPS, size=len(rows)),
                "unbranded_mentions": generator.random(len(rows)) < 0.3,
                "citations": generator.random(len(rows)) < 0.6,
            }
        )
        counted = of_group.groupby(["row", "prompt_group"]).agg(
            ai_mentions=("row", "size"),
            unbranded_mentions=("unbranded_mentions", "sum"),
            citations=("citations", "sum"),
        )
        groups.append(counted.reset_index().assign(platform=platform))
        totals = counted.groupby("row").sum().reindex(range(row_count))
        for name in ("ai_mentions", "unbranded_mentions", "citations"):
            frame[f"{name}_{platform}"] = totals[name].fillna(0).to_numpy()
        frame[f"brand_mentions_{platform}"] = (
            frame[f"ai_mentions_{platform}"] - frame[f"citations_{platform}"]
        )
        unbranded = frame[f"unbranded_mentions_{platform}"]
        frame[f"share_of_voice_{platform}"] = unbranded / unbranded.sum()
    for name in ("ai_mentions", *MORE_OUTCOMES):
        frame[f"{name}_all"] = sum(frame[f"{name}_{p}"] for p in PLATFORMS)
    frame["share_of_voice_all"] = np.mean(
        [frame[f"share_of_voice_{p}"] for p in PLATFORMS], axis=0
    )
    features = pd.DataFrame(frame)
    features.to_parquet(folder / "features.parquet")
    by_group = pd.concat(groups, ignore_index=True)
    by_group["domain"] = features["domain"].to_numpy()[by_group.pop("row")]
    by_group["is_in_all"] = True
    by_group.to_parquet(folder / "groups.parquet")


def run_child(way: str, folder: Path) -> None:
    features = pd.read_parquet(folder / "features.parquet")
    groups = pd.read_parquet(folder / "groups.parquet")
    # What a first call loads is no part of the work.
    few = features.head(100)
    run(way, few, groups[groups["domain"].isin(few["domain"])])
    start = time.process_time()
    run(way, features, groups)
    seconds = time.process_time() - start
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": seconds, "peak_mb": peak_mb}))


def run(way: str, features: pd.DataFrame, groups: pd.DataFrame) -> None:
    if way == "other":
        from linksignal.stats.correlations import correlation_table
    else:
        from linksignal.stats.tables.correlations import correlation_table
    is_all = way == "everything"
    outcomes = OUTCOMES | (MORE_OUTCOMES if is_all else {})
    signal_frame, outcome_frame = (
        pd.DataFrame({name: [*column], "transform": [*column.values()]})
        for name, column in (("signal", SIGNALS), ("outcome", outcomes))
    )
    more = {}
    if is_all:
        outcome_frame["is_main"] = outcome_frame["outcome"].isin(OUTCOMES)
        owners = np.arange(len(features)) // 3
        features = features.assign(cluster=owners.astype(str))
        more["prompt_groups"] = groups
    correlation_table(
        features,
        signal_frame,
        outcome_frame,
        COLUMNS,
        seed=SEED,
        resample_count=RESAMPLES,
        **more,
    )


if __name__ == "__main__":
    main()
