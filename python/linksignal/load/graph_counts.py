"""Count the distinct other domains that link to each domain of a study.

The graph is read as a stream: of the vertices the study's are kept, of the
edges those that lead to one of them, as pairs on disk. Each pair counts once.
Memory grows with the number of vertices, a byte each, and not with the edges.

A vertex is a domain by Common Crawl's list of public suffixes. One that is no
registrable domain by ours stands for the one it belongs to, at either end of
an edge; where it belongs to none (``gov.uk``), for itself.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import idna
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

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
from linksignal.load.engine import run
from linksignal.load.graph_files import (
    WRITTEN,
    GraphFile,
    GraphReader,
    HashedGraph,
    Kind,
    digest_of,
    reversed_name,
)
from linksignal.load.hosts import public_suffix_rules, read_host

_ROWS_AT_ONCE = 1_000_000
_PAIRS = pa.schema([("domain", pa.int32()), ("source", pa.int64())])
Ids = NDArray[np.int64]


@dataclass
class GraphCounts:
    """What became of the lines, and the domains' counts in their order."""

    referring_domains: Ids
    is_in_graph: NDArray[np.bool_]
    lines: Counter[str] = field(default_factory=Counter)


def from_degrees(reader: GraphReader) -> GraphCounts:
    """Take the counts from the file that has them.

    Parameters
    ----------
    reader : GraphReader
        A graph with degrees.
    """
    names = reader.reversed_domains
    counts = GraphCounts(
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


def _places(found: pa.Array) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the rows that have a value, and the values."""
    rows = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
    return rows, found.take(pa.array(rows)).to_numpy().astype(np.intp)


def from_edges(
    reader: GraphReader, connection: DuckDBPyConnection, kept: Path
) -> GraphCounts:
    """Count the distinct sources of edges to each domain.

    Parameters
    ----------
    reader : GraphReader
        A graph with vertices and edges.
    connection : DuckDBPyConnection
        Engine that counts, and spills where the pairs are many.
    kept : Path
        Folder of the pairs; those of a load that did not end are used.

    Raises
    ------
    LinksignalError
        Exit code 3 when a file is broken or files do not belong together.
    """
    vertices = _read_vertices(reader)
    is_target = np.zeros(vertices.count, np.bool_)
    is_target[vertices.ids] = True
    lines: Counter[str] = Counter(
        other_domain=vertices.count - len(vertices.ids),
        part_of_domain=len(vertices.ids) - int((vertices.own >= 0).sum()),
    )
    pairs = _Pairs(kept, reader.hashed_graph)
    told: list[_Told] = []
    paths = []
    for place, file in reader.files(Kind.EDGES):
        path = pairs.path(place)
        if path.exists():
            reader.progress.say(
                f"{file.name}: read before, by a load that did not end"
            )
        else:
            found = _Told()
            pairs.write(
                place,
                _pairs(reader, place, vertices, is_target, found),
                found,
            )
        told.append(pairs.told(path))
        paths.append(str(path))
    lines += sum((each.lines for each in told), Counter())
    reader.progress.tell("counting")
    counted = run(
        connection,
        "referring_domains",
        paths=paths,
        is_distinct=not len(vertices.aliases) and _are_in_order(told),
    ).fetchall()
    counts = np.zeros(len(vertices.own), np.int64)
    for domain, count in counted:
        counts[domain] = count
    lines["duplicates"] = lines["counted_edge"] - int(counts.sum())
    lines["counted_edge"] = int(counts.sum())
    return GraphCounts(counts, vertices.own >= 0, lines)


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


def _read_vertices(reader: GraphReader) -> _Vertices:
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


def _scan(reader: GraphReader) -> _Scan:
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
                name = reversed_name(batch["name"][row].as_py())
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
    return pa.array(sorted(map(reversed_name, encoded)), pa.string())


def _check_ids(reader: GraphReader, scan: _Scan) -> None:
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
    reader: GraphReader, folded: Mapping[str, list[int]]
) -> dict[str, list[int]]:
    """Find the vertices of the domains that others belong to."""
    found: dict[str, list[int]] = {}
    if not folded:
        return found
    domains = list(folded)
    names = pa.array(map(reversed_name, domains), pa.string())
    for place, _ in reader.files(Kind.VERTICES):
        for batch in reader.lines(place):
            rows, own = _places(pc.index_in(batch["name"], names))
            ids = batch["id"].to_numpy()[rows].tolist()
            for number, vertex in zip(own.tolist(), ids, strict=True):
                found.setdefault(domains[number], []).append(vertex)
    return found


@dataclass
class _Told:
    """What a file of edges was found to hold.

    Attributes
    ----------
    lines : Counter
        What became of them.
    first, last : int
        Sources of the first and the last edge to a domain of the study; -1
        where there is none.
    is_in_order : bool
        Those edges are in order of source and target, each once.
    """

    lines: Counter[str] = field(default_factory=Counter)
    first: int = -1
    last: int = -1
    is_in_order: bool = True
    _last_target: int = -1

    def add(self, sources: Ids, targets: Ids) -> None:
        """Go on with edges to a domain of the study."""
        if not len(sources):
            return
        before, after = sources[:-1], sources[1:]
        is_next = (before < after) | (
            (before == after) & (targets[:-1] < targets[1:])
        )
        start = (int(sources[0]), int(targets[0]))
        goes_on = (self.last, self._last_target) < start
        self.is_in_order &= goes_on and bool(is_next.all())
        if self.first < 0:
            self.first = int(sources[0])
        self.last, self._last_target = int(sources[-1]), int(targets[-1])


def _are_in_order(told: Sequence[_Told]) -> bool:
    """Whether no edge can stand in two files, nor twice in one.

    So it is as Common Crawl writes them, and nothing need be compared.
    """
    some = sorted(
        (each for each in told if each.first >= 0), key=lambda each: each.first
    )
    return all(each.is_in_order for each in some) and all(
        before.last < after.first for before, after in pairwise(some)
    )


def _pairs(
    reader: GraphReader,
    place: int,
    vertices: _Vertices,
    is_target: NDArray[np.bool_],
    told: _Told,
) -> Iterator[pa.RecordBatch]:
    """Yield domain and source of the edges that count, and tell of all."""
    file = reader.hashed_graph.graph.files[place]
    for batch in reader.lines(place):
        sources, targets = (column.to_numpy() for column in batch.columns)
        _check_ends(file, vertices.count, sources, targets)
        hits = np.flatnonzero(is_target[targets])
        told.add(sources[hits], targets[hits])
        numbers = np.searchsorted(vertices.ids, targets[hits])
        domains = vertices.domains[numbers]
        sources = vertices.resolved(sources[hits])
        is_other = sources != vertices.own[domains]
        counted = int(is_other.sum())
        told.lines.update(
            counted_edge=counted,
            self_link=len(hits) - counted,
            other_target=len(targets) - len(hits),
        )
        yield pa.record_batch(
            [
                pa.array(domains[is_other].astype(np.int32)),
                pa.array(sources[is_other]),
            ],
            schema=_PAIRS,
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
            for pattern in WRITTEN
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
        return digest_of(*sorted(digests), *self.hashed_graph.domains)[:16]

    def path(self, place: int) -> Path:
        """Where the pairs of a file of edges are, once it was read."""
        digest = self.hashed_graph.digests[place]
        return self.folder / f"{self._start}-{digest[:16]}.parquet"

    def write(
        self,
        place: int,
        batches: Iterator[pa.RecordBatch],
        told: _Told,
    ) -> None:
        """Write the pairs of a file of edges, whole or not at all."""
        path = self.path(place)
        draft = path.with_suffix(".draft")
        try:
            self._write(draft, batches, told)
        except BaseException:
            draft.unlink(missing_ok=True)
            dissolve(self.folder, ())
            raise
        sync(draft)
        os.replace(draft, path)

    @staticmethod
    def _write(
        draft: Path, batches: Iterator[pa.RecordBatch], told: _Told
    ) -> None:
        waiting: list[pa.RecordBatch] = []
        with pq.ParquetWriter(
            draft,
            _PAIRS,
            compression="zstd",
            compression_level=1,
            use_dictionary=False,
            write_statistics=False,
        ) as writer:
            for batch in batches:
                waiting.append(batch)
                if sum(map(len, waiting)) >= _ROWS_AT_ONCE:
                    writer.write_table(pa.Table.from_batches(waiting))
                    waiting = []
            writer.write_table(pa.Table.from_batches(waiting, _PAIRS))
            writer.add_key_value_metadata({"told": json.dumps(vars(told))})

    @staticmethod
    def told(path: Path) -> _Told:
        """Return what a file of edges was found to hold."""
        metadata = pq.read_metadata(path).metadata
        told = _Told(**json.loads(metadata[b"told"]))
        told.lines = Counter(told.lines)
        return told
