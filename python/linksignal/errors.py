"""The one exception that the command line turns into a sentence."""

from __future__ import annotations

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
    """

    def __init__(
        self, message: str, exit_code: ExitCode = ExitCode.CONFIGURATION
    ) -> None:
        super().__init__(message)
        self.exit_code = exit_code
