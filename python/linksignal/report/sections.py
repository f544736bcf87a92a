"""The sections of the report, from the correlations to quality and method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from importlib import metadata
from typing import Any

from linksignal.lookups import lookup_rows
from linksignal.report.correlation_figures import (
    coefficient_figure,
    heat_map,
    pair_figures,
    platform_figure,
)
from linksignal.report.figure import Section, Table, table_of
from linksignal.report.joint_pages import joint_section, outlook_section
from linksignal.report.study import MOST_LOADS, Rows, Study, pick
from linksignal.report.threshold_figures import (
    decile_figures,
    is_kink_shown,
    threshold_sentences,
    tier_bars,
    tier_figure,
    zero_figure,
)
from linksignal.report.wording import ALL, label, labels, percent
from linksignal.show.findings import Publication
from linksignal.text import amount, listed

COVERAGE_COLUMNS = (
    "platform outcome_source is_in_all totals_source answer_count "
    "branded_answers unknown_branding_share undated_answers first_answer_date "
    "last_answer_date domain_count domains_with_outcome referenced_domains "
    "zero_share ai_mentions"
)
REPLICATION_COLUMNS = (
    "signal outcome platform method published is_approximate n estimate "
    "difference ci_low ci_high is_published_in_interval status reason"
)
GROUND_COLUMNS = (
    "signal outcome method controls zero_signal_share zero_outcome_share "
    "tied_signal_share tied_outcome_share ceiling share_of_ceiling auc n_eff "
    "smallest_detectable_r standard_error se_prompt ci_low_new_prompts "
    "ci_high_new_prompts"
)
SENSITIVITY_COLUMNS = (
    "signal method sensitivity influential_domain n estimate ci_low ci_high "
    "p_adjusted status reason"
)
COMPARISON_COLUMNS = (
    "signal_a platform_a signal_b platform_b domain_set method n difference "
    "ci_low ci_high ci_low_new_prompts ci_high_new_prompts p_value p_adjusted "
    "volume_a volume_b volume_ratio relation status"
)
# Beside the plain ones, which stand with their charts.
AT_EQUAL_THICKNESS = ("spearman_thinned", "composition")

CLAIM_COLUMNS = (
    "claim_id verdict n parts parts_shown parts_contrary parts_open "
    "parts_not_testable holds_after_holm published_label published replicated "
    "published_difference missing"
)
PART_COLUMNS = (
    "claim_id part quantity direction bound n estimate standard_error ci_low "
    "ci_high state evidence_for evidence_against is_decisive"
)
TEST_COLUMNS = (
    "claim_id part degrees_of_freedom p_for p_for_within p_against "
    "p_against_within domains_needed smallest_effect plain_estimate status "
    "reason"
)


def claim_tables(study: Study) -> list[Table]:
    """Make the tables behind the ledger of claims.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    list of Table
        Claims, their parts, the tests of the parts: all columns of a part
        in one table are wider than paper.
    """
    return [
        table_of("claims", "Claims", CLAIM_COLUMNS, study.claims),
        table_of(
            "claim_parts",
            "Parts of the claims",
            PART_COLUMNS,
            study.claim_parts,
        ),
        table_of(
            "claim_part_tests",
            "Tests of the parts",
            TEST_COLUMNS,
            study.claim_parts,
        ),
    ]


def sections(study: Study) -> list[Section]:
    """Make the pages between the ledger and the domains.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    list of Section
        Correlations, authority, kinds of links, platforms, all signals
        together, domains beside those with their signals.
    """
    return [
        _correlations(study),
        _authority(study),
        _kinds_of_links(study),
        _platforms(study),
        joint_section(study),
        outlook_section(study),
    ]


def _correlations(study: Study) -> Section:
    return Section(
        "correlations",
        "Correlations",
        "Correlations",
        [
            "How closely each backlink signal goes with being named, on each "
            "platform and over all of them. This does not say that links cause "
            "mentions.",
            *study.summed_note(),
        ],
        [
            heat_map(study),
            coefficient_figure(study, "ai_mentions"),
            coefficient_figure(study, "share_of_voice"),
        ],
        tables=[
            table_of(
                "replication",
                "What the study published, and the same here",
                REPLICATION_COLUMNS,
                study.replication,
            ),
            table_of(
                "grounds",
                "What the coefficients of all platforms rest on",
                GROUND_COLUMNS,
                [
                    row
                    for outcome in ("ai_mentions", "share_of_voice")
                    for row in pick(
                        study.correlations, platform=ALL, outcome=outcome
                    )
                ],
            ),
            table_of(
                "sensitivities",
                "Correlations with AI mentions, all platforms, when something "
                "is changed",
                SENSITIVITY_COLUMNS,
                study.sensitivities,
            ),
        ],
    )


def _authority(study: Study) -> Section:
    if study.percentile_scales:
        return _authority_of_percentiles(study)
    kinks = study.in_order(
        [
            row
            for row in pick(study.thresholds, quantity="kink")
            if row["platform"] in study.platforms()
        ]
    )
    return Section(
        "authority",
        "Authority",
        "Mentions by authority, and the threshold",
        [
            "Domains in up to ten groups of about equal size by authority "
            "score, equal scores together. Whether mentions take off only "
            "above some score is tested against a smooth curve: a steep end "
            "is not yet a threshold.",
            *threshold_sentences(kinks, study.alpha),
            *_power_notes(study, kinks),
        ],
        [tier_bars(study), zero_figure(study), tier_figure(study)],
        decile_figures(study),
    )


def _authority_of_percentiles(study: Study) -> Section:
    """Draw what an order of domains tells, without slopes and kinks."""
    scales = listed(study.percentile_scales)
    return Section(
        "authority",
        "Authority",
        "Mentions by authority",
        [
            "Domains in up to ten groups of about equal size by authority "
            "score, equal scores together.",
            f"The score is a percentile within a list ({scales}): it tells "
            "who stands higher and not by how much. Where and how steeply "
            "mentions rise along it depends on the list, so no threshold and "
            "no slope is shown here.",
        ],
        [tier_bars(study), zero_figure(study)],
        decile_figures(study),
    )


def _power_notes(study: Study, kinks: Rows) -> list[str]:
    """Say what the kink test finds, where it found none."""
    return list(
        dict.fromkeys(
            row["power_note"]
            for row in kinks
            if row["power_note"] is not None
            and row["p_adjusted"] is not None
            and not is_kink_shown(row, study.alpha)
        )
    )


def _kinds_of_links(study: Study) -> Section:
    return Section(
        "links",
        "Kinds of links",
        "Follow against nofollow, image against text",
        [
            "The same domains have both kinds of links, so the two "
            "correlations hang together: their difference has a test of its "
            "own, and being equal has one too."
        ],
        [
            *pair_figures(study, "nofollow_links", "follow_links"),
            *pair_figures(study, "image_links", "text_links"),
        ],
        tables=[
            table_of(
                "links_at_equal_thickness",
                "Kinds of links compared at equal thickness",
                COMPARISON_COLUMNS,
                [
                    row
                    for row in pick(study.contrasts, kind="signals")
                    if row["method"] in AT_EQUAL_THICKNESS
                ],
            )
        ],
    )


def _platforms(study: Study) -> Section:
    return Section(
        "platforms",
        "Platforms",
        "Platforms",
        [
            "What each platform contributes, and how authority counts on it.",
            *study.summed_note(),
        ],
        [platform_figure(study)],
        tables=[
            table_of(
                "platforms",
                "What the outcomes of each platform rest on",
                COVERAGE_COLUMNS,
                study.in_order(study.coverage),
            ),
            table_of(
                "platform_differences",
                "Platforms compared, as they are and at equal thickness",
                COMPARISON_COLUMNS,
                pick(study.contrasts, kind="platforms"),
            ),
        ],
    )


EXPECTATION_COLUMNS = (
    "expectation_id severity checked_rows unexpected_rows detail"
)
METHODS = (
    "Correlations. Spearman's intervals are Fisher's z with standard errors "
    "from influence values, below 30 domains Bonett and Wright's. Pearson of "
    "logarithms takes log1p of counts, shares and scores as they are, with "
    "jackknife intervals; Pearson takes counts as they are, with approximate "
    "bootstrap (ABC) intervals. p values are those of the same errors, so that "
    "they agree with the intervals; below 30 domains, and for Pearson, they "
    "come from permutations of the domains. They are adjusted by Benjamini and "
    "Hochberg over the rows of each method. Domains of one owner count as one "
    "cluster.",
    "Differences. Correlations on the same domains are dependent: influence "
    "values give the standard error of their difference. Equality is two "
    "one-sided tests against a margin fixed in advance. A rare count has a "
    "lower rank correlation than a frequent count of the same thing; at equal "
    "thickness, the frequent one is thinned to the total of the rare one, by "
    "expectation over all thinnings.",
    "Authority. Medians of deciles have exact intervals from order statistics. "
    "The kink test sets an upward bend against a smooth negative binomial law, "
    "its p from draws of that law, adjusted over platforms. Growth up to and "
    "above the cut is from negative binomial regressions with robust "
    "standard errors.",
    "Claims. Each stands for itself: its parts are tested both ways, with half "
    "of the level for either, and adjusted by Holm within the claim. Whether a "
    "verdict would survive adjusting over all claims stands beside it.",
    "All together. Log means of mentions in all signals at once, by Poisson "
    "pseudo-likelihood with errors by owner of the domains; p adjusted by Holm "
    "over the signals. Shares of the variance of ranks are Shapley's, their "
    "intervals from resampled owners.",
    "Your domain. What is usual is predicted from other domains, none of the "
    "same owner. Either end of its interval leaves out one minus the "
    "confidence level of domains, so that some stand apart by chance alone.",
    "An interval concerns new domains under these prompts, not other prompts, "
    "dates or platforms.",
)
LOAD_COLUMNS = (
    "file format loaded_at records_read records_landed records_rejected "
    "records_skipped duplicates"
)


def quality_section(study: Study) -> Section:
    """Make the page on data quality, coverage, and what was not tested."""
    untestable = pick(study.claims, verdict="not_testable")
    paragraphs = [
        *check_sentences(study),
        *(
            f"{row['claim_id']} could not be tested: "
            f"{label(row['missing'], 'missing')}"
            for row in untestable
        ),
    ]
    tables = [
        table_of(
            "untested",
            "Correlations without a number, and why",
            "outcome platform status correlation_count signals largest_n",
            study.untested,
        ),
        table_of(
            "expectations",
            "Checks that are not met",
            EXPECTATION_COLUMNS,
            pick(study.expectations, is_met=False),
        ),
        table_of(
            "loads",
            f"Loaded files, newest first, at most {MOST_LOADS}",
            LOAD_COLUMNS,
            study.loads,
        ),
        table_of(
            "records",
            "Records of the raw tables",
            "raw_table raw_records kept_records outside_records "
            "superseded_records unaccounted_records",
            study.records,
        ),
        table_of(
            "brands",
            "Brand names that tools list",
            "status brand_count answer_count",
            study.brands,
        ),
        table_of(
            "deviations",
            "Domains whose link totals do not add up",
            "check_name domain_count median_relative_difference",
            study.deviations,
        ),
    ]
    return Section(
        "quality",
        "Quality",
        "Data quality, and what could not be tested",
        paragraphs,
        tables=[table for table in tables if table.rows],
    )


def check_sentences(study: Study) -> list[str]:
    """Say which checks of the public tables are not met, and what that means.

    Parameters
    ----------
    study : Study
        The findings.

    Returns
    -------
    list of str
        One sentence on all that are met, one per check that is not.
    """
    unmet = [row for row in study.expectations if not row["is_met"]]
    total = amount(len(study.expectations), "check")
    if not unmet:
        return [f"All {total} of the public tables are met."]
    met = len(study.expectations) - len(unmet)
    return [
        f"{met} of {total} of the public tables are met. Not met:",
        *(_unmet(study, row) for row in unmet),
    ]


def _unmet(study: Study, row: dict[str, Any]) -> str:
    """Put a check that is not met in words of what it counts."""
    told = UNMET.get(row["expectation_id"])
    if told:
        return told(study, row)
    name = row["expectation_id"].replace("_", " ")
    found = "" if row["detail"] is None else f" ({row['detail']})"
    return (
        f"Expected that {name}: {_parts(row, 'rows')} are otherwise{found}."
        if row["checked_rows"]
        else f"Expected that {name}: it is otherwise{found}."
    )


def _parts(row: dict[str, Any], noun: str) -> str:
    """Count what is not as expected, as in "3 of 5 platforms"."""
    return f"{row['unexpected_rows'] or 0:,} of {row['checked_rows']:,} {noun}"


def _unbranded(study: Study, row: dict[str, Any]) -> str:
    """Say on which platforms it is unknown whether prompts name a brand."""
    shares = {
        labels().platform(each["platform"]): each["unknown_branding_share"]
        for each in study.in_order(study.coverage)
        if each["unknown_branding_share"]
    }
    if shares and set(shares.values()) == {1.0}:
        where = f"no answer of {listed(shares)} says"
    else:
        where = "of many answers it is not known"
        told = [f"{name} {percent(share)}" for name, share in shares.items()]
        where += f" ({listed(told)})" if told else ""
    return (
        f"Branding: {where} whether its prompt names a brand of the study; "
        "they count as not branded, so that AI share of voice may be too high "
        "for well-known brands."
    )


def _unanswered(study: Study, row: dict[str, Any]) -> str:
    """Name the platforms without outcomes."""
    missing = [
        labels().platform(each["platform"])
        for each in study.in_order(study.coverage)
        if each["outcome_source"] is None
    ]
    return (
        f"Platforms: {listed(missing) if missing else 'some'} have no answers "
        "or totals, so that nothing is said about them."
    )


# What a check that is not met means, where its name does not say it.
UNMET: dict[str, Callable[[Study, dict[str, Any]], str]] = {
    "platform_coverage_knows_what_is_branded": _unbranded,
    "platform_coverage_is_complete": _unanswered,
    "domains_mostly_have_an_authority_score": lambda study, row: (
        f"Authority: {_parts(row, 'domains')} have no authority score; what "
        "is said of authority is said of the others."
    ),
    "domains_mostly_have_backlink_data": lambda study, row: (
        f"Links: {_parts(row, 'domains')} have no backlink data; what is said "
        "of links is said of the others."
    ),
    "claims_can_mostly_be_tested": lambda study, row: (
        f"Claims: {_parts(row, 'claims')} cannot be tested on these data."
    ),
    "correlations_are_mostly_defined": lambda study, row: (
        f"Correlations: {_parts(row, 'rows')} have no number; the table below "
        "says why."
    ),
}


def method_section(study: Study) -> Section:
    """Make the page that says how the numbers were made."""
    return Section(
        "methods",
        "Methods",
        "How the numbers were made",
        [_outcomes(), *METHODS],
        tables=[_versions(study)],
    )


def _outcomes() -> str:
    """Say what each outcome counts, in the words of the lookup."""
    return "Outcomes. " + " ".join(
        f"{row['label']}: {row['definition']}"
        for row in lookup_rows("outcomes")
    )


def _versions(study: Study) -> Table:
    rows = [
        (name, str(value))
        for name, value in (
            *_settings(study),
            *(_published(study.published) if study.published else ()),
        )
        if value is not None
    ]
    return Table(
        "methods", "Settings, versions, inputs", ("name", "value"), tuple(rows)
    )


def _settings(study: Study) -> list[tuple[str, str | None]]:
    tables = {
        "correlations": study.correlations,
        "differences": study.contrasts,
        "authority": study.thresholds,
        "deciles": study.deciles,
        "claims": study.claims,
    }

    def stated(column: str, *names: str) -> str:
        values = {
            row[column]
            for name in names
            for row in tables[name]
            if row[column] is not None
        }
        return ", ".join(sorted(str(value) for value in values))

    estimates = ("correlations", "differences", "authority")
    return [
        ("confidence level", stated("ci_level", *tables)),
        ("interval methods", stated("ci_method", *estimates, "deciles")),
        ("adjustment", stated("adjust_method", *estimates)),
        ("p values", stated("p_method", "correlations")),
        ("seed", stated("seed", *estimates)),
        ("report written by", f"linksignal {metadata.version('linksignal')}"),
        *(
            (f"hash of the values: {name}", stated("input_hash", name))
            for name in (*estimates, "claims")
        ),
    ]


def _published(publication: Publication) -> list[tuple[str, object]]:
    facts = asdict(publication)
    versions = facts.pop("package_versions")
    plain = [(name.replace("_", " "), value) for name, value in facts.items()]
    return [*plain, *versions.items()]
