"""The last pages: data quality, what was not tested, and the method."""

from __future__ import annotations

from dataclasses import asdict
from importlib import metadata

from linksignal.lookups import lookup_rows
from linksignal.report.figure import Section, Table, table_of
from linksignal.report.headings import label
from linksignal.report.queries import MOST_LOADS
from linksignal.report.study import Study, pick
from linksignal.show.publication import Publication

EXPECTATION_COLUMNS = (
    "expectation_id severity is_met checked_rows unexpected_rows detail"
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
    "one-sided tests against a margin fixed in advance.",
    "Authority. Medians of deciles have exact intervals from order statistics. "
    "The kink test sets an upward bend against a smooth negative binomial law, "
    "its p from draws of that law, adjusted over platforms. Growth up to and "
    "above the cut is from negative binomial regressions with robust "
    "standard errors.",
    "Claims. Each stands for itself: its parts are tested both ways, with half "
    "of the level for either, and adjusted by Holm within the claim. Whether a "
    "verdict would survive adjusting over all claims stands beside it.",
    "An interval concerns new domains under these prompts, not other prompts, "
    "dates or platforms.",
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
