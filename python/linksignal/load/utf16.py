"""UTF-16 text, turned into UTF-8 as a stream."""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from linksignal.load.refusal import refusal

UTF8 = "utf-8"
UTF16 = "utf-16"


def as_utf8(file: str, chunks: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """Tell the encoding of a text by its mark, and make it UTF-8.

    Parameters
    ----------
    file : str
        Name of the file.
    chunks : iterator of bytes
        The text.

    Returns
    -------
    encoding : str
        ``utf-16`` where the text starts with the mark of UTF-16 LE, else
        ``utf-8``, which is not checked.
    chunks : iterator of bytes
        The text without the mark of UTF-16. Half a surrogate pair becomes
        bytes that are no UTF-8, which reject their record.
    """
    first = b""
    for chunk in chunks:
        first += chunk
        if len(first) >= len(codecs.BOM_UTF16_LE):
            break
    if not first.startswith(codecs.BOM_UTF16_LE):
        return UTF8, _joined(first, chunks)
    text = _joined(first[len(codecs.BOM_UTF16_LE) :], chunks)
    return UTF16, _recoded(file, text)


def _joined(first: bytes, chunks: Iterable[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from chunks


def _recoded(file: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder("utf-16-le")("surrogatepass")
    for chunk in chunks:
        if text := decoder.decode(chunk):
            yield text.encode(UTF8, "surrogatepass")
    try:
        rest = decoder.decode(b"", True)
    except UnicodeDecodeError as error:
        raise refusal(
            file,
            "it is UTF-16 text with an odd number of bytes, so it is cut "
            "off; export it again",
        ) from error
    if rest:
        yield rest.encode(UTF8, "surrogatepass")
