"""``linksignal status``: what is published, and what went wrong last."""

from __future__ import annotations

import argparse
import json
from typing import Any

from linksignal.errors import ExitCode
from linksignal.publish.refresh_command import add_json, add_root, print_json
from linksignal.saying import say


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "status",
        help="what is published, since when, from what; the last failure",
        description="Exit code 0 when the published file is there and as it "
        "was published, else 2.",
    )
    add_root(parser)
    add_json(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the state of a root.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0 when there is a published file and it can be trusted, else 2.
    """
    from linksignal.publish.root import named_root, refusals_told
    from linksignal.publish.status import status

    root = named_root(args.root)
    with refusals_told(root):
        state = status(root)
    if args.json:
        print_json(state)
    else:
        say(_report(state))
    return int(ExitCode.CONFIGURATION if state["fault"] else ExitCode.OK)


def _report(state: dict[str, Any]) -> str:
    lines = [f"file      {state['file']}"]
    info = state["published"]
    if info:
        lines += [
            f"run       {info['run_id']}",
            f"since     {state['since']}",
            f"inputs    {info['load_count']} loads, raw content "
            f"{info['raw_hash'][:12]}, newest {_newest(info)}",
            f"built by  linksignal {info['linksignal_version']}, dbt "
            f"{info['dbt_version']}, seed {info['seed']}",
            f"simulated {'yes' if info['is_simulated'] else 'no'}",
        ]
    if state["fault"]:
        lines.append(f"FAULT     {state['fault']}")
    if state["report_fault"]:
        lines.append(f"report    {state['report_fault']}")
    lines.append(f"kept      {', '.join(state['kept_runs']) or 'none'}")
    lines.append(f"running   {'yes' if state['is_running'] else 'no'}")
    died = state["died"]
    if died:
        over = ", after it had published" if died["is_published"] else ""
        lines.append(
            f"died      {died['run_id']} was ended from outside during step "
            f"{died['step']}{over}; the next refresh clears it away"
        )
    failure = state["last_failure"]
    if failure:
        over = ", published since" if failure["is_over"] else ""
        lines.append(
            f"failed    {failure['run_id']} at {failure['at']}, exit code "
            f"{failure['exit_code']}{over}: {failure['reason']}"
        )
    return "\n".join(lines)


def _newest(info: dict[str, Any]) -> str:
    dates = [day for day in json.loads(info["newest_as_of"]).values() if day]
    return max(dates, default="unknown")
