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
# A log gets a line so often while a file is being read.
_LOG_SECONDS = 60


@dataclass
class Progress:
    """Progress of a load, written to a stream.

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
    _verb: str = ""
    _drawn_at: float = field(default=0.0, repr=False)

    @classmethod
    def on_stderr(cls) -> Progress:
        """Return a progress that writes to standard error."""
        return cls(sys.stderr)

    def start(
        self, name: str, number: int, size: int, verb: str = "checked"
    ) -> None:
        """Begin with a file, counted from 1, of a size in bytes."""
        self._name, self._number = name, number
        self._size, self._seen = size, 0
        self._verb = verb
        if not self._is_bar:
            self._drawn_at = time.monotonic()

    def add_bytes(self, count: int) -> None:
        """Count bytes of the file that have been checked, or read."""
        self._seen += count
        now = time.monotonic()
        wait = _SECONDS if self._is_bar else _LOG_SECONDS
        if self.stream is None or now - self._drawn_at < wait:
            return
        self._drawn_at = now
        if self._is_bar:
            self._draw(f"{self._bar()} {self._told()}")
        else:
            self.say(f"{self._name}: {self._told()}")

    def say(self, text: str) -> None:
        """Print a line of its own, on a terminal in place of the bar."""
        if self.stream is not None:
            start = "\r\x1b[K" if self._is_bar else ""
            print(f"{start}linksignal: {text}", file=self.stream, flush=True)

    def _told(self) -> str:
        of = "" if self._is_bar else f" of {_megabytes(self._size)}"
        return f"{_megabytes(self._seen)}{of} {self._verb}"

    def tell(self, step: str, records: int | None = None) -> None:
        """Name the step a file is in, and its records once they are known."""
        if self._is_bar:
            count = "" if records is None else f" {amount(records, 'record')}"
            self._draw(f"{step}{count}, {_megabytes(self._size)}")

    def finish(self, records: int) -> None:
        """End a file; a log gets its line."""
        if not self._is_bar:
            self.say(
                f"file {self._number:,} of {self.file_count:,}, "
                f"{self._name}: {amount(records, 'record')} read, "
                f"{_megabytes(self._size)}"
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
