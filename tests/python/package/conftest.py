"""A wheel and an sdist, built once, and the wheel installed apart."""

from __future__ import annotations

import sys
import sysconfig
import venv
from pathlib import Path

import pytest
from distributions import Installed, run


@pytest.fixture(scope="session")
def installed(
    project_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Installed:
    """Build the distributions and install the wheel, without a network."""
    folder = tmp_path_factory.mktemp("installed")
    built = folder / "dist"
    run([sys.executable, "-m", "hatchling", "build", "-d", built], project_dir)
    (wheel,), (sdist,) = built.glob("*.whl"), built.glob("*.tar.gz")
    environment = folder / "env"
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    (site_packages,) = environment.glob("lib/python*/site-packages")
    # A plain line of a .pth adds the folder, not what its own .pth files name:
    # the checkout stays out.
    heavy = sysconfig.get_path("purelib")
    (site_packages / "heavy.pth").write_text(f"{heavy}\n")
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    run([*pip, "--quiet", "--no-deps", "--no-index", wheel], folder)
    return Installed(environment, wheel, sdist)
