"""Fixtures that load files made by a test, and check what every load owes."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from accounted_raw import RawDir


@pytest.fixture
def raw(tmp_path: Path) -> RawDir:
    """An empty raw directory."""
    return RawDir(tmp_path / "raw")


@pytest.fixture
def raw_dirs(tmp_path: Path) -> Callable[[str], RawDir]:
    """Give further raw directories by name."""
    return lambda name: RawDir(tmp_path / name)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file for a test; names in .gz are packed."""

    def write_file(content: str | bytes, name: str = "file.csv") -> Path:
        data = content.encode() if isinstance(content, str) else content
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        return path

    return write_file
