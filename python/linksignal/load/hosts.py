"""Hosts: the registrable domain of each distinct host of a file.

`read_host` parses one; `create_hosts` makes the table of all in a file.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import idna
import pyarrow as pa
from duckdb import DuckDBPyConnection
from pyarrow import csv

from linksignal.load.engine import render, row_count, run, second_cursor

if TYPE_CHECKING:
    from tldextract import TLDExtract

_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")
_LATIN_LOOKALIKES = frozenset("асеорхуѕіјһԁԛԝӏνο")


class Host(NamedTuple):
    """A host and its registrable domain, or why it has none.

    Attributes
    ----------
    host : str or None
        Lower case, punycode, without port and trailing dot.
    domain : str or None
        The registrable domain; private suffixes do not count as suffixes.
    reason : str or None
        Reason code when `domain` is None.
    is_lookalike : bool
        A label mixes scripts, or is of letters that all look Latin.
    """

    host: str | None = None
    domain: str | None = None
    reason: str | None = None
    is_lookalike: bool = False


def read_host(authority: str) -> Host:
    """Parse the authority of a URL, the part between scheme and path.

    Parameters
    ----------
    authority : str
        Such as ``www.example.co.uk:8080``.

    Returns
    -------
    Host

    Examples
    --------
    >>> read_host("Blog.Example.CO.uk:443").domain
    'example.co.uk'
    """
    reason = _text_reason(authority)
    if reason:
        return Host(reason=reason)
    name, _, port = authority.partition(":")
    if port and not (port.isascii() and port.isdigit() and len(port) <= 5):
        return Host(reason="bad_port")
    ascii_name = _to_ascii(name.removesuffix("."))
    if ascii_name is None:
        return Host(reason="bad_label")
    reason = _name_reason(ascii_name)
    if reason == "bad_label" and ascii_name.startswith("."):
        # Lists of ranks write a public suffix as .com.
        found = read_host(ascii_name.lstrip("."))
        is_suffix = found.reason == "public_suffix"
        return found if is_suffix else Host(reason=reason)
    if reason:
        return Host(reason=reason)
    return _registrable(ascii_name)


def public_suffix_rules() -> list[str]:
    """Return the ICANN rules of the bundled public suffix list.

    They are read from the file: the package around it takes longer to import
    than most exports to load, and plain hosts do not need it.
    """
    spec = find_spec("tldextract")
    (folder,) = (spec and spec.submodule_search_locations) or [""]
    text = Path(folder, ".tld_set_snapshot").read_text(encoding="utf-8")
    public, _, _ = text.partition("// ===BEGIN PRIVATE DOMAINS===")
    lines = (line.split(maxsplit=1) for line in public.splitlines())
    return [
        words[0] for words in lines if words and not words[0].startswith("//")
    ]


def _text_reason(authority: str) -> str | None:
    if _NAME.fullmatch(authority):
        return None
    if "@" in authority:
        return "user_info"
    if "[" in authority:
        return "ip_address"
    for character in authority:
        category = unicodedata.category(character)
        if category in ("Cf", "Cc", "Cs", "Co", "Cn"):
            return "invisible_character"
        if category.startswith("Z"):
            return "space"
    return None


def _to_ascii(name: str) -> str | None:
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return None


def _name_reason(name: str) -> str | None:
    last = name.rpartition(".")[2]
    if last == "localhost":
        return "localhost"
    if last.isdigit() or last.startswith("0x"):
        return "ip_address"
    if len(name) > 253 or not _NAME.fullmatch(name):
        return "bad_label"
    if "xn--" in name and None in map(_unicode_label, name.split(".")):
        return "bad_label"
    return None


def _unicode_label(label: str) -> str | None:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return None


def _registrable(name: str) -> Host:
    extracted = _extractor()(name)
    domain = extracted.top_domain_under_public_suffix
    if not domain:
        reason = "public_suffix" if extracted.suffix else "unknown_suffix"
        return Host(reason=reason)
    label = extracted.domain
    if label.startswith("-") or label.endswith("-") or "_" in label:
        return Host(reason="bad_label")
    return Host(name, domain, None, _is_lookalike(label))


def _is_lookalike(label: str) -> bool:
    text = _unicode_label(label)
    if text is label or text is None:
        return False
    letters = {character for character in text if character.isalpha()}
    names = [unicodedata.name(letter, "") for letter in letters]
    scripts = {s for s in _SCRIPTS if any(n.startswith(s) for n in names)}
    return len(scripts) > 1 or (bool(letters) and letters <= _LATIN_LOOKALIKES)


@cache
def _extractor() -> TLDExtract:
    from tldextract import TLDExtract

    return TLDExtract(
        cache_dir=None,
        suffix_list_urls=(),
        fallback_to_snapshot=True,
        include_psl_private_domains=False,
    )


_SUFFIX_SCHEMA = pa.schema(
    [
        ("name", pa.string()),
        ("labels", pa.int64()),
        ("suffix_labels", pa.int64()),
        ("has_wildcard", pa.bool_()),
    ]
)


class Node(NamedTuple):
    """A node of the suffix tree: a name that ends a rule, or leads to one.

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
    nodes = suffix_nodes(public_suffix_rules())
    text = "\n".join(",".join(map(str, node)) for node in nodes)
    # pa.table would import pandas, which takes longer than most files to load.
    return csv.read_csv(
        BytesIO(text.encode()),
        csv.ReadOptions(column_names=_SUFFIX_SCHEMA.names),
        convert_options=csv.ConvertOptions(column_types=_SUFFIX_SCHEMA),
    )


def suffix_nodes(rules: list[str]) -> list[Node]:
    """Return the nodes of the tree of suffix rules.

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

    def add(name: str) -> Node:
        if name in nodes:
            return nodes[name]
        end = name.partition(".")[2]
        labels, above = add(end)[1:3] if end else (0, 0)
        suffix_labels = labels + 1 if name in ends else above
        if name in exceptions:
            suffix_labels = labels
        nodes[name] = Node(name, labels + 1, suffix_labels, name in wildcards)
        return nodes[name]

    for rule in ends | wildcards | exceptions:
        add(rule)
    return [nodes[name] for name in sorted(nodes)]


_BATCH_ROWS = 100_000
# Labels of the longest rule of the public suffix list.
_MOST_LABELS = 4


def create_hosts(
    connection: DuckDBPyConnection,
    numbers: Sequence[int],
    *,
    is_shared: bool = False,
) -> None:
    """Create ``hosts``: site, and the attributes of `Host`.

    ``hosts_<number>`` has those in the column ``site_<number>`` of ``texts``:
    a join holds its whole table in memory, and targets are far fewer than
    sources.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Engine with the relation ``texts``.
    numbers : sequence of int
        Numbers of the columns of sites.
    is_shared : bool, default False
        All columns name hosts of one kind: they are read in one go, and
        every ``hosts_<number>`` is ``hosts``.
    """
    is_shared &= bool(numbers)
    run(connection, "sites", numbers=numbers, is_shared=is_shared)
    _read_plain(connection)
    _read_others(connection)
    run(connection, "spelled_hosts")
    for number in numbers:
        is_apart = not is_shared and _saves_much(connection, number)
        words = {"is_apart": is_apart, "is_shared": is_shared}
        run(connection, "own_hosts", number=number, **words)


def _saves_much(connection: DuckDBPyConnection, number: int) -> bool:
    own = row_count(connection, f"sites_{number}")
    return 2 * own <= row_count(connection, "hosts")


def _read_plain(connection: DuckDBPyConnection) -> None:
    """Parse plain hosts in SQL, by the table of public suffixes."""
    connection.register("suffix_table", suffix_table())
    run(connection, "plain_hosts", most_labels=_MOST_LABELS)
    connection.unregister("suffix_table")


def _read_others(connection: DuckDBPyConnection) -> None:
    reader = second_cursor(connection)
    reader.execute(
        "select authority from authorities where not is_plain_host(authority)"
    )
    while rows := reader.fetchmany(_BATCH_ROWS):
        authorities = [row[0] for row in rows]
        hosts = map(read_host, authorities)
        columns = map(list, zip(*hosts, strict=True))
        connection.execute(render("other_hosts"), [authorities, *columns])
