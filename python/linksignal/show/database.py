"""Which database a command reads."""

from __future__ import annotations

import os
from pathlib import Path


def default_database() -> Path:
    """Path of the database file that ``dbt build`` writes."""
    from linksignal.raw import PROJECT_DIR

    path = os.environ.get("LINKSIGNAL_DATABASE", "warehouse/linksignal.duckdb")
    return (PROJECT_DIR / path).resolve()
