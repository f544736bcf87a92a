"""A build of dbt that was recorded, to be played back in a moment."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
from linksignal.files import drafts
from linksignal.publish.database import read_info
from linksignal.publish.root import Root
from linksignal.publish.run import Run
from linksignal.report import generator

DATABASE = "linksignal.duckdb"
DOCUMENTS = ("manifest.json", "run_results.json")
# Steps of a refresh, in order.
STEPS = (
    "sweep",
    "load",
    "inputs",
    "compare",
    "reuse",
    "build",
    "gate",
    "export",
    "verify",
    "publish",
    "archive",
    "report",
)


def brief_report(root: Root) -> list[str]:
    """Write one line in place of the report, which takes a second.

    As the report itself, it goes where the published file cannot be read.
    """
    try:
        run_id = read_info(root.published)["run_id"]
    except duckdb.Error as error:
        root.report.unlink()
        return [f"published, but without a report: {error}"]
    head = f'<meta name="generator" content="{generator(run_id)}">'
    with drafts(root.path) as draft:
        (draft / root.report.name).write_text(head, encoding="utf-8")
    return []


@dataclass(frozen=True)
class Recorded:
    """What dbt left in a run's folder.

    Parameters
    ----------
    folder : Path
        The database and dbt's two documents.
    raw_dir : Path
        Raw directory it was built from.
    """

    folder: Path
    raw_dir: Path

    @property
    def database(self) -> Path:
        """The database."""
        return self.folder / DATABASE

    def replay(self, run: Run, *_: object) -> int:
        """Leave in a run what dbt left; stands in for ``run_dbt``."""
        run.target.mkdir()
        for name in DOCUMENTS:
            shutil.copyfile(self.folder / name, run.target / name)
        shutil.copyfile(self.database, run.database)
        return 0

    def documents(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return manifest and run results, to be altered."""
        manifest, results = (
            json.loads((self.folder / name).read_text("utf-8"))
            for name in DOCUMENTS
        )
        return manifest, results

    def altered(self, folder: Path, *statements: str) -> Recorded:
        """Copy the recording, with another content of the database."""
        shutil.copytree(self.folder, folder)
        with duckdb.connect(str(folder / DATABASE)) as connection:
            for statement in statements:
                connection.execute(statement)
        return Recorded(folder, self.raw_dir)
