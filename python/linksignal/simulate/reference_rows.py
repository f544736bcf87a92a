"""References of answers: citations and mentions, in the study and outside.

Within one answer a study domain is cited, mentioned or both, and now and then
cited twice; whatever the rows, it is one answer that references the domain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names
from linksignal.simulate.noise import Bools, Ints, noise

_OUTSIDE_DOMAINS = 400
_CITED_TENTHS, _FIRST_MENTIONED_TENTH = 7, 3


@dataclass(frozen=True)
class Held:
    """Which study domains some answers reference.

    Attributes
    ----------
    answer : ndarray of int64, shape (m,)
        Place of the answer among those of its batch.
    domain : ndarray of int64, shape (m,)
        Number of the study domain; distinct within an answer.
    place : ndarray of int64, shape (m,)
        Order of the domains within an answer.
    salt : ndarray of int64, shape (m,)
        Random bits of the reference.
    """

    answer: Ints
    domain: Ints
    place: Ints
    salt: Ints


@dataclass(frozen=True)
class _Layer:
    """References of one sort, in any order."""

    answer: Ints
    place: Ints
    is_citation: bool
    domain: Any
    url: Any

    def take(self, chosen: Bools) -> _Layer:
        index = np.flatnonzero(chosen)
        return _Layer(
            self.answer[index],
            self.place[index],
            self.is_citation,
            self.domain.take(pa.array(index)),
            self.url.take(pa.array(index)),
        )


def reference_rows(
    answer_id: Any, answer_salt: Ints, held: Held, study_size: int, seed: int
) -> Any:
    """Make the references of a batch of answers, without the key columns.

    Parameters
    ----------
    answer_id : pyarrow.StringArray of length k
        Identifiers of the batch's answers.
    answer_salt : ndarray of int64, shape (k,)
        Random bits of each answer.
    held : Held
        Study domains that the answers reference.
    study_size : int
        Number of domains of the study.
    seed : int
        Seed of the rows' noise.

    Returns
    -------
    pyarrow.RecordBatch
        Ordered by answer; citations are numbered from 1 in each, mentions
        have no position.
    """
    layers = [
        *_study_layers(held, study_size),
        _outside_layer(answer_salt, seed),
    ]
    answer = np.concatenate([layer.answer for layer in layers])
    place = np.concatenate([layer.place for layer in layers])
    is_citation = np.repeat(
        [layer.is_citation for layer in layers],
        [len(layer.answer) for layer in layers],
    )
    order = np.lexsort((~is_citation, place, answer))
    rows = pa.array(order)
    cited = is_citation[order]
    return pa.RecordBatch.from_pydict(
        {
            "answer_id": answer_id.take(pa.array(answer[order])),
            "kind": pc.if_else(pa.array(cited), "citation", "mention"),
            "domain": pa.concat_arrays([x.domain for x in layers]).take(rows),
            "url": pa.concat_arrays([x.url for x in layers]).take(rows),
            "position": pa.array(
                _running_count(answer[order], cited), mask=~cited
            ),
        }
    )


def _running_count(group: Ints, counted: Bools) -> Ints:
    """Count the marked rows so far within each stretch of equal groups."""
    total = np.cumsum(counted)
    starts = np.searchsorted(group, group, side="left")
    running: Ints = total - (total - counted)[starts]
    return running


def _study_layers(held: Held, study_size: int) -> list[_Layer]:
    domain = names.study_domains(study_size).take(pa.array(held.domain))
    page = names.text_of(held.salt // 1024 % 50)
    url = names.join("https://www.", domain, "/p/", page)
    url = pc.if_else(pa.array(held.salt // 128 % 8 == 0), None, url)
    home = names.join("https://www.", domain, "/")
    cited = held.salt % 10 < _CITED_TENTHS
    again = cited & (held.salt // 16 % 6 == 0)
    mentioned = held.salt % 10 >= _FIRST_MENTIONED_TENTH
    nowhere = pa.nulls(len(domain), pa.string())
    first, second = 3 * held.place, 3 * held.place + 1
    return [
        _Layer(held.answer, first, True, domain, url).take(cited),
        _Layer(held.answer, second, True, domain, home).take(again),
        _Layer(held.answer, first, False, domain, nowhere).take(mentioned),
    ]


def _outside_layer(answer_salt: Ints, seed: int) -> _Layer:
    """Cite one domain outside the study in every other answer."""
    answer = np.flatnonzero(answer_salt // 1024 % 2 == 0)
    number = noise(seed, 16, answer_salt[answer]) % _OUTSIDE_DOMAINS
    domain = names.outside_domains(number)
    url = names.join("https://", domain, "/")
    place = np.full(len(answer), 2, dtype=np.int64)
    return _Layer(answer, place, True, domain, url)
