"""A batch: the files of one invocation land together or not at all."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.format_file import read_formats
from linksignal.load.gate import pass_gate
from linksignal.load.hosts import read_host
from linksignal.load.ledger import earlier_load, load_id_of
from linksignal.load.publish import land, work_folder
from linksignal.load.recognise import Recognised, recognise
from linksignal.load.refusal import refusal, shown
from linksignal.load.rules import platform_spellings
from linksignal.load.stage import Options, Staged, stage


def load_files(
    files: Sequence[Path],
    raw_dir: Path,
    options: Options,
    format_name: str | None = None,
) -> list[Staged]:
    """Load files into a raw directory.

    Parameters
    ----------
    files : sequence of Path
        Exports, of whatever formats.
    raw_dir : Path
        Where they land.
    options : Options
        What the user says of them.
    format_name : str, optional
        Their format, if it is not to be told from the header.

    Returns
    -------
    list of Staged
        What has landed, in the order of `files`.

    Raises
    ------
    LinksignalError
        Nothing has landed: exit code 2 for an option that does not fit, 3
        when a file is refused, 75 while another load writes there.
    """
    with work_folder(raw_dir) as folder:
        refused: list[LinksignalError] = []
        recognised: list[Recognised] = []
        for path in files:
            with _collected(refused):
                gated = pass_gate(path)
                recognised.append(recognise(gated, read_formats(), format_name))
        _check_domain(options, recognised)
        _check_platform(options, recognised)
        with _collected(refused):
            _check_new(recognised, options, raw_dir)
        staged: list[Staged] = []
        for number, file in enumerate(recognised):
            work_dir = folder / str(number)
            work_dir.mkdir()
            with _collected(refused):
                staged.append(stage(file, options, work_dir))
        if refused:
            raise _one_error(refused, len(files))
        land(raw_dir, staged)
    return staged


@contextmanager
def _collected(refused: list[LinksignalError]) -> Iterator[None]:
    """Go on with the next file, so that one run tells of every refusal."""
    try:
        yield
    except LinksignalError as error:
        if error.exit_code is not ExitCode.INPUT_REJECTED:
            raise
        refused.append(error)


def _one_error(
    refused: Sequence[LinksignalError], file_count: int
) -> LinksignalError:
    if file_count == 1:
        return refused[0]
    for error in refused:
        print(f"linksignal: {error}", file=sys.stderr)
    return LinksignalError(
        f"nothing was loaded, because of {len(refused)} refusals among "
        f"{file_count} files; mend those or leave them out, and load again",
        ExitCode.INPUT_REJECTED,
    )


def _check_domain(options: Options, recognised: Sequence[Recognised]) -> None:
    if options.domain is None or not recognised:
        return
    reason = read_host(options.domain.lower()).reason
    if reason:
        raise LinksignalError(
            f"--domain {options.domain} is no domain ({reason}); write it "
            "like example.com"
        )
    if not any(file.lacks_domain for file in recognised):
        raise LinksignalError(
            f"--domain {options.domain} is of no use: every record of "
            f"{recognised[0].name} names its domain; leave it out"
        )


def _check_platform(options: Options, recognised: Sequence[Recognised]) -> None:
    if options.platform is None or not recognised:
        return
    spellings = platform_spellings()
    if options.platform.strip().lower() not in spellings:
        known = ", ".join(dict.fromkeys(spellings.values()))
        raise LinksignalError(
            f"--platform {shown(options.platform)} is no known platform; the "
            f"platforms are {known}"
        )
    if not any(file.lacks("platform") for file in recognised):
        raise LinksignalError(
            f"--platform {shown(options.platform)} is of no use: every record "
            f"of {recognised[0].name} names its platform, or none needs one; "
            "leave it out"
        )


def _check_new(
    recognised: Sequence[Recognised], options: Options, raw_dir: Path
) -> None:
    seen: dict[str, str] = {}
    for file in recognised:
        domain = options.domain if file.lacks_domain else None
        load_id = load_id_of(file.gated, file.entry.name, domain)
        if load_id in seen:
            raise refusal(
                file.name,
                f"it has the same content as {seen[load_id]}; name one of them",
            )
        seen[load_id] = file.name
        sha256 = file.gated.sha256 if domain is None else None
        earlier = earlier_load(raw_dir, load_id, sha256)
        if earlier is not None:
            name, time = earlier
            raise refusal(
                file.name,
                f"its content was loaded on {time:%Y-%m-%d at %H:%M} UTC as "
                f"{name}; leave it out",
            )
