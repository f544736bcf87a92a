"""Which quantities are compared with which, on which domains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np

from linksignal.stats.arrays import Booleans
from linksignal.stats.frames import ALL_PLATFORMS, Study
from linksignal.stats.registry import Cell, Registry
from linksignal.stats.tables.cells import PEARSON_LOG1P, SPEARMAN

ALL_DOMAINS = "all"

# Signals whose correlations are compared, each minus the other.
SIGNAL_CONTRASTS = (
    ("nofollow_links", "follow_links"),
    ("image_links", "text_links"),
    ("authority_score", "total_backlinks"),
    ("authority_score", "referring_domains"),
)

# The two kinds that links are divided into: counts of the same thing.
KINDS_OF_LINKS = SIGNAL_CONTRASTS[:2]

# Outcomes that the claims rest on, and what is shown beside them.
SIGNAL_OUTCOMES = ("ai_mentions", "share_of_voice", "unbranded_mentions")
PLATFORM_OUTCOMES = ("ai_mentions",)
COUNTED_OUTCOMES = ("ai_mentions", "unbranded_mentions")

# Signals for which platforms are compared.
PLATFORM_SIGNALS = ("authority_score", "image_links")

# The contrast that is also taken within ranges of authority deciles.
DECILE_CONTRAST = ("image_links", "text_links")
DECILE_RANGES = {
    "deciles_6_10": (6, 10),
    "deciles_6_8": (6, 8),
    "deciles_9_10": (9, 10),
}

DECILE_COLUMN = "authority_decile"
SCORE_COLUMN = "authority_score"

# What the joint model of composition knows beside the ratio it is about.
TOTAL, BREADTH = "total_backlinks", "referring_domains"
CONTROLS = (SCORE_COLUMN, TOTAL, BREADTH)

# What a signal that the user delivered is held against.
GAUGES = (SCORE_COLUMN, BREADTH)

THINNED = "spearman_thinned"
SLOPE = "slope"
COMPOSITION = "composition"


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
    def signals(self) -> tuple[str, str]:
        """Signals of the first and of the second cell."""
        return self.first.signal, self.second.signal

    @property
    def outcomes(self) -> tuple[str, str]:
        """Outcome columns of the first and of the second cell."""
        return self.first.outcome_column, self.second.outcome_column

    @property
    def is_of_kinds(self) -> bool:
        """Whether two kinds of the same links are compared."""
        return self.signals in KINDS_OF_LINKS

    @property
    def rivals(self) -> tuple[str, str]:
        """The two columns that are not shared, first's before second's."""
        return self.signals if self.kind == "signals" else self.outcomes

    @property
    def shared(self) -> str:
        """The column that both have."""
        is_signals = self.kind == "signals"
        return self.outcomes[0] if is_signals else self.signals[0]

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods by which the two are compared."""
        if self.kind == "platforms":
            return (SPEARMAN, PEARSON_LOG1P, THINNED, SLOPE)
        if not self.is_of_kinds:
            return (SPEARMAN, PEARSON_LOG1P)
        if self.first.outcome not in COUNTED_OUTCOMES:
            return (SPEARMAN, PEARSON_LOG1P, THINNED)
        return (SPEARMAN, PEARSON_LOG1P, THINNED, COMPOSITION)

    def columns(self, method: str, known: Sequence[str]) -> tuple[str, ...]:
        """Name the columns that a method needs.

        Parameters
        ----------
        method : str
            One of `methods`.
        known : sequence of str
            Columns with any value: of the joint model only these take part.

        Returns
        -------
        tuple of str
        """
        names = [*self.signals, *self.outcomes]
        if method == COMPOSITION:
            others = [
                *CONTROLS,
                *(one for pair in KINDS_OF_LINKS for one in pair),
            ]
            names += [TOTAL, *(name for name in others if name in known)]
        return tuple(dict.fromkeys(names))


@dataclass(frozen=True)
class Task:
    """A comparison by a method, and the columns of a study that it needs."""

    comparison: Comparison
    method: str
    columns: tuple[str, ...]


def plan_tasks(
    comparisons: Sequence[Comparison], known: Sequence[str]
) -> list[Task]:
    """Return every comparison by each of its methods.

    Parameters
    ----------
    comparisons : sequence of Comparison
    known : sequence of str
        As in `Comparison.columns`.

    Returns
    -------
    list of Task
    """
    return [
        Task(one, method, one.columns(method, known))
        for one in comparisons
        for method in one.methods
    ]


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
        Signal against signal (delivered ones against `GAUGES`), the same
        within decile ranges, platform against platform; each in the order of
        the registry.
    """
    return [
        *_signal_comparisons(registry),
        *_decile_comparisons(registry),
        *_platform_comparisons(registry),
    ]


def _signal_comparisons(registry: Registry) -> Iterator[Comparison]:
    delivered = product(registry.delivered, GAUGES)
    for signals in (*SIGNAL_CONTRASTS, *delivered):
        cells = [
            [
                cell
                for cell in registry.cells
                if cell.signal == signal and cell.outcome in SIGNAL_OUTCOMES
            ]
            for signal in signals
        ]
        if all(cells):
            for first, second in zip(*cells, strict=True):
                yield Comparison(first, second)


def _decile_comparisons(registry: Registry) -> Iterator[Comparison]:
    for whole in _signal_comparisons(registry):
        is_of_all = whole.first.platform == ALL_PLATFORMS
        if whole.signals == DECILE_CONTRAST and is_of_all:
            for name in DECILE_RANGES:
                yield Comparison(whole.first, whole.second, name)


def _platform_comparisons(registry: Registry) -> Iterator[Comparison]:
    rows: dict[tuple[str, str], list[Cell]] = {}
    for cell in registry.cells:
        if (
            cell.platform != ALL_PLATFORMS
            and cell.signal in PLATFORM_SIGNALS
            and cell.outcome in PLATFORM_OUTCOMES
        ):
            rows.setdefault((cell.signal, cell.outcome), []).append(cell)
    for cells in rows.values():
        for first, second in combinations(cells, 2):
            yield Comparison(first, second)


def split_by_domains(
    study: Study, tasks: Sequence[Task]
) -> list[tuple[Booleans, list[Task]]]:
    """Group tasks by the domains where all they need is known.

    Parameters
    ----------
    study : Study
        The frame with every column of the tasks and ``authority_decile``,
        whose missing values are in no decile.
    tasks : sequence of Task
        Any.

    Returns
    -------
    list of (ndarray of bool, shape (n,), list of Task)
        One for each set of domains, the empty set included.
    """
    groups: dict[bytes, tuple[Booleans, list[Task]]] = {}
    for task in tasks:
        mask = _in_domain_set(study.columns, task.comparison.domain_set)
        mask &= study.known(task.columns)
        key = np.packbits(mask).tobytes()
        groups.setdefault(key, (mask, []))[1].append(task)
    return list(groups.values())


def _in_domain_set(
    columns: Mapping[str, np.ndarray], domain_set: str
) -> Booleans:
    deciles = columns[DECILE_COLUMN]
    if domain_set == ALL_DOMAINS:
        return np.ones(len(deciles), dtype=np.bool_)
    lowest, highest = DECILE_RANGES[domain_set]
    return np.asarray((deciles >= lowest) & (deciles <= highest))
