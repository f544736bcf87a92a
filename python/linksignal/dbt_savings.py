"""Work that dbt does and nobody sees, left out of a build.

None of it changes what dbt builds, prints or writes. Each saving stands in for
functions of dbt that it knows by their source: where a release has changed
one, dbt keeps its own, and a build takes as long as it does there.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import logging
import os
import types
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import agate
import dbt_common.clients.system
from dbt.clients import jinja
from dbt.context.macros import MacroNamespace, MacroNamespaceBuilder
from dbt.exceptions import PackageNotFoundForMacroError
from dbt.tracking import track_behavior_change_warn
from dbt_common.clients import agate_helper
from dbt_common.events import base_types
from dbt_common.events.base_types import (
    BaseEvent,
    EventLevel,
    EventMsg,
)
from dbt_common.events.event_manager import EventManager
from dbt_common.events.event_manager_client import get_event_manager
from dbt_common.events.logger import _Logger
from google.protobuf import json_format
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct

# Levels of dbt's events; it prints the PrintEvents in its logs at any level.
_LEVELS = {
    "test": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_AT_ANY_LEVEL = ("PrintEvent", "ShowNode", "CompiledNode")

# The only event that track_behavior_change_warn reads, the callback that dbt
# adds to every run.
_TRACKED = "BehaviorChangeEvent"


def save_work() -> list[str]:
    """Leave out of this process's dbt what is known to be without effect.

    Returns
    -------
    list of str
        Names of the savings that are in force.
    """
    format_what_is_logged()
    savings = {
        "events": _drop_events,
        "plain texts": _keep_plain_texts,
        "namespaces": _share_namespaces,
        "files": _encode_at_once,
        "types": _share_types,
        "messages": _fill_at_once,
    }
    return [name for name, save in savings.items() if _in_force(save)]


def _in_force(save: Callable[[], bool]) -> bool:
    # A release may lack what a saving looks for.
    with suppress(AttributeError):
        return save()
    return False


def _are_known(known: Mapping[Callable[..., Any], str]) -> bool:
    return all(
        source_digest(function) == digest for function, digest in known.items()
    )


def _stand_in(owner: Any, name: str, ours: Any) -> None:
    ours.stands_for = dbts_own(owner, name)
    setattr(owner, name, ours)


def dbts_own(owner: Any, name: str) -> Any:
    """Return what dbt itself has, whether or not something stands in for it.

    Parameters
    ----------
    owner : module or type
    name : str
        Of its attribute.

    Returns
    -------
    object
    """
    found = getattr(owner, name)
    return getattr(found, "stands_for", found)


def source_digest(function: Callable[..., Any]) -> str:
    """Tell one source text of a function from another.

    Parameters
    ----------
    function : callable
        Written in Python.

    Returns
    -------
    str
        Twelve hexadecimal digits; empty when there is no source to read.
    """
    with suppress(OSError, TypeError):
        source = inspect.getsource(function)
        return hashlib.sha256(source.encode()).hexdigest()[:12]
    return ""


def format_what_is_logged() -> None:
    """Let dbt make no line of an event that no log of it takes.

    It makes one for each log and leaves the level to Python's logging, which
    throws nine of ten away; a tenth of the CPU of a build.
    """
    for logger in get_event_manager().loggers:
        if not hasattr(logger.filter, "stands_for"):
            _stand_in(logger, "filter", _if_logged(logger))


def _if_logged(logger: _Logger) -> Callable[[EventMsg], bool]:
    takes = logger.filter

    def is_logged(message: EventMsg) -> bool:
        info = message.info
        return (
            info.name in _AT_ANY_LEVEL or _takes_level(logger, info.level)
        ) and takes(message)

    return is_logged


def _takes_level(logger: _Logger, level: str) -> bool:
    # Not logger.level, which says nothing where dbt was given a logger.
    own = logger._python_logger
    return own is not None and own.isEnabledFor(_LEVELS[level])


def _drop_events() -> bool:
    """Make no message of an event below the levels of all logs."""
    fire = EventManager.fire_event
    known = {fire: "5c04bc105a05", track_behavior_change_warn: "819f14c698ef"}
    if not _are_known(known):
        return False

    def fire_what_is_heard(
        self: EventManager,
        e: BaseEvent,
        level: EventLevel | None = None,
        node: Any = None,
        force_warn_or_error_handling: bool = False,
    ) -> None:
        if force_warn_or_error_handling or _is_heard(
            self, e, (level or e.level_tag()).value
        ):
            fire(self, e, level, node, force_warn_or_error_handling)

    _stand_in(EventManager, "fire_event", fire_what_is_heard)
    return True


def _is_heard(manager: EventManager, event: BaseEvent, level: str) -> bool:
    return (
        level not in ("debug", "test")
        or type(event).__name__ in (*_AT_ANY_LEVEL, _TRACKED)
        or any(
            callback is not track_behavior_change_warn
            for callback in manager.callbacks
        )
        or any(_takes_level(logger, level) for logger in manager.loggers)
        # With it dbt prints the name of every event.
        or "DBT_TEST_BINARY_SERIALIZATION" in os.environ
    )


def _keep_plain_texts() -> bool:
    """Compile no template of an argument of a test that is plain text."""
    render = jinja.get_rendered
    if not _are_known({render: "e1be3ef293c7"}):
        return False

    def rendered(
        string: Any,
        ctx: dict[str, Any],
        node: Any = None,
        capture_macros: bool = False,
        native: bool = False,
    ) -> Any:
        if native and type(string) is str and _is_plain(string):
            return string
        return render(string, ctx, node, capture_macros, native)

    _stand_in(jinja, "get_rendered", rendered)
    return True


def _is_plain(text: str) -> bool:
    """Whether Jinja gives a text back as it is."""
    return not (
        jinja._HAS_RENDER_CHARS_PAT.search(text)
        or "\r" in text
        or text.endswith("\n")
    )


class _Names(dict[str, Any]):
    """What a macro's name means at one node; stands in for MacroNamespace."""

    packages: dict[str, dict[str, Any]]
    of_dbt: dict[str, Any]

    def get_from_package(self, package_name: str | None, name: str) -> Any:
        if package_name is None:
            return self.get(name)
        if package_name == "dbt":
            return self.of_dbt.get(name)
        if package_name in self.packages:
            return self.packages[package_name].get(name)
        raise PackageNotFoundForMacroError(package_name)


class _Layout(NamedTuple):
    """Which macros there are, by package: the same at every node."""

    macros_by_package: Mapping[str, Mapping[str, Any]]
    macros: list[Any]
    names: dict[str, list[str]]
    slices: dict[str, slice]


def _layout(macros_by_package: Mapping[str, Mapping[str, Any]]) -> _Layout:
    names = {
        package: [macro.name for macro in macros.values()]
        for package, macros in macros_by_package.items()
    }
    ends = accumulate(map(len, names.values()), initial=0)
    return _Layout(
        macros_by_package,
        [
            macro
            for macros in macros_by_package.values()
            for macro in macros.values()
        ],
        names,
        {
            package: slice(*part)
            for package, part in zip(names, pairwise(ends), strict=False)
        },
    )


def _share_namespaces() -> bool:
    """Sort the macros once for all nodes: dbt does twice at each node."""
    build = MacroNamespaceBuilder.build_namespace
    generator = jinja.MacroGenerator
    bases = generator.__mro__[1:3]
    if not _are_known(
        {
            MacroNamespaceBuilder.__init__: "1c18274ea611",
            MacroNamespaceBuilder.add_macro: "fcc9af4c920a",
            MacroNamespace._search_order: "28d9673a46dd",
            build: "dcee80a6bc4f",
            generator.__init__: "ca8db6c1c00a",
            bases[0].__init__: "a7160106771b",
            bases[1].__init__: "e53eaf68e31c",
        }
    ):
        return False
    known: list[_Layout] = []

    def namespace(
        self: MacroNamespaceBuilder,
        macros_by_package: Mapping[str, Mapping[str, Any]],
        ctx: dict[str, Any],
    ) -> Any:
        if not known or known[0].macros_by_package is not macros_by_package:
            known[:] = [_layout(macros_by_package)]
            # dbt's own finds macros of one name.
            return build(self, macros_by_package, ctx)
        made = list(_generators(known[0].macros, ctx, self))
        return _names(self, known[0], made)

    _stand_in(MacroNamespaceBuilder, "build_namespace", namespace)
    return True


def _generators(
    macros: list[Any], context: dict[str, Any], builder: MacroNamespaceBuilder
) -> Iterator[Any]:
    """As MacroGenerator(macro, context, node, stack): three classes fill it."""
    generator, new = jinja.MacroGenerator, object.__new__
    node, stack = builder.node, builder.thread_ctx
    for macro in macros:
        made = new(generator)
        made.context = context
        made.macro = macro
        made.node = node
        made.stack = stack
        yield made


def _names(
    builder: MacroNamespaceBuilder, layout: _Layout, generators: list[Any]
) -> _Names:
    by_package = {
        package: dict(
            zip(names, generators[layout.slices[package]], strict=True)
        )
        for package, names in layout.names.items()
    }
    internal = builder.internal_package_names_order
    names = _Names()
    names.of_dbt = {}
    for package in reversed(internal):
        names.of_dbt.update(by_package.get(package, {}))
    names.packages = {
        package: macros
        for package, macros in by_package.items()
        if package not in builder.internal_package_names
    }
    # Who comes later wins: the node's own package before the project's.
    names.update(names.of_dbt)
    names["dbt"] = names.of_dbt
    names.update(names.packages)
    names.update(names.packages.get(builder.root_package, {}))
    names.update(names.packages.get(builder.search_package, {}))
    return names


def _encode_at_once() -> bool:
    """Write a manifest as one text: in pieces it takes ten times the CPU."""
    system = dbt_common.clients.system
    if not _are_known({system.write_json: "158d4b8ce971"}):
        return False

    def dump(data: Any, file: Any, **options: Any) -> None:
        file.write(json.dumps(data, **options))

    own = types.SimpleNamespace(**{**vars(json), "dump": dump})
    _stand_in(system, "json", own)
    return True


def _share_types() -> bool:
    """Try the values of each result on the same types: three parse dates."""
    build = agate_helper.build_type_tester
    run = agate.TypeTester.run
    if not _are_known({build: "a743694b0fde", run: "7754bd7b0084"}):
        return False

    @cache
    def types(null_values: tuple[str, ...] | None) -> list[Any]:
        return list(build((), null_values)._possible_types)

    def tester(
        text_columns: Iterable[str],
        string_null_values: Iterable[str] | None = ("null", ""),
    ) -> agate.TypeTester:
        shared = types(
            None if string_null_values is None else tuple(string_null_values)
        )
        return agate.TypeTester(
            force=dict.fromkeys(text_columns, shared[-1]), types=shared
        )

    _stand_in(agate_helper, "build_type_tester", tester)
    return True


# What json_format stores as it is; a message is filled from a dict in turn.
_STORED = {
    FieldDescriptor.TYPE_STRING: str,
    FieldDescriptor.TYPE_BOOL: bool,
    FieldDescriptor.TYPE_FLOAT: float,
    FieldDescriptor.TYPE_DOUBLE: float,
    FieldDescriptor.TYPE_INT32: int,
    FieldDescriptor.TYPE_INT64: int,
    FieldDescriptor.TYPE_MESSAGE: dict,
}
_LARGEST_FLOAT = 3.4e38


def _fill_at_once() -> bool:
    """Fill the message of an event without reading each value as JSON."""
    parse = json_format.ParseDict
    parser = json_format._Parser
    if not _are_known(
        {
            BaseEvent.__init__: "19e8dedf2843",
            parse: "a683e3e7f37f",
            parser.ConvertMessage: "40c04a26671a",
            parser._ConvertFieldValuePair: "810d5a35e4f7",
            parser._ConvertStructMessage: "550667f21cde",
            parser._ConvertValueMessage: "bc3482e43818",
            json_format._ConvertScalarFieldValue: "ea97bf643b04",
            json_format._ConvertFloat: "98d030921fce",
        }
    ):
        return False

    def filled(js_dict: dict[str, Any], message: Message) -> Message:
        try:
            return _fill(js_dict, message, parse)
        except Exception:
            # It says what is wrong.
            return parse(js_dict, type(message)())

    _stand_in(base_types, "ParseDict", filled)
    return True


def _fill(
    values: dict[str, Any], message: Message, parse: Callable[..., Message]
) -> Message:
    stored = _stored_fields(message.DESCRIPTOR)
    others = {}
    for name, value in values.items():
        kind, wanted = type(value), stored[name]
        if value is None and wanted is not None:
            message.ClearField(name)
        elif kind is not wanted:
            others[name] = value
        elif kind is dict:
            part = getattr(message, name)
            part.SetInParent()
            if isinstance(part, Struct):
                _fill_struct(value, part, parse)
            else:
                _fill(value, part, parse)
        elif kind is float and not abs(value) < _LARGEST_FLOAT:
            others[name] = value
        else:
            setattr(message, name, value)
    return parse(others, message) if others else message


def _fill_struct(
    values: dict[str, Any], message: Struct, parse: Callable[..., Message]
) -> None:
    """The meta of a node: as a rule a few texts."""
    if all(type(value) is str for value in values.values()):
        for name, value in values.items():
            message.fields[name].string_value = value
    else:
        parse(values, message)


@cache
def _stored_fields(message: Descriptor) -> dict[str, type | None]:
    """Types of values that need no reading, by field; None where all do."""
    return {
        field.name: None
        if field.is_repeated
        or field.containing_oneof is not None
        or _is_read_in_a_way_of_its_own(field.message_type)
        else _STORED.get(field.type)
        for field in message.fields
    }


def _is_read_in_a_way_of_its_own(message: Descriptor | None) -> bool:
    return (
        message is not None
        and message.full_name != Struct.DESCRIPTOR.full_name
        and message.full_name.startswith("google.protobuf.")
    )
