"""The smallest file of a format that loads, made from what the format says.

`linksignal formats NAME` marks what a file must have by this file, and prints
it: what the page calls needed is what the loader needs.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from linksignal.load.format_file import (
    ANYWHERE,
    DEEP,
    ELEMENT,
    EVERY_ROW,
    Field,
    Format,
    alternatives,
    folded,
    list_of,
)
from linksignal.load.json_items import OUTER

# A value that a rule can read. Of several rules on one column the first here
# is the strictest.
_VALUES = {
    "url": "https://www.example.com/page",
    "domain": "example.com",
    "platform": "ChatGPT",
    "choice": "",
    "scale": "0-100",
    "boolean": "true",
    "none_of": "false",
    "holds": "",
    "dated": "2026-01-30",
    "date": "2026-01-30",
    "timestamp": "2026-01-30T10:00:00Z",
    "unix_timestamp": "1769767200",
    "common_crawl_release": "cc-main-2025-jan",
    "position": "1",
    "count": "10",
    "difference": "10",
    "score": "50",
    "number": "50",
    "country": "us",
    "language": "en",
    "source": "own",
    "identifier": "a1",
    "list": "Acme",
    "name": "Acme",
    "text": "Which drill is best?",
    "digest": "Which drill is best?",
}
_OTHER_VALUES = {"share_of_voice": "0.25"}


@dataclass(frozen=True)
class Example:
    """The smallest file of a format that loads.

    Attributes
    ----------
    entry : Format
        The format.
    columns : dict of str to str
        Value by column, for those without which nothing loads.
    options : dict of str to str
        Value by option of ``linksignal load`` that stands for a column.
    """

    entry: Format
    columns: dict[str, str] = field(default_factory=dict)
    options: dict[str, str] = field(default_factory=dict)

    def needs(self, used: Field) -> bool:
        """Tell whether the file must have what a field is read from.

        What identifies a record is made of whatever of it is there.
        """
        if used.rule == "digest" and len(used.sources) > 1:
            return False
        is_given = used.settings.get("option") in self.options
        return is_given or not self.columns.keys().isdisjoint(used.sources)

    @property
    def container(self) -> str:
        """What the file is: the first of the format's that is text."""
        return next(c for c in self.entry.containers if c != "parquet")

    @property
    def file_name(self) -> str:
        """A name for the file."""
        return f"{self.entry.name}.{self.container}"

    @cached_property
    def text(self) -> str:
        """What stands in the file."""
        if self.container == "csv":
            return self._csv()
        record, around = self._record(), self._around()
        if self.container == "jsonl":
            return json.dumps(record) + "\n"
        path = self.entry.items[0]
        path = ELEMENT if path == ANYWHERE else path
        return json.dumps(_wrapped(path, record, around)) + "\n"

    def _csv(self) -> str:
        text = io.StringIO()
        writer = csv.writer(
            text, delimiter=self.entry.delimiters[0], lineterminator="\n"
        )
        record = self._record()
        writer.writerow(record)
        writer.writerow(
            json.dumps(value) if isinstance(value, list) else value
            for value in record.values()
        )
        return text.getvalue()

    def _record(self) -> dict[str, Any]:
        record: dict[str, Any] = {}
        for name, value in self.columns.items():
            if not name.startswith(f"{OUTER}.") and list_of(name) is None:
                self._put(record, name, value)
        for each in self.entry.lists:
            if each.name in self.columns:
                self._put(record, each.name, self._elements(each.name))
        return record

    def _put(self, record: dict[str, Any], name: str, value: Any) -> None:
        if self.container == "csv":
            record[name] = value
            return
        # Of several keys the last stands beside the record.
        within, *keys = alternatives(name)[-1].split(DEEP)
        for key in reversed(keys):
            value = [{key: value}]
        *objects, last = within.split(".")
        for each in objects:
            record = record.setdefault(each, {})
        record[last] = value

    def _elements(self, name: str) -> Any:
        """Return a list of one element."""
        element: dict[str, Any] = {}
        for column, value in self.columns.items():
            if list_of(column) != name:
                continue
            key = column.partition(ELEMENT)[2]
            if key == "":
                split = any(e.split for e in self.entry.lists if e.name == name)
                return value if split else [value]
            if key.startswith("."):
                _put_in(element, key[1:].split("."), value)
        return [element]

    def _around(self) -> dict[str, Any]:
        around: dict[str, Any] = {}
        for name, value in self.columns.items():
            if name.startswith(f"{OUTER}."):
                _put_in(around, name.split(".")[1:], value)
        return around


def _put_in(value: dict[str, Any], keys: list[str], text: str) -> None:
    for key in keys[:-1]:
        value = value.setdefault(key, {})
    value[keys[-1]] = text


def _wrapped(path: str, record: dict[str, Any], around: dict[str, Any]) -> Any:
    """Return a document with a record at a path."""
    steps = path.replace(ELEMENT, f".{ELEMENT}").strip(".").split(".")
    value: Any = record
    for step in reversed(steps):
        if step == ELEMENT:
            value = [value]
        elif step:
            value = {**around, step: value}
            around = {}
    return value


def example_of(entry: Format) -> Example:
    """Return the smallest file of a format that loads.

    Parameters
    ----------
    entry : Format
        The format.

    Returns
    -------
    Example
    """
    made = Example(entry)
    wanted = dict.fromkeys(_needed(entry))
    made.options.update(_options(entry, wanted))
    for name in wanted:
        made.columns[name] = _value(entry, name)
    return made


def _needed(entry: Format) -> Iterator[str]:
    """Yield columns without one of which nothing loads."""
    lists = _needed_lists(entry)
    own = [used for used in entry.fields if used.part in ("", EVERY_ROW)]
    needed = [name for used in own for name in _needed_of(used, entry)]
    if "csv" not in entry.containers:
        # In CSV the column may be left out.
        needed += entry.only
    needed += [names[0] for names in entry.skip_empty.values()]
    for used in own:
        if used.rule == "digest" and set(needed).isdisjoint(used.sources):
            needed.append(used.sources[0])
    # What holds another of them is there with it.
    yield from (
        name
        for name in needed
        if not any(other.startswith(name + DEEP) for other in needed)
    )
    found = {folded(name) for name in (*needed, *lists)}
    if entry.requires and found.isdisjoint(map(folded, entry.requires)):
        names = {each.name for each in entry.lists}
        # Of a list more would have to be there: an element.
        told = min(entry.requires, key=names.__contains__)
        yield told
        lists += [told] if told in names else []
    yield from lists
    for used in entry.fields:
        if used.part in lists:
            yield from _needed_of(used, entry)
    if set(entry.own_tables) <= set(entry.only_with) and entry.own_tables:
        table = entry.own_tables[0]
        yield entry.fields_of(table)[entry.only_with[table]].sources[0]


def _needed_lists(entry: Format) -> list[str]:
    """Lists that a file must have; one where records land by them alone."""
    needed = [each.name for each in entry.lists if not each.optional]
    if not entry.own_tables and not needed and entry.lists:
        needed = [entry.lists[0].name]
    return needed


def _needed_of(used: Field, entry: Format) -> Iterator[str]:
    """Yield the columns of a field that a record must have."""
    is_filled = used.default is not None or "option" in used.settings
    is_kept = used.missing is None or is_filled
    # The header tells nothing of what is in lists.
    is_in_list = used.part not in ("", EVERY_ROW)
    if (used.optional or is_in_list) and is_kept:
        return
    if used.rule == "digest":
        return
    if used.column == entry.only_with.get(used.table) and used.optional:
        return
    if used.rule in ("difference", "none_of"):
        yield from used.sources
    else:
        yield from used.sources[:1]


def _options(entry: Format, wanted: dict[str, None]) -> dict[str, str]:
    """Return the options that say what no column of the file does."""
    return {
        used.settings["option"]: _option_value(used)
        for used in entry.fields
        if "option" in used.settings
        and used.missing is not None
        and wanted.keys().isdisjoint(used.sources)
    }


def _option_value(used: Field) -> str:
    patterns = used.settings.get("patterns")
    if patterns:
        return str(list(patterns.values())[-1])
    return _VALUES[used.settings["option"]]


def _value(entry: Format, name: str) -> str:
    """Return a value that everything that reads a column can read."""
    if name in entry.only:
        return entry.only[name][0]
    readers = [used for used in entry.fields if name in used.sources]
    if not readers:
        return "1"
    order = list(_VALUES)
    used = min(readers, key=lambda each: order.index(each.rule))
    choices = used.settings.get("choices")
    if choices:
        joint = used.settings.get("join", "\n")
        return str(min(choices, key=lambda each: joint in each))
    if used.rule == "holds":
        return str(used.settings["words"][0])
    if used.settings.get("host_first"):
        return "com.example"
    return _OTHER_VALUES.get(used.column, _VALUES[used.rule])
