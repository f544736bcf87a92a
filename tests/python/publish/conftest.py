"""One tiny study, refreshed once by the real dbt, and played back after."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.publish import build, refresh, rollback
from linksignal.publish.refresh import Options, Published
from linksignal.publish.root import Root
from linksignal.publish.run import Run
from linksignal.publish.verify import fault
from recorded_build import Recorded, record

SLIM_TABLES = (
    "findings.correlations",
    "findings.domains",
    "findings.platform_coverage",
    "quality.data_quality",
)
TINY_VARS = {"resample_count": 100, "draw_count": 99}


@dataclass(frozen=True)
class RealRefresh:
    """The refresh that ran the real dbt.

    Parameters
    ----------
    root : Root
        Where it published.
    exit_code : int
        What the command returned.
    recorded : Recorded
        What dbt had left.
    """

    root: Root
    exit_code: int
    recorded: Recorded


@pytest.fixture(scope="session")
def tiny_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty domains, drawn."""
    raw_dir = tmp_path_factory.mktemp("tiny") / "raw"
    words = ["simulate", "--out", str(raw_dir), "--law", "smooth"]
    assert main([*words, "--domains", "30", "--links", "2000"]) == 0
    return raw_dir


@pytest.fixture(scope="session")
def real(
    tiny_raw: Path, tmp_path_factory: pytest.TempPathFactory
) -> RealRefresh:
    """Refresh with the real dbt, by the command line."""
    folder = tmp_path_factory.mktemp("real")
    root = Root(folder / "root")
    run_dbt = build.run_dbt

    def recording(run: Run, variables: Mapping[str, Any]) -> int:
        exit_code = run_dbt(run, variables)
        record(run, folder / "recorded")
        return exit_code

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(build, "run_dbt", recording)
        exit_code = main(
            [
                *("refresh", "--root", str(root.path)),
                *("--raw", str(tiny_raw), "--vars", json.dumps(TINY_VARS)),
            ]
        )
    return RealRefresh(root, exit_code, Recorded(folder / "recorded", tiny_raw))


@pytest.fixture(scope="session")
def recorded(real: RealRefresh) -> Recorded:
    """Give what dbt left in that run."""
    assert real.exit_code == 0
    return real.recorded


@pytest.fixture(scope="session")
def slim(
    recorded: Recorded, tmp_path_factory: pytest.TempPathFactory
) -> Recorded:
    """The recording with a few tables only, which is published faster."""
    return recorded.altered(
        tmp_path_factory.mktemp("slim") / "recorded",
        *(
            f"drop table {name}"
            for name in public_tables(recorded)
            if name not in SLIM_TABLES
        ),
    )


def public_tables(recorded: Recorded) -> list[str]:
    """Tables of the recording that readers see."""
    with duckdb.connect(str(recorded.database), read_only=True) as connection:
        rows = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('findings', 'quality')"
        ).fetchall()
    return [name for (name,) in rows]


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

    def replay(self, run: Run, variables: Mapping[str, Any]) -> int:
        """Stand in for ``run_dbt``."""
        return self.recorded.replay(run, variables)

    def refresh(self, **options: Any) -> Published:
        """Refresh in this process."""
        return refresh.refresh(
            self.root, Options(self.recorded.raw_dir, **options)
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
        for count in (1, 2, 3):
            refresh.refresh(root, Options(slim.raw_dir))
            shutil.copytree(root.path, folder / str(count))
    return folder


@pytest.fixture
def bench(
    slim: Recorded,
    prepared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Bench]:
    """Give a bench; a file is verified here, not in a fresh process."""
    bench = Bench(Root(tmp_path / "root"), slim, prepared)

    def verify_here(path: Path, built: Path | None = None) -> None:
        assert fault(path, built) is None

    monkeypatch.setattr(build, "run_dbt", bench.replay)
    monkeypatch.setattr(refresh, "verify", verify_here)
    monkeypatch.setattr(rollback, "verify", verify_here)
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
