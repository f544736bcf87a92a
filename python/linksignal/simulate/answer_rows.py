"""Rows of AI answers, and of the domains that they refer to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names, prompts
from linksignal.simulate.noise import Bools, Ints, noise
from linksignal.simulate.study import PLATFORMS, Study
from linksignal.simulate.write import AS_OF, minutes_before

BATCH_ANSWERS = 50_000
REFERENCES_PER_ANSWER = 4
_WINDOW_MINUTES = 30 * 24 * 60


@dataclass(frozen=True)
class AnswerBatch:
    """Rows of some answers and of their references, without key columns."""

    answers: Any
    references: Any


@dataclass(frozen=True)
class _Answers:
    """What tells the answers of a batch apart, and their random bits."""

    answer_id: Any
    platform: Ints
    prompt_id: Any
    prompt: Any
    is_branded: bool
    salt: Ints


def answer_batches(study: Study, seed: int) -> Iterator[AnswerBatch]:
    """Yield all answers of a study.

    Parameters
    ----------
    study : Study
        Study of n domains.
    seed : int
        Seed of the rows' noise.

    Yields
    ------
    AnswerBatch
        Branded answers in stretches of whole domains, then the generic
        answers of each platform.
    """
    ends = np.cumsum(study.branded.sum(axis=1))
    stretches = ends // BATCH_ANSWERS
    for stretch in np.unique(stretches):
        yield _branded(study, np.flatnonzero(stretches == stretch), seed)
    for platform in range(len(PLATFORMS)):
        yield _generic(study.generic[:, platform], platform, seed)


def generic_answer_count(counts: Ints) -> int:
    """Number of generic answers that hold a platform's references.

    Parameters
    ----------
    counts : ndarray of int64, shape (n,)
        Referencing generic answers of each domain.

    Returns
    -------
    int
        At least one answer a prompt, at least as many as the most often
        referenced domain needs, and so many that about four references fall
        on one answer.
    """
    return max(
        prompts.GENERIC_PROMPTS,
        int(counts.max()),
        -(-int(counts.sum()) // REFERENCES_PER_ANSWER),
    )


def _branded(study: Study, domains: Ints, seed: int) -> AnswerBatch:
    size = len(study.authority)
    counts = study.branded[domains].ravel()
    cell = np.repeat(np.arange(len(counts)), counts)
    domain = domains[cell // len(PLATFORMS)]
    platform = cell % len(PLATFORMS)
    run = np.arange(len(cell)) - (np.cumsum(counts) - counts)[cell]
    template = prompts.branded_order(domain, platform, run, seed)
    name = names.pick(PLATFORMS, platform)
    number, repeat = names.text_of(domain), names.text_of(run)
    answers = _Answers(
        answer_id=names.join(name, "-b", number, "-", repeat),
        platform=platform,
        prompt_id=prompts.branded_ids(domain, template),
        prompt=prompts.branded_prompts(domain, template, size, seed),
        is_branded=True,
        salt=noise(seed, 11, (domain * 8 + platform) * 2**24 + run),
    )
    held = Held(
        answer=np.arange(len(domain)),
        domain=domain,
        place=np.zeros(len(domain), dtype=np.int64),
        salt=noise(seed, 12, answers.salt),
    )
    return _batch(answers, held, size, seed)


def _generic(counts: Ints, platform: int, seed: int) -> AnswerBatch:
    """Deal a platform's references to its answers, round after round.

    A domain's references stand next to each other in the deal and are at most
    as many as the answers, so no answer gets a domain twice.
    """
    rng = np.random.default_rng([seed, 13, platform])
    total = generic_answer_count(counts)
    number = np.arange(total)
    prompt = number % prompts.GENERIC_PROMPTS
    answers = _Answers(
        answer_id=names.join(PLATFORMS[platform], "-g", names.text_of(number)),
        platform=np.full(total, platform),
        prompt_id=prompts.generic_ids(prompt),
        prompt=prompts.generic_prompts(prompt),
        is_branded=False,
        salt=noise(seed, 14, platform * 2**32 + number),
    )
    order = rng.permutation(len(counts))
    place = np.arange(counts.sum())
    held = Held(
        answer=rng.permutation(total)[place % total],
        domain=np.repeat(order, counts[order]),
        place=place // total,
        salt=noise(seed, 15, platform * 2**40 + place),
    )
    return _batch(answers, held, len(counts), seed)


def _batch(
    answers: _Answers, held: Held, study_size: int, seed: int
) -> AnswerBatch:
    references = reference_rows(
        answers.answer_id, answers.salt, held, study_size, seed
    )
    return AnswerBatch(_answer_rows(answers), references)


def _answer_rows(answers: _Answers) -> Any:
    """Rows of answers; half of the branding flags are unknown.

    A branded answer without prompt text keeps its flag, as nothing else would
    tell that it is branded.
    """
    salt = answers.salt
    no_prompt = salt % 41 == 0
    no_flag = salt // 64 % 2 == 0
    if answers.is_branded:
        no_flag &= ~no_prompt
    moment = minutes_before(AS_OF, 1 + salt // 128 % _WINDOW_MINUTES)
    return pa.RecordBatch.from_pydict(
        {
            "answer_id": answers.answer_id,
            "platform": names.pick(PLATFORMS, answers.platform),
            "prompt_id": answers.prompt_id,
            "prompt": pc.if_else(pa.array(no_prompt), None, answers.prompt),
            "is_branded": pa.array(
                np.full(len(salt), answers.is_branded), mask=no_flag
            ),
            "answered_at": pc.if_else(
                pa.array(salt // 4 % 97 == 0), None, moment
            ),
            "country": names.pick(("us", "us", "us", "gb"), salt // 8),
            "language": pa.repeat(pa.scalar("en"), len(salt)),
        }
    )


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
