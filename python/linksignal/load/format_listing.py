"""Texts that list the exports that can be read, and how to get them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from linksignal.errors import LinksignalError
from linksignal.load.field import Field, list_of
from linksignal.load.format_file import Format, read_formats

WIDTH = 100
_CONTAINERS = {
    "csv": "CSV",
    "json": "a JSON document",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def formats_listed() -> str:
    """List the formats, a paragraph each."""
    return "\n".join(_listed(list(read_formats().values())))


def format_shown(name: str) -> str:
    """Show one format: how to get it, and what its columns become.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no format of that name.
    """
    formats = read_formats()
    if name not in formats:
        raise LinksignalError(
            f"there is no format {name!r}; the formats are {', '.join(formats)}"
        )
    return "\n".join(_shown(formats[name]))


def _listed(formats: list[Format]) -> Iterator[str]:
    name_width = max(len(each.name) for each in formats) + 2
    tool_width = max(len(each.source) for each in formats) + 2
    indent = " " * (name_width + tool_width)
    for each in formats:
        head = each.name.ljust(name_width) + each.source.ljust(tool_width)
        summary = each.description.split(". ")[0].strip().rstrip(".")
        text = f"{summary} → {', '.join(each.tables)}"
        yield from textwrap.wrap(
            text, WIDTH, initial_indent=head, subsequent_indent=indent
        )
    yield ""
    yield "linksignal formats NAME shows one: how to get it, what it becomes."


def _shown(entry: Format) -> Iterator[str]:
    yield f"{entry.name} ({entry.source})"
    yield from _paragraph(entry.description)
    yield ""
    yield "How to get it"
    yield from _paragraph(entry.how)
    yield ""
    yield "What it comes as"
    yield from _paragraph(_containers(entry))
    yield ""
    yield "What its columns become (* = the file must have it)"
    yield from _columns(entry)
    if entry.ignored:
        yield ""
        yield "Known and not used"
        yield from _paragraph(", ".join(entry.ignored))


def _paragraph(text: str) -> list[str]:
    return textwrap.wrap(
        text, WIDTH, initial_indent="  ", subsequent_indent="  "
    )


def _containers(entry: Format) -> str:
    texts = []
    for container in entry.containers:
        text = _CONTAINERS[container]
        if container == "csv":
            text += f" with {_either(_DELIMITERS[d] for d in entry.delimiters)}"
            text += f" in {_either(e.upper() for e in entry.encodings)}"
        if container == "json":
            text += f" with its records at {_either(entry.items)}"
        texts.append(text)
    return f"{_either(texts)}; CSV and JSON may be gzipped."


def _either(texts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    *first, last = texts
    return f"{', '.join(first)} or {last}" if first else last


def _columns(entry: Format) -> Iterator[str]:
    needed = set(entry.missing_from(frozenset()))
    becomes: dict[str, dict[str, None]] = {}
    for field in entry.fields:
        if field.sources or field.value is not None:
            names = {" or ".join(field.sources), *map(list_of, field.sources)}
            mark = " " if needed.isdisjoint(names) else "*"
            column = f"{field.key} ({field.rule})"
            becomes.setdefault(f"{mark} {_source(field)}", {})[
                column if field.sources else field.key
            ] = None
    width = min(40, max(map(len, becomes)) + 2)
    for source, columns in becomes.items():
        lines = textwrap.wrap(", ".join(columns), WIDTH - width)
        heads = textwrap.wrap(source, width - 2, subsequent_indent="    ")
        heads[0] = source[:2] + heads[0].lstrip("* ")
        for number in range(max(len(lines), len(heads))):
            head = heads[number] if number < len(heads) else ""
            line = lines[number] if number < len(lines) else ""
            yield f"{head.ljust(width)}{line}".rstrip()


def _source(field: Field) -> str:
    if not field.sources:
        return f"always {field.value}"
    separator = (
        " and " if field.rule in ("digest", "difference", "none_of") else " or "
    )
    separator = " and " if "join" in field.settings else separator
    return separator.join(field.sources)
