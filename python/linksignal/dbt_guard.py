"""A dbt-duckdb plugin that turns an unusable database into one sentence.

Without it a missing folder or a locked file ends ``dbt build`` in a page of
Python. Named in ``profiles.yml``; dbt imports it, nothing else does.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.plugins import BasePlugin
from dbt_common.exceptions import DbtRuntimeError


def refusal(path: str) -> str | None:
    """Say why a database file cannot be opened for writing.

    Parameters
    ----------
    path : str
        Path of the DuckDB file, or ``:memory:``.

    Returns
    -------
    str or None
        One sentence; None when the file can be opened or created.
    """
    if path == ":memory:":
        return None
    folder = Path(path).absolute().parent
    if not folder.is_dir():
        return (
            f"the database folder {folder} does not exist: create it, or set "
            "LINKSIGNAL_DATABASE to a file in a folder that does"
        )
    try:
        duckdb.connect(path).close()
    except duckdb.Error as error:
        holder = re.search(r"\(PID (\d+)\)", str(error))
        if holder:
            return (
                f"the database {path} is locked by process {holder[1]}: wait "
                "for it to end, or set LINKSIGNAL_DATABASE to another file"
            )
        reason = str(error).splitlines()[0]
        return f"the database {path} cannot be opened: {reason}"
    return None


class Plugin(BasePlugin):
    """Checks the database file before dbt opens it."""

    def update_connection_config(
        self, creds: Any, config: dict[str, Any]
    ) -> None:
        """Raise dbt's own error, which dbt prints as one sentence.

        Parameters
        ----------
        creds : DuckDBCredentials
            The profile's credentials; ``path`` is read.
        config : dict
            Options of the connection; left as they are.
        """
        reason = refusal(creds.path)
        if reason:
            raise DbtRuntimeError(reason)
