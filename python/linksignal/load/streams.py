"""Byte streams: decompress, hash, decode, and count quotes and newlines."""

from __future__ import annotations

import codecs
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from linksignal.errors import refusal
from linksignal.load.limits import Limits

# As much as a part of the packed file: what is left of it is copied each time.
_UNPACKED_BYTES = 1 << 20
_GZIP_FRAME = 31


def unpacked(
    file: str, chunks: Iterator[bytes], limits: Limits
) -> Iterator[bytes]:
    """Decompress a gzip stream of one or more members."""
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
                text = member.decompress(pending, _UNPACKED_BYTES)
            except zlib.error as error:
                raise broken from error
            pending = (
                member.unused_data if member.eof else (member.unconsumed_tail)
            )
            unpacked_bytes += len(text)
            _check_size(file, packed_bytes, unpacked_bytes, limits)
            yield text
    while not member.eof:
        text = member.decompress(b"", _UNPACKED_BYTES)
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


_READ_BYTES = 1 << 18


@contextmanager
def hashed(
    file: BinaryIO, watch: Callable[[int], None] | None = None
) -> Iterator[tuple[Iterator[bytes], hashlib._Hash]]:
    """Yield the chunks of a file while a second thread hashes them.

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
    while chunk := file.read(_READ_BYTES):
        hashing = pool.submit(digest.update, chunk)
        if watch is not None:
            watch(len(chunk))
        yield chunk
        hashing.result()


UTF8 = "utf-8"
UTF16 = "utf-16"


def as_utf8(file: str, chunks: Iterator[bytes]) -> tuple[str, Iterator[bytes]]:
    """Detect the encoding by the byte-order mark, and re-encode as UTF-8.

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


QUOTE = '"'
_QUOTE, _LF, _CR = ord(QUOTE), ord("\n"), ord("\r")
Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class LineEnds:
    """Counts of quotes and newlines of a text.

    Attributes
    ----------
    of_records, in_values : int
        Line feeds behind an even, and behind an odd number of quotes.
    beside_quotes : frozenset of int
        Bytes before opening and behind closing quotes, but for quotes and
        line ends.
    has_quotes : bool
        There is a quote somewhere.
    has_blank_lines : bool
        A line end follows another one, or nothing.
    has_lone_cr : bool
        A carriage return stands without its line feed.
    is_mixed : bool
        Some line feeds follow a carriage return, others do not.
    is_open : bool
        The number of quotes is odd.
    longest_line : int
        Bytes up to a line feed, with it, or up to the end.
    """

    of_records: int = 0
    in_values: int = 0
    beside_quotes: frozenset[int] = frozenset()
    has_quotes: bool = False
    has_blank_lines: bool = False
    has_lone_cr: bool = False
    is_mixed: bool = False
    is_open: bool = False
    longest_line: int = 0

    def are_of_records(self, delimiter: str) -> bool:
        """Return whether ``of_records`` counts the ends of records exactly.

        So it is where every quote opens a value right behind a separator,
        closes one right before it, or stands doubled within one.
        """
        return not (
            self.is_open
            or self.has_lone_cr
            or self.has_blank_lines
            or self.beside_quotes - {ord(delimiter)}
        )

    def bound_values(self, size: int) -> bool:
        """Return whether no value can be longer than a size in bytes."""
        return not self.in_values and self.longest_line <= size


@dataclass
class QuoteScan:
    """Counts quotes and newlines of a text, chunk by chunk."""

    _of_records: int = -1
    _in_values: int = 0
    _quote_count: int = 0
    _crlf_count: int = 0
    _has_blank_lines: bool = False
    _has_lone_cr: bool = False
    _longest_line: int = 0
    _since_line_feed: int = 0
    _beside: NDArray[np.bool_] = field(
        default_factory=lambda: np.zeros(256, dtype=np.bool_)
    )
    # A byte waits for the one behind it, with the two before it. The text
    # begins as if behind a line end, which is no record's.
    _held: bytes = b"\0\0\n"

    def add(self, part: bytes) -> None:
        """Add the next chunk."""
        held = self._held + part
        text = np.frombuffer(held, dtype=np.uint8)
        quotes = _places(text, _QUOTE)
        ends = _places(text, _LF)
        self._add_line_ends(text, quotes, ends)
        self._add_lengths(ends, len(part))
        self._add_quotes(text, quotes)
        if b"\r" in held:
            self._add_returns(text)
        self._held = held[-3:]

    def end(self) -> LineEnds:
        """Return the counts of the whole text."""
        self.add(b'"')
        return LineEnds(
            of_records=self._of_records,
            in_values=self._in_values,
            beside_quotes=frozenset(np.flatnonzero(self._beside).tolist())
            - {_QUOTE, _LF, _CR},
            has_quotes=self._quote_count > 0,
            has_blank_lines=self._has_blank_lines,
            has_lone_cr=self._has_lone_cr,
            is_mixed=0 < self._crlf_count < self._of_records + self._in_values,
            is_open=self._is_open,
            longest_line=max(self._longest_line, self._since_line_feed),
        )

    @property
    def _is_open(self) -> bool:
        return self._quote_count % 2 == 1

    def _add_line_ends(self, text: Bytes, quotes: Places, ends: Places) -> None:
        before = np.searchsorted(quotes, ends) + self._quote_count
        in_values = int(np.count_nonzero(before % 2))
        self._in_values += in_values
        self._of_records += len(ends) - in_values
        is_crlf = text[ends - 1] == _CR
        self._crlf_count += int(np.count_nonzero(is_crlf))
        self._has_blank_lines |= bool((text[ends - 1 - is_crlf] == _LF).any())

    def _add_lengths(self, ends: Places, size: int) -> None:
        if not len(ends):
            self._since_line_feed += size
            return
        first = self._since_line_feed + int(ends[0]) - 1
        further = int(np.diff(ends).max(initial=0))
        self._longest_line = max(self._longest_line, first, further)
        self._since_line_feed = size + 1 - int(ends[-1])

    def _add_quotes(self, text: Bytes, quotes: Places) -> None:
        self._beside[text[quotes[int(self._is_open) :: 2] - 1]] = True
        self._beside[text[quotes[int(not self._is_open) :: 2] + 1]] = True
        self._quote_count += len(quotes)

    def _add_returns(self, text: Bytes) -> None:
        returns = _places(text, _CR)
        self._has_lone_cr |= bool((text[returns + 1] != _LF).any())
        self._has_blank_lines |= bool((text[returns - 1] == _CR).any())


def _places(text: Bytes, byte: int) -> Places:
    """Return the positions of a byte, leaving out both ends of the chunk."""
    return np.flatnonzero(text[2:-1] == byte) + 2
