"""A file that cannot be read for certain is refused in one sentence."""

from __future__ import annotations

from collections.abc import Sequence

from linksignal.errors import ExitCode, LinksignalError
from linksignal.text import printable


def refusal(file: str, sentence: str) -> LinksignalError:
    """Return the error that refuses a whole file.

    Parameters
    ----------
    file : str
        Name of the file.
    sentence : str
        What is wrong and what to do about it, without the file's name.

    Returns
    -------
    LinksignalError
        With exit code 3 (input rejected).
    """
    return LinksignalError(f"{file}: {sentence}", ExitCode.INPUT_REJECTED)


class NoData(LinksignalError):
    """A file that was read and has nothing to land.

    It keeps no other file of the command out: no record of it is lost.
    """

    def __init__(self, file: str, sentence: str) -> None:
        super().__init__(f"{file}: {sentence}", ExitCode.INPUT_REJECTED)


class NothingToLand(LinksignalError):
    """None of the files of a command has anything to land.

    Parameters
    ----------
    without_data : sequence of NoData
        Why, for each of them.
    """

    def __init__(self, without_data: Sequence[NoData]) -> None:
        super().__init__(
            "; ".join(map(str, without_data)), ExitCode.INPUT_REJECTED
        )
        self.without_data = without_data


def shown(text: str, width: int = 40) -> str:
    """Return the start of outside text, safe to print on a terminal."""
    safe = printable(text)
    short = safe[:width] + ("…" if len(safe) > width else "")
    return f"'{short}'"
