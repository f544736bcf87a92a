"""Which correlations are compared with which, on which domains."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from linksignal.stats.arrays import Booleans
from linksignal.stats.blocks import Block, Pair
from linksignal.stats.frames import Study
from linksignal.stats.registry import Cell, Registry

ALL_PLATFORMS = "all"
ALL_DOMAINS = "all"

# Signals whose correlations are compared, each minus the other.
SIGNAL_CONTRASTS = (
    ("nofollow_links", "follow_links"),
    ("image_links", "text_links"),
    ("authority_score", "total_backlinks"),
    ("authority_score", "referring_domains"),
)

# The contrast that is also taken within ranges of authority deciles.
DECILE_CONTRAST = ("image_links", "text_links")
DECILE_RANGES = {
    "deciles_6_10": (6, 10),
    "deciles_6_8": (6, 8),
    "deciles_9_10": (9, 10),
}

DECILE_COLUMN = "authority_decile"
SCORE_COLUMN = "authority_score"


@dataclass(frozen=True)
class Comparison:
    """Two cells that share a signal or an outcome, on a set of domains.

    Attributes
    ----------
    first, second : Cell
        The cell that is subtracted from, and the one that is subtracted.
    domain_set : str
        ``ALL_DOMAINS`` or a key of ``DECILE_RANGES``.
    """

    first: Cell
    second: Cell
    domain_set: str = ALL_DOMAINS

    @property
    def kind(self) -> str:
        """What differs between the two, ``signals`` or ``platforms``."""
        is_one_platform = self.first.platform == self.second.platform
        return "signals" if is_one_platform else "platforms"

    @property
    def pairs(self) -> tuple[Pair, Pair]:
        """Columns that the first and the second cell correlate."""
        first, second = self.first, self.second
        return (
            Pair(first.signal, first.outcome_column),
            Pair(second.signal, second.outcome_column),
        )

    @property
    def rivals(self) -> tuple[str, str]:
        """The two columns that are not shared, first's before second's."""
        first, second = self.pairs
        if self.kind == "signals":
            return first.signal, second.signal
        return first.outcome, second.outcome

    @property
    def columns(self) -> tuple[str, ...]:
        """The three columns involved."""
        names = (name for p in self.pairs for name in (p.signal, p.outcome))
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class ComparisonBlock:
    """Comparisons on the same domains.

    Attributes
    ----------
    block : Block
        Those domains, and every pair the comparisons need.
    comparisons : tuple of Comparison
        At least one.
    """

    block: Block
    comparisons: tuple[Comparison, ...]


def plan_comparisons(registry: Registry) -> list[Comparison]:
    """List the comparisons of the table.

    Parameters
    ----------
    registry : Registry
        Signals, outcomes and platforms; a contrast of a signal that is not
        among them is left out.

    Returns
    -------
    list of Comparison
        Signal against signal, the same within decile ranges, platform
        against platform; each in the order of the registry.
    """
    return [
        *_signal_comparisons(registry),
        *_decile_comparisons(registry),
        *_platform_comparisons(registry),
    ]


def _signal_comparisons(registry: Registry) -> Iterator[Comparison]:
    for signals in SIGNAL_CONTRASTS:
        cells = [
            [cell for cell in registry.cells if cell.signal == signal]
            for signal in signals
        ]
        if all(cells):
            for first, second in zip(*cells, strict=True):
                yield Comparison(first, second)


def _decile_comparisons(registry: Registry) -> Iterator[Comparison]:
    for whole in _signal_comparisons(registry):
        signals = (whole.first.signal, whole.second.signal)
        if signals == DECILE_CONTRAST and whole.first.platform == ALL_PLATFORMS:
            for name in DECILE_RANGES:
                yield Comparison(whole.first, whole.second, name)


def _platform_comparisons(registry: Registry) -> Iterator[Comparison]:
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in registry.cells:
        if cell.platform != ALL_PLATFORMS:
            rows.setdefault((cell.signal, cell.outcome), []).append(cell)
    for cells in rows.values():
        for first, second in combinations(cells, 2):
            yield Comparison(first, second)


def split_by_domains(
    study: Study, comparisons: list[Comparison]
) -> list[ComparisonBlock]:
    """Group comparisons by the domains where all they need is known.

    Parameters
    ----------
    study : Study
        The frame with every column of the comparisons and
        ``authority_decile``, whose missing values are in no decile.
    comparisons : list of Comparison
        Any.

    Returns
    -------
    list of ComparisonBlock
        One for each set of domains, the empty set included.
    """
    is_known = {
        name: ~np.isnan(values) for name, values in study.columns.items()
    }
    masks: dict[bytes, Booleans] = {}
    members: dict[bytes, list[Comparison]] = {}
    for comparison in comparisons:
        mask = _in_domain_set(study, comparison.domain_set)
        for name in comparison.columns:
            mask &= is_known[name]
        key = np.packbits(mask).tobytes()
        masks[key] = mask
        members.setdefault(key, []).append(comparison)
    return [_gather(study, masks[key], members[key]) for key in members]


def _in_domain_set(study: Study, domain_set: str) -> Booleans:
    if domain_set == ALL_DOMAINS:
        return np.ones(len(study.domains), dtype=np.bool_)
    lowest, highest = DECILE_RANGES[domain_set]
    deciles = study.columns[DECILE_COLUMN]
    return np.asarray((deciles >= lowest) & (deciles <= highest))


def _gather(
    study: Study, mask: Booleans, comparisons: list[Comparison]
) -> ComparisonBlock:
    names = {name for one in comparisons for name in one.columns}
    pairs = dict.fromkeys(pair for one in comparisons for pair in one.pairs)
    block = Block(
        domains=tuple(study.domains[row] for row in np.flatnonzero(mask)),
        pairs=tuple(pairs),
        columns={name: study.columns[name][mask] for name in sorted(names)},
    )
    return ComparisonBlock(block, tuple(comparisons))
