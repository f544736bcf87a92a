"""The table of authority thresholds: does visibility rise only beyond one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from threadpoolctl import threadpool_limits

from linksignal.contract import findings_schema
from linksignal.lookups import lookup_rows
from linksignal.settings import Settings
from linksignal.stats.arrays import Floats
from linksignal.stats.blocks import Pair, split_into_blocks
from linksignal.stats.estimate import Estimate, arrow_table, without_numbers
from linksignal.stats.estimators.decile_trend import (
    LOWER_DECILES,
    decile_sample,
    decile_steps,
    trend_over_deciles,
)
from linksignal.stats.estimators.gap import (
    cluster_stretch,
    gap_statistic,
    observed_gap,
    smooth_gap_share,
    tallied_gaps,
)
from linksignal.stats.estimators.kink import (
    KINK_LEVEL,
    NO_KNOT,
    POWER_NOTE,
    KinkResult,
    Knot,
    kink_result,
    kink_statistic,
    make_hinges,
)
from linksignal.stats.estimators.score_groups import (
    POINTS_PER_STEP,
    CountSample,
    known_pairs,
)
from linksignal.stats.estimators.smooth_law import (
    SmoothSample,
    fit_sample,
    line_terms,
    negative_binomial_law,
    residual_law,
    smooth_terms,
)
from linksignal.stats.estimators.tally_law import TallyLaw, draw_statistics
from linksignal.stats.estimators.tiers import (
    TierSlopes,
    knot_tiers,
    median_tiers,
)
from linksignal.stats.estimators.two_part import (
    any_mention_slope,
    how_many_slope,
)
from linksignal.stats.families import benjamini_hochberg
from linksignal.stats.frames import ALL_PLATFORMS, Study, read_study
from linksignal.stats.registry import Cell
from linksignal.stats.rules import Status
from linksignal.stats.tables.cells import Sampling

AUTHORITY = "authority_score"
DECILE = "authority_decile"
MENTIONS = "ai_mentions"
SHARE_OF_VOICE = "share_of_voice"
UNBRANDED = "unbranded_mentions"

# Links whose gap with mentions the study read as a threshold.
GAP_LINKS = ("follow_links", "nofollow_links", "text_links", "image_links")

STEP_QUANTITIES = tuple(
    f"step_{decile}_{decile + 1}" for decile in LOWER_DECILES
)

# Quantities with a p value of their own, adjusted over the platforms, or over
# the other pairs. Steps are adjusted over the nine of one platform instead;
# the others have none.
TESTED_QUANTITIES = (
    "trend",
    "kink",
    "any_mention_slope",
    "how_many_slope",
    "lower_tier_slope",
    "upper_tier_slope",
    "tier_slope_difference",
)

ADJUST_METHODS = dict.fromkeys(STEP_QUANTITIES, "holm") | dict.fromkeys(
    TESTED_QUANTITIES, "benjamini_hochberg"
)

LINKS_NOTE = (
    "Tested against one smooth law only, a power of the number of links: "
    "another smooth curve can pass for a kink."
)

# Shares of voice are made of these counts where they agree this closely.
SHARE_TOLERANCE = 1e-9

NOT_MADE_OF_COUNTS = (
    "The share of voice is not made of counted answers to prompts without a "
    "brand, so that no law can be drawn from."
)


@dataclass(frozen=True)
class Entry:
    """One quantity of one pair.

    Attributes
    ----------
    estimate : Estimate
    p_adjusted : float
        Where it is adjusted within the platform, else NaN.
    knot : Knot
        Of the kink; else ``NO_KNOT``.
    tiers : TierSlopes or None
        Of slopes of tiers, whose cuts are told.
    power_note : str or None
        What the test can find; None where that was not measured.
    """

    estimate: Estimate
    p_adjusted: float = np.nan
    knot: Knot = NO_KNOT
    tiers: TierSlopes | None = None
    power_note: str | None = None


def _is_primary(asked: Cell) -> bool:
    """Return whether every quantity is asked for, not only those of a gap."""
    return (asked.signal, asked.outcome) == (AUTHORITY, MENTIONS)


def _generator(
    study: Study, asked: Cell, sampling: Sampling, purpose: str
) -> np.random.Generator:
    """Return the random numbers of one purpose, independent of others."""
    pair = Pair(asked.signal, asked.outcome_column)
    (block,) = split_into_blocks(study, [pair])
    return block.generator(
        sampling.seed,
        f"{purpose} of {asked.outcome_column} by {asked.signal}",
    )


def threshold_table(
    features: pd.DataFrame,
    platforms: Sequence[str],
    settings: Settings,
) -> pa.Table:
    """Ask of every platform whether authority matters only beyond a point.

    Parameters
    ----------
    features : DataFrame
        One row per domain: columns ``domain``, ``authority_score`` (0-100),
        ``authority_decile`` (1-10), ``ai_mentions_{platform}`` (whole
        numbers), with ``all`` also ``share_of_voice_all`` and the links of
        ``GAP_LINKS``; optional ``cluster`` and
        ``unbranded_mentions_{platform}``. A missing value is NaN or None;
        the order of rows is of no account.
    platforms : sequence of str
        Platforms, and ``all``.
    settings : Settings
        Of the study.

    Returns
    -------
    pyarrow.Table
        One row per platform, signal, outcome and quantity, always all of
        them, with the columns of ``findings.authority_thresholds``. The
        quantities, and the unit of ``estimate``, of authority score and
        mentions on every platform:

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
        - ``lower_tier_slope``, ``upper_tier_slope``: slope of the log mean
          per 10 points up to and above the cut (at the knot of the other
          half of the domains where the kink test rejects, else at the median
          score), and ``tier_slope_difference``, upper minus lower.

        Over all platforms also ``kink``, ``gap`` and ``smooth_gap_share`` of
        authority score and share of voice, and of links and mentions, whose
        smooth law is a power law: log mean linear in log(1 + links), the
        kink's change per unit of it.

        p values are two-sided but for the kink's, which looks upward. They
        are adjusted over the steps of a platform (Holm), over the platforms
        or over the other pairs (Benjamini-Hochberg). ``n`` counts the rows
        of the quantity, shares those of the platform. ``reason`` says what
        stands in the way, or what limits the estimate.

    Raises
    ------
    LinksignalError
        If a column is missing or not of numbers, or a domain stands twice.
    """
    sampling = Sampling(settings.seed, settings.draw_count, settings.ci_level)
    questions = list(_questions(platforms))
    study = read_study(features, _columns(questions, platforms, features))
    # The products are many and narrow: threads of BLAS wait for each other.
    with threadpool_limits(limits=1, user_api="blas"):
        entries = {
            (asked, quantity): entry
            for asked in questions
            for quantity, entry in _entries(study, asked, sampling).items()
        }
    p_adjusted = _adjusted(entries)
    rows = [
        {
            "platform": asked.platform,
            "signal": asked.signal,
            "outcome": asked.outcome,
            "quantity": quantity,
            **_numbers(entry),
            "p_adjusted": p_adjusted[asked, quantity],
            "adjust_method": ADJUST_METHODS.get(quantity),
            "ci_level": settings.ci_level,
            "draw_count": settings.draw_count,
            "seed": settings.seed,
            "input_hash": study.input_hash,
        }
        for (asked, quantity), entry in entries.items()
    ]
    return arrow_table(rows, findings_schema("authority_thresholds"))


def _questions(platforms: Sequence[str]) -> Iterator[Cell]:
    for platform in platforms:
        yield Cell(AUTHORITY, MENTIONS, platform)
    if ALL_PLATFORMS in platforms:
        yield Cell(AUTHORITY, SHARE_OF_VOICE, ALL_PLATFORMS)
        for links in GAP_LINKS:
            yield Cell(links, MENTIONS, ALL_PLATFORMS)


def _columns(
    questions: Sequence[Cell],
    platforms: Sequence[str],
    features: pd.DataFrame,
) -> list[str]:
    counts = [f"{UNBRANDED}_{platform}" for platform in platforms]
    return [
        DECILE,
        *(asked.signal for asked in questions),
        *(asked.outcome_column for asked in questions),
        *(name for name in counts if name in features.columns),
    ]


def _entries(
    study: Study, asked: Cell, sampling: Sampling
) -> Mapping[str, Entry]:
    """Every quantity of one pair, in the order of the table."""
    columns = study.columns
    raw = known_pairs(
        columns[asked.signal], columns[asked.outcome_column], study.clusters
    )
    if asked.outcome == SHARE_OF_VOICE:
        return _share_entries(study, asked, sampling)
    if not _is_primary(asked):
        logs = replace(raw, scores=np.log1p(raw.scores))
        fitted = raw.broken_rule() or fit_sample(logs, line_terms)
        smooth = Smooth(raw, fitted)
        return _smooth_entries(study, asked, sampling, smooth)
    entries = dict(_decile_entries(study, asked, sampling))
    smooth = Smooth(raw, fit_sample(raw, smooth_terms))
    entries |= _smooth_entries(study, asked, sampling, smooth)
    level = sampling.ci_level
    entries["any_mention_slope"] = Entry(any_mention_slope(raw, level))
    entries["how_many_slope"] = Entry(how_many_slope(raw, level))
    is_bent = entries["kink"].estimate.p_value <= KINK_LEVEL
    if is_bent:
        generator = _generator(study, asked, sampling, "halves")
        tiers = knot_tiers(raw, generator, level)
    else:
        tiers = median_tiers(raw, level)
    entries["lower_tier_slope"] = Entry(tiers.lower, tiers=tiers)
    entries["upper_tier_slope"] = Entry(tiers.upper, tiers=tiers)
    entries["tier_slope_difference"] = Entry(tiers.difference, tiers=tiers)
    return entries


def _decile_entries(
    study: Study, asked: Cell, sampling: Sampling
) -> Iterator[tuple[str, Entry]]:
    sample = decile_sample(
        study.columns[AUTHORITY],
        study.columns[DECILE],
        study.columns[asked.outcome_column],
        study.clusters,
    )
    yield "trend", Entry(trend_over_deciles(sample, sampling.ci_level))
    steps = decile_steps(sample, sampling.ci_level)
    for name, estimate, p_adjusted in zip(
        STEP_QUANTITIES, steps.estimates, steps.p_adjusted, strict=True
    ):
        yield name, Entry(estimate, p_adjusted=p_adjusted)


def _share_entries(
    study: Study, asked: Cell, sampling: Sampling
) -> Mapping[str, Entry]:
    """Quantities of the share of voice, by draws of the counts it is of."""
    shares = study.columns[asked.outcome_column]
    scores = study.columns[asked.signal]
    raw = replace(known_pairs(scores, shares, study.clusters), is_counted=False)
    smooth = _share_law(study, asked, sampling, raw)
    return _smooth_entries(study, asked, sampling, smooth)


def _platform_label(platform: str) -> str:
    labels = {row["platform"]: row["label"] for row in lookup_rows("platforms")}
    return labels.get(platform, platform)


def _share_law(
    study: Study, asked: Cell, sampling: Sampling, raw: CountSample
) -> Smooth:
    """Smooth law of shares, from those of the counts they are made of."""
    shares = study.columns[asked.outcome_column]
    scores = study.columns[asked.signal]
    parts = _share_parts(study, shares)
    if not parts:
        broken = raw.broken_rule() or without_numbers(
            raw.row_count, Status.NO_OVERLAP, NOT_MADE_OF_COUNTS
        )
        return Smooth(raw, broken)
    is_known = ~(np.isnan(scores) | np.isnan(shares))
    samples = []
    for platform, (counts, _) in parts.items():
        of_platform = CountSample(scores[is_known], counts[is_known])
        part = fit_sample(of_platform, smooth_terms)
        if isinstance(part, Estimate):
            reason = f"{_platform_label(platform)}: {part.reason}"
            return Smooth(
                raw, without_numbers(raw.row_count, part.status, reason)
            )
        samples.append(part)
    # Shares count as so many mentions, which leaves every coefficient as is.
    weights = np.array([weight for _, weight in parts.values()])
    unit = 1 / weights.mean()
    in_mentions = replace(raw, counts=raw.counts * unit)
    generator = _generator(study, asked, sampling, "residuals")
    return Smooth(
        in_mentions,
        fit_sample(in_mentions, smooth_terms),
        residual_law(samples, weights * unit, generator),
    )


def _share_parts(
    study: Study, shares: Floats
) -> dict[str, tuple[Floats, float]]:
    """Counts that the share of voice is made of, and their weights.

    Returns
    -------
    dict
        Of each platform with any its mentions (n,) in answers to prompts
        without a brand, and what one of them adds to the share; empty where
        the share is made otherwise.
    """
    prefix = f"{UNBRANDED}_"
    counts = {
        name.removeprefix(prefix): values
        for name, values in study.columns.items()
        if name.startswith(prefix) and name != f"{prefix}{ALL_PLATFORMS}"
    }
    totals = {name: float(np.nansum(of)) for name, of in counts.items()}
    held = {name: of for name, of in counts.items() if totals[name] > 0}
    parts = {
        name: (of, 1 / (totals[name] * len(held))) for name, of in held.items()
    }
    made = sum(
        (weight * of for of, weight in parts.values()),
        start=np.zeros(len(shares)),
    )
    is_known = ~np.isnan(shares)
    is_made = np.abs(made - shares)[is_known] <= SHARE_TOLERANCE
    return parts if is_made.all() else {}


@dataclass(frozen=True)
class Smooth:
    """A pair beside its smooth law.

    Attributes
    ----------
    raw : CountSample
        Signal and outcome as they are.
    fitted : SmoothSample or Estimate
        The law fitted to it, or why there is none.
    law : TallyLaw or None
        Law to draw from; default that of `fitted`.
    """

    raw: CountSample
    fitted: SmoothSample | Estimate
    law: TallyLaw | None = None


def _smooth_entries(
    study: Study, asked: Cell, sampling: Sampling, smooth: Smooth
) -> dict[str, Entry]:
    """Kink and gap of one pair on the same draws from its smooth law."""
    is_links = asked.signal != AUTHORITY
    note = LINKS_NOTE if is_links else POWER_NOTE
    raw, fitted = smooth.raw, smooth.fitted
    gap = observed_gap(raw, sampling.ci_level)
    if isinstance(fitted, Estimate):
        return {
            "kink": Entry(fitted, power_note=note),
            "gap": Entry(gap),
            "smooth_gap_share": Entry(fitted),
        }
    law = smooth.law or negative_binomial_law(fitted.null)
    groups = fitted.null.groups
    hinges = make_hinges(fitted.null)
    gauge = groups.total(raw.scores) / groups.sizes
    kink_draws, gap_draws = draw_statistics(
        law,
        groups,
        _generator(study, asked, sampling, "smooth law"),
        sampling.draw_count,
        [kink_statistic(fitted, hinges), gap_statistic(groups, gauge)],
    )
    points = 1.0 if is_links else POINTS_PER_STEP
    level = sampling.ci_level
    kink = kink_result(fitted, hinges, kink_draws, level, points)
    tally = law.tally(groups, fitted.sample.counts)
    share = smooth_gap_share(
        raw.row_count,
        float(tallied_gaps(groups, gauge, tally)[0]),
        gap_draws,
        level,
        cluster_stretch(raw),
    )
    return {
        "kink": _kink_entry(kink, is_links, note),
        "gap": Entry(gap),
        "smooth_gap_share": Entry(share),
    }


def _kink_entry(kink: KinkResult, is_links: bool, note: str) -> Entry:
    """Tell a knot of log links in links."""
    knot = kink.knot
    if is_links:
        knot = Knot(
            score=float(np.expm1(knot.score)),
            low=float(np.expm1(knot.low)),
            high=float(np.expm1(knot.high)),
            slope_change=knot.slope_change,
        )
    return Entry(kink.estimate, knot=knot, power_note=note)


def _adjusted(
    entries: Mapping[tuple[Cell, str], Entry],
) -> dict[tuple[Cell, str], float]:
    """Take p values adjusted within platforms, adjust the others over them."""
    adjusted = {key: entry.p_adjusted for key, entry in entries.items()}
    for quantity in TESTED_QUANTITIES:
        for is_primary in (True, False):
            family = [
                key
                for key in entries
                if key[1] == quantity and _is_primary(key[0]) is is_primary
            ]
            p_values = [entries[key].estimate.p_value for key in family]
            over_family = benjamini_hochberg(np.array(p_values))
            adjusted |= dict(zip(family, over_family.tolist(), strict=True))
    return adjusted


def _numbers(entry: Entry) -> dict[str, object]:
    cuts = (np.nan, np.nan) if entry.tiers is None else entry.tiers.cuts
    return {
        **entry.estimate.columns(),
        "knot": entry.knot.score,
        "knot_low": entry.knot.low,
        "knot_high": entry.knot.high,
        "tier_cut": (cuts[0] + cuts[1]) / 2,
        "tier_cut_low": cuts[0],
        "tier_cut_high": cuts[1],
        "tier_cut_method": entry.tiers.method if entry.tiers else None,
        "power_note": entry.power_note,
    }
