"""Common Crawl's domain graph gives the study's domains their referrers."""

from __future__ import annotations

import gzip
import io
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import pytest
from linksignal.errors import ExitCode, LinksignalError
from linksignal.load.batch import load_files
from linksignal.load.graph_files import GRAPH
from linksignal.load.history import unload
from linksignal.load.hosts import read_host
from linksignal.load.progress import Progress
from linksignal.load.stage import Options

Write = Callable[..., Path]
Refused = Callable[..., str]
RELEASE = "cc-main-2024-apr-may-jun"
VERTICES = f"{RELEASE}-domain-vertices.txt.gz"
EDGES = f"{RELEASE}-domain-edges.txt.gz"
DEGREES = f"{RELEASE}-domain-outdegrees-indegrees.txt.gz"
STUDY = "domain\nacme.com\nzenith.co.uk\nlonely.org\nabsent.net\n"
# A part of acme.com stands as a vertex of its own, and so do two parts of
# other.net, which has none itself. gov.uk is a public suffix.
NAMES = (
    *("com.acme", "com.acme.blog", "com.big"),
    *("net.other.a", "net.other.b", "org.lonely"),
    *("uk.co.zenith", "uk.gov", "xn--p1ai.site"),
)
LINKS = (
    *("com.acme.blog com.acme", "com.big com.acme", "com.big com.acme.blog"),
    *("net.other.a com.acme", "net.other.b com.acme", "uk.gov com.acme"),
    *("com.acme uk.co.zenith", "com.acme.blog uk.co.zenith"),
    *("com.big uk.co.zenith", "com.big uk.co.zenith", "com.big com.big"),
    *("xn--p1ai.site uk.gov", "org.lonely com.big"),
)
EXPECTED = {
    "absent.net": 0,  # no vertex
    "acme.com": 3,  # big.com, other.net, gov.uk; not its own blog
    "lonely.org": 0,  # no edge leads to it
    "zenith.co.uk": 2,  # acme.com once, big.com once
}


def vertex_lines(names: Sequence[str], start: int = 0) -> str:
    return "".join(
        f"{number}\t{name}\t{1 + number % 3}\n"
        for number, name in enumerate(names, start)
    )


def edge_lines(links: Iterable[str], names: Sequence[str] = NAMES) -> str:
    pairs = (map(names.index, link.split()) for link in links)
    return "".join(f"{source}\t{target}\n" for source, target in pairs)


@pytest.fixture
def study(write: Write) -> Path:
    return write(STUDY, "domains.csv")


@pytest.fixture
def vertices(write: Write) -> Path:
    return write(vertex_lines(NAMES), VERTICES)


@pytest.fixture
def edges(write: Write) -> Path:
    return write(edge_lines(LINKS), EDGES)


def counts(raw: Any) -> dict[str, int]:
    return {
        row["domain"]: row["referring_domains"]
        for row in raw.rows("backlink_profiles")
    }


@pytest.fixture
def refused(raw: Any, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Load files of which one is refused, and return its sentence."""

    def load(*files: Path) -> str:
        with pytest.raises(LinksignalError, match="of 1 refusal") as error:
            raw.load(*files)
        assert error.value.exit_code is ExitCode.INPUT_REJECTED
        assert not list(raw.path.glob("[!.]*/*.parquet"))
        (sentence,) = capsys.readouterr().err.splitlines()
        return sentence.removeprefix("linksignal: ")

    return load


def test_each_other_registrable_domain_counts_once(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    staged = raw.load(edges, study, vertices, as_of=None)
    assert counts(raw) == EXPECTED
    fates = staged.load.fates
    assert staged.load.format == GRAPH
    assert fates.skip_reasons == {
        "other_domain": 5,
        "part_of_domain": 1,
        "self_link": 1,
        "counted_edge": 5,
        "other_target": 3,
    }
    assert (fates.read, fates.duplicates) == (9 + 13 + 1, 4)
    assert fates.notes == {"not_in_graph": 1}


def test_a_graph_says_nothing_of_links(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    raw.load(study, vertices, edges, as_of=None)
    row = raw.rows("backlink_profiles")[1]
    known = {name: value for name, value in row.items() if value is not None}
    assert known.pop("load_id").startswith(GRAPH)
    assert known == {
        "record_number": 2,
        "source": "common_crawl",
        "as_of": date(2024, 6, 30),
        "domain": "acme.com",
        "referring_domains": 3,
    }


@pytest.mark.parametrize(
    ("name", "as_of", "expected"),
    [
        (VERTICES, None, date(2024, 6, 30)),
        (VERTICES, date(2024, 7, 1), date(2024, 7, 1)),
        ("vertices 2024-08-20.txt", None, date(2024, 8, 20)),
        ("vertices.txt", None, datetime.now(UTC).date()),
    ],
)
def test_the_release_dates_the_counts(
    raw: Any,
    write: Write,
    study: Path,
    name: str,
    as_of: date | None,
    expected: date,
) -> None:
    vertices = write(vertex_lines(NAMES), name)
    edges = write(edge_lines(LINKS), "edges.txt.gz")
    raw.load(study, vertices, edges, as_of=as_of)
    assert set(raw.column("backlink_profiles", "as_of")) == {expected}


def test_parts_give_what_the_whole_gives(
    raw: Any, write: Write, study: Path
) -> None:
    lines = edge_lines(LINKS).splitlines(keepends=True)[::-1]
    files = [
        write(vertex_lines(NAMES[4:], 4), "vertices/part-1.txt"),
        write(vertex_lines(NAMES[:4]), "vertices/part-0.txt.gz"),
        *(
            write("".join(lines[part::3]), f"edges/part-0000{part}.txt.gz")
            for part in range(3)
        ),
    ]
    raw.load(study, *files)
    assert counts(raw) == EXPECTED


def test_random_graphs_are_counted_as_by_definition(
    raw_dirs: Callable[[str], Any], write: Write
) -> None:
    rng = np.random.default_rng(20261128)
    for trial in range(20):
        roots = [f"d{number}" for number in range(8)]
        names = [f"com.{root}" for root in roots if rng.random() < 0.8]
        names += [
            f"com.{root}.part{number}"
            for root in roots
            for number in range(2)
            if rng.random() < 0.3
        ]
        rng.shuffle(names)
        domains = [
            str(read_host(".".join(reversed(name.split(".")))).domain)
            for name in names
        ]
        pairs = rng.integers(0, len(names), (rng.integers(1, 200), 2)).tolist()
        expected = {
            f"{root}.com": len(
                {
                    domains[source]
                    for source, target in pairs
                    if domains[target] == f"{root}.com"
                }
                - {f"{root}.com"}
            )
            for root in roots
        }
        text = "".join(f"{source}\t{target}\n" for source, target in pairs)
        raw = raw_dirs(f"raw{trial}")
        raw.load(
            write("domain\n" + "".join(f"{r}.com\n" for r in roots)),
            write(vertex_lines(names), "vertices.txt"),
            write(text, "edges.txt.gz"),
        )
        assert counts(raw) == expected


@pytest.mark.parametrize(
    "parts",
    [
        # In order, and so not compared.
        ["1 0;2 0;2 1;3 1"],
        ["1 0;2 0", "3 0;3 1"],
        ["3 0;3 1", "1 0;2 0"],
        # A duplicate, an edge out of order, parts that meet or overlap.
        ["1 0;2 0;2 0;3 1"],
        ["2 0;1 0;2 0"],
        ["1 0;1 2;1 0"],
        ["1 0;2 0", "2 0;3 0"],
        ["1 0;3 0", "2 0;3 0;4 0", "5 2"],
        ["1 0;4 0", "2 0;3 0", "3 0;5 0"],
    ],
)
def test_the_order_of_edges_changes_no_count(
    raw: Any, write: Write, parts: list[str]
) -> None:
    names = [f"com.d{number}" for number in range(6)]
    edges = [edge.split() for part in parts for edge in part.split(";")]
    raw.load(
        write("domain\nd0.com\nd1.com\n"),
        write(vertex_lines(names), "vertices.txt"),
        *(
            write(
                part.replace(" ", "\t").replace(";", "\n") + "\n",
                f"edges{number}.txt",
            )
            for number, part in enumerate(parts)
        ),
    )
    assert counts(raw) == {
        f"d{target}.com": len({a for a, b in edges if b == target})
        for target in "01"
    }
    (load,) = (r for r in raw.rows("loads") if r["format"] == GRAPH)
    distinct = {tuple(edge) for edge in edges if edge[1] in "01"}
    assert load["duplicates"] == (
        sum(edge[1] in "01" for edge in edges) - len(distinct)
    )


def test_degrees_are_taken_in_place_of_edges(
    raw: Any,
    write: Write,
    study: Path,
    vertices: Path,
    edges: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    degrees = write(
        "5\t30\tcom.acme\t4\n0\t7\tcom.big\t1\n2\t0\torg.lonely\t1\n"
        "2\t9\tuk.co.zenith\t1\n2\t8\tuk.co.zenith\t1\n",
        DEGREES,
    )
    staged = raw.load(study, vertices, degrees, edges, as_of=None)
    assert counts(raw) == {
        **dict.fromkeys(EXPECTED, 0),
        **{"acme.com": 30, "zenith.co.uk": 9},
    }
    fates = staged.load.fates
    assert (fates.read, fates.skipped, fates.duplicates) == (6, 1, 1)
    assert set(raw.column("backlink_profiles", "as_of")) == {date(2024, 6, 30)}
    told = capsys.readouterr().err
    assert f"{VERTICES}: passed over, {DEGREES} has its counts" in told
    assert f"{EDGES}: passed over" in told


def test_the_list_of_most_linked_domains_has_a_header(
    raw: Any, write: Write
) -> None:
    text = (
        "outdegree\tindegree\tname\tnumsubdomains\n"
        "5\t30\tcom.acme\t4\n1\t20\tuk.co\t9\n"
    )
    name = f"{RELEASE}-domain-outdegrees-indegrees-topin.txt.gz"
    raw.load(write(text, name), as_of=None)
    assert counts(raw) == {"acme.com": 30}


def test_domains_that_were_loaded_before_need_no_list(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    raw.load(study)
    raw.load(vertices, edges)
    assert counts(raw) == EXPECTED


def test_more_domains_are_another_load_of_the_same_graph(
    raw: Any,
    write: Write,
    study: Path,
    vertices: Path,
    edges: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    raw.load(study, vertices, edges)
    with pytest.raises(LinksignalError):
        raw.load(vertices, edges)
    assert "its content was already loaded on" in capsys.readouterr().err
    raw.load(write("domain\nbig.com\n", "more.csv"), vertices, edges)
    assert len(raw.rows("backlink_profiles")) == 4 + 5
    assert counts(raw) == {**EXPECTED, "big.com": 1}


def test_a_graph_is_unloaded_as_one(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    staged = raw.load(study, vertices, edges)
    assert raw.column("loads", "file")[0] == f"{VERTICES} and {EDGES}"
    unload(raw.path, staged.load.load_id)
    assert raw.rows("backlink_profiles") == []
    raw.load(vertices, edges)
    assert counts(raw) == EXPECTED


def test_two_releases_are_two_graphs(
    raw: Any, write: Write, study: Path, vertices: Path, edges: Path
) -> None:
    later = RELEASE.replace("jun", "jul")
    raw.load(
        study,
        vertices,
        edges,
        write(vertex_lines(NAMES), f"{later}-domain-vertices.txt"),
        write(edge_lines(LINKS[:2]), f"{later}-domain-edges.txt"),
        as_of=None,
    )
    assert set(raw.column("backlink_profiles", "as_of")) == {
        date(2024, 6, 30),
        date(2024, 7, 31),
    }


@pytest.mark.parametrize(
    ("lines", "name", "sentence"),
    [
        ("0\t1\n0\t1\t2\n", EDGES, "after line 0 of its edges it is cut off"),
        ("0\t1\n0\n", EDGES, "cut off or broken (CSV parse error"),
        ("0\t1\n\n0\t2\n", EDGES, "cut off or broken"),
        ("0\t1\n0\tx\n", EDGES, "cut off or broken"),
        ("0\t1\n0\t1e3\n", EDGES, "cut off or broken"),
        ("0\t1\n0\t-1\n", EDGES, "an edge of vertex -1, and the vertices are"),
        ("0\t1\n9\t0\n", EDGES, "an edge of vertex 9, and the vertices are 0"),
        ("0\t1\n0\t9\n", EDGES, "they are of different releases, or a part"),
        ("0,1\n", EDGES, "its first line, '0,1', is not; download it again"),
        ("0\t1\n", EDGES.replace("apr", "mar"), "vertices and edges of one"),
        ("0\t1\n", EDGES.replace("domain", "host"), "graph of hosts; take the"),
        ("0\t1\n", "edges/part-00002.txt", "part 0 of these edges is missing"),
    ],
)
def test_edges_that_do_not_fit_are_refused(
    refused: Refused,
    write: Write,
    study: Path,
    vertices: Path,
    lines: str,
    name: str,
    sentence: str,
) -> None:
    told = refused(study, vertices, write(lines, name))
    assert sentence in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (vertex_lines(NAMES[1:], 1), "are not 0 to 7, each once: a part is"),
        (vertex_lines((*NAMES, "x.y")).replace("9\t", "8\t"), "not 0 to 9"),
        ("0\tcom.acme\n1\tcom.acme.www\n", "it is of Common Crawl's graph of"),
        ("0\tcom.acme\t1\n", "the vertices are 0 to 0"),
        ("0\tcom.acme\t1\n1\tcom.big\n", "of its vertices it is cut off"),
    ],
)
def test_vertices_that_do_not_fit_are_refused(
    refused: Refused,
    write: Write,
    study: Path,
    edges: Path,
    lines: str,
    sentence: str,
) -> None:
    assert sentence in refused(study, edges, write(lines, VERTICES))


def test_a_part_named_twice_is_refused(
    refused: Refused, write: Write, study: Path, vertices: Path, edges: Path
) -> None:
    again = write(edge_lines(LINKS), "again.txt.gz")
    assert refused(study, vertices, edges, again) == (
        f"again.txt.gz: it has the same content as {EDGES}; name one of them"
    )


def test_half_a_graph_is_refused(
    refused: Refused, write: Write, study: Path, vertices: Path, edges: Path
) -> None:
    assert refused(study, vertices) == (
        f"{VERTICES}: it has vertices of Common Crawl's domain graph of "
        f"{RELEASE}, and the edges are missing; name vertices and edges of "
        "one release in one command"
    )
    assert "and the vertices are missing" in refused(study, edges)


def test_a_graph_without_a_study_is_refused(
    refused: Refused, vertices: Path, edges: Path
) -> None:
    assert "no list of them is there; add one to the command" in refused(
        vertices, edges
    )


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.99])
def test_a_cut_off_file_is_refused(
    raw: Any,
    refused: Refused,
    study: Path,
    vertices: Path,
    edges: Path,
    kept: float,
) -> None:
    data = gzip.compress(edge_lines(LINKS * 3000).encode())
    edges.write_bytes(data[: int(len(data) * kept)])
    told = refused(study, vertices, edges)
    assert told.startswith(EDGES)
    assert "cut off" in told
    assert not raw.path.exists()


def test_a_part_is_not_read_again_after_a_refusal(
    raw: Any, refused: Refused, write: Write, study: Path, vertices: Path
) -> None:
    first = write(edge_lines(LINKS[:7]), "edges/part-0.txt.gz")
    broken = write("0\t1\n0\n", "edges/part-1.txt.gz")
    refused(study, vertices, first, broken)
    second = write(edge_lines(LINKS[7:]), "edges/part-1.txt.gz")
    log = io.StringIO()
    load_files(
        [study, vertices, first, second],
        raw.path,
        Options(date(2026, 1, 31)),
        progress=Progress(log),
    )
    assert counts(raw) == EXPECTED
    assert "part-0.txt.gz: read before, by a load that did not end" in (
        log.getvalue()
    )
    assert "part-1.txt.gz: 6 records read" in log.getvalue()
    assert not (raw.path / ".graph").exists()


def test_parts_of_another_study_are_not_taken_for_this_one(
    raw: Any, refused: Refused, write: Write, study: Path, vertices: Path
) -> None:
    first = write(edge_lines(LINKS[:7]), "edges/part-0.txt.gz")
    broken = write("0\t1\n0\n", "edges/part-1.txt.gz")
    refused(write("domain\nbig.com\n"), vertices, first, broken)
    write(edge_lines(LINKS[7:]), "edges/part-1.txt.gz")
    raw.load(study, vertices, first, broken)
    assert counts(raw) == EXPECTED


def test_a_killed_load_leaves_its_parts_and_nothing_half(
    raw: Any, write: Write, study: Path, vertices: Path
) -> None:
    parts = [
        write(edge_lines(LINKS[:7]), "edges/part-0.txt.gz"),
        write(edge_lines(LINKS[7:]), "edges/part-1.txt.gz"),
    ]
    files = [study, vertices, *parts]
    script = """
        import os, signal, sys
        from pathlib import Path
        from linksignal.load.batch import load_files
        from linksignal.load.progress import Progress
        from linksignal.load.stage import Options

        class Killed(Progress):
            def start(self, name, number, size, verb="checked"):
                if verb == "read" and name == "part-1.txt.gz":
                    os.kill(os.getpid(), signal.SIGKILL)
                super().start(name, number, size, verb)

        raw, *files = map(Path, sys.argv[1:])
        load_files(files, raw, Options(), progress=Killed())
    """
    ended = subprocess.run(
        [sys.executable, "-c", dedent(script), raw.path, *files],
        env={**os.environ, "PYTHONSAFEPATH": "1"},
        check=False,
    )
    assert ended.returncode == -signal.SIGKILL
    assert not list(raw.path.glob("[!.]*/*"))
    assert len(list((raw.path / ".graph").glob("*.parquet"))) == 1
    raw.load(*files)
    assert counts(raw) == EXPECTED
    assert sorted(path.name for path in raw.path.iterdir()) == [
        *("backlink_profiles", "loads", "study_domains"),
    ]


def test_a_dry_run_keeps_nothing(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    files = [study, vertices, edges]
    loaded = load_files(files, raw.path, Options(), is_dry_run=True)
    assert loaded.staged[-1].load.fates.landed == 4
    assert not raw.path.exists()


def test_a_folder_that_no_load_made_is_left_alone(
    raw: Any, study: Path, vertices: Path, edges: Path
) -> None:
    (raw.path / ".graph").mkdir(parents=True)
    (raw.path / ".graph" / "mine.parquet").write_text("mine")
    with pytest.raises(LinksignalError, match="that no load made"):
        raw.load(study, vertices, edges)
    assert (raw.path / ".graph" / "mine.parquet").read_text() == "mine"


def test_a_log_gets_a_line_per_file_and_a_terminal_a_bar(
    raw_dirs: Callable[[str], Any], study: Path, vertices: Path, edges: Path
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    streams = {"log": io.StringIO(), "bar": Terminal()}
    for name, stream in streams.items():
        load_files(
            [study, vertices, edges],
            raw_dirs(name).path,
            Options(),
            progress=Progress(stream),
        )
    assert streams["log"].getvalue().splitlines() == [
        "linksignal: file 1 of 3, domains.csv: 4 records read, 0.0 MB",
        f"linksignal: file 2 of 3, {VERTICES}: 9 records read, 0.0 MB",
        f"linksignal: file 2 of 3, {VERTICES}: 9 records read, 0.0 MB",
        f"linksignal: file 3 of 3, {EDGES}: 13 records read, 0.0 MB",
    ]
    assert "counting" in streams["bar"].getvalue()
