"""Staging: parse, validate and write one file, before it lands."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from duckdb import DuckDBPyConnection

from linksignal.errors import LinksignalError, NoData, refusal
from linksignal.load import DEFAULT_MAX_REJECTED
from linksignal.load.column_map import NO_MAP, ColumnMap
from linksignal.load.completeness import (
    Completeness,
    lost_links_only,
    measure,
    single_links,
)
from linksignal.load.engine import engine, reading, render, row_count, run
from linksignal.load.fates import Fates, decide
from linksignal.load.format_file import Format, alternatives, folded
from linksignal.load.hosts import create_hosts
from linksignal.load.json_items import Status, failed_parts
from linksignal.load.judge import GRACE, judge
from linksignal.load.ledger import Load, load_id_of, write_load
from linksignal.load.limits import LIMITS, Limits
from linksignal.load.platforms import platforms_told
from linksignal.load.progress import Progress
from linksignal.load.recognise import Recognised
from linksignal.load.records import drop_records, read_records
from linksignal.load.rules import SCALES, UNKNOWN_PLATFORM
from linksignal.load.texts import Statement, create_texts, host_numbers
from linksignal.text import amount, shown

# Why a piece of a streamed answer is skipped.
_PIECE = "piece_of_answer"
_DAY = re.compile(r"(?<!\d)(20\d\d)([-_.]?)(\d\d)\2(\d\d)(?!\d)")


@dataclass(frozen=True)
class Options:
    """Options of one invocation.

    Attributes
    ----------
    as_of : date or None
        UTC date that the files describe.
    source : str or None
        Tool the files come from.
    domain, platform : str or None
        Domain and platform of files that do not name them.
    max_rejected : float
        Share of rejected records (0-1) beyond which a file is refused.
    is_partial : bool
        Count links even where the file is a sample or a part of them.
    prompt_key, time_key, platform_key : str or None
        What files of answers call the prompt, the time and the platform.
    sheet : str or None
        Sheet that is read of workbooks.
    brands : tuple of str
        Names of the study's brands, which the loader adds.
    formats : Path or None
        Folder of the user's format files, where it is not beside the raw
        directory.
    column_map : ColumnMap
        Columns that are renamed, or set where the files lack them.
    """

    as_of: date | None = None
    source: str | None = None
    domain: str | None = None
    max_rejected: float = DEFAULT_MAX_REJECTED
    platform: str | None = None
    is_partial: bool = False
    formats: Path | None = None
    prompt_key: str | None = None
    time_key: str | None = None
    platform_key: str | None = None
    sheet: str | None = None
    brands: tuple[str, ...] = ()
    column_map: ColumnMap = NO_MAP

    @property
    def keys(self) -> dict[str, str]:
        """Columns of answers that the user names a key for."""
        named = {
            "prompt": self.prompt_key,
            "answered_at": self.time_key,
            "platform": self.platform_key,
        }
        return {column: key for column, key in named.items() if key}


@dataclass(frozen=True)
class Staged:
    """A file that is ready to land.

    Attributes
    ----------
    load : Load
        Its row of the ledger.
    entry : Format
        Its format.
    files : mapping of str to Path
        Parquet file by raw table, the ledger's among them.
    unknown_columns : list of str
        Columns of the file that the format does not know.
    statuses : list of Status
        What the tool says of the parts of its answer.
    completeness : Completeness
        What the file tells of links that it leaves out.
    links : int or None
        Links that its records stand for, where some stand for several.
    single_links : int
        Links of a file that is like a view of one link a domain, else 0.
    """

    load: Load
    entry: Format
    files: Mapping[str, Path]
    unknown_columns: list[str]
    statuses: list[Status]
    completeness: Completeness
    links: int | None = None
    single_links: int = 0


def stage(
    file: Recognised,
    options: Options,
    work_dir: Path,
    limits: Limits = LIMITS,
    progress: Progress | None = None,
) -> Staged:
    """Parse and validate one file, and write its rows to a work folder.

    Parameters
    ----------
    file : Recognised
        The file and its format.
    options : Options
        What the user says of it.
    work_dir : Path
        Empty folder on the disk of the raw directory.
    limits : Limits
        Bounds of the work.
    progress : Progress, optional
        Where the steps are told.

    Returns
    -------
    Staged

    Raises
    ------
    LinksignalError
        Exit code 3 when the file cannot be read for certain or too many
        of its records are rejected.
    """
    progress = progress or Progress()
    now = datetime.now(UTC).replace(tzinfo=None)
    statement = statement_of(file, options, now.date())
    scratch = work_dir / "scratch"
    scratch.mkdir()
    is_large = file.gated.estimated_bytes > limits.memory_bytes
    with engine(scratch, limits, is_on_disk=is_large) as connection:
        from_name = _date_in_name(connection, file)
        statement = replace(statement, from_name=from_name)
        progress.tell("reading")
        with file.gated.unchanged(), reading(file.name):
            statuses = read_records(connection, scratch, file, limits)
        read_count = row_count(connection, "records")
        completeness = _measured(connection, file)
        progress.tell("judging", read_count)
        texts = create_texts(connection, file, statement, read_count)
        create_hosts(
            connection,
            host_numbers(texts),
            # Lists are of sources, whose sites are much the same.
            is_shared=bool(file.entry.lists),
        )
        notes = judge(connection, file, texts, statement)
        drop_records(connection)
        fates = decide(connection, file.entry, notes, read_count)
        _check_rejected(connection, file, fates, options.max_rejected)
        _check_landed(file, fates, statuses)
        _check_keys(connection, file, options)
        load = Load(
            load_id=load_id_of(file.gated, file.entry.name, statement.domain),
            file=file.name,
            sha256=file.gated.sha256,
            format=file.entry.name,
            loaded_at=now,
            fates=fates,
            column_map=file.column_map.words() or None,
        )
        if "backlinks" in file.entry.tables:
            completeness = replace(
                completeness,
                reasons=completeness.reasons + lost_links_only(connection),
            )
        links = _links(connection, file.entry)
        singles = 0
        if "backlinks" in file.entry.tables and links is None:
            singles = single_links(connection)
        progress.tell("writing", fates.landed)
        files = write_load(connection, load, file.entry, work_dir)
    shutil.rmtree(scratch)
    return Staged(
        load,
        file.entry,
        files,
        file.unknown_columns,
        statuses,
        completeness,
        links,
        singles,
    )


def statement_of(file: Recognised, options: Options, today: date) -> Statement:
    """Return what applies to all records of a file.

    Raises
    ------
    LinksignalError
        Exit code 3 when neither the file nor the user says what is needed.
    """
    return Statement(
        source=options.source or file.entry.source,
        today=today,
        as_of=options.as_of,
        name_date=day_in_name(file.name, today + GRACE),
        domain=_option(file, "domain", file.domain(options.domain)),
        platform=_option(file, "platform", options.platform),
        brands=options.brands,
    )


def _measured(connection: DuckDBPyConnection, file: Recognised) -> Completeness:
    declared = file.entry.completeness
    names = () if declared is None else declared.columns()
    spelled = {
        name: found
        for name in names
        if (found := file.header.spelled(name)) is not None
    }
    return measure(connection, declared, file.header.columns, spelled)


def _links(connection: DuckDBPyConnection, entry: Format) -> int | None:
    """Return the number of links, if records are groups of links."""
    if "link_count" not in entry.fields_of("backlinks"):
        return None
    found = run(connection, "grouped_links").fetchone()
    if found is None or (found[1] or 1) == 1:
        return None
    return int(found[0])


def _option(file: Recognised, name: str, given: str | None) -> str | None:
    if not file.lacks(name):
        return None
    if given is None:
        raise refusal(
            file.name,
            f"it does not say which {name} it is about; name it with --{name}",
        )
    return given


def _date_in_name(
    connection: DuckDBPyConnection, file: Recognised
) -> str | None:
    """Return the text that dates a file, by the engine's own patterns.

    Those of Python can be made to take for ever.
    """
    for field in file.entry.fields:
        if pattern := field.settings.get("file_name"):
            found = connection.execute(
                "select nullif(regexp_extract($1, $2), '')",
                [file.name, pattern],
            ).fetchone()
            return str(found[0]) if found and found[0] else None
    return None


def day_in_name(name: str, latest: date) -> date | None:
    """Return the last day that stands in a file's name, such as 2026-01-31.

    Of a period its end is the day that the export describes.

    Parameters
    ----------
    name : str
        Name of the file.
    latest : date
        A later day is none that it can describe.
    """
    days = []
    for year, _, month, day in _DAY.findall(Path(name).name):
        with suppress(ValueError):
            days.append(date(int(year), int(month), int(day)))
    return max((day for day in days if day <= latest), default=None)


def _check_rejected(
    connection: DuckDBPyConnection,
    file: Recognised,
    fates: Fates,
    max_rejected: float,
) -> None:
    if fates.elements is not None:
        _check_elements(file, fates.elements, max_rejected)
    if fates.rejected <= max_rejected * fates.read:
        return
    reasons = ", ".join(
        _example(connection, reason, column, count)
        for (reason, column), count in list(fates.reject_reasons.items())[:5]
    )
    hint = _hint(file, fates)
    raise refusal(
        file.name,
        f"{fates.rejected:,} of {amount(fates.read, 'record')} "
        f"{'was' if fates.rejected == 1 else 'were'} rejected, more than the "
        f"{100 * max_rejected:g} % of --max-rejected: {reasons}{hint}; fix "
        "the file or raise the limit",
    )


def _hint(file: Recognised, fates: Fates) -> str:
    """Say what would be right in place of what is rejected."""
    at: dict[str, set[str]] = {}
    for reason, column in fates.reject_reasons:
        at.setdefault(reason, set()).add(folded(column or ""))
    words = dict.fromkeys(
        word
        for field in file.entry.fields
        if field.rule == "choice"
        and not set(map(folded, field.sources)).isdisjoint(
            at.get("unknown_choice", ())
        )
        for word in field.settings["choices"]
    )
    hints = {
        UNKNOWN_PLATFORM: platforms_told(),
        "unknown_scale": f"the scales are {', '.join(SCALES)}",
        "unknown_choice": f"the words there are {', '.join(words)}",
        "not_a_country": "a country is its code of two letters, such as us",
        "not_a_language": "a language is its code, such as en or en-US",
        "rounded_number": "a spreadsheet has rounded these numbers, so "
        "export them again and load the file unopened",
        "not_utf8": "save the file as UTF-8 if it is in another encoding",
        "ambiguous_date": "day and month cannot be told apart, as no date of "
        "the file has a number above 12 there: have the spreadsheet write "
        "dates as yyyy-mm-dd and save the file again",
    }
    return "".join(f"; {hints[code]}" for code in hints if code in at)


def _check_landed(
    file: Recognised, fates: Fates, statuses: Sequence[Status]
) -> None:
    """Raise if there are records and none of them lands."""
    if fates.landed or not fates.read:
        return
    reasons = {
        **{
            reason: count for (reason, _), count in fates.reject_reasons.items()
        },
        **fates.skip_reasons,
    }
    listed = ", ".join(f"{name} {count:,}" for name, count in reasons.items())
    failed = failed_parts(statuses)
    failed = f", and {failed}" if failed else ""
    raise NoData(
        file.name,
        f"nothing of its {amount(fates.read, 'record')} landed as "
        f"{file.entry.name} ({listed}){failed}; "
        + (
            _advice_on_pieces(file.entry)
            if reasons.keys() == {_PIECE}
            else "check that it is the export you mean, or name another "
            "format with --format"
        ),
    )


def _advice_on_pieces(entry: Format) -> str:
    keys = [
        key.rpartition(".")[2]
        for name in entry.skip_empty[_PIECE]
        for key in alternatives(name)
    ]
    return (
        f"a record without {' or '.join(map(shown, keys))} is taken for a "
        "piece of a streamed answer: ask without streaming, or, if it is a "
        "whole answer from which that key was left out, write it back"
    )


def _check_keys(
    connection: DuckDBPyConnection, file: Recognised, options: Options
) -> None:
    """Refuse a key that the user names and no answer has."""
    if "ai_answers" not in file.entry.own_tables:
        return
    for column, key in options.keys.items():
        if not row_count(connection, with_value(column)):
            raise refusal(
                file.name,
                f"none of its answers has {shown(key)}, beside it or around it,"
                f" to read the {column} from; its keys are "
                f"{', '.join(map(shown, file.header.columns[:12]))}",
            )


def with_value(column: str) -> str:
    """Return the relation of answers that have a value in a column."""
    return f'"rows:ai_answers" where "ai_answers.{column}" is not null'


def _check_elements(
    file: Recognised, elements: Fates, max_rejected: float
) -> None:
    if elements.rejected <= max_rejected * elements.read:
        return
    reasons = ", ".join(
        f"{reason} in {shown(column)} {count:,}"
        for (reason, column), count in list(elements.reject_reasons.items())[:5]
    )
    raise refusal(
        file.name,
        f"{elements.rejected:,} of {elements.read:,} elements of its lists "
        f"cannot be read, more than the {100 * max_rejected:g} % of "
        f"--max-rejected: {reasons}{_hint(file, elements)}; fix the file or "
        "raise the limit",
    )


def _example(
    connection: DuckDBPyConnection, reason: str, column: str, count: int
) -> str:
    query = render("rejected_example")
    row = connection.execute(query, [reason, column]).fetchone()
    if row is None:
        raise LinksignalError(f"no rejected record has the reason {reason}")
    place = f" in {shown(column)}" if column else ""
    value = f": {shown(row[1])}" if row[1] else ""
    return f"{reason}{place} {count:,} (record {row[0]:,}{value})"
