"""Domains of one owner are one cluster."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from linksignal.clusters import owner_clusters


def clusters(owners, shared):
    """Clusters by domain, from owners by domain and names by domain."""
    found = owner_clusters(
        pd.DataFrame({"domain": list(owners), "owner": list(owners.values())}),
        pd.DataFrame(
            [(domain, name) for domain in shared for name in shared[domain]],
            columns=["domain", "shared_name"],
        ),
    )
    return dict(zip(*found.to_pydict().values(), strict=True))


def test_a_stated_owner_is_a_cluster_whatever_its_case():
    owners = {"a.com": "Acme", "b.com": " ACME ", "c.com": " ", "d.com": None}
    assert clusters(owners, {}) == {
        "a.com": "owner: acme",
        "b.com": "owner: acme",
        "c.com": "c.com",
        "d.com": "d.com",
    }


def test_domains_go_together_by_way_of_a_third():
    shared = {
        "d.com": ["three"],
        "c.com": ["two", "three"],
        "b.com": ["one", "two"],
        "a.com": ["one"],
        "e.com": ["four"],
        "f.com": ["four"],
    }
    found = clusters(dict.fromkeys([*shared, "alone.com"]), shared)
    assert found == {
        **dict.fromkeys(["a.com", "b.com", "c.com", "d.com"], "a.com"),
        **dict.fromkeys(["e.com", "f.com"], "e.com"),
        "alone.com": "alone.com",
    }


def test_a_brand_joins_the_one_owner_whose_names_it_shares():
    owners = {"mine.com": "Mine", "mine.de": None, "mein.de": None}
    shared = {
        "mine.com": ["label: mine"],
        "mine.de": ["label: mine", "mein"],
        "mein.de": ["mein"],
    }
    assert set(clusters(owners, shared).values()) == {"owner: mine"}


def test_two_stated_owners_are_never_one_cluster():
    owners = {"x.com": "X", "x.de": "Y", "x.fr": None, "x.it": None}
    shared = {domain: ["label: x"] for domain in owners}
    assert clusters(owners, shared) == {
        "x.com": "owner: x",
        "x.de": "owner: y",
        "x.fr": "x.fr",
        "x.it": "x.fr",
    }


def test_an_owner_called_like_a_domain_is_not_that_domain():
    found = clusters({"a.com": None, "b.com": "a.com"}, {})
    assert len(set(found.values())) == 2


def test_no_domain_has_no_cluster():
    assert clusters({}, {}) == {}


def by_definition(owners, shared):
    """Grow each brand domain by domain: slow, and written apart."""
    found = {d: f"owner: {o}" for d, o in owners.items() if o}
    for start in sorted(owners):
        if start in found:
            continue
        brand, queue = {start}, [start]
        met = set()
        while queue:
            names = set(shared.get(queue.pop(), ()))
            for other in owners:
                if names & set(shared.get(other, ())):
                    if owners[other]:
                        met.add(owners[other])
                    elif other not in brand:
                        brand.add(other)
                        queue.append(other)
        name = f"owner: {met.pop()}" if len(met) == 1 else min(brand)
        found.update(dict.fromkeys(brand, name))
    return found


@pytest.mark.parametrize("seed", range(20))
def test_clusters_of_drawn_studies_are_those_by_definition(seed):
    draw = random.Random(seed)
    domains = [f"d{number:02d}.com" for number in range(40)]
    owners = {d: draw.choice([None] * 6 + ["x", "y", "z"]) for d in domains}
    names = [f"n{number}" for number in range(30)]
    shared = {d: draw.sample(names, draw.randint(0, 2)) for d in domains}
    assert clusters(owners, shared) == by_definition(owners, shared)


def test_one_name_in_common_and_a_long_chain_are_one_cluster_each():
    """As many as would show a search that goes the whole way each time."""
    count = 20_000
    one = {f"a{i:05d}.com": ["same"] for i in range(count)}
    chain = {f"b{i:05d}.com": [f"n{i}", f"n{i + 1}"] for i in range(count)}
    shared = {**one, **chain}
    found = clusters(dict.fromkeys(shared), shared)
    assert {found[domain] for domain in one} == {"a00000.com"}
    assert {found[domain] for domain in chain} == {"b00000.com"}
    backwards = {d: names[::-1] for d, names in reversed(chain.items())}
    assert set(clusters(dict.fromkeys(chain), backwards).values()) == {
        "b00000.com"
    }
