"""Redirectors: resolve cited pages that only redirect to the source.

Where the target stands in the address it takes the redirector's place, also
through several of them; where it does not, a domain that the tool gives
beside the address does, and else the reference is skipped. Which pages are
redirectors stands in ``redirectors.csv``:

name
    For people.
host, page
    Patterns of the whole host, without www., and of what follows it.
target
    Pattern whose group is the target in what follows the host; empty where
    it does not stand there.
decode
    How the target is written: ``percent``, ``base64``, ``proofpoint``,
    ``translated`` (as the host), or as it is.
has_domain_title
    The tool titles such a page with the domain that it leads to.

What a chatbot writes in the place of a source (``cite:1``) is no address, and
none is read there.

Only references are read so. A backlink stands on the page that a crawler
found it on, be it an archive's or a translator's.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from duckdb import DuckDBPyConnection

from linksignal.load.csv_records import site_columns
from linksignal.load.engine import (
    cleaned,
    file_column,
    row_count,
    run,
    site_column,
)
from linksignal.load.recognise import Recognised

REDIRECTORS_FILE = Path(__file__).parent / "redirectors.csv"
RESOLVED = "resolved"
# Redirectors in a row that are followed.
_MOST_HOPS = 5


class Redirector(NamedTuple):
    """A row of ``redirectors.csv``."""

    name: str
    host: str
    page: str
    target: str
    decode: str
    has_domain_title: str


@dataclass(frozen=True)
class _Reference:
    """The columns of a file that name the source of a reference."""

    address: str
    domain: str | None
    title: str | None


@cache
def redirectors() -> tuple[Redirector, ...]:
    """Return what is known of redirectors, in the order it is tried."""
    with REDIRECTORS_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(Redirector(**row) for row in csv.DictReader(file))


def resolve(
    connection: DuckDBPyConnection, file: Recognised, relation: str
) -> str:
    """Replace redirectors among the cited sources by their targets.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine with the records.
    file : Recognised
        The file and its format.
    relation : str
        Records, or records and what their lists hold.

    Returns
    -------
    str
        The relation itself where it cites no redirector, else the table
        ``resolved``: the same with other sources, ``is_redirector`` (the
        source is a redirector, and nothing tells where it leads) and
        ``is_resolved``.
    """
    references = list(_references(file))
    columns = dict.fromkeys(
        name for ref in references for name in (ref.address, ref.domain) if name
    )
    if not columns:
        return relation
    own_sites = site_columns(file)
    cited = {
        cleaned(name, file.entry.null_tokens): _site(name, file)
        for name in columns
    }
    run(
        connection,
        "redirector_sites",
        relation=relation,
        sites=[site_column(name) for name in columns if name in own_sites],
        addresses=[
            cleaned(name, file.entry.null_tokens)
            for name in columns
            if name not in own_sites
        ],
        hosts="|".join(f"(?:{each.host})" for each in redirectors()),
    )
    if not row_count(connection, "redirector_sites"):
        return relation
    run(connection, "hops", relation=relation, cited=cited)
    # The last time tells whether what was found leads further still.
    for _ in range(_MOST_HOPS + 1):
        _follow(connection)
        if not row_count(connection, "hops where is_moved"):
            break
    run(connection, "redirects")
    _create_resolved(connection, file, relation, references)
    return RESOLVED


def _references(file: Recognised) -> Iterator[_Reference]:
    fields = [f for f in file.entry.fields if f.table == "ai_references"]
    for field in fields:
        names = file.spelled(field.sources)
        if field.rule != "domain" or not names:
            continue
        beside = [f for f in fields if f.rule == "url" and f.part == field.part]
        urls = file.spelled(name for f in beside for name in f.sources)
        others = [name for name in names if name not in urls] if urls else []
        titles = file.spelled([field.title] if field.title else [])
        yield _Reference(
            (urls or names)[0],
            others[0] if others else None,
            titles[0] if titles else None,
        )


def _site(name: str, file: Recognised) -> str:
    if name in site_columns(file):
        return site_column(name)
    return f"address_site({cleaned(name, file.entry.null_tokens)})"


def _follow(connection: DuckDBPyConnection) -> None:
    """Follow one redirect of every address."""
    rules = dict(enumerate(redirectors()))
    decoders: dict[str, list[int]] = {}
    for number, each in rules.items():
        if each.decode:
            decoders.setdefault(_decoded(each.decode), []).append(number)
    run(
        connection,
        "followed_hops",
        rules=rules,
        targets={n: each.target for n, each in rules.items() if each.target},
        decoders=decoders,
        titled=[n for n, each in rules.items() if each.has_domain_title],
    )


def _decoded(decode: str) -> str:
    if decode == "translated":
        return "translated_host(host) || translated_rest(rest)"
    return f"{decode}_decoded(spelled)"


def _create_resolved(
    connection: DuckDBPyConnection,
    file: Recognised,
    relation: str,
    references: list[_Reference],
) -> None:
    names = dict.fromkeys(
        name for ref in references for name in (ref.address, ref.domain) if name
    )
    found = {name: f"redirect_{number}" for number, name in enumerate(names)}
    replaced = {
        name: sql
        for ref in references
        for name, sql in _replaced(ref, file, found)
    }
    columns = {file_column(name): sql for name, sql in replaced.items()}
    for name, sql in replaced.items():
        if name in site_columns(file):
            columns[site_column(name)] = (
                f"case when {found[name]} is null then {site_column(name)} "
                f"else address_site({sql}) end"
            )
    run(
        connection,
        "resolved",
        relation=relation,
        columns=columns,
        redirects=[
            {
                "redirect": redirect,
                "address": cleaned(name, file.entry.null_tokens),
            }
            for name, redirect in found.items()
        ],
    )


def _replaced(
    ref: _Reference, file: Recognised, found: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield the columns of a source with what stands in them now."""
    redirect, raw = found[ref.address], file_column(ref.address)
    form = cleaned(ref.address, file.entry.null_tokens)
    title = (
        cleaned(ref.title, file.entry.null_tokens)
        if ref.title
        else "null::varchar"
    )
    if ref.domain is None:
        # The domain is read from the address.
        yield ref.address, f"cited_source({raw}, {redirect}, {title})"
        return
    domain = cleaned(ref.domain, file.entry.null_tokens)
    yield ref.address, f"cited_source({raw}, {redirect}, null::varchar)"
    yield (
        ref.domain,
        f"cited_domain({domain}, {form}, {redirect}, {found[ref.domain]}, "
        f"{title})",
    )
