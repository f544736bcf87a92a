"""What the report reads of a built database, and the queries it asks."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from linksignal.report.wording import ALL, labels
from linksignal.show.findings import Findings, Publication, read_publication
from linksignal.show.overview import all_platforms_sentence

Rows = list[dict[str, Any]]

_PERCENTILE_SCALES = """
select distinct authority_scale from findings.domains
where authority_scale <> '0-100' order by authority_scale
"""

# Level of the tests where no row states one.
DEFAULT_ALPHA = 0.05


@dataclass(frozen=True)
class Study:
    """Rows of the public tables, as the report needs them.

    Attributes
    ----------
    study_overview, claims, claim_parts, correlations, sensitivities, \
replication, deciles, thresholds, contrasts, joint_summaries, joint_effects, \
signal_importance, panel_effects, standings, outlooks, sources, links, \
coverage, expectations, loads, records, brands, deviations, untested : list
        Rows as dicts; correlations without sensitivities, which stand apart;
        contrasts, joint effects and shares of AI mentions; domains that are
        named less or more than usual, over all platforms.
    percentile_scales : list of str
        Scales that the authority score is the percentile on; none where it
        is a score of 0-100.
    simulated_note : str or None
        What must stand over simulated results; None for real data.
    published : Publication or None
        The run that published them; None for a database that dbt wrote.
    """

    study_overview: Rows
    claims: Rows
    claim_parts: Rows
    correlations: Rows
    sensitivities: Rows
    replication: Rows
    deciles: Rows
    thresholds: Rows
    contrasts: Rows
    joint_summaries: Rows
    joint_effects: Rows
    signal_importance: Rows
    panel_effects: Rows
    standings: Rows
    outlooks: Rows
    sources: Rows
    links: Rows
    coverage: Rows
    expectations: Rows
    loads: Rows
    records: Rows
    brands: Rows
    deviations: Rows
    untested: Rows
    percentile_scales: list[str]
    simulated_note: str | None
    published: Publication | None

    @property
    def overview(self) -> dict[str, Any]:
        """The one row of the study as a whole."""
        (row,) = self.study_overview
        return row

    @property
    def alpha(self) -> float:
        """Level of the tests, 0-1."""
        levels = [row["ci_level"] for row in self.claims if row["ci_level"]]
        return round(1 - max(levels), 10) if levels else DEFAULT_ALPHA

    def platforms(self) -> list[str]:
        """All, and every platform with outcomes, in the order of display.

        One platform alone is all there is: it does not stand there twice.
        """
        covered = self.covered_platforms()
        summed = [row for row in self.coverage if row["is_in_all"]]
        return covered if len(covered) == len(summed) == 1 else [ALL, *covered]

    def in_order(self, rows: Rows) -> Rows:
        """Rows in the order of their ``platform``, unknown ones last."""
        order = labels().in_order({row["platform"] for row in rows})
        return sorted(rows, key=lambda row: order.index(row["platform"]))

    def covered_platforms(self) -> list[str]:
        """Platforms of which outcomes are known, without all."""
        return labels().in_order(
            row["platform"]
            for row in self.coverage
            if row["outcome_source"] is not None
        )

    def summed_note(self) -> list[str]:
        """What all platforms together are: one sentence, or none."""
        said = all_platforms_sentence(self.coverage)
        return [] if said is None else [said]


def read_study(findings: Findings) -> Study:
    """Read a built or published database.

    Parameters
    ----------
    findings : Findings
        An open database.

    Returns
    -------
    Study

    Raises
    ------
    LinksignalError
        It holds no complete findings.
    """
    tables = {
        name: finite(findings.records(query)) for name, query in TABLES.items()
    }
    return Study(
        **tables,
        percentile_scales=[
            scale for (scale,) in findings.rows(_PERCENTILE_SCALES)
        ],
        simulated_note=findings.simulated_note(),
        published=read_publication(findings),
    )


def finite(rows: Rows) -> Rows:
    """Rows in which what is no number, or infinite, is missing.

    Parameters
    ----------
    rows : list of dict
        Rows of one table; what another program wrote may hold NaN.

    Returns
    -------
    list of dict
    """
    return [
        {
            name: None
            if isinstance(value, float) and not math.isfinite(value)
            else value
            for name, value in row.items()
        }
        for row in rows
    ]


def pick(rows: Sequence[dict[str, Any]], **wanted: Any) -> Rows:
    """Rows whose columns have these values.

    Parameters
    ----------
    rows : sequence of dict
        Rows of one table.
    **wanted : object
        Value by column.

    Returns
    -------
    list of dict
    """
    return [
        row
        for row in rows
        if all(row[column] == value for column, value in wanted.items())
    ]


# More domains of one standing than this stand in the export alone.
MOST_OUTLOOKS = 100

# Of a domain so many sources and linking domains.
MOST_OPPORTUNITIES = 3

# More loads than this stand in the export alone.
MOST_LOADS = 200

# Domains named less or more than usual, those furthest from it first.
_APART = f"""
    select
        *,
        row_number() over (
            partition by standing
            order by
                abs(ln(1 + ai_mentions) - ln(1 + expected_mentions)) desc,
                domain
        ) as place
    from findings.domain_outlook
    where platform = 'all' and standing in ('less', 'more')
    qualify place <= {MOST_OUTLOOKS}
"""
_LESS = f"select domain from ({_APART}) where standing = 'less'"

TABLES = {
    "study_overview": """
        select
            study_name, market, first_answer_date, last_answer_date,
            first_links_as_of, last_links_as_of, domain_count, known_domains,
            named_domains, reference_count, outside_reference_count
        from findings.study_overview
    """,
    "claims": """
        select
            claim_id, claim, verdict, sentence, parts, parts_shown,
            parts_contrary, parts_open, parts_not_testable, holds_after_holm,
            n, missing, published_label, published, replicated,
            published_difference, ci_level, input_hash
        from findings.claims order by claim_id
    """,
    "claim_parts": """
        select
            claim_id, part, quantity, direction, bound, n, estimate,
            standard_error, degrees_of_freedom, ci_low, ci_high, p_for,
            p_against, p_for_within, p_against_within, state, evidence_for,
            evidence_against, domains_needed, smallest_effect, plain_estimate,
            is_decisive, sentence, status, reason
        from findings.claim_parts order by claim_id, is_decisive desc, part
    """,
    "correlations": """
        select
            signal, outcome, platform, method, controls, n, estimate,
            standard_error, ci_low, ci_high, ci_level, ci_method, p_adjusted,
            p_family_wise, adjust_method, ceiling, share_of_ceiling, auc,
            se_prompt, ci_low_new_prompts, ci_high_new_prompts,
            zero_signal_share, zero_outcome_share, tied_signal_share,
            tied_outcome_share, n_eff, smallest_detectable_r, is_reliable,
            status, p_method, seed, input_hash
        from findings.correlations where sensitivity = 'none' order by all
    """,
    "sensitivities": """
        select
            signal, method, sensitivity, influential_domain, n, estimate,
            ci_low, ci_high, p_adjusted, status, reason
        from findings.correlations
        where
            sensitivity <> 'none' and outcome = 'ai_mentions'
            and platform = 'all'
        order by all
    """,
    "replication": """
        select
            signal, outcome, platform, method, published, is_approximate, n,
            estimate, difference, ci_low, ci_high, is_published_in_interval,
            status, reason
        from findings.replication order by all
    """,
    "deciles": """
        select
            signal, outcome, platform, decile, n, signal_min, signal_max,
            median, ci_low, ci_high, ci_level, ci_method, mean, zero_share,
            status, reason
        from findings.deciles order by all
    """,
    "thresholds": """
        select
            platform, quantity, n, estimate, ci_low, ci_high, ci_level,
            ci_method, p_adjusted, adjust_method, knot, knot_low, knot_high,
            tier_cut_low, tier_cut_high, tier_cut_method, power_note, status,
            reason, seed, input_hash
        from findings.authority_thresholds
        where signal = 'authority_score' and outcome = 'ai_mentions'
        order by all
    """,
    "contrasts": """
        select
            kind, signal_a, platform_a, signal_b, platform_b, domain_set,
            method, n, estimate_a, estimate_b, difference, ci_low, ci_high,
            ci_level, ci_method, ci_low_new_prompts, ci_high_new_prompts,
            p_value, p_adjusted, adjust_method, equivalence_margin,
            p_equivalence, smallest_certified_margin, n_for_power, relation,
            volume_a, volume_b, volume_ratio, status, reason, seed, input_hash
        from findings.correlation_contrasts
        where outcome = 'ai_mentions' order by all
    """,
    "joint_summaries": """
        select platform, effects_sentence, gauge_sentence
        from findings.joint_summaries
        where outcome = 'ai_mentions' order by all
    """,
    "joint_effects": """
        select
            platform, term, n, ratio, ratio_low, ratio_high, p_adjusted,
            doubling_ratio, doubling_ratio_low, doubling_ratio_high,
            variance_inflation, status, reason
        from findings.joint_effects
        where outcome = 'ai_mentions'
        order by platform, ratio desc nulls last, term
    """,
    "signal_importance": """
        select
            platform, term, n, estimate, ci_low, ci_high, rank, rank_low,
            rank_high, probability_first, r_squared, correlation,
            nearest_term, nearest_correlation, status, reason
        from findings.signal_importance
        where outcome = 'ai_mentions'
        order by platform, estimate desc nulls last, term
    """,
    "panel_effects": """
        select
            platform, term, n, months, prompts, estimate, ci_low, ci_high,
            p_value, verdict, sentence, status
        from findings.panel_effects order by platform, term
    """,
    "standings": """
        select
            standing, count(*) as domains,
            max(by_chance_count) as by_chance_count,
            count(distinct reason) as reasons, mode(reason) as reason
        from findings.domain_outlook
        where platform = 'all' group by standing order by all
    """,
    "outlooks": f"""
        select
            domain, standing, ai_mentions, expected_mentions, prediction_low,
            prediction_high
        from ({_APART}) order by standing, place
    """,
    "sources": f"""
        select
            domain, cited_domain, platform, absent_answers, citing_answers,
            topic_answers, rivals
        from findings.source_opportunities
        semi join ({_LESS}) using (domain)
        qualify
            row_number() over (
                partition by domain
                order by absent_answers desc, cited_domain, platform
            ) <= {MOST_OPPORTUNITIES}
        order by domain, absent_answers desc, cited_domain, platform
    """,
    "links": f"""
        select
            domain, linking_domain, rivals, links, follow_links,
            highest_page_score
        from findings.link_opportunities
        semi join ({_LESS}) using (domain)
        qualify
            row_number() over (
                partition by domain
                order by
                    rivals desc, highest_page_score desc nulls last,
                    linking_domain
            ) <= {MOST_OPPORTUNITIES}
        order by
            domain, rivals desc, highest_page_score desc nulls last,
            linking_domain
    """,
    "coverage": """
        select
            platform, is_study_platform, outcome_source, is_in_all,
            totals_source, answer_count,
            branded_answers, unknown_branding_share, undated_answers,
            first_answer_date, last_answer_date, domain_count,
            domains_with_outcome, referenced_domains, zero_share, ai_mentions
        from findings.platform_coverage order by all
    """,
    "expectations": """
        select
            expectation_id, severity, is_met, checked_rows, unexpected_rows,
            detail
        from quality.data_quality order by is_met, severity, expectation_id
    """,
    "loads": f"""
        select
            file, format, loaded_at, records_read, records_landed,
            records_rejected, records_skipped, duplicates
        from quality.load_accounting order by loaded_at desc, file
        limit {MOST_LOADS}
    """,
    "records": """
        select
            raw_table, raw_records, kept_records, outside_records,
            superseded_records, unaccounted_records
        from quality.record_accounting order by raw_table
    """,
    "brands": """
        select
            status, count(*) as brand_count,
            sum(answer_count)::bigint as answer_count
        from quality.brand_names group by status order by status
    """,
    "deviations": """
        select
            check_name, count(*) as domain_count,
            median(abs(relative_difference)) as median_relative_difference
        from quality.link_count_deviations group by check_name order by all
    """,
    "untested": """
        select
            outcome, platform, status, count(*) as correlation_count,
            string_agg(distinct signal, ', ' order by signal) as signals,
            max(n) as largest_n
        from findings.correlations
        where sensitivity = 'none' and estimate is null
        group by all order by all
    """,
}
