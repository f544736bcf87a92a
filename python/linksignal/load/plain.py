"""Plain copies: a text as the engine reads it, UTF-8 and line by line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from linksignal.errors import refusal
from linksignal.load.gate import GatedFile
from linksignal.load.json_items import CutOff, KeyTwice, Place, Status, items
from linksignal.load.limits import Limits
from linksignal.load.streams import UTF8, as_utf8

# What stands in place of an item in which a key stands twice, before the key.
KEY_TWICE = "key twice: "
_CHUNK_BYTES = 1 << 16


def longer_start(gated: GatedFile, size: int) -> GatedFile:
    """Return a file in UTF-8 with more of its text as `GatedFile.head`.

    Parameters
    ----------
    gated : GatedFile
        The file.
    size : int
        Bytes of the new head.
    """
    opener = gzip.open if gated.is_gzip else open
    with opener(gated.data, "rb") as file:
        head = file.read(size).decode("utf-8-sig", "replace")
    return replace(gated, head=head, is_whole=gated.text_bytes <= size)


def recoded(gated: GatedFile, folder: Path) -> GatedFile:
    """Write a text that is not UTF-8 as UTF-8; other files stay.

    Parameters
    ----------
    gated : GatedFile
        The file.
    folder : Path
        Where the copy goes.

    Returns
    -------
    GatedFile
        The copy, or the file itself.
    """
    if gated.encoding == UTF8:
        return gated
    copy = folder / "recoded.txt"
    with copy.open("wb") as target:
        for chunk in as_utf8(gated.name, _chunks(gated))[1]:
            target.write(chunk)
    return replace(gated, copied_to=copy, is_gzip=False, encoding=UTF8)


def flattened(
    gated: GatedFile, place: Place, folder: Path, limits: Limits
) -> tuple[GatedFile, list[Status]]:
    """Write the items of a JSON document one to a line.

    Parameters
    ----------
    gated : GatedFile
        The document.
    place : Place
        Where its items stand.
    folder : Path
        Where the copy goes.
    limits : Limits
        Sizes of values.

    Returns
    -------
    GatedFile
        The copy: line n is item n.
    list of Status
        What the tool says of the parts around the items.

    Raises
    ------
    LinksignalError
        Exit code 3 when the document is cut off or is not JSON in UTF-8.
    """
    copy = folder / "items.jsonl"
    opener = gzip.open if gated.is_gzip else open
    count = 0
    statuses: list[Status] = []
    with (
        opener(gated.data, "rt", encoding="utf-8-sig", newline="") as text,
        # Half a surrogate pair is written as it is, and rejects its record.
        copy.open("w", encoding=UTF8, errors="surrogatepass") as target,
    ):
        try:
            for item in items(
                text, place, gated.name, limits.record_bytes, statuses
            ):
                count += 1
                target.write(_line(item))
        except CutOff as error:
            raise refusal(
                gated.name,
                f"its JSON is cut off, or broken at its end, after record "
                f"{count:,}; export it again",
            ) from error
        except UnicodeDecodeError as error:
            raise refusal(
                gated.name,
                f"its bytes after record {count:,} are not UTF-8; export it "
                "again",
            ) from error
    size = copy.stat().st_size
    copied = replace(
        gated,
        copied_to=copy,
        is_gzip=False,
        text_bytes=size,
        ends_in_newline=True,
    )
    return copied, statuses


def _line(item: Any) -> str:
    """Return an item as a line, what is no object as no object."""
    if isinstance(item, KeyTwice):
        item = f"{KEY_TWICE}{item.key}"
    return json.dumps(item, ensure_ascii=False) + "\n"


def _chunks(gated: GatedFile) -> Iterator[bytes]:
    opener = gzip.open if gated.is_gzip else open
    with opener(gated.data, "rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk
