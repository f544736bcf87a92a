"""Folders that users name on the command line."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

from linksignal.errors import LinksignalError

# What the var raw_dir and a path in profiles.yml can carry unharmed.
_UNSAFE = re.compile(r"""['"\\*?\[\]{};:\x00-\x1f]""")


def pasted(path: Path | str) -> str:
    """Write a path as one word of a command that can be pasted to a shell."""
    return shlex.quote(str(path))


def pasted_vars(**variables: str) -> str:
    """Write settings as the word that ``dbt build --vars`` takes.

    JSON is YAML, and quotes what YAML would take for something else.
    """
    return shlex.quote(json.dumps(variables, ensure_ascii=False))


def plain_folder(path: Path, option: str) -> Path:
    """Refuse a folder whose name dbt or SQL could read as something else.

    Parameters
    ----------
    path : Path
        What the user gave.
    option : str
        The option it was given with.

    Returns
    -------
    Path
        The folder, absolute.

    Raises
    ------
    LinksignalError
        Exit code 2 when the name, made absolute, holds a quote, a wildcard or
        the like, a character that cannot be printed, or a space at its end.
    """
    folder = path.resolve()
    name = str(folder)
    if (
        path == Path()
        or _UNSAFE.search(name)
        # YAML reads no others, and dbt trims what it reads.
        or not name.isprintable()
        or name != name.strip()
    ):
        raise LinksignalError(
            f"{option} {str(path)!r} cannot be used: name a folder, without "
            "quotes, without any of * ? [ ] { } ; : and backslash, and with "
            "no space at its end"
        )
    return folder
