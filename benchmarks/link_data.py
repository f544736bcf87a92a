"""Raw tables of a study with many links, and a second file that tops them up.

    python benchmarks/link_data.py DIR --links N [--domains N] [--seed S]
        [--top-up SHARE]

DIR gets what ``linksignal simulate`` writes: N link records of one snapshot in
one load, and all that a study needs besides. With a share, a second load of
the same snapshot follows: half of it are links of the first load in a newer
state, every tenth of these lost, and half are links that the first one lacks.
The same arguments give the same rows.
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import duckdb
from linksignal.contract import raw_file
from linksignal.simulate.folders import Wanted, simulate
from linksignal.simulate.write import load_id_of
from linksignal.sql import literal

FIRST_LOAD = load_id_of("backlinks")
SECOND_LOAD = f"{FIRST_LOAD}-2"
MEMORY_LIMIT = "1GB"
# What identifies a link, and what decides between two records of one.
LINK = (
    "source_url, target_url, anchor, link_kind, coalesce(is_image, false), "
    "coalesce(is_form, false), coalesce(is_frame, false)"
)
STATE = (
    "last_seen",
    "is_lost",
    "first_seen",
    "link_count",
    "is_nofollow",
    "is_ugc",
    "is_sponsored",
    "is_text",
    "source_page_score",
    "source_domain",
    "is_image",
    "is_form",
    "is_frame",
)


def make(raw_dir: Path, links: int, *, domains: int, seed: int) -> None:
    """Write a study with a number of link records in one load."""
    wanted = Wanted(domain_count=domains, link_count=links, seed=seed)
    print(simulate(raw_dir, wanted))


def top_up(raw_dir: Path, share: float) -> int:
    """Add a second load of the same snapshot; return its records."""
    with connected(raw_dir) as connection:
        connection.execute(
            f"""
            create view chosen as
            select *, record_number // {round(1 / share)} as choice
            from read_parquet(
                {literal(files(raw_dir, "backlinks", FIRST_LOAD))}
            )
            where record_number % {round(1 / share)} = 0
            """
        )
        connection.execute(
            f"""
            copy (
                select
                    * exclude (choice) replace (
                        {literal(SECOND_LOAD)} as load_id,
                        choice as record_number,
                        case
                            when choice % 2 = 0 then source_url
                            else concat(source_url, '/new')
                        end as source_url,
                        last_seen + interval 7 days as last_seen,
                        case
                            when choice % 20 = 0 then true
                            else is_lost
                        end as is_lost
                    )
                from chosen
                order by record_number
            ) to {literal(written(raw_dir, "backlinks", SECOND_LOAD))}
            (format parquet, compression zstd)
            """
        )
        ((records,),) = connection.execute(
            "select count(*) from chosen"
        ).fetchall()
        write_load(connection, (raw_dir, raw_dir), SECOND_LOAD, records)
    return records


def as_one_load(raw_dir: Path, out: Path) -> None:
    """Write the same study as if all its links had come in one load.

    Which record of a link stays is decided by the plainest query there is,
    over all records and all columns.
    """
    shutil.copytree(raw_dir, out, ignore=shutil.ignore_patterns("*backlinks*"))
    order = ", ".join(f"{column} desc nulls last" for column in STATE)
    with connected(out) as connection:
        connection.execute(
            f"""
            copy (
                select * replace (
                    {literal(FIRST_LOAD)} as load_id,
                    row_number() over () as record_number
                )
                from read_parquet({literal(files(raw_dir, "backlinks"))})
                qualify row_number() over (
                    partition by target_domain, source, as_of, {LINK}
                    order by {order}
                ) = 1
            ) to {literal(written(out, "backlinks", FIRST_LOAD))}
            (format parquet, compression zstd)
            """
        )
        ((records,),) = connection.execute(
            f"select count(*) from read_parquet("
            f"{literal(files(out, 'backlinks', FIRST_LOAD))})"
        ).fetchall()
        write_load(connection, (raw_dir, out), FIRST_LOAD, records)


def write_load(
    connection: duckdb.DuckDBPyConnection,
    folders: tuple[Path, Path],
    load_id: str,
    records: int,
) -> None:
    """Write a row of the table ``loads``, after the first load's row.

    The first folder has that row, the second one gets the new one.
    """
    like = files(folders[0], "loads", FIRST_LOAD)
    counts = ", ".join(
        f"{records}::bigint as {name}"
        for name in ("records_read", "records_landed", "rows_landed")
    )
    connection.execute(
        f"""
        copy (
            select * replace (
                {literal(load_id)} as load_id,
                {literal(load_id + ".csv")} as file,
                sha256({literal(load_id + str(records))}) as sha256,
                {counts}
            )
            from read_parquet({literal(like)})
        ) to {literal(written(folders[1], "loads", load_id))} (format parquet)
        """
    )


def connected(raw_dir: Path) -> duckdb.DuckDBPyConnection:
    """Return an empty database in memory that spills beside the tables."""
    connection = duckdb.connect(
        config={
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": f"{raw_dir}.tmp",
            "max_temp_directory_size": "40GB",
            "threads": 2,
            "preserve_insertion_order": False,
        }
    )
    connection.execute("set enable_progress_bar = false")
    return connection


def files(raw_dir: Path, table: str, load: str = "*") -> str:
    """Return the pattern of a raw table's files."""
    return str(raw_dir / table / f"{load}.parquet")


def written(raw_dir: Path, table: str, load: str) -> str:
    """Return the file of one load of a raw table, its folder made."""
    file = raw_file(raw_dir, table, load)
    file.parent.mkdir(parents=True, exist_ok=True)
    return str(file)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("raw_dir", type=Path, metavar="DIR")
    parser.add_argument("--links", type=int, default=10_000_000)
    parser.add_argument("--domains", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--top-up", type=float, metavar="SHARE")
    arguments = parser.parse_args()
    make(
        arguments.raw_dir,
        arguments.links,
        domains=arguments.domains,
        seed=arguments.seed,
    )
    if arguments.top_up:
        records = top_up(arguments.raw_dir, arguments.top_up)
        print(f"second load of the same snapshot: {records} link records")


if __name__ == "__main__":
    main()
