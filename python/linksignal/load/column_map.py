"""Columns that the user renames on the way in, and sets where there are none.

A map changes the format, not the file: what the format calls ``platform`` is
read from the file's ``engine``. So all that is said of a file names the columns
that it has.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from linksignal.errors import LinksignalError, refusal
from linksignal.load.format_file import (
    ELEMENT,
    OR,
    Field,
    Format,
    alternatives,
    folded,
    list_of,
)
from linksignal.load.rules import WITH_SEARCH
from linksignal.paths import pasted
from linksignal.text import meant, shown


@dataclass(frozen=True)
class ColumnMap:
    """Which columns of a file a format is to read.

    Attributes
    ----------
    columns : mapping of str to str
        Column of the file to the column of the format that it is.
    constants : mapping of str to str
        Column of the format to the text that it has in every record of a
        file that lacks it.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, columns: str | None, constants: str | None) -> ColumnMap:
        """Read what the user gives with ``--map`` and ``--set``.

        Raises
        ------
        LinksignalError
            Exit code 2 when a part is not a pair, or a name occurs twice.
        """
        pairs = list(_pairs(columns or "", "--map", "engine=platform"))
        _check_once([target for _, target in pairs], "--map")
        _check_once([name for name, _ in pairs], "--map")
        fixed = list(_pairs(constants or "", "--set", "platform=grok"))
        _check_once(
            [name for name, _ in fixed] + [target for _, target in pairs],
            "--set" if fixed else "--map",
        )
        return cls(dict(pairs), dict(fixed))

    @property
    def targets(self) -> list[str]:
        """Columns of the format that it speaks of."""
        return [*self.columns.values(), *self.constants]

    def words(self) -> str:
        """Return it as the user could give it on a command line."""
        return _words(self.columns, self.constants)

    def check(self, formats: Iterable[Format]) -> None:
        """Raise where no format has a column that it speaks of.

        Raises
        ------
        LinksignalError
            Exit code 2.
        """
        if not self.targets:
            return
        known = {
            folded(name): name for entry in formats for name in _names_of(entry)
        }
        for name, target in self.columns.items():
            if folded(target) not in known:
                raise _no_target("--map", target, known, name)
        for name in self.constants:
            if folded(name) not in known:
                raise _no_target("--set", name, known)

    def check_file(self, file: str, columns: Iterable[str]) -> None:
        """Raise where a file lacks a column that is to be renamed.

        Raises
        ------
        LinksignalError
            Exit code 3.
        """
        own = list(columns)
        has = set(map(folded, own))
        for name in self.columns:
            if folded(name) not in has:
                near = meant(name, own)
                raise refusal(
                    file,
                    f"it has no column {shown(name)}, which --map renames"
                    f"{near}; its columns are "
                    f"{', '.join(map(shown, own[:12]))}",
                )

    def lacked(self, header: frozenset[str]) -> ColumnMap:
        """Return it without constants of columns that a folded header has."""
        if not self.constants:
            return self
        constants = {
            name: text
            for name, text in self.constants.items()
            if folded(name) not in header
        }
        return replace(self, constants=constants)

    def of(self, entry: Format) -> Format | None:
        """Return a format as it reads the file, None where it cannot."""
        if not self.targets:
            return entry
        known = set(map(folded, _names_of(entry)))
        excluded = set(map(folded, entry.excludes))
        if not known >= set(map(folded, self.targets)):
            return None
        if not excluded.isdisjoint(map(folded, self.targets)):
            return None
        requires = map(folded, entry.requires)
        is_set = not set(requires).isdisjoint(map(folded, self.constants))
        renamed = set(map(folded, self.columns))
        fields = (self._field(each) for each in entry.fields)
        return replace(
            entry,
            fields=tuple(fields),
            lists=tuple(
                replace(
                    each,
                    name=self._name(each.name),
                    unless=self._name(each.unless),
                )
                for each in entry.lists
            ),
            # What is renamed is no column that tells another format.
            excludes=tuple(
                n for n in entry.excludes if folded(n) not in renamed
            ),
            requires=() if is_set else tuple(map(self._name, entry.requires)),
            only={
                self._name(name): values
                for name, values in entry.only.items()
                if self._constant(name) is None
            },
            skip_empty={
                reason: tuple(map(self._name, names))
                for reason, names in entry.skip_empty.items()
            },
        )

    def _field(self, used: Field) -> Field:
        if used.rule == "digest":
            # What is the same in every record identifies none.
            free = (n for n in used.sources if self._constant(n) is None)
            return replace(used, sources=tuple(map(self._name, free)))
        constant = next(
            (
                text
                for text in map(self._constant, used.sources)
                if text is not None
            ),
            None,
        )
        settings: dict[str, Any] = dict(used.settings)
        if isinstance(settings.get(WITH_SEARCH), list):
            settings[WITH_SEARCH] = [
                self._name(name) for name in settings[WITH_SEARCH]
            ]
        changed = replace(
            used,
            part=self._name(used.part),
            sources=tuple(map(self._name, used.sources)),
            within=used.within and self._name(used.within),
            title=used.title and self._name(used.title),
            settings=settings,
        )
        if constant is None:
            return changed
        return replace(
            changed, sources=(), value=constant, default=None, title=None
        )

    def _constant(self, name: str) -> str | None:
        found = {folded(key): text for key, text in self.constants.items()}
        return found.get(folded(name))

    def _name(self, name: str) -> str:
        """Return what the file calls a column, an element or a list."""
        own = {folded(target): name for name, target in self.columns.items()}
        column = list_of(name)
        if column is not None:
            return f"{self._name(column)}{ELEMENT}{name.partition(ELEMENT)[2]}"
        return OR.join(own.get(folded(n), n) for n in alternatives(name))


NO_MAP = ColumnMap()


def _names_of(entry: Format) -> Iterator[str]:
    for name in entry.columns():
        yield from alternatives(name)
    yield from entry.requires


def _pairs(text: str, option: str, example: str) -> Iterator[tuple[str, str]]:
    if not text.strip():
        return
    try:
        parts = next(csv.reader([text], skipinitialspace=True, strict=True))
    except csv.Error as error:
        raise LinksignalError(
            f"{option} {shown(text)}: its quotes are not closed; write it like "
            f"{option} {example}"
        ) from error
    for part in parts:
        # A column of a file may have the sign in its name, and so a constant.
        first, sign, second = (
            part.rpartition("=") if option == "--map" else part.partition("=")
        )
        if not sign or not first.strip() or not second.strip():
            raise LinksignalError(
                f"{option} {shown(part)} is not a pair; write it like {option} "
                f"{example}, several with commas between them"
            )
        if option == "--set" and not second.isprintable():
            raise LinksignalError(
                f"{option} {shown(part)} holds a character that cannot be "
                "printed; leave it out"
            )
        yield first.strip(), second.strip()


def _check_once(names: Iterable[str], option: str) -> None:
    seen = set()
    for name in names:
        if folded(name) in seen:
            raise LinksignalError(
                f"{option}: {shown(name)} occurs twice; name it once"
            )
        seen.add(folded(name))


def _no_target(
    option: str, target: str, known: Mapping[str, str], name: str | None = None
) -> LinksignalError:
    if name is not None and folded(name) in known:
        hint = (
            "; the file's column stands first, so write --map "
            f"{pasted(f'{target}={name}')}"
        )
    else:
        hint = f"{meant(target, known.values())}; linksignal formats NAME "
        hint += "lists those of a format"
    return LinksignalError(
        f"{option}: no format reads a column {shown(target)}{hint}"
    )


def _words(columns: Mapping[str, str], constants: Mapping[str, str]) -> str:
    words = []
    if columns:
        words.append(f"--map {pasted(_joined(columns))}")
    if constants:
        words.append(f"--set {pasted(_joined(constants))}")
    return " ".join(words)


def _joined(pairs: Mapping[str, str]) -> str:
    parts = [f"{name}={text}" for name, text in pairs.items()]
    return ",".join(
        '"' + part.replace('"', '""') + '"' if set(part) & set('",') else part
        for part in parts
    )
