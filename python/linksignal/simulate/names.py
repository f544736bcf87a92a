"""Invented names of brands, domains and linking sites.

Every study domain carries ``-sim`` in its label, so that no real registration
is meant, and stands under a real public suffix, so that a suffix-aware parser
finds it registrable.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate.noise import Ints

_ONSETS = "Bl Br Dr Dv Fl Fr Gl Gv Kl Kr Kv Sk Sl Sv Tr Tv Vl Vr Zl Zv"
_VOWELS = "a e i o u"
_MIDDLES = "b d f g k l m n p r t v z lm nd rv"
_ENDINGS = "ax eq ix ov ut yx unk orn alt esk"
_PARTS = tuple(
    tuple(part.split())
    for part in (_ONSETS, _VOWELS, _MIDDLES, _VOWELS, _MIDDLES, _ENDINGS)
)
_SUFFIXES = ("com", "org", "net", "io", "co.uk")
_SITES = ("blog", "news", "forum", "shop", "wiki", "mag")
_SITE_SUFFIXES = ("com", "net", "org", "de")

DISTINCT_NAMES = int(np.prod([len(part) for part in _PARTS]))
_STRIDE = 777_777_773  # prime, so that neighbours do not look alike


def pick(values: tuple[str, ...] | list[str], index: Ints) -> Any:
    """Strings ``values[index % len(values)]`` as an Arrow array."""
    return pa.array(list(values), pa.string()).take(
        pa.array(index % len(values))
    )


def join(*parts: Any) -> Any:
    """Concatenate strings and Arrow string arrays row by row."""
    return pc.binary_join_element_wise(
        *[pa.scalar(p) if isinstance(p, str) else p for p in parts], ""
    )


def text_of(numbers: Ints) -> Any:
    """Whole numbers as an Arrow array of strings."""
    return pa.array(numbers).cast(pa.string())


@lru_cache(maxsize=8)
def brand_names(n: int) -> Any:
    """Names of the first n brands.

    Parameters
    ----------
    n : int
        Number of brands; beyond `DISTINCT_NAMES` a digit is appended.

    Returns
    -------
    pyarrow.StringArray
        n distinct capitalised words that no dictionary holds.
    """
    rest = np.arange(n, dtype=np.int64) * _STRIDE % DISTINCT_NAMES
    parts = []
    for part in _PARTS:
        parts.append(pick(part, rest))
        rest = rest // len(part)
    names = join(*parts)
    if n <= DISTINCT_NAMES:
        return names
    laps = np.arange(n, dtype=np.int64) // DISTINCT_NAMES
    digits = pc.if_else(pa.array(laps == 0), "", text_of(laps))
    return join(names, digits)


@lru_cache(maxsize=8)
def study_domains(n: int) -> Any:
    """Registrable domains of the first n brands, in the brands' order."""
    suffixes = pick(_SUFFIXES, np.arange(n, dtype=np.int64))
    return join(pc.utf8_lower(brand_names(n)), "-sim.", suffixes)


def second_aliases(n: int) -> Any:
    """Second alias of every third brand, null for the others."""
    numbers = np.arange(n, dtype=np.int64)
    longer = join(brand_names(n), " ", pick(("Labs", "Group"), numbers))
    return pc.if_else(pa.array(numbers % 3 == 0), longer, None)


def site_domains(numbers: Ints) -> Any:
    """Registrable domains of linking sites, by number."""
    return join(
        pick(_SITES, numbers),
        text_of(numbers),
        "-sim.",
        pick(_SITE_SUFFIXES, numbers),
    )


def outside_domains(numbers: Ints) -> Any:
    """Registrable domains that answers cite and the study leaves out."""
    return join("reference", text_of(numbers), "-sim.org")
