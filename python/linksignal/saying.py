"""Saying what was done, even when nobody can hear it."""

from __future__ import annotations

import os
import sys
from typing import TextIO


def say(text: str, stream: TextIO | None = None) -> None:
    """Print a text; where that fails, the exit code still tells the truth.

    What went wrong is often a full disk, and the log that a scheduler writes
    to may lie on it. Python itself would end with 1 or 120 then.

    Parameters
    ----------
    text : str
        Without a final line end.
    stream : TextIO, optional
        Default: standard output.
    """
    stream = stream or sys.stdout
    try:
        print(text, file=stream, flush=True)
    except OSError:
        # What stays in the buffer would be tried once more at the exit.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
