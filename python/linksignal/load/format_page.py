"""What ``linksignal formats`` prints."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from linksignal.errors import LinksignalError
from linksignal.load.format_example import Example, example_of
from linksignal.load.format_file import (
    ANYWHERE,
    THE_REST,
    Field,
    Format,
    alternatives,
    list_of,
)
from linksignal.load.json_items import OUTER
from linksignal.load.own_formats import Formats
from linksignal.text import meant, printable, shown

WIDTH = 100
_CONTAINERS = {
    "csv": "CSV",
    "json": "a JSON document",
    "jsonl": "JSON lines",
    "parquet": "Parquet",
}
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}


def formats_listed(formats: Formats) -> str:
    """List the formats, a paragraph each, those of the user's last."""
    return "\n".join(_listed(formats))


def format_shown(formats: Formats, name: str) -> str:
    """Show one format: how to get it, and what its columns become.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no format of that name.
    """
    if name not in formats.by_name:
        raise LinksignalError(
            f"there is no format {shown(name)}"
            f"{meant(name, formats.by_name)}; the formats are "
            f"{', '.join(formats.by_name)}"
        )
    return "\n".join(_shown(formats.by_name[name]))


def _listed(found: Formats) -> Iterator[str]:
    formats = list(found.by_name.values())
    name_width = max(len(each.name) for each in formats) + 2
    tool_width = max(len(each.source) for each in formats) + 2
    indent = " " * (name_width + tool_width)
    for number, each in enumerate(formats):
        if each.file and not formats[number - 1].file:
            yield ""
            yield f"Your own, in {printable(str(found.folder))}:"
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
    example = example_of(entry)
    yield "What its columns become (* = the file must have it; of several, one)"
    yield from _columns(entry, example)
    yield from _conditions(entry)
    if entry.ignored:
        yield ""
        yield "Known and not used"
        names = ["all others" if n == THE_REST else n for n in entry.ignored]
        yield from _paragraph(", ".join(names))
    yield ""
    yield "The smallest file that loads"
    yield example.text.rstrip("\n")
    yield ""
    yield f"linksignal load {' '.join(_words(example))}"


def _words(example: Example) -> Iterator[str]:
    yield example.file_name
    for option, value in example.options.items():
        yield f"--{option} {value}"
    yield "--as-of 2026-01-31"


def _conditions(entry: Format) -> Iterator[str]:
    """Say what else tells a file of the format, and a record to read."""
    texts = []
    if entry.requires:
        texts.append(f"* It must have {_either(entry.requires)}.")
    if entry.excludes:
        texts.append(f"It must not have {_either(entry.excludes)}.")
    if entry.is_exact:
        texts.append("It must have no other column.")
    for column, values in entry.only.items():
        where = " (where there is one)" if "csv" in entry.containers else ""
        texts.append(
            f"Records are read whose {column}{where} is {_either(values)}."
        )
    for names in entry.skip_empty.values():
        keys = [key for name in names for key in alternatives(name)]
        texts.append(f"Records are read that have {_either(keys)}.")
    for text in texts:
        yield from textwrap.wrap(
            text, WIDTH, initial_indent="  ", subsequent_indent="    "
        )


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
            place = f"at {_either(entry.items)}"
            place = "anywhere in it" if ANYWHERE in entry.items else place
            text += f" with its records {place}"
        texts.append(text)
    return f"{_either(texts)}; CSV and JSON may be gzipped."


def _either(texts: Iterator[str] | list[str] | tuple[str, ...]) -> str:
    *first, last = texts
    return f"{', '.join(first)} or {last}" if first else last


def _columns(entry: Format, example: Example) -> Iterator[str]:
    becomes: dict[str, dict[str, None]] = {}
    for each in entry.fields:
        if each.sources or each.value is not None:
            mark = "*" if example.needs(each) else " "
            column = f"{each.key} ({each.rule})"
            becomes.setdefault(f"{mark} {_source(each)}", {})[
                column if each.sources else each.key
            ] = None
    width = min(48, max(map(len, becomes)) + 2)
    for source, columns in becomes.items():
        lines = textwrap.wrap(", ".join(columns), WIDTH - width)
        heads = textwrap.wrap(source, width - 2, subsequent_indent="    ")
        heads[0] = source[:2] + heads[0].lstrip("* ")
        for number in range(max(len(lines), len(heads))):
            head = heads[number] if number < len(heads) else ""
            line = lines[number] if number < len(lines) else ""
            yield f"{head.ljust(width)}{line}".rstrip()


def _source(each: Field) -> str:
    if not each.sources:
        return f"always {each.value}"
    separator = (
        " and " if each.rule in ("digest", "difference", "none_of") else " or "
    )
    names = list(map(_names, each.sources))
    if "join" in each.settings:
        return f"{names[0]} with {' and '.join(names[1:])}"
    option = each.settings.get("option")
    instead = f" or --{option}" if option else ""
    return f"{separator.join(names)}{instead}"


def _names(source: str) -> str:
    """Return the keys of a column; what is looked for around is beside too."""
    if (column := list_of(source)) is not None:
        return source.replace(column, alternatives(column)[0], 1)
    keys = alternatives(source)
    if len(keys) == 1:
        return source
    return " or ".join(
        dict.fromkeys(key.removeprefix(f"{OUTER}.") for key in keys)
    )
