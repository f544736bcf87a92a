"""What telling the order of gains costs.

    python benchmarks/panel_speed.py [--domains N ...]

Twelve months, five platforms and all, on one thread: CPU seconds of
`panel_table` on domain-months in DuckDB, and the peak memory of the process.
Every domain is named on every platform, which is the dearest case.
"""

from __future__ import annotations

import os

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}

import argparse
import resource
import time
from datetime import date

import duckdb
import numpy as np
import pandas as pd
from linksignal.settings import default_settings
from linksignal.simulate.panel import BEFORE, draw_panel
from linksignal.simulate.study import PLATFORMS
from linksignal.stats.tables.panel_effects import Window, panel_table

MONTHS = 12
ROWS = (1_000, 100_000)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--domains", type=int, nargs="+", default=list(ROWS))
    for domains in parser.parse_args().domains:
        measure(domains)


def measure(domains: int) -> None:
    names = [f"{place:07d}.com" for place in range(domains)]
    with duckdb.connect() as connection:
        connection.execute("set threads = 1; set memory_limit = '2GB'")
        store(connection, domains, names)
        windows = [
            {
                "platform": name,
                **vars(Window(MONTHS, 40, MONTHS, 6)),
                "first_month": date(2025, 1, 1),
                "last_month": date(2025, 12, 1),
            }
            for name in (*PLATFORMS, "all")
        ]
        about = pd.DataFrame(
            {
                "domain": names,
                "category": [f"category {n % 20}" for n in range(domains)],
                "cluster": [f"owner {n // 2}" for n in range(domains)],
            }
        )
        start = time.process_time()
        table = panel_table(
            connection.table("domain_months"),
            pd.DataFrame(windows),
            [*PLATFORMS, "all"],
            about,
            default_settings(),
        )
        seconds = time.process_time() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = sorted(set(table.column("verdict").to_pylist()))
    print(
        f"{domains:,} domains: {seconds:.2f} CPU s, peak {peak:,.0f} MB, "
        f"{', '.join(told)}",
        flush=True,
    )


def store(
    connection: duckdb.DuckDBPyConnection, domains: int, names: list[str]
) -> None:
    """Fill domain_months, a platform after the other."""
    generator = np.random.default_rng(1)
    counts = draw_panel("forward", domains, MONTHS, generator)
    links = counts.links[:, BEFORE - 1 :].astype(float)
    unknown = np.full((domains, 1), np.nan)
    links = np.hstack([links, unknown])
    months = pd.date_range("2025-01-01", periods=MONTHS, freq="MS")
    frame = pd.DataFrame(
        {
            "domain": np.repeat(names, MONTHS),
            "month": np.tile(months, domains),
            "mentions": counts.mentions.ravel().astype(float),
            **{
                f"new_referring_domains{name}": links[
                    :, at : at + MONTHS
                ].ravel()
                for at, name in enumerate(("_before", "", "_after"))
            },
        }
    )
    connection.register("drawn", frame)
    connection.execute(
        "create table domain_months as select p.platform, drawn.* replace ("
        + ", ".join(
            f"case when not isnan({name}) then {name} end as {name}"
            for name in frame.columns[3:]
        )
        + ") from drawn cross join (select unnest($names) as platform) as p",
        {"names": [*PLATFORMS, "all"]},
    )
    connection.unregister("drawn")


if __name__ == "__main__":
    main()
