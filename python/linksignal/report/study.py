"""Everything the report reads, read once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linksignal.report.wording import ALL, labels
from linksignal.show.findings import Findings

Rows = list[dict[str, Any]]

# More loads than this stand in the export alone.
MOST_LOADS = 200

# Level of the tests where no row states one.
DEFAULT_ALPHA = 0.05

_TABLES = {
    "claims": "select * from findings.claims order by claim_id",
    "correlations": (
        "select * from findings.correlations where sensitivity = 'none' "
        "order by all"
    ),
    "replication": "select * from findings.replication order by all",
    "deciles": "select * from findings.deciles order by all",
    "thresholds": "select * from findings.authority_thresholds order by all",
    "contrasts": (
        "select * from findings.correlation_contrasts "
        "where kind = 'signals' and method = 'spearman' order by all"
    ),
    "coverage": "select * from findings.platform_coverage order by all",
    "expectations": (
        "select * from quality.data_quality "
        "order by is_met, severity, expectation_id"
    ),
    "loads": (
        "select file, format, loaded_at, records_read, records_landed, "
        "records_rejected, records_skipped, duplicates "
        "from quality.load_accounting order by loaded_at desc, file "
        f"limit {MOST_LOADS}"
    ),
    "records": "select * from quality.record_accounting order by raw_table",
    "brands": (
        "select status, count(*) as brand_count, "
        "sum(answer_count)::bigint as answer_count "
        "from quality.brand_names group by status order by status"
    ),
    "deviations": (
        "select check_name, count(*) as domain_count, "
        "median(abs(relative_difference)) as median_relative_difference "
        "from quality.link_count_deviations group by check_name order by all"
    ),
    "untested": (
        "select outcome, platform, status, count(*) as correlation_count, "
        "string_agg(distinct signal, ', ' order by signal) as signals, "
        "max(n) as largest_n from findings.correlations "
        "where sensitivity = 'none' and estimate is null "
        "group by all order by all"
    ),
}


@dataclass(frozen=True)
class Study:
    """Rows of the public tables, as the report needs them.

    Attributes
    ----------
    claims, correlations, replication, deciles, thresholds, contrasts, \
coverage, expectations, loads, records, brands, deviations, untested : list
        Rows as dicts; correlations without sensitivities, contrasts by
        Spearman between signals.
    domain_count : int
        Domains of the study.
    is_simulated : bool
        They describe no real domain.
    published : dict or None
        The row of publish_info; None for a database that dbt wrote.
    """

    claims: Rows
    correlations: Rows
    replication: Rows
    deciles: Rows
    thresholds: Rows
    contrasts: Rows
    coverage: Rows
    expectations: Rows
    loads: Rows
    records: Rows
    brands: Rows
    deviations: Rows
    untested: Rows
    domain_count: int
    is_simulated: bool
    published: dict[str, Any] | None

    @property
    def alpha(self) -> float:
        """Level of the tests, 0-1."""
        levels = [row["ci_level"] for row in self.claims if row["ci_level"]]
        return round(1 - max(levels), 10) if levels else DEFAULT_ALPHA

    def platforms(self) -> list[str]:
        """All, and the study's platforms, in the order of display."""
        known = {row["platform"] for row in self.coverage}
        order = list(labels().platforms)
        return [ALL, *sorted(known, key=order.index)]

    def covered_platforms(self) -> list[str]:
        """Platforms of which outcomes are known, without all."""
        covered = {
            row["platform"]
            for row in self.coverage
            if row["outcome_source"] is not None
        }
        return [name for name in self.platforms() if name in covered]


def read_study(path: Path) -> Study:
    """Read a built or published database.

    Parameters
    ----------
    path : Path
        DuckDB file.

    Returns
    -------
    Study

    Raises
    ------
    LinksignalError
        There is no such database, or it holds no complete findings.
    """
    with Findings(path) as findings:
        tables = {
            name: findings.records(query) for name, query in _TABLES.items()
        }
        (domains,) = findings.records(
            "select count(*) as domain_count, "
            "coalesce(bool_or(is_simulated), false) as is_simulated "
            "from findings.domains"
        )
        return Study(
            **tables,
            domain_count=domains["domain_count"],
            is_simulated=domains["is_simulated"],
            published=_published(findings),
        )


def _published(findings: Findings) -> dict[str, Any] | None:
    has_info = findings.rows(
        "select 1 from information_schema.tables "
        "where table_schema = 'main' and table_name = 'publish_info'"
    )
    return findings.records("from main.publish_info")[0] if has_info else None


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
