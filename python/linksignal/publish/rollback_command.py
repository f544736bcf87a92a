"""``linksignal rollback``: an earlier published file takes its place again."""

from __future__ import annotations

import argparse

from linksignal.errors import ExitCode
from linksignal.publish.refresh_command import (
    add_json,
    add_root,
    print_json,
    tell_warnings,
)
from linksignal.saying import say


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "rollback",
        help="publish an earlier file again",
        description="The file published before the current one takes its "
        "place, at once. Exit codes: 0 done, 2 no such file, 75 busy.",
    )
    add_root(parser)
    parser.add_argument(
        "--to",
        metavar="RUN_ID",
        help="run whose file to publish (linksignal status lists them)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Roll back what is published.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0.

    Raises
    ------
    LinksignalError
        Nothing was changed.
    """
    from linksignal.publish.rollback import rollback
    from linksignal.publish.root import named_root, refusals_told

    root = named_root(args.root)
    with refusals_told(root):
        info = rollback(root, args.to)
    if args.json:
        print_json({"event": "rolled_back", "exit_code": 0, **info})
    else:
        say(f"published {root.published}\n  run {info['run_id']} again")
        tell_warnings(info["warnings"])
    return int(ExitCode.OK)
