"""Records of a plainly quoted text, counted by the parity of its quotes."""

from __future__ import annotations

import gzip

import numpy as np
from numpy.typing import NDArray

from linksignal.load.gate import GatedFile
from linksignal.load.header import QUOTE

_CHUNK_BYTES = 1 << 22
_MARK = b"\xef\xbb\xbf"
_QUOTE, _LF, _CR = ord(QUOTE), ord("\n"), ord("\r")
Places = NDArray[np.int64]


def count_line_ends(
    gated: GatedFile, delimiter: str, longest: int
) -> int | None:
    """Count the line ends outside quoted values.

    In a text whose every quote opens a value right behind a separator or
    closes one right before it, or stands doubled within one, the line ends
    behind an even number of quotes are those of records.

    Parameters
    ----------
    gated : GatedFile
        A text without blank lines.
    delimiter : str
        Separator of values.
    longest : int
        Size of a record, bytes, beyond which nothing is told.

    Returns
    -------
    int or None
        None where quotes or line ends are not as plain as that.
    """
    neighbours = np.zeros(256, dtype=np.bool_)
    neighbours[[ord(delimiter), _QUOTE, _LF, _CR]] = True
    opener = gzip.open if gated.is_gzip else open
    ends = 0
    is_open = False
    with opener(gated.data, "rb") as file:
        chunk = file.read(_CHUNK_BYTES).removeprefix(_MARK)
        while chunk:
            chunk += file.readline(longest)
            text = np.frombuffer(chunk, dtype=np.uint8)
            quotes = np.flatnonzero(text == _QUOTE)
            if not _are_plain(text, quotes, is_open, neighbours):
                return None
            if b"\r" in chunk and _has_lone_cr(text):
                return None
            lines = np.flatnonzero(text == _LF)
            before = np.searchsorted(quotes, lines) + is_open
            ends += int(np.count_nonzero(before % 2 == 0))
            is_open ^= bool(len(quotes) % 2)
            is_cut = text[-1] != _LF
            chunk = file.read(_CHUNK_BYTES)
            if is_cut and chunk:
                return None
    return None if is_open else ends


def _are_plain(
    text: NDArray[np.uint8],
    quotes: Places,
    is_open: bool,
    neighbours: NDArray[np.bool_],
) -> bool:
    opening = quotes[int(is_open) :: 2]
    closing = quotes[int(not is_open) :: 2]
    before = text[opening[opening > 0] - 1]
    after = text[closing[closing < len(text) - 1] + 1]
    return bool(neighbours[before].all() and neighbours[after].all())


def _has_lone_cr(text: NDArray[np.uint8]) -> bool:
    places = np.flatnonzero(text[:-1] == _CR)
    return bool((text[places + 1] != _LF).any()) or text[-1] == _CR
