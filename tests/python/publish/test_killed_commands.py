"""What a kill leaves at any operation on files: no mixture, and true words."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.files import sha256_of
from linksignal.publish.database import read_info
from linksignal.publish.inputs import read_inputs
from linksignal.publish.root import Root, entries
from linksignal.publish.status import status
from linksignal.report import reported_run
from recorded_build import Recorded

SCRIPT = Path(__file__).with_name("killed_commands.py")
OVERVIEW = (
    "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
    "images_num\nexample.com;5;9;1;1;1;1;1\nexample.org;7;8;1;1;1;1;1\n"
)
TABLES = (
    "stg_snapshot_loads",
    "stg_load_counts",
    "load_accounting",
    "stg_ai_answers",
)


def killed(folder: Path, **plan: Any) -> list[Path]:
    """Play a plan: what each kill leaves, the last of a whole command."""
    into = folder / "into"
    into.mkdir()
    file = folder / "plan.json"
    file.write_text(json.dumps({**plan, "into": str(into)}), "utf-8")
    ended = subprocess.run(
        [sys.executable, str(SCRIPT), str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    played = json.loads(ended.stdout)
    assert played["differences"] == []
    assert len(played["codes"]) >= 4
    assert set(played["codes"]) == {-signal.SIGKILL}, ended.stderr
    return [into / str(n) for n in range(1, played["count"] + 1)]


def files_of(raw_dir: Path) -> frozenset[str]:
    """Names of the raw files that a build reads."""
    return frozenset(
        path.relative_to(raw_dir).as_posix()
        for path in raw_dir.glob("[!.]*/*.parquet")
    )


def journals_of(raw_dir: Path) -> frozenset[str]:
    return frozenset(path.name for path in raw_dir.glob(".loading/*.txt"))


def distinct(
    copies: list[Path], key: Callable[[Path], object]
) -> Iterator[Path]:
    """One copy of each kind."""
    return iter({key(copy): copy for copy in reversed(copies)}.values())


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a raw directory, and exports that are not loaded yet."""
    folder = tmp_path_factory.mktemp("before")
    for name, count in (("first", 3), ("second", 5)):
        (folder / f"{name}-answers.csv").write_text(
            "answer_id,platform\n"
            + "".join(f"{name}{n},ChatGPT\n" for n in range(count))
        )
        (folder / f"{name}-references.csv").write_text(
            "answer_id,domain\n"
            + "".join(f"{name}{n},example.com\n" for n in range(count))
        )
    (folder / "overview.csv").write_text(OVERVIEW)
    words = ["overview.csv", "first-answers.csv", "first-references.csv"]
    files = [str(folder / name) for name in words]
    assert main(["load", *files, "--raw", str(folder / "raw"), "--quiet"]) == 0
    return folder


@pytest.fixture(scope="module")
def loads(before: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Loads of two files more, each killed at another operation."""
    second = ["{}/second-answers.csv", "{}/second-references.csv"]
    return killed(
        tmp_path_factory.mktemp("loads"),
        start=str(before),
        words=["load", *second, "--raw", "{}/raw"],
    )


@pytest.fixture(scope="module")
def removals(
    before: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Removals of a load of two tables, each killed at another operation."""
    load_id = next((before / "raw" / "backlink_profiles").iterdir()).stem
    return killed(
        tmp_path_factory.mktemp("removals"),
        start=str(before),
        words=["unload", load_id, "--raw", "{}/raw"],
    )


def test_the_kills_reach_every_step_of_a_load(loads: list[Path]) -> None:
    assert len(loads) > 30
    seen = {(files_of(c / "raw"), journals_of(c / "raw")) for c in loads}
    # Before, each of the five moves, after; and with the journal beside.
    assert len(seen) >= 7


@pytest.fixture(scope="module")
def build(dbt, built_sample, parsed, tmp_path_factory):
    """Build from a raw directory by the real dbt, and count what was built."""
    database = built_sample.copy(tmp_path_factory.mktemp("built"))

    def build(raw_dir: Path) -> tuple[int, Any]:
        outcome = dbt(
            *("build", "--select", *TABLES, "--exclude", "test_type:unit"),
            database=database,
            manifest=parsed,
            variables={"raw_dir": str(raw_dir)},
        )
        if outcome.exit_code:
            return outcome.exit_code, outcome
        with duckdb.connect(str(database), read_only=True) as connection:
            return 0, connection.execute(
                "select sum(rows_found), count(*), "
                "(select count(*) from staging.stg_ai_answers) "
                "from quality.load_accounting"
            ).fetchone()

    return build


@pytest.fixture(scope="module")
def old(build, before: Path) -> tuple[int, Any]:
    """What is built before the load."""
    return build(before / "raw")


@pytest.fixture(scope="module")
def new(build, loads: list[Path]) -> tuple[int, Any]:
    """What is built after the whole load."""
    return build(loads[-1] / "raw")


@pytest.fixture(scope="module")
def build_if_let(dbt, build, parsed, tmp_path_factory):
    """Build where what is checked before every build passes: 2, if it does not.

    The check alone takes a third of the time of a build that it ends.
    """
    database = tmp_path_factory.mktemp("checked") / "linksignal.duckdb"

    def build_if_let(raw_dir: Path) -> tuple[int, Any]:
        outcome = dbt(
            *("run-operation", "check_settings"),
            database=database,
            manifest=parsed,
            variables={"raw_dir": str(raw_dir)},
        )
        return (2, outcome) if outcome.exit_code else build(raw_dir)

    return build_if_let


def test_a_build_of_half_a_load_ends_with_code_2_before_it_begins(
    build, loads: list[Path]
) -> None:
    half = next(copy for copy in loads if journals_of(copy / "raw"))
    code, built = build(half / "raw")
    assert code == 2
    assert f"{half / 'raw'} holds half of a load" in built.output
    assert built.statuses == {}


def test_a_build_after_a_killed_load_is_of_the_old_state_or_the_new_or_none(
    build_if_let, old, new, loads: list[Path]
) -> None:
    assert old[1] != new[1]
    seen = set()
    for copy in distinct(
        loads, lambda c: (files_of(c / "raw"), journals_of(c / "raw"))
    ):
        code, built = build_if_let(copy / "raw")
        if code:
            assert code == 2
            assert f"{copy / 'raw'} holds half of a load" in built.output
            assert "Traceback" not in built.output
        else:
            assert (code, built) in (old, new)
        seen.add(code or built)
    assert seen == {2, old[1], new[1]}


def test_half_a_load_without_its_journal_is_not_built_either(
    build_if_let, old, new, loads: list[Path]
) -> None:
    """Somebody copied the raw directory without its hidden folders."""
    refused = 0
    for copy in distinct(loads, lambda c: files_of(c / "raw")):
        raw_dir = copy / "copied"
        shutil.copytree(
            copy / "raw", raw_dir, ignore=shutil.ignore_patterns(".*")
        )
        code, built = build_if_let(raw_dir)
        if code:
            assert code == 2
            assert "is of a load that the ledger of loads lacks" in built.output
            refused += 1
        else:
            assert (code, built) in (old, new)
    assert refused >= 3


def test_rows_without_their_load_fail_the_build(
    build, before: Path, tmp_path: Path
) -> None:
    """They lie in a file of any name."""
    raw_dir = tmp_path / "raw"
    shutil.copytree(before / "raw", raw_dir)
    (file,) = (raw_dir / "ai_answers").iterdir()
    duckdb.execute(f"""
        copy (select * replace ('lost' as load_id) from '{file}')
        to '{raw_dir}/ai_answers/all.parquet'
    """)
    code, built = build(raw_dir)
    assert code == 1
    assert built.statuses["every_raw_row_has_its_load"] == "fail"
    # Another tool wrote all of it: there is no ledger to be missing from.
    shutil.rmtree(raw_dir / "loads")
    assert build(raw_dir) == (0, (None, 0, 3))


def test_a_build_after_a_killed_removal_is_whole_or_none(
    build_if_let, old, removals: list[Path]
) -> None:
    codes = set()
    for copy in distinct(
        removals, lambda c: (files_of(c / "raw"), journals_of(c / "raw"))
    ):
        code, built = build_if_let(copy / "raw")
        codes.add(code)
        if code == 0:
            assert (code, built) == old
        elif files_of(copy / "raw") != files_of(removals[-1] / "raw"):
            assert "holds half of a load" in built.output
    assert codes == {0, 2}


@pytest.mark.parametrize("kind", ["loads", "removals"])
def test_a_refresh_after_a_kill_settles_before_it_reads(
    bench, before: Path, kind: str, request: pytest.FixtureRequest, tmp_path
) -> None:
    copies = request.getfixturevalue(kind)
    # By their names: a ledger also states the time of its load.
    states = {
        files_of(folder / "raw"): read_inputs(folder / "raw").load_count
        for folder in (before, copies[-1])
    }
    seen = set()

    def names(copy: Path) -> object:
        return frozenset(
            path.relative_to(copy).as_posix() for path in copy.rglob("raw/*/*")
        )

    for number, copy in enumerate(distinct(copies, names)):
        raw_dir = tmp_path / f"raw{number}"
        shutil.copytree(copy / "raw", raw_dir)
        bench.recorded = Recorded(bench.recorded.folder, raw_dir)
        info = bench.refresh().info
        assert states[files_of(raw_dir)] == info["load_count"]
        assert info["raw_hash"] == read_inputs(raw_dir).raw_hash
        assert not (raw_dir / ".loading").exists()
        seen.add(files_of(raw_dir))
    # What was killed before its last move is taken back, after it kept.
    assert seen == set(states)


def test_a_refresh_that_loads_after_a_kill_loses_no_file(
    bench, loads: list[Path], tmp_path: Path
) -> None:
    """One of two ledgers had landed: its file is not loaded already."""
    landed = {copy: len(files_of(copy / "raw")) for copy in loads}
    (half, *_) = [
        copy
        for copy, count in landed.items()
        if count == max(landed.values()) - 1
    ]
    raw_dir = tmp_path / "raw"
    shutil.copytree(half / "raw", raw_dir)
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    files = tuple(
        half / f"second-{name}.csv" for name in ("answers", "references")
    )
    published = bench.refresh(load=files)
    assert not any("is loaded" in one for one in published.run.warnings)
    assert files_of(raw_dir) == files_of(loads[-1] / "raw")


@pytest.mark.parametrize("kind", ["loads", "removals"])
def test_one_command_mends_what_a_killed_one_left(
    before: Path, kind: str, request: pytest.FixtureRequest, tmp_path, capsys
) -> None:
    copies = request.getfixturevalue(kind)
    whole = {files_of(before / "raw"), files_of(copies[-1] / "raw")}
    for number, copy in enumerate(copies):
        raw_dir = tmp_path / f"raw{number}"
        shutil.copytree(copy / "raw", raw_dir)
        assert main(["loads", "--settle", "--raw", str(raw_dir)]) == 0
        assert files_of(raw_dir) in whole
        assert not (raw_dir / ".loading").exists()
    capsys.readouterr()


def test_half_a_load_that_cannot_be_mended_is_refused(
    bench, loads: list[Path], tmp_path: Path
) -> None:
    half = next(copy for copy in loads if journals_of(copy / "raw"))
    raw_dir = tmp_path / "raw"
    shutil.copytree(half / "raw", raw_dir)
    (raw_dir / ".loading/landing.txt").write_text("loads/../../a.parquet")
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    assert "does not name files of raw tables" in str(bench.fails())


def refresh_words(slim: Recorded) -> list[str]:
    return ["refresh", "--root", "{}", "--raw", str(slim.raw_dir)]


@pytest.fixture(scope="module")
def refreshes(
    slim: Recorded, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Refreshes killed at every operation after the rename."""
    return killed(
        tmp_path_factory.mktemp("refreshes"),
        start=str(prepared / "3"),
        recorded=[str(slim.folder), str(slim.raw_dir)],
        after="linksignal_published.duckdb",
        words=[*refresh_words(slim), "--force"],
    )


def test_a_kill_of_a_refresh_with_nothing_to_do_changes_nothing(
    bench, slim: Recorded, prepared: Path, tmp_path: Path
) -> None:
    published = (prepared / "3" / bench.root.published.name).read_bytes()
    copies = killed(
        tmp_path,
        start=str(prepared / "3"),
        recorded=[str(slim.folder), str(slim.raw_dir)],
        words=refresh_words(slim),
    )
    assert len(copies) > 10
    for copy in copies:
        root = Root(copy)
        assert root.published.read_bytes() == published
        assert status(root)["fault"] is None
        assert status(root)["report_fault"] is None
    assert entries(Root(copies[-1]).log)[-1]["event"] == "unchanged"
    for copy in distinct(copies, lambda c: entries(Root(c).log)[-1]["event"]):
        bench.root = Root(copy)
        assert not bench.refresh(is_forced=False).is_new


@pytest.fixture(scope="module")
def rollbacks(
    slim: Recorded, prepared: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    """Rollbacks killed at every operation."""
    return killed(
        tmp_path_factory.mktemp("rollbacks"),
        start=str(prepared / "3"),
        recorded=[str(slim.folder), str(slim.raw_dir)],
        words=["rollback", "--root", "{}"],
    )


def check_truth(root: Root) -> dict[str, Any]:
    """Compare what status says with what lies there."""
    state = status(root)
    run_id = state["published"]["run_id"]
    assert run_id == read_info(root.published)["run_id"]
    assert state["fault"] is None
    assert (state["report_fault"] is None) == (
        root.report.exists() and reported_run(root.report) == run_id
    )
    assert state["kept_runs"] == sorted(
        path.stem for path in root.archive.glob("[!.]*.duckdb")
    )
    assert not state["is_running"]
    assert state["last_failure"] is None
    told = {entry["run_id"] for entry in entries(root.log)}
    silent = [
        path.name for path in root.runs.iterdir() if path.name not in told
    ]
    assert (state["died"] or {}).get("run_id") == (silent or [None])[0]
    return state


def placed_at(root: Root) -> datetime:
    return datetime.fromtimestamp(root.published.stat().st_ctime, UTC)


def test_status_tells_the_truth_wherever_a_refresh_was_killed(
    refreshes: list[Path],
) -> None:
    assert len(refreshes) > 20
    told = set()
    for copy in refreshes:
        root = Root(copy)
        state = check_truth(root)
        assert state["published"]["run_number"] == 4
        since = datetime.fromisoformat(state["since"])
        assert abs((since - placed_at(root)).total_seconds()) < 60
        died = state["died"]
        assert died is None or died["is_published"]
        with duckdb.connect(str(root.published), read_only=True) as connection:
            assert connection.execute(
                "select count(distinct run_id) from history.correlations"
            ).fetchone() == (4,)
        told.add((died is None, state["report_fault"] is None))
    assert told == {(False, False), (False, True), (True, True)}


def test_the_next_refresh_mends_what_a_kill_after_the_rename_left(
    bench, refreshes: list[Path]
) -> None:
    def kind(copy: Path) -> object:
        state = status(Root(copy))
        return (
            state["report_fault"],
            (state["died"] or {}).get("step"),
            len(state["kept_runs"]),
        )

    for copy in distinct(refreshes, kind):
        bench.root = Root(copy)
        run_id = read_info(bench.root.published)["run_id"]
        sha256 = sha256_of(bench.root.published)
        # Even one that fails leaves no report of another run.
        with pytest.raises(LinksignalError):
            bench.refresh(max_age_days=1, stops_when_stale=True)
        state = status(bench.root)
        assert state["published"]["run_id"] == run_id
        assert state["report_fault"] is None
        assert state["died"] is None
        assert run_id in state["kept_runs"]
        (entry,) = [
            entry
            for entry in entries(bench.root.log)
            if entry["run_id"] == run_id
        ]
        assert (entry["event"], entry["sha256"]) == ("published", sha256)
        assert bench.refresh().info["previous_run_id"] == run_id


def test_status_tells_the_truth_wherever_a_rollback_was_killed(
    rollbacks: list[Path],
) -> None:
    numbers = []
    for copy in rollbacks:
        root = Root(copy)
        state = check_truth(root)
        numbers.append(state["published"]["run_number"])
        since = datetime.fromisoformat(state["since"])
        # The log has when run 2 was published first: that is not since when.
        if numbers[-1] == 2:
            assert abs((since - placed_at(root)).total_seconds()) < 60
    assert sorted(set(numbers)) == [2, 3]
    assert numbers == sorted(numbers, reverse=True)
