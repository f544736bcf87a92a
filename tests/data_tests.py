"""What a data test checks, as dbt's manifest describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def rules_of(metadata: Mapping[str, Any]) -> tuple[str, ...]:
    """Name the rules of a test of the kind keeps_rules, its keys the last.

    Parameters
    ----------
    metadata : mapping
        The node's ``test_metadata``.

    Returns
    -------
    tuple of str
        Nothing for a test of another kind.
    """
    if metadata["name"] != "keeps_rules":
        return ()
    return (*metadata["kwargs"]["rules"], *metadata["kwargs"].get("key", ()))


def keys_of(metadata: Mapping[str, Any]) -> tuple[list[str], ...]:
    """Give the columns of each key that a test checks.

    Parameters
    ----------
    metadata : mapping
        The node's ``test_metadata``.

    Returns
    -------
    tuple of list of str
        Nothing for a test that checks no key.
    """
    if metadata["name"] == "unique_key":
        return (metadata["kwargs"]["columns"],)
    return tuple(metadata["kwargs"].get("key", {}).values())
