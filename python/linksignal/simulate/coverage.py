"""Which domains of the calibrated study come with link rows and profiles.

Both sources of link counts occur, alone and together; where both exist they
agree, except on a few domains whose link export is incomplete.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from linksignal.simulate.noise import Ints
from linksignal.simulate.study import Links

PROFILE_ONLY = 60
BOTH = 240
INCOMPLETE = 12
_KEPT_TENTHS = 8


@dataclass(frozen=True)
class Coverage:
    """Domain numbers, ascending, and the links their rows are made from.

    Attributes
    ----------
    with_rows, with_profile : ndarray of int64
        Domains with link rows and with a profile.
    row_links : Links
        Counts of `with_rows` as their rows give them; `INCOMPLETE` of those
        with both sources lack a fifth of their links.
    """

    with_rows: Ints
    with_profile: Ints
    row_links: Links


def cover(links: Links, seed: int) -> Coverage:
    """Choose the domains of each kind of coverage.

    Parameters
    ----------
    links : Links
        Counts of n domains.
    seed : int
        Seed of the choice.

    Returns
    -------
    Coverage
        The incomplete domains have at least 50 links.
    """
    rng = np.random.default_rng([seed, 2])
    chosen = rng.permutation(len(links.live))[: PROFILE_ONLY + BOTH]
    both = chosen[PROFILE_ONLY:]
    with_rows = np.setdiff1d(np.arange(len(links.live)), chosen[:PROFILE_ONLY])
    large = both[(links.live[both] >= 50) & (links.text[both] >= 10)]
    incomplete = np.sort(large[:INCOMPLETE])
    return Coverage(
        with_rows=with_rows,
        with_profile=np.sort(chosen),
        row_links=_truncate(links, incomplete).take(with_rows),
    )


def _truncate(links: Links, domains: Ints) -> Links:
    counts = {f.name: getattr(links, f.name).copy() for f in fields(links)}
    for values in counts.values():
        values[domains] = values[domains] * _KEPT_TENTHS // 10
    return Links(**counts)
