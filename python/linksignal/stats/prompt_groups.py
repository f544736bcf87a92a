"""What other prompts would have given: outcomes without a group of prompts.

An interval over domains holds the prompts fixed. Prompts are dealt into
groups; the outcome is made anew without the answers of each group in turn,
and the jackknife over groups gives the error that the choice of prompts adds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from linksignal.errors import LinksignalError
from linksignal.stats.arrays import Booleans, Floats, Indices
from linksignal.stats.estimators.new_prompts import MIN_GROUPS, Changes
from linksignal.stats.frames import Study

ALL = "all"
SHARE = "share_of_voice"
SHARED = "unbranded_mentions"
KEYS = ("domain", "platform", "prompt_group")
SUMMED = "is_in_all"


@dataclass(frozen=True)
class _Deleted:
    """What the answers of one group of prompts give: rows and counts."""

    rows: Indices
    counts: Mapping[str, Floats]


@dataclass(frozen=True)
class PromptGroups:
    """Counts of each domain by group of prompts, in the order of a study.

    Attributes
    ----------
    study : Study
        Domains and outcomes with all prompts.
    groups : mapping of str to sequence
        By platform, what each group of prompts gives.
    summed : tuple of str
        The platforms that ``all`` sums.
    """

    study: Study
    groups: Mapping[str, Mapping[int, _Deleted]]
    summed: tuple[str, ...]

    @cached_property
    def outcomes(self) -> tuple[str, ...]:
        """Outcomes that can be made anew, without their platform."""
        counts = {
            name
            for by_group in self.groups.values()
            for deleted in by_group.values()
            for name in deleted.counts
        }
        shares = {SHARE} if SHARED in counts else set()
        return tuple(sorted(counts | shares))

    def knows(self, outcome_column: str) -> bool:
        """Tell whether an outcome can be made anew.

        Parameters
        ----------
        outcome_column : str
            Outcome and platform, as in the features frame.

        Returns
        -------
        bool
            False for outcomes and platforms without groups, and where there
            are fewer than ``MIN_GROUPS`` of them.
        """
        outcome, platform = self._parts(outcome_column)
        is_complete = outcome is not None and (
            self.columns_of(outcome_column) <= self.study.columns.keys()
        )
        return is_complete and len(self._numbers(platform)) >= MIN_GROUPS

    def columns_of(self, outcome_column: str) -> set[str]:
        """Name the columns of a study that an outcome is made of.

        Parameters
        ----------
        outcome_column : str
            Outcome and platform.

        Returns
        -------
        set of str
            The column itself; for a share also the mentions it is a share
            of, on every platform it is made of.
        """
        outcome, platform = self._parts(outcome_column)
        if outcome != SHARE:
            return {outcome_column}
        return {f"{SHARED}_{name}" for name in self._members(platform)}

    def proportional(self, outcome_column: str) -> str:
        """Name an outcome of whole numbers in the same proportions.

        Parameters
        ----------
        outcome_column : str
            Outcome and platform, one that is known.

        Returns
        -------
        str
            The mentions that a share of one platform is of; any other
            outcome itself.
        """
        outcome, platform = self._parts(outcome_column)
        is_share = outcome == SHARE and platform != ALL
        return f"{SHARED}_{platform}" if is_share else outcome_column

    def is_counted(self, outcome_column: str) -> bool:
        """Tell whether an outcome is a count, and no share."""
        return self._parts(outcome_column)[0] != SHARE

    def without(self, outcome_column: str) -> Iterator[Floats]:
        """Give an outcome without the answers of each group in turn.

        Parameters
        ----------
        outcome_column : str
            Outcome and platform, one that is known.

        Yields
        ------
        ndarray, shape (n,)
            The outcome of the study's domains; NaN where it is unknown, or
            a share of nothing.

        Raises
        ------
        LinksignalError
            If `knows` says no.
        """
        if not self.knows(outcome_column):
            raise LinksignalError(
                f"{outcome_column} is not known by groups of prompts"
            )
        outcome, platform = self._parts(outcome_column)
        for number in self._numbers(platform):
            if outcome == SHARE:
                yield self._shares(platform, number)
            else:
                yield self._counts(outcome, platform, number)

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """Numbers of the groups of any platform, ascending."""
        every = (set(by_group) for by_group in self.groups.values())
        return tuple(sorted(set().union(*every)))

    def changes(self, outcome_column: str, rows: Indices) -> Changes:
        """Give what becomes of a count without each group in turn.

        Parameters
        ----------
        outcome_column : str
            Outcome and platform: a count, no share.
        rows : ndarray of int, shape (n,)
            Domains of the study, ascending, on which the count is known.

        Returns
        -------
        Changes
            Of these domains, each group in `numbers` deleted on every
            platform that the count is of; ascending by replicate.

        Raises
        ------
        LinksignalError
            If `knows` says no.
        """
        outcome, platform = self._parts(outcome_column)
        if not self.knows(outcome_column) or outcome == SHARE:
            raise LinksignalError(
                f"{outcome_column} is not counted by groups of prompts"
            )
        parts = [
            (number, deleted.rows, deleted.counts[str(outcome)])
            for name in self._members(platform)
            for number, deleted in self.groups[name].items()
        ]
        replicates = np.repeat(
            np.searchsorted(self.numbers, [part[0] for part in parts]),
            [len(part[1]) for part in parts],
        )
        place = np.full(len(self.study.domains), -1)
        place[rows] = np.arange(len(rows))
        at = place[np.concatenate([part[1] for part in parts])]
        lost = np.concatenate([part[2] for part in parts])
        is_lost = (at >= 0) & (lost > 0)
        pairs, counts = _added_up(
            replicates[is_lost] * len(rows) + at[is_lost], lost[is_lost]
        )
        replicates, at = np.divmod(pairs, max(len(rows), 1))
        before = self.study.columns[outcome_column][rows][at]
        after = np.maximum(before - counts, 0)
        return Changes(at, replicates, before, after, len(self.numbers))

    def is_known_without(self, outcome_column: str) -> Booleans:
        """Tell of which groups in `numbers` an outcome is made, shape (g,)."""
        known = self._numbers(self._parts(outcome_column)[1])
        return np.isin(self.numbers, known)

    def _counts(
        self, outcome: str | None, platform: str, number: int
    ) -> Floats:
        values = self.study.columns[f"{outcome}_{platform}"].copy()
        for name in self._members(platform):
            deleted = self.groups[name].get(number)
            if deleted is not None:
                values[deleted.rows] -= deleted.counts[str(outcome)]
        return values

    def _shares(self, platform: str, number: int) -> Floats:
        """Divide the mentions left by their sum; over all, the mean share."""
        total = np.zeros(len(self.study.domains))
        platform_count = 0
        for name in self._members(platform):
            left = self._counts(SHARED, name, number)
            mentions = left[~np.isnan(left)].sum()
            if mentions > 0:
                total += left / mentions
                platform_count += 1
        if platform_count == 0:
            return np.full(len(total), np.nan)
        return total / platform_count

    def _members(self, platform: str) -> list[str]:
        return [*self.summed] if platform == ALL else [platform]

    def _numbers(self, platform: str) -> list[int]:
        members = self._members(platform)
        return sorted({n for p in members for n in self.groups.get(p, {})})

    def _parts(self, outcome_column: str) -> tuple[str | None, str]:
        for outcome in self.outcomes:
            platform = outcome_column.removeprefix(f"{outcome}_")
            if platform != outcome_column and (
                platform == ALL or platform in self.groups
            ):
                return outcome, platform
        return None, outcome_column


def read_prompt_groups(frame: pd.DataFrame, study: Study) -> PromptGroups:
    """Read the table of counts by group of prompts.

    Parameters
    ----------
    frame : DataFrame
        One row per ``domain``, ``platform`` and ``prompt_group`` with
        references; ``is_in_all`` marks the platforms that ``all`` sums, and
        the other columns are counts, named like outcomes. A group that no
        domain is named in may be absent. Domains outside the study are left
        out.
    study : Study
        With the outcomes, and ``unbranded_mentions_{platform}`` for shares.

    Returns
    -------
    PromptGroups
    """
    counts = [name for name in frame if name not in (*KEYS, SUMMED)]
    places = pd.Index(study.domains).get_indexer(frame["domain"])
    in_study = frame[places >= 0]
    places = places[places >= 0]
    codes, platforms = pd.factorize(in_study["platform"], sort=True)
    numbers = in_study["prompt_group"].to_numpy(np.int64)
    order = np.lexsort((places, numbers, codes))
    rows, codes, numbers = places[order], codes[order], numbers[order]
    columns = {
        name: in_study[name].to_numpy(np.float64)[order] for name in counts
    }
    is_new = np.ones(len(rows), dtype=np.bool_)
    is_new[1:] = (np.diff(codes) != 0) | (np.diff(numbers) != 0)
    bounds = [*np.flatnonzero(is_new), len(rows)]
    groups: dict[str, dict[int, _Deleted]] = {}
    for start, end in pairwise(bounds):
        deleted = _Deleted(
            rows[start:end],
            {name: column[start:end] for name, column in columns.items()},
        )
        of_platform = groups.setdefault(str(platforms[codes[start]]), {})
        of_platform[int(numbers[start])] = deleted
    is_summed = in_study[SUMMED].astype(bool)
    summed = set(in_study.loc[is_summed, "platform"].unique())
    return PromptGroups(
        study, groups, tuple(name for name in groups if name in summed)
    )


def _added_up(keys: Indices, amounts: Floats) -> tuple[Indices, Floats]:
    """Add up the amounts of each key; the keys ascending, each once."""
    if (np.diff(keys) > 0).all():
        return keys, amounts
    distinct, place = np.unique(keys, return_inverse=True)
    return distinct, np.bincount(place, amounts).astype(np.float64)


def share_columns(columns: Iterable[str]) -> list[str]:
    """Name the columns of mentions that shares among outcomes rest on.

    Parameters
    ----------
    columns : iterable of str
        Columns of a features frame.

    Returns
    -------
    list of str
        ``unbranded_mentions_{platform}`` as far as they are there.
    """
    return [name for name in columns if name.startswith(f"{SHARED}_")]
