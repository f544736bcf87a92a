"""Completeness: whether an export holds all links of its domain.

Links are counted as a backlink profile only if none is missing. A sample (one
link per domain, the first page of results) or a partial report (broken, new or
lost links) is refused, unless the user accepts it with --partial.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from duckdb import DuckDBPyConnection

from linksignal.load.engine import file_column, row_count, run
from linksignal.load.hosts import read_host
from linksignal.sql import literal
from linksignal.text import amount, shown

COMPLETE = "complete"
PARTIAL = "partial"
# So few links of one state are no sign of a report that shows only these.
_FEWEST = 10
# From so many links of as many domains on, a view of one link a domain is
# likelier than a profile in which no domain links twice.
_FEWEST_SINGLE = 100
# In most files a domain links twice among these.
_LOOKED_AT_FIRST = 10_000
_ADDRESS = re.compile(r"(?:https?://)?([^/?#]*)(.*)")


@dataclass(frozen=True)
class Declared:
    """How a format file says completeness can be checked.

    Attributes
    ----------
    about, expected : str
        Columns with the domain asked for and the links the tool has of it;
        empty where there are none.
    whole : mapping of str to tuple of str
        Values of columns that leave nothing out; others do.
    parts : mapping of str to str
        Column that only the report of a part has, to the name of the report.
    never_all : mapping of str to str
        Column of truth values that are not all true but in a report of such
        links, to what these are.
    """

    about: str = ""
    expected: str = ""
    whole: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    never_all: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, entry: dict[str, Any]) -> Declared:
        """Parse the completeness section of a format file."""
        whole = entry.pop("whole", {})
        declared = cls(
            whole={name: tuple(values) for name, values in whole.items()},
            **{
                key: entry.pop(key)
                for key in ("about", "expected", "parts", "never_all")
                if key in entry
            },
        )
        if entry:
            raise ValueError(f"completeness: unknown key {', '.join(entry)}")
        return declared

    def columns(self) -> Iterator[str]:
        """Return the columns whose values are checked."""
        yield from filter(None, (self.about, self.expected))
        yield from self.whole
        yield from self.never_all


@dataclass(frozen=True)
class Part:
    """Records of one domain, and how many the tool has.

    Attributes
    ----------
    about : str
        What was asked for, in the file's words; empty where it is not told.
    records : int
        Records of the file about it.
    expected : int or None
        Records that the tool has of it.
    """

    about: str
    records: int
    expected: int | None


@dataclass(frozen=True)
class Completeness:
    """Evidence in a file about its completeness.

    Attributes
    ----------
    parts : tuple of Part
        Its records by what they are about.
    reasons : tuple of str
        Why it is the report of a part, whatever the counts say.
    """

    parts: tuple[Part, ...] = ()
    reasons: tuple[str, ...] = ()

    @property
    def expected(self) -> int | None:
        """Records that the tool has; None if unknown for a domain."""
        counts = [part.expected for part in self.parts]
        if not counts or None in counts:
            return None
        return sum(count for count in counts if count is not None)


def measure(
    connection: DuckDBPyConnection,
    declared: Declared | None,
    columns: Sequence[str],
    spelled: Mapping[str, str],
) -> Completeness:
    """Check the records of a file for signs of missing links.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine with the relation ``records``.
    declared : Declared or None
        How to tell; None where the format does not say.
    columns : sequence of str
        Columns of the file, as it spells them.
    spelled : mapping of str to str
        Column of the file by the format's name, for those it has.
    """
    if declared is None:
        return Completeness()
    folded = {column.strip().casefold() for column in columns}
    reasons = [
        f"it is the report {report}"
        for column, report in declared.parts.items()
        if column.casefold() in folded
    ]
    for column, links in declared.never_all.items():
        if column in spelled and _is_all(connection, spelled[column]):
            reasons.append(f"it is a report of {links}")
    parts = list(_parts(connection, declared, spelled))
    reasons += _left_out(connection, declared, spelled)
    reasons += [
        f"it asked for {shown(part.about)}, a part of the domain"
        for part in parts
        if _is_part_of_domain(part.about)
    ]
    return Completeness(tuple(parts), tuple(reasons))


def lost_links_only(connection: DuckDBPyConnection) -> tuple[str, ...]:
    """Return the reason to refuse a file in which all links are lost."""
    return (
        ("it is a report of lost links",)
        if _is_true_of_all(
            connection, '"backlinks.is_lost"', '"rows:backlinks"'
        )
        else ()
    )


def single_links(connection: DuckDBPyConnection) -> int:
    """Count the links of a file in which no domain links twice.

    Tools have a view of one link a domain, and not every export of it says
    so. Nothing is refused for it: a small profile may be like that.

    Returns
    -------
    int
        0 for a file of few links, of groups, or in which a domain links twice.
    """
    links = 0
    for most_links in (_LOOKED_AT_FIRST, None):
        row = run(connection, "single_links", most_links=most_links).fetchone()
        links, is_single = row or (0, False)
        if not is_single or links < _FEWEST_SINGLE:
            return 0
    return int(links)


def short_parts(files: Iterable[Completeness]) -> list[Part]:
    """Return the domains with fewer links than expected, over several files.

    An answer may come in pages, a file each.
    """
    records: dict[str, int] = defaultdict(int)
    expected: dict[str, int] = defaultdict(int)
    for part in (part for each in files for part in each.parts):
        if part.expected is not None:
            records[part.about] += part.records
            expected[part.about] = max(expected[part.about], part.expected)
    return [
        Part(about, records[about], expected[about])
        for about in records
        if records[about] < expected[about]
    ]


def sentence(short: Sequence[Part], reasons: Sequence[str]) -> str:
    """Describe what is missing from a file, without its name."""
    said = list(dict.fromkeys(reasons))
    said += [
        f"it holds {part.records:,} of {amount(part.expected or 0, 'link')}"
        f"{f' to {shown(part.about)}' if part.about else ''}: a sample"
        for part in short[:3]
    ]
    if len(short) > 3:
        said.append(f"and so for {len(short) - 3:,} more")
    return "; ".join(said)


def _parts(
    connection: DuckDBPyConnection,
    declared: Declared,
    spelled: Mapping[str, str],
) -> Iterator[Part]:
    if declared.expected not in spelled:
        return
    about = (
        f"coalesce({file_column(spelled[declared.about])}, '')"
        if declared.about in spelled
        else "''"
    )
    expected = file_column(spelled[declared.expected])
    rows = run(connection, "links_about", about=about, expected=expected)
    for name, records, count in rows.fetchall():
        yield Part(name, records, count)


def _left_out(
    connection: DuckDBPyConnection,
    declared: Declared,
    spelled: Mapping[str, str],
) -> Iterator[str]:
    for name, values in declared.whole.items():
        if name not in spelled:
            continue
        column = file_column(spelled[name])
        known = list(map(literal, values))
        rows = run(connection, "left_out", column=column, whole=known)
        for (value,) in rows.fetchall():
            key = name.rpartition(".")[2]
            yield f"it was asked for with {key} {shown(value)}"


def _is_all(connection: DuckDBPyConnection, column: str) -> bool:
    text = f"lower(trim({file_column(column)}::varchar))"
    return _is_true_of_all(
        connection, f"{text} in ('true', 't', 'yes', 'y', '1')", "records"
    )


def _is_true_of_all(
    connection: DuckDBPyConnection, condition: str, relation: str
) -> bool:
    # The first that is not so ends the look.
    row = connection.execute(
        f"select 1 from {relation} where ({condition}) is not true limit 1"
    ).fetchone()
    if row is not None:
        return False
    return row_count(connection, relation) >= _FEWEST


def _is_part_of_domain(about: str) -> bool:
    found = _ADDRESS.fullmatch(about.strip().lower())
    if found is None:
        return False
    host = read_host(found.group(1))
    if host.domain is None:
        return False
    is_other = host.host not in (host.domain, f"www.{host.domain}")
    return is_other or found.group(2) not in ("", "/")
