"""dbt in a process that ends with the one that started it.

``python -P -m linksignal.publish.dbt_process`` takes dbt's own arguments. Its
standard input is a pipe that the refresh holds: when the refresh is killed,
the kernel closes it, and no dbt is left building for nobody.
"""

from __future__ import annotations

import os
import sys
import threading


def end_with_parent() -> None:
    """Wait for the end of standard input, then end the process at once."""
    # Not sys.stdin.read: its lock would be held while Python shuts down.
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(os.EX_TEMPFAIL)


def main() -> None:
    """Run dbt's command line."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    from dbt.cli.main import cli

    cli()


if __name__ == "__main__":
    main()
