"""The form of a format file: as a JSON schema, and checked by that schema.

``linksignal formats --schema`` prints it for editors. A format file is checked
against the very same object, so an editor and the loader agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from linksignal.load.raw_columns import (
    EVERY_ROW_COLUMNS,
    NEARBY,
    fed_columns,
    fed_tables,
    reading_of,
)
from linksignal.load.rules import RULES, WITH_SEARCH
from linksignal.load.streams import UTF8, UTF16
from linksignal.text import meant

CONTAINERS = ("csv", "json", "jsonl", "parquet")
ENCODINGS = (UTF8, UTF16)
_DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_FLAG: Schema = {"type": "boolean"}
_NUMBER: Schema = {"type": "number"}
_CODE: Schema = {"type": "string", "pattern": "^[a-z][a-z_]*$"}
_PATH: Schema = {
    "type": "string",
    "pattern": r"^(\.\.|(\[\]|[^.\[\]]+)?(\[\]|\.[^.\[\]]+)*)$",
}


def _told(schema: Schema, description: str) -> Schema:
    return {**schema, "description": description}


def _object(properties: Schema, *required: str) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
        **({"required": list(required)} if required else {}),
    }


def _by_name(value: Schema, least: int = 0) -> Schema:
    return {
        "type": "object",
        "additionalProperties": value,
        **({"minProperties": least} if least else {}),
    }


def _one_of(values: Any) -> Schema:
    return {"type": "string", "enum": list(values)}


_FROM = _told(
    {"type": ["string", "array"], "items": _TEXT, "minItems": 1},
    "Column of the file, or several of which the first with a value counts. "
    "In JSON a key, or key.key of objects in each other; key..name is every "
    "text of that name in it, and what lists of that name hold; a|b is the "
    "first key that has a value. Within a list: . is the element, .key a value "
    "in it, # its place from 1.",
)
_NEARBY = _told(
    _FLAG,
    "Read in JSON what stands beside the record or around it under a usual "
    "key, such as prompt or timestamp, where the columns have no value.",
)
# What the rules take beside a text.
_SETTINGS: dict[str, Schema] = {
    "min": _told(_NUMBER, "Lowest value."),
    "max": _told(_NUMBER, "Highest value."),
    "negated": _told(_FLAG, "Turn true and false round."),
    "words": _told(_TEXTS, "True where one of these words is in the list."),
    "file_name": _told(_TEXT, "Pattern of a date in the file's name."),
    "choices": _told(
        _by_name(_TEXT, 1), "What the file says (in lower case): what lands."
    ),
    "join": _told(_TEXT, "Put between the texts of several columns."),
    "option": _told(
        _one_of(["domain", "platform"]),
        "Option of linksignal load in place of a column that is not there.",
    ),
    "patterns": _told(
        _by_name(_TEXT, 1), "Regular expression: platform of what it matches."
    ),
    WITH_SEARCH: _told(
        {
            "type": ["array", "object"],
            "items": _TEXT,
            "additionalProperties": _TEXTS,
        },
        "Columns that say that the platform has searched the web; or lists, "
        "with the words of which one says so.",
    ),
    "unusable": _told(
        _one_of(["unknown"]), "What cannot be read is unknown, not rejected."
    ),
    "grain": _told(
        _one_of(["domain", "rank"]),
        "domain: skip subdomains and paths; rank: public suffixes too.",
    ),
    "host_first": _told(_FLAG, "Hosts are reversed: com.example.www."),
}


@cache
def format_schema() -> Schema:
    """Return the JSON schema of format files.

    Returns
    -------
    dict
        To be written as JSON; not to be changed.
    """
    tables: Schema = {"$ref": "#/$defs/tables"}
    list_of = _object(
        {
            "split": _told(_TEXT, "Separator, where it is no JSON array."),
            "optional": _told(_FLAG, "The file may lack the column."),
            "unless": _told(
                _TEXT,
                "Column that says the same: where it has a value, the list is "
                "not read.",
            ),
            "tables": _told(tables, "Raw tables that an element feeds."),
        },
        "tables",
    )
    texts_by_name = _by_name(_TEXTS)
    return {
        "$schema": _DIALECT,
        "title": "Format of exports that linksignal load reads",
        **_object(
            {
                "description": _told(_TEXT, "What a record is."),
                "how": _told(_TEXT, "How to get the export from its tool."),
                "source": _told(
                    {
                        "type": "string",
                        "pattern": r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,63}$",
                    },
                    "Name of the tool, of letters, digits, _, . and -.",
                ),
                "containers": _told(
                    _array(_one_of(CONTAINERS)),
                    "What the file may be (default: csv).",
                ),
                "encodings": _told(
                    _array(_one_of(ENCODINGS)), "Default: utf-8."
                ),
                "delimiters": _told(
                    _array({"type": "string", "pattern": '^[^"\\r\\n]$'}),
                    "Separators of CSV; comma, semicolon and tab always are.",
                ),
                "null_tokens": _told(_TEXTS, "Texts that mean unknown."),
                "items": _told(
                    _array(_PATH),
                    "Where the records of a JSON document stand: [] is an "
                    "array, results[] an array under that key, .. is wherever "
                    "the first of them are found.",
                ),
                "outer": _told(
                    _TEXTS,
                    "Keys of the objects around a record, read as outer.key.",
                ),
                "requires": _told(
                    _TEXTS, "The file must have one of these columns."
                ),
                "excludes": _told(
                    _TEXTS, "The file must have none of these columns."
                ),
                "only": _told(
                    texts_by_name,
                    "Values of a column without which a record is skipped.",
                ),
                "skip_empty": _told(
                    texts_by_name,
                    "Reason: columns without any of which a record is skipped.",
                ),
                "answer_text": _told(
                    _TEXTS,
                    "Columns of the answer's text, which does not land: the "
                    "study's brands found in it are mentions.",
                ),
                "tables": _told(tables, "Raw tables that a record feeds."),
                "lists": _told(
                    _by_name(list_of),
                    "Columns whose elements are rows of their own.",
                ),
                "every_row": _told(
                    _object(_every_row()), "Filled for the rows of each table."
                ),
                "only_with": _told(
                    _by_name(_TEXT),
                    "Table: column without which a record has no row there.",
                ),
                "same_but_for": _told(
                    _by_name(_TEXT),
                    "Table: column that tells no two of its rows apart.",
                ),
                "completeness": _told(
                    _completeness(), "Whether the file holds all links."
                ),
                "is_summed": _told(
                    _FLAG,
                    "Its records add up to the totals of one domain, which "
                    "--domain or the file's name says; distinct referring "
                    "domains are counted.",
                ),
                "is_exact": _told(
                    _FLAG, "Recognised only without columns it does not know."
                ),
                "ignored": _told(
                    _TEXTS, "Known columns that are not used; * is the rest."
                ),
            },
            "source",
        ),
        "$defs": {
            "from": _FROM,
            "tables": _object(
                {name: _object(_columns(name)) for name in fed_tables()}
            ),
        },
    }


def _array(items: Schema) -> Schema:
    return {"type": "array", "items": items, "minItems": 1}


def _completeness() -> Schema:
    return _object(
        {
            "about": _told(_TEXT, "Column with the domain asked for."),
            "expected": _told(_TEXT, "Column with all links the tool has."),
            "whole": _told(
                _by_name(_TEXTS), "Values of columns that leave nothing out."
            ),
            "parts": _told(
                _by_name(_TEXT), "Column that only this report of a part has."
            ),
            "never_all": _told(
                _by_name(_TEXT), "Column that is true throughout only there."
            ),
        }
    )


def _columns(table: str) -> Schema:
    return {name: _field(table, name) for name in fed_columns(table)}


def _every_row() -> Schema:
    return {name: _field("", name) for name in EVERY_ROW_COLUMNS}


def _field(table: str, column: str) -> Schema:
    rules = reading_of(table, column).rules
    settings = sorted({s for rule in rules for s in RULES[rule].settings})
    return _object(
        {
            "from": {"$ref": "#/$defs/from"},
            "value": _told(_TEXT, "The same in every record."),
            "parse": _told(
                _one_of(rules), f"How it is read (default: {rules[0]})."
            ),
            "optional": _told(_FLAG, "The file may lack the column."),
            "missing": _told(
                _CODE,
                "What a record without a value gets: reject, or the reason "
                "under which it is skipped.",
            ),
            "default": _told(_TEXT, "Used where a record has no value."),
            "within": _told(
                _TEXT, "The default holds only where this column has a value."
            ),
            "title": _told(
                _TEXT, "Column that names the domain behind a redirector."
            ),
            **({"nearby": _NEARBY} if column in (*NEARBY, "answer_id") else {}),
            **{name: _SETTINGS[name] for name in settings},
        }
    )


_TYPES = {
    "object": "keys and values, like name: value",
    "array": "a list, like [a, b]",
    "string": "a text",
    "boolean": "true or false",
    "number": "a number",
}


def problems_of(
    value: Any, path: str = "", schema: Schema | None = None
) -> Iterator[str]:
    """Yield what is wrong with what a format file says.

    Parameters
    ----------
    value : object
        What the file, or a part of it, says.
    path : str
        Keys that lead to the part, joined by dots.
    schema : dict, optional
        Schema of the part; default: that of a format file.

    Yields
    ------
    str
        One sentence a problem: where, what, and what to write instead.
    """
    schema = format_schema() if schema is None else schema
    if reference := schema.get("$ref"):
        schema = format_schema()["$defs"][reference.rpartition("/")[2]]
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    kind = _type_of(value)
    if kind not in kinds:
        yield _wrong_type(value, kind, kinds, path)
    elif kind == "object":
        yield from _problems_of_object(value, path, schema)
    elif kind == "array":
        yield from _problems_of_array(value, path, schema)
    elif kind == "string":
        yield from _problems_of_text(value, path, schema)


def _type_of(value: Any) -> str:
    for name, kind in (
        ("boolean", bool),
        ("number", int | float),
        ("string", str),
        ("array", list),
        ("object", dict),
    ):
        if isinstance(value, kind):
            return name
    return "nothing" if value is None else "a date"


def _wrong_type(value: Any, kind: str, kinds: list[str], path: str) -> str:
    place = path or "the file"
    wanted = " or ".join(_TYPES[each] for each in kinds)
    if value is None:
        return f"{place} says nothing; give it {wanted}"
    if "string" in kinds and kind not in ("object", "array"):
        # YAML takes no, 1 and 2026-01-31 for something other than text.
        text = str(value).lower() if kind == "boolean" else str(value)
        return f'{place} is read as {_a(kind)}; write it in quotes, "{text}"'
    return f"{place} is {_TYPES.get(kind, kind)}; give it {wanted}"


def _a(kind: str) -> str:
    return {"boolean": "true or false", "number": "a number"}.get(kind, kind)


def _problems_of_object(
    value: dict[Any, Any], path: str, schema: Schema
) -> Iterator[str]:
    properties: Mapping[str, Schema] = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{_at(path)}it lacks {key}; add it"
    if len(value) < schema.get("minProperties", 0):
        yield f"{path} is empty; add what it is about, or leave it out"
    for key, inner in value.items():
        place = f"{path}.{key}" if path else str(key)
        if not isinstance(key, str):
            yield (
                f"{place} has a key that is read as {_a(_type_of(key))}; write "
                f'it in quotes, "{str(key).lower()}"'
            )
        elif key in properties:
            yield from problems_of(inner, place, properties[key])
        elif others is False:
            yield _unknown_key(key, path, list(properties))
        else:
            yield from _problems_of_text(key, place, _TEXT)
            yield from problems_of(inner, place, others)


def _unknown_key(key: str, path: str, known: list[str]) -> str:
    return (
        f"{_at(path)}there is no key {key!r} here{meant(key, known)}; the keys "
        f"are {', '.join(known)}"
    )


def _at(path: str) -> str:
    return f"{path}: " if path else ""


def _problems_of_array(
    value: list[Any], path: str, schema: Schema
) -> Iterator[str]:
    if len(value) < schema.get("minItems", 0):
        yield f"{path} is an empty list; add to it, or leave it out"
    for number, item in enumerate(value, start=1):
        yield from problems_of(item, f"{path}[{number}]", schema["items"])


def _problems_of_text(value: str, path: str, schema: Schema) -> Iterator[str]:
    if not all(each.isprintable() or each in "\t\n" for each in value):
        yield f"{path} holds a character that cannot be printed; remove it"
    elif "enum" in schema and value not in schema["enum"]:
        yield (
            f"{path} cannot be {value!r}{meant(value, schema['enum'])}; it can "
            f"be {', '.join(schema['enum'])}"
        )
    elif "pattern" in schema and not re.search(schema["pattern"], value):
        told = schema.get("description", f"it must match {schema['pattern']}")
        yield f"{path} cannot be {value!r}: {told[:1].lower()}{told[1:]}"
