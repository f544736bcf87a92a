"""Folders that users name on the command line."""

from __future__ import annotations

import re
from pathlib import Path

from linksignal.errors import LinksignalError

# What the var raw_dir and a path in profiles.yml can carry unharmed.
_UNSAFE = re.compile(r"""['"\\*?\[\]{};:\x00-\x1f]""")


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
        the like.
    """
    folder = path.resolve()
    if path == Path() or _UNSAFE.search(str(folder)):
        raise LinksignalError(
            f"{option} {str(path)!r} cannot be used: name a folder, without "
            "quotes and without any of * ? [ ] { } ; : and backslash"
        )
    return folder
