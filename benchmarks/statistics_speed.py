"""What the statistics stage costs, next to another edition of it.

    python benchmarks/statistics_speed.py [--rows N ...] [--against FOLDER]

Ways, each in a process of its own, on one thread (9 signals on six platforms,
10,000 permutations or draws of coefficients, 999 of the smooth law):

- ``before``: every table of another checkout, the first edition, named by
  ``--against``, with its own virtual environment;
- ``same``: every table of this one on the same columns, thresholds of the pairs
  that the first edition had: what it computed too, beside contrasts that also
  hold those at equal thickness;
- ``whole``: beside these three more outcomes, owners of three domains each,
  and intervals for new prompts from 200 groups of prompts.

Printed are CPU seconds of each table, the peak memory of the process, and
what a way costs against the first, in one run.
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
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

Tables = dict[str, pd.DataFrame]
Step = Callable[[pd.DataFrame, Tables], pa.Table]

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


TABLES = ("correlations", "contrasts", "thresholds", "deciles", "claims")


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
    load = os.getloadavg()[0]
    print(f"{row_count:,} domains, load {load:.1f}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        draw(row_count, Path(folder))
        before = None
        if against:
            python = against / ".venv" / "bin" / "python"
            before = cost("before", Path(folder), str(python))
            print(f"  before: {shown(before, before)}", flush=True)
        for way in ("same", "whole"):
            found = cost(way, Path(folder), sys.executable)
            print(f"  {way}: {shown(found, before)}", flush=True)


def shown(found: dict[str, float], before: dict[str, float] | None) -> str:
    """CPU seconds, and in brackets what they are of those of before."""
    found = {**found, "all": sum(found[table] for table in TABLES)}
    if before:
        before = {**before, "all": sum(before[table] for table in TABLES)}
    parts = [
        f"{table} {found[table]:.2f}"
        + (f" ({found[table] / before[table]:.3f})" if before else "")
        for table in (*TABLES, "all")
    ]
    return f"CPU s: {', '.join(parts)}; peak {found['peak_mb']:,.0f} MB"


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
    ranks = features["authority_score"].rank(pct=True)
    features["authority_decile"] = np.ceil(10 * ranks).astype("int64")
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
    found = run(way, features, groups)
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(found))


def run(
    way: str, features: pd.DataFrame, groups: pd.DataFrame
) -> dict[str, float]:
    """Make every table, and tell the CPU seconds of each."""
    seconds = {}
    if way == "whole":
        owners = np.arange(len(features)) // 3
        features = features.assign(cluster=owners.astype(str))
    # Each step gets the tables that there are already.
    steps = steps_before() if way == "before" else steps_now(way, groups)
    tables: dict[str, pd.DataFrame] = {}
    for table in TABLES:
        start = time.process_time()
        made = steps[table](features, tables)
        seconds[table] = time.process_time() - start
        tables[table] = made.to_pandas()
    return seconds


def registry(is_whole: bool) -> tuple[pd.DataFrame, pd.DataFrame]:
    outcomes = OUTCOMES | (MORE_OUTCOMES if is_whole else {})
    signal_frame, outcome_frame = (
        pd.DataFrame({name: [*column], "transform": [*column.values()]})
        for name, column in (("signal", SIGNALS), ("outcome", outcomes))
    )
    if is_whole:
        outcome_frame["is_main"] = outcome_frame["outcome"].isin(OUTCOMES)
    return signal_frame, outcome_frame


def lookup(name: str) -> pd.DataFrame:
    """A lookup of the checkout that runs."""
    import linksignal

    root = Path(linksignal.__file__).parents[2]
    return pd.read_csv(root / "seeds" / "lookups" / f"{name}.csv")


def steps_now(way: str, groups: pd.DataFrame) -> dict[str, Step]:
    from linksignal.settings import default_settings
    from linksignal.stats.claims.table import claim_table, part_table
    from linksignal.stats.tables import thresholds
    from linksignal.stats.tables.contrasts import contrast_table
    from linksignal.stats.tables.correlations import correlation_table
    from linksignal.stats.tables.deciles import decile_profiles

    ask = thresholds._questions

    def first_questions(platforms: Sequence[str]) -> list[thresholds.Cell]:
        mentions = [thresholds.AUTHORITY, thresholds.MENTIONS]
        return [
            asked
            for asked in ask(platforms)
            if [asked.signal, asked.outcome] == mentions
        ]

    is_whole = way == "whole"
    if not is_whole:
        thresholds._questions = first_questions
    chosen = (*registry(is_whole), COLUMNS)
    of_main = (*registry(False), COLUMNS)
    more = {"prompt_groups": groups} if is_whole else {}
    settings = replace(default_settings(), seed=SEED)
    few = replace(settings, resample_count=RESAMPLES)

    def claims(features: pd.DataFrame, tables: Tables) -> pa.Table:
        parts = part_table(
            tables["correlations"],
            tables["contrasts"],
            tables["thresholds"],
            features,
            lookup("signals"),
            lookup("outcomes"),
            lookup("platforms"),
            settings,
        ).to_pandas()
        return claim_table(
            parts, lookup("study_claims"), lookup("claim_outcomes"), settings
        )

    return {
        "correlations": lambda features, _: correlation_table(
            features, *chosen, few, **more
        ),
        "contrasts": lambda features, _: contrast_table(
            features, *chosen, settings, **more
        ),
        "thresholds": lambda features, _: thresholds.threshold_table(
            features, COLUMNS, settings
        ),
        "deciles": lambda features, _: decile_profiles(
            features, *of_main, settings
        ),
        "claims": claims,
    }


def steps_before() -> dict[str, Step]:
    from linksignal.stats.claims.table import claim_table
    from linksignal.stats.contrasts.table import contrast_table
    from linksignal.stats.correlations import correlation_table
    from linksignal.stats.deciles import decile_profiles
    from linksignal.stats.thresholds.table import threshold_table

    chosen = (*registry(False), COLUMNS)
    more = {"seed": SEED, "resample_count": RESAMPLES}
    return {
        "correlations": lambda features, _: correlation_table(
            features, *chosen, **more
        ),
        "contrasts": lambda features, _: contrast_table(
            features, *chosen, **more
        ),
        "thresholds": lambda features, _: threshold_table(
            features, COLUMNS, seed=SEED
        ),
        "deciles": lambda features, _: decile_profiles(features, *chosen),
        "claims": lambda features, tables: claim_table(
            tables["contrasts"],
            tables["thresholds"],
            features,
            lookup("platforms"),
            lookup("study_claims"),
        ),
    }


if __name__ == "__main__":
    main()
