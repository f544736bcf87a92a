"""Says whether two tables hold the same: counts exactly, floats to 1e-9."""

from __future__ import annotations

import pandas as pd
from pandas.api.types import is_integer_dtype, is_numeric_dtype
from pandas.testing import assert_series_equal

DECILE_KEY = ["signal", "outcome", "platform", "decile"]
OUTCOME_KEY = ["domain", "platform", "outcome"]
PAIR_KEY = ["signal", "outcome", "platform", "method", "sensitivity"]
EXACT = {"check_exact": True}
NEARLY = {"check_exact": False, "rtol": 1e-9, "atol": 1e-12}


def plain(values: pd.Series) -> pd.Series:
    """Numbers as floats, dates as dates, all else as text."""
    if is_numeric_dtype(values):
        return values.astype("float64")
    if str(values.name).endswith("as_of"):
        return pd.to_datetime(values).astype("datetime64[s]")
    return values.astype("object").map(str, na_action="ignore")


def assert_same(
    found: pd.DataFrame, expected: pd.DataFrame, key: list[str]
) -> None:
    """Compare the columns of the expected table, row by row of the key.

    Of signals and outcomes those that are expected: there may be more.
    """
    for name in {"signal", "outcome"} & {*key}:
        found = found[found[name].isin(expected[name])]
    found, expected = (
        table.sort_values(key, ignore_index=True) for table in (found, expected)
    )
    assert len(found) == len(expected)
    for name in expected:
        if found[name].isna().all() and expected[name].isna().all():
            continue
        assert_series_equal(
            plain(found[name]),
            plain(expected[name]),
            **(EXACT if is_integer_dtype(found[name]) else NEARLY),
        )


def main_rows(correlations: pd.DataFrame) -> pd.DataFrame:
    """Rows with nothing left out or changed."""
    return correlations[correlations["sensitivity"] == "none"]


def assert_same_findings(
    found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]
) -> None:
    """Compare domains, outcomes, deciles and correlations, every column."""
    keys = {
        "domains": ["domain"],
        "domain_outcomes": OUTCOME_KEY,
        "deciles": DECILE_KEY,
    }
    for name, table in expected.items():
        assert_same(found[name], table, keys.get(name, PAIR_KEY))
