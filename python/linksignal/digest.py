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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linksignal.project import NAME, PROJECT_DIR, Project, profiles_dir

# Folders of a dbt project, by the key that names them, and dbt's defaults.
_FOLDERS = {
    "model-paths": ["models"],
    "macro-paths": ["macros"],
    "seed-paths": ["seeds"],
    "test-paths": ["tests"],
    "snapshot-paths": ["snapshots"],
    "analysis-paths": ["analyses"],
}
# Of these folders, the files that are one node each.
_NODES = {"model-paths": (".sql", ".py"), "seed-paths": (".csv",)}
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


@dataclass(frozen=True)
class Code:
    """What a build is made of beside its data, as digests.

    Attributes
    ----------
    shared : str
        Of all that any table may depend on.
    files : dict of str to str
        Of the files that one model or seed is, by path below the project.
    settings : dict of str to str
        Values of the settings, as JSON.
    """

    shared: str
    files: dict[str, str]
    settings: dict[str, str]

    @property
    def digest(self) -> str:
        """Of all of it."""
        whole = json.dumps([self.shared, self.files, self.settings])
        return hashlib.sha256(whole.encode()).hexdigest()


def read_code(project: Project, variables: Mapping[str, Any]) -> Code:
    """Digests of what a build is made of beside its data.

    Parameters
    ----------
    project : Project
        What is built.
    variables : mapping
        Settings given beside those of the project.

    Returns
    -------
    Code
        Files that dbt reads, of the project and its packages, the profile,
        the files of this program, the versions of what is installed, the
        machine, the settings, and the environment.
    """
    shared = hashlib.sha256()
    named: set[str] = set()
    files: dict[str, str] = {}
    for path, place in _files(project):
        content = _without_settings(path, project)
        named.update(name.decode() for name in _VARIABLE.findall(content))
        shared.update(f"{path}\n".encode())
        if place is None:
            shared.update(f"{len(content)}\n".encode())
            shared.update(content)
        else:
            # Two packages may have a file of the same place.
            whole = files.get(place, "").encode() + content
            files[place] = hashlib.sha256(whole).hexdigest()
    about = {
        "environment": _environment(named),
        "installed": sorted(_installed()),
        "machine": [sys.version, platform.platform(), platform.machine()],
    }
    shared.update(json.dumps(about, default=str, sort_keys=True).encode())
    chosen = {
        **Project(PROJECT_DIR).settings(),
        **project.settings(),
        **variables,
    }
    settings = {
        name: json.dumps(chosen[name], default=str) for name in sorted(chosen)
    }
    return Code(shared.hexdigest(), files, settings)


def _without_settings(path: Path, project: Project) -> bytes:
    """Content of a file; that of the project's own without its settings."""
    if path != project.file:
        return path.read_bytes()
    declared = project.declared()
    variables = dict(declared.pop("vars", None) or {})
    # What is left counts as code: vars of other packages.
    own = {NAME: None, **project.settings()}
    left = {name: value for name, value in variables.items() if name not in own}
    return json.dumps([declared, left], default=str).encode()


def build_digest(code: str, raw_hash: str) -> str:
    """Digest of a build: that of its code and that of its data."""
    return hashlib.sha256(f"{code}\n{raw_hash}".encode()).hexdigest()


def _files(project: Project) -> Iterator[tuple[Path, str | None]]:
    """Files that decide what is built, each folder's sorted.

    Beside each stands its path below the dbt project where it is one model or
    one seed, and nothing else reads it.
    """
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
        yield profile, None
    for path in _below(Path(__file__).parent, None):
        yield path, None


def _dbt_files(project: Project) -> Iterator[tuple[Path, str | None]]:
    """Files that dbt reads in a project."""
    if not project.is_there:
        return
    for path in sorted(project.folder.glob("*.y*ml")):
        yield path, None
    declared = project.declared()
    for key, default in _FOLDERS.items():
        for name in declared.get(key, default):
            for path in _below(project.folder / str(name), _READ_BY_DBT):
                is_one_node = path.suffix in _NODES.get(key, ())
                place = str(path.relative_to(project.folder))
                yield path, place if is_one_node else None


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
