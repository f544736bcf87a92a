"""Parse rules: SQL that turns a text into a value or a reason against it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from linksignal.load.engine import lookup
from linksignal.load.platforms import platform_value
from linksignal.sql import literal

UNKNOWN_PLATFORM = "unknown_platform"
# The setting of a platform for the columns that say whether it has searched:
# their names, or names with the words of which one must be in the list there.
WITH_SEARCH = "with_search"
SEARCH_ENDING = " with search"
SCALES = ("0-100", "0-1000", "rank", "centrality")
# No page, link or answer is older than the first web site.
_FIRST_SITE = "date '1990-12-20'"
_BOOLEANS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1", "1.0"), "true"),
    **dict.fromkeys(("false", "f", "no", "n", "0", "0.0"), "false"),
}


@dataclass(frozen=True)
class Text:
    """The text a rule works on; every attribute but the last two is SQL.

    Attributes
    ----------
    form : str
        The text, trimmed; NULL where it is empty or a null token.
    raw : str
        The text as it stands in the file; NULL where `form` is.
    value : str
        The value that the rule found in the text.
    boolean : str
        The truth value, where the engine has read it from the file.
    host : str
        What the columns of the joined row of hosts begin with, for the
        rules that look up a host.
    scale : str
        Scale of the score in the same row.
    latest : str
        The UTC date beyond which a date lies in the future.
    settings : mapping
        The field's settings.
    is_from_zero : bool
        A place 0 occurs in the file.
    """

    form: str
    raw: str = "null"
    value: str = "null"
    boolean: str = ""
    host: str = ""
    scale: str = "null"
    latest: str = "null"
    settings: Mapping[str, Any] = field(default_factory=dict)
    is_from_zero: bool = False


@dataclass(frozen=True)
class Parsed:
    """SQL of the value, the reasons and the notes of a rule.

    Attributes
    ----------
    value : str
        The typed value; what follows refers to it as `Text.value`.
    reason : str
        Code of the reason to reject the record, or NULL.
    skip : str
        Code of the reason to leave the record out, or NULL.
    notes : mapping of str to str
        What is landed and reported: code to boolean.
    """

    value: str
    reason: str = "null"
    skip: str = "null"
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """A parse rule and the settings a format file may give it."""

    parse: Callable[[Text], Parsed]
    settings: frozenset[str] = frozenset()
    needs_host: bool = False


def _text(text: Text) -> Parsed:
    return Parsed(text.raw)


def _name(text: Text) -> Parsed:
    return Parsed(text.form)


def _identifier(text: Text) -> Parsed:
    return Parsed(
        f"identifier_value({text.form})",
        f"identifier_reason({text.form})",
        notes={"date_like_id": f"is_date_like({text.form})"},
    )


def _list(text: Text) -> Parsed:
    return Parsed(f"split_list({text.form})")


def _count(text: Text) -> Parsed:
    low = literal(text.settings.get("min"))
    high = literal(text.settings.get("max"))
    return Parsed(
        f"count_value({text.form})",
        f"count_reason({text.form}, {text.value}, {low}, {high})",
    )


def _position(text: Text) -> Parsed:
    """Parse a position counted from 1, or from 0 if the file does so."""
    place = f"count_value({text.form})"
    return Parsed(
        f"try({place} + 1)" if text.is_from_zero else place,
        f"count_reason({text.form}, {text.value}, 1, null)",
        notes={"position_from_zero": str(text.is_from_zero).lower()},
    )


def _number(text: Text) -> Parsed:
    low = literal(text.settings.get("min"))
    high = literal(text.settings.get("max"))
    return _bounded(text, low, high)


def _score(text: Text) -> Parsed:
    low, high = f"lowest_score({text.scale})", f"highest_score({text.scale})"
    return _bounded(text, low, high)


def _bounded(text: Text, low: str, high: str) -> Parsed:
    return Parsed(
        f"number_value({text.form})",
        f"number_reason({text.form}, {text.value}, {low}, {high})",
    )


def _time(rule: str) -> Callable[[Text], Parsed]:
    def parse(text: Text) -> Parsed:
        return Parsed(
            f"{rule}_value({text.form})",
            f"{rule}_reason({text.form}, {text.value}, {text.latest})",
            notes={"date_before_web": f"{text.value}::date < {_FIRST_SITE}"},
        )

    return parse


def _form(rule: str, reason: str) -> Callable[[Text], Parsed]:
    def parse(text: Text) -> Parsed:
        return Parsed(f"{rule}_value({text.form})", _unless_found(text, reason))

    return parse


def _holds(text: Text) -> Parsed:
    words = ", ".join(map(literal, text.settings["words"]))
    return Parsed(f"holds_value({text.form}, [{words}])")


def _none_of(text: Text) -> Parsed:
    yes = ", ".join(literal(w) for w, b in _BOOLEANS.items() if b == "true")
    return Parsed(f"not holds_value({text.form}, [{yes}])")


def _difference(text: Text) -> Parsed:
    reason = f"case when {text.value} < 0 then 'negative' end"
    return Parsed(f"difference_value({text.form})", reason)


def _dated(text: Text) -> Parsed:
    """Parse a date as whether something has happened; empty means no."""
    form = f"nullif({text.form}, '')"
    reason = f"timestamp_reason({form}, timestamp_value({form}), {text.latest})"
    return Parsed(f"{text.form} <> ''", reason)


def _country(text: Text) -> Parsed:
    found = _form("country", "not_a_country")(text)
    is_kept = text.settings.get("unusable") == "unknown"
    return replace(found, reason="null") if is_kept else found


def _choice(text: Text) -> Parsed:
    return _lookup(text, text.settings["choices"], "unknown_choice")


def _scale(text: Text) -> Parsed:
    return _lookup(text, {scale: scale for scale in SCALES}, "unknown_scale")


def _platform(text: Text) -> Parsed:
    own = text.settings.get("choices", {})
    values = [platform_value(text.form, own)]
    if WITH_SEARCH in text.settings:
        # Most platforms go by one name, whether they have searched or not.
        name = f"replace({text.form}, {literal(SEARCH_ENDING)}, '')"
        values.append(platform_value(name, own))
    patterns = text.settings.get("patterns", {})
    values += [
        f"case when regexp_matches(lower({text.form}), {literal(pattern)}) "
        f"then {literal(platform)} end"
        for pattern, platform in patterns.items()
    ]
    value = f"coalesce({', '.join(values)})"
    return Parsed(value, _unless_found(text, UNKNOWN_PLATFORM))


def _boolean(text: Text) -> Parsed:
    negation = "not " if text.settings.get("negated") else ""
    if text.boolean:
        return Parsed(f"{negation}{text.boolean}")
    found = _lookup(text, _BOOLEANS, "not_a_boolean")
    # Tools write true and false; the lookup of other words is slower.
    return replace(
        found,
        value=f"{negation}case {text.form} when 'true' then true "
        f"when 'false' then false else {found.value}::boolean end",
    )


def _domain(text: Text) -> Parsed:
    skip = "null"
    reason = f"address_reason({text.form}, {text.host}_reason)"
    if text.settings.get("grain") in ("domain", "rank"):
        skip = (
            f"address_grain({text.form}, {text.host}_host, {text.host}_domain)"
        )
    if text.settings.get("grain") == "rank":
        # Lists of ranks have suffixes beside domains: another grain.
        is_suffix = f"{text.host}_reason in ('public_suffix', 'unknown_suffix')"
        skip = f"case when {is_suffix} then {text.host}_reason else {skip} end"
        reason = f"case when not coalesce({is_suffix}, false) then {reason} end"
    return Parsed(
        f"{text.host}_domain",
        reason,
        skip,
        {"lookalike_letters": f"{text.host}_is_lookalike"},
    )


def _url(text: Text) -> Parsed:
    reason = f"address_reason({text.form}, {text.host}_reason)"
    if text.settings.get("unusable") != "unknown":
        return Parsed(text.form, reason)
    return Parsed(
        f"address_or_null({text.form})",
        f"case when is_address({text.form}) then {reason} end",
        notes={"unusable_url": f"not is_address({text.form})"},
    )


def _lookup(text: Text, choices: Mapping[str, str], reason: str) -> Parsed:
    value = f"{lookup(choices)}[lower({text.form})]"
    return Parsed(value, _unless_found(text, reason))


def _unless_found(text: Text, reason: str) -> str:
    return (
        f"case when {text.form} is not null and {text.value} is null"
        f" then {literal(reason)} end"
    )


_FROM_FILE = frozenset({"file_name"})

RULES: dict[str, Rule] = {
    "text": Rule(_text),
    "identifier": Rule(_identifier),
    "list": Rule(_list),
    "count": Rule(_count, frozenset({"min", "max"})),
    "number": Rule(_number, frozenset({"min", "max"})),
    "score": Rule(_score),
    "scale": Rule(_scale),
    "boolean": Rule(_boolean, frozenset({"negated"})),
    "name": Rule(_name),
    "position": Rule(_position),
    "digest": Rule(_name),
    "none_of": Rule(_none_of),
    "difference": Rule(_difference),
    "dated": Rule(_dated),
    "holds": Rule(_holds, frozenset({"words"})),
    "date": Rule(_time("date"), _FROM_FILE),
    "timestamp": Rule(_time("timestamp")),
    "unix_timestamp": Rule(_time("unix_timestamp")),
    "common_crawl_release": Rule(_time("common_crawl_release"), _FROM_FILE),
    "choice": Rule(_choice, frozenset({"choices"})),
    "platform": Rule(
        _platform,
        frozenset({"choices", "join", "option", "patterns", WITH_SEARCH}),
    ),
    "country": Rule(_country, frozenset({"unusable"})),
    "language": Rule(_form("language", "not_a_language")),
    "source": Rule(_form("source", "not_a_source")),
    "domain": Rule(
        _domain,
        frozenset({"grain", "host_first", "option", "unusable"}),
        needs_host=True,
    ),
    "url": Rule(_url, frozenset({"unusable"}), needs_host=True),
}
