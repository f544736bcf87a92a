from __future__ import annotations

from pathlib import Path

import pytest
from linksignal import cli


@pytest.fixture(scope="session")
def calibrated_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The calibrated study, drawn as a user draws it."""
    out = tmp_path_factory.mktemp("calibrated") / "raw"
    assert cli.main(["simulate", "--out", str(out)]) == 0
    return out


@pytest.fixture(scope="session")
def law_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small study with a law: 80 domains, 20,000 link rows."""
    out = tmp_path_factory.mktemp("law") / "raw"
    words = "--law platform_order --domains 80 --links 20000 --seed 3"
    assert cli.main(["simulate", "--out", str(out), *words.split()]) == 0
    return out
