"""Compare the findings of two builds, number by number.

    python benchmarks/same_findings.py BEFORE.duckdb AFTER.duckdb

Prints, for every table of the schemas findings and quality that both have,
the rows, and the largest difference of a number; then what only one of them
has. Rows are matched by their keys: all columns of text, dates and flags that
are not named below. Exits 1 if a shared column differs by more than 1e-12 of
its size (or 1e-12 where it is smaller than one), or in its text.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from linksignal.sql import open_to_read

TOLERANCE = 1e-12
SCHEMAS = ("findings", "quality")

# Of the run, not of the data; and hashes of what was read, which move with
# its columns.
OF_THE_RUN = {"loaded_at", "input_hash"}


def main() -> None:
    """Compare two databases."""
    before, after = map(tables, sys.argv[1:3])
    outcomes = "findings.domain_outcomes"
    for found in (before, after):
        if outcomes in found:
            found[outcomes] = in_rows(found[outcomes])
    is_same = True
    for name in sorted(before.keys() & after.keys()):
        is_same &= told(name, before[name], after[name])
    for name in sorted(before.keys() ^ after.keys()):
        print(f"{name}: only {'before' if name in before else 'after'}")
    sys.exit(0 if is_same else 1)


def tables(path: str) -> dict[str, pd.DataFrame]:
    """Read the public tables of a database, by name with schema."""
    with open_to_read(Path(path)) as connection:
        names = connection.execute(
            "select table_schema, table_name from information_schema.tables "
            "where table_schema in (select unnest(?))",
            [list(SCHEMAS)],
        ).fetchall()
        return {
            f"{schema}.{table}": connection.sql(
                f'from "{schema}"."{table}"'
            ).df()
            for schema, table in names
        }


def in_rows(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Give a row per outcome, where an older build has columns."""
    if "outcome" in outcomes:
        return outcomes
    keys = ["domain", "platform", "outcome_source", "is_simulated"]
    long = outcomes.melt(keys, var_name="outcome")
    return long.astype({"value": np.float64})


def told(name: str, before: pd.DataFrame, after: pd.DataFrame) -> bool:
    """Print how two tables differ, and tell whether they are the same."""
    columns = [column for column in before if column in after]
    words = [
        f"{column}: only {'before' if column in before else 'after'}"
        for column in sorted(set(before) ^ set(after))
    ]
    left, right = (in_order(frame[columns]) for frame in (before, after))
    if len(left) != len(right):
        print(f"{name}: {len(left)} rows before, {len(right)} after")
        return False
    worst, where, unlike = 0.0, "", []
    for column in columns:
        if column in OF_THE_RUN:
            continue
        gap = difference(left[column], right[column])
        if gap is None:
            unlike.append(column)
        elif gap > worst:
            worst, where = gap, column
    is_same = worst <= TOLERANCE and not unlike
    print(
        f"{name}: {len(left)} rows, largest difference {worst:.1e}"
        + (f" in {where}" if where else "")
        + (f"; differs in {', '.join(unlike)}" if unlike else "")
        + "".join(f"; {word}" for word in words)
    )
    return is_same


def in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """Sort the rows by what is text first, then by everything."""
    is_number = [pd.api.types.is_float_dtype(frame[column]) for column in frame]
    exact = [c for c, is_ in zip(frame, is_number, strict=True) if not is_]
    exact = [column for column in exact if column not in OF_THE_RUN]
    rest = [c for c, is_ in zip(frame, is_number, strict=True) if is_]
    keys = frame[exact].astype(str).assign(**frame[rest].round(9))
    return frame.loc[keys.sort_values([*exact, *rest]).index].reset_index(
        drop=True
    )


def difference(left: pd.Series, right: pd.Series) -> float | None:
    """Give the largest relative difference; None where texts differ."""
    is_number = pd.api.types.is_numeric_dtype(
        left
    ) and not pd.api.types.is_bool_dtype(left)
    if not is_number:
        same = (left == right) | (left.isna() & right.isna())
        return 0.0 if bool(same.all()) else None
    one, other = (
        side.to_numpy(dtype=np.float64, na_value=np.nan)
        for side in (left, right)
    )
    if (np.isnan(one) != np.isnan(other)).any():
        return None
    known = ~np.isnan(one)
    size = np.maximum(np.abs(one[known]), 1.0)
    return float(np.max(np.abs(one[known] - other[known]) / size, initial=0.0))


if __name__ == "__main__":
    main()
