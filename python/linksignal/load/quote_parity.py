"""Line ends of a text, told apart by the parity of the quotes before them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

QUOTE = '"'
_QUOTE, _LF, _CR = ord(QUOTE), ord("\n"), ord("\r")
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class LineEnds:
    """What the quotes and line ends of a text look like.

    Attributes
    ----------
    of_records, in_values : int
        Line feeds behind an even, and behind an odd number of quotes.
    beside_quotes : frozenset of int
        Bytes before opening and behind closing quotes, but for quotes and
        line ends.
    has_quotes : bool
        There is a quote somewhere.
    has_blank_lines : bool
        A line end follows another one, or nothing.
    has_lone_cr : bool
        A carriage return stands without its line feed.
    is_mixed : bool
        Some line feeds follow a carriage return, others do not.
    is_open : bool
        The number of quotes is odd.
    longest_line : int
        Bytes up to a line feed, with it, or up to the end.
    """

    of_records: int = 0
    in_values: int = 0
    beside_quotes: frozenset[int] = frozenset()
    has_quotes: bool = False
    has_blank_lines: bool = False
    has_lone_cr: bool = False
    is_mixed: bool = False
    is_open: bool = False
    longest_line: int = 0

    def are_of_records(self, delimiter: str) -> bool:
        """Tell whether ``of_records`` are the ends of records, and no others.

        So it is where every quote opens a value right behind a separator,
        closes one right before it, or stands doubled within one.
        """
        return not (
            self.is_open
            or self.has_lone_cr
            or self.has_blank_lines
            or self.beside_quotes - {ord(delimiter)}
        )

    def bound_values(self, size: int) -> bool:
        """Tell whether no value can be longer than a size in bytes."""
        return not self.in_values and self.longest_line <= size


@dataclass
class QuoteScan:
    """A text that is read once, part by part."""

    _of_records: int = -1
    _in_values: int = 0
    _quote_count: int = 0
    _crlf_count: int = 0
    _has_blank_lines: bool = False
    _has_lone_cr: bool = False
    _longest_line: int = 0
    _since_line_feed: int = 0
    _beside: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(256, dtype=np.bool_)
    )
    # A byte waits for the one behind it, with the two before it. The text
    # begins as if behind a line end, which is no record's.
    _held: bytes = b"\0\0\n"

    def add(self, part: bytes) -> None:
        """Read on."""
        held = self._held + part
        text = np.frombuffer(held, dtype=np.uint8)
        quotes = _places(text, _QUOTE)
        ends = _places(text, _LF)
        self._add_line_ends(text, quotes, ends)
        self._add_lengths(ends, len(part))
        self._add_quotes(text, quotes)
        if b"\r" in held:
            self._add_returns(text)
        self._held = held[-3:]

    def end(self) -> LineEnds:
        """Return what the whole looks like."""
        self.add(b'"')
        return LineEnds(
            of_records=self._of_records,
            in_values=self._in_values,
            beside_quotes=frozenset(np.flatnonzero(self._beside).tolist())
            - {_QUOTE, _LF, _CR},
            has_quotes=self._quote_count > 0,
            has_blank_lines=self._has_blank_lines,
            has_lone_cr=self._has_lone_cr,
            is_mixed=0 < self._crlf_count < self._of_records + self._in_values,
            is_open=self._is_open,
            longest_line=max(self._longest_line, self._since_line_feed),
        )

    @property
    def _is_open(self) -> bool:
        return self._quote_count % 2 == 1

    def _add_line_ends(self, text: Bytes, quotes: Places, ends: Places) -> None:
        before = np.searchsorted(quotes, ends) + self._quote_count
        in_values = int(np.count_nonzero(before % 2))
        self._in_values += in_values
        self._of_records += len(ends) - in_values
        is_crlf = text[ends - 1] == _CR
        self._crlf_count += int(np.count_nonzero(is_crlf))
        self._has_blank_lines |= bool((text[ends - 1 - is_crlf] == _LF).any())

    def _add_lengths(self, ends: Places, size: int) -> None:
        if not len(ends):
            self._since_line_feed += size
            return
        first = self._since_line_feed + int(ends[0]) - 1
        further = int(np.diff(ends).max(initial=0))
        self._longest_line = max(self._longest_line, first, further)
        self._since_line_feed = size + 1 - int(ends[-1])

    def _add_quotes(self, text: Bytes, quotes: Places) -> None:
        self._beside[text[quotes[int(self._is_open) :: 2] - 1]] = True
        self._beside[text[quotes[int(not self._is_open) :: 2] + 1]] = True
        self._quote_count += len(quotes)

    def _add_returns(self, text: Bytes) -> None:
        returns = _places(text, _CR)
        self._has_lone_cr |= bool((text[returns + 1] != _LF).any())
        self._has_blank_lines |= bool((text[returns - 1] == _CR).any())


def _places(text: Bytes, byte: int) -> Places:
    """Find a byte among those that have both neighbours."""
    return np.flatnonzero(text[2:-1] == byte) + 2
