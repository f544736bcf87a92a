"""An environment with the wheel installed, and what is run there."""

from __future__ import annotations

import os
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Installed:
    """An environment in which the wheel is installed.

    Parameters
    ----------
    folder : Path
        The environment. Other packages are those of the running one, without
        the checkout.
    wheel, sdist : Path
        What was built.
    """

    folder: Path
    wheel: Path
    sdist: Path

    def run(
        self, *words: str | Path, cwd: Path, code: int = 0, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program of the environment; it must end with a code."""
        program, *rest = map(str, words)
        ended = subprocess.run(
            [str(self.folder / "bin" / program), *rest],
            cwd=cwd,
            env=_plain_environment(variables),
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, f"{ended.stdout}\n{ended.stderr}"
        assert "Traceback" not in ended.stderr, ended.stderr
        return ended


def _plain_environment(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment without what concerns dbt, Python or us."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "LINKSIGNAL_", "PYTHON", "VIRTUAL_"))
    }
    return {**inherited, **variables}


def run(words: list[object], cwd: Path) -> None:
    subprocess.run([str(word) for word in words], cwd=cwd, check=True)


def names_in(wheel: Path) -> set[str]:
    """Names of the files in a wheel, but for its metadata."""
    with zipfile.ZipFile(wheel) as archive:
        return {
            name for name in archive.namelist() if ".dist-info/" not in name
        }
