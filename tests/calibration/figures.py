"""One figure of the calibration, next to the bound it is held to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from linksignal.stats.arrays import Booleans, Floats


@dataclass(frozen=True)
class Bound:
    """What a figure is held to, both ends included.

    Attributes
    ----------
    low, high : float
        Shares, 0-1.
    """

    low: float = 0.0
    high: float = 1.0

    def __str__(self) -> str:
        """In per cent, without an end that holds anyway."""
        if self.low <= 0:
            return f"≤ {100 * self.high:.1f}"
        if self.high >= 1:
            return f"≥ {100 * self.low:.1f}"
        return f"{100 * self.low:.1f}-{100 * self.high:.1f}"


COVERAGE = Bound(0.93, 0.97)
TYPE_I = Bound(0.035, 0.065)
# Nominal 5 % and half a point.
FAMILY = Bound(high=0.055)
# A test that must not err too often, but may err less: a difference between
# hypotheses that the sample cannot tell apart makes it conservative.
LEVEL = Bound(high=0.065)
# The nominal error rate of the ledger.
WRONG_VERDICTS = Bound(high=0.05)


@dataclass(frozen=True)
class Figure:
    """A share measured by simulation.

    Attributes
    ----------
    quantity : str
        What was measured, with the method.
    law : str
        Where the samples came from.
    rows : int
        Rows n of a sample.
    rho : str
        Correlation of the copula, or what stands for it.
    draws : int
        Samples that count.
    share : float
        The figure, 0-1; NaN without a sample.
    error : float
        Its Monte-Carlo standard error.
    low, high : float or None
        The bound; None where the figure is reported without one.
    """

    quantity: str
    law: str
    rows: int
    rho: str
    draws: int
    share: float
    error: float
    low: float | None = None
    high: float | None = None

    @property
    def bound(self) -> Bound | None:
        """The bound, or None where there is none."""
        if self.low is None or self.high is None:
            return None
        return Bound(self.low, self.high)

    def is_inside(self, errors: float = 0.0) -> bool:
        """Tell whether the figure keeps its bound.

        Parameters
        ----------
        errors : float, default 0
            Monte-Carlo errors by which the bound is widened, those of a
            share that lies at the bound itself.

        Returns
        -------
        bool
            True where there is no bound, False without a sample.
        """
        if self.bound is None:
            return True
        if not self.draws:
            return False
        low, high = (
            np.sqrt(end * (1 - end) / self.draws) * errors
            for end in (self.bound.low, self.bound.high)
        )
        return bool(
            self.bound.low - low <= self.share <= self.bound.high + high
        )


@dataclass(frozen=True)
class Place:
    """Where figures were measured: law, rows and copula correlation."""

    law: str
    rows: int
    rho: str = ""

    def figure(
        self,
        quantity: str,
        draws: int,
        measured: tuple[float, float],
        bound: Bound | None,
    ) -> Figure:
        """Make the figure of a quantity from a share and its error."""
        share, error = measured
        return Figure(
            quantity=quantity,
            law=self.law,
            rows=self.rows,
            rho=self.rho,
            draws=draws,
            share=share,
            error=error,
            low=None if bound is None else bound.low,
            high=None if bound is None else bound.high,
        )


def share_of(
    quantity: str,
    place: Place,
    hits: Booleans | Iterable[bool],
    bound: Bound | None = None,
) -> Figure:
    """Make a figure from what happened in each sample.

    Parameters
    ----------
    quantity : str
        What happened.
    place : Place
        Where.
    hits : iterable of bool
        Whether it happened, for each sample that counts.
    bound : Bound, optional
        What the share is held to.

    Returns
    -------
    Figure
        With a binomial error, of half a hit more among one sample more: no
        share, not 0 either, is without error.
    """
    happened = np.asarray(list(hits), dtype=np.bool_)
    draws, count = len(happened), int(happened.sum())
    near = (count + 0.5) / (draws + 1)
    share = count / draws if draws else float("nan")
    error = float(np.sqrt(near * (1 - near) / max(draws, 1)))
    return place.figure(quantity, draws, (share, error), bound)


def mean_of(
    quantity: str, place: Place, shares: Floats, bound: Bound | None = None
) -> Figure:
    """Make a figure from a share measured in each sample.

    Parameters
    ----------
    quantity, place, bound
        As in `share_of`.
    shares : ndarray, shape (draws,)
        A share of each sample, 0-1.

    Returns
    -------
    Figure
        The mean, with the error of a mean.
    """
    draws = len(shares)
    error = float(np.std(shares, ddof=1) / np.sqrt(draws))
    return place.figure(quantity, draws, (float(shares.mean()), error), bound)
