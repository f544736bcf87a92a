"""What docs/spark.md tells its reader to write, as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from spark_dbt import PROJECT_DIR

GUIDE = (PROJECT_DIR / "docs" / "spark.md").read_text(encoding="utf-8")


def outputs() -> dict[str, dict[str, object]]:
    """Outputs for a profiles.yml, by name."""
    blocks = re.findall(r"^```yaml\n(.*?)^```", GUIDE, re.M | re.S)
    return yaml.safe_load("\n".join(blocks))


def cluster_defaults() -> str:
    """What is to be set on a cluster, as spark-defaults.conf has it."""
    (found,) = re.findall(r"^```\n(spark\.sql.*?)^```", GUIDE, re.M | re.S)
    return found


def write_profile(folder: Path, name: str, **changes: object) -> Path:
    """Write a profiles.yml with one of the outputs; give its folder."""
    output = {**outputs()[name], **changes}
    profile = {"linksignal": {"target": name, "outputs": {name: output}}}
    path = folder / "profiles.yml"
    path.write_text(yaml.safe_dump(profile), encoding="utf-8")
    return folder
