"""Folders and zip archives: what is read, passed over and refused."""

from __future__ import annotations

import os
import socket
import stat
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.batch import load_files
from linksignal.load.inputs import Input, find_inputs, unpack
from linksignal.load.limits import Limits
from linksignal.load.stage import Options

Write = Callable[..., Path]
ANSWERS = "answer_id,platform\na1,ChatGPT\na2,ChatGPT\n"
REFERENCES = "answer_id,domain\na1,example.com\n"


@pytest.fixture
def pack(tmp_path: Path) -> Callable[..., Path]:
    """Write a zip archive of members by name."""

    def pack_members(
        members: dict[Any, str | bytes], name: str = "exports.zip"
    ) -> Path:
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for member, content in members.items():
                file.writestr(member, content)
        return path

    return pack_members


def refused(raw: Any, *files: Path) -> str:
    """Load what must be refused before an engine opens it."""
    with (
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(LinksignalError) as caught,
    ):
        patch.setattr("duckdb.connect", None)
        raw.load(*files)
    assert caught.value.exit_code is ExitCode.INPUT_REJECTED
    assert not raw.path.exists()
    return str(caught.value)


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_pipe_or_socket_in_a_folder_is_passed_over(
    raw: Any,
    write: Write,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    is_dry_run: bool,
) -> None:
    write(ANSWERS, "in/a.csv")
    os.mkfifo(tmp_path / "in" / "pipe.csv")
    monkeypatch.chdir(tmp_path / "in")
    with socket.socket(socket.AF_UNIX) as open_socket:
        open_socket.bind("mail")
        loaded = load_files(
            [tmp_path / "in"],
            raw.path,
            Options(date(2026, 1, 31)),
            is_dry_run=is_dry_run,
        )
    assert [each.load.file for each in loaded.staged] == ["a.csv"]
    assert not loaded.refused
    said = capsys.readouterr().err
    assert "pipe.csv: a named pipe, which holds no export, passed over" in said
    assert "mail: a socket, which holds no export, passed over" in said


def test_a_folder_stands_for_its_files_in_order(
    raw: Any, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(REFERENCES, "in/b.csv")
    write(ANSWERS, "in/a.csv.gz")
    write("domain\nexample.com\n", "in/.hidden.csv")
    (tmp_path / "in" / ".git").mkdir()
    write("x", "in/.git/config")
    (tmp_path / "in" / "sub").mkdir()
    write("domain\nexample.com\n", "in/sub/c.csv")
    found = find_inputs([tmp_path / "in"], raw.path)
    assert [each.name for each in found.inputs] == [
        "a.csv.gz",
        "b.csv",
        "sub/c.csv",
    ]
    raw.load(tmp_path / "in")
    assert sorted(raw.column("loads", "file")) == [
        "a.csv.gz",
        "b.csv",
        "sub/c.csv",
    ]
    assert (
        "in: 2 hidden files passed over ('.git/config', '.hidden.csv')"
        in capsys.readouterr().err
    )


@pytest.mark.parametrize(
    "name", ["~$book.xlsx", "Thumbs.db", "desktop.ini", "sub/~$b.xlsx"]
)
def test_what_windows_and_excel_leave_in_folders_is_passed_over(
    raw: Any, write: Write, tmp_path: Path, name: str
) -> None:
    write(ANSWERS, "in/a.csv")
    left = tmp_path / "in" / name
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"\x05user" + bytes(160))
    found = find_inputs([tmp_path / "in"], raw.path)
    assert [each.name for each in found.inputs] == ["a.csv"]
    (note,) = found.notes
    assert note.endswith(f"in: 1 hidden file passed over ('{name}')")


@pytest.mark.parametrize(
    "name", ["README", "readme.md", "LICENSE.tool", "licence.txt", "NOTICE"]
)
def test_what_accompanies_exports_is_passed_over(
    raw: Any,
    write: Write,
    pack: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
) -> None:
    write(ANSWERS, "in/a.csv")
    write("# What this is\n", f"in/{name}")
    raw.load(tmp_path / "in")
    archive = pack({"r.csv": REFERENCES, f"sub/{name}": "# What this is\n"})
    raw.load(archive)
    assert raw.column("loads", "file") == ["a.csv", "exports.zip/r.csv"]
    notes = capsys.readouterr().err
    assert f"in: 1 README or licence file passed over ('{name}')" in notes
    assert f"1 README or licence file passed over ('sub/{name}')" in notes
    with pytest.raises(LinksignalError, match="fits no known format"):
        raw.load(tmp_path / "in" / name)


@pytest.mark.parametrize(
    "name",
    ["readme.csv", "LICENSE.csv.gz", "notice.com.csv", "license.com-links"],
)
def test_what_may_hold_records_is_never_passed_over(
    raw: Any, write: Write, tmp_path: Path, name: str
) -> None:
    write(ANSWERS, f"in/{name}")
    raw.load(tmp_path / "in")
    assert raw.column("loads", "file") == [name]


@pytest.mark.parametrize("names", [[], ["README.md", ".hidden.csv"]])
def test_a_folder_without_exports_is_a_wrong_option(
    raw: Any, write: Write, tmp_path: Path, names: list[str]
) -> None:
    (tmp_path / "in").mkdir()
    for name in names:
        write(ANSWERS, f"in/{name}")
    with pytest.raises(LinksignalError, match="there are no exports") as caught:
        raw.load(tmp_path / "in")
    assert caught.value.exit_code is ExitCode.CONFIGURATION


@pytest.mark.parametrize(
    "target", ["../outside.csv", "/etc/hostname", "..", "x"]
)
def test_a_link_out_of_the_folder_is_refused(
    raw: Any, write: Write, tmp_path: Path, target: str
) -> None:
    write(ANSWERS, "in/a.csv")
    write(REFERENCES, "outside.csv")
    (tmp_path / "in" / "link.csv").symlink_to(target)
    if target == "x":  # leads nowhere, and would lead out
        (tmp_path / "in" / "link.csv").unlink()
        (tmp_path / "in" / "link.csv").symlink_to(tmp_path / "nowhere")
    sentence = refused(raw, tmp_path / "in")
    assert sentence.startswith("link.csv: it is a link that leads out of")


def test_a_link_within_the_folder_is_passed_over(
    raw: Any, write: Write, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(ANSWERS, "in/a.csv")
    (tmp_path / "in" / "link.csv").symlink_to("a.csv")
    (tmp_path / "in" / "round").symlink_to(".")
    (tmp_path / "in" / "lost").symlink_to("nowhere.csv")
    raw.load(tmp_path / "in")
    assert raw.column("loads", "file") == ["a.csv"]
    said = capsys.readouterr().err
    assert "link.csv: a link to 'a.csv', which is in the same folder" in said
    assert "lost: a link to 'nowhere.csv', which is not there" in said


def test_a_file_that_the_user_names_may_be_a_link(
    raw: Any, write: Write, tmp_path: Path
) -> None:
    write(ANSWERS, "outside.csv")
    link = tmp_path / "link.csv"
    link.symlink_to("outside.csv")
    raw.load(link)
    assert raw.column("loads", "file") == ["link.csv"]


def test_the_raw_directory_is_no_input(
    write: Write,
    raw_dirs: Callable[[str], Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(ANSWERS, "in/a.csv")
    raw = raw_dirs("in/raw")
    raw.load(tmp_path / "in")
    write(REFERENCES, "in/a.csv")
    raw.load(tmp_path / "in")
    assert "the raw directory in it passed over" in capsys.readouterr().err
    assert len(raw.rows("loads")) == 2
    with pytest.raises(LinksignalError, match="lies in the raw directory"):
        raw.load(raw.path / "loads")


def test_members_are_files_of_their_own(
    raw: Any, pack: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = pack(
        {
            "sub/r.csv": REFERENCES,
            "a.csv": ANSWERS,
            "__MACOSX/._a.csv": b"\0\5\x16\7",
            "empty/": "",
        }
    )
    raw.load(path)
    assert sorted(raw.column("loads", "file")) == [
        "exports.zip/a.csv",
        "exports.zip/sub/r.csv",
    ]
    assert len(raw.rows("ai_answers")) == 2
    assert "exports.zip: 1 hidden file passed over" in capsys.readouterr().err
    assert not list(raw.path.glob(".loading"))


def test_a_member_has_the_identity_of_its_content(
    raw: Any, write: Write, pack: Callable[..., Path]
) -> None:
    raw.load(write(ANSWERS))
    with pytest.raises(
        LinksignalError, match="its content was already loaded"
    ) as caught:
        raw.load(pack({"a.csv": ANSWERS}))
    assert str(caught.value).startswith("exports.zip/a.csv: ")


def test_a_refused_member_is_named_with_its_archive(
    raw: Any, pack: Callable[..., Path]
) -> None:
    sentence = refused(raw, pack({"bad\x1b[0m.csv": "a,b\n1,2\n"}))
    assert sentence.startswith("exports.zip/bad·[0m.csv: its header")


@pytest.mark.parametrize(
    "name",
    [
        "../a.csv",
        "sub/../../a.csv",
        "/etc/a.csv",
        "\\\\host\\a.csv",
        "..\\a.csv",
        "C:/a.csv",
        "a.csv\0.exe",
        "",
    ],
)
def test_a_member_that_leads_elsewhere_keeps_the_archive_out(
    raw: Any, pack: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    info = zipfile.ZipInfo("placeholder")
    info.filename = info.orig_filename = name
    before = sorted(tmp_path.rglob("*"))
    sentence = refused(raw, pack({"ok.csv": REFERENCES, info: ANSWERS}))
    assert "has a path that leads elsewhere" in sentence
    assert sorted(tmp_path.rglob("*")) == sorted(
        [*before, tmp_path / "exports.zip"]
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("inner.zip", b"PK\x03\x04", "is itself packed"),
        ("a.csv.gz", b"\x1f\x8b", "is itself packed"),
        ("a.csv", b"PK\x03\x04more", "is itself packed"),
        ("a.csv", b"\x1f\x8bmore", "is itself packed"),
    ],
)
def test_an_archive_in_an_archive_is_refused(
    raw: Any, pack: Callable[..., Path], name: str, content: bytes, words: str
) -> None:
    assert words in refused(raw, pack({"ok.csv": REFERENCES, name: content}))


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_member_that_is_no_file_is_refused(
    raw: Any, pack: Callable[..., Path], kind: int
) -> None:
    info = zipfile.ZipInfo("link.csv")
    info.external_attr = (kind | 0o777) << 16
    sentence = refused(raw, pack({info: "/etc/hostname"}))
    assert "its member 'link.csv' is a link or a device" in sentence


def test_an_encrypted_member_is_refused(
    raw: Any, pack: Callable[..., Path]
) -> None:
    path = pack({"a.csv": ANSWERS})
    data = bytearray(path.read_bytes())
    for magic, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + place] |= 1
    path.write_bytes(data)
    assert "its member 'a.csv' is encrypted" in refused(raw, path)


def test_a_member_that_stands_twice_is_refused(
    raw: Any, pack: Callable[..., Path]
) -> None:
    sentence = refused(raw, pack({"a.csv": ANSWERS, "A.csv": REFERENCES}))
    assert "its member 'A.csv' occurs twice" in sentence


def test_an_archive_that_unpacks_to_too_much_is_refused_before(
    pack: Callable[..., Path], tmp_path: Path
) -> None:
    path = pack({"a.csv": "answer_id\n" + "\n" * 10**6, "b.csv": "x"})
    folder = tmp_path / "members"
    folder.mkdir()
    for limits, words in (
        (Limits(ratio_from_bytes=10**5), "200 times its size"),
        (Limits(unpacked_bytes=1000), "1,000 bytes"),
        (Limits(members=1), "more than 1 member"),
    ):
        with pytest.raises(LinksignalError, match=words):
            unpack(Input(path, path.name), folder, limits)
        assert list(folder.iterdir()) == []


def test_a_size_that_lies_is_found_out(
    raw: Any, pack: Callable[..., Path]
) -> None:
    path = pack({"a.csv": ANSWERS * 1000})
    data = bytearray(path.read_bytes())
    place = data.index(b"PK\x01\x02") + 24
    data[place : place + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    assert "cut off or broken" in refused(raw, path)


def test_a_broken_archive_is_refused(
    raw: Any, pack: Callable[..., Path], write: Write
) -> None:
    assert "cut off or broken" in refused(raw, write(b"PK\x03\x04rest"))
    path = pack({"a.csv": os.urandom(2000).hex()})
    data = path.read_bytes()
    for cut in (30, len(data) // 2, len(data) - 5):
        path.write_bytes(data[:cut])
        assert "cut off or broken" in refused(raw, path)
    path.write_bytes(data[:200] + b"\0\0\0\0" + data[204:])
    assert "cut off or broken" in refused(raw, path)


def test_an_archive_without_files_is_refused(
    raw: Any, pack: Callable[..., Path]
) -> None:
    assert "there are no exports in this archive" in refused(raw, pack({}))


def test_a_file_that_cannot_be_opened_is_a_wrong_option(
    raw: Any, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(ANSWERS)

    opened = Path.open

    def refuse(self: Path, *words: Any, **named: Any) -> Any:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return opened(self, *words, **named)

    monkeypatch.setattr("pathlib.Path.open", refuse)
    with pytest.raises(LinksignalError, match="it cannot be opened") as caught:
        raw.load(path)
    assert caught.value.exit_code is ExitCode.CONFIGURATION
    assert str(caught.value).startswith("file.csv: ")
    assert "Permission denied" in str(caught.value)


def test_a_list_of_members_without_end_is_not_read(
    raw: Any, pack: Callable[..., Path]
) -> None:
    path = pack({f"{n}{'x' * 60_000}": "" for n in range(80)})
    assert "its list of members is too long" in refused(raw, path)
