"""Progress of a command that takes minutes: which step, and how long.

On a terminal the line of the running step is rewritten as it goes on; a log
gets a line when a step ends and, of a long one, every half minute.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TextIO

from linksignal.text import say

_WIDTH = 100
_LOG_SECONDS = 30.0


@dataclass
class Steps:
    """The steps of a command, told on a stream.

    Attributes
    ----------
    stream : TextIO or None
        Where it is told; None tells nothing.
    """

    stream: TextIO | None = None
    _name: str = ""
    _begun_at: float = field(default=0.0, repr=False)
    _told_at: float = field(default=0.0, repr=False)

    @classmethod
    def on_stderr(cls) -> Steps:
        """Return steps that are told on standard error."""
        return cls(sys.stderr)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Tell a step while it runs, and how long it took."""
        self._name, self._begun_at = name, time.monotonic()
        self._told_at = self._begun_at
        self._draw(name)
        try:
            yield
        except BaseException:
            self._draw("")
            raise
        self._draw("")
        self._say(f"{name}: {_duration(self._seconds)}")

    def detail(self, text: str) -> None:
        """Tell how far the running step is."""
        told = f"{self._name}: {text}, {_duration(self._seconds)}"
        if self._is_terminal:
            self._draw(told)
        elif time.monotonic() - self._told_at >= _LOG_SECONDS:
            self._told_at = time.monotonic()
            self._say(told)

    @property
    def _seconds(self) -> float:
        return time.monotonic() - self._begun_at

    @property
    def _is_terminal(self) -> bool:
        return self.stream is not None and self.stream.isatty()

    def _draw(self, text: str) -> None:
        """Rewrite the last line of a terminal."""
        if self.stream is not None and self._is_terminal:
            with suppress(OSError):
                self.stream.write(f"\r\x1b[K{text[: _WIDTH - 1]}")
                self.stream.flush()

    def _say(self, text: str) -> None:
        if self.stream is not None:
            say(f"linksignal: {text}", self.stream)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f} min {rest:.0f} s" if minutes else f"{rest:.1f} s"
