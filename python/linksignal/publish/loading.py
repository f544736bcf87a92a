"""Loading before a build: what a scheduler hands over again is skipped."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.publish.inputs import loaded_hashes


def load_new(files: Sequence[Path], raw_dir: Path, log: Path) -> list[str]:
    """Load the files whose content has not been loaded yet.

    Parameters
    ----------
    files : sequence of Path
        Exports, as ``linksignal load`` takes them.
    raw_dir : Path
        Where they land.
    log : Path
        Takes the loader's report; its warnings go to standard error.

    Returns
    -------
    list of str
        A sentence for each file that was skipped.

    Raises
    ------
    LinksignalError
        As the loader raises it: 3 for a refused file, 75 while another load
        is at work. Nothing has landed then.
    """
    new, skipped = _new_ones(files, set(loaded_hashes(raw_dir)))
    if new:
        _load(new, raw_dir, log)
    return skipped


def _new_ones(
    files: Sequence[Path], known: set[str]
) -> tuple[list[Path], list[str]]:
    new, skipped = [], []
    for path in files:
        if not path.is_file():
            raise LinksignalError(f"--load {path}: there is no such file")
        with path.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 in known:
            skipped.append(f"{path.name} was skipped: its content is loaded")
        else:
            known.add(sha256)
            new.append(path)
    return new, skipped


def _load(files: Sequence[Path], raw_dir: Path, log: Path) -> None:
    # By the command line: what a user gets by hand, a schedule gets too.
    from linksignal.cli import build_parser

    words = ["load", "--raw", str(raw_dir), "--", *map(str, files)]
    arguments = build_parser().parse_args(words)
    with log.open("w", encoding="utf-8") as report, redirect_stdout(report):
        arguments.run(arguments)
