"""A refresh after each of several loads equals one after all of them.

The statistics are left out: they are made from what `findings.domains` shows,
by a seed, and cost most of a build.
"""

from __future__ import annotations

import os
import random
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from linksignal.publish import build, refresh
from linksignal.publish.database import read_info
from linksignal.publish.refresh import Options
from linksignal.publish.root import Root
from pandas.testing import assert_frame_equal
from recorded_build import DOCUMENTS

TABLES = (
    "findings.domains",
    "findings.platform_coverage",
    "quality.brand_names",
    "quality.link_count_deviations",
    "quality.load_accounting",
    "quality.record_accounting",
)
# Of two loads at two times only the time may differ.
TIMES = {"quality.load_accounting": "exclude (loaded_at)"}
DOMAINS = [f"d{number}.com" for number in range(40)]
# So many of the exports give one of each side.
BOTH_SIDES = 3
# One order of loading; `make torture` tries more.
SEEDS = range(5 if "LINKSIGNAL_KILLS" in os.environ else 1)


def written(path: Path, header: str, rows: list[str]) -> Path:
    path.write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    return path


def totals(folder: Path, name: str, growth: int) -> Path:
    return written(
        folder / f"{name}.csv",
        "url,backlinks,refdomains,dofollow,nofollow,ugc,sponsored,text,image",
        [
            ",".join([domain, *(str(n * growth % p) for p in range(31, 39))])
            for n, domain in enumerate(DOMAINS[: 4 * growth])
        ],
    )


def scores(folder: Path, name: str, step: int, as_of: str) -> Path:
    return written(
        folder / f"{name}.csv",
        "domain,score,scale,as_of",
        [
            f"{domain},{number * step % 101},0-100,{as_of}"
            for number, domain in enumerate(DOMAINS)
        ],
    )


def answers(folder: Path, name: str, numbers: range) -> list[Path]:
    return [
        written(
            folder / f"{name}-answers.csv",
            "answer_id,platform,prompt_id,prompt",
            [f"a{n},ChatGPT,{n % 4},which one of {n % 4}" for n in numbers],
        ),
        written(
            folder / f"{name}-references.csv",
            "answer_id,position,domain",
            [
                f"a{n},{place},{DOMAINS[n * place % 40]}"
                for n in numbers
                for place in (1, 2, 3)
            ],
        ),
    ]


@pytest.fixture(scope="module")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Exports of both sides, and more that overlap, disagree or are older."""
    folder = tmp_path_factory.mktemp("exports")
    return [
        totals(folder, "first", 7),
        *answers(folder, "first", range(40)),
        totals(folder, "second", 10),
        totals(folder, "third", 9),
        scores(folder, "newer-scores", 3, "2026-01-31"),
        scores(folder, "older-scores", 7, "2025-12-31"),
        *answers(folder, "second", range(30, 60)),
    ]


@pytest.fixture
def root_after(dbt, parsed, recorded, tmp_path, monkeypatch):
    """Refresh after each of some batches: the root after the last."""

    def build_tables(run, variables, *_):
        run.target.mkdir()
        outcome = dbt(
            *("build", "--resource-type", "model", "--resource-type", "seed"),
            *("--select", *(f"+{name}" for name in TABLES)),
            database=run.database,
            variables=variables,
            manifest=parsed,
        )
        for name in DOCUMENTS:
            shutil.copy(recorded.folder / name, run.target)
        return outcome.exit_code

    def root_after(name: str, batches: list[list[Path]]) -> Root:
        root, raw_dir = Root(tmp_path / name), tmp_path / f"{name}-raw"
        for batch in batches:
            refresh.refresh(root, Options(raw_dir, tuple(batch)))
        return root

    monkeypatch.setattr(build, "run_dbt", build_tables)
    monkeypatch.setattr(refresh, "verify", lambda *_: None)
    return root_after


def frame(root: Root, name: str) -> pd.DataFrame:
    """Rows of a table that is made anew in every refresh."""
    query = f"select * {TIMES.get(name, '')} from {name} order by all"
    with duckdb.connect(str(root.published), read_only=True) as connection:
        return connection.execute(query).df()


@pytest.mark.parametrize("seed", SEEDS)
def test_refreshes_after_each_load_equal_one_after_all(
    seed, exports, root_after
):
    order = random.Random(seed)
    later = order.sample(exports[BOTH_SIDES:], len(exports) - BOTH_SIDES)
    cut = order.randrange(1, len(later))
    # One side alone cannot be published.
    batches = [exports[:BOTH_SIDES], later[:cut], later[cut:]]
    often, once = (
        root_after(name, each)
        for name, each in (("often", batches), ("once", [exports]))
    )
    assert read_info(often.published)["run_number"] == len(batches)
    for name in TABLES:
        # Sums of floats depend on the order that threads come in.
        assert_frame_equal(
            frame(often, name), frame(once, name), rtol=1e-9, atol=1e-12
        )
    for name in ("loads_hash", "load_count", "newest_as_of"):
        assert (
            read_info(often.published)[name] == read_info(once.published)[name]
        )
