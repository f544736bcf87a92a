"""Where exported tables come from, in a few lines."""

from __future__ import annotations

from importlib import metadata
from typing import Any

from linksignal.show.findings import Findings
from linksignal.show.publication import read_publication

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
    published = read_publication(findings)
    if published:
        facts |= {
            "Run": published.run_id,
            "Published (UTC)": published.published_at,
            "Built by": f"linksignal {published.linksignal_version}, dbt "
            f"{published.dbt_version}",
        }
    ((seed,),) = findings.rows("select max(seed) from findings.correlations")
    facts |= {
        "Seed": seed,
        "Exported by": f"linksignal {metadata.version('linksignal')}",
    }
    return {label: value for label, value in facts.items() if value is not None}
