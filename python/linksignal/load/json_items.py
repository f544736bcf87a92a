"""JSON documents: stream their items, however they are wrapped.

The standard library reads one value at a time from a window of the text, so
memory is bounded by the largest item, not by the document.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

from linksignal.errors import refusal
from linksignal.text import amount, shown

OUTER = "outer"
_WINDOW = 1 << 20
# Characters of items that wait for what stands behind them.
_MOST_HELD = 1 << 22
_STATUS = {"status_code": None, "status_message": None}.keys()
_SPACE = " \t\n\r"
_NUMBER = "0123456789.eE+-"
_EACH = "[]"
_LONGEST_TOKEN = len(r"\ud83d\ude00")


class CutOff(Exception):
    """The text ends within a value."""


@dataclass(frozen=True)
class KeyTwice:
    """An item in which a key occurs twice, so that its value is not certain.

    Attributes
    ----------
    key : str
        The key.
    """

    key: str


@dataclass(frozen=True)
class Status:
    """What a tool says of a part of its answer.

    Attributes
    ----------
    code : str
        Its code; those of DataForSEO begin with 2 where all is well.
    message : str
        What it says.
    """

    code: str
    message: str

    @property
    def is_error(self) -> bool:
        """The part holds no data."""
        return self.code[:1] in ("4", "5")


def failed_parts(statuses: Sequence[Status]) -> str:
    """Return how many parts of an answer failed and why; empty for none."""
    said = Counter(f"{s.message} ({s.code})" for s in statuses if s.is_error)
    if not said:
        return ""
    reasons = ", ".join(f"{shown(text, 200)} {n:,}" for text, n in said.items())
    return (
        f"{amount(said.total(), 'part')} of the tool's answer failed: {reasons}"
    )


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
        """Path, one key or ``[]`` at a time; none for the document itself."""
        path = self.path.replace(_EACH, f".{_EACH}").strip(".")
        return path.split(".") if path else []

    def may_hold(self, start: str) -> bool:
        """Tell whether a document that starts like this may have the path."""
        first = (self.steps or [""])[0]
        if not first:
            return True
        if (first == _EACH) != start.lstrip().startswith("["):
            return False
        return first == _EACH or f'"{first}"' in start


def wrappings(path: str) -> Iterator[str]:
    """Yield the paths of the items in a document or in a part of it.

    People keep a tool's whole answer, several in an array, or only a part of
    it: a task, a result, the items, each by itself or one to a line.

    Examples
    --------
    >>> list(wrappings("result[].rows[]"))[:-2]
    ['[].result[].rows[]', 'result[].rows[]', '[].rows[]', 'rows[]']
    """
    steps = [_EACH, *Place(path).steps]
    start = 1 if steps[1] == _EACH else 0
    for number in range(start, len(steps) + 1):
        yield ".".join(steps[number:]).replace(f".{_EACH}", _EACH)


def items(
    text: TextIO,
    place: Place,
    file: str,
    longest: int,
    statuses: list[Status] | None = None,
) -> Iterator[dict[str, Any] | KeyTwice | Any]:
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
    statuses : list of Status, optional
        Gets what the tool says of the parts around the items.

    Yields
    ------
    dict, KeyTwice or another JSON value
        An item; numbers are texts, so that none loses a digit. An object
        gets the values around it under the key ``outer``.

    Raises
    ------
    LinksignalError
        Exit code 3 when the text is no JSON, a value that goes with every
        item stands far behind them, or a key around them occurs twice.
    CutOff
        The text ends too early.
    """
    window = _Window(text, file, longest)
    found = [] if statuses is None else statuses
    walk = _Walk(window, place.outer, file, found)
    while window.peek():
        yield from walk.down(place.steps, {})


@dataclass
class _Walk:
    window: _Window
    outer: tuple[str, ...]
    file: str
    statuses: list[Status]

    def down(
        self, steps: list[str], around: Mapping[str, Any]
    ) -> Iterator[Any]:
        if not steps:
            item = self.window.value()
            self.window.item_count += 1
            if self.window.twice is not None:
                item = KeyTwice(self.window.twice)
            elif self.outer and isinstance(item, dict):
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
        """Yield the items in a member of an object.

        They are held back, as long as they are few, for the values that go
        with them and stand behind them.
        """
        own, late, said = dict(around), dict[str, Any](), dict[str, Any]()
        held: list[Any] = []
        is_behind = are_gone = False
        for key in self._keys(steps[0]):
            if key == steps[0]:
                start = self.window.position
                for item in self.down(steps[1:], own):
                    held.append(item)
                    if self.window.position - start > self._most_held:
                        yield from held
                        held.clear()
                        are_gone = True
                is_behind = True
                continue
            value = self.window.value()
            said |= {key: value} if key in _STATUS else {}
            if key not in self.outer:
                continue
            if are_gone:
                raise refusal(
                    self.file,
                    f"{shown(key)} stands behind the items it belongs to; "
                    "move it before them",
                )
            (late if is_behind else own)[key] = value
        if said.keys() == _STATUS:
            self.statuses.append(Status(*(str(said[k]) for k in _STATUS)))
        yield from (_with_late(item, late) for item in held)

    @property
    def _most_held(self) -> int:
        return _MOST_HELD if self.outer else 0

    def _keys(self, wanted: str) -> Iterator[str]:
        """Stop before each value; one that is read may not stand twice."""
        seen: set[str] = set()
        for key in self.window.members():
            if key in seen and key in (wanted, *self.outer):
                raise refusal(
                    self.file,
                    f"the key {shown(key)} occurs twice in one object around "
                    "its records; remove one",
                )
            seen.add(key)
            yield key


def _with_late(item: Any, late: Mapping[str, Any]) -> Any:
    if late and isinstance(item, dict):
        item[OUTER] = {**late, **item[OUTER]}
    return item


@dataclass
class _Window:
    """A part of the text, and the place in it."""

    text: TextIO
    file: str
    longest: int
    held: str = ""
    at: int = 0
    dropped: int = 0
    item_count: int = 0
    is_all: bool = False
    twice: str | None = None
    decoder: json.JSONDecoder = field(init=False)

    def __post_init__(self) -> None:
        self.decoder = json.JSONDecoder(
            parse_float=str,
            parse_int=str,
            parse_constant=str,
            object_pairs_hook=self._object,
        )

    @property
    def position(self) -> int:
        """Characters before the place."""
        return self.dropped + self.at

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            keys = [key for key, _ in pairs]
            self.twice = next(k for k in keys if keys.count(k) > 1)
        return found

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
        """Return the next value as a whole; `twice` is a key that repeats."""
        if not self.peek():
            raise CutOff
        while True:
            self.twice = None
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
        self.dropped += self.at
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
