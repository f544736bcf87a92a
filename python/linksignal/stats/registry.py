"""Signals and outcomes as the registries in ``seeds/lookups/`` name them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from linksignal.errors import LinksignalError
from linksignal.stats.scores import TRANSFORMS


@dataclass(frozen=True)
class Cell:
    """A signal against an outcome on a platform: a cell of the tables.

    Attributes
    ----------
    signal, outcome, platform : str
        Names as in the registries.
    """

    signal: str
    outcome: str
    platform: str

    @property
    def outcome_column(self) -> str:
        """Column of the features frame that holds the outcome."""
        return f"{self.outcome}_{self.platform}"


@dataclass(frozen=True)
class Registry:
    """What is crossed with what.

    Attributes
    ----------
    transforms : mapping of str to str
        Transform, ``log1p`` or ``none``, of every column of the features
        frame that is used.
    cells : tuple of Cell
        Every signal x outcome x platform, in the order of the registries.
    delivered : tuple of str
        Signals that are no part of the study: what its user knows besides.
    """

    transforms: Mapping[str, str]
    cells: tuple[Cell, ...]
    delivered: tuple[str, ...] = ()


def read_registry(
    signals: pd.DataFrame, outcomes: pd.DataFrame, platforms: Sequence[str]
) -> Registry:
    """Cross the registries.

    Parameters
    ----------
    signals : DataFrame
        Columns ``signal`` and ``transform``; optional ``is_delivered``.
    outcomes : DataFrame
        Columns ``outcome`` and ``transform``.
    platforms : sequence of str
        Platforms, and ``all``.

    Returns
    -------
    Registry

    Raises
    ------
    LinksignalError
        If a transform is neither ``log1p`` nor ``none``.
    """
    by_signal = _transforms(signals, "signal")
    by_outcome = _transforms(outcomes, "outcome")
    cells = tuple(
        Cell(signal, outcome, platform)
        for signal in by_signal
        for outcome in by_outcome
        for platform in platforms
    )
    transforms = dict(by_signal)
    for cell in cells:
        transforms[cell.outcome_column] = by_outcome[cell.outcome]
    return Registry(transforms, cells, _delivered(signals))


def _delivered(signals: pd.DataFrame) -> tuple[str, ...]:
    if "is_delivered" not in signals.columns:
        return ()
    is_delivered = signals["is_delivered"].astype(bool)
    return tuple(signals.loc[is_delivered, "signal"])


def _transforms(registry: pd.DataFrame, name: str) -> dict[str, str]:
    by_name = dict(zip(registry[name], registry["transform"], strict=True))
    for key, transform in by_name.items():
        if transform not in TRANSFORMS:
            raise LinksignalError(
                f"{name} {key} has the transform {transform!r}; "
                f"use one of {', '.join(TRANSFORMS)}"
            )
    return by_name
