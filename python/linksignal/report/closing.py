"""The last pages: data quality, what was not tested, and the method."""

from __future__ import annotations

import json

from linksignal.report.figure import Section, Table, table_of
from linksignal.report.study import MOST_LOADS, Study, pick

EXPECTATION_COLUMNS = (
    "expectation_id severity is_met checked_rows unexpected_rows detail"
)
LOAD_COLUMNS = (
    "file format loaded_at records_read records_landed records_rejected "
    "records_skipped duplicates"
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
            "outcome platform status correlation_count signals largest_n",
            study.untested,
        ),
        table_of(
            "expectations",
            "Expectations, those not met first",
            EXPECTATION_COLUMNS,
            study.expectations,
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
