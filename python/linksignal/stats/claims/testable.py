"""What is missing where a part of a claim cannot be tested."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from linksignal.stats.claims.judge import Findings
from linksignal.stats.claims.rules import (
    ALL,
    IMAGE,
    LOWER,
    UPPER,
    Coefficient,
    Difference,
    Part,
    Row,
    Threshold,
    needed_signals,
    outcomes_of,
    signals_of,
)
from linksignal.stats.rules import Status
from linksignal.text import decapitalised, listed

POINTS_PER_STEP = 10
# Other scales become percentiles, in features.
PLAIN_SCALE = "0-100"
UNNAMED = "a tool without a name"
NO_PREMISE = "no_premise"

Missing = tuple[str, str]


@dataclass(frozen=True)
class Testable:
    """Says of parts whether they can be tested on a study.

    Attributes
    ----------
    features : DataFrame
        One row per domain: signals and outcomes per platform.
    findings : Findings
    labels : mapping of str to str
        Names for people of signals, outcomes and platforms.
    link_count_tolerance : float
        Relative excess from which a tool's totals do not add up.
    alpha : float
        Level of the premise of C8.
    """

    features: pd.DataFrame
    findings: Findings
    labels: Mapping[str, str]
    link_count_tolerance: float
    alpha: float

    def missing(self, part: Part) -> Missing | None:
        """Return status and one sentence on what is missing.

        Parameters
        ----------
        part : Part

        Returns
        -------
        (str, str) or None
            None where the part can be tested.
        """
        rows = part.rows
        checks = (
            self._unknown_signal(rows),
            self._silent_platforms(rows),
            self._overlap(rows),
            self._percentiles(rows),
            self._broken_row(part.needed_rows),
            self._narrow_tier(rows),
            self._no_premise(part),
        )
        return next((found for found in checks if found is not None), None)

    def _unknown_signal(self, rows: tuple[Row, ...]) -> Missing | None:
        names = needed_signals(rows)
        unknown = sorted(name for name in names if self._is_unknown(name))
        if "authority_score" in unknown:
            return Status.NO_OVERLAP.value, (
                "No domain has an authority score: an export with scores is "
                "missing."
            )
        if not unknown:
            return None
        counts = listed(self._label(name) for name in unknown)
        return Status.NO_OVERLAP.value, f"No domain has a count of {counts}."

    def _silent_platforms(self, rows: tuple[Row, ...]) -> Missing | None:
        columns = dict.fromkeys(
            column for row in rows for column in outcomes_of(row)
        )
        silent = [
            (outcome, platform)
            for outcome, platform in columns
            if self._is_unknown(f"{outcome}_{platform}")
        ]
        if not silent:
            return None
        named = [self._label(name) for _, name in silent if name != ALL]
        if named:
            text = f"There are no answers or totals of {listed(named)}."
        else:
            outcome = self._label(silent[0][0])
            text = f"No platform has answers that give {outcome}."
        return Status.NO_OVERLAP.value, text

    def _overlap(self, rows: tuple[Row, ...]) -> Missing | None:
        if not any(IMAGE in signals_of(row) for row in rows):
            return None
        text = self._overlap_reason
        return None if text is None else (Status.UNRELIABLE.value, text)

    @cached_property
    def _overlap_reason(self) -> str | None:
        return overlap_reason(self.features, self.link_count_tolerance)

    @cached_property
    def _scales(self) -> list[str]:
        return percentile_scales(self.features)

    def _percentiles(self, rows: tuple[Row, ...]) -> Missing | None:
        """Tell of scores that have an order and no distances.

        A percentile bends whatever is smooth in the measure behind it.
        """
        needs_distances = any(
            isinstance(row, Threshold) and row.signal == "authority_score"
            for row in rows
        )
        if not needs_distances or not self._scales:
            return None
        return Status.UNRELIABLE.value, (
            "The authority score is a percentile within a list "
            f"({listed(self._scales)}): it tells who stands higher and not "
            f"by how much, so where mentions bend needs a score of "
            f"{PLAIN_SCALE}."
        )

    def _broken_row(self, rows: tuple[Row, ...]) -> Missing | None:
        for wanted in rows:
            row = self.findings.row(wanted)
            if row is None:
                return Status.NO_OVERLAP.value, (
                    f"{self._row_text(wanted)} was not computed."
                )
            if row["status"] != Status.OK.value:
                told = row.get("reason")
                reason = told if isinstance(told, str) else row["status"]
                start = reason if reason.isupper() else decapitalised(reason)
                return str(row["status"]), (
                    f"{self._row_text(wanted)} ({_domains(row['n'])}) cannot "
                    f"be tested: {start.rstrip('.')}."
                )
        return None

    def _narrow_tier(self, rows: tuple[Row, ...]) -> Missing | None:
        """Tell of a tier narrower than the step that its slope is told for.

        So are percentiles of domains that all stand near the top of a list.
        """
        tiers = {LOWER, UPPER} & set(rows)
        if not tiers:
            return None
        cut = self.findings.number(LOWER, "tier_cut")
        scores = self.features["authority_score"].to_numpy(
            dtype=np.float64, na_value=np.nan
        )
        scores = scores[~np.isnan(scores)]
        if not len(scores):
            return None
        if np.isnan(cut):
            cut = float(np.median(scores))
        for row in (LOWER, UPPER):
            tier = scores[scores <= cut if row == LOWER else scores > cut]
            if row in tiers and len(tier) and np.ptp(tier) < POINTS_PER_STEP:
                where = "up to" if row == LOWER else "above"
                return Status.TOO_FEW_DISTINCT.value, (
                    f"The authority scores {where} {cut:.4g} span "
                    f"{np.ptp(tier):.4g} points; a slope per "
                    f"{POINTS_PER_STEP} points needs {POINTS_PER_STEP} or more."
                )
        return None

    def _no_premise(self, part: Part) -> Missing | None:
        premise = part.premise
        if premise is None:
            return None
        row = self.findings.row(premise) or {}
        name = f"{self._label(premise.signal)} and "
        name += self._label(premise.outcome)
        is_shown = row["estimate"] > 0 and row["p_value"] < self.alpha
        if not is_shown:
            return NO_PREMISE, (
                f"The premise does not arise: {name} are not shown to be "
                "associated at all."
            )
        gap = Threshold("gap", premise.signal, premise.outcome)
        if self.findings.number(gap, "estimate") > 0:
            return None
        return NO_PREMISE, (
            f"The premise does not arise: for {name} the Spearman coefficient "
            "is not above Pearson's."
        )

    def _is_unknown(self, column: str) -> bool:
        return column not in self.features or bool(
            self.features[column].isna().all()
        )

    def _label(self, name: str) -> str:
        return self.labels.get(name, name.replace("_", " "))

    def _row_text(self, row: Row) -> str:
        """Name a row, as in "Image links against text links"."""
        match row:
            case Coefficient():
                text = f"{self._label(row.signal)} with AI mentions"
            case Threshold():
                quantity = row.quantity.replace("_", " ")
                text = (
                    f"{quantity} of {self._label(row.signal)} and "
                    f"{self._label(row.outcome)}"
                )
            case Difference():
                text = self._difference_text(row)
        return text[0].upper() + text[1:]

    def _difference_text(self, row: Difference) -> str:
        where = ""
        if row.domain_set != ALL:
            name, low, high = row.domain_set.split("_")
            where = f" in {name} {low}-{high}"
        first, second = map(self._label, (row.signal_a, row.signal_b))
        if row.platform_a != row.platform_b:
            on = map(self._label, (row.platform_a, row.platform_b))
            return f"{first} on {' against '.join(on)}{where}"
        if row.platform_a != ALL:
            where += f" on {self._label(row.platform_a)}"
        return f"{first} against {second}{where}"


def _domains(count: float) -> str:
    return "1 domain" if count == 1 else f"{int(count):,} domains"


def percentile_scales(features: pd.DataFrame) -> list[str]:
    """Name the scales of which the authority score is but the percentile.

    Parameters
    ----------
    features : DataFrame
        One row per domain; ``authority_scale`` where known.

    Returns
    -------
    list of str
        Sorted; empty where every score is one of 0-100.
    """
    if "authority_scale" not in features:
        return []
    return sorted(set(features["authority_scale"].dropna()) - {PLAIN_SCALE})


def overlap_reason(features: pd.DataFrame, tolerance: float) -> str | None:
    """Return whether a tool counts image links as text links too.

    Parameters
    ----------
    features : DataFrame
        Columns ``link_grain``, ``link_source``, ``total_backlinks``,
        ``text_links`` and ``image_links``; without the first, the counts are
        of links one by one. A ``link_source`` may be missing.
    tolerance : float
        Relative excess from which totals do not add up, 0 or more.

    Returns
    -------
    str or None
        One sentence where, in a tool's totals of a domain, text and image
        links together exceed all links by more than the tolerance. Domains
        are counted among those of such tools.
    """
    if "link_grain" not in features:
        return None
    totals = features[features["link_grain"] == "profile"]
    counts = [
        totals[name].to_numpy(dtype=np.float64, na_value=np.nan)
        for name in ("text_links", "image_links", "total_backlinks")
    ]
    together = counts[0] + counts[1]
    is_over = together - counts[2] > tolerance * together
    if not is_over.any():
        return None
    tools = totals["link_source"].astype(object)
    tools = tools.where(tools.notna(), UNNAMED)
    named = sorted(set(tools[is_over]))
    count = int(tools.isin(named).sum())
    return (
        "Image links are also counted as text: in the totals of "
        f"{listed(named)}, text and image links together exceed all links "
        f"of {np.count_nonzero(is_over):,} of {count:,} domains."
    )


def link_sources(features: pd.DataFrame) -> list[str]:
    """Name the tools that the counts of links are from.

    Parameters
    ----------
    features : DataFrame
        Column ``link_source``, optional; missing where a tool has no name.

    Returns
    -------
    list of str
        Each once, sorted.
    """
    sources = features.get("link_source", pd.Series(dtype=object))
    return sorted(set(sources.dropna()))


def flags_caveat(sources: Sequence[str]) -> str:
    """Say whose nofollow flags a claim rests on.

    Parameters
    ----------
    sources : sequence of str
        As from `link_sources`.

    Returns
    -------
    str
        One sentence.
    """
    which = f" ({listed(sources)})" if sources else ""
    told = "sources tell" if len(sources) > 1 else "source tells"
    return (
        f"Which links are nofollow is as their {told} it{which}; a tool that "
        "sees only part of the nofollow links would shift this."
    )
