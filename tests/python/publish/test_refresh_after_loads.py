"""A refresh after each of several loads equals one after all of them."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from linksignal.errors import LinksignalError
from linksignal.publish import build, refresh
from linksignal.publish.info import read_info
from linksignal.publish.refresh import Options
from linksignal.publish.root import Root
from pandas.testing import assert_frame_equal
from recorded_build import DOCUMENTS

TABLES = (
    "findings.correlations",
    "findings.deciles",
    "findings.domains",
    "findings.platform_coverage",
    "quality.brand_names",
    "quality.link_count_deviations",
    "quality.load_accounting",
    "quality.record_accounting",
)
VARIABLES = {"resample_count": 100, "draw_count": 99}
# Of two loads at two times only the time may differ.
TIMES = {"quality.load_accounting": "exclude (loaded_at)"}
DOMAINS = [f"d{number}.com" for number in range(40)]
BATCHES = 3
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
            folder / f"{name}-answers-2026-01-31.csv",
            "answer_id,platform,prompt_id,prompt",
            [f"a{n},ChatGPT,{n % 4},which one of {n % 4}" for n in numbers],
        ),
        written(
            folder / f"{name}-references-2026-01-31.csv",
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
    """Pulls that disagree or overlap, and an older one of each side."""
    folder = tmp_path_factory.mktemp("exports")
    return [
        totals(folder, "first-2026-01-31", 7),
        totals(folder, "second-2026-01-31", 10),
        totals(folder, "older-2025-12-31", 9),
        scores(folder, "scores", 3, "2026-01-31"),
        scores(folder, "older-scores", 7, "2025-12-31"),
        *answers(folder, "one", range(40)),
        *answers(folder, "two", range(30, 60)),
    ]


@pytest.fixture
def root_after(dbt, parsed, recorded, tmp_path, monkeypatch):
    """Refresh after each of some batches: the root after the last."""

    def build_tables(run, variables):
        run.target.mkdir()
        outcome = dbt(
            *("build", "--resource-type", "model", "--resource-type", "seed"),
            *("--select", *(f"+{name}" for name in TABLES), "--no-write-json"),
            database=run.database,
            variables={**variables, **VARIABLES},
            manifest=parsed,
        )
        for name in DOCUMENTS:
            shutil.copy(recorded.folder / name, run.target)
        return outcome.exit_code

    def root_after(name: str, batches: list[list[Path]]) -> Root:
        root, raw_dir = Root(tmp_path / name), tmp_path / f"{name}-raw"
        for batch in batches[:-1]:
            # One side alone is refused, and a later refresh has both.
            with contextlib.suppress(LinksignalError):
                refresh.refresh(root, Options(raw_dir, tuple(batch)))
        refresh.refresh(root, Options(raw_dir, tuple(batches[-1])))
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
    shuffled = order.sample(exports, len(exports))
    cuts = sorted(order.sample(range(1, len(exports)), BATCHES - 1))
    batches = [
        shuffled[begin:end]
        for begin, end in zip([0, *cuts], [*cuts, len(exports)], strict=True)
    ]
    often, once = (
        root_after(name, each)
        for name, each in (("often", batches), ("once", [exports]))
    )
    assert read_info(often.published)["run_number"] == BATCHES
    for name in TABLES:
        # Sums of floats depend on the order that threads come in.
        assert_frame_equal(
            frame(often, name), frame(once, name), rtol=1e-9, atol=1e-12
        )
    for name in ("loads_hash", "load_count", "newest_as_of"):
        assert (
            read_info(often.published)[name] == read_info(once.published)[name]
        )
