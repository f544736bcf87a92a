"""What a study could test with what is loaded, and what to export next."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from linksignal.load.format_file import Format
from linksignal.load.ledger import read_parquet
from linksignal.lookups import lookup_rows
from linksignal.text import amount, listed

if TYPE_CHECKING:
    from linksignal.load.stage import Staged

WIDTH = 100
AUTHORITY = "authority_score"
ANSWERS = "answers"
# Formats that a line names.
_NAMED = 4
# What link rows tell of a signal: a column that is not empty throughout, None
# where any row does.
_FROM_LINKS = {
    "total_backlinks": None,
    "referring_domains": None,
    "follow_links": None,
    "nofollow_links": "is_nofollow",
    "text_links": "is_text",
    "image_links": "is_image",
}


@dataclass(frozen=True)
class ClaimOutlook:
    """A claim of the study, and what its parts lack.

    Attributes
    ----------
    claim_id, claim : str
        As in the lookup of claims.
    missing : tuple of str
        Signals and platforms without which some part cannot be tested.
    is_testable : bool
        Some part of it has what it needs.
    """

    claim_id: str
    claim: str
    missing: tuple[str, ...]
    is_testable: bool


@dataclass(frozen=True)
class Outlook:
    """What raw tables hold for a study.

    Attributes
    ----------
    signals, platforms : frozenset of str
        Signals with a value for some domain; platforms with answers and what
        these refer to, or with totals.
    claims : tuple of ClaimOutlook
        In the order of the study.
    counted_by : mapping of str to int
        Domains whose referring domains a source counts, by source, where no
        source counts those of all; else empty.
    """

    signals: frozenset[str]
    platforms: frozenset[str]
    claims: tuple[ClaimOutlook, ...]
    counted_by: Mapping[str, int] = field(default_factory=dict)

    @property
    def missing(self) -> dict[str, list[str]]:
        """Claims by what they lack, in the order of the lookups."""
        found: dict[str, list[str]] = {}
        for claim in self.claims:
            for name in claim.missing:
                found.setdefault(name, []).append(claim.claim_id)
        order = [*_labels()]
        return dict(
            sorted(found.items(), key=lambda each: order.index(each[0]))
        )


def outlook_of(raw_dir: Path, staged: Sequence[Staged]) -> Outlook:
    """Tell what a study could test after a load.

    Parameters
    ----------
    raw_dir : Path
        Raw directory.
    staged : sequence of Staged
        The loads that would come to it.

    Returns
    -------
    Outlook
    """
    files = {
        table: [
            *sorted((raw_dir / table).glob("*.parquet")),
            *(each.files[table] for each in staged if table in each.files),
        ]
        for table in (
            *("backlinks", "backlink_profiles", "domain_scores"),
            *("ai_answers", "ai_references", "ai_totals"),
        )
    }
    signals = frozenset(_signals(files))
    platforms = frozenset(_platforms(files))
    claims = tuple(_claims(signals, platforms))
    return Outlook(signals, platforms, claims, _counted_by(files))


def _signals(files: Mapping[str, list[Path]]) -> Iterator[str]:
    for signal, column in _FROM_LINKS.items():
        is_in_links = _has_value(files["backlinks"], column or "target_domain")
        if is_in_links or _has_value(files["backlink_profiles"], signal):
            yield signal
    if _has_value(files["domain_scores"], "score"):
        yield AUTHORITY


def _counted_by(files: Mapping[str, list[Path]]) -> dict[str, int]:
    """Count domains by the source of their referring domains, if none has all.

    Tools see different parts of the web, so their counts have scales of their
    own.
    """
    domains: dict[str, set[str]] = {}
    for table, domain, counted in (
        ("backlink_profiles", "domain", "referring_domains"),
        ("backlinks", "target_domain", "source_domain"),
    ):
        for path in files[table]:
            found = _columns(path, ["source", domain, counted])
            if found is None:
                continue
            is_known = found[counted].is_valid()
            pairs = found.filter(is_known).group_by(["source", domain])
            for row in pairs.aggregate([]).to_pylist():
                domains.setdefault(row["source"], set()).add(row[domain])
    every = set().union(*domains.values())
    if len(domains) < 2 or every in domains.values():
        return {}
    return {source: len(own) for source, own in sorted(domains.items())}


def _has_value(paths: Iterable[Path], column: str) -> bool:
    for path in paths:
        table = _columns(path, [column])
        if table is not None and table[column].null_count < len(table):
            return True
    return False


def _columns(path: Path, names: list[str]) -> pa.Table | None:
    """Read columns of a raw file, None where another tool left them out."""
    if not set(names) <= set(pq.read_schema(path).names):
        return None
    return read_parquet(path, names)


def _platforms(files: Mapping[str, list[Path]]) -> Iterator[str]:
    # Other loads do without.
    import pyarrow.compute as pc

    tables = [_columns(path, ["answer_id"]) for path in files["ai_references"]]
    chunks = [
        chunk.cast(pa.string())
        for table in tables
        if table is not None
        for chunk in table["answer_id"].chunks
    ]
    ids = pa.chunked_array(chunks, pa.string()).combine_chunks()
    for path in files["ai_answers"]:
        answers = _columns(path, ["answer_id", "platform"])
        if answers is not None:
            known = answers.filter(
                pc.is_in(answers["answer_id"].cast(pa.string()), ids)
            )
            yield from known["platform"].unique().to_pylist()
    for path in files["ai_totals"]:
        totals = _columns(path, ["platform"])
        if totals is not None:
            yield from totals["platform"].unique().to_pylist()


def _claims(
    signals: frozenset[str], platforms: frozenset[str]
) -> Iterator[ClaimOutlook]:
    from linksignal.stats.claims.rules import (
        ALL,
        claim_rules,
        needed_signals,
        outcomes_of,
    )

    texts = {
        row["claim_id"]: row["claim"] for row in lookup_rows("study_claims")
    }
    # What parts need is the same whatever counts as flat.
    for rule in claim_rules(flat_ratio=2):
        lacks = []
        for part in rule.parts:
            needed = needed_signals(part.rows) - signals
            for row in part.rows:
                for _, platform in outcomes_of(row):
                    if platform == ALL:
                        needed |= set() if platforms else {ANSWERS}
                    elif platform not in platforms:
                        needed.add(platform)
            lacks.append(needed)
        order = [*_labels()]
        yield ClaimOutlook(
            rule.claim_id,
            texts[rule.claim_id],
            tuple(sorted(set().union(*lacks), key=order.index)),
            any(not each for each in lacks),
        )


def _labels() -> dict[str, str]:
    """Names for people of all that a claim can lack."""
    return {
        ANSWERS: "answers of AI platforms",
        **{
            row["signal"]: row["label"].lower()
            for row in lookup_rows("signals")
        },
        AUTHORITY: "authority score",
        **{
            row["platform"]: f"answers of {row['label']}"
            for row in lookup_rows("platforms")
        },
    }


def outlook_lines(
    outlook: Outlook, formats: Mapping[str, Format]
) -> Iterator[str]:
    """Yield lines on what could be tested, and what to export next.

    Parameters
    ----------
    outlook : Outlook
        What the raw tables would hold.
    formats : mapping of str to Format
        The known formats.
    """
    labels = _labels()
    yield "What a study of it could test, if it has domains enough:"
    for claim in outlook.claims:
        lacks = (
            listed(labels[name] for name in claim.missing)
            if (claim.missing)
            else ""
        )
        if not claim.missing:
            state = "yes"
        elif claim.is_testable:
            state = f"in part; lacks {lacks}"
        else:
            state = f"no; lacks {lacks}"
        yield from _wrapped(f"  {claim.claim_id}  {claim.claim} ", state)
    if outlook.counted_by:
        counts = listed(
            f"{source} for {amount(count, 'domain')}"
            for source, count in outlook.counted_by.items()
        )
        yield from textwrap.wrap(
            f"Links are counted by {counts}, and no source has all domains. "
            "Each sees another part of the web, so that its counts have a "
            "scale of their own: a domain with more links than another may "
            "only be counted by a source that sees more. Load the links of "
            "all domains from one source, or leave out the others.",
            WIDTH,
        )
    if outlook.missing:
        yield "To export next:"
    for name, claims in outlook.missing.items():
        files = _formats_with(name, formats)
        named = ", ".join(files[:_NAMED])
        more = ", …" if len(files) > _NAMED else ""
        yield from _wrapped(
            f"  {labels[name]} ", f"for {listed(claims)}: {named}{more}"
        )


def _wrapped(start: str, text: str) -> list[str]:
    return textwrap.wrap(f"{start}→ {text}", WIDTH, subsequent_indent="      ")


def _formats_with(name: str, formats: Mapping[str, Format]) -> list[str]:
    """Names of the formats that bring a signal, or answers of a platform."""
    found = [
        entry
        for entry in formats.values()
        if any(_brings(entry, table, column) for table, column in _places(name))
    ]
    platforms = {
        row["platform"]: row["label"] for row in lookup_rows("platforms")
    }
    if label := platforms.get(name):
        found = [e for e in found if _is_of_platform(e, name, label)]
    # Those of tools first: to write a file of one's own takes longer.
    return [e.name for e in sorted(found, key=lambda e: e.source == "own")]


def _is_of_platform(entry: Format, platform: str, label: str) -> bool:
    """Tell whether a format may hold answers of a platform, as far as it says.

    Those of one's own hold what their writer asks.
    """
    told = f"{entry.description} {entry.how}".casefold()
    is_fixed = any(f.value == platform for f in entry.fields)
    name = label.removeprefix("Google ").removesuffix("s").casefold()
    return is_fixed or entry.source == "own" or name in told


def _places(name: str) -> list[tuple[str, str]]:
    if name == AUTHORITY:
        return [("domain_scores", "score")]
    if name in _FROM_LINKS:
        from_links = _FROM_LINKS[name] or "target_domain"
        return [("backlink_profiles", name), ("backlinks", from_links)]
    return [("ai_answers", "platform"), ("ai_totals", "platform")]


def _brings(entry: Format, table: str, column: str) -> bool:
    return any(f.table == table and f.column == column for f in entry.fields)


def outlook_json(outlook: Outlook) -> list[dict[str, Any]]:
    """Return the claims as JSON values."""
    return [
        {
            "claim_id": claim.claim_id,
            "is_testable": claim.is_testable,
            "missing": list(claim.missing),
        }
        for claim in outlook.claims
    ]
