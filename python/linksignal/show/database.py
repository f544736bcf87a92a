"""Which database a command reads."""

from __future__ import annotations

import argparse
import os
from pathlib import Path


def add_database(parser: argparse.ArgumentParser) -> None:
    """Let a command read a database of the user's choice.

    Parameters
    ----------
    parser : argparse.ArgumentParser
        Gets ``--db``, a Path; None stands for `default_database`.
    """
    parser.add_argument(
        "--db",
        type=Path,
        help="database file, built or published (default: LINKSIGNAL_DATABASE, "
        "else the project's)",
    )


def default_database() -> Path:
    """Path of the database file that ``dbt build`` writes."""
    from linksignal.raw import PROJECT_DIR

    path = os.environ.get("LINKSIGNAL_DATABASE", "warehouse/linksignal.duckdb")
    return (PROJECT_DIR / path).resolve()
