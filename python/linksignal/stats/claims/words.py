"""The sentences of the ledger, for someone who buys links.

What was seen, how sure that is, what would settle it. Nothing here decides:
states, verdicts and numbers come from `judge`. Terminal, report, workbook,
history and published tables print these sentences and make none of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import exp, floor, isnan, log, log10
from typing import Any

from linksignal.stats.claims.judge import (
    Findings,
    Judged,
    State,
    Verdict,
    evidence_name,
)
from linksignal.stats.claims.rules import (
    ALL,
    KINK,
    LOWER,
    Coefficient,
    Difference,
    Gain,
    Rule,
    Threshold,
)
from linksignal.stats.estimate import Estimate
from linksignal.text import (
    bounded_ratio,
    capitalised,
    change_with_interval,
    changed_by,
    decapitalised,
    digits_shown,
    listed,
    p_text,
)

AUTHORITY = "authority_score"

# What the slope of a signal is told for, as contrasts have it.
SLOPE_STEPS = {AUTHORITY: "ten more points go with"}
TYPICAL_STEP = "a typical step up in {} (one standard deviation) goes with"

# A p value below this is a hint where Holm does not let it pass.
HINT = 0.05

# Claims with more parts than this are told by their counts and clearest part.
MOST_TOLD = 4
MOST_SENTENCES = 3

# More domains than this are more than a study has.
LARGEST_STUDY = 20_000

# What is open of parts whose sentence does not say "Whether ... is open".
TOPICS = {
    "flat_below": "whether mentions are flat up to there",
    "rises_above": "whether they rise above",
    "bend": "whether the curve bends",
}

# By kind of part, what is said of it in each state. `seen` holds the numbers.
SENTENCES = {
    "flat_below": {
        State.SHOWN: "Up to {cut} {seen}: flat, within {flat} either way.",
        State.CONTRARY_SHOWN: (
            "Up to {cut} {seen_already}: mentions {rise_or_fall} there by more "
            "than the {flat} a step that count as flat."
        ),
        State.OPEN: "Up to {cut} {seen}: flat within {flat} is not shown.",
    },
    "moves_below": {
        State.OPEN: (
            "Up to {cut} {seen_already}, so mentions {rise_or_fall} there; "
            "whether by more than the {flat} a step that count as flat is open."
        ),
    },
    "rises_above": {
        State.SHOWN: "Above {cut} {seen}: they rise.",
        State.CONTRARY_SHOWN: "Above {cut} {seen}: they do not rise.",
        State.OPEN: "Above {cut} {seen}: a rise is not shown.",
    },
    "steeper_above": {
        State.SHOWN: "Mentions rise faster above {cut} than below: {seen}.",
        State.CONTRARY_SHOWN: (
            "Mentions rise below {cut} already, and hardly faster above: "
            "{seen}."
        ),
        State.OPEN: (
            "Whether mentions rise faster above {cut} than below is open: "
            "{seen}."
        ),
    },
    "bend": {
        State.SHOWN: (
            "The curve bends upward{knot}, as it does at a threshold or along "
            "a steep S-shaped curve: this does not tell which of the two."
        ),
        State.OPEN: (
            "A bend that a plain smooth curve would not explain is {hint} "
            "({kink_p})."
        ),
    },
    "gauge": {
        State.SHOWN: (
            "{First} is the better gauge of AI mentions than {second}: {seen}."
            "{turn}"
        ),
        State.CONTRARY_SHOWN: (
            "{First} is the poorer gauge of AI mentions than {second}: {seen}."
        ),
        State.OPEN: (
            "Whether {first} is a better gauge of AI mentions than {second} "
            "is open: {seen}."
        ),
    },
    "order": {
        State.SHOWN: "{First} {count} more on {on_a} than on {on_b}: {seen}.",
        State.CONTRARY_SHOWN: (
            "{First} {count} less on {on_a} than on {on_b}: {seen}."
        ),
        State.OPEN: (
            "Whether {first} {count} more on {on_a} than on {on_b} is open: "
            "{seen}."
        ),
    },
    "leaning": {
        State.SHOWN: "{on_a} leans to {first}: {seen}.",
        State.CONTRARY_SHOWN: "{on_a} leans to {second}: {seen}.",
        State.OPEN: "Whether {on_a} leans to {first} is open: {seen}.",
    },
    "counts": {
        State.SHOWN: "More {first} go with more AI mentions: {seen}.",
        State.CONTRARY_SHOWN: "More {first} go with fewer AI mentions: {seen}.",
        State.OPEN: (
            "Whether {first} go with AI mentions at all is open: {seen}."
        ),
    },
    "alike": {
        State.SHOWN: (
            "{First} and {second} go with AI mentions alike, to within "
            "{margin}: {seen}."
        ),
        State.CONTRARY_SHOWN: (
            "{First} and {second} differ by more than {margin}: {seen}."
        ),
        State.OPEN: (
            "Whether {first} and {second} are alike to within {margin} is "
            "open: {seen}."
        ),
    },
    "at_least": {
        State.SHOWN: (
            "{First}{deciles} go with AI mentions at least as much as "
            "{second}, to within {margin}: {seen}."
        ),
        State.CONTRARY_SHOWN: (
            "{First}{deciles} fall short of {second} by more than {margin}: "
            "{seen}."
        ),
        State.OPEN: (
            "Whether {first}{deciles} go with AI mentions at least as much as "
            "{second}, to within {margin}, is open: {seen}."
        ),
    },
    "gain_at_the_top": {
        State.SHOWN: (
            "Image links gain on text links at the top, deciles 9-10 against "
            "6-8: {seen}."
        ),
        State.CONTRARY_SHOWN: (
            "Image links lose against text links at the top, deciles 9-10 "
            "against 6-8: {seen}."
        ),
        State.OPEN: (
            "Whether image links gain on text links at the top is open: {seen}."
        ),
    },
    "gap": {
        State.SHOWN: (
            "{seen}, and a bend is found: here the gap goes with a threshold "
            "or a steep S-shaped curve."
        ),
        State.CONTRARY_SHOWN: "{seen}: that gap is no sign of a threshold.",
        State.OPEN: "{seen}, and the test of a bend gives {kink_p}: open.",
    },
}

FORM_NAMES = {
    "spearman": "Spearman",
    "spearman_thinned": "Spearman at equal thickness",
    "slope": "slope of log mean mentions",
    "composition": "composition coefficient",
}


class Words:
    """Sentences on the parts of claims.

    Parameters
    ----------
    findings : Findings
        For what the findings say beside a part's own numbers.
    labels : mapping of str to str
        Names for people of signals, outcomes and platforms, by key.
    flat_ratio : float
        As in `rules.claim_rules`.
    is_percentile : bool
        Whether the authority score is a percentile: ten points of it are no
        step that means the same anywhere, and none is told.
    """

    def __init__(
        self,
        findings: Findings,
        labels: Mapping[str, str],
        flat_ratio: float,
        is_percentile: bool,
    ) -> None:
        self._findings = findings
        self._labels = labels
        self._is_percentile = is_percentile
        self._flat = f"{100 * (flat_ratio - 1):.0f} %"

    def part(self, judged: Judged) -> str:
        """Tell a part.

        Parameters
        ----------
        judged : Judged

        Returns
        -------
        str
            One or two sentences.
        """
        if judged.state is State.NOT_TESTABLE:
            assert judged.reason is not None
            return judged.reason
        kind = judged.part.kind
        number = judged.number
        if (
            kind == "flat_below"
            and judged.state is State.OPEN
            and (number.ci_low > 0 or number.ci_high < 0)
        ):
            kind = "moves_below"
        sentence = SENTENCES[kind][judged.state].format(**self._facts(judged))
        return capitalised(sentence)

    def quantity(self, judged: Judged) -> str:
        """Name what the estimate of a part is, and by which form."""
        match judged.told:
            case Threshold(quantity="smooth_gap_share"):
                return "share of smooth draws with as large a gap"
            case Threshold(quantity="kink"):
                return "change of the log slope at the kink, per ten points"
            case Threshold(quantity=name):
                return f"{name.replace('_', ' ')}: log ratio per ten points"
            case Coefficient(signal=signal):
                return f"{self._label(signal)} and AI mentions (Spearman)"
            case Gain(upper=row):
                pair = self._pair(row)
                return (
                    f"{pair}, deciles 9-10 minus 6-8 ({FORM_NAMES[row.method]})"
                )
            case Difference() as row:
                return (
                    f"{self._pair(row)}{_in_deciles(row)} "
                    f"({FORM_NAMES[row.method]})"
                )

    def _pair(self, row: Difference) -> str:
        on_a, on_b = map(self._label, (row.platform_a, row.platform_b))
        first, second = map(self._label, (row.signal_a, row.signal_b))
        if row.platform_a != row.platform_b:
            return f"{first}, {on_a} minus {on_b}"
        where = "" if row.platform_a == ALL else f" on {on_a}"
        return f"{first} minus {second}{where}"

    def _facts(self, judged: Judged) -> dict[str, str]:
        """Return all that a sentence may hold."""
        match judged.told:
            case Threshold() as row if row.quantity == "smooth_gap_share":
                return self._gap_facts(row, judged.number)
            case Threshold():
                return self._tier_facts(judged)
            case Coefficient() as row:
                seen = f"rank correlation {_with_interval(judged.number)}"
                return {"first": self._label(row.signal), "seen": seen}
            case Gain():
                return {"seen": _with_interval(judged.number, "+")}
            case Difference() as row:
                return self._difference_facts(row, judged)

    def _tier_facts(self, judged: Judged) -> dict[str, str]:
        number = judged.number
        if judged.part.name == "steeper_above":
            seen = f"their factor per ten points is {_times_below(number)}"
        else:
            told = change_with_interval(
                number.estimate, number.ci_low, number.ci_high
            )
            seen = f"ten more points go with {told}"
        is_rise = number.estimate > 0
        kink_p = self._findings.number(KINK, "p_value")
        return {
            "cut": self._cut(),
            "flat": self._flat,
            "seen": seen,
            "seen_already": seen.replace("go with", "already go with")
            if is_rise
            else seen,
            "rise_or_fall": "rise" if is_rise else "fall",
            "knot": self._knot(),
            "kink_p": p_text(kink_p),
            "hint": "hinted at, not shown" if kink_p < HINT else "not shown",
        }

    def _cut(self) -> str:
        """Name the score that parts the tiers: each half has one of its own."""
        low, high = (
            self._findings.number(LOWER, f"tier_cut_{end}")
            for end in ("low", "high")
        )
        row = self._findings.row(LOWER) or {}
        if row.get("tier_cut_method") == "median" or isnan(low):
            return "the median score"
        return f"a score of {low:g}" + ("" if low == high else f"-{high:g}")

    def _knot(self) -> str:
        """Tell where the curve of all domains bends."""
        knot, low, high = (
            self._findings.number(KINK, name)
            for name in ("knot", "knot_low", "knot_high")
        )
        if isnan(knot):
            return ""
        span = (
            "" if isnan(low) or isnan(high) else f" ({low:.0f} to {high:.0f})"
        )
        return f" at a score of about {knot:.0f}{span}"

    def _difference_facts(
        self, row: Difference, judged: Judged
    ) -> dict[str, str]:
        first, second = map(self._label, (row.signal_a, row.signal_b))
        on_a, on_b = map(self._label, (row.platform_a, row.platform_b))
        margin = self._findings.number(row, "equivalence_margin")
        return {
            "first": first,
            "First": capitalised(first),
            "second": second,
            "on_a": on_a,
            "on_b": on_b,
            "count": "counts" if row.signal_a == AUTHORITY else "count",
            "margin": f"{margin:.{digits_shown([margin])}f}",
            "deciles": _in_deciles(row),
            "turn": self._turn(row),
            "seen": self._seen(row, judged.number),
        }

    def _seen(self, row: Difference, number: Estimate) -> str:
        """Tell the numbers of a comparison."""
        first, second = (
            self._findings.number(row, f"estimate_{side}") for side in "ab"
        )
        if row.method == "composition":
            ends = (number.estimate, number.ci_low, number.ci_high)
            return (
                f"twice as many {self._label(row.signal_a)} for each of the "
                f"{self._label(row.signal_b)} go with "
                + change_with_interval(*(log(2) * end for end in ends))
            )
        is_score = AUTHORITY in {row.signal_a, row.signal_b}
        if row.method == "slope" and is_score and self._is_percentile:
            errors = number.estimate / number.standard_error
            return (
                "over its percentile the slopes of mentions are apart by "
                f"{errors:+.1f} standard errors"
            )
        if row.method == "slope":
            step = SLOPE_STEPS.get(
                row.signal_a, TYPICAL_STEP.format(self._label(row.signal_a))
            )
            on_a, on_b = map(self._label, (row.platform_a, row.platform_b))
            told = [changed_by(slope, 0) for slope in (first, second)]
            if told[0] == told[1]:
                told = [changed_by(slope, 1) for slope in (first, second)]
            return (
                f"{step} {told[0]} mentions on {on_a}, {told[1]} mentions on "
                f"{on_b}"
            )
        thin = " at equal thickness" if row.method == "spearman_thinned" else ""
        digits = digits_shown([number.ci_low, number.ci_high])
        return (
            f"rank correlation{thin} {first:z.{digits}f} against "
            f"{second:z.{digits}f}, apart by {_with_interval(number, '+')}"
        )

    def _turn(self, row: Difference) -> str:
        """Tell the reliability of the second count that turns the order."""
        first, second = (
            self._findings.number(row, f"estimate_{side}") for side in "ab"
        )
        if not 0 < second < first:
            return ""
        least = 100 * (second / first) ** 2
        return (
            f" If the counts of {self._label(row.signal_b)} were less than "
            f"{least:.{digits_shown([100 - least], 0)}f} % reliable, the order "
            "would turn."
        )

    def _gap_facts(self, row: Threshold, number: Estimate) -> dict[str, str]:
        pair = f"{self._label(row.signal)} and {self._label(row.outcome)}"
        gap = self._findings.number(
            Threshold("gap", row.signal, row.outcome), "estimate"
        )
        kink = self._findings.number(
            Threshold("kink", row.signal, row.outcome), "p_value"
        )
        seen = (
            f"for {pair} Spearman exceeds Pearson by "
            f"{gap:.{digits_shown([gap])}f}; a smooth curve without a "
            f"threshold does as much in {_draws(number.estimate)}"
        )
        return {"seen": seen, "kink_p": p_text(kink)}

    def _label(self, key: str) -> str:
        return self._labels.get(key, key.replace("_", " "))


# --- a claim as a whole ------------------------------------------------------
def claim_sentence(
    rule: Rule,
    verdict: Verdict,
    verdict_label: str,
    parts: Sequence[Mapping[str, Any]],
) -> str:
    """Tell a claim from its parts.

    Parameters
    ----------
    rule : Rule
    verdict : Verdict
    verdict_label : str
        Its name for people.
    parts : sequence of mapping
        Rows of ``claim_parts`` of this claim.

    Returns
    -------
    str
        A few sentences, the verdict first.
    """
    sentences = [*_told_parts(rule, verdict, parts)]
    if verdict is not Verdict.NOT_TESTABLE:
        sentences += _untested(parts)
        sentences += [_how_sure(verdict, parts), _settled_by(verdict, parts)]
        sentences += _limits(parts)
    head, *rest = [one for one in sentences if one]
    if rule.claim_id == "C8" and verdict in _AGAINST:
        rest.append("Whether there is a threshold is claim C1.")
    return " ".join([f"{verdict_label}: {decapitalised(head)}", *rest])


_AGAINST = (Verdict.CONTRADICTED, Verdict.PARTLY_CONTRADICTED)


def _told_parts(
    rule: Rule, verdict: Verdict, parts: Sequence[Mapping[str, Any]]
) -> list[str]:
    if verdict is Verdict.NOT_TESTABLE:
        missing = State.NOT_TESTABLE.value
        told = [part["sentence"] for part in parts if part["state"] == missing]
        return list(dict.fromkeys(told))[:2]
    ordered = _most_telling(verdict, parts)
    if len(parts) <= MOST_TOLD:
        told = [part["sentence"] for part in ordered]
        return list(dict.fromkeys(told))[:MOST_SENTENCES]
    return [_counts(parts), *(part["sentence"] for part in ordered[:2])]


def _untested(parts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Say why parts cannot be tested, beside a verdict on the others."""
    missing = State.NOT_TESTABLE.value
    untested = [part for part in parts if part["state"] == missing]
    reasons = list(dict.fromkeys(part["sentence"] for part in untested))
    if reasons and "cannot be tested" in reasons[0]:
        yield reasons[0]
    elif reasons:
        which = "One part" if len(untested) == 1 else "Some parts"
        yield f"{which} cannot be tested: {decapitalised(reasons[0])}"
    yield from reasons[1:2]


def _most_telling(
    verdict: Verdict, parts: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Put first what the verdict rests on, the surest before the rest."""
    first = {
        Verdict.SUPPORTED: (State.SHOWN,),
        Verdict.PARTLY_SUPPORTED: (State.SHOWN, State.OPEN),
        Verdict.CONTRADICTED: (State.CONTRARY_SHOWN,),
        Verdict.PARTLY_CONTRADICTED: (State.CONTRARY_SHOWN, State.OPEN),
        Verdict.MIXED: (State.CONTRARY_SHOWN, State.SHOWN),
        Verdict.UNDECIDED: (State.OPEN,),
    }[verdict]
    found: list[Mapping[str, Any]] = []
    for state in first:
        of_state = [part for part in parts if part["state"] == state.value]
        found += sorted(of_state, key=_clearest_first)
    if verdict is Verdict.MIXED and len(found) > 1:
        shown = [p for p in found if p["state"] == State.SHOWN.value]
        contrary = [p for p in found if p["state"] != State.SHOWN.value]
        found = [contrary[0], shown[0], *contrary[1:], *shown[1:]]
    return found


def _clearest_first(part: Mapping[str, Any]) -> tuple[bool, float]:
    return not part["is_decisive"], min(part["p_for"], part["p_against"])


def _counts(parts: Sequence[Mapping[str, Any]]) -> str:
    """Count the parts by what became of them."""
    words = {
        State.SHOWN: ("is shown", "are shown"),
        State.CONTRARY_SHOWN: (
            "is the other way round",
            "are the other way round",
        ),
        State.OPEN: ("is open", "are open"),
        State.NOT_TESTABLE: ("cannot be tested", "cannot be tested"),
    }
    if all(part["state"] == State.OPEN.value for part in parts):
        return f"None of {len(parts)} parts is shown either way."
    if all(part["state"] == State.SHOWN.value for part in parts):
        return f"All {len(parts)} parts are shown."
    counted = []
    for state, (one, many) in words.items():
        count = sum(part["state"] == state.value for part in parts)
        if count:
            counted.append(f"{count} {one if count == 1 else many}")
    return f"Of {len(parts)} parts {listed(counted)}."


def _how_sure(verdict: Verdict, parts: Sequence[Mapping[str, Any]]) -> str:
    shown = [p["p_for"] for p in parts if p["state"] == State.SHOWN.value]
    contrary = [
        p["p_against"]
        for p in parts
        if p["state"] == State.CONTRARY_SHOWN.value
    ]
    if verdict is Verdict.SUPPORTED:
        weakest, strongest = (evidence_name(end(shown)) for end in (max, min))
        if weakest == strongest:
            return f"The evidence is {weakest}."
        return (
            f"The evidence is {weakest} for the least certain part, "
            f"{strongest} for the most certain one."
        )
    if verdict in _AGAINST:
        return f"The evidence is {evidence_name(min(contrary))}."
    return ""


def _settled_by(verdict: Verdict, parts: Sequence[Mapping[str, Any]]) -> str:
    """Say what would settle what is open."""
    if verdict in (Verdict.SUPPORTED, Verdict.CONTRADICTED):
        return ""
    still_open = [p for p in parts if p["state"] == State.OPEN.value]
    if not still_open:
        return ""
    here = max(part["n"] for part in parts)
    needed = [
        (max(part["domains_needed"], here), _topic(part))
        for part in still_open
        if part["domains_needed"] is not None
    ]
    within = [one for one in needed if one[0] <= LARGEST_STUDY]
    what = "it" if verdict is Verdict.UNDECIDED else "the rest"
    if len(within) == len(still_open):
        return f"About {_rounded(max(within)[0])} domains would settle {what}."
    more = f"more than {max(LARGEST_STUDY, here):,} domains"
    if within:
        number, topic = min(within)
        others = len(still_open) - 1
        rest = "the other open part" if others == 1 else "each other open part"
        if len(within) > 1:
            rest = "all that is open"
        return (
            f"About {_rounded(number)} domains would settle {topic}; at these "
            f"estimates {rest} would take {more}."
        )
    topic = f"any of the {len(still_open)} parts that are open"
    if len(still_open) == 1:
        topic = _topic(still_open[0])
    return f"At these estimates it would take {more} to settle {topic}."


def _topic(part: Mapping[str, Any]) -> str:
    """Name what is open of a part, as its own sentence does."""
    name = TOPICS.get(part["part"])
    if name is not None:
        return name
    topic, is_open, _ = part["sentence"].partition(" is open")
    return decapitalised(topic.rstrip(",")) if is_open else "what its gap shows"


def _limits(parts: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return what limits the parts, each sentence once."""
    untestable = State.NOT_TESTABLE.value
    told = [
        part["reason"]
        for part in parts
        if part["reason"] and part["is_decisive"]
        if part["state"] != untestable
    ]
    return list(dict.fromkeys(told))


# --- numbers -----------------------------------------------------------------
def _times_below(number: Estimate) -> str:
    factor, low, high = (
        exp(bounded_ratio(end))
        for end in (number.estimate, number.ci_low, number.ci_high)
    )
    digits = digits_shown([low - 1, high - 1])
    return (
        f"{factor:.{digits}f} times that below ({low:.{digits}f} to "
        f"{high:.{digits}f})"
    )


def _with_interval(number: Estimate, sign: str = "") -> str:
    """Tell an estimate and its ends, none of which is written as zero."""
    ends = (number.ci_low, number.ci_high)
    if any(map(isnan, ends)):
        return f"{number.estimate:{sign}z.2f}"
    told, low, high = (
        f"{value:{sign}z.{digits_shown(ends)}f}"
        for value in (number.estimate, *ends)
    )
    return f"{told} ({low} to {high})"


def _draws(share: float) -> str:
    """Tell a share of draws; as they are counted, zero may be none seen."""
    percent = 100 * share
    match percent:
        case 0:
            return "none of the draws"
        case 100:
            return "all draws"
        case _ if percent < 0.1:
            told = "less than 0.1"
        case _ if percent >= 99.5:
            told = "over 99"
        case _:
            told = f"{percent:.{1 if percent < 10 else 0}f}"
    return f"{told} % of draws"


def _rounded(number: float) -> str:
    """Round up to two significant digits."""
    unit = 10 ** max(0, floor(log10(number)) - 1)
    return f"{-(-int(number) // unit) * unit:,}"


def _in_deciles(row: Difference) -> str:
    if row.domain_set == ALL:
        return ""
    name, low, high = row.domain_set.split("_")
    return f" in {name} {low}-{high}"
