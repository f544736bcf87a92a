"""Inputs: the files that a command line names, folders opened up."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from linksignal.errors import LinksignalError
from linksignal.load.refusal import refusal, shown
from linksignal.text import amount, printable

_MAC_FOLDER = "__MACOSX"
# With no ending or one that no export has: readme.csv is data.
_PAPER = re.compile(
    r"(readme|licen[cs]e|notice|copying)"
    r"(\.(?!(csv|tsv|json|jsonl|ndjson|parquet|gz|zip)$)[a-z]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Input:
    """A file to load.

    Attributes
    ----------
    path : Path
        Where its bytes are.
    name : str
        What it is called in messages and in the ledger.
    """

    path: Path
    name: str


@dataclass
class Found:
    """What a command line or an archive names.

    Attributes
    ----------
    inputs : list of Input
        The files, in the order in which they were named.
    notes : list of str
        What was passed over, a sentence each.
    """

    inputs: list[Input] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def note_unread(self, place: str, names: Iterable[PurePosixPath]) -> None:
        """Say which files of a folder or an archive are no exports."""
        kinds: dict[str, list[str]] = {"hidden": [], "README or licence": []}
        for name in names:
            kind = "hidden" if is_hidden(name) else "README or licence"
            kinds[kind].append(str(name))
        for kind, unread in kinds.items():
            if unread:
                examples = ", ".join(map(shown, unread[:3]))
                more = ", …" if len(unread) > 3 else ""
                self.notes.append(
                    f"{place}: {amount(len(unread), f'{kind} file')} passed "
                    f"over ({examples}{more})"
                )


def find_inputs(paths: Sequence[Path], raw_dir: Path) -> Found:
    """Return the files to load; a folder stands for all files in it.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders.
    raw_dir : Path
        Raw directory; it is no input, wherever it lies.

    Returns
    -------
    Found
        Files of a folder in the order of their paths. Hidden ones, READMEs
        and licences, and links to files of the same folder are passed over.

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no such file, nothing in a folder, or a
        folder that may not be read; 3 when a link leads out of its folder.
    """
    found = Found()
    try:
        for path in paths:
            if path.is_dir():
                _add_folder(found, path, raw_dir.resolve())
            elif path.exists():
                if path.is_symlink():
                    folder = path.parent.resolve()
                    _check_link(path, folder, printable(path.name))
                found.inputs.append(Input(path, printable(path.name)))
            else:
                raise LinksignalError(f"{path}: there is no such file")
    except OSError as error:
        raise LinksignalError(
            f"{printable(str(error.filename))}: it cannot be read "
            f"({error.strerror}); check who may read it"
        ) from error
    return found


def is_hidden(name: PurePosixPath) -> bool:
    """Tell whether people do not see a file of a folder or an archive."""
    return any(
        part == _MAC_FOLDER or (part.startswith(".") and part != "..")
        for part in name.parts
    )


def is_export(name: PurePosixPath) -> bool:
    """Tell whether a file of a folder or an archive may hold records."""
    return not (is_hidden(name) or _PAPER.fullmatch(name.name))


def _add_folder(found: Found, folder: Path, raw_dir: Path) -> None:
    root = folder.resolve()
    if root.is_relative_to(raw_dir):
        raise LinksignalError(
            f"{folder}: lies in the raw directory; name the folder of the "
            "exports"
        )
    unread = []
    inputs = []
    for path in _walk(root, raw_dir):
        name = PurePosixPath(path.relative_to(root))
        if not is_export(name):
            unread.append(name)
        elif path == raw_dir:
            found.notes.append(f"{folder}: the raw directory in it passed over")
        elif path.is_symlink():
            _check_link(path, root, printable(str(name)))
            place = "is in the same folder" if path.exists() else "is not there"
            found.notes.append(
                f"{printable(str(name))}: a link to {shown(os.readlink(path))}"
                f", which {place}, passed over"
            )
        else:
            inputs.append(Input(path, printable(str(name))))
    found.note_unread(printable(str(folder)), unread)
    if not inputs:
        raise LinksignalError(f"{folder}: there are no exports in this folder")
    found.inputs.extend(inputs)


def _walk(folder: Path, raw_dir: Path) -> Iterator[Path]:
    """Yield files and links below a folder, and the raw directory itself."""
    for path in sorted(folder.iterdir(), key=lambda each: each.name):
        is_folder = path.is_dir() and not path.is_symlink()
        if is_folder and path != raw_dir:
            yield from _walk(path, raw_dir)
        else:
            yield path


def _check_link(link: Path, root: Path, name: str) -> None:
    if not link.resolve().is_relative_to(root):
        raise refusal(
            name,
            "it is a link that leads out of the folder; name its target, or "
            "copy it there",
        )
