"""Digests of all that a build is made of: the same digest, the same numbers.

What may change a number counts by its content: times and sizes of files do
not. Whatever is in doubt counts too, since a rebuild that was not needed costs
a minute, and stale numbers cost more.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from linksignal.project import PROJECT_DIR, Project, profiles_dir

# Folders of a dbt project, by the key that names them, and dbt's defaults.
_FOLDERS = {
    "model-paths": ["models"],
    "macro-paths": ["macros"],
    "seed-paths": ["seeds"],
    "test-paths": ["tests"],
    "snapshot-paths": ["snapshots"],
    "analysis-paths": ["analyses"],
}
_READ_BY_DBT = (".sql", ".py", ".yml", ".yaml", ".csv", ".md")
_VARIABLE = re.compile(rb"""env_var\(\s*\\?["'](\w+)""")
_PREFIXES = ("DBT_", "LINKSIGNAL_")
# Libraries of linear algebra add in another order with other threads.
_NUMERIC = (
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "OPENBLAS_CORETYPE"),
    *("MKL_NUM_THREADS", "PYTHONHASHSEED", "PYTHONPATH", "TZ"),
)
# Each run has a file of its own.
_PLACES = ("LINKSIGNAL_DATABASE",)


def code_digest(project: Project, variables: Mapping[str, Any]) -> str:
    """Digest of what a build is made of beside its data.

    Parameters
    ----------
    project : Project
        What is built.
    variables : mapping
        Settings given beside those of the project.

    Returns
    -------
    str
        SHA-256 over the files that dbt reads, of the project and its packages,
        the profile, the files of this program, the versions of what is
        installed, the machine, the settings, and the environment.
    """
    digest = hashlib.sha256()
    named: set[str] = set()
    for path in _files(project):
        content = path.read_bytes()
        named.update(name.decode() for name in _VARIABLE.findall(content))
        digest.update(f"{path}\n{len(content)}\n".encode())
        digest.update(content)
    about = {
        "environment": _environment(named),
        "installed": sorted(_installed()),
        "machine": [sys.version, platform.platform(), platform.machine()],
        "settings": dict(variables),
    }
    text = json.dumps(about, default=str, sort_keys=True)
    digest.update(text.encode())
    return digest.hexdigest()


def build_digest(code: str, raw_hash: str) -> str:
    """Digest of a build: its code, as `code_digest` gives it, and its data."""
    return hashlib.sha256(f"{code}\n{raw_hash}".encode()).hexdigest()


def _files(project: Project) -> Iterator[Path]:
    """Files that decide what is built, each folder's sorted."""
    declared = project.declared()
    packages = project.folder / str(
        declared.get("packages-install-path", "dbt_packages")
    )
    folders = [project.folder, PROJECT_DIR]
    if packages.is_dir():
        folders += sorted(path.resolve() for path in packages.iterdir())
    for folder in dict.fromkeys(folders):
        yield from _dbt_files(Project(folder))
    profile = profiles_dir(project.folder) / "profiles.yml"
    if profile.is_file():
        yield profile
    yield from _below(Path(__file__).parent, None)


def _dbt_files(project: Project) -> Iterator[Path]:
    """Files that dbt reads in a project."""
    if not project.is_there:
        return
    yield from sorted(project.folder.glob("*.y*ml"))
    declared = project.declared()
    for key, default in _FOLDERS.items():
        for name in declared.get(key, default):
            yield from _below(project.folder / str(name), _READ_BY_DBT)


def _below(folder: Path, suffixes: tuple[str, ...] | None) -> list[Path]:
    return [
        path
        for path in sorted(folder.rglob("*"))
        if (suffixes is None or path.suffix in suffixes)
        and "__pycache__" not in path.parts
        and path.is_file()
    ]


def _installed() -> set[str]:
    """Names of what is installed, each with its version."""
    folders = [Path(entry) for entry in sys.path if entry]
    return {
        path.name
        for folder in folders
        if folder.is_dir()
        for path in folder.glob("*.dist-info")
    }


def _environment(named: set[str]) -> dict[str, str]:
    """Variables of the environment that may reach a build."""
    return {
        name: value
        for name, value in os.environ.items()
        if name not in _PLACES
        and (name in named or name in _NUMERIC or name.startswith(_PREFIXES))
    }
