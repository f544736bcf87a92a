"""Blocks: pairs of variables that are known on the same set of domains."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from linksignal.stats.arrays import Booleans, Floats
from linksignal.stats.frames import Study


@dataclass(frozen=True)
class Pair:
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
        Values of each variable of the block on those domains.
    """

    domains: tuple[str, ...]
    pairs: tuple[Pair, ...]
    columns: dict[str, Floats]

    @property
    def signals(self) -> tuple[str, ...]:
        """Signal columns of the block, each once."""
        return tuple(dict.fromkeys(pair.signal for pair in self.pairs))

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Outcome columns of the block, each once."""
        return tuple(dict.fromkeys(pair.outcome for pair in self.pairs))

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


def split_into_blocks(study: Study, pairs: Iterable[Pair]) -> list[Block]:
    """Group pairs by the set of domains on which both variables are known.

    Parameters
    ----------
    study : Study
        The frame; a missing value is NaN, an infinite one is known.
    pairs : iterable of Pair
        Pairs of its columns.

    Returns
    -------
    list of Block
        One block for each domain set, the empty set included.
    """
    is_known = {
        name: ~np.isnan(values) for name, values in study.columns.items()
    }
    masks: dict[bytes, Booleans] = {}
    members: dict[bytes, list[Pair]] = {}
    for pair in pairs:
        mask = is_known[pair.signal] & is_known[pair.outcome]
        key = mask.tobytes()
        masks[key] = mask
        members.setdefault(key, []).append(pair)
    return [_block(study, masks[key], tuple(members[key])) for key in members]


def _block(study: Study, mask: Booleans, pairs: tuple[Pair, ...]) -> Block:
    names = {name for pair in pairs for name in (pair.signal, pair.outcome)}
    domains = tuple(study.domains[row] for row in np.flatnonzero(mask))
    columns = {name: study.columns[name][mask] for name in sorted(names)}
    return Block(domains, pairs, columns)
