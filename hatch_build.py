"""What the wheel carries beside the Python package: the dbt project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# Where linksignal/project.py looks for it.
FOLDER = "linksignal/dbt"
PARTS = (
    "dbt_project.yml",
    "profiles.yml",
    "macros",
    "models",
    "seeds",
    "tests/generic",
    "docs/own_formats.md",
)


class ProjectHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the dbt project to a wheel; a checkout is one itself."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add it.

        Parameters
        ----------
        version : str
            ``standard``, or ``editable``.
        build_data : dict
            Hatchling's; gets files by their place in the wheel.
        """
        if version == "standard":
            root = Path(self.root)
            analyses = root.glob("analysis/*.sql")
            parts = [str(path.relative_to(root)) for path in analyses]
            build_data["force_include"].update(
                {part: f"{FOLDER}/{part}" for part in (*PARTS, *parts)}
            )
