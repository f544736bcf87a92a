"""A file's hash, taken beside whatever else its bytes are read for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import BinaryIO

_CHUNK_BYTES = 1 << 18


@contextmanager
def hashed(
    file: BinaryIO, watch: Callable[[int], None] | None = None
) -> Iterator[tuple[Iterator[bytes], hashlib._Hash]]:
    """Give the parts of a file and the hash that a second thread keeps.

    The thread ends with the block and not with the iterator: one that is left
    half read is ended by whichever thread collects garbage, and a thread that
    is just starting would wait for this one without end.

    Parameters
    ----------
    file : BinaryIO
        Read to its end by whoever takes the parts.
    watch : callable, optional
        Called with the number of bytes after each part.

    Yields
    ------
    tuple of iterator of bytes and hashlib hash
        The parts, and the SHA-256 of the file once they have been read to
        their end.
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor(max_workers=1) as pool:
        yield _parts(file, digest, pool, watch), digest


def _parts(
    file: BinaryIO,
    digest: hashlib._Hash,
    pool: ThreadPoolExecutor,
    watch: Callable[[int], None] | None,
) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK_BYTES):
        hashing = pool.submit(digest.update, chunk)
        if watch is not None:
            watch(len(chunk))
        yield chunk
        hashing.result()
