"""Files of others come out of every command as they went in."""

from __future__ import annotations

import os
import shutil
import stat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from linksignal.cli import main
from linksignal.errors import ExitCode, LinksignalError
from linksignal.files import MARK
from linksignal.load.landing import settled
from linksignal.publish import build, endings
from linksignal.publish.place import write_report_beside
from linksignal.publish.rollback import rollback
from linksignal.publish.root import Root, locked
from linksignal.publish.status import status
from recorded_build import Recorded
from test_killed_commands import killed

RUN = "000000-20200101T000000Z"
LATER = "000900-20300101T000000Z"
# By place below the root or the raw directory. "->" is a symbolic link to the
# user's folder elsewhere, "/" an empty folder.
IN_ROOT = {
    f"runs/{RUN}/linksignal.duckdb": "mine",
    f"runs/{RUN}/target/manifest.json": "mine",
    f"runs/{RUN}/run.log": '{"at": "2020"}\n',
    f"runs/{LATER}": "->",
    "runs/000001-20200101T000000Z-kept/previous.duckdb": "mine",
    "runs/notes/spill/data.duckdb": "mine",
    "runs/linked": "->",
    "runs/today.duckdb": "mine",
    f"published/{RUN}.duckdb": "mine",
    "published/000002-20200101T000000Z.duckdb": "->",
    "published/mine.duckdb": "mine",
    "published/.draft-mine.duckdb": "mine",
    ".draft-notes.txt": "mine",
    ".draft-000001-20200101T000000Z.duckdb": "mine",
    ".linksignal-draft-mine/spill/x": "mine",
    ".linksignal-draft-linked": "->",
    ".hidden/target/x": "mine",
    "linksignal_published.duckdb.bak": "mine",
    "linksignal_report.html.bak": "mine",
    ".git/HEAD": "ref: refs/heads/main\n",
    "target/manifest.json": "mine",
    "logs/dbt.log": "mine",
    "notes.txt": "mine",
    "dangling": "-> nowhere",
}
IN_RAW = {
    "backlinks/.hidden.parquet.txt": "mine",
    "backlinks/notes.txt": "mine",
    "ai_answers/.draft": "mine",
    "landing.txt": "ai_answers/x.parquet",
    ".loading-mine/landing.txt": "ai_answers/x.parquet",
    ".loading.txt": "mine",
    "more/ai_answers-0123456789ab.parquet": "mine",
    "linked": "->",
    "dangling": "-> nowhere",
    "README.md": "mine",
}


def put(folder: Path, name: str, content: str, elsewhere: Path) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if content.startswith("->"):
        path.symlink_to(content[3:] or elsewhere)
    else:
        path.write_text(content)


def tree(folder: Path, names: Any = None) -> dict[str, Any]:
    """What a user could notice of files, folders and links."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if names is not None and name not in names:
            continue
        if path.is_symlink():
            found[name] = "->", os.readlink(path)
        elif path.is_dir():
            found[name] = "/"
        else:
            mode = stat.S_IMODE(path.stat().st_mode)
            found[name] = path.read_bytes(), mode, path.stat().st_ino
    return found


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    folder = tmp_path / "elsewhere"
    for name in ("linksignal.duckdb", "target/x", "loads/x.parquet", "a.csv"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("mine")
    return folder


def test_look_alikes_come_out_of_every_command_unchanged(
    bench, built_sample, elsewhere: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    root, raw_dir = bench.root.path, tmp_path / "raw"
    bench.publish(3)
    shutil.copytree(bench.recorded.raw_dir, raw_dir)
    (raw_dir / "README.md").unlink()
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    for folder, names in ((root, IN_ROOT), (raw_dir, IN_RAW)):
        for name, content in names.items():
            put(folder, name, content, elsewhere)
    # Hard links to files of ours stay what they were.
    os.link(bench.root.published, root / "linked.duckdb")
    users = [{*IN_ROOT, "linked.duckdb", ".git", "target"}, {*IN_RAW, "more"}]
    outside = tree(elsewhere)
    mine = [tree(root, users[0]), tree(raw_dir, users[1])]
    exports = {
        "scores.csv": "domain,score,scale\nacme.com,61,0-100\n",
        "bad.csv": "a,b\n1,2\n",
    }
    for name, text in exports.items():
        (tmp_path / name).write_text(text)
    loaded = ["--raw", str(raw_dir)]
    refresh = ["refresh", "--root", str(root), *loaded, "--force"]

    def run(code: int, *words: str) -> None:
        assert main(list(words)) == code, (words, capsys.readouterr())
        assert tree(elsewhere) == outside
        now = [tree(root, users[0]), tree(raw_dir, users[1])]
        assert now == mine, words

    run(0, "load", str(tmp_path / "scores.csv"), *loaded)
    run(3, "load", str(tmp_path / "bad.csv"), *loaded)
    load_id = next((raw_dir / "loads").glob("domain_scores-*")).stem
    run(0, "loads", "--settle", *loaded)
    run(0, "unload", load_id, *loaded)
    run(2, "unload", "none", *loaded)
    run(0, *refresh)
    run(1, *refresh, "--max-age-days", "1", "--stale", "stop")
    run(0, *refresh, "--keep", "1")
    with monkeypatch.context() as patch:
        patch.setattr(build, "run_dbt", lambda *_: 1 / 0)
        run(2, *refresh)
    run(0, *refresh)
    run(0, "rollback", "--root", str(root))
    run(0, "status", "--root", str(root))
    whole = ["report", "--db", str(built_sample.database), "--out"]
    run(0, *whole, str(root / "linksignal_report.html"))
    run(2, *whole, str(root / "notes.txt"))
    run(0, "export", "--format", "csv", "domains", *db(bench), *out(root))
    run(2, "export", "--format", "csv", "domains", *db(bench), *out(root))
    simulate = ["simulate", "--domains", "5", "--overwrite", "--out"]
    run(2, *simulate, str(raw_dir))
    run(2, *simulate, str(root))


def db(bench) -> list[str]:
    return ["--db", str(bench.root.published)]


def out(folder: Path) -> list[str]:
    return ["--out", str(folder)]


@pytest.mark.parametrize(
    "words",
    [
        ["refresh", "--root", "{}/root", "--raw", "{}/raw"],
        ["rollback", "--root", "{}/root"],
        ["load", "{}/scores.csv", "--raw", "{}/raw"],
        ["unload", "simulated-backlinks", "--raw", "{}/raw"],
    ],
    ids=lambda words: words[0],
)
def test_look_alikes_are_unchanged_wherever_a_command_is_killed(
    bench, elsewhere: Path, tmp_path: Path, words: list[str]
) -> None:
    start = tmp_path / "start"
    shutil.copytree(bench.prepared / "3", start / "root")
    shutil.copytree(bench.recorded.raw_dir, start / "raw")
    (start / "raw" / "README.md").unlink()
    (start / "scores.csv").write_text("domain,score,scale\na.com,6,0-100\n")
    for place, names in (("root", IN_ROOT), ("raw", IN_RAW)):
        for name, content in names.items():
            put(start / place, name, content, elsewhere)
    copies = killed(
        tmp_path,
        start=str(start),
        recorded=[str(bench.recorded.folder), str(bench.recorded.raw_dir)],
        words=words,
        step=1 if "LINKSIGNAL_KILLS" in os.environ else 9,
    )
    assert len(copies) >= 3
    before = tree(elsewhere)
    for copy in copies:
        for place, names in (("root", IN_ROOT), ("raw", IN_RAW)):
            assert contents(copy / place, names) == contents(
                start / place, names
            )
    assert tree(elsewhere) == before


def contents(folder: Path, names: Any) -> dict[str, Any]:
    """A tree without what a copy does not keep."""
    return {
        name: found if found[0] == "->" or found == "/" else found[0]
        for name, found in tree(folder, names).items()
    }


def test_more_runs_than_are_kept_remove_ours_alone(
    bench, elsewhere: Path
) -> None:
    """A file of the user's in a run of ours stays, the rest of it goes."""
    bench.publish(3)
    (first, second, _) = sorted(bench.root.runs.iterdir())
    (first / "notes.txt").write_text("mine")
    (first / "target").symlink_to(elsewhere)
    before = tree(elsewhere)
    for number in range(4, 4 + 32):
        folder = bench.root.runs / f"{number:06d}-20260101T000000Z"
        folder.mkdir()
        (folder / MARK).write_text(folder.name)
    bench.refresh()
    assert {path.name for path in first.iterdir()} == {
        MARK, "notes.txt", "target"
    }  # fmt: skip
    assert not second.exists()
    assert tree(elsewhere) == before


FOREIGN = {
    "a folder": lambda path, _: path.mkdir(),
    "a symbolic link": lambda path, elsewhere: path.symlink_to(
        elsewhere / "a.csv"
    ),
    "a dangling link": lambda path, _: path.symlink_to("nowhere"),
    "a file": lambda path, _: path.write_text("mine"),
}


@pytest.mark.parametrize("kind", FOREIGN)
@pytest.mark.parametrize(
    "name",
    [
        "linksignal_published.duckdb", "refresh.lock", "refresh.log",
        "runs", "published", "linksignal_published.duckdb.wal",
    ],
)  # fmt: skip
def test_what_bears_a_name_of_ours_is_refused_before_anything_is_done(
    bench, elsewhere: Path, tmp_path: Path, kind: str, name: str
) -> None:
    is_ours = (name in ("runs", "published") and kind == "a folder") or (
        name.endswith(".wal") and kind == "a file"
    )
    if is_ours:
        return
    root = bench.root.path
    root.mkdir()
    FOREIGN[kind](root / name, elsewhere)
    before = tree(tmp_path)
    for act in (bench.refresh, lambda: rollback(bench.root, None)):
        with pytest.raises(LinksignalError) as caught:
            act()
        assert caught.value.exit_code is ExitCode.CONFIGURATION
        assert str(root / name) in str(caught.value)
        assert tree(tmp_path) == before
    if name == "linksignal_published.duckdb":
        assert status(bench.root)["fault"]
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", FOREIGN)
def test_a_report_that_no_refresh_wrote_stays_and_is_told(
    bench, elsewhere: Path, tmp_path: Path, kind: str, monkeypatch
) -> None:
    monkeypatch.setattr(endings, "write_report_beside", write_report_beside)
    bench.root.path.mkdir()
    FOREIGN[kind](bench.root.report, elsewhere)
    names = {bench.root.report.name}
    before = tree(bench.root.path, names), tree(elsewhere)
    (warning,) = bench.refresh().run.warnings
    assert warning.startswith("published, but without a report: ")
    assert (tree(bench.root.path, names), tree(elsewhere)) == before
    assert status(bench.root)["report_fault"]


def test_a_root_may_be_a_link_but_no_other_folder_of_ours(
    bench, tmp_path: Path
) -> None:
    link = tmp_path / "link"
    bench.root.path.mkdir()
    link.symlink_to(bench.root.path)
    words = ["--root", str(link), "--raw", str(bench.recorded.raw_dir)]
    assert main(["refresh", *words]) == 0
    assert link.is_symlink()
    assert bench.root.published.is_file()


@pytest.mark.parametrize("place", ["raw", "project", "runs"])
def test_a_root_that_is_something_else_is_refused(
    bench, tmp_path: Path, project_dir: Path, place: str
) -> None:
    raw_dir = tmp_path / "raw"
    if place == "raw":
        bench.root = Root(raw_dir)
    elif place == "project":
        bench.root = Root(project_dir)
    else:
        raw_dir = bench.root.runs / "raw"
    shutil.copytree(bench.recorded.raw_dir, raw_dir)
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    before = tree(tmp_path)
    assert "name" in str(bench.fails())
    assert tree(tmp_path) == before


@pytest.mark.parametrize("change", ["another run's", "altered"])
def test_a_kept_file_that_is_not_its_runs_is_not_brought_back(
    bench, change: str
) -> None:
    import duckdb

    bench.publish(3)
    first, second, _ = bench.root.archived_runs()
    kept = bench.root.archived(first)
    kept.chmod(0o644)
    if change == "altered":
        # In a way that the file's own hashes do not show.
        with duckdb.connect(str(kept)) as connection:
            connection.execute("update publish_info set seed = seed + 1")
    else:
        shutil.copyfile(bench.root.archived(second), kept)
    before = bench.root.published.read_bytes()
    with pytest.raises(LinksignalError, match="must not be published"):
        rollback(bench.root, first)
    assert bench.root.published.read_bytes() == before


BAD_LINES = [
    "/etc/hostname.parquet",
    "../outside.parquet",
    "loads/../../outside.parquet",
    "backlinks/a/b.parquet",
    "backlinks/..parquet/../../../outside.parquet",
    "backlinks/notes.txt",
    "backlinks/.hidden.parquet",
    "nowhere/a.parquet",
    "linked/a.parquet",
    "backlinks",
    "backlinks/folder.parquet",
    "backlinks/link.parquet",
    "",
]


@pytest.mark.parametrize("journal", ["landing.txt", "removal.txt"])
@pytest.mark.parametrize("line", BAD_LINES)
def test_a_journal_may_name_files_of_raw_tables_only(
    tmp_path: Path, elsewhere: Path, line: str, journal: str
) -> None:
    raw_dir = tmp_path / "raw"
    (raw_dir / "backlinks" / "folder.parquet").mkdir(parents=True)
    (raw_dir / "backlinks" / "good.parquet").write_text("mine")
    (raw_dir / "backlinks" / "notes.txt").write_text("mine")
    (raw_dir / "backlinks" / "link.parquet").symlink_to(elsewhere / "a.csv")
    (raw_dir / "linked").symlink_to(elsewhere)
    (tmp_path / "outside.parquet").write_text("mine")
    work = raw_dir / ".loading"
    work.mkdir()
    (work / MARK).write_text(work.name)
    good = "backlinks/good.parquet\n" if line else ""
    (work / journal).write_text(
        f"{good}{line}\nloads/none.parquet" * bool(line)
    )
    before = tree(tmp_path)
    with (
        pytest.raises(LinksignalError) as caught,
        settled(raw_dir),
    ):
        pass
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert len(str(caught.value).splitlines()) == 1
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["folder", "symbolic link", "file"])
def test_a_folder_named_like_the_loaders_is_refused(
    tmp_path: Path, elsewhere: Path, kind: str, capsys
) -> None:
    raw_dir = tmp_path / "raw"
    work = raw_dir / ".loading"
    raw_dir.mkdir()
    if kind == "folder":
        work.mkdir()
        (work / "landing.txt").write_text("backlinks/a.parquet")
        (work / "1").mkdir()
        (work / "1" / "mine").write_text("mine")
    elif kind == "file":
        work.write_text("mine")
    else:
        work.symlink_to(elsewhere)
    file = tmp_path / "study.csv"
    file.write_text("domain\nexample.com\n")
    before = tree(tmp_path)
    for words in (["load", str(file)], ["loads", "--settle"]):
        assert main([*words, "--raw", str(raw_dir)]) == 2
        assert f"{work} is a {kind} that no load made" in (
            capsys.readouterr().err
        )
        assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["file", "link", "folder", "table"])
def test_a_load_overwrites_nothing(
    tmp_path: Path, elsewhere: Path, kind: str, capsys
) -> None:
    file = tmp_path / "study.csv"
    file.write_text("domain\nexample.com\n")
    raw_dir = tmp_path / "raw"
    words = ["load", str(file), "--raw", str(raw_dir)]
    assert main(words) == 0
    (landed,) = (raw_dir / "study_domains").iterdir()
    shutil.rmtree(raw_dir)
    (raw_dir / "study_domains").mkdir(parents=True)
    target = raw_dir / "study_domains" / landed.name
    if kind == "file":
        target.write_text("mine")
    elif kind == "folder":
        target.mkdir()
    elif kind == "link":
        target.symlink_to(elsewhere / "a.csv")
    else:
        target.parent.rmdir()
        target.parent.symlink_to(elsewhere)
    before = tree(tmp_path)
    capsys.readouterr()
    assert main(words) == 2
    said = capsys.readouterr().err
    assert str(target.parent) in said.splitlines()[-1]
    assert tree(tmp_path) == before


@pytest.mark.parametrize("load_id", ["../../outside", "/outside", "..", "a/b"])
def test_a_ledger_cannot_name_files_elsewhere(
    tmp_path: Path, load_id: str, capsys
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    raw_dir = tmp_path / "raw"
    file = tmp_path / "study.csv"
    file.write_text("domain\nexample.com\n")
    assert main(["load", str(file), "--raw", str(raw_dir)]) == 0
    (ledger,) = (raw_dir / "loads").iterdir()
    table = pq.read_table(ledger)
    other = table.set_column(0, "load_id", pa.array([load_id]))
    pq.write_table(other, ledger)
    pq.write_table(other, tmp_path / "outside.parquet")
    before = tree(tmp_path)
    capsys.readouterr()
    assert main(["unload", load_id, "--raw", str(raw_dir)]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert tree(tmp_path) == before


def test_a_refresh_beside_a_load_is_busy(bench, tmp_path: Path) -> None:
    from linksignal.load.landing import work_folder

    raw_dir = tmp_path / "raw"
    shutil.copytree(bench.recorded.raw_dir, raw_dir)
    bench.recorded = Recorded(bench.recorded.folder, raw_dir)
    with work_folder(raw_dir):
        assert bench.fails().exit_code is ExitCode.BUSY
    assert bench.refresh().info["run_number"]


def test_a_look_at_the_status_keeps_no_refresh_from_beginning(bench) -> None:
    """The look holds the lock for a moment; so the refresh tries again."""
    import fcntl
    import threading

    bench.root.path.mkdir()
    handle = os.open(bench.root.lock, os.O_RDWR | os.O_CREAT)
    fcntl.flock(handle, fcntl.LOCK_SH)
    looked = threading.Timer(0.03, os.close, [handle])
    looked.start()
    with locked(bench.root):
        pass
    looked.join()


@pytest.fixture
def nobody():
    """Give a folder that everybody may read, and become somebody else."""
    if os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder, lambda: os.seteuid(65534)
        os.seteuid(0)


@pytest.mark.parametrize("journal", ["landing.txt", "removal.txt", None])
def test_what_another_user_owns_is_read_and_not_mended(nobody, journal) -> None:
    folder, become = nobody
    (folder / "backlinks").mkdir()
    (folder / "backlinks/a-1.parquet").write_text("theirs")
    if journal:
        work = folder / ".loading"
        work.mkdir()
        (work / MARK).write_text(work.name)
        (work / journal).write_text("backlinks/a-1.parquet\nloads/a-1.parquet")
    before = tree(folder)
    become()
    if journal:
        with (
            pytest.raises(LinksignalError, match="cannot be written to"),
            settled(folder),
        ):
            pass
    else:
        with settled(folder):
            pass
    with (
        pytest.raises(LinksignalError, match="cannot be written to"),
        locked(Root(folder)),
    ):
        pass
    assert tree(folder) == before
