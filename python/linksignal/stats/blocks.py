"""Blocks: pairs of variables that are known on the same set of domains."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from typing import NamedTuple

import numpy as np

from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimate import renumbered
from linksignal.stats.frames import Study
from linksignal.stats.rules import Profile, Status, pair_status, profile


class Pair(NamedTuple):
    """A signal column against an outcome column of the features frame."""

    signal: str
    outcome: str


@dataclass(frozen=True)
class Block:
    """Pairs with the same domain set.

    Attributes
    ----------
    domains : tuple of str
        The n domains on which every pair of the block is complete, sorted.
    pairs : tuple of Pair
        The pairs, in the order they were given.
    columns : dict of str to ndarray, shape (n,)
        Values of each variable of the block, and of its controls, on those
        domains.
    clusters : ndarray of int, shape (n,), or None
        Cluster of each domain, 0 to g - 1; None where each is its own.
    rows : ndarray of int, shape (n,)
        Places of the domains in the study.
    """

    domains: tuple[str, ...]
    pairs: tuple[Pair, ...]
    columns: dict[str, Floats]
    clusters: Indices | None = None
    rows: Indices = field(default_factory=lambda: np.empty(0, np.intp))

    @property
    def signals(self) -> tuple[str, ...]:
        """Signal columns of the block, each once."""
        return tuple(dict.fromkeys(pair.signal for pair in self.pairs))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcome columns of the block, each once."""
        return tuple(dict.fromkeys(pair.outcome for pair in self.pairs))

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        """What the rules need to know of each variable."""
        return {name: profile(self.columns[name]) for name in self.columns}

    def status(self, pair: Pair) -> Status:
        """Name the first rule that a pair breaks, or ``ok``."""
        return pair_status(
            len(self.domains),
            self.profiles[pair.signal],
            self.profiles[pair.outcome],
        )

    def generator(self, seed: int, purpose: str) -> np.random.Generator:
        """Give the random numbers of one purpose on this domain set.

        They depend on seed, purpose and domains alone, so that an added
        signal or platform leaves the resamples of the others as they were.

        Parameters
        ----------
        seed : int
            Seed of the whole table.
        purpose : str
            What the numbers are for; two purposes are independent.

        Returns
        -------
        numpy.random.Generator
        """
        text = "\n".join((str(seed), purpose, *self.domains))
        digest = hashlib.sha256(text.encode()).digest()
        return np.random.default_rng(int.from_bytes(digest))


def split_into_blocks(
    study: Study,
    pairs: Iterable[Pair],
    controls: Mapping[str, Sequence[str]] | None = None,
) -> list[Block]:
    """Group pairs by the set of domains on which both variables are known.

    Parameters
    ----------
    study : Study
        The frame; a missing value is NaN, an infinite one is known.
    pairs : iterable of Pair
        Pairs of its columns.
    controls : mapping of str to sequence of str, optional
        Columns to be known, and held in the block, beside a signal.

    Returns
    -------
    list of Block
        One block for each domain set, the empty set included.
    """
    beside = controls or {}
    masks: dict[bytes, Booleans] = {}
    members: dict[bytes, list[Pair]] = {}
    names: dict[bytes, set[str]] = {}
    for pair in pairs:
        needed = (pair.signal, pair.outcome, *beside.get(pair.signal, ()))
        mask = study.known(needed)
        key = mask.tobytes()
        masks[key] = mask
        members.setdefault(key, []).append(pair)
        names.setdefault(key, set()).update(needed)
    return [
        _block(study, masks[key], tuple(members[key]), names[key])
        for key in members
    ]


def _block(
    study: Study, mask: Booleans, pairs: tuple[Pair, ...], names: set[str]
) -> Block:
    domains = tuple(compress(study.domains, mask.tolist()))
    columns = {name: study.columns[name][mask] for name in sorted(names)}
    clusters = None if study.clusters is None else study.clusters[mask]
    rows = np.flatnonzero(mask)
    return Block(domains, pairs, columns, renumbered(clusters), rows)
