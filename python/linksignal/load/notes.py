"""Notes: what lands, and is worth a sentence to the user."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from linksignal.load.recognise import Recognised
from linksignal.load.texts import Statement

SENTENCES = {
    "lookalike_letters": "{} with a domain in look-alike letters of another "
    "script",
    "date_before_web": "{} with a date before the first web site (such as "
    "1970-01-01), which often means no date",
    "unusable_url": "{} with a URL that is none; only the domain landed",
    "control_characters": "{} with control characters (such as NUL), each of "
    "which landed as a space",
    "date_like_id": "{} with an id like 2-Mar, which a spreadsheet may have "
    "made of another; check it against the tool's own export",
    "position_from_zero": "{} with positions counted from 0, which landed "
    "counted from 1",
    "redirector": "{} with a source behind a redirector, in whose place "
    "landed what it leads to",
    "silent_redirector": "{} with a source behind a redirector that does not "
    "say where it leads; only the answer landed",
    "link_to_itself": "{} with a link from a site to itself, which lands and "
    "does not count as a backlink",
    "dated_today": "{} without a date, which got today's; give it with --as-of",
    "own_date_kept": "{} with a date in the file, which stands against --as-of",
}


def notes_of(
    file: Recognised,
    parsed_notes: Iterable[tuple[str, str]],
    values: Mapping[str, str],
    statement: Statement,
) -> dict[str, str]:
    """Return what is to be counted among the records that land.

    Parameters
    ----------
    file : Recognised
        The file and its format.
    parsed_notes : iterable of (str, str)
        Code and SQL of the notes of parse rules.
    values : mapping of str to str
        SQL of the typed values, by `Field.key`.
    statement : Statement
        What is known beside the records.

    Returns
    -------
    dict of str to str
        SQL of a boolean by code, a key of `SENTENCES`.
    """
    found: dict[str, list[str]] = {}
    for code, sql in [*parsed_notes, *_more(file, values, statement)]:
        found.setdefault(code, []).append(f"coalesce({sql}, false)")
    return {code: " OR ".join(sqls) for code, sqls in found.items()}


def _more(
    file: Recognised, values: Mapping[str, str], statement: Statement
) -> Iterator[tuple[str, str]]:
    if "backlinks" in file.entry.tables:
        source, target = "backlinks.source_domain", "backlinks.target_domain"
        yield "link_to_itself", f"{values[source]} = {values[target]}"
    yield "control_characters", "has_controls"
    if "ai_references" in file.entry.only_with:
        yield "silent_redirector", "is_redirector"
    if "ai_references" in file.entry.tables:
        yield "redirector", "is_resolved"
    own_date = values.get("as_of", "NULL::DATE")
    if statement.as_of is not None:
        yield "own_date_kept", f"{own_date} <> DATE '{statement.as_of}'"
    elif statement.from_name is None and statement.name_date is None:
        yield "dated_today", f"{own_date} IS NULL"
