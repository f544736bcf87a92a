"""Hosts read many at once are as those read one by one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linksignal.load.engine import engine
from linksignal.load.hosts import (
    create_hosts,
    public_suffix_rules,
    read_host,
    suffix_nodes,
)
from tldextract import TLDExtract

PLAIN = [
    *("example.com", "www.example.co.uk", "com", "co.uk", "a.b.c.ck", "b.ck"),
    *("ck", "www.ck", "a.www.ck", "city.kobe.jp", "x.city.kobe.jp"),
    *("a.b.kobe.jp", "b.kobe.jp", "kobe.jp", "nosuchsuffix", "a.nosuchsuffix"),
    *("-a.com", "a-.com", "a_b.com", "a_b.c.com", "localhost", "a.localhost"),
    *("1.2.3.4", "a.0x1", ".com", "a..com", "a.com.", "a.com:80", "xn--a.com"),
    *(f"{'a' * 63}.com", f"{'a' * 64}.com", "a.b.c.d.e.f.g.co.uk", "a.xn--com"),
    *("xn--mnchen-3ya.de", "münchen.de", "a.b@c.com", "", "a b.com", "_.com"),
]


def hosts_of(folder: Path, authorities: Iterable[str]) -> dict[str, Any]:
    with engine(folder) as connection:
        connection.execute(
            "CREATE TABLE texts AS SELECT unnest($1::VARCHAR[]) AS site_0",
            [list(authorities)],
        )
        create_hosts(connection, [0])
        rows = connection.execute("FROM hosts").fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {row[0]: tuple(row[1:]) for row in rows}


def expected(authorities: Iterable[str]) -> dict[str, Any]:
    return {authority: tuple(read_host(authority)) for authority in authorities}


def test_every_rule_is_read_alike_at_every_depth(tmp_path: Path) -> None:
    names = [rule.lstrip("*!").lstrip(".") for rule in public_suffix_rules()]
    hosts = {
        *PLAIN,
        *names,
        *(f"a.{name}" for name in names),
        *(f"b.www.{name}" for name in names),
    }
    assert hosts_of(tmp_path, hosts) == expected(hosts)


def test_spellings_of_an_authority_are_one_host(tmp_path: Path) -> None:
    sites = ["Example.COM", "example.com?a=B/c", "EXAMPLE.com#x", "MÜNCHEN.de?"]
    found = hosts_of(tmp_path, sites)
    assert {found[site] for site in sites[:3]} == {
        tuple(read_host("example.com"))
    }
    assert found["MÜNCHEN.de?"] == tuple(read_host("münchen.de"))
    assert found["example.com"] == found["Example.COM"]


def test_the_rules_are_those_of_the_package() -> None:
    package = TLDExtract(cache_dir=None, suffix_list_urls=())
    assert sorted(public_suffix_rules()) == sorted(package.tlds)


LABEL = st.text(alphabet="abcw-_0é", max_size=4) | st.sampled_from(
    ["com", "uk", "co", "ck", "www", "jp", "kobe", "city", "xn--p1ai", "br"]
)


@settings(derandomize=True, deadline=None, max_examples=10)
@given(
    st.lists(
        st.lists(LABEL, min_size=1, max_size=5).map(".".join),
        min_size=200,
        max_size=400,
        unique=True,
    )
)
def test_any_host_is_read_alike(
    tmp_path_factory: pytest.TempPathFactory, hosts: list[str]
) -> None:
    found = hosts_of(tmp_path_factory.mktemp("hosts"), hosts)
    assert found == expected(hosts)


def test_nodes_know_the_longest_suffix_within_them() -> None:
    nodes = {
        node.name: (node.labels, node.suffix_labels, node.has_wildcard)
        for node in suffix_nodes(["uk", "co.uk", "*.ck", "!www.ck", "a.b.jp"])
    }
    assert nodes == {
        "uk": (1, 1, False),
        "co.uk": (2, 2, False),
        "ck": (1, 0, True),
        "www.ck": (2, 1, False),
        "jp": (1, 0, False),
        "b.jp": (2, 0, False),
        "a.b.jp": (3, 3, False),
    }
