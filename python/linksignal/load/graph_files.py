"""Files of Common Crawl's domain graph: told apart, put together, and read.

They have no header. A graph is its vertices and edges, each in one file or in
parts, or a file of degrees; all of one release. They are hashed first, as a
graph that was loaded before need not be read, and then read as a stream.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from linksignal.errors import LinksignalError, refusal
from linksignal.files import dissolve
from linksignal.load.format_file import read_formats
from linksignal.load.gate import GZIP_MAGIC, Stamp, stamp_of, unchanged
from linksignal.load.inputs import Input
from linksignal.load.progress import Progress
from linksignal.load.streams import hashed
from linksignal.text import listed, printable, shown

GRAPH = "common_crawl_domain_graph"
_HEAD_BYTES = 4096
_MANY = 3
_KEPT = ".graph"
WRITTEN = ("*.parquet", "*.draft")


class Kind(Enum):
    """What the lines of a file are; the value is its name for people."""

    VERTICES = "vertices"
    EDGES = "edges"
    DEGREES = "degrees"


_DOMAIN = r"[^\t]*[A-Za-z][^\t]*"
_LINES = {
    Kind.VERTICES: re.compile(rf"\d+\t{_DOMAIN}\t\d+"),
    Kind.EDGES: re.compile(r"\d+\t\d+"),
    Kind.DEGREES: re.compile(rf"\d+\t\d+\t{_DOMAIN}\t\d+"),
}
_HOST_LINE = re.compile(rf"0\t{_DOMAIN}")
_NAME = re.compile(
    r"cc-main-[a-z0-9-]*[-/](host|domain)\b.*?"
    r"(vertices|edges|outdegrees-indegrees)(?!.*(paths|top))"
)
_KINDS = {
    "vertices": Kind.VERTICES,
    "edges": Kind.EDGES,
    "outdegrees-indegrees": Kind.DEGREES,
}
_PART = re.compile(r"part-(\d+)")


@dataclass(frozen=True)
class GraphFile:
    """A file of a graph, or a part of one.

    Attributes
    ----------
    path : Path
        Where its bytes are.
    name : str
        What it is called in messages.
    kind : Kind
        What its lines are.
    release : str or None
        Release that its name says it is of.
    """

    path: Path
    name: str
    kind: Kind
    release: str | None


@dataclass(frozen=True)
class Graph:
    """The files of one graph.

    Attributes
    ----------
    release : str or None
        Release, where a name says it.
    vertices, edges, degrees : tuple of GraphFile
        By kind. Of a graph with degrees the others need not be read.
    """

    release: str | None
    vertices: tuple[GraphFile, ...]
    edges: tuple[GraphFile, ...]
    degrees: tuple[GraphFile, ...]

    @property
    def files(self) -> tuple[GraphFile, ...]:
        """Those that are read."""
        return self.degrees or self.vertices + self.edges

    @property
    def unread(self) -> tuple[GraphFile, ...]:
        """Those that the degrees make needless."""
        return self.vertices + self.edges if self.degrees else ()

    @property
    def name(self) -> str:
        """What the files are called together."""
        names = [file.name for file in self.files]
        if len(names) > _MANY:
            return f"{names[0]} and {len(names) - 1} more"
        return listed(names)


def graph_file(file: Input, format_name: str | None) -> GraphFile | None:
    """Tell whether a file belongs to a domain graph.

    Parameters
    ----------
    file : Input
        Any file; one that cannot be read belongs to none.
    format_name : str or None
        Format that the user names.

    Returns
    -------
    GraphFile or None
        None where it is something else, or the user says that it is.

    Raises
    ------
    LinksignalError
        Exit code 3 when it is of the graph of hosts, or is named as a file
        of a graph and begins as none does.
    """
    if format_name not in (None, GRAPH) or not file.path.is_file():
        return None
    line = _first_line(file.path)
    named = _NAME.search(file.name)
    if (named and named[1] == "host") or _HOST_LINE.fullmatch(line):
        raise refusal(
            file.name,
            "it is of Common Crawl's graph of hosts; take the vertices and "
            "edges of the graph of domains, of the same release",
        )
    kinds = [k for k, form in _LINES.items() if form.fullmatch(line)]
    if named and line and kinds != [_KINDS[named[2]]]:
        raise refusal(
            file.name,
            f"it is named as {_KINDS[named[2]].value} of Common Crawl's graph, "
            f"and its first line, {shown(line)}, is not; download it again",
        )
    if not kinds:
        return None
    return GraphFile(file.path, file.name, kinds[0], _release(file.name))


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as start:
            is_gzip = start.read(2) == GZIP_MAGIC
        with (gzip.open if is_gzip else open)(path, "rb") as text:
            head = text.read(_HEAD_BYTES)
    except (OSError, EOFError, zlib.error):
        # Whoever reads the whole says what is wrong with it.
        return ""
    return head.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


def _release(name: str) -> str | None:
    (pattern,) = (
        field.settings["file_name"]
        for field in read_formats()[GRAPH].fields
        if "file_name" in field.settings
    )
    found = re.search(pattern, name)
    return found.group() if found else None


def graphs_of(files: Sequence[GraphFile]) -> list[Graph]:
    """Put files together that make a graph.

    Parameters
    ----------
    files : sequence of GraphFile
        Those of one command.

    Returns
    -------
    list of Graph
        One per release; files whose names do not say it belong to the only
        one.

    Raises
    ------
    LinksignalError
        Exit code 3 when vertices or edges are missing, or a part of them.
    """
    named = list(dict.fromkeys(f.release for f in files if f.release))
    only = named[0] if len(named) == 1 else None
    releases = dict.fromkeys(file.release or only for file in files)
    graphs = [_graph(files, release, only) for release in releases]
    for graph in graphs:
        for error in _faults(graph, graphs):
            raise error
    return graphs


def _graph(
    files: Sequence[GraphFile], release: str | None, only: str | None
) -> Graph:
    own = [f for f in files if (f.release or only) == release]
    return Graph(
        release,
        *(tuple(f for f in own if f.kind is kind) for kind in Kind),
    )


def _faults(graph: Graph, graphs: Sequence[Graph]) -> Iterator[LinksignalError]:
    if len(graph.degrees) > 1:
        yield refusal(
            graph.degrees[1].name,
            f"{graph.degrees[0].name} has the degrees of this graph already; "
            "name one of them",
        )
    pairs = ((graph.vertices, Kind.EDGES), (graph.edges, Kind.VERTICES))
    for present, missing in pairs:
        is_whole = graph.degrees or (graph.vertices and graph.edges)
        if present and not is_whole:
            yield _half(present[0], missing, graphs)
        gap = _gap(present)
        if gap is not None and not graph.degrees:
            yield refusal(
                present[0].name,
                f"part {gap} of these {present[0].kind.value} is missing, and "
                "referring domains would be missing with it; name all parts",
            )


def _half(
    file: GraphFile, missing: Kind, graphs: Sequence[Graph]
) -> LinksignalError:
    others = [
        graph.release or "a release without a name"
        for graph in graphs
        if (graph.edges if missing is Kind.EDGES else graph.vertices)
    ]
    own = f" of {file.release}" if file.release else ""
    found = (
        f"the {missing.value} are of {listed(others)}"
        if others
        else (f"the {missing.value} are missing")
    )
    return refusal(
        file.name,
        f"it has {file.kind.value} of Common Crawl's domain graph{own}, and "
        f"{found}; name vertices and edges of one release in one command",
    )


def _gap(files: Sequence[GraphFile]) -> int | None:
    """Return the first number that parts lack, where they have numbers."""
    found = [_PART.search(Path(file.name).name) for file in files]
    numbers = {int(part[1]) for part in found if part}
    if len(numbers) < len(files) or not numbers:
        return None
    missing = set(range(max(numbers))) - numbers
    # Some count from 1.
    return min(missing - ({0} if missing == {0} else set()), default=None)


_BLOCK_BYTES = 1 << 20
_COLUMNS = {
    Kind.VERTICES: {"id": pa.int64(), "name": pa.string(), "n": pa.int64()},
    Kind.EDGES: {"source": pa.int64(), "target": pa.int64()},
    Kind.DEGREES: {
        **{"outdegree": pa.int64(), "indegree": pa.int64()},
        **{"name": pa.string(), "n": pa.int64()},
    },
}


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
        return digest_of(*sorted(self.digests))

    @property
    def load_id(self) -> str:
        """Key of the load; the same graph may serve another study."""
        return f"{GRAPH}-{digest_of(self.sha256, *self.domains)[:12]}"


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


def digest_of(*words: str) -> str:
    """SHA-256 of words, each on a line of its own."""
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


@dataclass(frozen=True)
class GraphReader:
    """Reads the files of a graph, part by part."""

    hashed_graph: HashedGraph
    progress: Progress

    @property
    def reversed_domains(self) -> pa.Array:
        """The study's domains as the graph writes them."""
        return pa.array(
            map(reversed_name, self.hashed_graph.domains), pa.string()
        )

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


def reversed_name(name: str) -> str:
    """Return ``com.example`` for ``example.com``, and the other way round."""
    return ".".join(reversed(name.split(".")))


def forget_pairs(raw_dir: Path) -> None:
    """Remove the pairs that were kept for the next try."""
    dissolve(kept_pairs(raw_dir), WRITTEN)


def kept_pairs(raw_dir: Path) -> Path:
    """Return the folder of pairs that are kept for the next try."""
    return raw_dir / _KEPT
