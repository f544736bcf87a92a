"""Sentences on what matters when all signals are in, for who buys links.

Nothing here estimates: numbers come from the tables of joint effects and of
signal importance. What is seen in observed data is told as what goes with
what, and as a gauge; never as what a link would bring.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import isnan, log
from typing import Any

import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.lookups import lookup_rows
from linksignal.settings import Settings
from linksignal.stats.estimate import arrow_table
from linksignal.stats.frames import ALL_PLATFORMS
from linksignal.stats.rules import Status
from linksignal.stats.tables.joint_terms import AUTHORITY, VOLUME
from linksignal.text import (
    LARGEST_RATIO,
    capitalised,
    decapitalised,
    digits_shown,
    listed,
    p_text,
)

# Ranks that agree this closely share one part of what they tell.
CLOSE = 0.9

NO_CAUSE = (
    "What makes a domain large or known may stand behind all of this: no "
    "ratio says what a link would bring."
)
GAUGE_ONLY = (
    "A gauge is not a cause: size or fame alone could make it a good one."
)

Row = Mapping[str, Any]


def joint_sentence_table(
    effects: pd.DataFrame,
    shares: pd.DataFrame,
    signals: pd.DataFrame,
    settings: Settings,
) -> pa.Table:
    """Put the findings on each platform and outcome into two sentences.

    Parameters
    ----------
    effects : DataFrame
        Rows of ``joint_effects``.
    shares : DataFrame
        Rows of ``signal_importance``.
    signals : DataFrame
        Columns ``signal`` and ``label``.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        One row per platform and outcome, with the columns of
        ``findings.joint_summaries``.
    """
    labels = dict(zip(signals["signal"], signals["label"], strict=True))
    words = Words(labels, settings)
    divided = _by_outcome(shares)
    rows = []
    for key, of_effects in _by_outcome(effects).items():
        outcome, platform = key
        modelled = [one for one in of_effects if _is_ok(one)]
        rows.append(
            {
                "platform": platform,
                "outcome": outcome,
                "n": max((one["n"] for one in modelled), default=0),
                "effects_sentence": words.effects(
                    platform, outcome, of_effects
                ),
                "gauge_sentence": words.gauge(platform, outcome, divided[key]),
            }
        )
    return arrow_table(rows, findings_schema("joint_summaries"))


def _by_outcome(frame: pd.DataFrame) -> dict[tuple[str, str], list[Row]]:
    """Rows of each outcome and platform, in their order."""
    found: dict[tuple[str, str], list[Row]] = {}
    for record in frame.to_dict("records"):
        row = {str(name): value for name, value in record.items()}
        found.setdefault((row["outcome"], row["platform"]), []).append(row)
    return found


def _is_ok(row: Row) -> bool:
    return bool(row["status"] == Status.OK.value)


class Words:
    """Sentences on one platform and outcome.

    Parameters
    ----------
    labels : mapping of str to str
        Labels of the signals of the study, delivered ones among them.
    settings : Settings
        Level of the tests, and what counts as flat.
    """

    def __init__(self, labels: Mapping[str, str], settings: Settings) -> None:
        self._terms = dict(labels) | _labels("joint_terms", "term")
        self._outcomes = _labels("outcomes", "outcome")
        self._platforms = _labels("platforms", "platform")
        self._level = 1 - settings.ci_level
        self._first = 1 - self._level / 2
        self._flat = log(settings.flat_ratio)

    def _term(self, term: str) -> str:
        return decapitalised(self._terms.get(term, term.replace("_", " ")))

    def _about(self, platform: str, outcome: str) -> str:
        """Name an outcome and where it is counted."""
        label = self._outcomes.get(outcome, outcome.replace("_", " "))
        where = (
            "over all platforms"
            if platform == ALL_PLATFORMS
            else f"on {self._platforms.get(platform, platform)}"
        )
        return f"{decapitalised(label)} {where}"

    # --- joint effects ---
    def effects(self, platform: str, outcome: str, rows: Sequence[Row]) -> str:
        """Tell what more of each signal goes with when all are in.

        Parameters
        ----------
        platform, outcome : str
        rows : sequence of mapping
            Rows of ``joint_effects``.

        Returns
        -------
        str
        """
        about = self._about(platform, outcome)
        fitted = [row for row in rows if _is_ok(row)]
        if not fitted:
            return _no_model(f"No model of {about} with all signals in", rows)
        start = f"With all signals in ({fitted[0]['n']:,} domains)"
        shown = sorted(
            (row for row in fitted if row["p_adjusted"] < self._level),
            key=lambda row: -abs(row["estimate"]),
        )
        parts = [f"{start}, none is shown to go with {about}."]
        if shown:
            told = [self._told(row, at == 0) for at, row in enumerate(shown)]
            first = f"{told[0]} the {about}"
            first += f" for {self._term(shown[0]['term'])} {_range(shown[0])}"
            parts = [
                f"{start}, a typical step up (one standard deviation) goes "
                f"with {listed([first, *told[1:]])}."
            ]
        parts += self._doubled(shown)
        parts += self._not_shown(fitted, shown)
        parts += self._left_out(rows)
        return " ".join([*parts, NO_CAUSE])

    def _told(self, row: Row, is_first: bool) -> str:
        times = f"{_times(row['ratio'], _digits(row))} times"
        if is_first:
            return times
        return f"{times} for {self._term(row['term'])} {_range(row)}"

    def _doubled(self, shown: Sequence[Row]) -> Iterator[str]:
        """Tell what twice the links go with, where that is shown."""
        for row in shown:
            if row["term"] == VOLUME and not isnan(row["doubling_ratio"]):
                digits = _digits(row, "doubling_ratio")
                yield (
                    "Twice the links, all else equal: "
                    f"{_times(row['doubling_ratio'], digits)} times "
                    f"{_range(row, 'doubling_ratio')}."
                )

    def _not_shown(
        self, fitted: Sequence[Row], shown: Sequence[Row]
    ) -> Iterator[str]:
        """Tell apart what is next to nothing, a hint, and what is open."""
        rest = [row for row in fitted if row not in shown]
        hints = [row for row in rest if row["p_value"] < self._level]
        others = [row for row in rest if row not in hints]
        narrow = [row for row in others if self._is_narrow(row)]
        wide = [row for row in others if row not in narrow]
        for rows, start in (
            (hints, "Only a hint, as several signals were tested"),
            (narrow, "Little or no steady rise or fall with"),
            (wide, "Open, as the intervals are wide"),
        ):
            if rows:
                told = listed(
                    f"{self._term(row['term'])} {_range(row)}" for row in rows
                )
                joined = start if rows is narrow else f"{start}:"
                yield f"{joined} {told}."

    def _is_narrow(self, row: Row) -> bool:
        return bool(-self._flat < row["ci_low"] and row["ci_high"] < self._flat)

    def _left_out(self, rows: Sequence[Row]) -> Iterator[str]:
        for row in rows:
            if not _is_ok(row):
                reason = str(row["reason"] or row["status"])
                yield f"Left out: {self._term(row['term'])}. {reason}"

    # --- signal importance ---
    def gauge(self, platform: str, outcome: str, rows: Sequence[Row]) -> str:
        """Tell which signal is the best gauge, and how sure that is.

        Parameters
        ----------
        platform, outcome : str
        rows : sequence of mapping
            Rows of ``signal_importance``.

        Returns
        -------
        str
        """
        about = self._about(platform, outcome)
        ranked = sorted(
            (row for row in rows if _is_ok(row)), key=lambda row: row["rank"]
        )
        if not ranked:
            return _no_model(f"No gauge of {about} is known", rows)
        first = ranked[0]
        whole = f"{_points(first['r_squared'])} % of the order of domains"
        if not first["p_r_squared"] < self._level:
            return (
                f"All signals together tell {whole} by {about}, no more than "
                f"chance would ({p_text(first['p_r_squared'])}): none is shown "
                "to be a gauge."
            )
        if len(ranked) == 1:
            return (
                f"{capitalised(self._term(first['term']))} tells {whole} by "
                f"{about}; no other signal could be held against it. "
                f"{GAUGE_ONLY}"
            )
        told = listed(self._share(row, row in ranked[:2]) for row in ranked)
        return " ".join(
            [
                self._order(about, ranked),
                f"All signals together tell {whole}; in points, {told}.",
                *self._shared(ranked),
                *self._turn(ranked),
                GAUGE_ONLY,
            ]
        )

    def _order(self, about: str, ranked: Sequence[Row]) -> str:
        """Say which signal is the best gauge, or that it is open."""
        first, groups = ranked[0], _close_groups(ranked)
        own = [row for group in groups if first in group for row in group]
        name = self._term(first["term"])
        name += " (the less, the more)" if first["correlation"] < 0 else ""
        others = [row for row in ranked[1:] if row not in own]
        rivals = [row for row in others if row["ci_high"] > first["ci_low"]]
        in_sum = [
            group
            for group in groups
            if first not in group
            and sum(row["estimate"] for row in group) > first["estimate"]
        ]
        if not rivals and not in_sum:
            same = [self._term(row["term"]) for row in own if row is not first]
            name += f", or {listed(same)}, nearly the same" if same else ""
            return (
                f"The best gauge of {about} is {name}: its share is above all "
                "others, intervals and all."
            )
        first_in = f"{_points(first['probability_first'])} of 100 resamples"
        against = listed(
            self._term(row["term"]) for row in (rivals or in_sum[0])
        )
        why = (
            f"its interval overlaps with that of {against}"
            if rivals
            else f"{against}, which go closely together, tell more in sum"
        )
        if not in_sum and first["probability_first"] >= self._first:
            return (
                f"Probably the best gauge of {about} is {name}: it comes first "
                f"in {first_in}. The order is not settled, as {why}."
            )
        return (
            f"Which signal is the best gauge of {about} is open: {name} leads "
            f"(first in {first_in}), but {why}."
        )

    def _share(self, row: Row, has_interval: bool) -> str:
        told = f"{self._term(row['term'])} {_points(row['estimate'])}"
        if has_interval:
            low, high = _points(row["ci_low"]), _points(row["ci_high"])
            told += f" ({low} to {high})"
        return told

    def _shared(self, ranked: Sequence[Row]) -> Iterator[str]:
        """Tell of signals that are nearly the same."""
        for group in _close_groups(ranked):
            names = listed(self._term(row["term"]) for row in group)
            yield (
                f"{capitalised(names)} go so closely together that they share "
                "one part between them."
            )

    def _turn(self, ranked: Sequence[Row]) -> Iterator[str]:
        """Tell the reliability at which authority and volume change places."""
        other = {AUTHORITY: VOLUME, VOLUME: AUTHORITY}
        for row in ranked:
            least = 100 * row["turning_reliability"]
            if not isnan(least):
                digits = 0 if least < 99 else 1
                yield (
                    f"If {self._term(row['term'])} were measured less than "
                    f"{min(least, 99.9):.{digits}f} % reliably, it would come "
                    f"before {self._term(other[row['term']])}."
                )


def _labels(lookup: str, key: str) -> dict[str, str]:
    return {row[key]: row["label"] for row in lookup_rows(lookup)}


def _no_model(start: str, rows: Sequence[Row]) -> str:
    """Say why there is nothing to tell: what most of the rows say."""
    reasons = [str(row["reason"]) for row in rows if row["reason"]]
    most = max(reasons, key=reasons.count, default="")
    return f"{start}: {decapitalised(most)}" if most else f"{start}."


def _close_groups(ranked: Sequence[Row]) -> list[list[Row]]:
    """Join the signals whose ranks go closely together."""
    group = {row["term"]: row["term"] for row in ranked}
    for row in ranked:
        nearest = row["nearest_term"]
        is_close = abs(row["nearest_correlation"]) >= CLOSE
        if is_close and nearest in group:
            old, new = group[row["term"]], group[nearest]
            group = {
                term: new if one == old else one for term, one in group.items()
            }
    joined = [
        [row for row in ranked if group[row["term"]] == name]
        for name in dict.fromkeys(group.values())
    ]
    return [one for one in joined if len(one) > 1]


# --- numbers -----------------------------------------------------------------
def _digits(row: Row, name: str = "ratio") -> int:
    """Give the decimals at which no end of an interval is written as one."""
    ends = (row[f"{name}_low"], row[f"{name}_high"])
    if ends[0] < 1 < ends[1]:
        return 2
    return digits_shown(end - 1 for end in ends)


def _times(ratio: float, digits: int) -> str:
    if ratio > LARGEST_RATIO:
        return f"over {LARGEST_RATIO:,}"
    if ratio < 1 / LARGEST_RATIO:
        return f"under {1 / LARGEST_RATIO:.4f}"
    if ratio >= 100:
        return f"{ratio:,.0f}"
    return f"{ratio:.1f}" if ratio >= 10 else f"{ratio:.{digits}f}"


def _range(row: Row, name: str = "ratio") -> str:
    digits = _digits(row, name)
    low, high = (row[f"{name}_{end}"] for end in ("low", "high"))
    return f"({_times(low, digits)} to {_times(high, digits)})"


def _points(share: float) -> str:
    """Write a share in per cent: small ones by one decimal."""
    percent = 100 * share
    if 0 < percent < 0.1:
        return "less than 0.1"
    if 99.5 <= percent < 100:
        return "over 99"
    return f"{percent:.1f}" if 0 < percent < 10 else f"{percent:.0f}"
