"""Which dbt project a command works in, and where its data lie.

The models, macros and seeds of linksignal are a dbt project: the checkout, or
what the wheel carries (`PROJECT_DIR`). A project of one's own
uses them as a package; ``linksignal init`` makes one.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from linksignal.errors import LinksignalError

NAME = "linksignal"
_HERE = Path(__file__).resolve()
# A wheel carries the dbt project; a checkout is one.
_BUNDLED = _HERE.with_name("dbt")
IS_INSTALLED = _BUNDLED.is_dir()
PROJECT_DIR = _BUNDLED if IS_INSTALLED else _HERE.parents[2]
# Schemas of a build that readers are meant to see.
PUBLIC_SCHEMAS = ("findings", "quality", "lookups")
# The bundled sample, in whichever project it is named.
SAMPLE = "seeds/sample"
_FILE = "dbt_project.yml"
# Threads of DuckDB, and what stands for them and for fewer at small studies.
THREADS = 2
AUTO = "auto"


# dbt renders profiles.yml before it reads it: the form of the templates there.
_DECLARED = re.compile(r"""(\w+): "\{\{ env_var\('(\w+)', '([^']*)'\) \}\}\"""")


def parse_yaml(text: str) -> Any:
    """Read YAML by the C library, where it is: in a tenth of the time.

    Parameters
    ----------
    text : str
        Of plain values: it makes no objects.

    Returns
    -------
    object
        What it says.

    Raises
    ------
    yaml.YAMLError
        It is not YAML, or has a date that no calendar has.
    """
    import yaml

    try:
        return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except ValueError as error:
        # YAML makes a date of 2026-02-30 where it is not in quotes.
        raise yaml.YAMLError(
            f"a date without quotes is no day of the calendar ({error}); put "
            "quotes around it, and check it"
        ) from error


@dataclass(frozen=True)
class Setting:
    """A setting of the engine.

    Attributes
    ----------
    variable : str
        Environment variable that sets it.
    default : str
        What it is without that variable.
    """

    variable: str
    default: str

    @property
    def value(self) -> str:
        """What it is in this process."""
        return os.environ.get(self.variable, self.default)


@cache
def engine_settings() -> dict[str, Setting]:
    """Read which settings the embedded profile takes from the environment.

    Returns
    -------
    dict
        By the names of the profile: ``path``, ``memory_limit``, ``threads``,
        ``max_temp_directory_size``.
    """
    text = (PROJECT_DIR / "profiles.yml").read_text(encoding="utf-8")
    return {
        name: Setting(variable, default)
        for name, variable, default in _DECLARED.findall(text)
    }


@dataclass(frozen=True)
class Project:
    """A dbt project that is linksignal or uses it.

    Attributes
    ----------
    folder : Path
        Where its ``dbt_project.yml`` lies, absolute.
    """

    folder: Path

    @property
    def file(self) -> Path:
        """Its ``dbt_project.yml``."""
        return self.folder / _FILE

    def settings(self) -> dict[str, Any]:
        """Vars that the project sets for linksignal.

        Returns
        -------
        dict
            Value by name, as dbt scopes them: those under ``linksignal:`` go
            before those of the whole project.
        """
        declared = self.declared().get("vars") or {}
        own = declared.get(NAME)
        if not isinstance(own, dict):
            own = {}
        return {
            name: value
            for name, value in {**declared, **own}.items()
            if not isinstance(value, dict)
        }

    @property
    def is_ours(self) -> bool:
        """Whether the profile is linksignal's, not that of a host project."""
        return self.declared().get("profile") == NAME

    @property
    def uses_installed(self) -> bool:
        """Whether it was made to use the models that are installed."""
        return self.is_ours and self.declared().get("name") != NAME

    @property
    def database(self) -> Path:
        """The database file that ``dbt build`` writes."""
        return (self.folder / engine_settings()["path"].value).resolve()

    @property
    def raw_dir(self) -> Path | None:
        """Raw directory that the project names; None for the sample."""
        named = self.settings().get("raw_dir")
        if not isinstance(named, str) or named in ("", SAMPLE):
            return None
        return self.folder / named

    @property
    def is_there(self) -> bool:
        """Whether its folder has a ``dbt_project.yml``."""
        return self.file.is_file()

    def declared(self) -> dict[str, Any]:
        """What its ``dbt_project.yml`` says.

        Raises
        ------
        LinksignalError
            It cannot be read, or is not one.
        """
        import yaml

        path = self.file
        try:
            declared = parse_yaml(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            reason = " ".join(str(error).split())
            raise LinksignalError(f"{path} cannot be read: {reason}") from error
        if not isinstance(declared, dict):
            raise LinksignalError(f"{path} is no dbt project: it names nothing")
        return declared


def find_project(named: Path | None = None) -> Project:
    """Find the project that a command is to work in.

    Parameters
    ----------
    named : Path, optional
        What ``--project-dir`` says; default: ``DBT_PROJECT_DIR``, else the
        working directory when it has a ``dbt_project.yml``, else the checkout
        that this program runs from.

    Returns
    -------
    Project

    Raises
    ------
    LinksignalError
        There is none.
    """
    if named is None and (variable := os.environ.get("DBT_PROJECT_DIR")):
        named = Path(variable)
    if named is not None:
        if not (named / _FILE).is_file():
            raise LinksignalError(
                f"{named} is no dbt project, as it has no {_FILE}: make one "
                "with linksignal init DIR"
            )
        return Project(named.resolve())
    if Path(_FILE).is_file():
        return Project(Path.cwd())
    if IS_INSTALLED:
        raise LinksignalError(
            f"{Path.cwd()} is no dbt project, as it has no {_FILE}: go to one, "
            "name it with --project-dir, or make one with linksignal init DIR"
        )
    return Project(PROJECT_DIR)


def default_database(project_dir: Path | None = None) -> Path:
    """Path of the database file that ``dbt build`` writes.

    Parameters
    ----------
    project_dir : Path, optional
        See `find_project`.

    Returns
    -------
    Path

    Raises
    ------
    LinksignalError
        There is no project, and ``LINKSIGNAL_DATABASE`` is not absolute.
    """
    named = Path(os.environ.get("LINKSIGNAL_DATABASE", ""))
    return named if named.is_absolute() else find_project(project_dir).database


def profiles_dir(project: Path) -> Path:
    """Folder whose ``profiles.yml`` dbt takes in a project's folder.

    That of the environment, else the project's own, else that of the user.
    """
    if named := os.environ.get("DBT_PROFILES_DIR"):
        return project / named
    of_user = Path.home() / ".dbt"
    has_own = (project / "profiles.yml").is_file()
    return project if has_own or not of_user.is_dir() else of_user


def read_mapping(text: str) -> dict[str, Any]:
    """Read the settings that a user gives with ``--vars``.

    Parameters
    ----------
    text : str
        YAML: names and values.

    Raises
    ------
    LinksignalError
        It is not that.
    """
    import yaml

    try:
        variables = parse_yaml(text)
    except yaml.YAMLError as error:
        if isinstance(error.__cause__, ValueError):
            raise LinksignalError(f"--vars {text}: {error}") from error
        raise LinksignalError(f"--vars is not YAML: {text}") from error
    if not isinstance(variables, dict):
        raise LinksignalError(
            f"--vars must be names and values, like '{{seed: 1}}': {text}"
        )
    return variables


def raw_folder(raw: Path | None, project_dir: Path | None) -> Path:
    """Return the raw directory that a command is to work in.

    Parameters
    ----------
    raw : Path or None
        What the user named; None stands for that of the project.
    project_dir : Path or None
        See `find_project`.

    Returns
    -------
    Path
        Absolute.

    Raises
    ------
    LinksignalError
        None is named, the project builds from the bundled sample, or its name
        could be misread (see `linksignal.paths.plain_folder`).
    """
    from linksignal.paths import plain_folder

    if raw is not None:
        return plain_folder(raw, "--raw")
    project = find_project(project_dir)
    if project.raw_dir is None:
        raise LinksignalError(
            f"{project.folder} builds from the bundled sample: name the raw "
            "directory with --raw DIR"
        )
    return plain_folder(project.raw_dir, "raw_dir")


def link_package(project: Project) -> None:
    """Let dbt find linksignal's models, as ``dbt deps`` does it.

    Parameters
    ----------
    project : Project
        One that ``linksignal init`` made; nothing happens to any other. A link
        that leads to another installation is replaced; a folder stays.
    """
    link = project.folder / "dbt_packages" / NAME
    if not project.uses_installed or link.resolve() == PROJECT_DIR:
        return
    if link.is_symlink():
        link.unlink()
    elif link.exists():
        return
    link.parent.mkdir(exist_ok=True)
    link.symlink_to(PROJECT_DIR, target_is_directory=True)
