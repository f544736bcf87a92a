"""JSON documents: their items as a stream, whatever lies around them.

The standard library reads one value at a time from a window of the text, so
memory is bounded by the largest item, not by the document.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from linksignal.load.refusal import refusal, shown

OUTER = "outer"
_WINDOW = 1 << 20
_SPACE = " \t\n\r"
_NUMBER = "0123456789.eE+-"
_EACH = "[]"
_LONGEST_TOKEN = len(r"\ud83d\ude00")


class CutOff(Exception):
    """The text ends within a value."""


@dataclass(frozen=True)
class Place:
    """Where the items of a document stand.

    Attributes
    ----------
    path : str
        Keys from the top, ``[]`` for each element of an array, such as
        ``tasks[].result[]``.
    outer : tuple of str
        Keys of the objects around an item that go with it.
    """

    path: str
    outer: tuple[str, ...] = ()

    @property
    def steps(self) -> list[str]:
        """Path, one key or ``[]`` at a time."""
        return self.path.replace(_EACH, f".{_EACH}").strip(".").split(".")


def items(
    text: TextIO, place: Place, file: str, longest: int
) -> Iterator[dict[str, Any] | Any]:
    """Yield the items of a JSON document, or of several in a row.

    Parameters
    ----------
    text : TextIO
        The document, read from where it stands.
    place : Place
        Where its items are.
    file : str
        Name of the file, for what is said of it.
    longest : int
        Characters of one value; the text is refused beyond.

    Yields
    ------
    dict or another JSON value
        An item; numbers are texts, so that none loses a digit. An object
        gets the values around it under the key ``outer``.

    Raises
    ------
    LinksignalError
        Exit code 3 when the text is no JSON, or a value that goes with
        every item stands behind them.
    CutOff
        The text ends too early.
    """
    window = _Window(text, file, longest)
    walk = _Walk(window, place.outer, file)
    while window.peek():
        yield from walk.down(place.steps, {})


@dataclass
class _Walk:
    window: _Window
    outer: tuple[str, ...]
    file: str

    def down(
        self, steps: list[str], around: Mapping[str, Any]
    ) -> Iterator[Any]:
        if not steps:
            item = self.window.value()
            self.window.item_count += 1
            if self.outer and isinstance(item, dict):
                item[OUTER] = around
            yield item
        elif steps[0] == _EACH and self.window.peek() == "[":
            for _ in self.window.elements():
                yield from self.down(steps[1:], around)
        elif steps[0] != _EACH and self.window.peek() == "{":
            yield from self._member(steps, around)
        else:
            self.window.value()

    def _member(
        self, steps: list[str], around: Mapping[str, Any]
    ) -> Iterator[Any]:
        own = dict(around)
        before = self.window.item_count
        for key in self.window.members():
            if key == steps[0]:
                yield from self.down(steps[1:], own)
                continue
            value = self.window.value()
            if key not in self.outer:
                continue
            if self.window.item_count > before:
                raise refusal(
                    self.file,
                    f"{shown(key)} stands behind the items it belongs to; "
                    "move it before them",
                )
            own[key] = value


@dataclass
class _Window:
    """A part of the text, and the place in it."""

    text: TextIO
    file: str
    longest: int
    held: str = ""
    at: int = 0
    item_count: int = 0
    is_all: bool = False
    decoder: json.JSONDecoder = field(
        default_factory=lambda: json.JSONDecoder(
            parse_float=str, parse_int=str, parse_constant=str
        )
    )

    def peek(self) -> str:
        """Return the next character that is no space; empty at the end."""
        while True:
            while self.at < len(self.held):
                if self.held[self.at] not in _SPACE:
                    return self.held[self.at]
                self.at += 1
            if not self._read():
                return ""

    def take(self, wanted: str) -> None:
        found = self.peek()
        if not found:
            raise CutOff
        if found not in wanted:
            raise self.broken()
        self.at += 1

    def value(self) -> Any:
        """Return the next value as a whole."""
        if not self.peek():
            raise CutOff
        while True:
            try:
                found, end = self.decoder.raw_decode(self.held, self.at)
            except RecursionError as error:
                raise self.broken() from error
            except json.JSONDecodeError as error:
                if not _may_be_cut(error, self.held):
                    raise self.broken() from error
                if not self._read():
                    raise CutOff from error
                continue
            # A number at the end of the window may go on behind it.
            if self._is_ended(end) or not self._read():
                self.at = end
                return found

    def _is_ended(self, end: int) -> bool:
        if self.held[end - 1] in '"}]':
            return True
        return end < len(self.held) and self.held[end] not in _NUMBER

    def elements(self) -> Iterator[None]:
        """Stop before each element of an array."""
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return
        while True:
            yield
            self.take(",]")
            if self.held[self.at - 1] == "]":
                return

    def members(self) -> Iterator[str]:
        """Stop before each value of an object, with its key."""
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return
        while True:
            if self.peek() not in ('"', ""):
                raise self.broken()
            key = self.value()
            self.take(":")
            yield key
            self.take(",}")
            if self.held[self.at - 1] == "}":
                return

    def broken(self) -> Exception:
        near = self.held[self.at : self.at + 100]
        return refusal(
            self.file,
            f"its JSON is broken after record {self.item_count:,}, at "
            f"{shown(near)}; export it again",
        )

    def _read(self) -> bool:
        """Widen the window by as much as is held; False at the end."""
        self.held = self.held[self.at :]
        self.at = 0
        if self.is_all:
            return False
        if len(self.held) > self.longest:
            raise refusal(
                self.file,
                f"after record {self.item_count:,} a value is longer than "
                f"{self.longest:,} characters, or broken: "
                f"{shown(self.held[:100])}; export it again",
            )
        more = self.text.read(max(_WINDOW, len(self.held)))
        self.is_all = not more
        self.held += more
        return bool(more)


def _may_be_cut(error: json.JSONDecodeError, held: str) -> bool:
    """Tell whether a value that cannot be read runs into the end."""
    if error.msg.startswith("Unterminated string"):
        return True
    return error.pos >= len(held.rstrip(_SPACE)) - _LONGEST_TOKEN
