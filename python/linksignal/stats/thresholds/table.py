"""The table of authority thresholds: does visibility rise only beyond one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from linksignal.contract import findings_schema
from linksignal.errors import LinksignalError
from linksignal.stats.blocks import Pair, split_into_blocks
from linksignal.stats.families import benjamini_hochberg
from linksignal.stats.frames import Study, read_study
from linksignal.stats.registry import Cell
from linksignal.stats.rules import (
    check_ci_level,
    profile,
    smallest_detectable_r,
)
from linksignal.stats.tables import arrow_table
from linksignal.stats.thresholds.measures import known_pairs
from linksignal.stats.thresholds.rows import (
    STEP_QUANTITIES,
    TESTED_QUANTITIES,
    Entry,
    PlatformColumns,
    platform_entries,
)

SIGNAL = "authority_score"
DECILE = "authority_decile"
OUTCOME = "ai_mentions"

ADJUST_METHODS = dict.fromkeys(STEP_QUANTITIES, "holm") | dict.fromkeys(
    TESTED_QUANTITIES, "benjamini_hochberg"
)

Entries = Mapping[str, Mapping[str, Entry]]


def threshold_table(
    features: pd.DataFrame,
    platforms: Sequence[str],
    *,
    seed: int,
    draw_count: int = 999,
    ci_level: float = 0.95,
) -> pa.Table:
    """Ask of every platform whether authority matters only beyond a point.

    Parameters
    ----------
    features : DataFrame
        One row per domain: columns ``domain``, ``authority_score`` (0-100),
        ``authority_decile`` (1-10) and ``ai_mentions_{platform}`` (whole
        numbers). A missing value is NaN or None; the order of rows is of no
        account.
    platforms : sequence of str
        Platforms, and ``all``.
    seed : int
        Seed of the draws, 0 or more.
    draw_count : int, default 999
        Draws from the smooth law, 1 or more.
    ci_level : float, default 0.95
        Confidence level, between 0 and 1.

    Returns
    -------
    pyarrow.Table
        One row per platform and quantity, always all of them, by the
        contract of ``authority_thresholds``. The quantities, and the unit
        of ``estimate``:

        - ``trend``: Kendall's tau-b of decile and mentions, -1 to 1;
        - ``step_1_2`` to ``step_9_10``: Cliff's delta of two neighbouring
          deciles, -1 to 1, positive where the upper one has more;
        - ``kink``: change of the log slope at the knot, per 10 points; like
          the knot itself, in points, only where the test rejects;
        - ``gap``: Spearman minus Pearson;
        - ``smooth_gap_share``: share (0-1) of draws from the smooth law with
          a gap at least as high;
        - ``any_mention_slope``: log odds ratio per 10 points;
        - ``how_many_slope``: slope of the log mean per 10 points, zeros cut
          off;
        - ``spearman_all_rows``, ``spearman_positives_only``: -1 to 1;
        - ``lower_tier_slope``, ``upper_tier_slope``: slope of the log mean
          per 10 points up to and above the median score, and
          ``tier_slope_difference``, upper minus lower.

        p values are two-sided but for the kink's, which looks upward. They
        are adjusted over the steps of a platform (Holm), or over the
        platforms (Benjamini-Hochberg). ``n`` counts the rows of the
        quantity, shares those of the platform. ``status`` is ``ok`` where
        the quantity could be computed (``kink``, ``gap`` and
        ``smooth_gap_share`` have no interval); otherwise ``reason`` says
        why not, and only an estimate that lacks nothing but an interval is
        kept.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, a domain stands twice or a
        setting is out of its range.
    """
    _check_settings(seed, draw_count, ci_level)
    outcomes = {
        platform: Cell(SIGNAL, OUTCOME, platform).outcome_column
        for platform in platforms
    }
    study = read_study(features, [SIGNAL, DECILE, *outcomes.values()])
    entries = {
        platform: platform_entries(
            PlatformColumns(
                study.columns[SIGNAL],
                study.columns[DECILE],
                study.columns[outcome],
            ),
            _generator(study, outcome, seed),
            draw_count,
            ci_level,
        )
        for platform, outcome in outcomes.items()
    }
    p_adjusted = _adjust(entries)
    descriptions = {
        platform: _describe(study, outcome)
        for platform, outcome in outcomes.items()
    }
    rows = [
        {
            "platform": platform,
            "outcome": OUTCOME,
            "quantity": quantity,
            **_numbers(entry),
            **descriptions[platform],
            "p_adjusted": p_adjusted[platform, quantity],
            "adjust_method": ADJUST_METHODS.get(quantity),
            "ci_level": ci_level,
            "draw_count": draw_count,
            "seed": seed,
            "input_hash": study.input_hash,
        }
        for platform, of_platform in entries.items()
        for quantity, entry in of_platform.items()
    ]
    return arrow_table(rows, findings_schema("authority_thresholds"))


def _check_settings(seed: int, draw_count: int, ci_level: float) -> None:
    if seed < 0:
        raise LinksignalError(f"the seed is {seed}; it must not be negative")
    if draw_count < 1:
        raise LinksignalError(
            f"the draw count is {draw_count}; it must be 1 or more"
        )
    check_ci_level(ci_level)


def _generator(study: Study, outcome: str, seed: int) -> np.random.Generator:
    (block,) = split_into_blocks(study, [Pair(SIGNAL, outcome)])
    return block.generator(seed, f"smooth law of {outcome}")


def _adjust(entries: Entries) -> dict[tuple[str, str], float]:
    """Take p values adjusted within platforms, adjust the others over them."""
    adjusted = {
        (platform, quantity): entry.p_adjusted
        for platform, of_platform in entries.items()
        for quantity, entry in of_platform.items()
    }
    for quantity in TESTED_QUANTITIES:
        p_values = [entries[name][quantity].measure.p_value for name in entries]
        over_platforms = benjamini_hochberg(np.array(p_values))
        for platform, p_value in zip(entries, over_platforms, strict=True):
            adjusted[platform, quantity] = float(p_value)
    return adjusted


def _describe(study: Study, outcome: str) -> dict[str, float]:
    scores, counts = known_pairs(study.columns[SIGNAL], study.columns[outcome])
    of_scores, of_counts = profile(scores), profile(counts)
    return {
        "zero_outcome_share": of_counts.zero_share,
        "tied_signal_share": of_scores.tied_share,
        "tied_outcome_share": of_counts.tied_share,
    }


def _numbers(entry: Entry) -> dict[str, object]:
    measure = entry.measure
    return {
        "n": measure.n,
        "estimate": measure.estimate,
        "standard_error": measure.standard_error,
        "ci_low": measure.ci_low,
        "ci_high": measure.ci_high,
        "ci_method": measure.ci_method,
        "statistic": measure.statistic,
        "p_value": measure.p_value,
        "knot": entry.knot.score,
        "knot_low": entry.knot.low,
        "knot_high": entry.knot.high,
        "smallest_detectable_r": smallest_detectable_r(measure.n),
        "power_note": entry.power_note,
        "status": measure.status.value,
        "reason": measure.reason,
    }
