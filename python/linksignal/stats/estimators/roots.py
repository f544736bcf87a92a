"""Where a function is zero, by Brent's method.

The method of ``scipy.optimize.brentq``, step by step: it comes to the same
number. Importing that costs a build more than all the roots it looks for.
"""

from __future__ import annotations

from collections.abc import Callable
from math import copysign, inf

import numpy as np

RELATIVE_TOLERANCE = 4 * float(np.finfo(np.float64).eps)
MAX_STEPS = 100

Point = tuple[float, float]


def find_root(
    function: Callable[[float], float],
    low: float,
    high: float,
    tolerance: float,
) -> float:
    """Find a zero of a function between two places.

    Parameters
    ----------
    function : callable
        Continuous between them, of different sign at them.
    low, high : float
        Two places.
    tolerance : float
        How near to a zero is near enough, above 0.

    Returns
    -------
    float
        A place between them; where `MAX_STEPS` did not do, the last one.

    Raises
    ------
    ValueError
        The signs do not differ, or the values are not numbers.

    References
    ----------
    Brent (1973), Algorithms for minimization without derivatives, Prentice
    Hall, chapter 4.
    """
    before: Point = (float(low), float(function(low)))
    now: Point = (float(high), float(function(high)))
    for end in (before, now):
        if end[1] == 0:
            return end[0]
    if not before[1] * copysign(1.0, now[1]) < 0:
        raise ValueError("the function has no two signs at the ends")
    across, last_step, step = before, 0.0, 0.0
    for _ in range(MAX_STEPS):
        if now[1] != 0 and before[1] * copysign(1.0, now[1]) < 0:
            across = before
            last_step = step = now[0] - before[0]
        if abs(across[1]) < abs(now[1]):
            before, now, across = now, across, now
        near = (tolerance + RELATIVE_TOLERANCE * abs(now[0])) / 2
        half = (across[0] - now[0]) / 2
        if now[1] == 0 or abs(half) < near:
            break
        tried = None
        if abs(last_step) > near and abs(now[1]) < abs(before[1]):
            tried = _interpolated(before, now, across)
        most = min(abs(last_step), 3 * abs(half) - near)
        if tried is not None and 2 * abs(tried) < most:
            last_step, step = step, tried
        else:
            last_step = step = half
        before = now
        place = now[0] + (step if abs(step) > near else copysign(near, half))
        now = (place, float(function(place)))
    return now[0]


def _interpolated(before: Point, now: Point, across: Point) -> float:
    """Step to the zero of the line or curve through the points; else far."""
    if before[0] == across[0]:
        return -now[1] * (now[0] - before[0]) / (now[1] - before[1])
    slope = (before[1] - now[1]) / (before[0] - now[0])
    other = (across[1] - now[1]) / (across[0] - now[0])
    bend = other * slope * (across[1] - before[1])
    if bend == 0:
        return inf
    return -now[1] * (across[1] * other - before[1] * slope) / bend
