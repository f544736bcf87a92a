"""Everything the report reads, read once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from linksignal.report.queries import TABLES
from linksignal.report.wording import ALL, labels
from linksignal.show.all_platforms import all_platforms_sentence
from linksignal.show.findings import Findings
from linksignal.show.publication import Publication, read_publication

Rows = list[dict[str, Any]]

# Level of the tests where no row states one.
DEFAULT_ALPHA = 0.05


@dataclass(frozen=True)
class Study:
    """Rows of the public tables, as the report needs them.

    Attributes
    ----------
    claims, claim_parts, correlations, sensitivities, replication, deciles, \
thresholds, contrasts, coverage, expectations, \
loads, records, brands, deviations, untested : list
        Rows as dicts; correlations without sensitivities, which stand apart;
        contrasts of AI mentions.
    domain_count : int
        Domains of the study.
    simulated_note : str or None
        What must stand over simulated results; None for real data.
    published : Publication or None
        The run that published them; None for a database that dbt wrote.
    """

    claims: Rows
    claim_parts: Rows
    correlations: Rows
    sensitivities: Rows
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
    simulated_note: str | None
    published: Publication | None

    @property
    def alpha(self) -> float:
        """Level of the tests, 0-1."""
        levels = [row["ci_level"] for row in self.claims if row["ci_level"]]
        return round(1 - max(levels), 10) if levels else DEFAULT_ALPHA

    def platforms(self) -> list[str]:
        """All, and every platform with outcomes, in the order of display."""
        return [ALL, *self.covered_platforms()]

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
    ((domain_count,),) = findings.rows("select count(*) from findings.domains")
    return Study(
        **tables,
        domain_count=domain_count,
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
