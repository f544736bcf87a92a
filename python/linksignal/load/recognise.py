"""Recognition: match the header of a file with the known formats."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from linksignal.errors import LinksignalError, NoData, refusal
from linksignal.load.column_map import NO_MAP, ColumnMap
from linksignal.load.format_file import THE_REST, Format, folded, list_of
from linksignal.load.gate import (
    GatedFile,
    ToolError,
    longer_start,
    tool_error,
)
from linksignal.load.header import Header, headers_of
from linksignal.load.hosts import read_host
from linksignal.load.limits import LIMITS
from linksignal.load.streams import UTF8
from linksignal.text import meant, shown

_ENDINGS = re.compile(r"([.](csv|tsv|txt|xlsx|gz))+$")
# Exports begin with the domain that they are about.
_DOMAIN = re.compile(r"(?:[^\W_](?:[^\W_]|-)*[.])+[^\W\d_]{2,}(?![^\W_]|[.])")


@dataclass(frozen=True)
class Recognised:
    """A file that has passed the gate, its format and its header.

    `is_no_data` tells that the tool says in place of data that there is
    none, which means zeros in the columns of `header`; `column_map` what the
    user renames and sets, which `entry` does already.
    """

    gated: GatedFile
    entry: Format
    header: Header
    is_no_data: bool = False
    column_map: ColumnMap = NO_MAP

    @property
    def name(self) -> str:
        """Name of the file."""
        return self.gated.name

    @property
    def unknown_columns(self) -> list[str]:
        """Columns that the format does not know, as the file spells them.

        In a document that holds records of other kinds these have columns
        of their own, which say nothing.
        """
        if self.entry.only and self.header.container == "json":
            return []
        if THE_REST in self.entry.ignored:
            return []
        known = self.entry.known()
        in_objects = {name.partition(".")[0] for name in known}
        return [
            name
            for name in self.header.columns
            if folded(name) not in known
            and name.partition(".")[0] not in in_objects
        ]

    def keyed(self, keys: Mapping[str, str]) -> Recognised:
        """Return the file with columns of answers read from the user's keys.

        Parameters
        ----------
        keys : mapping of str to str
            See `Format.keyed`.
        """
        if not keys or "ai_answers" not in self.entry.own_tables:
            return self
        entry = self.entry.keyed(keys)
        place = self.header.place
        if place is not None:
            place = replace(place, outer=entry.outer)
        return replace(
            self, entry=entry, header=replace(self.header, place=place)
        )

    @property
    def lacks_domain(self) -> bool:
        """The file leaves it to the user which domain it is about."""
        return self.lacks("domain")

    def domain(self, given: str | None) -> str | None:
        """Return the domain that a file is about whose records do not say it.

        Parameters
        ----------
        given : str or None
            The domain that the user names.

        Returns
        -------
        str or None
            That one, or the one that the name of an export of referring
            domains begins with; None where the records say it, or nothing does.

        Raises
        ------
        LinksignalError
            Exit code 3 when the user and the name say different ones.
        """
        if not self.lacks_domain:
            return None
        named = _domain_in(self.name) if self.entry.is_summed else None
        if named is None or given is None:
            return given or named
        if read_host(given.lower()).domain != named:
            raise refusal(
                self.name,
                f"its name says {named} and --domain {given}; rename the file, "
                "or leave out --domain",
            )
        return given

    def lacks(self, option: str) -> bool:
        """Tell whether the file leaves to the user what an option says."""
        return any(
            field.settings.get("option") == option
            and self.header.folded.isdisjoint(map(folded, field.sources))
            for field in self.entry.fields
        )

    def spelled(self, names: Iterable[str]) -> list[str]:
        """Those of the named columns that the file has, as it spells them.

        What is in a list goes by the format's name for it.
        """
        return [
            spelled if list_of(name) is None else name
            for name in names
            if (spelled := self.header.spelled(list_of(name) or name))
            is not None
        ]


def _domain_in(name: str) -> str | None:
    """Return the domain that the name of a file begins with, if it does."""
    stem = _ENDINGS.sub("", Path(name).name.lower())
    found = _DOMAIN.match(stem)
    host = read_host(found.group()) if found else None
    return host.domain if host and host.reason is None else None


def recognise(
    gated: GatedFile,
    formats: Mapping[str, Format],
    name: str | None = None,
    column_map: ColumnMap = NO_MAP,
) -> Recognised:
    """Return the format that matches a file, and its header.

    Parameters
    ----------
    gated : GatedFile
        A file that has passed the gate.
    formats : mapping of str to Format
        The known formats.
    name : str, optional
        The format, when the user names it.
    column_map : ColumnMap, optional
        Columns that the user renames or sets.

    Returns
    -------
    Recognised

    Raises
    ------
    LinksignalError
        Exit code 2 when there is no format of that name; 3 when the header
        fits none, lacks a column, or fits two formats equally well, and
        when the file holds a tool's error.
    """
    if name is not None and name not in formats:
        raise LinksignalError(
            f"there is no format {shown(name)}{meant(name, formats)}; the "
            f"formats are {', '.join(formats)}"
        )
    if error := _tool_error(gated, formats, name):
        found = _without_data(gated, error, formats.get(name or ""))
    elif name is not None:
        found = _read_as(gated, formats[name], column_map)
    else:
        fits = _best(
            _fits(gated, formats, column_map)
            or _fits_late(gated, formats, column_map)
        )
        fits = [fit for fit in fits if fit.entry.file] or fits
        if len(fits) > 1:
            names = " and ".join(fit.entry.name for fit in fits)
            raise refusal(
                gated.name, f"its header fits {names}; name one with --format"
            )
        if not fits:
            # What refusals say takes long to import.
            from linksignal.load.nearest import unknown

            raise unknown(gated, formats, column_map)
        found = fits[0]
        _check_whole(found, formats, column_map)
    if gated.encoding not in found.entry.encodings:
        raise refusal(
            gated.name,
            f"it is {gated.encoding.upper()} text, and {found.entry.name} "
            "comes as UTF-8; save it as UTF-8",
        )
    return _without_absent_lists(found)


def _check_whole(
    found: Recognised, formats: Mapping[str, Format], column_map: ColumnMap
) -> None:
    """Raise where columns are left over that make the file one of more."""
    entry = found.entry
    if entry.source != "own" or entry.file or not found.unknown_columns:
        return
    from linksignal.load.nearest import larger

    error = larger(found.gated, entry, found.header, formats, column_map)
    if error:
        raise error


def _without_absent_lists(file: Recognised) -> Recognised:
    """Read a file of which no column is a list as if its format had none.

    Of JSON a key may come later than the head. A digest is one of lists.
    """
    if any(field.rule == "digest" for field in file.entry.fields):
        return file
    if file.header.container not in ("csv", "parquet") or file.spelled(
        column.name for column in file.entry.lists
    ):
        return file
    return replace(file, entry=file.entry.without_lists())


def _tool_error(
    gated: GatedFile, formats: Mapping[str, Format], name: str | None
) -> ToolError | None:
    """Return the error that a tool wrote in place of data, if it did."""
    if not gated.is_whole or gated.is_parquet:
        return None
    error = tool_error(gated.head)
    asked = formats if name is None else {name: formats[name]}
    return None if error is None or _fits(gated, asked) else error


def _without_data(
    gated: GatedFile, error: ToolError, entry: Format | None
) -> Recognised:
    """Read "no data" as zeros where the report is known, or say the error."""
    if not error.is_no_data:
        raise NoData(
            gated.name,
            "it holds an error of the tool in place of data: "
            f"{shown(error.message, 200)}; fix the request and export again",
        )
    counts = _counts_of_domain(entry) if entry else []
    if entry is None or not counts:
        raise NoData(
            gated.name,
            f"the tool has no data on what was asked ({shown(error.message)});"
            " if the report was the totals of a domain's backlinks, name it "
            "with --format semrush_backlinks_overview and --domain, and the "
            "domain counts as one without links",
        )
    return Recognised(gated, entry, Header("csv", tuple(counts)), True)


def _counts_of_domain(entry: Format) -> list[str]:
    """Columns of counts in a format of totals that may lack the domain."""
    fields = entry.fields_of("backlink_profiles")
    domain = fields.get("domain")
    if domain is None or "option" not in domain.settings:
        return []
    return [
        field.sources[0]
        for field in fields.values()
        if field.rule == "count" and field.sources
    ]


def _fits(
    gated: GatedFile,
    formats: Mapping[str, Format],
    column_map: ColumnMap = NO_MAP,
) -> list[Recognised]:
    found = []
    for entry in formats.values():
        for header in headers_of(gated, entry):
            fit = _as_mapped(gated, entry, header, column_map)
            if fit is not None and _is_fit(fit):
                found.append(fit)
                break
    return found


def _as_mapped(
    gated: GatedFile, entry: Format, header: Header, column_map: ColumnMap
) -> Recognised | None:
    """Read a header in a format as the user maps it, None where it cannot."""
    if not header.folded >= set(map(folded, column_map.columns)):
        return None
    own_map = column_map.lacked(header.folded)
    mapped = own_map.of(entry)
    if mapped is None:
        return None
    return Recognised(gated, mapped, header, column_map=own_map)


def _fits_late(
    gated: GatedFile, formats: Mapping[str, Format], column_map: ColumnMap
) -> list[Recognised]:
    """Look for the end of a first JSON value that is longer than the head."""
    is_json = gated.head.lstrip()[:1] in ("{", "[") and gated.encoding == UTF8
    if gated.is_whole or not is_json:
        return []
    longer = longer_start(gated, LIMITS.record_bytes)
    found = _fits(longer, formats, column_map)
    return [replace(fit, gated=gated) for fit in found]


def _is_fit(fit: Recognised) -> bool:
    if fit.header.container not in fit.entry.containers:
        return False
    if not fit.entry.fits(fit.header.folded):
        return False
    return not (fit.entry.is_exact and fit.unknown_columns)


def _best(fits: Sequence[Recognised]) -> list[Recognised]:
    """Leave out a format that understands only part of what another does."""
    understood = [fit.entry.known() & fit.header.folded for fit in fits]
    return [
        fit
        for fit, own in zip(fits, understood, strict=True)
        if not any(own < other for other in understood)
    ]


def _read_as(
    gated: GatedFile, entry: Format, column_map: ColumnMap
) -> Recognised:
    headers = headers_of(gated, entry)
    fitting = [h for h in headers if h.container in entry.containers]
    if not fitting:
        raise refusal(
            gated.name,
            f"it is {headers[0].container}, and {entry.name} comes as "
            f"{' or '.join(entry.containers)}",
        )
    fits = [
        fit
        for header in fitting
        if (fit := _as_mapped(gated, entry, header, column_map)) is not None
    ]
    for fit in fits:
        if not fit.entry.missing_from(fit.header.folded):
            return fit
    from linksignal.load.nearest import lacking

    raise lacking(gated, entry, fitting, column_map)
