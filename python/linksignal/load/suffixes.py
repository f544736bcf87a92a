"""Public suffixes as a table, to look up many plain hosts at once."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import pyarrow as pa

from linksignal.load.hosts import public_suffix_rules

_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("labels", pa.int64()),
        ("suffix_labels", pa.int64()),
        ("has_wildcard", pa.bool_()),
    ]
)


class Node(NamedTuple):
    """A name at which a rule ends, or on the way to one.

    Attributes
    ----------
    name : str
        Such as ``co.uk``.
    labels : int
        Labels of the name.
    suffix_labels : int
        Labels of the longest public suffix within the name; 0 = none.
    has_wildcard : bool
        Whatever label stands before the name makes a public suffix.
    """

    name: str
    labels: int
    suffix_labels: int
    has_wildcard: bool


@cache
def suffix_table() -> pa.Table:
    """Return the rules for names of ASCII letters as a table of `Node`.

    The deepest node that ends a host decides: its public suffix has
    ``suffix_labels`` labels, or, where the node has a wildcard and the host
    a label before it, one more than the node.
    """
    columns = zip(*suffix_nodes(public_suffix_rules()), strict=True)
    return pa.table(list(map(list, columns)), schema=_SCHEMA)


def suffix_nodes(rules: list[str]) -> list[Node]:
    """Return the nodes of the tree that a list of rules makes.

    Parameters
    ----------
    rules : list of str
        In the notation of the public suffix list: ``co.uk``, ``*.ck``,
        ``!www.ck``. Rules with other than ASCII letters are left out.
    """
    plain = {rule for rule in rules if rule.isascii()}
    ends = {rule for rule in plain if rule[0] not in "*!"}
    wildcards = {rule[2:] for rule in plain if rule.startswith("*.")}
    exceptions = {rule[1:] for rule in plain if rule.startswith("!")}
    nodes: dict[str, Node] = {}
    for rule in ends | wildcards | exceptions:
        above = 0
        for labels, name in enumerate(_tails(rule), start=1):
            suffix_labels = labels if name in ends else above
            if name in exceptions:
                suffix_labels = labels - 1
            nodes[name] = Node(name, labels, suffix_labels, name in wildcards)
            above = suffix_labels
    return [nodes[name] for name in sorted(nodes)]


def _tails(name: str) -> list[str]:
    """Return the names that a name ends with, and itself: c, b.c, a.b.c."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))][::-1]
