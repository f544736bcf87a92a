"""Text and names as they stand in SQL."""

from __future__ import annotations

from collections.abc import Mapping


def literal(value: str | float | None) -> str:
    """Return a value as an SQL literal; None is NULL."""
    if value is None:
        return "NULL"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return repr(value)


def identifier(name: str) -> str:
    """Return a name as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def file_column(name: str) -> str:
    """Return the name under which the engine knows a column of a file.

    The prefix keeps it apart from the engine's own columns.
    """
    return identifier(f"file:{name}")


def site_column(name: str) -> str:
    """Return the name of the sites in a column of addresses."""
    return identifier(f"site:{name}")


def lookup(choices: Mapping[str, str]) -> str:
    """Return a dictionary as an SQL map literal."""
    pairs = ", ".join(
        f"{literal(key)}: {literal(value)}" for key, value in choices.items()
    )
    return f"MAP {{{pairs}}}"
