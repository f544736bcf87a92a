"""``linksignal load`` on the command line."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from export_samples import SAMPLES, document, profound_answer
from linksignal.cli import main
from linksignal.load.engine import engine, reading

Write = Callable[..., Path]
ANSWERS = "answer_id,platform,brands\n" + "".join(
    f"a{n},ChatGPT,acme\n" for n in range(1200)
)
OVERVIEW = (
    "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
    "images_num\nexample.com;5;1;1;1;1;1;1\nblog.example.com;5;1;1;1;1;1;1\n"
)


def run(*words: str | Path) -> int:
    return main(["load", *map(str, words)])


def test_a_load_says_what_landed_and_what_is_next(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    raw_dir = tmp_path / "raw"
    long_name = f"answers_of_{'many_' * 20}platforms.csv"
    answers = write(ANSWERS + "b,AltaVista,\n", long_name)
    overview = write(OVERVIEW, "overview.csv")
    code = run(answers, overview, "--raw", raw_dir, "--as-of", "2026-01-31")
    said = capsys.readouterr()
    lines = said.out.splitlines()
    assert code == 0
    assert max(map(len, lines[:-1])) <= 100  # the last one holds a path
    assert lines[0].split() == [
        "read",
        "landed",
        "rejected",
        "skipped",
        "duplicates",
    ]
    assert lines[1] == "ai_answers → ai_answers, ai_references"
    assert lines[2].split()[1:] == ["1,201", "1,200", "1", "0", "0"]
    assert lines[2].strip().startswith("answers_of_many_")
    assert "platforms.csv" in lines[2]
    assert lines[3].strip() == "rejected: unknown_platform in 'platform' 1"
    assert lines[4].strip() == "in lists: read 1,200, landed 1,200"
    assert lines[5] == (
        "semrush_backlinks_overview → backlink_profiles, domain_scores"
    )
    assert lines[6].split() == ["overview.csv", "2", "1", "0", "1", "0"]
    assert lines[7].strip() == "skipped: subdomain 1"
    counts = (
        "ai_answers 1,200, ai_references 1,200, backlink_profiles 1, "
        "domain_scores 1"
    )
    assert f"Landed in {raw_dir}:\n  {counts}\n" in said.out
    assert f'dbt build --vars \'{{"raw_dir": "{raw_dir}"}}\'' in said.out


def test_a_load_says_what_became_of_lists(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    name, _ = SAMPLES["profound_answers"]
    answers = [
        profound_answer(run_id=f"r{n}", citations=["https://a.com"] * (n % 2))
        for n in range(200)
    ]
    answers[7]["citations"] = ["https://10.0.0.1", None, "https://b.com"]
    path = write(document(answers), name)
    assert run(path, "--raw", tmp_path / "raw", "--as-of", "2026-01-31") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].split() == ["answers.json", "200", "200", "0", "0", "0"]
    assert lines[3].strip() == (
        "in lists: read 502, landed 500, ip_address in 'citations[]' 1, "
        "no_source 1"
    )


def test_warnings_stand_on_stderr(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("answer_id,platform,Mood\n")
    assert run(path, "--raw", tmp_path / "raw") == 0
    said = capsys.readouterr().err
    assert "file.csv: ai_answers knows no column 'Mood'" in said
    assert "file.csv: it has a header and no records" in said


def test_a_load_without_a_date_warns(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write("answer_id,platform\na,ChatGPT\n")
    assert run(path, "--raw", tmp_path / "raw") == 0
    said = capsys.readouterr().err
    assert "file.csv: 1 record without a date, so today's is used" in said


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["none.csv"], 2, "none.csv: there is no such file"),
        (["a\x1b[31m.csv"], 2, "a·[31m.csv: there is no such file"),
        (["{good}", "--domain", "a\x1bb"], 2, "--domain 'a·b' is not a"),
        (["{bad}"], 3, "bad.csv: its header"),
        (["{good}", "--format", "x"], 2, "there is no format 'x'"),
    ],
)
def test_errors_are_one_sentence(
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    sentence: str,
) -> None:
    paths = {"bad": write("a,b\n1,2\n", "bad.csv"), "good": write(ANSWERS)}
    files = [word.format(**paths) for word in words]
    assert run(*files, "--raw", tmp_path / "raw") == code
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("linksignal: ")
    assert sentence in line


@pytest.mark.parametrize(
    "name", ["it's", 'a"b', "https://example.com/raw", "a*b", "a;b", "a\nb", ""]
)
def test_a_raw_directory_that_sql_could_misread_is_a_wrong_option(
    tmp_path: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    path = write(ANSWERS)
    monkeypatch.chdir(tmp_path)
    assert run(path, "--raw", name) == 2
    said = capsys.readouterr().err
    assert said.startswith(
        f"linksignal: --raw {str(Path(name))!r} cannot be used"
    )
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "option",
    [
        ["--as-of", "01/02/2026"],
        ["--as-of", "2999-01-01"],
        ["--source", "a tool"],
        ["--max-rejected", "2"],
        ["--max-rejected", "few"],
    ],
)
def test_wrong_options_stop_before_anything_is_read(
    tmp_path: Path,
    write: Write,
    capsys: pytest.CaptureFixture[str],
    option: list[str],
) -> None:
    assert run(write(ANSWERS), "--raw", tmp_path / "raw", *option) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"linksignal: invalid value for '{option[0]}': ")
    assert line.endswith(" (see linksignal load --help)")
    assert not (tmp_path / "raw").exists()


def test_no_connection_is_opened(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a load asked for the network")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.getaddrinfo", refuse)
    assert run(write(ANSWERS), "--raw", tmp_path / "raw") == 0


def test_a_stopped_query_is_an_interruption(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), engine(tmp_path):
        raise RuntimeError("Query interrupted")
    with pytest.raises(KeyboardInterrupt), engine(tmp_path), reading("a.csv"):
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")
    with pytest.raises(RuntimeError), engine(tmp_path):
        raise RuntimeError("anything else")


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_may_lack_letters(
    tmp_path: Path,
    write: Write,
    monkeypatch: pytest.MonkeyPatch,
    encoding: str,
) -> None:
    said = io.BytesIO()
    terminal = io.TextIOWrapper(said, encoding=encoding, write_through=True)
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("sys.stderr", terminal)
    path = write("answer_id,platform\na1,ChatGPT\n", "中.csv")
    assert run(path, "--raw", tmp_path / "raw") == 0
    assert "ai_answers 1" in said.getvalue().decode(encoding)


def test_a_load_whose_report_cannot_be_printed_has_landed(
    tmp_path: Path, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write("answer_id,platform\na1,ChatGPT\n")
    with Path("/dev/full").open("w") as full, monkeypatch.context() as patched:
        patched.setattr("sys.stdout", full)
        assert run(path, "--raw", tmp_path / "raw") == 0
    assert len(list((tmp_path / "raw" / "ai_answers").iterdir())) == 1


def test_only_some_of_many_unknown_columns_are_named(
    tmp_path: Path, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [f"x{n}" for n in range(1500)]
    text = (
        f"answer_id,platform,{','.join(more)}\n"
        f"a1,ChatGPT,{','.join('0' for _ in more)}\n"
    )
    assert run(write(text), "--raw", tmp_path / "raw") == 0
    said = capsys.readouterr().err
    assert "'x11' and 1,488 others\n" in said
