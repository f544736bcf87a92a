"""Files that appear whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from linksignal.errors import LinksignalError


def refuse_existing(targets: Iterable[Path], *, overwrite: bool) -> None:
    """Refuse to replace files, unless the user asked for it.

    Parameters
    ----------
    targets : iterable of Path
        Files about to be written.
    overwrite : bool
        Whether files may be replaced.

    Raises
    ------
    LinksignalError
        One of them is there, or is a folder or a device.
    """
    for target in targets:
        if target.is_dir():
            raise LinksignalError(
                f"{target} is a folder: it cannot be replaced by a file"
            )
        if target.exists() and not target.is_file():
            raise LinksignalError(
                f"{target} is no ordinary file: it is not replaced"
            )
        if target.exists() and not overwrite:
            raise LinksignalError(
                f"{target} exists: choose another --out, or use --overwrite "
                "to replace it"
            )


@contextmanager
def drafts(folder: Path) -> Iterator[Path]:
    """Place to write files before they appear in a folder, all at the end.

    Parameters
    ----------
    folder : Path
        Where the files are to appear; it is made when it is missing.

    Yields
    ------
    Path
        A new folder on the same disk. What lies in it when the block ends
        replaces files of the same name in ``folder``; after an error nothing
        of it stays.

    Raises
    ------
    LinksignalError
        ``folder`` is a file.
    """
    if folder.exists() and not folder.is_dir():
        raise LinksignalError(f"{folder} is a file: --out needs a folder there")
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".linksignal-export-", dir=folder) as name:
        draft = Path(name)
        yield draft
        for path in sorted(draft.iterdir()):
            if path.is_file():
                os.replace(path, folder / path.name)
