"""``linksignal loads`` and ``linksignal unload``; a dry run leaves no trace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from linksignal.cli import main
from linksignal.load.history import unload
from linksignal.load.landing import settled

Write = Callable[..., Path]
ANSWERS = "answer_id,platform\n" + "".join(
    f"a{n},ChatGPT\n" for n in range(300)
)
REFERENCES = "answer_id,domain\na1,example.com\n"
OVERVIEW = (
    "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
    "images_num\nexample.com;5;1;1;1;1;1;1\nexample.org;5;1;1;1;1;1;1\n"
)


def parquet_files(raw: Any) -> list[str]:
    return sorted(
        str(path.relative_to(raw.path)) for path in raw.path.rglob("*")
    )


def test_a_dry_run_says_what_would_land_and_leaves_no_trace(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = write(ANSWERS + "b,AltaVista\n", "answers.csv")
    words = ["load", str(answers), str(write(OVERVIEW)), "--raw", str(raw.path)]
    words += ["--as-of", "2026-01-31"]
    assert main([*words, "--dry-run"]) == 0
    dry = capsys.readouterr().out
    assert not raw.path.exists()
    assert main(words) == 0
    wet = capsys.readouterr().out
    table, _, end = dry.partition("\n\n")
    assert wet.partition("\n\n")[0] == table
    assert "rejected: unknown_platform in 'platform' 1" in table
    landing, _, rest = end.partition("\n\n")
    assert landing + "\n" == (
        f"Would land in {raw.path}:\n"
        "  ai_answers 300, backlink_profiles 2, domain_scores 2\n"
        "A dry run: nothing has landed. Load again without --dry-run.\n"
    )
    assert rest.startswith("What a study of it could test")


def test_a_dry_run_refuses_what_a_load_refuses(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(ANSWERS)
    raw.load(path)
    before = parquet_files(raw)
    words = ["--raw", str(raw.path), "--dry-run"]
    assert main(["load", str(path), *words]) == 3
    assert "its content was already loaded on" in capsys.readouterr().err
    assert main(["load", str(write("", "empty.csv")), *words]) == 3
    assert "empty.csv: it is empty" in capsys.readouterr().err
    assert parquet_files(raw) == before


def test_a_refused_load_leaves_no_folder_behind(
    tmp_path: Path, write: Write
) -> None:
    path = str(write(""))
    kept = tmp_path / "kept"
    kept.mkdir()
    for raw_dir in (tmp_path / "new" / "raw", kept):
        assert main(["load", path, "--raw", str(raw_dir)]) == 3
    assert not (tmp_path / "new").exists()
    assert list(kept.iterdir()) == []


def test_loads_are_listed(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = "".join(f"b{n},Alta\x1b[31mVista{n}\n" for n in range(4))
    load = raw.load(write(ANSWERS + bad), max_rejected=0.1).load
    raw.load(write(OVERVIEW, "overview.csv"))
    assert main(["loads", "--raw", str(raw.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split()[0] == "read"
    when = f"{load.loaded_at:%Y-%m-%d %H:%M} UTC"
    assert lines[1] == f"{load.load_id}: loaded {when} as ai_answers"
    assert lines[2].split() == ["file.csv", "304", "300", "4", "0", "0"]
    assert lines[3].strip() == "rejected: unknown_platform in 'platform' 4"
    assert lines[4].endswith("as semrush_backlinks_overview")
    assert lines[5].split() == ["overview.csv", "2", "2", "0", "0", "0"]
    assert main(["loads", load.load_id, "--raw", str(raw.path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.strip() for line in lines[3:]] == [
        "landed: ai_answers 300",
        "rejected: unknown_platform in 'platform' 4",
        "record 301: 'Alta [31mVista0'",
        "record 302: 'Alta [31mVista1'",
        "record 303: 'Alta [31mVista2'",
    ]


def test_a_directory_without_loads_says_so(
    raw: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["loads", "--raw", str(raw.path)]) == 2
    assert "there is no such raw directory" in capsys.readouterr().err
    raw.path.mkdir()
    assert main(["loads", "--raw", str(raw.path)]) == 0
    assert capsys.readouterr().out == f"{raw.path} has no loads.\n"


@pytest.mark.parametrize("command", ["loads", "unload"])
@pytest.mark.parametrize("load_id", ["none", "../raw/x", "/etc/passwd", "*"])
def test_an_unknown_load_is_one_sentence(
    raw: Any,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    command: str,
    load_id: str,
) -> None:
    raw.load(write(REFERENCES))
    before = parquet_files(raw)
    assert main([command, load_id, "--raw", str(raw.path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"has no load '{load_id}'" in line
    assert "linksignal loads --raw" in line
    assert parquet_files(raw) == before


def test_a_broken_ledger_is_one_sentence(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    load = raw.load(write(REFERENCES)).load
    ledger = raw.path / "loads" / f"{load.load_id}.parquet"
    ledger.write_bytes(b"PAR1")
    assert main(["loads", "--raw", str(raw.path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"{ledger}: this file of the ledger is broken" in line


def test_a_load_is_removed_and_nothing_else(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    raw.load(write(ANSWERS, "a.csv"))
    before = parquet_files(raw)
    bad = OVERVIEW + "10.0.0.1;5;1;1;1;1;1;1\n"
    path = write(bad, "overview.csv")
    load = raw.load(path, max_rejected=1.0).load
    whole = parquet_files(raw)
    assert len(whole) - len(before) == 7
    assert main(["unload", load.load_id, "--raw", str(raw.path)]) == 0
    assert capsys.readouterr().out == (
        f"Removed overview.csv (2 records, loaded "
        f"{load.loaded_at:%Y-%m-%d %H:%M} UTC) from {raw.path}.\n"
    )
    assert parquet_files(raw) == before
    raw.check_identities()
    raw.load(path, max_rejected=1.0)
    assert parquet_files(raw) == whole


@pytest.mark.parametrize("gone", [0, 1, 2])
def test_a_removal_that_was_killed_is_ended_by_the_next_command(
    raw: Any, write: Write, monkeypatch: pytest.MonkeyPatch, gone: int
) -> None:
    raw.load(write(ANSWERS, "a.csv"))
    before = parquet_files(raw)
    load = raw.load(write(OVERVIEW, "overview.csv")).load
    removed: list[Path] = []
    unlink = Path.unlink

    def unlink_some(path: Path, missing_ok: bool = False) -> None:
        if path.suffix == ".parquet":
            if len(removed) == gone:
                raise KeyboardInterrupt
            removed.append(path)
        unlink(path, missing_ok=missing_ok)

    with monkeypatch.context() as patch:
        patch.setattr("pathlib.Path.unlink", unlink_some)
        patch.setattr("shutil.rmtree", lambda *_, **__: None)
        with pytest.raises(KeyboardInterrupt):
            unload(raw.path, load.load_id)
    assert [path.parent.name for path in removed] == [
        "backlink_profiles",
        "domain_scores",
    ][:gone]
    assert (raw.path / "loads" / f"{load.load_id}.parquet").exists()
    with settled(raw.path):
        pass
    assert parquet_files(raw) == before


def test_rows_that_share_a_file_are_left_to_the_tool_that_wrote_them(
    raw: Any, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    load = raw.load(write(REFERENCES)).load
    path = raw.path / "ai_references" / f"{load.load_id}.parquet"
    rows = pq.read_table(path)
    other = rows.set_column(
        0, rows.schema.field(0), pa.array(["other"] * len(rows))
    )
    pq.write_table(pa.concat_tables([rows, other]), path)
    before = parquet_files(raw)
    assert main(["unload", load.load_id, "--raw", str(raw.path)]) == 2
    assert "holds rows of other loads" in capsys.readouterr().err
    assert parquet_files(raw) == before
