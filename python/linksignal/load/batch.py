"""Batches: all files of one invocation land, or none of them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from linksignal.contract import raw_file
from linksignal.errors import (
    ExitCode,
    LinksignalError,
    NoData,
    NothingToLand,
    refusal,
)
from linksignal.load.completeness import (
    COMPLETE,
    PARTIAL,
    sentence,
    short_parts,
)
from linksignal.load.format_file import Format
from linksignal.load.gate import pass_gate
from linksignal.load.graph_files import (
    GraphFile,
    HashedGraph,
    forget_pairs,
    graph_file,
    graphs_of,
    hash_graph,
    kept_pairs,
)
from linksignal.load.hosts import read_host
from linksignal.load.inputs import Found, Input, find_inputs, is_archive, unpack
from linksignal.load.landing import land, trial_folder, work_folder
from linksignal.load.ledger import (
    earlier_load,
    load_id_of,
    read_ledger,
    read_parquet,
    write_ledger,
)
from linksignal.load.own_formats import Formats, blamed, find_formats
from linksignal.load.platforms import platform_of, platforms_told
from linksignal.load.progress import Progress
from linksignal.load.recognise import Recognised, recognise
from linksignal.load.stage import Options, Staged, stage
from linksignal.load.together import batches, stage_together
from linksignal.load.workbooks import is_workbook, read_workbook
from linksignal.text import amount, shown

if TYPE_CHECKING:
    from linksignal.load.outlook import Outlook

_LINK_TABLES = frozenset({"backlinks", "backlink_profiles", "domain_scores"})


@dataclass(frozen=True)
class Loaded:
    """Result of loading the files of one invocation.

    Attributes
    ----------
    staged : list of Staged
        The files that have landed, or would, in their order.
    refused : list of LinksignalError
        A sentence for each file that has nothing to land and, of a dry run,
        for each that is refused.
    outlook : Outlook or None
        What a study would have then; of a dry run alone.
    """

    staged: list[Staged]
    refused: list[LinksignalError]
    outlook: Outlook | None = None


def load_files(  # noqa: PLR0913 - a word of the command line each
    files: Sequence[Path],
    raw_dir: Path,
    options: Options,
    format_name: str | None = None,
    *,
    is_dry_run: bool = False,
    progress: Progress | None = None,
) -> Loaded:
    """Load files into a raw directory.

    Parameters
    ----------
    files : sequence of Path
        Exports, of whatever formats; a folder stands for the files in it,
        a zip archive for its members.
    raw_dir : Path
        Where they land.
    options : Options
        What the user says of them.
    format_name : str, optional
        Their format, if it is not to be told from the header.
    is_dry_run : bool, default False
        Do all but land: the raw directory is only read.
    progress : Progress, optional
        Where it is told how far the load is.

    Returns
    -------
    Loaded
        Some file has landed, or would.

    Raises
    ------
    NothingToLand
        Exit code 3: no file has anything to land.
    LinksignalError
        Nothing has landed: exit code 2 for an option that does not fit, 3
        when a file is refused, 75 while another load writes there.
    """
    progress = progress or Progress()
    formats = find_formats(raw_dir, options.formats)
    options.column_map.check(_asked(formats, format_name))
    found = find_inputs(files, raw_dir)
    refused: list[LinksignalError] = []
    with _room(raw_dir, is_dry_run) as folder, progress:
        inputs = list(_unpacked(found, folder, refused, options.sheet))
        _tell(found.notes)
        recognised, of_graphs = _recognise_all(
            inputs, formats, format_name, options, refused, progress
        )
        _check_options(options, recognised)
        recognised = _new_ones(recognised, options, raw_dir, formats, refused)
        staged: list[Staged] = []
        brands = _brands_landed(raw_dir)
        # Texts of answers are searched for the brands of the same batch too.
        for each in batches(_studies_first(recognised), options):
            told = replace(options, brands=tuple(brands))
            found_staged = _stage(each, told, folder, refused, progress)
            staged += found_staged
            for one in found_staged:
                brands += _brands_in(one.files.get("study_domains"))
        if all(isinstance(each, NoData) for each in refused):
            # A graph takes long, and needs all of its files and the study.
            with _collected(refused):
                rooms = raw_dir, folder, is_dry_run
                staged += _graphs(of_graphs, staged, options, rooms, progress)
        if is_dry_run and (staged or len(inputs) > 1):
            from linksignal.load.outlook import outlook_of

            staged, unfit = _fit_to_land(staged, options, raw_dir)
            return Loaded(
                staged, [*refused, *unfit], outlook_of(raw_dir, staged)
            )
        without_data = [each for each in refused if isinstance(each, NoData)]
        if len(without_data) < len(refused):
            raise _one_error(refused, len(found.inputs))
        if without_data and not staged:
            raise NothingToLand(without_data)
        count = len(staged)
        staged, unfit = _fit_to_land(staged, options, raw_dir)
        if unfit:
            raise _one_error(unfit, count)
        if not is_dry_run:
            land(raw_dir, {each.load.load_id: each.files for each in staged})
            forget_pairs(raw_dir)
    return Loaded(staged, [*without_data])


def _fit_to_land(
    staged: Sequence[Staged], options: Options, raw_dir: Path
) -> tuple[list[Staged], list[LinksignalError]]:
    """Return the loads that may land beside each other, and refusals."""
    completed, unfit = _completed(staged, options)
    unfit = unfit or _undated(completed, raw_dir)
    names = {error.file for error in unfit}
    return [s for s in completed if s.load.file not in names], unfit


def _recognise_all(  # noqa: PLR0913, PLR0917 - what a command knows
    inputs: Sequence[Input],
    formats: Formats,
    format_name: str | None,
    options: Options,
    refused: list[LinksignalError],
    progress: Progress,
) -> tuple[list[Recognised], list[GraphFile]]:
    """Tell what each file is; parts of a graph go apart."""
    recognised: list[Recognised] = []
    of_graphs: list[GraphFile] = []
    progress.file_count = len(inputs)
    for number, each in enumerate(inputs, start=1):
        with _collected(refused):
            if (found_graph := graph_file(each, format_name)) is not None:
                of_graphs.append(found_graph)
                continue
            progress.start(each.name, number, _size(each.path))
            gated = pass_gate(
                each.path, name=each.name, watch=progress.add_bytes
            )
            with gated.unchanged():
                file = recognise(
                    gated, formats.by_name, format_name, options.column_map
                )
            recognised.append(file.keyed(options.keys))
            _tell(_named_domain(recognised[-1], options))
    return recognised, of_graphs


def _stage(
    files: Sequence[tuple[int, Recognised]],
    options: Options,
    folder: Path,
    refused: list[LinksignalError],
    progress: Progress,
) -> list[Staged]:
    """Stage files together, as far as that goes, and others by themselves."""
    together: Mapping[int, Staged] = {}
    if len(files) > 1:
        number, file = files[0]
        progress.start(file.name, number, 0)
        progress.tell("reading")
        with blamed(file.entry, file.name):
            together = stage_together(files, options, folder)
    staged = []
    for number, file in files:
        with _collected(refused):
            progress.start(file.name, number, _size(file.gated.path))
            each = together.get(number)
            if each is None:
                work_dir = folder / str(number)
                work_dir.mkdir(exist_ok=True)
                with blamed(file.entry, file.name):
                    each = stage(file, options, work_dir, progress=progress)
            progress.finish(each.load.fates.read)
            staged.append(each)
    return staged


def _graphs(
    files: Sequence[GraphFile],
    staged: Sequence[Staged],
    options: Options,
    rooms: tuple[Path, Path, bool],
    progress: Progress,
) -> list[Staged]:
    """Stage the graphs among the files, behind all others.

    `rooms` are the raw directory, the folder to work in, and whether this is
    a dry run, which keeps nothing for the next try.
    """
    if not files:
        return []
    # It takes long to import.
    from linksignal.load.graph import stage_graph, study_domains

    raw_dir, folder, is_dry_run = rooms
    found = []
    number = progress.file_count - len(files) + 1
    for graph in graphs_of(files):
        _tell(
            f"{file.name}: passed over, {graph.degrees[0].name} has its counts"
            for file in graph.unread
        )
        domains = study_domains(raw_dir, staged)
        hashed = hash_graph(graph, domains, progress, number)
        _check_new_graph(hashed, raw_dir)
        work_dir = folder / str(number)
        work_dir.mkdir()
        kept = work_dir / "kept" if is_dry_run else kept_pairs(raw_dir)
        found.append(stage_graph(hashed, options, work_dir, kept, progress))
        number += len(graph.files)
    return found


def _check_new_graph(graph: HashedGraph, raw_dir: Path) -> None:
    earlier = earlier_load(read_ledger(raw_dir), graph.load_id, None)
    if earlier is not None:
        raise _loaded_before(graph.graph.name, earlier)


def _asked(formats: Formats, name: str | None) -> Iterable[Format]:
    entry = formats.by_name.get(name or "")
    return formats.by_name.values() if entry is None else [entry]


def _unpacked(
    found: Found,
    folder: Path,
    refused: list[LinksignalError],
    sheet: str | None,
) -> Iterator[Input]:
    """Yield the files, of archives the members and of workbooks the sheet."""
    has_workbook = False
    for number, each in enumerate(found.inputs):
        if not is_archive(each.path):
            yield each
            continue
        members = folder / f"members{number}"
        members.mkdir()
        with _collected(refused):
            if is_workbook(each):
                has_workbook = True
                unpacked = read_workbook(each, members, sheet)
            else:
                unpacked = unpack(each, members)
            found.notes.extend(unpacked.notes)
            yield from unpacked.inputs
    if sheet is not None and not (has_workbook or refused):
        raise LinksignalError(
            f"--sheet {shown(sheet)} is of no use: none of the files is a "
            "workbook; leave it out"
        )


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _tell(notes: Iterable[str]) -> None:
    for note in notes:
        print(f"linksignal: warning: {note}", file=sys.stderr)


def _room(raw_dir: Path, is_dry_run: bool) -> AbstractContextManager[Path]:
    return trial_folder() if is_dry_run else work_folder(raw_dir)


@contextmanager
def _collected(refused: list[LinksignalError]) -> Iterator[None]:
    """Go on with the next file, so that one run tells of every refusal."""
    try:
        yield
    except LinksignalError as error:
        if error.exit_code is not ExitCode.INPUT_REJECTED:
            raise
        refused.append(error)


def _one_error(
    refused: Sequence[LinksignalError], file_count: int
) -> LinksignalError:
    if file_count == 1:
        return refused[0]
    for error in refused:
        print(f"linksignal: {error}", file=sys.stderr)
    return LinksignalError(
        f"nothing was loaded, because of {amount(len(refused), 'refusal')} "
        f"among {amount(file_count, 'file')}; fix or leave out what was "
        "refused, and load again",
        ExitCode.INPUT_REJECTED,
    )


def _named_domain(file: Recognised, options: Options) -> list[str]:
    """Say which domain a file is taken to be about by its name."""
    domain = file.domain(options.domain)
    if domain is None or options.domain is not None:
        return []
    return [
        f"{file.name}: taken to be about {domain}, as its name begins; if it "
        "is about another, name that with --domain and rename the file"
    ]


def _check_options(options: Options, recognised: Sequence[Recognised]) -> None:
    """Raise where an option is of no use, or says what there is not."""
    _check_set(options, recognised)
    _check_domain(options, recognised)
    _check_platform(options, recognised)
    _check_keys(options, recognised)


def _check_domain(options: Options, recognised: Sequence[Recognised]) -> None:
    if options.domain is None or not recognised:
        return
    reason = read_host(options.domain.lower()).reason
    if reason:
        raise LinksignalError(
            f"--domain {shown(options.domain)} is not a domain ({reason}); "
            "write it like example.com"
        )
    if not any(file.lacks_domain for file in recognised):
        raise LinksignalError(
            f"--domain {options.domain} is of no use: every record of "
            f"{recognised[0].name} names its domain; leave it out"
        )


def _check_set(options: Options, recognised: Sequence[Recognised]) -> None:
    for name in options.column_map.constants if recognised else ():
        if not any(name in f.column_map.constants for f in recognised):
            raise LinksignalError(
                f"--set {shown(name)} is of no use: {recognised[0].name} has "
                "a column of that name; leave it out, or give the file's "
                "another with --map"
            )


def _check_platform(options: Options, recognised: Sequence[Recognised]) -> None:
    if options.platform is None or not recognised:
        return
    if platform_of(options.platform) is None:
        raise LinksignalError(
            f"--platform {shown(options.platform)} is not a known platform; "
            f"{platforms_told()}"
        )
    if not any(file.lacks("platform") for file in recognised):
        raise LinksignalError(
            f"--platform {shown(options.platform)} is of no use: every record "
            f"of {recognised[0].name} names its platform, or none needs one; "
            "leave it out"
        )


def _check_keys(options: Options, recognised: Sequence[Recognised]) -> None:
    if not options.keys or not recognised:
        return
    if not any("ai_answers" in file.entry.own_tables for file in recognised):
        raise LinksignalError(
            "--prompt-key, --time-key and --platform-key are about answers, "
            f"and {recognised[0].name} holds none; leave them out"
        )


def _studies_first(
    recognised: Sequence[Recognised],
) -> list[tuple[int, Recognised]]:
    numbered = enumerate(recognised, start=1)
    return sorted(
        numbered, key=lambda each: "study_domains" not in each[1].entry.tables
    )


def _brands_landed(raw_dir: Path) -> list[str]:
    """Return the names of brands that earlier loads have brought."""
    paths = (raw_dir / "study_domains").glob("*.parquet")
    return [brand for path in sorted(paths) for brand in _brands_in(path)]


def _brands_in(path: Path | None) -> list[str]:
    if path is None:
        return []
    try:
        if "brand_aliases" not in pq.read_schema(path).names:
            return []
        table = read_parquet(path, ["brand_aliases"])
    except (OSError, ValueError):
        # Somebody put a file there that is no Parquet: no load wrote it.
        return []
    aliases = table["brand_aliases"]
    return [brand for names in aliases.to_pylist() for brand in names or ()]


def _completed(
    staged: Sequence[Staged], options: Options
) -> tuple[list[Staged], list[LinksignalError]]:
    """Return the loads with what is known of their completeness, and refusals.

    A file is refused that is a sample or a part of the links, where the user
    has not said that these are to be counted.
    """
    refused: list[LinksignalError] = []
    found = []
    for each in staged:
        of_source = [
            other.completeness
            for other in staged
            if other.entry.name == each.entry.name
        ]
        own = {part.about for part in each.completeness.parts}
        short = [part for part in short_parts(of_source) if part.about in own]
        reasons = each.completeness.reasons
        if (short or reasons) and not options.is_partial:
            refused.append(
                refusal(
                    each.load.file,
                    f"{sentence(short, reasons)}; counts of some links are no "
                    "profile: load all of them, or add --partial to count "
                    "these in its place",
                )
            )
        found.append(_with_completeness(each, bool(short or reasons), options))
    return found, refused


def _undated(staged: Sequence[Staged], raw_dir: Path) -> list[LinksignalError]:
    """Refuse link data without a date beside data that has one.

    The day of the load would make the newest snapshot of it.
    """
    refused = []
    for each in staged:
        is_of_links = _LINK_TABLES & each.load.fates.landed_by_table.keys()
        if not (each.load.fates.notes.get("dated_today") and is_of_links):
            continue
        dated = _dated_beside(staged, each) or _dated_earlier(raw_dir, each)
        if dated is not None:
            refused.append(
                refusal(
                    each.load.file,
                    f"it does not say what day it is of, and {dated} does; "
                    "give the day with --as-of, or in the file's name "
                    "(2026-01-31)",
                )
            )
    return refused


def _dated_beside(staged: Sequence[Staged], each: Staged) -> str | None:
    """Name a file of the batch and format that is of another day."""
    for other in staged:
        if other is each or other.entry.name != each.entry.name:
            continue
        tables = _LINK_TABLES & other.files.keys()
        day = other.load.loaded_at.date()
        if any(_is_of_another_day(other.files[t], day) for t in tables):
            return other.load.file
    return None


def _dated_earlier(raw_dir: Path, each: Staged) -> str | None:
    """Describe earlier loads of a format, if one is of another day."""
    for row in read_ledger(raw_dir):
        if row["format"] != each.entry.name:
            continue
        day = row["loaded_at"].date()
        for table in _LINK_TABLES & set(each.entry.tables):
            path = raw_file(raw_dir, table, row["load_id"])
            if path.exists() and _is_of_another_day(path, day):
                return f"earlier {each.entry.source} data in {raw_dir}"
    return None


def _is_of_another_day(path: Path, loaded_on: date) -> bool:
    days = read_parquet(path, ["as_of"])["as_of"].unique()
    return any(day != loaded_on for day in days.to_pylist())


def _with_completeness(
    each: Staged, is_short: bool, options: Options
) -> Staged:
    is_links = "backlinks" in each.entry.tables
    expected = each.completeness.expected
    if is_short or (is_links and options.is_partial and expected is None):
        completeness = PARTIAL
    elif expected is not None:
        completeness = COMPLETE
    else:
        return each
    load = replace(
        each.load, completeness=completeness, records_expected=expected
    )
    write_ledger(load, each.files["loads"].parent)
    return replace(each, load=load)


def _new_ones(
    recognised: Sequence[Recognised],
    options: Options,
    raw_dir: Path,
    formats: Formats,
    refused: list[LinksignalError],
) -> list[Recognised]:
    """Return the files whose content no other file or earlier load has."""
    ledger = read_ledger(raw_dir)
    seen: dict[str, str] = {}
    new = []
    for file in recognised:
        domain = file.domain(options.domain)
        load_id = load_id_of(file.gated, file.entry.name, domain)
        sha256 = file.gated.sha256 if domain is None else None
        rivals = [row for row in ledger if _may_overlap(row, file, formats)]
        earlier = earlier_load(rivals, load_id, sha256)
        if load_id in seen:
            refused.append(
                refusal(
                    file.name,
                    f"it has the same content as {seen[load_id]}; name one of "
                    "them",
                )
            )
        elif earlier is not None:
            refused.append(_loaded_before(file.name, earlier))
        else:
            new.append(file)
        seen.setdefault(load_id, file.name)
    return new


def _loaded_before(file: str, earlier: tuple[str, datetime]) -> LinksignalError:
    name, time = earlier
    return refusal(
        file,
        f"its content was already loaded on {time:%Y-%m-%d at %H:%M} UTC as "
        f"{name}; leave it out",
    )


def _may_overlap(
    row: Mapping[str, Any], file: Recognised, formats: Formats
) -> bool:
    """Tell whether an earlier load may have brought records of the same kind.

    A file of answers and citations may be loaded once as each.
    """
    entry = formats.by_name.get(row["format"])
    return entry is None or not set(entry.own_tables).isdisjoint(
        file.entry.own_tables
    )
