"""The command ``linksignal simulate``."""

from __future__ import annotations

import argparse
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from linksignal.errors import LinksignalError
from linksignal.files import is_real_file, is_real_folder
from linksignal.simulate import LAW_KINDS

DEFAULT_DOMAINS = 1_000
DEFAULT_LAW_SEED = 1

# How the README of a simulated study begins.
LABEL = "# Simulated data:"


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> None:
    """Add the command to the command line."""
    parser = subparsers.add_parser(
        "simulate",
        help="draw a study with known properties as raw tables",
        description=(
            "Draw a study as raw tables. Without --law, --domains and --links "
            "it is the calibrated study of 1,000 domains that the project "
            "bundles; with any of them it follows a law with a known truth."
        ),
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")
    parser.add_argument("--law", choices=LAW_KINDS)
    parser.add_argument("--domains", type=int, metavar="N")
    parser.add_argument(
        "--links", type=int, metavar="N", help="exact number of link rows"
    )
    parser.add_argument(
        "--threshold-score",
        type=int,
        metavar="S",
        help="score at which law threshold begins to rise (default 60)",
    )
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the simulated study that DIR holds",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Draw the study, write it, and say what it is in one line."""
    _check_numbers(args)
    _check_out(args.out, overwrite=args.overwrite)
    try:
        args.out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(
            dir=args.out.parent, prefix=".simulate-"
        ) as scratch:
            said = _draw(args, Path(scratch))
            # Files may have come while the study was drawn.
            _check_out(args.out, overwrite=args.overwrite)
            _move(Path(scratch), args.out)
    except OSError as error:
        raise LinksignalError(
            f"--out {args.out} cannot be written: {error.strerror}."
        ) from error
    print(f"{args.out}: {said}")
    return 0


def _draw(args: argparse.Namespace, raw_dir: Path) -> str:
    from linksignal.simulate import folders, laws

    if _is_calibrated(args):
        return folders.write_calibrated(raw_dir, args.seed)
    said = folders.write_law(
        raw_dir,
        laws.planted(
            args.law or "smooth", threshold_score=args.threshold_score
        ),
        domains=args.domains or DEFAULT_DOMAINS,
        rows=args.links,
        seed=DEFAULT_LAW_SEED if args.seed is None else args.seed,
    )
    if args.law is None:
        said += "; only the study without --domains and --links is calibrated"
    return said


def _is_calibrated(args: argparse.Namespace) -> bool:
    return args.law is None and args.domains is None and args.links is None


def _check_numbers(args: argparse.Namespace) -> None:
    for option in ("domains", "links"):
        value = getattr(args, option)
        if value is not None and value < 1:
            raise LinksignalError(f"--{option} must be at least 1.")
    if args.seed is not None and args.seed < 0:
        raise LinksignalError("--seed must be 0 or larger.")
    domains = args.domains or DEFAULT_DOMAINS
    if args.links is not None and args.links < domains:
        raise LinksignalError(
            f"--links {args.links} is too few: each of the {domains} domains "
            "has at least one link; raise it or lower --domains."
        )
    if args.threshold_score is None:
        return
    if args.law != "threshold":
        raise LinksignalError("--threshold-score needs --law threshold.")
    if not 1 <= args.threshold_score <= 99:
        raise LinksignalError("--threshold-score must be from 1 to 99.")


def _check_out(out: Path, *, overwrite: bool) -> None:
    if out.exists() and not out.is_dir():
        raise LinksignalError(f"--out {out} is a file; name a folder.")
    if not overwrite and out.is_dir() and any(out.iterdir()):
        raise LinksignalError(
            f"--out {out} is not empty; name another folder or add "
            "--overwrite to replace the simulated study in it."
        )
    foreign = next(_foreign_files(out), None)
    if foreign:
        raise LinksignalError(
            f"--out {out} holds {foreign.relative_to(out)}, which is not of a "
            "simulated study; name another folder."
        )


def _foreign_files(out: Path) -> Iterator[Path]:
    """Files that --overwrite must not touch: all but a simulated study's."""
    from linksignal.raw import raw_schemas

    readme = out / "README.md"
    is_study = is_real_file(readme) and readme.read_text(
        errors="replace"
    ).startswith(LABEL)
    for entry in sorted(out.iterdir()) if out.is_dir() else ():
        if entry.name in raw_schemas() and is_real_folder(entry):
            yield from (
                file
                for file in sorted(entry.iterdir())
                if not (is_study and _is_simulated(file))
            )
        elif not (is_study and entry == readme):
            yield entry


def _is_simulated(file: Path) -> bool:
    """Whether a file of a study bears a name that a simulation gives it."""
    from linksignal.raw import raw_schemas
    from linksignal.simulate.write import load_id_of

    folder = file.parent.name
    tables = raw_schemas() if folder == "loads" else (folder,)
    return (
        is_real_file(file)
        and file.suffix == ".parquet"
        and file.stem in {load_id_of(table) for table in tables}
    )


def _move(drawn: Path, out: Path) -> None:
    """Put the tables in place of those of an earlier simulated study."""
    from linksignal.raw import raw_schemas

    out.mkdir(exist_ok=True)
    # The README, which says whose study this is, is never missing.
    shutil.move(drawn / "README.md", out / "README.md")
    for table in raw_schemas():
        for file in (out / table).glob("*"):
            if _is_simulated(file):
                file.unlink()
        if is_real_folder(out / table) and not any((out / table).iterdir()):
            (out / table).rmdir()
    for folder in sorted(drawn.iterdir()):
        (out / folder.name).mkdir(exist_ok=True)
        for file in sorted(folder.iterdir()):
            shutil.move(file, out / folder.name / file.name)
