"""Platforms: resolve the spellings of AI platforms and model names.

Names are compared by their letters and digits alone. The spellings stand in
the lookup of platforms, the models that a platform answers with in
``model_names.csv``, as patterns over what is left of a name.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from linksignal.load.engine import lookup
from linksignal.lookups import lookup_rows
from linksignal.project import IS_INSTALLED, PROJECT_DIR
from linksignal.sql import literal

MODELS_FILE = Path(__file__).parent / "model_names.csv"


def folded_name(text: str) -> str:
    """Return a name as it is compared: letters and digits, in lower case.

    A plus at its end is told apart: it is the name of a better version.
    """
    return "".join(filter(str.isalnum, re.sub(r"[+]$", "plus", text.lower())))


def platform_of(text: str) -> str | None:
    """Return the key of the platform that a name stands for, if any.

    Examples
    --------
    >>> platform_of("ChatGPT (search)"), platform_of("gpt-5.2")
    ('chatgpt_search', 'chatgpt')
    """
    name = folded_name(text)
    for pattern, platform in _models().items():
        if re.fullmatch(pattern, name):
            return platform
    return _spellings().get(name)


def platform_names() -> list[str]:
    """Return the keys of all platforms, in their order."""
    return [row["platform"] for row in lookup_rows("platforms")]


def platforms_told() -> str:
    """Say which platforms there are, and how there can be more."""
    place = (
        "a clone of linksignal, in place of the installed package"
        if IS_INSTALLED
        else str(PROJECT_DIR)
    )
    return (
        f"the platforms are {', '.join(platform_names())}; a further one, or "
        "another spelling, is a line of seeds/lookups/platforms.csv in "
        f"{place}"
    )


def platform_value(form: str, own: Mapping[str, str]) -> str:
    """Return SQL for the platform of a text, NULL where it is unknown.

    Parameters
    ----------
    form : str
        SQL of the text.
    own : mapping of str to str
        Platform by words of the format, in lower case, which come first.
    """
    models = " ".join(
        f"when regexp_full_match(name, {literal(pattern)}) "
        f"then {literal(platform)}"
        for pattern, platform in _models().items()
    )
    known = f"coalesce({lookup(_spellings())}[name], case {models} end)"
    # Folded once: every copy of the macro would prepare its patterns anew.
    value = f"list_transform([folded_name({form})], lambda name: {known})[1]"
    choices = [f"{lookup(own)}[lower({form})]"] if own else []
    return f"coalesce({', '.join([*choices, value])})"


@cache
def _spellings() -> dict[str, str]:
    return {
        folded_name(spelling): row["platform"]
        for row in lookup_rows("platforms")
        for spelling in [
            row["platform"],
            row["label"],
            *row["spellings"].split("|"),
        ]
    }


@cache
def _models() -> dict[str, str]:
    with MODELS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["pattern"]: row["platform"] for row in csv.DictReader(file)}
