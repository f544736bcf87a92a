"""What ``linksignal init DIR`` makes: a dbt project of one's own.

The texts of its files lie beside this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.files import is_taken
from linksignal.project import PROJECT_DIR, Project, link_package

_TEXTS = Path(__file__).parent
# Macros of a project that hand over to ours: dbt takes no materialization from
# a package.
MATERIALIZATIONS = _TEXTS / "materializations.sql"
# Git keeps no empty folder.
_FOLDERS = ("raw", "warehouse", "models")


def make_project(folder: Path) -> None:
    """Write the files of a new project.

    Parameters
    ----------
    folder : Path
        Absolute; made when it is not there.

    Raises
    ------
    LinksignalError
        One of the files is there already, and nothing is written then; or
        The system refuses.
    """
    try:
        _write(folder)
    except OSError as error:
        raise LinksignalError(
            f"no project can be made in {folder}: {error.strerror}"
        ) from error


def _write(folder: Path) -> None:
    texts = dict(_texts())
    names = (*texts, "dbt_packages")
    taken = [name for name in names if is_taken(folder / name)]
    if taken:
        raise LinksignalError(
            f"{folder} has {taken[0]} already, which is not overwritten: name "
            "another folder"
        )
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # Exclusive: another may write here meanwhile.
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    link_package(Project(folder))


def _texts() -> Iterator[tuple[str, str]]:
    package = json.dumps(str(PROJECT_DIR), ensure_ascii=False)
    project = (_TEXTS / "dbt_project.yml").read_text("utf-8")
    yield "dbt_project.yml", project + _settings()
    packages = (_TEXTS / "packages.yml").read_text("utf-8")
    yield "packages.yml", packages.replace("PACKAGE", package)
    yield "profiles.yml", (PROJECT_DIR / "profiles.yml").read_text("utf-8")
    macros = MATERIALIZATIONS.read_text("utf-8")
    yield "macros/materializations.sql", macros
    yield "README.md", (_TEXTS / "README.md").read_text("utf-8")
    yield ".gitignore", (_TEXTS / "gitignore").read_text("utf-8")
    for name in _FOLDERS:
        yield f"{name}/.gitkeep", ""


def _settings() -> str:
    """Every setting with its default and comment, each commented out."""
    text = (PROJECT_DIR / "dbt_project.yml").read_text("utf-8")
    block = text.split("\nvars:\n")[1].split("\n\n")[0]
    lines = [
        line.strip() if line.startswith("  #") else f"# {line[2:]}"
        for line in block.splitlines()
        if not line.startswith("  raw_dir:")
    ]
    return "".join(f"    {line}\n" for line in lines)
