"""Files of Common Crawl's domain graph: told apart, and put together.

They have no header. A graph is its vertices and edges, each in one file or in
parts, or a file of degrees; all of one release.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from linksignal.errors import LinksignalError, refusal
from linksignal.load.format_file import read_formats
from linksignal.load.gate import GZIP_MAGIC
from linksignal.load.inputs import Input
from linksignal.text import listed, shown

GRAPH = "common_crawl_domain_graph"
_HEAD_BYTES = 4096
_MANY = 3


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
