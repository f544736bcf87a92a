"""Gzip, unpacked as a stream within bounds."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from linksignal.load.limits import Limits
from linksignal.load.refusal import refusal

# As much as a part of the packed file: what is left of it is copied each time.
_CHUNK_BYTES = 1 << 20
_GZIP_FRAME = 31


def unpacked(
    file: str, chunks: Iterator[bytes], limits: Limits
) -> Iterator[bytes]:
    """Yield the text of a gzip file of one or more members."""
    broken = refusal(
        file, "its gzip data is cut off or broken; download it again"
    )
    member = zlib.decompressobj(wbits=_GZIP_FRAME)
    packed_bytes = unpacked_bytes = 0
    for chunk in chunks:
        packed_bytes += len(chunk)
        pending = chunk
        while pending:
            if member.eof:
                member = zlib.decompressobj(wbits=_GZIP_FRAME)
            try:
                text = member.decompress(pending, _CHUNK_BYTES)
            except zlib.error as error:
                raise broken from error
            pending = (
                member.unused_data if member.eof else (member.unconsumed_tail)
            )
            unpacked_bytes += len(text)
            _check_size(file, packed_bytes, unpacked_bytes, limits)
            yield text
    while not member.eof:
        text = member.decompress(b"", _CHUNK_BYTES)
        if not text:
            raise broken
        yield text


def _check_size(file: str, packed: int, unpacked: int, limits: Limits) -> None:
    if unpacked > limits.unpacked_bytes:
        raise refusal(
            file,
            f"it unpacks to more than {limits.unpacked_bytes:,} bytes; "
            "split it",
        )
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise refusal(
            file,
            f"it unpacks to more than {limits.ratio} times its size, which "
            "no export does; if you trust it, unpack it yourself",
        )
