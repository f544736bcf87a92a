"""A refresh from a recording that waits in its build until a file is there.

``python slow_refresh.py RECORDED RAW ROOT [FILE]``

Of the bundled sample, which never changes, all is built; of a raw directory of
the test's own what has changed.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from linksignal.cli import main
from linksignal.project import PROJECT_DIR, SAMPLE
from linksignal.publish import build
from recorded_build import Recorded


def replay(run, *words):
    """Say that the build began, wait, and play the recording back."""
    (run.folder / "build_began").touch()
    while gate is not None and not gate.exists():
        time.sleep(0.02)
    return recorded.replay(run, *words)


recorded = Recorded(Path(sys.argv[1]), Path(sys.argv[2]))
gate = Path(sys.argv[4]) if len(sys.argv) > 4 else None
build.run_dbt = replay
words = ["--root", sys.argv[3], "--raw", sys.argv[2]]
if recorded.raw_dir == PROJECT_DIR / SAMPLE:
    words.append("--force")
sys.exit(main(["refresh", *words]))
