"""Studies over months with a planted order of link gains and mention gains.

Domain i has a size s_i, standard normal. In month t its new referring domains
are Poisson with log mean a_i + m_t + u_it, its mentions Poisson with log mean
b_i + n_t + v_it, where a_i = .7 + s_i + .5 e, b_i = .5 + .8 s_i + .5 e',
m_t and n_t are shocks of all domains (deviations .3 and .2), and u and v wander
by themselves (autocorrelation .4, deviations .6 and .3). On top of that:

- forward: log mentions gain `gain` for each doubling of 1 + new referring
  domains of the month before;
- reverse: log new referring domains gain as much for each doubling of
  1 + mentions of the month before;
- common_shock: shocks of a domain (autocorrelation .5, deviation .5) move both
  in the same month;
- none: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa

from linksignal.simulate import names, prompts
from linksignal.simulate.noise import Floats, Ints
from linksignal.simulate.study import PLATFORMS
from linksignal.simulate.write import AS_OF

GAIN = 0.15
FORWARD, REVERSE, COMMON_SHOCK = "forward", "reverse", "common_shock"

# Months that the study does not see, in which the laws settle, and months of
# links before the first answers.
SETTLING, BEFORE = 6, 3
LARGEST_LOG_MEAN = 7.0

# Prompts, each asked once a month on each platform, and links that a domain
# had before.
PROMPTS = 40
OLD_LINKS = 20


@dataclass(frozen=True)
class PanelCounts:
    """Counts of n domains.

    Attributes
    ----------
    links : ndarray of int64, shape (n, m + BEFORE)
        New referring domains of each month.
    mentions : ndarray of int64, shape (n, m)
        Mentions of the last m of these months.
    sizes : ndarray, shape (n,)
        Sizes s of the domains.
    """

    links: Ints
    mentions: Ints
    sizes: Floats


def draw_panel(
    direction: str,
    domains: int,
    months: int,
    rng: np.random.Generator,
    gain: float = GAIN,
) -> PanelCounts:
    """Draw the counts of a study.

    Parameters
    ----------
    direction : str
        One of `PANEL_DIRECTIONS`.
    domains, months : int
        Size of the study.
    rng : numpy.random.Generator
        Source of randomness.
    gain : float, default GAIN
        Log ratio per doubling, of forward and reverse.

    Returns
    -------
    PanelCounts
    """
    size, *noises = rng.standard_normal((3, domains))
    link_level = 0.7 + size + 0.5 * noises[0]
    mention_level = 0.5 + 0.8 * size + 0.5 * noises[1]
    whole = SETTLING + BEFORE + months
    shape = (domains, whole)
    link_logs = 0.3 * rng.standard_normal(whole) + _wander(rng, shape, 0.4, 0.6)
    mention_logs = 0.2 * rng.standard_normal(whole) + _wander(
        rng, shape, 0.4, 0.3
    )
    if direction == COMMON_SHOCK:
        shock = _wander(rng, shape, 0.5, 0.5)
        link_logs, mention_logs = link_logs + shock, mention_logs + shock
    links, mentions = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for month in range(whole):
        link_log = link_level + link_logs[:, month]
        mention_log = mention_level + mention_logs[:, month]
        if month and direction == REVERSE:
            link_log += gain * _doublings(mentions[:, month - 1], mention_level)
        if month and direction == FORWARD:
            mention_log += gain * _doublings(links[:, month - 1], link_level)
        links[:, month] = _poisson(rng, link_log)
        mentions[:, month] = _poisson(rng, mention_log)
    return PanelCounts(
        links[:, SETTLING:], mentions[:, SETTLING + BEFORE :], size
    )


def _wander(
    rng: np.random.Generator, shape: tuple[int, int], rho: float, spread: float
) -> Floats:
    """Draw autocorrelated noise, each row for itself."""
    steps = rng.standard_normal(shape)
    for month in range(1, shape[1]):
        steps[:, month] = (
            rho * steps[:, month - 1] + np.sqrt(1 - rho**2) * steps[:, month]
        )
    return np.asarray(spread * steps)


def _doublings(counts: Ints, level: Floats) -> Floats:
    """How often 1 + counts are twice what the domain has as a rule."""
    return np.asarray(np.log2(1 + counts) - np.log2(1 + np.exp(level)))


def _poisson(rng: np.random.Generator, logs: Floats) -> Ints:
    return rng.poisson(np.exp(np.minimum(logs, LARGEST_LOG_MEAN)))


def month_starts(months: int) -> list[date]:
    """First days of the last months before `AS_OF`, and `AS_OF` itself."""
    end = AS_OF.year * 12 + AS_OF.month - 1
    return [
        date(number // 12, number % 12 + 1, 1)
        for number in range(end - months, end + 1)
    ]


def _moments(
    month: Ints, rng: np.random.Generator, starts: list[date]
) -> pa.Array:
    """Draw a minute in the month of each row."""
    bounds = np.array(starts, "datetime64[m]")
    length = (bounds[month + 1] - bounds[month]).astype(np.int64)
    minutes = (rng.random(len(month)) * length).astype("timedelta64[m]")
    return pa.array((bounds[month] + minutes).astype("datetime64[us]"))


def scores(counts: PanelCounts) -> Ints:
    """Give authority scores, 0-100, in the order of the sizes."""
    order = counts.sizes.argsort().argsort()
    return (100 * order) // len(order)


def link_rows(counts: PanelCounts, rng: np.random.Generator) -> Any:
    """Give a link row for each referring domain, in one snapshot.

    Parameters
    ----------
    counts : PanelCounts
        Of the study.
    rng : numpy.random.Generator
        Source of randomness.

    Returns
    -------
    pyarrow.RecordBatch
        Without the key columns; some `OLD_LINKS` of each domain are older
        than the study.
    """
    domains, months = counts.links.shape
    cells = np.column_stack([np.full(domains, OLD_LINKS), counts.links])
    number = np.repeat(np.arange(cells.size), cells.ravel())
    domain, month = number // cells.shape[1], number % cells.shape[1]
    first = (np.cumsum(cells) - cells.ravel()).reshape(cells.shape)[:, 0]
    place = np.arange(len(number)) - first[domain]
    target = names.study_domains(domains).take(pa.array(domain))
    site = names.site_domains(domain * 7 + place * 13)
    # The month before all others stands for what is older.
    seen = _moments(month, rng, month_starts(months + 1))
    return pa.RecordBatch.from_pydict(
        {
            "source_url": names.join("https://", site, "/p"),
            "source_domain": site,
            "target_url": names.join("https://", target, "/"),
            "target_domain": target,
            "anchor": names.brand_names(domains).take(pa.array(domain)),
            "link_kind": pa.repeat(pa.scalar("anchor"), len(number)),
            "is_text": pa.array(place % 5 > 0),
            "is_image": pa.array(place % 5 == 0),
            "is_nofollow": pa.array(place % 3 == 0),
            "first_seen": seen,
        }
    )


def answer_rows(
    counts: PanelCounts, rng: np.random.Generator
) -> Iterator[tuple[Any, Any]]:
    """Yield the answers of each month, and their references.

    Parameters
    ----------
    counts : PanelCounts
        Of the study. A domain stands once in an answer: what it is mentioned
        more often than there are answers is left out.
    rng : numpy.random.Generator
        Source of randomness.

    Yields
    ------
    tuple of pyarrow.RecordBatch
        Answers to `PROMPTS` prompts on each platform, and references, without
        the key columns.
    """
    domains, months = counts.mentions.shape
    number = np.arange(PROMPTS * len(PLATFORMS))
    starts = month_starts(months)
    for month in range(months):
        answer_id = names.join(f"m{month}-", names.text_of(number))
        answers = pa.RecordBatch.from_pydict(
            {
                "answer_id": answer_id,
                "platform": names.pick(PLATFORMS, number),
                "prompt_id": prompts.generic_ids(number // len(PLATFORMS)),
                "prompt": prompts.generic_prompts(number // len(PLATFORMS)),
                "is_branded": pa.repeat(pa.scalar(False), len(number)),
                "answered_at": _moments(
                    np.full(len(number), month), rng, starts
                ),
                "country": pa.repeat(pa.scalar("us"), len(number)),
                "language": pa.repeat(pa.scalar("en"), len(number)),
            }
        )
        named = [
            rng.permutation(len(number))[:count]
            for count in counts.mentions[:, month]
        ]
        domain = np.repeat(np.arange(domains), [len(each) for each in named])
        references = pa.RecordBatch.from_pydict(
            {
                "answer_id": answer_id.take(pa.array(np.concatenate(named))),
                "kind": pa.repeat(pa.scalar("citation"), len(domain)),
                "domain": names.study_domains(domains).take(pa.array(domain)),
            }
        )
        yield answers, references
