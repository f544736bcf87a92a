"""The cells of the calibration: pieces of work with a name and a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from linksignal.simulate import PANEL_DIRECTIONS

from calibration.contrast_errors import (
    Contrasted,
    platform_contrasts,
    signal_contrasts,
    type_i_figures,
)
from calibration.coverage import coverage_figures
from calibration.equivalence import (
    SHARE_SPREADS,
    level_figures,
    power_figures,
)
from calibration.figures import Figure
from calibration.joint import GAUGE_WORLDS, JOINT_ROWS, LAWS, joint_work
from calibration.kinks import KINKED_LAWS, SMOOTH_LAWS, kink_figures
from calibration.p_value_errors import family_figures, family_laws
from calibration.panels import (
    GAINS,
    SCEPTICAL,
    Order,
    panel_figures,
    sceptical_figures,
)
from calibration.panels import SIZES as PANEL_SIZES
from calibration.planted import BY_NAME, WORLDS
from calibration.planted import World as PlantedWorld
from calibration.planted_run import planted_figures
from calibration.single_p_values import SIZES, single_p_figures
from calibration.worlds import (
    COMMON,
    RHOS,
    ROW_COUNTS,
    SPARSE,
    World,
    links_world,
    score_world,
)

Work = Callable[[int, np.random.Generator], list[Figure]]

# Rows reported beside those that are held to a bound.
SMALLEST_ROWS = 10

# Domains of the studies that the limits of the ledger are about, and worlds in
# which claims are true.
LEDGER_ROWS = 1_000
POWER_WORLDS = (
    "threshold at 30",
    "authority is the better gauge",
    "size drives both, gauges equal",
    "platforms differ",
    "images count more at the top",
)

# A sample of more rows is large: it costs more, and may get fewer draws.
LARGE_ROWS = 1_000


@dataclass(frozen=True)
class Effort:
    """How many samples are drawn.

    Attributes
    ----------
    small, large : int
        Samples of fewer than `LARGE_ROWS` rows, and of as many or more.
    family : int
        Samples of the whole table of p values.
    kink : int
        Samples for the kink test.
    single : int
        Samples for single p values.
    ledger : int
        Samples for the ledger.
    panel : int
        Studies over months of each world.
    joint : int
        Samples for the ratios of joint models; a tenth for gauges.
    target_rows : int
        Rows of the draw that stands for a law.
    """

    small: int = 10_000
    large: int = 10_000
    family: int = 10_000
    kink: int = 2_000
    single: int = 20_000
    ledger: int = 200
    panel: int = 1_000
    joint: int = 1_000
    target_rows: int = 3_000_000


@dataclass(frozen=True)
class Cell:
    """One piece of work.

    Attributes
    ----------
    name : str
        Unlike that of every other cell.
    draws : int
        Samples.
    work : callable
        From draws and a generator to figures.
    """

    name: str
    draws: int
    work: Work

    def run(self, seed: int) -> list[Figure]:
        """Do the work.

        Parameters
        ----------
        seed : int
            Seed of the calibration; the cell's generator depends on it and
            on the name alone.

        Returns
        -------
        list of Figure
        """
        digest = hashlib.sha256(f"{seed} {self.name}".encode()).digest()
        generator = np.random.default_rng(int.from_bytes(digest))
        return self.work(self.draws, generator)


def all_cells(effort: Effort) -> list[Cell]:
    """List the cells.

    Parameters
    ----------
    effort : Effort
        Samples of each kind.

    Returns
    -------
    list of Cell
        In the order of the report.
    """
    return [
        *_coverage_cells(effort),
        *_p_value_cells(effort),
        *_contrast_cells(effort),
        *_equivalence_cells(effort),
        *_kink_cells(effort),
    ]


def correlation_worlds() -> tuple[World, ...]:
    """Give the worlds in which intervals are judged."""
    return (
        score_world(COMMON, "score, common mentions"),
        links_world(COMMON, "links, common mentions"),
        links_world(SPARSE, "links, sparse mentions"),
    )


def _draws(effort: Effort, row_count: int) -> int:
    return effort.large if row_count >= LARGE_ROWS else effort.small


def _coverage_cells(effort: Effort) -> Iterator[Cell]:
    for world in correlation_worlds():
        for row_count in (SMALLEST_ROWS, *ROW_COUNTS):
            yield Cell(
                f"coverage, {world.name}, n = {row_count}",
                _draws(effort, row_count),
                partial(_coverage, world, row_count, effort.target_rows),
            )


def _coverage(
    world: World,
    row_count: int,
    target_rows: int,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    return coverage_figures(world, row_count, draws, target_rows, generator)


def _p_value_cells(effort: Effort) -> Iterator[Cell]:
    for family in family_laws():
        for row_count in (30, 100):
            yield Cell(
                f"family, {family.name}, n = {row_count}",
                effort.family,
                partial(family_figures, family, row_count),
            )


def _contrast_cells(effort: Effort) -> Iterator[Cell]:
    paired = [
        score_world(COMMON, "platforms alike", (rho, rho, other, other))
        for rho, other in (RHOS[:2], RHOS[2:])
    ]
    kinds = [
        (world, Contrasted("signal", signal_contrasts, world.rhos))
        for world in correlation_worlds()
        if world.is_count
    ] + [
        (world, Contrasted("platform", platform_contrasts, world.rhos[::2]))
        for world in paired
    ]
    for world, contrasted in kinds:
        for row_count in ROW_COUNTS:
            yield Cell(
                f"{contrasted.kind}_contrasts, {world.name}, "
                f"{contrasted.rhos}, n = {row_count}",
                _draws(effort, row_count),
                partial(_contrasts, world, row_count, contrasted),
            )


def _contrasts(
    world: World,
    row_count: int,
    contrasted: Contrasted,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    return type_i_figures(world, row_count, draws, generator, contrasted)


def _equivalence_cells(effort: Effort) -> Iterator[Cell]:
    for spread in SHARE_SPREADS:
        for row_count in (100, 300, 1000):
            yield Cell(
                f"equivalence, power, spread {spread:g}, n = {row_count}",
                _draws(effort, row_count),
                partial(power_figures, spread, row_count),
            )
    for row_count in ROW_COUNTS:
        yield Cell(
            f"equivalence, level, n = {row_count}",
            _draws(effort, row_count),
            partial(_level, row_count, effort.target_rows),
        )


def _level(
    row_count: int,
    target_rows: int,
    draws: int,
    generator: np.random.Generator,
) -> list[Figure]:
    return level_figures(row_count, draws, target_rows, generator)


def _kink_cells(effort: Effort) -> Iterator[Cell]:
    for name in (*SMOOTH_LAWS, *KINKED_LAWS):
        yield Cell(f"kink, {name}", effort.kink, partial(kink_figures, name))


def single_p_cells(effort: Effort) -> list[Cell]:
    """List the sizes of studies and shares of zeros of single p values.

    Parameters
    ----------
    effort : Effort
        Samples of each.

    Returns
    -------
    list of Cell
    """
    return [
        Cell(
            f"single p, n = {row_count}, {zero_share:.0%} zeros",
            effort.single,
            partial(single_p_figures, row_count, zero_share),
        )
        for row_count, zero_share in SIZES
    ]


def joint_cells(effort: Effort) -> list[Cell]:
    """List the laws and worlds of joint models.

    Parameters
    ----------
    effort : Effort
        Samples of each.

    Returns
    -------
    list of Cell
    """
    names = {law.name: effort.joint for law in LAWS}
    gauges = dict.fromkeys(GAUGE_WORLDS, max(1, effort.joint // 10))
    return [
        Cell(
            f"{kind}, {name}, n = {row_count}",
            draws,
            partial(joint_work(name, kind), row_count),
        )
        for kind, cells in (("ratios", names), ("gauges", gauges))
        for name, draws in cells.items()
        for row_count in JOINT_ROWS
    ]


def ledger_cells(effort: Effort) -> list[Cell]:
    """List the planted worlds, at the size of the limits and of power.

    Parameters
    ----------
    effort : Effort
        Studies of each world.

    Returns
    -------
    list of Cell
    """
    small = [
        _ledger_cell(BY_NAME[name], row_count, effort.ledger)
        for name in POWER_WORLDS
        for row_count in (100, 300)
    ]
    weak = BY_NAME["weak threshold at 30"]
    return [
        *(_ledger_cell(world, LEDGER_ROWS, effort.ledger) for world in WORLDS),
        _ledger_cell(weak, 10 * LEDGER_ROWS, effort.ledger // 4),
        *small,
    ]


def _ledger_cell(world: PlantedWorld, row_count: int, draws: int) -> Cell:
    return Cell(
        f"ledger, {world.name}, n = {row_count}",
        draws,
        partial(planted_figures, world, row_count),
    )


def panel_cells(effort: Effort) -> list[Cell]:
    """List the worlds of studies over months.

    Parameters
    ----------
    effort : Effort
        Studies of each.

    Returns
    -------
    list of Cell
    """
    smaller, _, larger = GAINS
    planted = [*map(Order, PANEL_DIRECTIONS)]
    others = [Order("forward", smaller), Order("reverse", larger)]
    works = [
        (order.name, size, effort.panel, partial(panel_figures, order, size))
        for order in planted
        for size in PANEL_SIZES
    ]
    # A third of the studies: these say what else is to be known.
    works += [
        (
            order.name,
            size,
            effort.panel // 3,
            partial(panel_figures, order, size),
        )
        for order in others
        for size in PANEL_SIZES
    ] + [
        (
            world,
            size,
            effort.panel // 3,
            partial(sceptical_figures, world, size),
        )
        for world in SCEPTICAL
        for size in PANEL_SIZES[:2]
    ]
    return [
        Cell(f"panel, {name}, n x m = {size}", draws, work)
        for name, size, draws, work in works
    ]
