"""A refresh that takes link counts from what Spark has handed over."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from linksignal.errors import ExitCode
from spark_dbt import PROJECT_DIR, environment

SETTINGS = {"links_from": "spark", "resample_count": 100, "draw_count": 99}


@dataclass(frozen=True)
class Bench:
    """A root, and a raw directory with a hand-over and no link rows."""

    root: Path
    raw: Path

    def refresh(self) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-m", "linksignal.cli", "refresh", "--json"),
                *("--root", self.root, "--raw", self.raw),
                *("--vars", json.dumps(SETTINGS)),
            ],
            cwd=PROJECT_DIR,
            env=environment(self.root.parent),
            capture_output=True,
            text=True,
            check=False,
        )

    def event(self) -> str:
        """Refresh, and say what came of it."""
        outcome = self.refresh()
        assert outcome.returncode == 0, outcome.stderr[-5000:]
        return json.loads(outcome.stdout)["event"]

    def deviations(self) -> list[tuple[object, ...]]:
        """What the published file says of profiles and links that differ."""
        with duckdb.connect(
            self.published,
            read_only=True,
            config={"memory_limit": "1GB"},
        ) as connection:
            return connection.execute("""
                select * from quality.link_count_deviations order by all
            """).fetchall()

    @property
    def published(self) -> Path:
        return self.root / "linksignal_published.duckdb"


@pytest.fixture(scope="module")
def bench(both, tmp_path_factory):
    """Publish once from what Spark has handed over."""
    folder = tmp_path_factory.mktemp("refresh")
    shutil.copytree(both.handed.raw, folder / "raw")
    bench = Bench(folder / "root", folder / "raw")
    assert bench.event() == "published"
    return bench


def test_an_unchanged_hand_over_publishes_nothing(bench):
    assert bench.event() == "unchanged"


def unfinished(links: Path) -> None:
    """Leave a table as Spark does that was killed while it wrote."""
    folder = links / "domain_links"
    (folder / "_SUCCESS").unlink()
    (folder / "_temporary").mkdir()
    for part in folder.glob("*.parquet"):
        part.rename(folder / "_temporary" / part.name)


def of_two_runs(links: Path) -> None:
    """Leave tables as Spark does that was killed between two."""
    rewrite(links / "snapshot_loads", "'another' as handed_over_by")


def rewrite(folder: Path, replaced: str) -> None:
    (part,) = folder.glob("*.parquet")
    written = part.with_name("new")
    duckdb.sql(f"""
        select * replace ({replaced}) from read_parquet('{part}')
    """).write_parquet(str(written))
    written.rename(part)


@pytest.mark.parametrize(
    ("leave", "told"),
    [
        (unfinished, "domain_links holds nothing that Spark has handed over"),
        (of_two_runs, "are of several runs of Spark"),
    ],
)
def test_half_a_hand_over_is_refused_and_readers_keep_what_they_have(
    bench, tmp_path, leave, told
):
    links = bench.raw / "links"
    shutil.copytree(links, tmp_path / "links", copy_function=shutil.copy2)
    before = bench.published.stat()
    leave(links)

    outcome = bench.refresh()

    shutil.rmtree(links)
    shutil.copytree(tmp_path / "links", links, copy_function=shutil.copy2)
    assert outcome.returncode == ExitCode.CONFIGURATION, outcome.stderr
    assert told in outcome.stderr + outcome.stdout
    assert "run dbt build --target spark -s +domain_links" in (
        outcome.stderr + outcome.stdout
    )
    assert "Traceback" not in outcome.stderr
    assert bench.published.stat() == before
    assert bench.event() == "unchanged"


def test_a_changed_hand_over_is_built(bench):
    before = bench.deviations()
    rewrite(
        bench.raw / "links" / "domain_links",
        "text_links // 2 as text_links",
    )
    assert bench.event() == "published"
    assert len(bench.deviations()) > len(before)
