"""Where exported tables come from, in a few lines."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from linksignal.show.findings import Findings

_SIMULATED = "yes: these results describe no real domain"


def provenance(findings: Findings) -> dict[str, Any]:
    """Run, version, seed and whether the data are simulated.

    Parameters
    ----------
    findings : Findings
        An open database, built or published.

    Returns
    -------
    dict
        Values by label, in the order to show them. A plain build has no run;
        what a database does not say is left out.
    """
    facts: dict[str, Any] = {
        "Simulated": _SIMULATED if findings.simulated_note() else "no",
        "Database": findings.path.name,
    }
    info = _publish_info(findings)
    if info:
        facts |= {
            "Run": info["run_id"],
            "Published (UTC)": info["published_at"],
            "Built by": f"linksignal {info['linksignal_version']}, dbt "
            f"{info['dbt_version']}",
        }
    ((seed,),) = findings.rows("select max(seed) from findings.correlations")
    facts |= {
        "Seed": seed,
        "Exported by": f"linksignal {metadata.version('linksignal')}",
    }
    return {label: value for label, value in facts.items() if value is not None}


def _publish_info(findings: Findings) -> dict[str, Any] | None:
    published = findings.rows(
        "select count(*) from information_schema.tables "
        "where table_schema = 'main' and table_name = 'publish_info'"
    )
    if published == [(0,)]:
        return None
    columns = [name for name, *_ in findings.rows("describe publish_info")]
    (row,) = findings.rows("from publish_info")
    return dict(zip(columns, row, strict=True))
