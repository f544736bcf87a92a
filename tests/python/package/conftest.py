"""A wheel and an sdist, built once, and the wheel installed apart."""

from __future__ import annotations

import sys
import sysconfig
import venv
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from distributions import Installed, run


@pytest.fixture(scope="session")
def installed(project_dir: Path, once: Callable[..., Path]) -> Installed:
    """Build the distributions and install the wheel, without a network."""
    folder = once("installed", partial(_install, project_dir))
    (wheel,), (sdist,) = (folder.glob(f"dist/*.{e}") for e in ("whl", "tar.gz"))
    return Installed(folder / "env", wheel, sdist)


def _install(project_dir: Path, folder: Path) -> None:
    built = folder / "dist"
    run([sys.executable, "-m", "hatchling", "build", "-d", built], project_dir)
    (wheel,) = built.glob("*.whl")
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
