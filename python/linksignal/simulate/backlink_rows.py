"""Link rows that add up to given counts, in batches of any size.

Row k of a domain decides everything by its number alone: the counted rows
come first, then the lost ones, then the site's links to itself. The parts of
the counted rows are dealt by k -> (prime * k + start) mod live, a permutation
of the rows, so each part holds exactly as many rows as planned.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names
from linksignal.simulate.noise import Bools, Floats, Ints, noise
from linksignal.simulate.study import Links
from linksignal.simulate.write import AS_OF, days_before

BATCH_ROWS = 250_000
_ELEMENT_PRIME = 2_147_483_647
_NOFOLLOW_PRIME = 1_999_999_973
_FEWEST_SITES = 1 << 14
_TEXTS = ("website", "read more", "source", "here", "this guide")
_TARGET_PAGES = ("", "", "", "about", "p/1", "p/2", "blog/", "pricing")


@dataclass(frozen=True)
class _Rows:
    """Numbers of a stretch of rows: domain, row in it, and what it is."""

    domain: Ints
    row: Ints
    links: Links
    salt: Ints
    is_own: Bools
    is_lost: Bools

    @property
    def is_live(self) -> Bools:
        return ~(self.is_own | self.is_lost)


def backlink_batches(
    links: Links, domain: Ints, study_size: int, seed: int
) -> Iterator[Any]:
    """Yield link rows, without the key columns.

    Parameters
    ----------
    links : Links
        Counts of m domains.
    domain : ndarray of int64, shape (m,)
        Numbers of these domains in the study.
    study_size : int
        Number of domains of the study.
    seed : int
        Seed of the rows' noise.

    Yields
    ------
    pyarrow.RecordBatch
        At most `BATCH_ROWS` rows, grouped by target.
    """
    ends = np.cumsum(links.rows)
    sites = _FEWEST_SITES
    while sites < 2 * int((links.referring_domains + links.lost).max()):
        sites *= 2
    for start in range(0, int(ends[-1]), BATCH_ROWS):
        position = np.arange(start, min(start + BATCH_ROWS, int(ends[-1])))
        block = np.searchsorted(ends, position, side="right")
        row = position - (ends - links.rows)[block]
        yield _batch(
            _stretch(links.take(block), domain[block], row, seed),
            study_size,
            sites,
            seed,
        )


def _stretch(links: Links, domain: Ints, row: Ints, seed: int) -> _Rows:
    return _Rows(
        domain=domain,
        row=row,
        links=links,
        salt=noise(seed, 1, domain * (1 << 40) + row),
        is_own=row >= links.live + links.lost,
        is_lost=(row >= links.live) & (row < links.live + links.lost),
    )


def _site(rows: _Rows, sites: int, seed: int) -> Ints:
    """Sites that link: each domain walks the pool with its own odd step.

    Counted row k of L comes from site floor(R * (k / L) ** g) of R, which
    takes every site when g <= L / R and gives the first ones more links. Lost
    rows come from further sites, where nothing else links from.
    """
    links = rows.links
    breadth = links.referring_domains
    skew = np.minimum(3.0, links.live / breadth)
    walked = breadth * (rows.row / links.live) ** skew + 1e-9
    step = np.where(
        rows.is_live, walked.astype(np.int64), breadth + rows.row - links.live
    )
    start = noise(seed, 2, rows.domain)
    stride = noise(seed, 3, rows.domain) | 1
    site: Ints = (start % sites + step * (stride % sites)) % sites
    return site


def _dealt(rows: _Rows, prime: int, seed: int, stream: int) -> Ints:
    """Place of each counted row in a permutation; -1 for the other rows."""
    start = noise(seed, stream, rows.domain) % rows.links.live
    place = (rows.row * prime + start) % rows.links.live
    return np.where(rows.is_live, place, -1)


def _elements(rows: _Rows, seed: int) -> dict[str, Bools]:
    place = _dealt(rows, _ELEMENT_PRIME, seed, 4)
    elements: dict[str, Bools] = {}
    low = np.zeros(len(place), dtype=np.int64)
    for name in ("image", "form", "frame", "bare"):
        high = low + getattr(rows.links, name)
        elements[name] = (place >= low) & (place < high)
        low = high
    elements["text"] = (place >= low) | (place < 0)
    return elements


def _marks(rows: _Rows, seed: int) -> dict[str, Any]:
    """Rel attributes; the first fifth of a domain's nofollow links are ugc."""
    place = _dealt(rows, _NOFOLLOW_PRIME, seed, 5)
    nofollow = rows.links.nofollow
    marked = np.where(place < 0, rows.salt % 3 == 0, place < nofollow)
    unknown = ~marked & (rows.salt % 29 == 0)
    live = place >= 0
    ugc = live & (place < nofollow // 5)
    sponsored = live & ~ugc & (place < nofollow // 5 + nofollow // 20)
    return {
        "is_nofollow": pa.array(marked, mask=unknown),
        "is_ugc": pa.array(ugc, mask=unknown),
        "is_sponsored": pa.array(sponsored, mask=unknown),
    }


def _addresses(rows: _Rows, target: Any, site: Ints) -> tuple[Any, Any, Any]:
    """Address and domain of the linking page, address of the target."""
    own = pa.array(rows.is_own)
    source = pc.if_else(own, target, names.site_domains(site))
    host = names.pick(("www.", "", "", "", "m.", "", ""), site)
    page = names.text_of(rows.row)
    source_url = names.join("https://", host, source, "/p/", page)
    start = names.pick(("https://www.", "https://www.", "http://"), rows.domain)
    path = names.pick(_TARGET_PAGES, rows.salt // 64)
    return source_url, source, names.join(start, target, "/", path)


def _anchors(
    rows: _Rows, elements: dict[str, Bools], target: Any, brand: Any
) -> Any:
    choice = rows.salt // 512 % 8
    texts = names.pick(_TEXTS, choice)
    named = pc.if_else(pa.array(choice == 5), target, brand)
    anchors = pc.if_else(pa.array(choice < 5), texts, named)
    return pc.if_else(pa.array(elements["text"]), anchors, None)


def _page_scores(rows: _Rows, site: Ints, seed: int) -> Floats:
    level = noise(seed, 6, site) % 60
    return (level + rows.salt // 4096 % 8).astype(np.float64)


def _link_kinds(rows: _Rows, bare: Bools) -> Any:
    kinds = ("redirect", "redirect", "redirect", "canonical", "other")
    return pc.if_else(pa.array(bare), names.pick(kinds, rows.salt), "anchor")


def _batch(rows: _Rows, study_size: int, sites: int, seed: int) -> Any:
    """One batch of the contract's columns from `source_url` on."""
    target = names.study_domains(study_size).take(pa.array(rows.domain))
    brand = names.brand_names(study_size).take(pa.array(rows.domain))
    site = _site(rows, sites, seed)
    elements = _elements(rows, seed)
    source_url, source, target_url = _addresses(rows, target, site)
    kinds = _link_kinds(rows, elements["bare"])
    unknown = pc.equal(kinds, "other").to_numpy(zero_copy_only=False)
    age = np.where(rows.is_lost, 20 + rows.salt % 50, rows.salt % 12)
    columns = {
        "source_url": source_url,
        "source_domain": source,
        "target_url": target_url,
        "target_domain": target,
        "anchor": _anchors(rows, elements, target, brand),
        "link_kind": kinds,
        **{
            f"is_{name}": pa.array(elements[name], mask=unknown)
            for name in ("text", "image", "form", "frame")
        },
        **_marks(rows, seed),
        "source_page_score": pa.array(_page_scores(rows, site, seed)),
        "first_seen": days_before(AS_OF, age + rows.salt // 65536 % 700),
        "last_seen": days_before(AS_OF, age),
        "is_lost": pa.array(
            rows.is_lost, mask=~rows.is_lost & (rows.salt % 31 == 0)
        ),
    }
    return pa.RecordBatch.from_pydict(columns)
