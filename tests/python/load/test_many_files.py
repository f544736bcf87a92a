"""Small JSON files are read together, and land as they would by themselves."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from accounted_raw import DAY, RECORD_TABLES, RawDir
from api_answers import openai_message, openai_response, url_citation
from export_samples import SAMPLES
from linksignal.load import batch
from linksignal.load.batch import load_files
from linksignal.load.stage import Options, Staged
from linksignal.load.summary import warnings

BRANDS = "domain,brand_aliases\nzenith.com,Zenith|Zenith Shoes\nacme.com,Acme\n"
OF_JSON = {
    name: data
    for name, (file, data) in SAMPLES.items()
    if file.endswith((".json", ".jsonl"))
}
RawDirs = Callable[[str], RawDir]


def answer(number: int, *urls: str, text: str = "Zenith", **values: Any) -> Any:
    return openai_response(
        openai_message(f"{text} {number}", *map(url_citation, urls)),
        id=f"resp_{number}",
        **values,
    )


def written(folder: Path, files: dict[str, Any]) -> Path:
    folder.mkdir()
    for name, content in files.items():
        data = content
        if not isinstance(data, bytes):
            data = json.dumps(content, ensure_ascii=False).encode()
        (folder / name).write_bytes(data)
    return folder


def told(staged: Sequence[Staged]) -> dict[str, Any]:
    """What a load says of each file, but for the time."""
    return {
        each.load.file: (
            each.load.load_id,
            each.load.sha256,
            each.load.fates,
            list(each.load.fates.notes),
            each.unknown_columns,
            each.statuses,
            each.completeness,
            sorted(each.files),
        )
        for each in staged
    }


def content(raw: RawDir) -> dict[str, list[str]]:
    return {
        table: sorted(
            repr({**row, "loaded_at": None}) for row in raw.rows(table)
        )
        for table in (*RECORD_TABLES, "rejected_records", "loads")
    }


@pytest.fixture
def both_ways(
    monkeypatch: pytest.MonkeyPatch, raw_dirs: RawDirs
) -> Callable[..., dict[str, int]]:
    """Load a folder, and again file by file; both must give the same."""

    def load(
        folder: Path, *, is_dry_run: bool = False, **values: Any
    ) -> dict[str, int]:
        found: list[Any] = []
        alone: dict[str, int] = {}
        real = batch.stage

        def watched(file: Any, *arguments: Any, **more: Any) -> Staged:
            alone[file.name] = alone.get(file.name, 0) + 1
            return real(file, *arguments, **more)

        monkeypatch.setattr(batch, "stage", watched)
        for way in ("together", "apart"):
            if way == "apart":
                counted = dict(alone)
                monkeypatch.setattr(
                    batch, "batches", lambda files, _: [[f] for f in files]
                )
            raw = raw_dirs(way)
            loaded = load_files(
                [folder],
                raw.path,
                Options(as_of=DAY, **values),
                is_dry_run=is_dry_run,
            )
            raw.check_identities()
            refused = sorted(map(str, loaded.refused))
            found.append((told(loaded.staged), refused, content(raw)))
        for mine, other in zip(*found, strict=True):
            assert mine == other
        return counted

    return load


@pytest.mark.slow
def test_files_of_every_json_format_land_as_by_themselves(
    tmp_path: Path, both_ways: Callable[..., dict[str, int]]
) -> None:
    files: dict[str, Any] = {"brands.csv": BRANDS.encode()}
    for name, data in OF_JSON.items():
        for number in range(2):
            files[f"{name}{number}.json"] = data + b"\n" * number
    alone = both_ways(written(tmp_path / "files", files), is_partial=True)
    # Links are measured file by file, and domains bring brands.
    assert set(alone) <= {
        "brands.csv",
        *(f"dataforseo_backlinks{n}.json" for n in range(2)),
        *(f"ahrefs_api_backlinks{n}.json" for n in range(2)),
    }


def test_what_misleads_in_one_file_stays_in_it(
    tmp_path: Path, both_ways: Callable[..., dict[str, int]]
) -> None:
    url = "https://b.org/x"
    twice = [answer(20, url), answer(21, url)]
    files: dict[str, Any] = {
        "brands.csv": BRANDS.encode(),
        "equal_sources.json": answer(1, url, url, "https://c.org/?a=1"),
        "same_answer.json": answer(1, url, url, "https://c.org/?a=1", x=1),
        "no_source.json": answer(2, "", url),
        "controls.json": answer(3, url, text="Acme\x07 and \x9b Zenith"),
        "redirector.json": answer(
            4, "https://www.google.com/url?q=https%3A%2F%2Fx.com%2Fa"
        ),
        "new_key.json": answer(5, url, something="else"),
        "of_2026-01-20.json": answer(6, url),
        "of_2026-01-21.json": answer(7, url),
        "mark.json": b"\xef\xbb\xbf" + json.dumps(answer(8, url)).encode(),
        "packed.json.gz": gzip.compress(json.dumps(answer(9, url)).encode()),
        "several.json": [answer(10, url), answer(11, "http://münchen.de/ü")],
        "wrapped.json": {"response": answer(12, url), "prompt": "Which?"},
        "lines.jsonl": "\n".join(map(json.dumps, twice)).encode(),
        "one_line.jsonl": json.dumps(answer(22, url)).encode() + b"\n",
        "windows.jsonl": "\r\n".join(map(json.dumps, twice)).encode(),
        "no_brand.json": answer(23, text="nobody"),
        "line_ends.json": answer(24, url, text="a\u2028b\u0085c\r\nZenith"),
    }
    alone = both_ways(written(tmp_path / "files", files))
    assert "equal_sources.json" not in alone
    assert set(alone) < set(files)


def test_positions_are_counted_from_0_in_the_files_that_have_a_0(
    tmp_path: Path, both_ways: Callable[..., dict[str, int]]
) -> None:
    files = {
        f"{start}{number}.json": [
            {
                "answer_id": f"a{start}{number}",
                "platform": "chatgpt",
                "position": start + place,
                "url": f"https://site{place}.com/",
            }
            for place in range(3)
        ]
        for start in (0, 1)
        for number in range(3)
    }
    assert not both_ways(written(tmp_path / "files", files))


def test_a_refused_file_is_named_and_the_others_go_on(
    tmp_path: Path, both_ways: Callable[..., dict[str, int]]
) -> None:
    url = "https://b.org/x"
    good = {f"good{n}.json": answer(n, url) for n in range(3)}
    whole = json.dumps(answer(10, url)).encode()
    bad: dict[str, Any] = {
        "cut_off.json": whole[:-40],
        "broken.json": whole.replace(b'"model":', b'"model"', 1),
        "not_utf8.json": whole.replace(b"Zenith", b"Z\xff", 1),
        "key_twice.json": whole.replace(b"{", b'{"id": "a", ', 1),
        "in_future.json": answer(11, url, created_at=4102444800),
        "no_id.json": answer(12, url) | {"id": {"a": 1}},
        "failed.json": answer(13, url) | {"output": [], "status": "failed"},
        "bad_source.json": answer(14, "https://exa mple.org/x"),
        "same_as_good0.json": good["good0.json"],
        "bad_line.jsonl": whole + b"\n{" + whole[:90] + b"\n" + whole,
        "half.json": whole.replace(b"Zenith", rb"\ud83d", 1),
        "blank_lines.jsonl": b"\n\n" + whole + b"\n\n" + whole.upper(),
    }
    alone = both_ways(
        written(tmp_path / "files", {**good, **bad}), is_dry_run=True
    )
    assert not set(alone) & set(good)


def test_a_key_that_one_file_lacks_is_told_of_that_file(
    tmp_path: Path, both_ways: Callable[..., dict[str, int]]
) -> None:
    files: dict[str, Any] = {
        f"{n}.json": {"asked": f"Which {n}?", "response": answer(n)}
        for n in range(3)
    }
    files["lacks.json"] = {"response": answer(3)}
    alone = both_ways(
        written(tmp_path / "files", files), is_dry_run=True, prompt_key="asked"
    )
    assert set(alone) == {"lacks.json"}


def test_what_is_the_same_of_many_files_is_said_once(
    tmp_path: Path, raw: RawDir
) -> None:
    files = {f"{n}.json": answer(n) for n in range(5)}
    folder = written(tmp_path / "files", files)
    loaded = load_files([folder], raw.path, Options(as_of=DAY))
    (prompts,) = (
        each for each in warnings(loaded.staged) if "a prompt" in each
    )
    assert prompts.startswith("0.json and 4 other files: 5 records without a")
    (one,) = (
        each for each in warnings(loaded.staged[:1]) if "a prompt" in each
    )
    assert one.startswith("0.json: 1 record without a")
