"""Load Common Crawl's domain graph: a profile for each domain of the study.

`graph_files` tells, hashes and reads its files, `graph_counts` counts. Nothing
of the graph lands but referring domains; what no line of it knows stays
unknown.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection

from linksignal.contract import raw_schemas
from linksignal.load.completeness import Completeness
from linksignal.load.engine import engine
from linksignal.load.fates import Fates
from linksignal.load.format_file import read_formats
from linksignal.load.graph_counts import (
    GraphCounts,
    Ids,
    from_degrees,
    from_edges,
)
from linksignal.load.graph_files import GRAPH, GraphReader, HashedGraph
from linksignal.load.judge import GRACE
from linksignal.load.ledger import Load, read_parquet, write_ledger
from linksignal.load.progress import Progress
from linksignal.load.stage import Options, Staged, day_in_name
from linksignal.sql import literal
from linksignal.text import printable

_TABLE = "backlink_profiles"
# Where the pairs of edges wait for the next try when a load is killed.


def study_domains(raw_dir: Path, staged: Sequence[Staged]) -> list[str]:
    """Return the study's domains that were loaded, or are about to be.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    staged : sequence of Staged
        Loads of the same command.
    """
    files = sorted((raw_dir / "study_domains").glob("*.parquet"))
    files += [
        each.files["study_domains"]
        for each in staged
        if "study_domains" in each.files
    ]
    names: set[str] = set()
    for file in files:
        (column,) = (
            name
            for name in pq.read_schema(file).names
            if name.lower() == "domain"
        )
        found = read_parquet(file, [column])[column].unique()
        names |= set(found.drop_null().to_pylist())
    return sorted(names)


def stage_graph(
    hashed_graph: HashedGraph,
    options: Options,
    work_dir: Path,
    kept: Path,
    progress: Progress,
) -> Staged:
    """Count referring domains and write them as one load.

    Parameters
    ----------
    hashed_graph : HashedGraph
        The graph.
    options : Options
        What the user says of it.
    work_dir : Path
        Empty folder to work in.
    kept : Path
        Folder where pairs stay when the load is killed; it may be missing.
    progress : Progress
        Where the steps are told.

    Raises
    ------
    LinksignalError
        Exit code 3 when a file is broken, or files do not belong together.
    """
    graph = hashed_graph.graph
    reader = GraphReader(hashed_graph, progress)
    now = datetime.now(UTC).replace(tzinfo=None)
    scratch = work_dir / "scratch"
    scratch.mkdir()
    with engine(scratch) as connection:
        as_of = (
            options.as_of
            or _end_of(connection, graph.release)
            or day_in_name(graph.files[0].name, now.date() + GRACE)
        )
        if graph.degrees:
            counts = from_degrees(reader)
        else:
            counts = from_edges(reader, connection, kept)
    rows = _rows(
        hashed_graph,
        counts.referring_domains,
        options.source or read_formats()[GRAPH].source,
        as_of or now.date(),
    )
    load = Load(
        load_id=hashed_graph.load_id,
        file=printable(graph.name),
        sha256=hashed_graph.sha256,
        format=GRAPH,
        loaded_at=now,
        fates=_fates(counts, is_dated=bool(as_of)),
    )
    path = work_dir / f"{_TABLE}.parquet"
    pq.write_table(rows, path)
    files = {_TABLE: path, "loads": write_ledger(load, work_dir)}
    return Staged(load, read_formats()[GRAPH], files, [], [], Completeness())


def _end_of(connection: DuckDBPyConnection, release: str | None) -> date | None:
    query = f"select common_crawl_release_value({literal(release)})"
    row = connection.execute(query).fetchone()
    found: date | None = row[0] if row else None
    return found


def _fates(counts: GraphCounts, *, is_dated: bool) -> Fates:
    """Return the counts of the ledger: a domain is what lands.

    A listed domain that the graph lacks has no line, and is a record
    all the same: it lands with 0.
    """
    domain_count = len(counts.referring_domains)
    duplicates = counts.lines.pop("duplicates", 0)
    skipped = {name: count for name, count in counts.lines.items() if count}
    notes = {
        "not_in_graph": domain_count - int(counts.is_in_graph.sum()),
        "dated_today": 0 if is_dated else domain_count,
    }
    return Fates(
        read=domain_count + sum(skipped.values()) + duplicates,
        landed=domain_count,
        rejected=0,
        skipped=sum(skipped.values()),
        duplicates=duplicates,
        landed_by_table={_TABLE: domain_count},
        skip_reasons=skipped,
        notes={name: count for name, count in notes.items() if count},
    )


def _rows(
    hashed_graph: HashedGraph, counts: Ids, source: str, as_of: date
) -> pa.Table:
    schema = raw_schemas()[_TABLE]
    size = len(counts)
    known = {
        "load_id": pa.repeat(hashed_graph.load_id, size),
        "record_number": pa.array(np.arange(1, size + 1)),
        "source": pa.repeat(source, size),
        "as_of": pa.repeat(pa.scalar(as_of, pa.date32()), size),
        "domain": pa.array(hashed_graph.domains),
        "referring_domains": pa.array(counts),
    }
    return pa.table(
        [
            known.get(column.name, pa.nulls(size, column.type))
            for column in schema
        ],
        schema=schema,
    )
