"""A dry run over a folder of everything: what is what, and what is missing."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from export_samples import SAMPLES
from linksignal.cli import main
from linksignal.load.format_file import read_formats
from linksignal.load.outlook import outlook_lines, outlook_of
from linksignal.project import PROJECT_DIR
from unknown_files import UNKNOWN

Write = Callable[..., Path]
KNOWN = (
    *("semrush_backlinks_overview", "domain_scores", "ai_citations"),
    *("peec_domains", "majestic_million"),
)


@pytest.fixture
def folder(write: Write, tmp_path: Path) -> Path:
    """Exports of several kinds, one of which no format fits."""
    for name in KNOWN:
        file, content = SAMPLES[name]
        write(content, f"exports/{file}")
    file, content = UNKNOWN["citations in German"]
    write(content, f"exports/{file}")
    write("ERROR 50 :: NOTHING FOUND\n", "exports/nothing.csv")
    return tmp_path / "exports"


def tried(
    raw: Any, folder: Path, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    command = ["load", str(folder), "--raw", str(raw.path), "--dry-run"]
    code = main([*command, "--platform", "ChatGPT", *words])
    return code, capsys.readouterr().out


def test_every_file_has_its_place_in_the_table(
    raw: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = tried(raw, folder, capsys, "--as-of", "2026-01-31")
    assert code == 3
    assert max(map(len, said.splitlines())) <= 100
    for name in KNOWN:
        start = said.index(f"\n{name} → ")
        line = said[start:].splitlines()[2]
        assert line.split() == [SAMPLES[name][0], "1", "1", "0", "0", "0"]
    refused = said.partition("\nRefused:\n")[2]
    assert refused.startswith("  zitate.csv: its header, separated by")
    assert "\nNothing to land:\n  nothing.csv: the tool has no data" in refused
    assert "While 1 file of these is refused" in refused
    assert not raw.path.exists()


def test_it_says_what_could_be_tested_and_what_to_export_next(
    raw: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, said = tried(raw, folder, capsys, "--as-of", "2026-01-31")
    # Lines break between words.
    text = " ".join(said.partition("What a study of it could test")[2].split())
    assert "of links. → yes C3" in text
    assert "Perplexity. → no; lacks answers of ChatGPT Search" in text
    assert "To export next: answers of ChatGPT Search → for C3 and C7" in text
    assert "image links" not in text.partition("To export next")[2]
    links = folder / SAMPLES["semrush_backlinks_overview"][0]
    links.unlink()
    _, said = tried(raw, folder, capsys, "--as-of", "2026-01-31")
    text = " ".join(said.partition("What a study of it could test")[2].split())
    assert "of links. → no; lacks total backlinks and referring dom" in text
    assert "total backlinks → for C2: " in text
    _, _, wanted = text.partition("image links → for C6, C7 and C8: ")
    names = wanted.partition(" …")[0].rstrip(",").split(", ")
    assert len(names) == 4
    for name in names:
        columns = {each.column for each in read_formats()[name].fields}
        assert columns & {"image_links", "is_image"}


def test_what_is_loaded_already_counts_and_stays_as_it_is(
    raw: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    overview = folder / SAMPLES["semrush_backlinks_overview"][0]
    raw.load(overview)
    overview.rename(folder.parent / "elsewhere.csv")
    before = _bytes(raw.path)
    _, said = tried(raw, folder, capsys, "--as-of", "2026-01-31")
    assert "of links. → yes" in " ".join(said.split())
    assert _bytes(raw.path) == before
    (folder.parent / "elsewhere.csv").rename(overview)
    _, said = tried(raw, folder, capsys, "--as-of", "2026-01-31")
    assert "overview.csv: its content was already loaded on" in said
    assert _bytes(raw.path) == before


def _bytes(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_it_is_told_as_json_too(
    raw: Any, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = tried(raw, folder, capsys, "--json")
    told = json.loads(said)
    assert (told["event"], told["exit_code"], code) == ("dry_run", 3, 3)
    formats = {each["file"]: each["format"] for each in told["files"]}
    assert formats == {
        **{SAMPLES[name][0]: name for name in KNOWN},
        "zitate.csv": None,
        "nothing.csv": None,
    }
    claims = {each["claim_id"]: each for each in told["claims"]}
    assert claims["C2"]["is_testable"]
    assert claims["C3"]["missing"] == [
        *("chatgpt_search", "gemini", "google_ai_overviews", "perplexity")
    ]
    sound = folder / SAMPLES["domain_scores"][0]
    words = ["load", str(sound), "--raw", str(raw.path), "--json"]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["event"], told["claims"]) == ("loaded", None)
    assert told["files"][0]["rows"] == {"domain_scores": 1}


def test_the_sample_lacks_nothing() -> None:
    outlook = outlook_of(PROJECT_DIR / "seeds" / "sample", [])
    assert [claim.claim_id for claim in outlook.claims] == [
        f"C{number}" for number in range(1, 9)
    ]
    assert all(c.is_testable and not c.missing for c in outlook.claims)


PROFILES = "domain,referring_domains,source\n"


@pytest.mark.parametrize(
    ("profiles", "counted_by"),
    [
        ("a.com,1,ahrefs\nb.com,2,ahrefs\n", {}),
        ("a.com,1,ahrefs\nb.com,2,semrush\n", {"ahrefs": 1, "semrush": 1}),
        # One source has all domains.
        ("a.com,1,ahrefs\nb.com,2,ahrefs\nb.com,9,semrush\n", {}),
        # What is unknown counts nothing.
        ("a.com,1,ahrefs\nb.com,2,ahrefs\nc.com,,semrush\n", {}),
    ],
)
def test_links_counted_by_several_sources_are_told(
    raw: Any, write: Write, profiles: str, counted_by: dict[str, int]
) -> None:
    raw.load(write(PROFILES + profiles, "profiles.csv"))
    outlook = outlook_of(raw.path, [])
    assert outlook.counted_by == counted_by
    said = " ".join(" ".join(outlook_lines(outlook, read_formats())).split())
    is_told = "ahrefs for 1 domain and semrush for 1 domain" in said
    assert is_told is bool(counted_by)


def test_of_nothing_nothing_can_be_tested(tmp_path: Path) -> None:
    outlook = outlook_of(tmp_path, [])
    assert not any(claim.is_testable for claim in outlook.claims)
    assert set(outlook.missing) >= {"answers", "authority_score", "image_links"}


def test_flags_that_no_link_has_make_no_signal(raw: Any, write: Write) -> None:
    raw.load(write("source_url,target_url\nhttps://a.com/,https://b.com/\n"))
    signals = outlook_of(raw.path, []).signals
    assert signals == {"total_backlinks", "referring_domains", "follow_links"}
