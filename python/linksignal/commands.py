"""The commands of ``linksignal``, their options and help texts.

One function is one command: to add one, write a function here under
``@command()``. Its name is the command's, its docstring the help, what it
returns the exit code (None is 0). Whatever it needs is imported within it:
``linksignal --help`` runs this module, and must stay fast.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from linksignal.errors import ExitCode, LinksignalError
from linksignal.load import DEFAULT_MAX_REJECTED
from linksignal.paths import pasted, pasted_vars, plain_folder
from linksignal.project import find_project, raw_folder
from linksignal.publish import DEFAULT_KEEP
from linksignal.report import REPORT_NAME
from linksignal.simulate import LAW_KINDS, PANEL_DIRECTIONS
from linksignal.steps import Steps
from linksignal.text import say


class Command(click.Command):
    """A command whose options take a value each, or as many as follow.

    An option declared with ``multiple`` takes all words up to the next
    option: ``--load a.csv b.csv``. A forgotten value is told: no option
    takes the next option for its value.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Write out the option before each of its values, then parse."""
        return super().parse_args(ctx, list(self._written_out(ctx, args)))

    def _written_out(self, ctx: click.Context, args: list[str]) -> list[str]:
        valued = {
            name: option
            for option in self.get_params(ctx)
            if isinstance(option, click.Option) and not option.is_flag
            for name in option.opts
        }
        words, rest = [], list(args)
        while rest and rest[0] != "--":
            word = rest.pop(0)
            words.append(word)
            if word not in valued:
                continue
            if not rest or _is_option(rest[0]):
                raise click.BadOptionUsage(word, f"{word} needs a value", ctx)
            words.append(rest.pop(0))
            while valued[word].multiple and rest and not _is_option(rest[0]):
                words += [word, rest.pop(0)]
        return words + rest


def _is_option(word: str) -> bool:
    return bool(re.match(r"-[^\d.]", word))


class Group(click.Group):
    """The table of commands, listed in the order in which they are written."""

    command_class = Command

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names of the commands."""
        return list(self.commands)


def _print_version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib import metadata

        click.echo(f"linksignal {metadata.version('linksignal')}")
        ctx.exit()


@click.group(
    cls=Group,
    no_args_is_help=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def linksignal() -> None:
    """Test whether backlinks matter for being named in AI answers."""


command = linksignal.command


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a date like 2026-01-31"
        ) from error
    if day > datetime.now(UTC).date() + timedelta(days=1):
        raise click.BadParameter(f"{text} lies in the future")
    return day


def _source(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", text):
        raise click.BadParameter(
            f"{text!r} is not a name of letters, digits, _, . and -"
        )
    return text.lower()


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise click.BadParameter(f"{text!r} is not a share between 0 and 1")
    return share


def _row_count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise click.BadParameter(
            f"{text!r} is not a number of rows (0 shows all)"
        )
    return int(text)


def _condition(text: str) -> tuple[str, str]:
    column, sign, value = text.partition("=")
    if not sign or not column.strip():
        raise click.BadParameter(
            f"{text!r} is not a condition; write it like platform=chatgpt"
        )
    return column.strip(), value.strip()


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise click.BadParameter(f"{text!r} is not a number from 1")
    return int(text)


database_option = click.option(
    "--db",
    "database",
    type=Path,
    metavar="FILE",
    help="Database file, built or published (default: LINKSIGNAL_DATABASE, "
    "else the project's).",
)
project_option = click.option(
    "--project-dir",
    type=Path,
    metavar="DIR",
    help="Folder of the dbt project (default: DBT_PROJECT_DIR, else the "
    "working directory).",
)
raw_option = click.option(
    "--raw",
    "raw_dir",
    type=Path,
    metavar="DIR",
    help="Raw directory: the Parquet files that loads write (default: raw_dir "
    "of the project).",
)
root_option = click.option(
    "--root",
    required=True,
    type=Path,
    metavar="DIR",
    help="Folder of the published file, of the earlier ones, and of the runs.",
)
variables_option = click.option(
    "--vars",
    "variables",
    default="{}",
    metavar="YAML",
    help="Settings, as dbt takes them.",
)
formats_option = click.option(
    "--formats",
    "formats_dir",
    type=Path,
    metavar="DIR",
    help="Folder of your own format files (default: the folder formats beside "
    "the raw directory, if there is one).",
)
json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print one JSON object instead."
)


@command(short_help="Make a project of your own.")
@click.argument("folder", type=Path, metavar="DIR")
def init(folder: Path) -> None:
    """Make a dbt project that uses the models of this package.

    DIR gets dbt_project.yml with every setting, profiles.yml, a folder for
    raw tables, and a README. No file is overwritten.
    """
    from linksignal.new_project import make_project

    place = plain_folder(folder, "DIR")
    make_project(place)
    say(
        f"Made a project in {place}. Next:\n"
        f"  cd {pasted(folder)}\n"
        "  linksignal build --sample    # try it on simulated data\n"
        "  linksignal load EXPORT...    # your exports; see: linksignal "
        "formats\n"
        "  linksignal build"
    )


@command(short_help="Build and test the project, and show the claims.")
@project_option
@click.option(
    "--sample",
    "is_sample",
    is_flag=True,
    help="Build from the bundled, simulated sample.",
)
@variables_option
def build(project_dir: Path | None, is_sample: bool, variables: str) -> None:
    """Run dbt build in the project, and show what became of each claim.

    For a part of the project use dbt build --select. Exit codes: 0 built, 1
    a test failed, 2 configuration or engine.
    """
    from linksignal.building import build
    from linksignal.project import SAMPLE, read_mapping
    from linksignal.show.screen import claims_screen
    from linksignal.show.text_table import Screen

    project = find_project(project_dir)
    sample = {"raw_dir": SAMPLE} if is_sample else {}
    build(project, read_mapping(variables) | sample, Steps.on_stderr())
    say(claims_screen(project.database, Screen.of_stdout()))


@command(short_help="Simulate a study with known properties.")
@click.option(
    "--out",
    required=True,
    type=Path,
    metavar="DIR",
    help="Folder for the raw tables.",
)
@click.option(
    "--law",
    type=click.Choice(LAW_KINDS),
    help="How AI mentions depend on backlinks (default: smooth).",
)
@click.option(
    "--domains",
    "domain_count",
    type=int,
    metavar="N",
    help="Number of study domains (default: 1000).",
)
@click.option(
    "--links",
    "link_count",
    type=int,
    metavar="N",
    help="Exact number of link rows.",
)
@click.option(
    "--threshold-score",
    type=int,
    metavar="S",
    help="Authority score at which law threshold begins to rise (default: 60).",
)
@click.option(
    "--panel",
    type=click.Choice(PANEL_DIRECTIONS),
    help="A study over months (default: 300 domains), and which gains come "
    "first: those of links (forward), of mentions (reverse), both at once.",
)
@click.option(
    "--months",
    "month_count",
    type=int,
    metavar="N",
    help="Months of the panel (default: 12).",
)
@click.option("--seed", type=int, metavar="S", help="Seed of all random draws.")
@click.option(
    "--overwrite",
    is_flag=True,
    help="Replace the simulated study in DIR.",
)
def simulate(out: Path, overwrite: bool, **wanted: Any) -> None:
    """Simulate a study and write it as raw tables.

    Without --law, --domains, --links and --panel it is the calibrated study of
    1,000 domains that the project bundles; with any of them it follows a law
    with a known truth.
    """
    from linksignal.simulate.folders import Wanted, simulate

    said = simulate(out, Wanted(**wanted), overwrite=overwrite)
    print(f"{out}: {said}")


@command(short_help="Load exports of backlink tools and AI trackers.")
@click.argument("files", nargs=-1, required=True, type=Path, metavar="FILE...")
@raw_option
@project_option
@click.option(
    "--format",
    "format_name",
    metavar="NAME",
    help="Format of the files (default: recognised by the header).",
)
@formats_option
@click.option(
    "--map",
    "renamed",
    metavar="THEIRS=OURS,...",
    help="Columns of the files, and what a format calls them: "
    "engine=platform,link=url.",
)
@click.option(
    "--set",
    "constants",
    metavar="OURS=TEXT,...",
    help="Columns of a format that the files lack, as they are the same "
    "throughout: platform=grok.",
)
@click.option(
    "--as-of",
    type=_day,
    metavar="YYYY-MM-DD",
    help="Date the files describe, where they do not say.",
)
@click.option(
    "--source",
    type=_source,
    metavar="NAME",
    help="Tool the files come from, where it is not the format's.",
)
@click.option(
    "--domain",
    metavar="D",
    help="Domain the files are about, where they do not say.",
)
@click.option(
    "--platform",
    metavar="P",
    help="AI platform the files are about, where they do not say.",
)
@click.option(
    "--sheet",
    metavar="NAME",
    help="Sheet that is read of a workbook (default: the first).",
)
@click.option(
    "--prompt-key",
    metavar="KEY",
    help="Column, or key beside or around an answer, that holds its prompt, "
    "such as request.question.",
)
@click.option(
    "--time-key",
    metavar="KEY",
    help="The same for the time of the answer.",
)
@click.option(
    "--platform-key",
    metavar="KEY",
    help="The same for the platform, where the model does not tell it.",
)
@click.option(
    "--partial",
    "is_partial",
    is_flag=True,
    help="Count the links of a sample, or of a report of some links, in place "
    "of a profile.",
)
@click.option(
    "--max-rejected",
    type=_share,
    default=DEFAULT_MAX_REJECTED,
    show_default=True,
    metavar="SHARE",
    help="Share of rejected records beyond which a file is refused.",
)
@click.option(
    "--dry-run",
    "is_dry_run",
    is_flag=True,
    help="Say what each file is taken for, what would land, and what a study "
    "could test; the raw directory stays as it is.",
)
@click.option(
    "--quiet", "is_quiet", is_flag=True, help="Print warnings and errors only."
)
@json_option
def load(
    files: tuple[Path, ...],
    raw_dir: Path | None,
    project_dir: Path | None,
    format_name: str | None,
    formats_dir: Path | None,
    renamed: str | None,
    constants: str | None,
    is_dry_run: bool,
    is_quiet: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Load exports into a raw directory, which is created if need be.

    A FILE is an export, gzipped or not, an .xlsx workbook, a folder of
    exports, or a zip archive. When one file is refused, none is loaded.
    """
    from linksignal.load.batch import load_files
    from linksignal.load.column_map import ColumnMap
    from linksignal.load.own_formats import find_formats
    from linksignal.load.progress import Progress
    from linksignal.load.stage import Options
    from linksignal.load.summary import (
        load_json,
        report,
        tell_faults,
        trial_report,
    )

    folder = raw_folder(raw_dir, project_dir)
    loaded = load_files(
        files,
        folder,
        Options(
            **options,
            formats=formats_dir,
            column_map=ColumnMap.read(renamed, constants),
        ),
        format_name,
        is_dry_run=is_dry_run,
        progress=None if is_quiet else Progress.on_stderr(),
    )
    ended = ExitCode.INPUT_REJECTED if loaded.refused else ExitCode.OK
    if as_json:
        _say_json(load_json(loaded, folder, is_dry_run=is_dry_run))
        return ended
    is_table = is_dry_run and not is_quiet
    tell_faults(loaded.staged, [] if is_table else loaded.refused)
    if is_table:
        known = find_formats(folder, formats_dir).by_name
        say(trial_report(loaded, folder, known))
    elif not is_quiet:
        build_it = (
            "linksignal build"
            if raw_dir is None
            else f"dbt build --vars {pasted_vars(raw_dir=str(folder))}"
        )
        say(report(loaded.staged, folder, build_it))
    return ended


@command(short_help="List what was loaded.")
@click.argument("load_id", required=False)
@raw_option
@project_option
@click.option(
    "--settle",
    is_flag=True,
    help="First repair what a killed command left: roll back a load that is "
    "not complete, finish a removal.",
)
def loads(
    load_id: str | None,
    raw_dir: Path | None,
    project_dir: Path | None,
    settle: bool,
) -> None:
    """List the loads of a raw directory, and what became of their records.

    With LOAD_ID: that load alone, with examples of its rejected records.
    """
    from linksignal.load.history import history, ledger_of, one_load
    from linksignal.load.landing import settled

    folder = raw_folder(raw_dir, project_dir)
    if settle:
        ledger_of(folder)
        with settled(folder):
            pass
    if load_id is None:
        print(history(folder))
    else:
        print(one_load(folder, load_id))


@command(short_help="Remove what one load brought.")
@click.argument("load_id")
@raw_option
@project_option
def unload(
    load_id: str, raw_dir: Path | None, project_dir: Path | None
) -> None:
    """Remove the rows of one load, and the load from the ledger.

    LOAD_ID: see linksignal loads. The file can be loaded again.
    """
    from linksignal.load.history import removed, unload

    folder = raw_folder(raw_dir, project_dir)
    print(removed(unload(folder, load_id), folder))


@command(short_help="List the exports that can be read.")
@click.argument("name", required=False)
@formats_option
@raw_option
@project_option
@click.option(
    "--guide",
    "is_guide",
    is_flag=True,
    help="Print how to add a format of your own.",
)
@click.option(
    "--schema",
    "is_schema",
    is_flag=True,
    help="Print the JSON schema of format files, for editors.",
)
def formats(
    name: str | None,
    formats_dir: Path | None,
    raw_dir: Path | None,
    project_dir: Path | None,
    is_guide: bool,
    is_schema: bool,
) -> None:
    """List the exports that can be read, those of your own formats too.

    With NAME: how to get that export, what its columns become, and the
    smallest file that loads.
    """
    from linksignal.load.format_page import format_shown, formats_listed
    from linksignal.load.format_schema import format_schema
    from linksignal.load.own_formats import GUIDE, find_formats

    if is_guide:
        say(GUIDE.read_text(encoding="utf-8").rstrip())
        return
    if is_schema:
        _say_json(format_schema())
        return
    faults: list[LinksignalError] = []
    raw = _raw_if_any(raw_dir, project_dir)
    known = find_formats(raw, formats_dir, faults)
    # A format file that cannot be used keeps nobody from the other formats.
    if name is None:
        say(formats_listed(known))
    elif name in known.by_name or not faults:
        say(format_shown(known, name))
        for fault in faults:
            print(f"linksignal: warning: {fault}", file=sys.stderr)
        return
    for fault in faults:
        raise fault


def _raw_if_any(raw_dir: Path | None, project_dir: Path | None) -> Path | None:
    """Return the raw directory, None where no project names one."""
    if raw_dir is not None or project_dir is not None:
        return raw_folder(raw_dir, project_dir)
    with suppress(LinksignalError):
        return raw_folder(None, None)
    return None


@command(short_help="Show the findings in the terminal.")
@click.argument("table", required=False)
@database_option
@project_option
@click.option(
    "--rows",
    "row_count",
    type=_row_count,
    default="20",
    show_default=True,
    metavar="N",
    help="Most rows to show; 0 shows all.",
)
@click.option(
    "--where",
    "conditions",
    type=_condition,
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Rows of TABLE with this value alone: platform=chatgpt. Repeatable.",
)
def show(
    table: str | None,
    database: Path | None,
    project_dir: Path | None,
    row_count: int,
    conditions: tuple[tuple[str, str], ...],
) -> None:
    """Show the published coefficients against yours, and the claims.

    With TABLE: rows of that table of findings or quality; claims shows the
    ledger of claims alone.
    """
    from linksignal.project import default_database
    from linksignal.show.overview import shown
    from linksignal.show.text_table import Screen

    where = dict(conditions)
    if len(where) < len(conditions):
        raise click.UsageError(
            "--where names a column twice; name each once, as a row has one "
            "value of it"
        )
    path = database or default_database(project_dir)
    print(shown(path, table, row_count, where, Screen.of_stdout()))


@command(short_help="Write the findings as one HTML page.")
@database_option
@project_option
@click.option(
    "--out",
    type=Path,
    default=REPORT_NAME,
    show_default=True,
    metavar="FILE",
    help="File to write; an earlier report there is replaced.",
)
def report(database: Path | None, project_dir: Path | None, out: Path) -> None:
    """Write one HTML file with the answer, the claims, charts and methods.

    It shows the numbers behind each chart, the domains and the notes on
    method. It holds all it needs and asks no network for anything.
    """
    from linksignal.project import default_database
    from linksignal.report.page import write_report

    size = write_report(database or default_database(project_dir), out)
    print(f"{out}: {size / 1e6:.1f} MB; open it in a browser")


@command(short_help="Write the findings as CSV, Parquet or a workbook.")
@click.argument("tables", nargs=-1, metavar="[TABLE]...")
@click.option(
    "--format",
    "kind",
    required=True,
    type=click.Choice(["csv", "parquet", "xlsx"]),
    help="csv and parquet: one file per table; xlsx: one Excel workbook with "
    "a sheet per table.",
)
@database_option
@project_option
@click.option(
    "--out",
    type=Path,
    metavar="PATH",
    help="Folder, for xlsx the workbook (default: linksignal_export, "
    "linksignal_export.xlsx).",
)
@click.option(
    "--overwrite", is_flag=True, help="Replace files of the same names."
)
def export(
    tables: tuple[str, ...],
    kind: str,
    database: Path | None,
    project_dir: Path | None,
    out: Path | None,
    overwrite: bool,
) -> None:
    """Write the tables of findings and quality as files.

    A TABLE is named like claims or findings.claims (default: all). Of a
    published file, its history and publish_info are written too. In csv a
    text that a spreadsheet would take for a formula gets an apostrophe.
    """
    from linksignal.export.files import export
    from linksignal.project import default_database

    path = database or default_database(project_dir)
    print(export(path, tables, kind, out, overwrite=overwrite))


@command(short_help="Build, check, and publish a read-only file.")
@root_option
@raw_option
@project_option
@click.option(
    "--load",
    "files",
    multiple=True,
    type=Path,
    metavar="FILE...",
    help="Exports to load into the raw directory first; those whose content "
    "it already has are skipped.",
)
@variables_option
@click.option(
    "--keep",
    "keep_count",
    type=_positive,
    default=str(DEFAULT_KEEP),
    show_default=True,
    metavar="N",
    help="Published files to keep for a rollback, the current one included.",
)
@click.option(
    "--max-age-days",
    type=_positive,
    metavar="N",
    help="How old the newest as_of of a raw table may be.",
)
@click.option(
    "--stale",
    type=click.Choice(["warn", "stop"]),
    default="warn",
    show_default=True,
    help="What an older one does: warn, or stop before building with exit "
    "code 1.",
)
@click.option(
    "--force",
    "is_forced",
    is_flag=True,
    help="Rebuild though nothing has changed, parse anew and run every test.",
)
@json_option
def refresh(
    root: Path,
    raw_dir: Path | None,
    project_dir: Path | None,
    files: tuple[Path, ...],
    variables: str,
    keep_count: int,
    max_age_days: int | None,
    stale: str,
    is_forced: bool,
    as_json: bool,
) -> None:
    """Build apart, check, and publish a read-only file for readers.

    DIR/linksignal_published.duckdb is replaced only when everything was
    built and every test passed. Where inputs, settings, code and versions are
    those of the published file, nothing is built. Exit codes: 0 published or
    nothing to do, 1 the data failed, 2 configuration or engine, 3 a file was
    refused, 75 busy. After any but 0 readers see what they saw before.
    """
    from linksignal.publish import refresh as publish
    from linksignal.publish.root import named_root

    place = named_root(root)
    try:
        options = publish.Options(
            raw_dir=raw_folder(raw_dir, project_dir),
            load=files,
            variables=publish.read_variables(variables),
            keep_count=keep_count,
            max_age_days=max_age_days,
            stops_when_stale=stale == "stop",
            is_forced=is_forced,
            project=find_project(project_dir),
        )
        published = publish.refresh(place, options, Steps.on_stderr())
    except LinksignalError as error:
        told = publish.failure(place, error)
        if as_json:
            _say_json(told)
        else:
            _warn(told.get("warnings") or [])
        raise
    _warn(published.run.warnings)
    if as_json:
        _say_json(publish.answer(published, place))
    else:
        say(publish.report(published, place))


@command(short_help="Show what is published, and the last failure.")
@root_option
@json_option
def status(root: Path, as_json: bool) -> int:
    """Show what is published, since when, from what, and the last failure.

    Exit code 0 when the published file is there and as it was published,
    else 2.
    """
    from linksignal.publish.root import named_root, refusals_told
    from linksignal.publish.status import report, status

    place = named_root(root)
    with refusals_told(place):
        state = status(place)
    if as_json:
        _say_json(state)
    else:
        say(report(state))
    return ExitCode.CONFIGURATION if state["fault"] else ExitCode.OK


@command(short_help="Publish an earlier file again.")
@root_option
@click.option(
    "--to",
    "run_id",
    metavar="RUN_ID",
    help="Run whose file to publish (linksignal status lists them).",
)
@json_option
def rollback(root: Path, run_id: str | None, as_json: bool) -> None:
    """Publish the file before the current one again, at once.

    Exit codes: 0 done, 2 no such file, 75 busy.
    """
    from linksignal.publish.rollback import rollback
    from linksignal.publish.root import named_root, refusals_told

    place = named_root(root)
    with refusals_told(place):
        info = rollback(place, run_id)
    if as_json:
        _say_json({"event": "rolled_back", "exit_code": 0, **info})
    else:
        say(f"published {place.published}\n  run {info['run_id']} again")
        _warn(info["warnings"])


def _warn(warnings: list[str]) -> None:
    for warning in warnings:
        say(f"linksignal: warning: {warning}", sys.stderr)


def _say_json(answer: dict[str, Any]) -> None:
    """Print one JSON object; times and dates as text."""
    import json

    say(json.dumps(answer, default=str))
