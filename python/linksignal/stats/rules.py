"""Rules that every estimate obeys: what is needed, and what is said if not.

A correlation needs ``MIN_ROWS`` rows, and in either variable
``MIN_OFF_MODE_ROWS`` rows off its most common value. Where a rule is broken
the row keeps its place, its numbers are missing, and `Status` names the rule.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

import numpy as np
from scipy.special import ndtri

from linksignal.project import PROJECT_DIR
from linksignal.stats.arrays import Floats
from linksignal.stats.ranks import TieGroups, tie_groups

MIN_ROWS = 10
MIN_OFF_MODE_ROWS = 10
MIN_DISTINCT_SCORES = 10

CORRELATION_LEVEL = 0.05
CORRELATION_POWER = 0.80

# Two values this close, relative to their size, differ by rounding alone
# (the bound scipy uses for its NearConstantInputWarning).
ROUNDING_SPREAD = 1e-13


class Status(StrEnum):
    """The stated outcome of an estimate."""

    OK = "ok"
    TOO_FEW = "too_few"
    TOO_FEW_DISTINCT = "too_few_distinct"
    CONSTANT_SIGNAL = "constant_signal"
    CONSTANT_OUTCOME = "constant_outcome"
    NO_OVERLAP = "no_overlap"
    UNRELIABLE = "unreliable"
    NOT_CONVERGED = "not_converged"
    COLLINEAR = "collinear"
    SEPARATED = "separated"
    TOO_MANY = "too_many"

    @classmethod
    def _missing_(cls, value: object) -> Status | None:
        """Take any status of the lookup: those above are named by rules."""
        if not isinstance(value, str) or value not in status_sentences():
            return None
        member = str.__new__(cls, value)
        member._name_, member._value_ = value.upper(), value
        return cls._value2member_map_.setdefault(value, member)  # type: ignore[return-value]

    @property
    def sentence(self) -> str | None:
        """What it says where no rule says more; None for ``ok``."""
        return status_sentences()[self.value] or None


FEW_OWNERS = f"The domains belong to fewer than {MIN_ROWS} owners."

STATUS_FILE = PROJECT_DIR / "seeds" / "lookups" / "statuses.csv"


@cache
def status_sentences() -> dict[str, str]:
    """Read what each status means, from the lookup of statuses.

    Returns
    -------
    dict of str to str
        One sentence by status; empty for ``ok``.
    """
    with STATUS_FILE.open(encoding="utf-8", newline="") as file:
        return {row["status"]: row["sentence"] for row in csv.DictReader(file)}


@dataclass(frozen=True)
class Profile:
    """What the rules need to know of one variable.

    Attributes
    ----------
    is_finite : bool
        No value is infinite (or undefined after a transform).
    is_constant : bool
        All values agree, up to rounding.
    off_mode_count : int
        Rows off the most common value. Where no value repeats there is no
        common value, and every row counts.
    distinct_count : int
        Distinct values.
    zero_share, tied_share : float
        Shares (0-1) of rows that are zero, and that share their value with
        another row; NaN without rows.
    """

    is_finite: bool
    is_constant: bool
    off_mode_count: int
    distinct_count: int
    zero_share: float
    tied_share: float


def profile(values: Floats) -> Profile:
    """Describe one variable.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Values without missing ones; any real number or infinity.

    Returns
    -------
    Profile
    """
    return profile_of_groups(tie_groups(values))


def profile_of_groups(groups: TieGroups) -> Profile:
    """Describe a variable whose rows are grouped already.

    Parameters
    ----------
    groups : TieGroups
        Its rows by value.

    Returns
    -------
    Profile
    """
    row_count, values, counts = groups.row_count, groups.values, groups.sizes
    if row_count == 0:
        return Profile(True, True, 0, 0, np.nan, np.nan)
    ends = values[[0, -1]].tolist()
    is_finite = bool(np.isfinite(values).all())
    most_common = int(counts.max())
    return Profile(
        is_finite=is_finite,
        is_constant=is_finite and _agrees(*ends),
        off_mode_count=row_count - (most_common if most_common > 1 else 0),
        distinct_count=len(counts),
        zero_share=int(counts[values == 0].sum()) / row_count,
        tied_share=float(counts[counts > 1].sum() / row_count),
    )


def _agrees(smallest: float, largest: float) -> bool:
    """Return whether the range of a variable is nothing but rounding."""
    size = max(abs(smallest), abs(largest))
    return largest - smallest <= ROUNDING_SPREAD * size


def pair_status(row_count: int, signal: Profile, outcome: Profile) -> Status:
    """Name the first rule that a pair of variables breaks.

    Parameters
    ----------
    row_count : int
        Rows where both variables are known.
    signal, outcome : Profile
        Both variables over those rows.

    Returns
    -------
    Status
        ``ok`` when a correlation and its interval may be computed. An
        infinite value makes the pair ``unreliable``: the figure it would
        give depends on how the infinity is read.
    """
    off_mode_count = min(signal.off_mode_count, outcome.off_mode_count)
    rules = (
        (row_count == 0, Status.NO_OVERLAP),
        (row_count < MIN_ROWS, Status.TOO_FEW),
        (not (signal.is_finite and outcome.is_finite), Status.UNRELIABLE),
        (signal.is_constant, Status.CONSTANT_SIGNAL),
        (outcome.is_constant, Status.CONSTANT_OUTCOME),
        (off_mode_count < MIN_OFF_MODE_ROWS, Status.TOO_FEW_DISTINCT),
    )
    return next((status for is_broken, status in rules if is_broken), Status.OK)


@cache
def smallest_detectable_r(row_count: float) -> float:
    """Return the smallest correlation a two-sided test would likely find.

    Parameters
    ----------
    row_count : float
        Rows, or the effective number of rows where they are dependent.

    Returns
    -------
    float
        The |r| (0-1) found with power ``CORRELATION_POWER`` at level
        ``CORRELATION_LEVEL``, by Fisher's z; NaN up to three rows.

    References
    ----------
    Fisher (1921), On the "probable error" of a coefficient of correlation
    deduced from a small sample, Metron 1, 3-32.
    """
    degrees = row_count - 3
    if degrees <= 0:
        return float("nan")
    reach = ndtri(1 - CORRELATION_LEVEL / 2) + ndtri(CORRELATION_POWER)
    return float(np.tanh(reach / np.sqrt(degrees)))
