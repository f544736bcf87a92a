"""What a refresh costs beyond the build, in CPU seconds.

``python benchmarks/publishing.py [--domains N] [--links N]`` draws a study,
refreshes it twice (the second time with a history to carry), and prints the
CPU seconds of dbt's process and of all the rest, fresh process included.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path
from unittest import mock

from linksignal.cli import main
from linksignal.publish import build
from linksignal.publish.refresh import Options, refresh
from linksignal.publish.root import Root


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that ended."""
    usages = (
        resource.getrusage(who)
        for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def measure(root: Root, raw_dir: Path) -> tuple[float, float]:
    """CPU seconds of the build and of the rest of one refresh."""
    run_dbt, built = build.run_dbt, []

    def timed(*arguments: object) -> int:
        begin = cpu_seconds()
        exit_code = run_dbt(*arguments)
        built.append(cpu_seconds() - begin)
        return exit_code

    begin = cpu_seconds()
    with mock.patch.object(build, "run_dbt", timed):
        published = refresh(root, Options(raw_dir))
    rest = cpu_seconds() - begin - built[0]
    size = root.published.stat().st_size / 1e6
    print(
        f"run {published.run.number}: build {built[0]:.1f} CPU s, the rest "
        f"{rest:.2f} CPU s ({rest / built[0]:.1%}), published {size:.1f} MB"
    )
    return built[0], rest


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int)
    parser.add_argument("--links", type=int)
    parser.add_argument("--runs", type=int, default=2)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        raw_dir = Path(folder) / "raw"
        words = ["simulate", "--out", str(raw_dir)]
        if args.domains:
            words += ["--law", "smooth", "--domains", str(args.domains)]
            words += ["--links", str(args.links)]
        main(words)
        for _ in range(args.runs):
            measure(Root(Path(folder) / "root"), raw_dir)
