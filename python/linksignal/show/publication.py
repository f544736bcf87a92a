"""Which run published a database, as publish_info says."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass

from linksignal.errors import LinksignalError
from linksignal.show.findings import Findings

_HAS_INFO = """
select 1 from information_schema.tables
where table_schema = 'main' and table_name = 'publish_info'
"""

# By name, so that a file of another version is told as one.
_INFO = """
select
    run_id, published_at, raw_hash, loads_hash, load_count,
    linksignal_version, dbt_version, package_versions
from main.publish_info
"""


@dataclass(frozen=True)
class Publication:
    """The run behind a published database.

    Attributes
    ----------
    run_id : str
        The run.
    published_at : datetime
        Time of the export, UTC.
    raw_hash : str
        SHA-256 over names and contents of the raw files.
    loads_hash : str or None
        SHA-256 over those of the loads.
    load_count : int
        Loaded exports.
    linksignal_version, dbt_version : str
        What built it.
    package_versions : mapping of str to str
        Versions of the other packages.
    """

    run_id: str
    published_at: datetime.datetime
    raw_hash: str
    loads_hash: str | None
    load_count: int
    linksignal_version: str
    dbt_version: str
    package_versions: Mapping[str, str]


def read_publication(findings: Findings) -> Publication | None:
    """Read which run published a database.

    Parameters
    ----------
    findings : Findings
        An open database.

    Returns
    -------
    Publication or None
        None for a database that dbt wrote.

    Raises
    ------
    LinksignalError
        publish_info is of another version, or its versions are no JSON object.
    """
    if not findings.rows(_HAS_INFO):
        return None
    for row in findings.records(_INFO):
        versions = _parsed(row["package_versions"])
        if versions is None:
            raise LinksignalError(
                f"the database {findings.path} was altered: package_versions "
                "in its publish_info is no JSON object; refresh again"
            )
        return Publication(**row | {"package_versions": versions})
    return None


def _parsed(text: str | None) -> dict[str, str] | None:
    try:
        versions = json.loads("{}" if text is None else text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(versions, dict):
        return None
    return {str(name): str(version) for name, version in versions.items()}
