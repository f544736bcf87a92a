"""Loading before a build: what a scheduler hands over again is skipped."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from linksignal.files import sha256_of
from linksignal.load.archive import is_archive, unpack
from linksignal.load.batch import load_files
from linksignal.load.inputs import Input, find_inputs
from linksignal.load.progress import Progress
from linksignal.load.stage import Options
from linksignal.load.summary import report, tell_faults
from linksignal.publish.inputs import loaded_hashes


def load_new(files: Sequence[Path], raw_dir: Path, folder: Path) -> list[str]:
    """Load the exports whose content has not been loaded yet.

    Parameters
    ----------
    files : sequence of Path
        Files, folders and archives, as ``linksignal load`` takes them.
    raw_dir : Path
        Where they land.
    folder : Path
        Takes the loader's report and, meanwhile, the members of archives.
        Warnings of the loader go to standard error.

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
    if not files:
        return []
    known = set(loaded_hashes(raw_dir))
    members = folder / "members"
    new, skipped = [], []
    for each in _opened(files, raw_dir, members):
        sha256 = sha256_of(each.path) if each.path.is_file() else None
        if sha256 in known:
            skipped.append(f"{each.name} was skipped: its content is loaded")
            continue
        new.append(each.path)
        if sha256 is not None:
            known.add(sha256)
    if new:
        _load(new, raw_dir, folder / "load_output.txt")
    shutil.rmtree(members, ignore_errors=True)
    return skipped


def _opened(
    files: Sequence[Path], raw_dir: Path, members: Path
) -> Iterator[Input]:
    """Yield files one by one: those of folders, and members of archives."""
    for number, each in enumerate(find_inputs(files, raw_dir).inputs):
        if each.path.is_file() and is_archive(each.path):
            place = members / str(number)
            place.mkdir(parents=True)
            yield from map(_named, unpack(each, place).inputs)
        else:
            yield each


def _named(member: Input) -> Input:
    """Give an unpacked member its name back: dates may stand in it."""
    folder = member.path.with_name(f"{member.path.name}.member")
    folder.mkdir()
    path = folder / PurePosixPath(member.name).name
    return Input(member.path.rename(path), member.name)


def _load(files: Sequence[Path], raw_dir: Path, log: Path) -> None:
    loaded = load_files(
        files, raw_dir, Options(), progress=Progress.on_stderr()
    )
    tell_faults(loaded)
    log.write_text(f"{report(loaded.staged, raw_dir)}\n", encoding="utf-8")
