"""The sample, refreshed once by the real dbt, and played back after."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from linksignal.errors import LinksignalError
from linksignal.publish import build, endings, place, refresh, rollback
from linksignal.publish.refresh import Options, Published
from linksignal.publish.root import Root
from linksignal.publish.run import Run
from linksignal.publish.verify import fault
from recorded_build import DATABASE, DOCUMENTS, Recorded, brief_report

SLIM = {
    "findings.correlations": "where platform = 'all'",
    "findings.domains": "",
    "findings.platform_coverage": "",
    "quality.data_quality": "",
}


@pytest.fixture(scope="session")
def recorded(
    refreshed_sample: Any, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """Keep what the real dbt left in a refresh from the sample."""
    folder = tmp_path_factory.mktemp("recorded")
    shutil.copy(refreshed_sample.database, folder / DATABASE)
    for name in DOCUMENTS:
        shutil.copy(refreshed_sample.target / name, folder)
    return Recorded(folder, refreshed_sample.raw_dir)


@pytest.fixture(scope="session")
def slim(
    recorded: Recorded, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """The recording with a few rows only, which is published faster."""
    slim = Recorded(tmp_path_factory.mktemp("slim"), recorded.raw_dir)
    for name in DOCUMENTS:
        shutil.copy(recorded.folder / name, slim.folder)
    with duckdb.connect(str(slim.database)) as connection:
        connection.execute(f"attach '{recorded.database}' as built (read_only)")
        for name, condition in SLIM.items():
            schema = name.partition(".")[0]
            connection.execute(f"create schema if not exists {schema}")
            connection.execute(
                f"create table {name} as from built.{name} {condition}"
            )
    return slim


@dataclass
class Bench:
    """A root of its own, refreshed from a recording.

    Parameters
    ----------
    root : Root
        Where to publish.
    recorded : Recorded
        What every build leaves; can be exchanged.
    prepared : Path
        Roots by the number of their refreshes.
    """

    root: Root
    recorded: Recorded
    prepared: Path

    def publish(self, count: int = 1) -> None:
        """Take over a root that was refreshed that often."""
        shutil.copytree(self.prepared / str(count), self.root.path)

    def replay(self, run: Run, *words: object) -> int:
        """Stand in for ``run_dbt``."""
        return self.recorded.replay(run, *words)

    def refresh(self, **options: Any) -> Published:
        """Refresh in this process, though nothing may have changed."""
        return refresh.refresh(
            self.root,
            Options(self.recorded.raw_dir, **{"is_forced": True, **options}),
        )

    def fails(self, **options: Any) -> LinksignalError:
        """Refresh, which must fail and must not change the published file."""
        before = file_state(self.root.published)
        with pytest.raises(LinksignalError) as caught:
            self.refresh(**options)
        assert file_state(self.root.published) == before
        return caught.value


@pytest.fixture(scope="session")
def prepared(slim: Recorded, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Refresh three times, and keep the root as it was after each."""
    folder = tmp_path_factory.mktemp("prepared")
    root = Root(folder / "root")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "run_dbt", slim.replay)
        patch.setattr(refresh, "verify", lambda *_: None)
        patch.setattr(endings, "write_report_beside", brief_report)
        for count in (1, 2, 3):
            refresh.refresh(root, Options(slim.raw_dir, is_forced=True))
            shutil.copytree(root.path, folder / str(count))
    return folder


@pytest.fixture
def bench(
    slim: Recorded,
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    """Give a bench; files are verified in this process, reports are brief."""
    bench = Bench(Root(tmp_path / "root"), slim, prepared)

    def verify_here(path: Path, built: Path | None = None) -> None:
        assert fault(path, built) is None

    monkeypatch.setattr(build, "run_dbt", bench.replay)
    monkeypatch.setattr(refresh, "verify", verify_here)
    monkeypatch.setattr(rollback, "verify", verify_here)
    for module in (endings, place, rollback):
        monkeypatch.setattr(module, "write_report_beside", brief_report)
    yield bench


def file_state(path: Path) -> tuple[int, bytes] | None:
    """Inode and content of a file: what a reader could notice."""
    if not path.exists():
        return None
    return path.stat().st_ino, path.read_bytes()


@pytest.fixture(scope="session")
def command() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run ``linksignal`` in a process of its own."""

    def run(
        *words: str | Path, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "linksignal.cli", *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **environment},
        )

    return run
