"""How each raw column is read: the parse rules it can have, and its own one.

A format file need not say how a column is read: `natural` fills in what it
leaves out. What a column does not list here follows from its type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linksignal.contract import needed_columns, raw_schemas
from linksignal.load.rules import SCALES

REJECT = "reject"
# Filled for every row of a file, whatever its table.
EVERY_ROW_COLUMNS = ("source", "as_of")
# Keys beside an answer, or in the objects around it, that say what the answer
# of an API does not.
NEARBY = {
    "prompt": (
        "prompt",
        "query",
        "question",
        "keyword",
        "user_prompt",
        "input",
        "messages",
        "contents",
    ),
    "prompt_id": ("prompt_id", "query_id", "question_id", "custom_id"),
    "answered_at": (
        "answered_at",
        "timestamp",
        "created_at",
        "datetime",
        "date",
    ),
    "country": ("country",),
}
# What the loader fills itself.
_OWN = ("load_id", "record_number")
_NOT_FED = ("loads", "rejected_records")


@dataclass(frozen=True)
class Reading:
    """How a raw column is read.

    Attributes
    ----------
    rules : tuple of str
        Parse rules that yield what the column holds; the first is its own.
    settings : mapping
        Settings of its own rule.
    missing : str or None
        Reason code under which a record without a value is skipped.
    default : str or None
        Text in the place of one that a record lacks.
    choices : tuple of str
        The only values it may hold; empty where it holds any.
    """

    rules: tuple[str, ...]
    settings: Mapping[str, Any] = field(default_factory=dict)
    missing: str | None = None
    default: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def own_settings(self) -> dict[str, Any]:
        """Settings of its own rule, as a format file would give them."""
        named = {"choices": {name: name for name in self.choices}}
        is_choice = self.rules[0] == "choice"
        return {**self.settings, **(named if is_choice else {})}


_BY_TYPE = {
    "string": Reading(("text", "name", "identifier", "choice")),
    "list<item: string>": Reading(("list",)),
    "int64": Reading(("count", "position", "difference")),
    "double": Reading(("number",)),
    "bool": Reading(("boolean", "dated", "holds", "none_of")),
    "date32[day]": Reading(("date", "common_crawl_release")),
    "timestamp[us]": Reading(("timestamp", "unix_timestamp")),
}
_DOMAIN = Reading(("domain",))
_DOMAIN_ITSELF = Reading(("domain",), {"grain": "domain"})
_PAGE = Reading(("url",))
_BY_NAME = {
    "answer_id": Reading(("identifier", "digest")),
    "brand": Reading(("name",), missing="no_name"),
    "country": Reading(("country",), {"unusable": "unknown"}),
    "domain": _DOMAIN_ITSELF,
    "ai_references.domain": Reading(
        ("domain",), {"unusable": "unknown"}, missing="no_source"
    ),
    "kind": Reading(
        ("choice",),
        default="citation",
        choices=("citation", "mention", "retrieval"),
    ),
    "language": Reading(("language",)),
    "link_kind": Reading(
        ("choice",), choices=("anchor", "redirect", "canonical", "other")
    ),
    "owner": Reading(("identifier", "name", "text")),
    "category": Reading(("identifier", "name", "text")),
    "platform": Reading(("platform", "choice")),
    "position": Reading(("position", "count")),
    "prompt_id": Reading(("identifier",)),
    # A domain where the records are the referring domains.
    "referring_domains": Reading(("count", "domain")),
    "scale": Reading(("scale", "choice"), choices=SCALES),
    "score": Reading(("score", "number")),
    "share_of_voice": Reading(("number",), {"min": 0, "max": 1}),
    "source": Reading(("source",)),
    "source_domain": _DOMAIN,
    "source_page_scale": Reading(
        ("scale", "choice"), choices=("0-100", "0-1000")
    ),
    "source_url": _PAGE,
    "target_domain": _DOMAIN,
    "target_url": _PAGE,
    "url": Reading(("url",), {"unusable": "unknown"}),
}


def fed_tables() -> list[str]:
    """Raw tables that formats feed."""
    return [name for name in raw_schemas() if name not in _NOT_FED]


def fed_columns(table: str) -> list[str]:
    """Columns of a raw table that a format fills, but for every row's."""
    names = raw_schemas()[table].names
    return [n for n in names if n not in (*_OWN, *EVERY_ROW_COLUMNS)]


def needed(table: str) -> list[str]:
    """Columns of `fed_columns` that every row of a table has."""
    return [n for n in needed_columns(table) if n in fed_columns(table)]


def reading_of(table: str, column: str) -> Reading:
    """Return how a raw column is read.

    Parameters
    ----------
    table : str
        Raw table; empty for what every row has.
    column : str
        Its column.
    """
    named = _BY_NAME.get(f"{table}.{column}") or _BY_NAME.get(column)
    if named is not None:
        return named
    schema = raw_schemas()[table or "backlinks"]
    return _BY_TYPE[str(schema.field(column).type)]


def natural(table: str, column: str) -> dict[str, Any]:
    """Return how a raw column is read where a format file does not say.

    Returns
    -------
    dict
        ``parse`` with its settings, and ``default`` where there is one, as
        keys of a format file.
    """
    found = reading_of(table, column)
    entry: dict[str, Any] = {"parse": found.rules[0], **found.own_settings}
    return (
        entry if found.default is None else {**entry, "default": found.default}
    )
