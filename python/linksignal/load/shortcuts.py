"""Shortcuts: columns of a CSV file that are read as more than their text."""

from __future__ import annotations

from linksignal.load.recognise import Recognised
from linksignal.load.rules import RULES


def site_columns(file: Recognised) -> frozenset[str]:
    """Return the columns of addresses whose sites are cut off on reading.

    It costs as much as all else that is done to an address, and is needed
    twice. Other addresses are put together first.
    """
    if file.header.container != "csv" or file.entry.lists:
        return frozenset()
    found = [
        file.spelled(field.sources)
        for field in file.entry.fields
        if RULES[field.rule].needs_host
        and field.default is None
        and not field.settings.get("host_first")
    ]
    return frozenset(
        names[0]
        for names in found
        if len(names) == 1 and not file.entry.null_tokens
    )


def boolean_columns(file: Recognised) -> frozenset[str]:
    """Return the columns that the engine may try to read as truth values.

    What it takes for one is one by our rule as well, and it reads them many
    times faster than texts. Where it meets other words, texts are read.
    """
    entry = file.entry
    if file.header.container != "csv" or entry.lists or entry.null_tokens:
        return frozenset()
    readers: dict[str, list[str]] = {}
    for field in entry.fields:
        is_plain = len(field.sources) == 1 and field.default is None
        for name in file.spelled(field.sources):
            readers.setdefault(name, []).append(field.rule if is_plain else "")
    others = set(file.spelled(entry.only))
    others |= set(file.spelled(f.within for f in entry.fields if f.within))
    return frozenset(
        name
        for name, rules in readers.items()
        if set(rules) == {"boolean"} and name not in others
    )
