"""The pages of the report, in their order."""

from __future__ import annotations

import json

from linksignal.report.correlation_figures import (
    coefficient_figure,
    platform_figure,
)
from linksignal.report.decile_figures import decile_figures
from linksignal.report.figure import Section, Table, table_of
from linksignal.report.pair_figures import pair_figures
from linksignal.report.study import Study, pick
from linksignal.report.threshold_figures import (
    threshold_sentence,
    tier_figure,
    zero_figure,
)

EXPECTATION_COLUMNS = (
    "expectation_id severity is_met checked_rows unexpected_rows detail"
)
LOAD_COLUMNS = (
    "file format loaded_at records_read records_landed records_rejected "
    "records_skipped duplicates"
)
COVERAGE_COLUMNS = (
    "platform outcome_source totals_source answer_count branded_answers "
    "unknown_branding_share undated_answers first_answer_date "
    "last_answer_date domains_with_outcome referenced_domains zero_share "
    "ai_mentions"
)


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
            "it does not say that links cause mentions."
        ],
        [
            coefficient_figure(study, "ai_mentions"),
            coefficient_figure(study, "share_of_voice"),
        ],
    )


def _authority(study: Study) -> Section:
    order = study.platforms()
    kinks = sorted(
        pick(study.thresholds, quantity="kink"),
        key=lambda row: order.index(row["platform"]),
    )
    return Section(
        "authority",
        "Authority",
        "Mentions by authority, and the threshold",
        [
            "Domains in ten groups of equal size by authority score. Whether "
            "mentions take off only above some score is tested against a "
            "smooth curve: a steep end is not yet a threshold.",
            *(threshold_sentence(row, study.alpha) for row in kinks),
        ],
        [*decile_figures(study), zero_figure(study), tier_figure(study)],
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
    )


def _platforms(study: Study) -> Section:
    return Section(
        "platforms",
        "Platforms",
        "Platforms",
        ["What each platform contributes, and how authority counts on it."],
        [platform_figure(study)],
        [
            table_of(
                "platforms",
                "What the outcomes of each platform rest on",
                COVERAGE_COLUMNS,
                sorted(
                    study.coverage,
                    key=lambda row: study.platforms().index(row["platform"]),
                ),
            )
        ],
    )


def quality_section(study: Study) -> Section:
    """Make the page on data quality, coverage, and what was not tested."""
    met = sum(row["is_met"] for row in study.expectations)
    untestable = pick(study.claims, verdict="not_testable")
    paragraphs = [
        f"{met} of {len(study.expectations)} expectations on the public "
        "tables are met.",
        *(
            f"{row['claim_id']} could not be tested: {row['reason']}"
            for row in untestable
        ),
    ]
    tables = [
        table_of(
            "untested",
            "Correlations without a number, and why",
            "signal outcome platform method status n",
            study.untested,
        ),
        table_of(
            "expectations",
            "Expectations, those not met first",
            EXPECTATION_COLUMNS,
            study.expectations,
        ),
        table_of("loads", "Loaded files", LOAD_COLUMNS, study.loads),
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


def method_section(study: Study) -> Section:
    """Make the page that says how the numbers were made."""
    return Section(
        "methods",
        "Methods",
        "How the numbers were made",
        [
            "Spearman intervals are Bonett and Wright's; Pearson is of "
            "logarithms (log1p) of counts. p values come from permutations "
            "and are adjusted over the family of rows; claims are adjusted by "
            "Holm. Differences of dependent correlations are tested by "
            "influence functions, equality by two one-sided tests.",
            "An interval concerns new domains under these prompts. Mentions "
            "count answers that cite the domain or name its brand; share of "
            "voice leaves out answers to prompts that name a brand.",
        ],
        tables=[_versions(study)],
    )


def _versions(study: Study) -> Table:
    rows = [
        (name, value)
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
    def stated(column: str) -> str:
        values = {
            row[column] for row in study.correlations if row[column] is not None
        }
        return ", ".join(sorted(str(value) for value in values))

    return [
        ("confidence level", stated("ci_level")),
        ("interval methods", stated("ci_method")),
        ("adjustment", stated("adjust_method")),
        ("resamples", stated("resample_count")),
        ("seed", stated("seed")),
        ("hash of the values", stated("input_hash")),
    ]


def _published(info: dict[str, object]) -> list[tuple[str, str | None]]:
    plain = [
        (name.replace("_", " "), str(info[name]))
        for name in (
            "run_id",
            "published_at",
            "raw_hash",
            "loads_hash",
            "load_count",
            "linksignal_version",
            "dbt_version",
        )
        if info.get(name) is not None
    ]
    versions = json.loads(str(info["package_versions"] or "{}"))
    return plain + [(name, str(value)) for name, value in versions.items()]
