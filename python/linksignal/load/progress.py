"""Progress: a bar on a terminal, a line per file in a log."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass, field
from typing import TextIO

from linksignal.text import amount

_WIDTH = 24
_NAME_WIDTH = 28
# A terminal that is written to more often is slower, not smoother.
_SECONDS = 0.1


@dataclass
class Progress:
    """What is being done to which file, on a stream.

    Attributes
    ----------
    stream : TextIO or None
        Where it is told; None tells nothing.
    file_count : int
        Files of the invocation, archives unpacked.
    """

    stream: TextIO | None = None
    file_count: int = 0
    _name: str = ""
    _number: int = 0
    _size: int = 0
    _seen: int = 0
    _drawn_at: float = field(default=0.0, repr=False)

    @classmethod
    def on_stderr(cls) -> Progress:
        """Return a progress that is told on standard error."""
        return cls(sys.stderr)

    def start(self, name: str, number: int, size: int) -> None:
        """Begin with a file, counted from 1, of a size in bytes."""
        self._name, self._number = name, number
        self._size, self._seen = size, 0

    def add_bytes(self, count: int) -> None:
        """Count bytes of the file that have been checked."""
        self._seen += count
        now = time.monotonic()
        if self._is_bar and now - self._drawn_at >= _SECONDS:
            self._drawn_at = now
            self._draw(f"{self._bar()} {_megabytes(self._seen)} checked")

    def tell(self, step: str, records: int | None = None) -> None:
        """Name the step a file is in, and its records once they are known."""
        if self._is_bar:
            count = "" if records is None else f" {amount(records, 'record')}"
            self._draw(f"{step}{count}, {_megabytes(self._size)}")

    def finish(self, records: int) -> None:
        """End a file; a log gets its line."""
        if self.stream is not None and not self._is_bar:
            print(
                f"linksignal: file {self._number:,} of {self.file_count:,}, "
                f"{self._name}: {amount(records, 'record')} read, "
                f"{_megabytes(self._size)}",
                file=self.stream,
                flush=True,
            )

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        """Remove the bar, so that what is said next has a line of its own."""
        if self._is_bar and self.stream is not None:
            self.stream.write("\r\x1b[K")
            self.stream.flush()

    @property
    def _is_bar(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def _bar(self) -> str:
        share = min(self._seen / self._size, 1.0) if self._size else 1.0
        full = round(share * _WIDTH)
        return f"[{'#' * full}{'.' * (_WIDTH - full)}]"

    def _draw(self, text: str) -> None:
        if self.stream is not None:
            place = f"{self._number:,}/{self.file_count:,}"
            name = self._name[-_NAME_WIDTH:]
            self.stream.write(f"\r\x1b[K{place} {name} {text}"[:100])
            self.stream.flush()


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.1f} MB"
