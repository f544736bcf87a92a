"""Every format is told from its header, and from no other's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from export_samples import SAMPLES
from linksignal.load.format_file import read_formats
from linksignal.load.gate import pass_gate
from linksignal.load.header import headers_of
from linksignal.load.recognise import recognise


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Each sample, past the gate, by format."""
    folder: Path = tmp_path_factory.mktemp("samples")
    found = {}
    for format_name, (name, content) in SAMPLES.items():
        (folder / name).write_bytes(content)
        found[format_name] = pass_gate(folder / name)
    return found


def test_every_format_has_a_sample() -> None:
    assert set(SAMPLES) == set(read_formats())


@pytest.mark.parametrize("name", SAMPLES)
def test_a_format_is_told_by_its_header(gated: Any, name: str) -> None:
    found = recognise(gated[name], read_formats())
    assert found.entry.name == name
    assert found.unknown_columns == []


@pytest.mark.parametrize("name", SAMPLES)
def test_no_other_format_takes_a_file_for_its_own(
    gated: Any, name: str
) -> None:
    others = {key: f for key, f in read_formats().items() if key != name}
    taken = [
        other.name
        for other in others.values()
        for header in headers_of(gated[name], other)
        if header.container in other.containers
        and other.fits(header.folded)
        and not other.is_exact
    ]
    assert taken == []


@pytest.mark.parametrize(
    "name", [name for name, (file, _) in SAMPLES.items() if "json" not in file]
)
def test_the_order_of_the_columns_does_not_matter(
    tmp_path: Path, name: str
) -> None:
    file, content = SAMPLES[name]
    encoding = "utf-16" if content.startswith(b"\xff\xfe") else "utf-8"
    header, line_end, rest = content.decode(encoding).partition("\n")
    delimiter = max("\t;,", key=header.count)
    turned = delimiter.join(reversed(header.split(delimiter)))
    path = tmp_path / file
    path.write_bytes((turned + line_end + rest).encode(encoding))
    assert recognise(pass_gate(path), read_formats()).entry.name == name
