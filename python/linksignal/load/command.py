"""``linksignal load``: read exports into a raw directory."""

from __future__ import annotations

import argparse
import re
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from linksignal.errors import ExitCode
from linksignal.paths import plain_folder
from linksignal.saying import say


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "load",
        help="read exports of backlink tools and AI trackers",
        description="Read exports into a raw directory. The format is told "
        "by the header. Where a file is refused, none lands.",
    )
    parser.add_argument(
        "files",
        nargs="+",
        type=Path,
        metavar="FILE",
        help="export, gzipped or not, folder of exports, or zip archive",
    )
    parser.add_argument(
        "--raw",
        required=True,
        type=Path,
        metavar="DIR",
        help="raw directory to land in; created when it does not exist",
    )
    parser.add_argument(
        "--format", metavar="NAME", help="format of the files, if not told"
    )
    parser.add_argument(
        "--as-of",
        type=_day,
        metavar="YYYY-MM-DD",
        help="date the files describe, where they do not say",
    )
    parser.add_argument(
        "--source",
        type=_source,
        metavar="NAME",
        help="tool the files come from, where it is not the format's",
    )
    parser.add_argument(
        "--domain",
        metavar="D",
        help="domain the files are about, where they do not say",
    )
    parser.add_argument(
        "--platform",
        metavar="P",
        help="AI platform the files are about, where they do not say",
    )
    parser.add_argument(
        "--partial",
        action="store_true",
        help="count the links of a sample, or of a report of some links, in "
        "place of a profile",
    )
    parser.add_argument(
        "--max-rejected",
        type=_share,
        default=0.01,
        metavar="SHARE",
        help="share of rejected records beyond which a file is refused "
        "(default: %(default)s)",
    )
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="say what would land; the raw directory stays as it is",
    )
    parser.add_argument(
        "--quiet",
        action="store_true",
        help="print warnings and errors only",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Load files into a raw directory.

    Parameters
    ----------
    args : argparse.Namespace
        What `add_parser` declares.

    Returns
    -------
    int
        0 when every file has landed, or would; 3 when the others have, and
        a file has nothing to land.

    Raises
    ------
    LinksignalError
        Exit code 2 for a wrong option, 3 for a refused file, 75 while
        another load writes to the directory. Nothing has landed then.
    """
    from linksignal.load.batch import load_files
    from linksignal.load.progress import Progress
    from linksignal.load.stage import Options
    from linksignal.load.summary import report, warnings

    raw_dir = plain_folder(args.raw, "--raw")
    options = Options(
        args.as_of,
        args.source,
        args.domain,
        args.max_rejected,
        args.platform,
        args.partial,
    )
    loaded = load_files(
        args.files,
        raw_dir,
        options,
        args.format,
        is_dry_run=args.dry_run,
        progress=None if args.quiet else Progress.on_stderr(),
    )
    for warning in warnings(loaded.staged):
        print(f"linksignal: warning: {warning}", file=sys.stderr)
    for error in loaded.without_data:
        print(f"linksignal: {error}", file=sys.stderr)
    if not args.quiet:
        say(report(loaded.staged, raw_dir, is_dry_run=args.dry_run))
    return int(ExitCode.INPUT_REJECTED if loaded.without_data else ExitCode.OK)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a date like 2026-01-31"
        ) from error
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise argparse.ArgumentTypeError(f"{text} lies in the future")
    return day


def _source(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a name of letters, digits, _, . and -"
        )
    return text.lower()


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a share between 0 and 1"
        )
    return share
