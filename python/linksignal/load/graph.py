"""Referring domains of the study's domains, from Common Crawl's domain graph.

The graph is read as a stream: of the vertices the study's are kept, of the
edges those that lead to one of them, as pairs on disk. Each pair counts once.
Memory grows with the number of vertices, a byte each, and not with the edges.

A vertex is a domain by Common Crawl's list of public suffixes. One that is no
registrable domain by ours stands for the one it belongs to, at either end of
an edge; where it belongs to none (``gov.uk``), for itself.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import idna
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray
from pyarrow import csv

from linksignal.contract import raw_schemas
from linksignal.errors import LinksignalError, refusal
from linksignal.files import (
    clear,
    dissolve,
    is_own,
    is_taken,
    kind_of,
    mark,
    sync,
)
from linksignal.load.completeness import Completeness
from linksignal.load.engine import engine, run
from linksignal.load.fates import Fates
from linksignal.load.format_file import read_formats
from linksignal.load.gate import GZIP_MAGIC, Stamp, stamp_of, unchanged
from linksignal.load.graph_files import GRAPH, Graph, GraphFile, Kind
from linksignal.load.hosts import public_suffix_rules, read_host
from linksignal.load.judge import GRACE
from linksignal.load.ledger import Load, write_ledger
from linksignal.load.progress import Progress
from linksignal.load.stage import Options, Staged, day_in_name
from linksignal.load.streams import hashed
from linksignal.sql import literal
from linksignal.text import printable

_TABLE = "backlink_profiles"
# Where the pairs of edges wait for the next try when a load is killed.
_KEPT = ".graph"
_WRITTEN = ("*.parquet", "*.draft")
_BLOCK_BYTES = 4 << 20
_ROWS_AT_ONCE = 1_000_000
_PAIRS = pa.schema([("domain", pa.int32()), ("source", pa.int64())])
_COLUMNS = {
    Kind.VERTICES: {"id": pa.int64(), "name": pa.string(), "n": pa.int64()},
    Kind.EDGES: {"source": pa.int64(), "target": pa.int64()},
    Kind.DEGREES: {
        **{"outdegree": pa.int64(), "indegree": pa.int64()},
        **{"name": pa.string(), "n": pa.int64()},
    },
}
Ids = NDArray[np.int64]


@dataclass(frozen=True)
class HashedGraph:
    """A graph, and what its files were when their bytes were hashed.

    Attributes
    ----------
    graph : Graph
        Its files.
    domains : tuple of str
        Registrable domains of the study, sorted.
    digests : tuple of str
        SHA-256 of each file that is read, hexadecimal.
    stamps : tuple of Stamp
        Each file as it was hashed.
    number : int
        Number of its first file among those of the command.
    """

    graph: Graph
    domains: tuple[str, ...]
    digests: tuple[str, ...]
    stamps: tuple[Stamp, ...]
    number: int

    @property
    def sha256(self) -> str:
        """Of its files, whatever their order."""
        return _digest(*sorted(self.digests))

    @property
    def load_id(self) -> str:
        """Key of the load; the same graph may serve another study."""
        return f"{GRAPH}-{_digest(self.sha256, *self.domains)[:12]}"


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
        found = pq.read_table(file, columns=[column])[column].unique()
        names |= set(found.drop_null().to_pylist())
    return sorted(names)


def hash_graph(
    graph: Graph, domains: Sequence[str], progress: Progress, number: int
) -> HashedGraph:
    """Hash the files of a graph.

    Parameters
    ----------
    graph : Graph
        Its files.
    domains : sequence of str
        The study's domains.
    progress : Progress
        Where it is told how far that is.
    number : int
        Number of the first file among those of the command.

    Raises
    ------
    LinksignalError
        Exit code 3 when there are no domains, when two files are the same,
        or when one cannot be read or is written to.
    """
    if not domains:
        raise refusal(
            graph.files[0].name,
            "referring domains are counted for the study's domains, and no "
            "list of them is there; add one to the command, a CSV file with "
            "the column domain",
        )
    digests: dict[str, GraphFile] = {}
    stamps = []
    for place, file in enumerate(graph.files):
        progress.start(file.name, number + place, file.path.stat().st_size)
        stamp = stamp_of(file.path.stat())
        with (
            unchanged(file.path, file.name, stamp),
            file.path.open("rb") as data,
            hashed(data, progress.add_bytes) as (parts, digest),
        ):
            for _ in parts:
                pass
        earlier = digests.setdefault(digest.hexdigest(), file)
        if earlier is not file:
            raise refusal(
                file.name,
                f"it has the same content as {earlier.name}; name one of them",
            )
        stamps.append(stamp)
    return HashedGraph(
        graph, tuple(domains), tuple(digests), tuple(stamps), number
    )


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
    reader = _Reader(hashed_graph, progress)
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
            counts = _from_degrees(reader)
        else:
            counts = _from_edges(reader, connection, kept)
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
        fates=counts.fates(len(hashed_graph.domains), is_dated=bool(as_of)),
    )
    path = work_dir / f"{_TABLE}.parquet"
    pq.write_table(rows, path)
    files = {_TABLE: path, "loads": write_ledger(load, work_dir)}
    return Staged(load, read_formats()[GRAPH], files, [], [], Completeness())


def forget_pairs(raw_dir: Path) -> None:
    """Remove the pairs that were kept for the next try."""
    dissolve(kept_pairs(raw_dir), _WRITTEN)


def kept_pairs(raw_dir: Path) -> Path:
    """Return the folder of pairs that are kept for the next try."""
    return raw_dir / _KEPT


def _digest(*words: str) -> str:
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _end_of(connection: DuckDBPyConnection, release: str | None) -> date | None:
    query = f"select common_crawl_release_value({literal(release)})"
    row = connection.execute(query).fetchone()
    found: date | None = row[0] if row else None
    return found


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


@dataclass
class _Counts:
    """What became of the lines, and the domains' counts in their order."""

    referring_domains: Ids
    is_in_graph: NDArray[np.bool_]
    lines: Counter[str] = field(default_factory=Counter)

    def fates(self, domain_count: int, *, is_dated: bool) -> Fates:
        """Return the counts of the ledger: a domain is what lands.

        A listed domain that the graph lacks has no line, and is a record
        all the same: it lands with 0.
        """
        duplicates = self.lines.pop("duplicates", 0)
        skipped = {name: count for name, count in self.lines.items() if count}
        notes = {
            "not_in_graph": domain_count - int(self.is_in_graph.sum()),
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


@dataclass(frozen=True)
class _Reader:
    """Reads the files of a graph, part by part."""

    hashed_graph: HashedGraph
    progress: Progress

    @property
    def reversed_domains(self) -> pa.Array:
        """The study's domains as the graph writes them."""
        return pa.array(map(_reversed, self.hashed_graph.domains), pa.string())

    def files(self, kind: Kind) -> list[tuple[int, GraphFile]]:
        """Files of a kind, with their place among all."""
        return [
            (place, file)
            for place, file in enumerate(self.hashed_graph.graph.files)
            if file.kind is kind
        ]

    def lines(self, place: int) -> Iterator[pa.RecordBatch]:
        """Yield the lines of a file as columns; what is broken refuses it."""
        file = self.hashed_graph.graph.files[place]
        stamp = self.hashed_graph.stamps[place]
        number = self.hashed_graph.number + place
        self.progress.start(file.name, number, stamp.size, "read")
        count = 0
        with unchanged(file.path, file.name, stamp):
            try:
                for batch in self._batches(file):
                    count += len(batch)
                    yield batch
            except (pa.ArrowException, OSError) as error:
                raise _broken(file, count, error) from error
        self.progress.finish(count)

    def _batches(self, file: GraphFile) -> Iterator[pa.RecordBatch]:
        columns = _COLUMNS[file.kind]
        with pa.OSFile(str(file.path)) as packed:
            is_gzip = packed.read(2) == GZIP_MAGIC
            packed.seek(0)
            text = (
                pa.CompressedInputStream(packed, "gzip") if is_gzip else packed
            )
            batches = csv.open_csv(
                text,
                csv.ReadOptions(
                    column_names=list(columns), block_size=_BLOCK_BYTES
                ),
                csv.ParseOptions(
                    delimiter="\t", quote_char=False, ignore_empty_lines=False
                ),
                csv.ConvertOptions(
                    column_types=columns,
                    null_values=[],
                    strings_can_be_null=False,
                ),
            )
            seen = 0
            for batch in batches:
                self.progress.add_bytes(packed.tell() - seen)
                seen = packed.tell()
                yield batch


def _broken(file: GraphFile, count: int, error: Exception) -> LinksignalError:
    told = printable(str(error).splitlines()[0])[:200]
    return refusal(
        file.name,
        f"after line {count:,} of its {file.kind.value} it is cut off or "
        f"broken ({told}); download it again",
    )


def _reversed(name: str) -> str:
    return ".".join(reversed(name.split(".")))


def _places(found: pa.Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that have a value, and the values."""
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    return rows, found.take(pa.array(rows)).to_numpy().astype(np.intp)


def _from_degrees(reader: _Reader) -> _Counts:
    """Take the counts from the file that has them."""
    names = reader.reversed_domains
    counts = _Counts(
        np.zeros(len(names), np.int64), np.zeros(len(names), np.bool_)
    )
    for place, _ in reader.files(Kind.DEGREES):
        for batch in reader.lines(place):
            rows, own = _places(pc.index_in(batch["name"], names))
            degrees = batch["indegree"].to_numpy()[rows]
            # Some releases have a domain twice: the larger count is no less
            # than true.
            np.maximum.at(counts.referring_domains, own, degrees)
            counts.lines["other_domain"] += len(batch) - len(rows)
            counts.lines["duplicates"] += len(rows) - len(
                np.unique(own[~counts.is_in_graph[own]])
            )
            counts.is_in_graph[own] = True
    return counts


@dataclass(frozen=True)
class _Vertices:
    """The study's vertices, and those that stand for others.

    Attributes
    ----------
    count : int
        Vertices of the graph; their ids are 0 to one less.
    ids, domains : array
        Ids that stand for study domains, sorted; number of the domain.
    own : array
        By domain, the id that stands for it; -1 where the graph lacks it.
    aliases, meant : array
        Ids that stand for another one, sorted; that one.
    """

    count: int
    ids: Ids
    domains: Ids
    own: Ids
    aliases: Ids
    meant: Ids

    def resolved(self, ids: Ids) -> Ids:
        """Replace the ids that stand for others."""
        if not len(self.aliases):
            return ids
        places = np.searchsorted(self.aliases, ids)
        places = np.minimum(places, len(self.aliases) - 1)
        return np.where(self.aliases[places] == ids, self.meant[places], ids)


@dataclass
class _Scan:
    """What the first pass over the vertices finds."""

    count: int = 0
    total: int = 0
    lowest: int = 0
    highest: int = -1
    study: list[tuple[int, int]] = field(default_factory=list)
    folded: dict[str, list[int]] = field(default_factory=dict)


def _read_vertices(reader: _Reader) -> _Vertices:
    scan = _scan(reader)
    _check_ids(reader, scan)
    numbers = {d: n for n, d in enumerate(reader.hashed_graph.domains)}
    # Some releases have a domain twice, and a part of it as a vertex.
    members: dict[str, list[int]] = {}
    for number, vertex in scan.study:
        members.setdefault(reader.hashed_graph.domains[number], []).append(
            vertex
        )
    for domain, ids in _parents(reader, scan.folded).items():
        members.setdefault(domain, []).extend(
            i for i in ids if i not in members.get(domain, ())
        )
    for domain, ids in scan.folded.items():
        members.setdefault(domain, []).extend(ids)
    aliases = {vertex: ids[0] for ids in members.values() for vertex in ids[1:]}
    own = np.full(len(numbers), -1, np.int64)
    targets: dict[int, int] = {}
    for domain, ids in members.items():
        if domain in numbers:
            own[numbers[domain]] = ids[0]
            targets |= dict.fromkeys(ids, numbers[domain])
    return _Vertices(scan.count, *_sorted(targets), own, *_sorted(aliases))


def _sorted(pairs: Mapping[int, int]) -> tuple[Ids, Ids]:
    keys = np.array(sorted(pairs), np.int64)
    return keys, np.array([pairs[key] for key in keys.tolist()], np.int64)


def _scan(reader: _Reader) -> _Scan:
    names, suffixes = reader.reversed_domains, _reversed_suffixes()
    scan = _Scan()
    for place, _ in reader.files(Kind.VERTICES):
        for batch in reader.lines(place):
            ids = batch["id"].to_numpy()
            scan.count += len(ids)
            scan.total += int(ids.sum())
            scan.lowest = min(scan.lowest, int(ids.min()))
            scan.highest = max(scan.highest, int(ids.max()))
            rows, own = _places(pc.index_in(batch["name"], names))
            scan.study += zip(own.tolist(), ids[rows].tolist(), strict=True)
            for row in _unusual(batch["name"], suffixes):
                name = _reversed(batch["name"][row].as_py())
                domain = read_host(name).domain
                if domain is not None and domain != name:
                    scan.folded.setdefault(domain, []).append(int(ids[row]))
    return scan


def _unusual(names: pa.Array, suffixes: pa.Array) -> list[int]:
    """Return the rows whose name is not a label below a public suffix."""
    parts = pc.split_pattern(names, ".", max_splits=1, reverse=True)
    is_usual = pc.is_in(pc.list_element(parts, 0), suffixes)
    return np.flatnonzero(~is_usual.to_numpy(zero_copy_only=False)).tolist()


def _reversed_suffixes() -> pa.Array:
    plain = (rule for rule in public_suffix_rules() if rule[0] not in "*!")
    encoded = (
        rule if rule.isascii() else idna.encode(rule, uts46=True).decode()
        for rule in plain
    )
    return pa.array(sorted(map(_reversed, encoded)), pa.string())


def _check_ids(reader: _Reader, scan: _Scan) -> None:
    is_complete = (
        scan.lowest == 0
        and scan.highest == scan.count - 1
        and scan.total == scan.count * (scan.count - 1) // 2
    )
    if not is_complete:
        _, file = reader.files(Kind.VERTICES)[0]
        raise refusal(
            file.name,
            f"the ids of its {scan.count:,} vertices are not 0 to "
            f"{scan.count - 1:,}, each once: a part is missing or of another "
            "release; name all parts of one release",
        )


def _parents(
    reader: _Reader, folded: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """Find the vertices of the domains that others belong to."""
    found: dict[str, list[int]] = {}
    if not folded:
        return found
    domains = list(folded)
    names = pa.array(map(_reversed, domains), pa.string())
    for place, _ in reader.files(Kind.VERTICES):
        for batch in reader.lines(place):
            rows, own = _places(pc.index_in(batch["name"], names))
            ids = batch["id"].to_numpy()[rows].tolist()
            for number, vertex in zip(own.tolist(), ids, strict=True):
                found.setdefault(domains[number], []).append(vertex)
    return found


def _from_edges(
    reader: _Reader, connection: DuckDBPyConnection, kept: Path
) -> _Counts:
    """Count the distinct sources of edges to each domain."""
    vertices = _read_vertices(reader)
    is_target = np.zeros(vertices.count, np.bool_)
    is_target[vertices.ids] = True
    lines: Counter[str] = Counter(
        other_domain=vertices.count - len(vertices.ids),
        part_of_domain=len(vertices.ids) - int((vertices.own >= 0).sum()),
    )
    pairs = _Pairs(kept, reader.hashed_graph)
    paths = []
    for place, file in reader.files(Kind.EDGES):
        path = pairs.path(place)
        if path.exists():
            reader.progress.say(
                f"{file.name}: read before, by a load that did not end"
            )
        else:
            pairs.write(place, _pairs(reader, place, vertices, is_target))
        lines += pairs.lines(path)
        paths.append(str(path))
    reader.progress.tell("counting")
    counted = run(connection, "referring_domains", paths=paths).fetchall()
    counts = np.zeros(len(vertices.own), np.int64)
    for domain, count in counted:
        counts[domain] = count
    lines["duplicates"] = lines["counted_edge"] - int(counts.sum())
    lines["counted_edge"] = int(counts.sum())
    return _Counts(counts, vertices.own >= 0, lines)


def _pairs(
    reader: _Reader,
    place: int,
    vertices: _Vertices,
    is_target: NDArray[np.bool_],
) -> Iterator[tuple[pa.RecordBatch, Counter[str]]]:
    """Yield domain and source of the edges that count, and what all became."""
    file = reader.hashed_graph.graph.files[place]
    for batch in reader.lines(place):
        sources, targets = (column.to_numpy() for column in batch.columns)
        _check_ends(file, vertices.count, sources, targets)
        hits = np.flatnonzero(is_target[targets])
        numbers = np.searchsorted(vertices.ids, targets[hits])
        domains = vertices.domains[numbers]
        sources = vertices.resolved(sources[hits])
        is_other = sources != vertices.own[domains]
        counted = int(is_other.sum())
        yield (
            pa.record_batch(
                [
                    pa.array(domains[is_other].astype(np.int32)),
                    pa.array(sources[is_other]),
                ],
                schema=_PAIRS,
            ),
            Counter(
                counted_edge=counted,
                self_link=len(hits) - counted,
                other_target=len(targets) - len(hits),
            ),
        )


def _check_ends(
    file: GraphFile, count: int, sources: Ids, targets: Ids
) -> None:
    lowest = min(sources.min(), targets.min())
    highest = max(sources.max(), targets.max())
    if lowest < 0 or highest >= count:
        vertex = lowest if lowest < 0 else highest
        raise refusal(
            file.name,
            f"it has an edge of vertex {vertex:,}, and the vertices are 0 to "
            f"{count - 1:,}: they are of different releases, or a part of the "
            "vertices is missing; name vertices and edges of one release",
        )


@dataclass(frozen=True)
class _Pairs:
    """Pairs of domain and source on disk, a file for each file of edges."""

    folder: Path
    hashed_graph: HashedGraph

    def __post_init__(self) -> None:
        if not is_taken(self.folder):
            self.folder.mkdir()
            mark(self.folder)
        if not is_own(self.folder):
            raise LinksignalError(
                f"{self.folder} is {kind_of(self.folder)} that no load made, "
                "and loads of a graph keep files in one of that name: move it "
                "away"
            )
        others = {
            path.name
            for pattern in _WRITTEN
            for path in self.folder.glob(pattern)
            if not path.name.startswith(self._start)
        }
        clear(self.folder, others)

    @property
    def _start(self) -> str:
        """Start of the names: the same vertices, and the same domains."""
        digests = [
            digest
            for digest, file in zip(
                self.hashed_graph.digests,
                self.hashed_graph.graph.files,
                strict=True,
            )
            if file.kind is Kind.VERTICES
        ]
        return _digest(*sorted(digests), *self.hashed_graph.domains)[:16]

    def path(self, place: int) -> Path:
        """Where the pairs of a file of edges are, once it was read."""
        digest = self.hashed_graph.digests[place]
        return self.folder / f"{self._start}-{digest[:16]}.parquet"

    def write(
        self,
        place: int,
        batches: Iterator[tuple[pa.RecordBatch, Counter[str]]],
    ) -> None:
        """Write the pairs of a file of edges, whole or not at all."""
        path = self.path(place)
        draft = path.with_suffix(".draft")
        try:
            self._write(draft, batches)
        except BaseException:
            draft.unlink(missing_ok=True)
            dissolve(self.folder, ())
            raise
        sync(draft)
        os.replace(draft, path)

    @staticmethod
    def _write(
        draft: Path, batches: Iterator[tuple[pa.RecordBatch, Counter[str]]]
    ) -> None:
        lines: Counter[str] = Counter()
        waiting: list[pa.RecordBatch] = []
        with pq.ParquetWriter(
            draft,
            _PAIRS,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=False,
        ) as writer:
            for batch, became in batches:
                lines.update(became)
                waiting.append(batch)
                if sum(map(len, waiting)) >= _ROWS_AT_ONCE:
                    writer.write_table(pa.Table.from_batches(waiting))
                    waiting = []
            writer.write_table(pa.Table.from_batches(waiting, _PAIRS))
            writer.add_key_value_metadata({"lines": json.dumps(lines)})

    @staticmethod
    def lines(path: Path) -> Counter[str]:
        """Return what became of the lines of a file of edges."""
        told = pq.read_metadata(path).metadata[b"lines"]
        return Counter(json.loads(told))
