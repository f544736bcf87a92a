"""The first screen: what the study says, how sure that is, what is next.

Its numbers are data: each says where in the tables it stands.
"""

from __future__ import annotations

import datetime
from collections import Counter
from dataclasses import dataclass
from typing import Any

from linksignal.lookups import lookup_rows
from linksignal.report.study import Rows, Study, pick
from linksignal.report.wording import (
    ALL,
    NOTHING,
    claim_outcomes,
    coefficient,
    labels,
    percent,
    verdict,
)
from linksignal.text import p_written

OUTCOME = "ai_mentions"

# From here on ties are no reason that a coefficient is small.
HIGH_CEILING = 0.95


@dataclass(frozen=True)
class Number:
    """A number in a sentence, and where it stands.

    Attributes
    ----------
    text : str
        As written.
    value : float or int or str
        As in the table.
    source : str
        Table and column, and what picks the row.
    """

    text: str
    value: Any
    source: str


Sentence = list[str | Number]


@dataclass(frozen=True)
class Headline:
    """One of the large figures.

    Attributes
    ----------
    figure : Number or str
        The figure; text where there is none.
    label : str
        What it is, continuing the figure.
    detail : list
        What it rests on.
    """

    figure: Number | str
    label: str
    detail: Sentence


@dataclass(frozen=True)
class Step:
    """What to do next.

    Attributes
    ----------
    section_id : str
        Page of the report that goes on.
    sentence : list
        Why, and what to do.
    """

    section_id: str
    sentence: Sentence


@dataclass(frozen=True)
class Opening:
    """The first screen.

    Attributes
    ----------
    name : str
        Of the study.
    facts : list of tuple
        Term and sentence: market, window, date.
    answer : list
        One sentence.
    headlines : list of Headline
        Three of them.
    verdicts : list
        How many claims have which verdict.
    steps : list of Step
        What is next.
    """

    name: str
    facts: list[tuple[str, Sentence]]
    answer: Sentence
    headlines: list[Headline]
    verdicts: Sentence
    steps: list[Step]


def opening(study: Study, today: datetime.date) -> Opening:
    """Say what the study shows.

    Parameters
    ----------
    study : Study
        The findings.
    today : datetime.date
        Date of a report on findings that were not published.

    Returns
    -------
    Opening
    """
    return Opening(
        study.overview["study_name"],
        _facts(study, today),
        _answer(study),
        [_strength(study), _never_named(study), _outside(study)],
        _verdicts(study),
        _steps(study),
    )


def _facts(study: Study, today: datetime.date) -> list[tuple[str, Sentence]]:
    overview, published = study.overview, study.published
    written = published.published_at.date() if published else today
    source = "publish_info: published_at" if published else "day of the report"
    return [
        ("Market", [overview["market"] or "not stated"]),
        ("Domains", [_overview_count(study, "domain_count")]),
        ("Answers", _answers(study)),
        ("Link data", _days(overview, "first_links_as_of", "last_links_as_of")),
        *_checked(study),
        ("Report", [Number(_day(written), written, source)]),
    ]


def _checked(study: Study) -> list[tuple[str, Sentence]]:
    total = len(study.expectations)
    if not total:
        return []
    met = sum(bool(row["is_met"]) for row in study.expectations)
    source = "quality.data_quality: rows"
    told: Sentence = [
        Number(f"{met}", met, f"{source} with is_met true"),
        " of ",
        Number(f"{total}", total, source),
        " met",
    ]
    return [("Data checks", told)]


def _answers(study: Study) -> Sentence:
    covered = study.covered_platforms()
    if not covered:
        return ["no platform has answers or totals"]
    total = sum(row["answer_count"] or 0 for row in study.coverage)
    return [
        Number(
            f"{total:,}",
            total,
            "findings.platform_coverage: sum of answer_count",
        ),
        " of ",
        *_where(covered),
        ", ",
        *_days(study.overview, "first_answer_date", "last_answer_date"),
    ]


def _where(covered: list[str]) -> Sentence:
    """Count the platforms; one alone is named."""
    if len(covered) == 1:
        return [labels().platform(covered[0])]
    source = "findings.platform_coverage: rows with an outcome_source"
    return [Number(f"{len(covered)}", len(covered), source), " platforms"]


def _days(overview: dict[str, Any], first: str, last: str) -> Sentence:
    if overview[last] is None:
        return ["of unknown date"]
    days = [
        Number(
            _day(overview[name]),
            overview[name],
            f"findings.study_overview: {name}",
        )
        for name in (first, last)
    ]
    if days[0].value == days[1].value:
        return [days[1]]
    return [days[0], " – ", days[1]]


def _day(day: datetime.date) -> str:
    return f"{day.day} {day:%b %Y}"


def _overview_count(study: Study, column: str) -> Number:
    value = study.overview[column]
    return Number(f"{value:,}", value, f"findings.study_overview: {column}")


def _estimated(study: Study) -> Rows:
    rows = pick(
        study.correlations, outcome=OUTCOME, platform=ALL, method="spearman"
    )
    return [row for row in rows if row["estimate"] is not None]


def _answer(study: Study) -> Sentence:
    """Say in one sentence what the signs of the coefficients add up to."""
    tested = [row for row in _estimated(study) if row["p_adjusted"] is not None]
    if not tested:
        return [
            "These data cannot tell: no correlation with AI mentions can be "
            f"tested. {_why_untested(study)}".rstrip()
        ]
    shown = [row for row in tested if _is_shown(row, study)]
    above = [row["signal"] for row in shown if row["estimate"] > 0]
    below = [row["signal"] for row in shown if row["estimate"] <= 0]
    key = "findings.correlations, spearman, all platforms: rows"
    beyond = f"{key} with p_adjusted below alpha and estimate"
    number = Number(f"{len(tested)}", len(tested), key)
    if not shown:
        return _nothing_shown(tested, number)
    sides = [
        (above, "higher", f"{beyond} > 0"),
        (below, "lower", f"{beyond} < 0"),
    ]
    return [
        _summary(len(above), len(below), len(tested)),
        ": of ",
        number,
        " backlink signals ",
        *_counted(sides),
        ", beyond chance, for domains that AI answers name more often; "
        "that more links would bring more mentions is not shown.",
    ]


def _why_untested(study: Study) -> str:
    """Give the most frequent reason, in the words of the lookup."""
    statuses = Counter(
        row["status"]
        for row in pick(
            study.correlations, outcome=OUTCOME, platform=ALL, method="spearman"
        )
    )
    if not statuses:
        return ""
    ((status, _),) = statuses.most_common(1)
    sentences = {
        row["status"]: row["sentence"] for row in lookup_rows("statuses")
    }
    return sentences.get(status) or ""


def _summary(above: int, below: int, tested: int) -> str:
    if not above:
        return "Rather the reverse"
    if above == tested:
        return "Yes, they go together"
    if above > tested / 2:
        return "Mostly yes, they go together"
    return "Some go one way, some the other" if below else "In part"


def _nothing_shown(tested: Rows, number: Number) -> Sentence:
    """Say that nothing is shown, and what could have gone unseen."""
    limits = [
        row["smallest_detectable_r"]
        for row in tested
        if row["smallest_detectable_r"] is not None
    ]
    said: Sentence = [
        "Not that these data show: none of ",
        number,
        " backlink signals goes with being named in AI answers beyond chance",
    ]
    if not limits:
        return [*said, "."]
    return [
        *said,
        "; a correlation smaller than ",
        Number(
            coefficient(max(limits)),
            max(limits),
            "findings.correlations, spearman, all platforms: largest "
            "smallest_detectable_r",
        ),
        " could well have gone unseen.",
    ]


def _counted(sides: list[tuple[list[str], str, str]]) -> Sentence:
    """Count the signals of each side, as in "8 are higher and 1 is lower".

    One that stands alone is named.
    """
    said: Sentence = []
    for signals, word, source in sides:
        if signals:
            count = len(signals)
            alone = f" ({labels().signal(signals[0]).lower()}) is "
            said += [
                *([" and "] if said else []),
                Number(f"{count}", count, source),
                f"{alone if count == 1 else ' are '}{word}",
            ]
    return said


def _strength(study: Study) -> Headline:
    """Give the strongest coefficient, of all and of named domains."""
    rows = _estimated(study)
    if not rows:
        return Headline(
            NOTHING, "no signal has a rank correlation with AI mentions", []
        )
    best = max(rows, key=lambda row: (abs(row["estimate"]), row["signal"]))
    signal = labels().signal(best["signal"]).lower()
    key = f"findings.correlations, {best['signal']}, spearman"
    figure = Number(
        coefficient(best["estimate"]), best["estimate"], f"{key}: estimate"
    )
    return Headline(
        figure,
        f"rank correlation of {signal} with AI mentions, the strongest of all "
        f"signals{'' if _is_shown(best, study) else ', yet not beyond chance'}",
        [
            *_sureness(best, key),
            *_ceiling(best, key),
            *_among_named(study, best["signal"]),
        ],
    )


def _is_shown(row: dict[str, Any], study: Study) -> bool:
    return row["p_adjusted"] is not None and row["p_adjusted"] < study.alpha


def _sureness(row: dict[str, Any], key: str) -> Sentence:
    level = 100 * row["ci_level"] if row["ci_level"] else None
    said: Sentence = []
    if level and row["ci_low"] is not None and row["ci_high"] is not None:
        said += [
            Number(f"{level:g} %", level, f"{key}: ci_level, per cent"),
            " interval",
            *_ends(row, key),
            ", ",
        ]
    said += [Number(f"{row['n']:,}", row["n"], f"{key}: n"), " domains"]
    if row["p_adjusted"] is not None:
        written = p_written(row["p_adjusted"])
        said += [
            ", adjusted p ",
            Number(written, row["p_adjusted"], f"{key}: p_adjusted"),
        ]
    return [*said, ". Zero is no association, one the closest there is. "]


def _ends(row: dict[str, Any], key: str) -> Sentence:
    low, high = (
        Number(coefficient(row[end]), row[end], f"{key}: {end}")
        for end in ("ci_low", "ci_high")
    )
    return [" ", low, " to ", high]


def _ceiling(row: dict[str, Any], key: str) -> Sentence:
    """Say how large it could be at most, where ties keep it small."""
    ceiling = row["ceiling"]
    if ceiling is None or ceiling >= HIGH_CEILING:
        return []
    return [
        "So many domains tie, mostly at zero mentions, that it could be ",
        Number(coefficient(ceiling), ceiling, f"{key}: ceiling"),
        " at most. ",
    ]


def _among_named(study: Study, signal: str) -> Sentence:
    rows = pick(
        study.sensitivities,
        signal=signal,
        method="spearman",
        sensitivity="positives_only",
    )
    known = [row for row in rows if row["estimate"] is not None]
    if not known:
        return ["Among the named domains alone it cannot be told."]
    (row,) = known
    key = f"findings.correlations, {signal}, spearman, positives_only"
    return [
        "Among the ",
        Number(f"{row['n']:,}", row["n"], f"{key}: n"),
        " named domains alone: ",
        Number(
            coefficient(row["estimate"]), row["estimate"], f"{key}: estimate"
        ),
        *(_bracketed(row, key)),
        ".",
    ]


def _bracketed(row: dict[str, Any], key: str) -> Sentence:
    if row["ci_low"] is None or row["ci_high"] is None:
        return []
    return [" (", *_ends(row, key)[1:], ")"]


def _never_named(study: Study) -> Headline:
    overview = study.overview
    known, named = overview["known_domains"], overview["named_domains"]
    label = "of domains are never named"
    if not known:
        return Headline(NOTHING, label, ["No domain has known AI mentions."])
    return Headline(
        _share(
            (known - named) / known,
            "findings.study_overview: 1 - named_domains / known_domains",
        ),
        label,
        [
            Number(
                f"{known - named:,}",
                known - named,
                "findings.study_overview: known_domains - named_domains",
            ),
            " of ",
            _overview_count(study, "known_domains"),
            f" domains, {_together(study)}. An AI mention is an answer that "
            "cites the domain or names its brand.",
        ],
    )


def _together(study: Study) -> str:
    (first, *_) = study.platforms()
    if first == ALL:
        return "over all platforms together"
    return f"on {labels().platform(first)}"


def _outside(study: Study) -> Headline:
    overview = study.overview
    total, outside = (
        overview["reference_count"],
        overview["outside_reference_count"],
    )
    label = "of all references go to domains outside the study"
    if not total:
        return Headline(NOTHING, label, ["No answers with references."])
    return Headline(
        _share(
            outside / total,
            "findings.study_overview: outside_reference_count / "
            "reference_count",
        ),
        label,
        [
            _overview_count(study, "outside_reference_count"),
            " of ",
            _overview_count(study, "reference_count"),
            ", each domain once per answer. About them this report says "
            "nothing: their links are not in these data.",
        ],
    )


def _share(share: float, source: str) -> Number:
    return Number(percent(share), share, source)


def _verdicts(study: Study) -> Sentence:
    if not study.claims:
        return []
    counts = Counter(row["verdict"] for row in study.claims)
    order = list(claim_outcomes()["verdict"])
    known = [name for name in order if counts[name]]
    unknown = sorted(set(counts) - set(order))
    source = "findings.claims: rows with verdict"
    parts: Sentence = []
    for position, name in enumerate([*known, *unknown]):
        parts += [
            ", " if position else "",
            Number(f"{counts[name]}", counts[name], f"{source} {name}"),
            f" {verdict(name)}",
        ]
    return [
        "What Semrush and Growth Memo claim, on these data: ",
        *parts,
        ".",
    ]


def _steps(study: Study) -> list[Step]:
    """Name what to look at next, the most urgent first."""
    return [
        *_checks(study),
        *_open_claims(study),
        _correlated(study),
        *_apart(study),
        Step(
            "domains",
            ["Look up a domain of yours beside others of its authority."],
        ),
    ]


def _correlated(study: Study) -> Step:
    """Lead to the correlations, or to why there are none."""
    tested = [row for row in _estimated(study) if row["p_adjusted"] is not None]
    if not tested:
        return Step(
            "quality",
            ["See why no correlation can be tested, and what to load."],
        )
    if any(_is_shown(row, study) for row in tested):
        told = "See which signal goes with mentions on which platform."
    else:
        told = "See how small the correlations are, platform by platform."
    return Step("correlations", [told])


def _apart(study: Study) -> list[Step]:
    if not study.outlooks:
        return []
    return [
        Step(
            "outlook",
            [
                "See which domains are named less or more than domains like "
                "them, and what is worth a look."
            ],
        )
    ]


def _checks(study: Study) -> list[Step]:
    unmet = sum(not row["is_met"] for row in study.expectations)
    if not unmet:
        return []
    source = "quality.data_quality: rows"
    total = len(study.expectations)
    return [
        Step(
            "quality",
            [
                "Read first what the data lack: ",
                Number(f"{unmet}", unmet, f"{source} with is_met false"),
                " of ",
                Number(f"{total}", total, source),
                " checks is not met." if unmet == 1 else " checks are not met.",
            ],
        )
    ]


def _open_claims(study: Study) -> list[Step]:
    """Count the claims that the data do not decide."""
    count = sum(
        row["verdict"] in ("undecided", "not_testable") for row in study.claims
    )
    if not count:
        return []
    return [
        Step(
            "claims",
            [
                "Do not build on the ",
                Number(
                    f"{count}",
                    count,
                    "findings.claims: rows with verdict undecided or "
                    "not_testable",
                ),
                " claims that these data leave open; see why."
                if count > 1
                else " claim that these data leave open; see why.",
            ],
        )
    ]
