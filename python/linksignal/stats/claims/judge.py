"""Parts confronted with the findings: p values, states, verdicts.

Every part is tested both ways by the error that its row of the findings
publishes. Each direction has half of the claim's level: p values here are
twice the one-sided ones, so that a part that stands alone is shown exactly
where its interval lies beyond the bound. Over the parts of a claim they are
adjusted by Holm, for either direction apart. Nothing depends on another claim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import bdtr, bdtrc, ndtri

from linksignal.stats.claims.rules import (
    Coefficient,
    Difference,
    Gain,
    Part,
    Row,
    Rule,
    Side,
    Source,
    Statement,
    Threshold,
    rows_of,
)
from linksignal.stats.estimate import Estimate, welch_degrees
from linksignal.stats.families import holm
from linksignal.stats.rules import Status

POWER = 0.80
MOST_DOMAINS = 1_000_000
SMALLEST_P = 1e-300

# Error and degrees of freedom of a row that has none: of one coefficient.
FITTED = 2


class State(StrEnum):
    """What became of a part."""

    SHOWN = "shown"
    CONTRARY_SHOWN = "contrary_shown"
    OPEN = "open"
    NOT_TESTABLE = "not_testable"


class Verdict(StrEnum):
    """What became of a claim."""

    SUPPORTED = "supported"
    PARTLY_SUPPORTED = "partly_supported"
    CONTRADICTED = "contradicted"
    PARTLY_CONTRADICTED = "partly_contradicted"
    MIXED = "mixed"
    UNDECIDED = "undecided"
    NOT_TESTABLE = "not_testable"


# p values below these are evidence of that name.
EVIDENCE = (("strong", 0.001), ("moderate", 0.01), ("weak", 0.05))


def evidence_name(p_value: float) -> str:
    """Name the strength of evidence, ``strong`` to ``none``."""
    for name, bound in EVIDENCE:
        if p_value < bound:
            return name
    return "none"


class Findings:
    """The three tables that claims rest on, looked up row by row.

    Parameters
    ----------
    correlations, contrasts, thresholds : DataFrame
        Rows of ``findings.correlations``, ``correlation_contrasts`` and
        ``authority_thresholds``, or of the statistics models behind them.
    """

    def __init__(
        self,
        correlations: pd.DataFrame,
        contrasts: pd.DataFrame,
        thresholds: pd.DataFrame,
    ) -> None:
        main = correlations[
            (correlations["sensitivity"] == "none")
            & (correlations["method"] == "spearman")
        ]
        self._rows: dict[Row, dict[str, Any]] = {
            Coefficient(row["signal"], row["outcome"], row["platform"]): row
            for row in main.to_dict("records")
        }
        mentions = contrasts[contrasts["outcome"] == "ai_mentions"]
        self._rows |= {
            Difference(
                row["signal_a"],
                row["platform_a"],
                row["signal_b"],
                row["platform_b"],
                row["method"],
                row["domain_set"],
            ): row
            for row in mentions.to_dict("records")
        }
        self._rows |= {
            Threshold(
                row["quantity"],
                row["signal"],
                row["outcome"],
                row["platform"],
            ): row
            for row in thresholds.to_dict("records")
        }

    def row(self, wanted: Row) -> Mapping[str, Any] | None:
        """Return a row; a difference that stands the other way round, turned.

        Returns
        -------
        mapping or None
            None where the findings have no such row.
        """
        found = self._rows.get(wanted)
        if found is None and isinstance(wanted, Difference):
            found = self._rows.get(wanted.turned)
            return None if found is None else _turned(found)
        return found

    def has(self, wanted: Row) -> bool:
        """Return whether there is such a row with numbers."""
        return (self.row(wanted) or {}).get("status") == Status.OK.value

    def number(self, wanted: Row, column: str) -> float:
        """Return a number of a row, NaN where there is none."""
        return _number((self.row(wanted) or {}).get(column))

    def read(self, source: Source, new_prompts: bool = False) -> Estimate:
        """Return a quantity as an estimate that can be tested.

        Parameters
        ----------
        source : Source
            Of which all rows are there, with status ``ok``.
        new_prompts : bool, default False
            Whether the error also holds what other prompts would change,
            where that is known.
        """
        if isinstance(source, Gain):
            return _gain(
                self.read(source.upper, new_prompts),
                self.read(source.lower, new_prompts),
            )
        row = self.row(source)
        assert row is not None
        if isinstance(source, Coefficient):
            return _coefficient(row)
        column = "difference" if isinstance(source, Difference) else "estimate"
        error = _number(row["standard_error"])
        if new_prompts:
            error = float(np.hypot(error, np.nan_to_num(_prompt_error(row))))
        return Estimate(
            n=int(row["n"]),
            estimate=_number(row[column]),
            standard_error=error,
            degrees_of_freedom=_degrees(row),
        )


def _turned(row: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the sides of a contrast round."""
    sides = {
        f"{name}_{side}": row.get(f"{name}_{other}")
        for name in ("signal", "platform", "estimate", "volume")
        for side, other in (("a", "b"), ("b", "a"))
    }
    return {**row, **sides, "difference": -_number(row["difference"])}


def _coefficient(row: Mapping[str, Any]) -> Estimate:
    """Read a coefficient; its error, on Fisher's scale, as that at zero."""
    estimate = _number(row["estimate"])
    scale = estimate / float(np.arctanh(estimate)) if estimate else 1.0
    return Estimate(
        n=int(row["n"]),
        estimate=estimate,
        standard_error=_number(row["standard_error"]) * scale,
        degrees_of_freedom=_degrees(row),
        ci_low=_number(row["ci_low"]),
        ci_high=_number(row["ci_high"]),
    )


def _gain(upper: Estimate, lower: Estimate) -> Estimate:
    """Subtract estimates of disjoint domains, Welch's degrees of freedom."""
    both = (upper, lower)
    variances = np.array([one.standard_error**2 for one in both])
    degrees = np.array([one.degrees_of_freedom for one in both])
    return Estimate(
        n=upper.n + lower.n,
        estimate=upper.estimate - lower.estimate,
        standard_error=float(np.sqrt(variances.sum())),
        degrees_of_freedom=welch_degrees(variances, degrees),
    )


def _prompt_error(row: Mapping[str, Any]) -> float:
    return _number(row.get("se_prompt"))


def _degrees(row: Mapping[str, Any]) -> float:
    degrees = _number(row.get("degrees_of_freedom"))
    return max(int(row["n"]) - FITTED, 1) if np.isnan(degrees) else degrees


def _number(value: Any) -> float:
    return np.nan if value is None or pd.isna(value) else float(value)


@dataclass(frozen=True)
class Tested:
    """A statement with its test.

    Attributes
    ----------
    p_value : float
        Twice the one-sided p (0-1), the largest of its forms.
    form : Source
        The form that decides, that with this p.
    distance, standard_error : float
        How far inside the bound the deciding form lies, and its error; NaN
        for shares of draws.
    n : int
        Domains it rests on.
    prompt_error : float
        The part of the error that more domains do not lessen.
    """

    p_value: float
    form: Source
    distance: float
    standard_error: float
    n: int
    prompt_error: float = 0.0

    def domains_for_power(self, level: float) -> float:
        """Return the domains with which it would likely be shown.

        Parameters
        ----------
        level : float
            Level of the one-sided test, 0-1.

        Returns
        -------
        float
            At the present estimate and error, power ``POWER``; NaN where it
            lies on the wrong side, or only other prompts could tell.
        """
        if not self.distance > 0:
            return np.nan
        reach = self.distance / detectable(1.0, level)
        of_domains = self.standard_error**2 - self.prompt_error**2
        room = reach**2 - self.prompt_error**2
        if room <= 0:
            return np.nan
        return float(np.ceil(self.n * of_domains / room))


def detectable(standard_error: float, level: float) -> float:
    """Return the distance from a bound that is found with power ``POWER``."""
    return float(standard_error * (ndtri(POWER) - ndtri(level)))


class Tests:
    """Tests of statements on the findings.

    Parameters
    ----------
    findings : Findings
    new_prompts : bool
        As in `Findings.read`.
    """

    def __init__(self, findings: Findings, new_prompts: bool) -> None:
        self._findings = findings
        self._new_prompts = new_prompts

    def test(self, statement: Statement) -> Tested:
        """Test a statement: the least sure of its forms decides."""
        if statement.side is Side.BEYOND:
            sides = (statement.on(Side.ABOVE), statement.on(Side.BELOW))
            return min(map(self.test, sides), key=lambda one: one.p_value)
        tested = [self._form(statement, form) for form in statement.forms]
        return max(tested, key=lambda one: one.p_value)

    def _form(self, statement: Statement, form: Source) -> Tested:
        if not all(map(self._findings.has, rows_of(form))):
            return Tested(1.0, form, np.nan, np.nan, 0)
        match statement.side:
            case Side.KINK:
                return self._kink(form)
            case Side.RARE | Side.COMMON:
                return self._share(statement, form)
        found = self._findings.read(form, self._new_prompts)
        bound = statement.bound
        if statement.is_in_margins:
            bound *= self._margin(form)
        p_value, distance = {
            Side.ABOVE: (found.p_above(bound), found.estimate - bound),
            Side.BELOW: (found.p_below(bound), bound - found.estimate),
            Side.WITHIN: (
                found.p_within(bound) if bound > 0 else 1.0,
                bound - abs(found.estimate),
            ),
        }[statement.side]
        return Tested(
            _doubled(p_value),
            form,
            distance,
            found.standard_error,
            found.n,
            self._prompt_error(form),
        )

    def _margin(self, form: Source) -> float:
        rows = [self._findings.row(row) or {} for row in rows_of(form)]
        return min(_number(row.get("equivalence_margin")) for row in rows)

    def _prompt_error(self, form: Source) -> float:
        if not self._new_prompts or isinstance(form, (Coefficient, Threshold)):
            return 0.0
        errors = [
            np.nan_to_num(_prompt_error(self._findings.row(row) or {}))
            for row in rows_of(form)
        ]
        return float(np.hypot.reduce(errors))

    def _kink(self, form: Source) -> Tested:
        """Read the p of the kink test as that of a standardised score."""
        row = self._row(form)
        p_value = _number(row["p_value"])
        score = float(-ndtri(np.clip(p_value, SMALLEST_P, 1)))
        return Tested(_doubled(p_value), form, score, 1.0, int(row["n"]))

    def _share(self, statement: Statement, form: Source) -> Tested:
        """Test a share of draws, whose error is that of drawing alone.

        Rare: how often the smooth law itself gives such a gap is the p, and
        the interval of that share must lie below the bound. Common: the
        binomial test of the share against its bound.
        """
        row = self._row(form)
        draws = int(row["draw_count"])
        hits = round(_number(row["estimate"]) * draws)
        if statement.side is Side.RARE:
            limit = _doubled(float(bdtr(hits, draws, statement.bound)))
            p_value = max(limit, _doubled((hits + 1) / (draws + 1)))
        else:
            p_value = _doubled(float(bdtrc(hits - 1, draws, statement.bound)))
        return Tested(p_value, form, np.nan, np.nan, int(row["n"]))

    def _row(self, form: Source) -> Mapping[str, Any]:
        assert not isinstance(form, Gain)
        row = self._findings.row(form)
        assert row is not None
        return row


def _doubled(p_value: float) -> float:
    return 1.0 if np.isnan(p_value) else min(1.0, 2 * p_value)


@dataclass(frozen=True)
class Judged:
    """A part and what became of it; NaN where it cannot be tested.

    Attributes
    ----------
    part : Part
    state : State
    status, reason : str or None
        Why it cannot be tested, or what limits it.
    told : Source
        The form that decides, whose numbers are told.
    number : Estimate
        Its numbers, with the interval at the study's level.
    p_for, p_against : float
        Of the part and of its contrary, each twice the one-sided p.
    p_for_within, p_against_within : float
        The same, by Holm within the claim.
    domains_needed : float
        Domains to show what the estimate leans to; NaN: out of reach.
    smallest_effect : float
        Distance from the bound that this study would find.
    """

    part: Part
    state: State
    status: str
    reason: str | None
    told: Source
    number: Estimate
    p_for: float = np.nan
    p_against: float = np.nan
    p_for_within: float = np.nan
    p_against_within: float = np.nan
    domains_needed: float = np.nan
    smallest_effect: float = np.nan


@dataclass(frozen=True)
class _Sides:
    """A part tested both ways."""

    part: Part
    for_it: tuple[Tested, ...]
    against: tuple[Tested, ...]

    @property
    def p_for(self) -> float:
        return max(one.p_value for one in self.for_it)

    @property
    def p_against(self) -> float:
        return max((one.p_value for one in self.against), default=1.0)

    @property
    def leaning(self) -> tuple[Tested, ...]:
        is_for = self.p_for <= self.p_against or not self.against
        return self.for_it if is_for else self.against


def judge_parts(
    rule: Rule,
    findings: Findings,
    missing: Mapping[str, tuple[str, str]],
    ci_level: float,
) -> list[Judged]:
    """Judge the parts of one claim.

    Parameters
    ----------
    rule : Rule
    findings : Findings
    missing : mapping of str to (str, str)
        Status and reason of each part that cannot be tested, by its name.
    ci_level : float
        Confidence level, 0-1; one minus it is the level of the claim.

    Returns
    -------
    list of Judged
        In the order of the rule.
    """
    tests = Tests(findings, rule.needs_prompts)
    sides = {
        part.name: _both_ways(part, tests)
        for part in rule.parts
        if part.name not in missing
    }
    within = {
        direction: dict(
            zip(
                sides,
                holm(np.array([getattr(s, direction) for s in sides.values()])),
                strict=True,
            )
        )
        for direction in ("p_for", "p_against")
    }
    alpha = 1 - ci_level
    states = {
        name: _state(within["p_for"][name], within["p_against"][name], ci_level)
        for name in sides
    }
    open_count = max(1, sum(one is State.OPEN for one in states.values()))
    level = alpha / 2 / open_count
    judged = []
    for part in rule.parts:
        if part.name in missing:
            status, reason = missing[part.name]
            judged.append(_untested(part, findings, status, reason))
            continue
        one = sides[part.name]
        judged.append(
            Judged(
                part=part,
                state=states[part.name],
                status=Status.OK.value,
                reason=None,
                told=one.leaning[0].form,
                number=_told(
                    findings, one.leaning[0].form, rule.needs_prompts, ci_level
                ),
                p_for=one.p_for,
                p_against=one.p_against,
                p_for_within=float(within["p_for"][part.name]),
                p_against_within=float(within["p_against"][part.name]),
                domains_needed=_most(
                    each.domains_for_power(level) for each in one.leaning
                ),
                smallest_effect=detectable(
                    one.leaning[0].standard_error, level
                ),
            )
        )
    return judged


def _both_ways(part: Part, tests: Tests) -> _Sides:
    for_it = tuple(map(tests.test, (part.holds, *part.given)))
    if part.contrary is None:
        return _Sides(part, for_it, ())
    ways = [
        tuple(
            tests.test(one.on(side))
            for one in (part.contrary, *part.contrary_given)
        )
        for side in (Side.ABOVE, Side.BELOW)
    ]
    against = min(ways, key=lambda way: max(one.p_value for one in way))
    return _Sides(part, for_it, against)


def _state(p_for: float, p_against: float, ci_level: float) -> State:
    """Name the state; what is shown is not contrary as well.

    A rise that is a little steeper above is steeper, and as steep as below
    within the tolerance: a small gain beyond a threshold is a gain.
    """
    alpha = 1 - ci_level
    if p_for <= alpha:
        return State.SHOWN
    return State.CONTRARY_SHOWN if p_against <= alpha else State.OPEN


def _most(domains: Iterable[float]) -> float:
    """Return the largest, NaN where one is out of reach."""
    largest = max(
        (np.inf if np.isnan(one) else one for one in domains), default=np.inf
    )
    return largest if largest <= MOST_DOMAINS else np.nan


def _told(
    findings: Findings, source: Source, new_prompts: bool, ci_level: float
) -> Estimate:
    """Return the numbers of a part with their interval."""
    found = findings.read(source, new_prompts)
    if isinstance(source, Coefficient):
        return found
    if isinstance(source, Threshold) and source.quantity == "smooth_gap_share":
        row = findings.row(source) or {}
        return replace(
            found,
            ci_low=_number(row["ci_low"]),
            ci_high=_number(row["ci_high"]),
        )
    return found.with_error(
        found.standard_error, found.degrees_of_freedom, ci_level, "t"
    )


def _untested(
    part: Part, findings: Findings, status: str, reason: str
) -> Judged:
    rows = [findings.row(row) for row in part.rows]
    counts = [int(row["n"]) for row in rows if row is not None]
    return Judged(
        part=part,
        state=State.NOT_TESTABLE,
        status=status,
        reason=reason,
        told=part.holds.forms[0],
        number=Estimate(n=min(counts, default=0)),
    )


def verdict_of(rule: Rule, states: Mapping[str, State]) -> Verdict:
    """Make the verdict on a claim from the states of its parts.

    Parameters
    ----------
    rule : Rule
    states : mapping of str to State
        By name of the part, all of them.

    Returns
    -------
    Verdict
        Supported: all are shown. Contradicted: all parts of one way to break
        the claim are contrary. Not testable: no decisive part is. Mixed: a
        decisive part is shown, and one is contrary. Partly: one of the two.
        Conditions alone support nothing.
    """
    found = list(states.values())
    if all(
        states[part.name] is State.NOT_TESTABLE
        for part in rule.parts
        if part.is_decisive
    ):
        return Verdict.NOT_TESTABLE
    if all(state is State.SHOWN for state in found):
        return Verdict.SUPPORTED
    if _broken_ways(rule, states):
        return Verdict.CONTRADICTED
    is_shown = any(
        part.is_decisive and states[part.name] is State.SHOWN
        for part in rule.parts
    )
    if State.CONTRARY_SHOWN in found:
        return Verdict.MIXED if is_shown else Verdict.PARTLY_CONTRADICTED
    return Verdict.PARTLY_SUPPORTED if is_shown else Verdict.UNDECIDED


def _broken_ways(
    rule: Rule, states: Mapping[str, State]
) -> list[tuple[str, ...]]:
    """Return the parts of each way to break the claim that holds."""
    ways: dict[str, list[str]] = {}
    for part in rule.parts:
        if part.breaks is not None:
            ways.setdefault(part.breaks, []).append(part.name)
    return [
        tuple(names)
        for names in ways.values()
        if all(states[name] is State.CONTRARY_SHOWN for name in names)
    ]


def verdict_p(
    rule: Rule,
    states: Mapping[str, State],
    p_for: Mapping[str, float],
    p_against: Mapping[str, float],
) -> float:
    """Return the p value that a verdict rests on.

    Parameters
    ----------
    rule : Rule
    states : mapping of str to State
    p_for, p_against : mapping of str to float
        p values within the claim, by name of the part.

    Returns
    -------
    float
        Of a claim that is supported the largest of its parts; of one that is
        contradicted the largest of the way to break it, the surest way of
        several; of partial verdicts the smallest p that makes them so, of a
        mixed one the larger of the two. NaN of the others.
    """
    shown = [
        p_for[part.name]
        for part in rule.parts
        if part.is_decisive and states[part.name] is State.SHOWN
    ]
    contrary = [
        p_against[name]
        for name, state in states.items()
        if state is State.CONTRARY_SHOWN
    ]
    match verdict_of(rule, states):
        case Verdict.SUPPORTED:
            return max(p_for.values())
        case Verdict.PARTLY_SUPPORTED:
            return min(shown)
        case Verdict.CONTRADICTED:
            return min(
                max(p_against[name] for name in way)
                for way in _broken_ways(rule, states)
            )
        case Verdict.PARTLY_CONTRADICTED:
            return min(contrary)
        case Verdict.MIXED:
            return max(min(shown), min(contrary))
    return np.nan
