"""``linksignal refresh``: build apart, check, publish."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linksignal.errors import ExitCode, LinksignalError
from linksignal.paths import plain_folder
from linksignal.saying import say

if TYPE_CHECKING:
    from linksignal.publish.refresh import Options

_DEFAULT_KEEP = 3


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "refresh",
        help="build, check, and publish a read-only file for readers",
        description="Build in a folder apart, and replace "
        "DIR/linksignal_published.duckdb only when everything was built and "
        "every test passed. Exit codes: 0 published, 1 the data failed, 2 "
        "configuration or engine, 3 a file was refused, 75 busy. After any "
        "but 0 readers see what they saw before.",
    )
    add_root(parser)
    parser.add_argument(
        "--raw",
        required=True,
        type=Path,
        metavar="DIR",
        help="raw directory to build from",
    )
    parser.add_argument(
        "--load",
        nargs="+",
        type=Path,
        default=[],
        metavar="FILE",
        help="exports to load into the raw directory first; those whose "
        "content it already has are skipped",
    )
    parser.add_argument(
        "--vars", default="{}", metavar="YAML", help="as dbt takes them"
    )
    parser.add_argument(
        "--keep",
        type=_whole,
        default=_DEFAULT_KEEP,
        metavar="N",
        help="published files to keep for a rollback, the current one "
        "included (default: %(default)s)",
    )
    parser.add_argument(
        "--max-age-days",
        type=_whole,
        metavar="N",
        help="how old the newest as_of of a raw table may be",
    )
    parser.add_argument(
        "--stale",
        choices=("warn", "stop"),
        default="warn",
        help="what an older one does: warn, or stop before building with exit "
        "code 1 (default: %(default)s)",
    )
    add_json(parser)
    parser.set_defaults(run=run)


def add_root(parser: argparse.ArgumentParser) -> None:
    """Add ``--root``, which all commands of publishing share."""
    parser.add_argument(
        "--root",
        required=True,
        type=Path,
        metavar="DIR",
        help="folder of the published file, of the kept ones, and of the runs",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """Add ``--json``, which all commands of publishing share."""
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object instead"
    )


def tell_warnings(warnings: Sequence[str]) -> None:
    """Say what did not keep a file from being published."""
    for warning in warnings:
        say(f"linksignal: warning: {warning}", sys.stderr)


def print_json(answer: dict[str, Any]) -> None:
    """Print one JSON object; times and dates as text."""
    say(json.dumps(answer, default=str))


def run(args: argparse.Namespace) -> int:
    """Refresh what is published.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0 when the new file is published.

    Raises
    ------
    LinksignalError
        Nothing was published; the code says why.
    """
    from linksignal.publish.refresh import refresh
    from linksignal.publish.refresh_report import answer, failure, report
    from linksignal.publish.root import named_root

    root = named_root(args.root)
    try:
        published = refresh(root, _options(args))
    except LinksignalError as error:
        if args.json:
            print_json(failure(root, error))
        raise
    tell_warnings(published.run.warnings)
    if args.json:
        print_json(answer(published, root))
    else:
        say(report(published, root))
    return int(ExitCode.OK)


def _options(args: argparse.Namespace) -> Options:
    from linksignal.publish.refresh import Options

    return Options(
        raw_dir=plain_folder(args.raw, "--raw"),
        load=tuple(args.load),
        variables=_variables(args.vars),
        keep_count=args.keep,
        max_age_days=args.max_age_days,
        stops_when_stale=args.stale == "stop",
    )


def _variables(text: str) -> dict[str, Any]:
    import yaml

    try:
        variables = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise LinksignalError(f"--vars is not YAML: {text}") from error
    if not isinstance(variables, dict):
        raise LinksignalError(
            f"--vars must be names and values, like '{{seed: 1}}': {text}"
        )
    for name in ("raw_dir", "raw_database", "raw_schema"):
        if name in variables:
            raise LinksignalError(
                f"--vars must not name {name}: a refresh builds from the "
                "files in --raw, whose content it can identify (how to copy "
                "tables of a database there: docs/scheduling.md)"
            )
    return variables


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)
