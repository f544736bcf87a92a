"""The pages with charts, in their order."""

from __future__ import annotations

from linksignal.report.correlation_figures import (
    coefficient_figure,
    platform_figure,
)
from linksignal.report.decile_figures import decile_figures
from linksignal.report.figure import Section, Table, table_of
from linksignal.report.pair_figures import pair_figures
from linksignal.report.study import Rows, Study, pick
from linksignal.report.threshold_figures import tier_figure, zero_figure
from linksignal.report.threshold_sentences import (
    is_kink_shown,
    threshold_sentence,
)
from linksignal.report.wording import ALL

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
        Correlations, authority, kinds of links, platforms.
    """
    return [
        _correlations(study),
        _authority(study),
        _kinds_of_links(study),
        _platforms(study),
    ]


def _correlations(study: Study) -> Section:
    return Section(
        "correlations",
        "Correlations",
        "Correlations",
        [
            "How closely each backlink signal goes with being named, over all "
            "platforms. A coefficient of 0 is no association, 1 the closest; "
            "it does not say that links cause mentions.",
            *study.summed_note(),
        ],
        [
            coefficient_figure(study, "ai_mentions"),
            coefficient_figure(study, "share_of_voice"),
        ],
        [
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
                pick(study.correlations, platform=ALL),
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
    kinks = study.in_order(pick(study.thresholds, quantity="kink"))
    return Section(
        "authority",
        "Authority",
        "Mentions by authority, and the threshold",
        [
            "Domains in up to ten groups of about equal size by authority "
            "score, equal scores together. Whether mentions take off only "
            "above some score is tested against a smooth curve: a steep end "
            "is not yet a threshold.",
            *(threshold_sentence(row, study.alpha) for row in kinks),
            *_power_notes(study, kinks),
        ],
        [*decile_figures(study), zero_figure(study), tier_figure(study)],
    )


def _power_notes(study: Study, kinks: Rows) -> list[str]:
    """Say what the kink test finds, where it found none."""
    return list(
        dict.fromkeys(
            row["power_note"]
            for row in kinks
            if row["power_note"] is not None
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
        [
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
        [
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
