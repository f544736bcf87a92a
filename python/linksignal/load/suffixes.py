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
    return pa.Table.from_pylist(
        [node._asdict() for node in suffix_nodes(public_suffix_rules())],
        schema=_SCHEMA,
    )


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
    names = {
        name for rule in ends | wildcards | exceptions for name in _tails(rule)
    }
    return [
        Node(
            name,
            len(_tails(name)),
            len(_tails(name)) - 1
            if name in exceptions
            else max(
                (len(_tails(n)) for n in _tails(name) if n in ends), default=0
            ),
            name in wildcards,
        )
        for name in sorted(names)
    ]


def _tails(name: str) -> list[str]:
    """Return a name and the names it ends with: a.b.c, b.c, c."""
    labels = name.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
