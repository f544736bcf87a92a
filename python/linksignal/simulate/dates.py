"""The fixed dates of every simulated study, so that content repeats."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa

from linksignal.simulate.noise import Ints

AS_OF = date(2025, 10, 1)
LOADED_AT = datetime(2025, 10, 2, 6, 0)


def days_before(day: date, days: Ints) -> Any:
    """Midnights some days before a day, as Arrow timestamps."""
    moments = np.datetime64(day, "D") - days.astype("timedelta64[D]")
    return pa.array(moments.astype("datetime64[us]"))


def minutes_before(day: date, minutes: Ints) -> Any:
    """Moments some minutes before a day began, as Arrow timestamps."""
    moments = np.datetime64(day, "m") - minutes.astype("timedelta64[m]")
    return pa.array(moments.astype("datetime64[us]"))
