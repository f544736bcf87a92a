"""Answers that add up to given counts, and the references they hold.

An answer to a branded prompt references its one brand; a generic answer
references a handful of study domains.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from linksignal.simulate import names, prompts
from linksignal.simulate.dates import AS_OF, minutes_before
from linksignal.simulate.noise import Ints, noise
from linksignal.simulate.reference_rows import Held, reference_rows
from linksignal.simulate.study import PLATFORMS, Study

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
