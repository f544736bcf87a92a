"""Estimates read from the tables of contrasts and thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from linksignal.stats.claims.parts import (
    Difference,
    Growth,
    Part,
    Quantity,
    Side,
    Threshold,
)
from linksignal.stats.contrasts.comparisons import ALL_PLATFORMS
from linksignal.stats.contrasts.estimator import (
    Contrast,
    independent_difference,
)
from linksignal.stats.rules import Status

DECIDING_METHOD = "spearman"
CHECKING_METHOD = "pearson_log1p"
OUTCOME = "ai_mentions"

# An error from as many coefficients, of a correlation or a line.
FITTED = 2


@dataclass(frozen=True)
class Reading:
    """What the tables say of a quantity.

    Attributes
    ----------
    n : int
        Domains behind it.
    estimate : float
        NaN where there is none.
    status : Status
        ``ok``, or the first rule that is broken.
    reason : str or None
        The table's sentence on a status that is not ``ok``.
    contrast : Contrast
        The estimate with its error, one element; NaN where there is none.
    p_value : float
        p of a kink; else NaN.
    n_for_power : float
        Domains with which equality would likely be certified; else NaN.
    """

    n: int
    estimate: float
    status: Status
    reason: str | None
    contrast: Contrast
    p_value: float = np.nan
    n_for_power: float = np.nan

    def p_of(self, part: Part) -> float:
        """Test a part that is about this quantity.

        Parameters
        ----------
        part : Part

        Returns
        -------
        float
            One-sided p value (0-1); small where the part holds.
        """
        if part.side is Side.THERE:
            return self.p_value
        if part.side is Side.WITHIN:
            return float(self.contrast.equivalence_p(part.bound)[0])
        if part.side is Side.ABOVE:
            return float(self.contrast.one_sided_p(part.bound, "above")[0])
        return float(self.contrast.one_sided_p(part.bound, "below")[0])

    def interval(self, ci_level: float) -> tuple[float, float]:
        """Give the two-sided interval, NaN where there is none."""
        low, high = self.contrast.interval(ci_level)
        return float(low[0]), float(high[0])


_ABSENT: Mapping[str, Any] = {
    "n": 0,
    "difference": np.nan,
    "status": Status.NO_OVERLAP,
    "reason": None,
    "standard_error": np.nan,
    "p_value": np.nan,
}


class Evidence:
    """The tables that claims rest on.

    Parameters
    ----------
    contrasts, thresholds : DataFrame
        Tables of contrasts and of thresholds.
    """

    def __init__(
        self, contrasts: pd.DataFrame, thresholds: pd.DataFrame
    ) -> None:
        of_mentions = contrasts[contrasts["outcome"] == OUTCOME]
        self._differences = {
            (
                Difference(
                    row["signal_a"],
                    row["platform_a"],
                    row["signal_b"],
                    row["platform_b"],
                    row["domain_set"],
                ),
                row["method"],
            ): row
            for row in of_mentions.to_dict("records")
        }
        of_all = thresholds[
            (thresholds["platform"] == ALL_PLATFORMS)
            & (thresholds["signal"] == "authority_score")
            & (thresholds["outcome"] == OUTCOME)
        ]
        self._thresholds = {
            row["quantity"]: row for row in of_all.to_dict("records")
        }

    def read(
        self, quantity: Quantity, method: str = DECIDING_METHOD
    ) -> Reading:
        """Look a quantity up.

        Parameters
        ----------
        quantity : Quantity
            A growth is that of two leaves, whose own readings say whether
            there is one.
        method : str, default spearman
            Method of the correlations in it.

        Returns
        -------
        Reading

        Raises
        ------
        KeyError
            If the table of thresholds has no such row. A platform without
            outcomes has no rows of contrasts: those read as ``no_overlap``.
        """
        match quantity:
            case Difference():
                return self._difference(quantity, method)
            case Growth():
                return _growth(
                    self.read(quantity.upper, method),
                    self.read(quantity.lower, method),
                )
            case Threshold():
                row = self.threshold(quantity.name)
                # A kink has an estimate only where the test rejects.
                is_kink = quantity.name == "kink"
                return _reading(row, "statistic" if is_kink else "estimate")

    def threshold(self, name: str) -> Mapping[str, Any]:
        """Give the row of a quantity over all platforms."""
        row: Mapping[str, Any] = self._thresholds[name]
        return row

    def _difference(self, wanted: Difference, method: str) -> Reading:
        """Look it up either way round: the table has each pair once."""
        row = self._differences.get((wanted, method))
        if row is not None:
            return _reading(row, "difference")
        turned = Difference(
            wanted.signal_b,
            wanted.platform_b,
            wanted.signal_a,
            wanted.platform_a,
            wanted.domain_set,
        )
        row = self._differences.get((turned, method), _ABSENT)
        return _reading({**row, "difference": -row["difference"]}, "difference")


def _reading(row: Mapping[str, Any], column: str) -> Reading:
    status = Status(row["status"])
    is_ok = status is Status.OK
    n = int(row["n"])
    error = _number(row["standard_error"]) if is_ok else np.nan
    return Reading(
        n=n,
        estimate=_number(row[column]),
        status=status,
        reason=None if is_ok else row["reason"],
        contrast=_one(_number(row[column]), error, max(n - FITTED, 1)),
        p_value=_number(row["p_value"]) if is_ok else np.nan,
        n_for_power=_number(row.get("n_for_power")),
    )


def _growth(upper: Reading, lower: Reading) -> Reading:
    """Subtract readings of disjoint domains, Welch's degrees of freedom."""
    return Reading(
        n=upper.n + lower.n,
        estimate=upper.estimate - lower.estimate,
        status=Status.OK,
        reason=None,
        contrast=independent_difference(upper.contrast, lower.contrast),
    )


def _one(estimate: float, error: float, degrees: float) -> Contrast:
    return Contrast(
        np.array([estimate]), np.array([error]), np.array([degrees])
    )


def _number(value: Any) -> float:
    return np.nan if value is None or pd.isna(value) else float(value)
