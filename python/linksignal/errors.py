"""The exceptions that the command line turns into a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum


class ExitCode(IntEnum):
    """What a command's exit code tells the scheduler that ran it."""

    OK = 0
    DATA_FAILED = 1
    CONFIGURATION = 2
    INPUT_REJECTED = 3
    BUSY = 75


class LinksignalError(Exception):
    """Something the user can mend: one sentence and an exit code.

    Parameters
    ----------
    message : str
        One sentence: which file, record or setting, and what to do.
    exit_code : ExitCode, default CONFIGURATION
        Code the process ends with.
    file : str, optional
        File that is refused; the message begins with it.
    """

    def __init__(
        self,
        message: str,
        exit_code: ExitCode = ExitCode.CONFIGURATION,
        file: str | None = None,
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
        self.file = file


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
    return LinksignalError(f"{file}: {sentence}", ExitCode.INPUT_REJECTED, file)


class NoData(LinksignalError):
    """A file that was read and has nothing to land.

    It keeps no other file of the command out: no record of it is lost.
    """

    def __init__(self, file: str, sentence: str) -> None:
        super().__init__(f"{file}: {sentence}", ExitCode.INPUT_REJECTED, file)


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
