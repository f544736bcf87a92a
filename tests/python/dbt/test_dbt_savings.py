"""What a build leaves out of dbt's work changes nothing that dbt does."""

from __future__ import annotations

import datetime
import json
import logging
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import dbt_common.clients.system as system
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.adapters.events.types import (
    FinishedRunningStats,
    SQLQuery,
    SQLQueryStatus,
)
from dbt.adapters.factory import reset_adapters
from dbt.cli.main import dbtRunner
from dbt.clients import jinja
from dbt.context.macros import MacroNamespaceBuilder
from dbt.events.types import (
    LogModelResult,
    StatsLine,
    TimingInfoCollected,
)
from dbt.exceptions import PackageNotFoundForMacroError
from dbt.plugins import PluginManager
from dbt.tracking import track_behavior_change_warn
from dbt_common.clients import agate_helper
from dbt_common.events import base_types, event_manager
from dbt_common.events.base_types import BaseEvent, EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LineFormat, LoggerConfig
from dbt_common.events.types import BehaviorChangeEvent, Formatting
from google.protobuf import json_format
from linksignal import dbt_savings
from linksignal.dbt_savings import dbts_own, save_work

SAVINGS = [
    *("events", "plain texts", "namespaces"),
    *("files", "types", "messages"),
]


@pytest.fixture(autouse=True)
def only_dbts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test begins with dbt's own functions, whatever this process has run."""
    for owner, name in (
        (EventManager, "fire_event"),
        (jinja, "get_rendered"),
        (MacroNamespaceBuilder, "build_namespace"),
        (system, "json"),
        (agate_helper, "build_type_tester"),
        (base_types, "ParseDict"),
    ):
        monkeypatch.setattr(owner, name, dbts_own(owner, name))


def test_all_savings_are_in_force_with_the_dbt_of_the_lock() -> None:
    program = "from linksignal import dbt_savings as s; print(s.save_work())"
    result = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == str(SAVINGS)


def test_a_function_that_a_release_has_changed_stays_dbts_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def changed(*_: Any, **__: Any) -> None:
        """Another source."""

    for owner, name in (
        (EventManager, "fire_event"),
        (jinja, "get_rendered"),
        (MacroNamespaceBuilder, "build_namespace"),
        (system, "write_json"),
        (agate_helper, "build_type_tester"),
        (json_format, "ParseDict"),
    ):
        monkeypatch.setattr(owner, name, changed)
    assert save_work() == []
    assert EventManager.fire_event is changed
    assert jinja.get_rendered is changed
    assert MacroNamespaceBuilder.build_namespace is changed
    assert system.json is json
    assert agate_helper.build_type_tester is changed


def test_a_release_may_lack_what_a_saving_looks_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(json_format._Parser, "_ConvertStructMessage")
    assert save_work() == SAVINGS[:-1]


class Macro:
    """What dbt's builder reads of a macro."""

    def __init__(self, package: str, name: str) -> None:
        self.package_name = package
        self.name = name
        self.unique_id = f"macro.{package}.{name}"
        self.macro_sql = ""


# shared is everywhere, so that every precedence decides somewhere.
MACROS = {
    "dbt": ["shared", "of_dbt", "of_both", "dbt"],
    "dbt_duckdb": ["shared", "of_both", "of_duckdb"],
    "linksignal": ["shared", "raw", "of_two", "host"],
    "host": ["shared", "of_host", "of_two", "of_dbt"],
    "third": ["shared", "of_third", "of_duckdb"],
}


@pytest.mark.parametrize(
    ("root", "search"),
    [
        ("linksignal", "linksignal"),
        ("host", "linksignal"),
        ("host", "host"),
        ("host", "third"),
        ("host", "dbt"),
    ],
)
def test_a_name_means_the_macro_that_dbt_finds(root: str, search: str) -> None:
    macros = {
        package: {name: Macro(package, name) for name in names}
        for package, names in MACROS.items()
    }
    context: dict[str, Any] = {}
    stack = jinja.MacroStack()
    node = object()

    def builder() -> MacroNamespaceBuilder:
        internal = ["dbt_duckdb", "dbt"]
        return MacroNamespaceBuilder(root, search, stack, internal, node)

    wanted = builder().build_namespace(macros, context)
    assert "namespaces" in save_work()
    builder().build_namespace(macros, context)
    found = builder().build_namespace(macros, context)
    assert type(found) is not type(wanted)

    def described(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: described(member) for name, member in value.items()}
        assert type(value) is jinja.MacroGenerator
        return value.macro.unique_id, {**vars(value), "macro": None}

    assert described(dict(found)) == described(dict(wanted))
    for package in (None, *MACROS):
        for name in {name for names in MACROS.values() for name in names}:
            try:
                own = wanted.get_from_package(package, name)
            except PackageNotFoundForMacroError:
                with pytest.raises(PackageNotFoundForMacroError):
                    found.get_from_package(package, name)
                continue
            other = found.get_from_package(package, name)
            assert (own is None) == (other is None)
            assert own is None or described(other) == described(own)


TEXTS = [
    "authority_score between 0 and 100",
    "",
    "1",
    "true",
    "None",
    "'quoted'",
    '"quoted"',
    "[1, 2]",
    "{'a': 1}",
    "  spaces  ",
    "two\nlines",
    "ends in a line\n",
    "carriage\r\nreturn",
    "{{ 1 + 1 }}",
    "{# nothing #}rest",
    "{% if true %}yes{% endif %}",
    "Größe ≤ 5 % # no comment",
    "back\\slash",
]


@pytest.mark.parametrize("text", TEXTS)
def test_an_argument_of_a_test_is_rendered_as_by_dbt(text: str) -> None:
    wanted = jinja.get_rendered(text, {}, native=True)
    jinja._render_cache.clear()
    assert "plain texts" in save_work()
    found = jinja.get_rendered(text, {}, native=True)
    assert (type(found), found) == (type(wanted), wanted)


def logged(level: EventLevel, path: Path) -> tuple[EventManager, Path]:
    manager = EventManager()
    manager.add_logger(
        LoggerConfig(
            name=path.stem,
            line_format=LineFormat.PlainText,
            level=level,
            output_file_name=str(path),
        )
    )
    return manager, path


@pytest.mark.parametrize("level", [EventLevel.DEBUG, EventLevel.INFO])
def test_a_log_holds_the_events_that_dbt_writes(
    level: EventLevel, tmp_path: Path
) -> None:
    def lines(name: str) -> list[str]:
        manager, path = logged(level, tmp_path / name)
        manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
        manager.fire_event(Formatting("for people"), level=EventLevel.INFO)
        manager.fire_event(Formatting("for dbt"), level=EventLevel.DEBUG)
        manager.flush()
        return [line[8:] for line in path.read_text().splitlines()]

    wanted = lines(f"own_{level.value}.log")
    assert "events" in save_work()
    assert lines(f"ours_{level.value}.log") == wanted
    assert ("select 1" in "".join(wanted)) == (level is EventLevel.DEBUG)


def test_a_program_that_listens_gets_every_event() -> None:
    assert "events" in save_work()
    manager, heard = EventManager(), []
    manager.add_callback(heard.append)
    manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
    assert [message.info.name for message in heard] == ["SQLQuery"]


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the events of which a message for the logs was made."""
    names: list[str] = []
    make = event_manager.msg_from_base_event

    def noted(event: BaseEvent, level: EventLevel | None = None) -> Any:
        names.append(type(event).__name__)
        return make(event, level)

    monkeypatch.setattr(event_manager, "msg_from_base_event", noted)
    return names


def test_an_event_that_nobody_takes_is_not_made(
    made: list[str], tmp_path: Path
) -> None:
    assert "events" in save_work()
    manager, _ = logged(EventLevel.INFO, tmp_path / "unheard.log")
    # dbt's own listener, which is there in every run, takes one kind.
    manager.add_callback(track_behavior_change_warn)
    manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
    assert not made


def test_what_dbts_own_listener_takes_is_made(
    made: list[str], tmp_path: Path
) -> None:
    assert "events" in save_work()
    manager, _ = logged(EventLevel.ERROR, tmp_path / "tracked.log")
    manager.add_callback(track_behavior_change_warn)
    manager.fire_event(
        BehaviorChangeEvent(flag_name="a", description="b", docs_url="c"),
        level=EventLevel.DEBUG,
    )
    assert made == ["BehaviorChangeEvent"]


def test_a_run_makes_no_message_of_its_queries(
    tmp_path: Path,
    parsed: Any,
    made: list[str],
    monkeypatch: pytest.MonkeyPatch,
    project_dir: Path,
) -> None:
    monkeypatch.setenv("LINKSIGNAL_DATABASE", str(tmp_path / "study.duckdb"))
    try:
        outcome = dbtRunner(manifest=parsed).invoke(
            [
                *("run-operation", "check_study"),
                *("--project-dir", str(project_dir)),
                *("--profiles-dir", str(project_dir)),
                *("--target-path", str(tmp_path), "--log-path", str(tmp_path)),
            ]
        )
    finally:
        reset_adapters()
        DuckDBConnectionManager.close_all_connections()
    assert outcome.success
    assert "SQLQuery" not in made


def with_logger() -> tuple[EventManager, logging.Logger]:
    """Give dbt a logger of Python, as a program may."""
    manager, own = EventManager(), logging.getLogger("of_a_program")
    manager.add_logger(
        LoggerConfig(name="any", line_format=LineFormat.PlainText, logger=own)
    )
    return manager, own


def test_a_logger_of_a_program_gets_what_it_takes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Its level is its own: that of the configuration says nothing."""
    manager, own = with_logger()
    assert "events" in save_work()
    for level, count in ((logging.INFO, 0), (logging.DEBUG, 1)):
        own.setLevel(level)
        manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
        assert len(caplog.records) == count


def test_lines_for_the_logger_of_a_program_are_made(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager, own = with_logger()
    own.setLevel(logging.DEBUG)
    monkeypatch.setattr(dbt_savings, "get_event_manager", lambda: manager)
    dbt_savings.format_what_is_logged()
    manager.fire_event(SQLQuery(conn_name="one", sql="select 1"))
    assert "select 1" in caplog.text


def test_a_file_of_json_is_written_byte_for_byte_as_by_dbt(
    tmp_path: Path,
) -> None:
    data = {
        "text": 'Größe "5"\n\u2028',
        "numbers": [1, -0.1, 1e300, True, None, Decimal("1.50")],
        "at": datetime.datetime(2026, 1, 2, 3, 4, 5),
        3: {"nested": [{}, [], ()]},
    }
    own, ours = tmp_path / "own.json", tmp_path / "ours.json"
    system.write_json(str(own), data)
    assert "files" in save_work()
    system.write_json(str(ours), data)
    assert ours.read_bytes() == own.read_bytes()
    assert len(own.read_bytes()) > 100


RESULT = [
    {
        "count": 1,
        "share": Decimal("0.25"),
        "day": datetime.date(2026, 1, 2),
        "at": datetime.datetime(2026, 1, 2, 3, 4),
        "is_met": True,
        "text": "null",
        "mixed": None,
        "list": ["a", 1],
        "nothing": None,
    },
    {
        "count": None,
        "share": 2,
        "day": None,
        "at": None,
        "is_met": False,
        "text": "2026-01-02",
        "mixed": "",
        "list": [],
        "nothing": None,
    },
]


def test_a_result_has_the_types_and_values_that_dbt_gives_it() -> None:
    def described() -> list[Any]:
        table = agate_helper.table_from_data_flat(RESULT, list(RESULT[0]))
        types = [
            (type(held), list(held.null_values)) for held in table.column_types
        ]
        rows = [[(type(one), one) for one in row] for row in table.rows]
        return [table.column_names, types, rows]

    wanted = described()
    assert "types" in save_work()
    assert described() == wanted
    # What one result was like says nothing about the next.
    assert described() == wanted


class Name(str):
    """As dbt's enumerations of texts."""


NODE: dict[str, Any] = {
    "node_name": "claims",
    "node_status": None,
    "meta": {"owner": "linksignal"},
    "node_relation": {"database": "a", "alias": None},
}
DAY = "2026-01-02T03:04:05Z"

# Some that no message takes, too: a log says what is wrong with them.
VALUES: list[tuple[type[BaseEvent], dict[str, Any]]] = [
    (SQLQuery, {}),
    (SQLQuery, {"sql": "select 'Größe \U0001f517'", "conn_name": "master"}),
    (SQLQuery, {"sql": "a", "node_info": NODE}),
    (SQLQuery, {"sql": "a", "node_info": {}}),
    (SQLQuery, {"sql": "a", "node_info": None}),
    (SQLQuery, {"sql": "a", "node_info": NODE | {"meta": {}}}),
    (SQLQuery, {"node_info": {"meta": {"a": {"b": [1, None, True, "c"]}}}}),
    (SQLQuery, {"node_info": {"meta": {"a": 1.5, "b": Name("c")}}}),
    (SQLQuery, {"node_info": {"meta": {"a": object()}}}),
    (SQLQuery, {"node_info": {"meta": {1: "a"}}}),
    (SQLQuery, {"node_info": {"meta": []}}),
    (SQLQuery, {"node_info": {"meta": "a"}}),
    (SQLQuery, {"node_info": {"node_name": 1}}),
    (SQLQuery, {"node_info": {"nothing": "a"}}),
    (SQLQuery, {"sql": Name("select 1")}),
    (SQLQuery, {"sql": "unpaired \ud83d"}),
    (SQLQuery, {"sql": "paired \ud83d\ude00"}),
    (SQLQuery, {"sql": b"bytes"}),
    (SQLQuery, {"sql": 1}),
    (SQLQuery, {"connName": "master"}),
    (SQLQuery, {"connName": "a", "conn_name": "b"}),
    (SQLQuery, {"nothing": 1}),
    (SQLQueryStatus, {"status": "OK", "elapsed": 0.1, "node_info": NODE}),
    (SQLQueryStatus, {"elapsed": 3.5e38}),
    (SQLQueryStatus, {"elapsed": -3.41e38}),
    (SQLQueryStatus, {"elapsed": float("nan")}),
    (SQLQueryStatus, {"elapsed": float("-inf")}),
    (SQLQueryStatus, {"elapsed": 1}),
    (SQLQueryStatus, {"elapsed": "0.5"}),
    (SQLQueryStatus, {"elapsed": True}),
    (SQLQueryStatus, {"elapsed": Decimal("0.5")}),
    (LogModelResult, {"index": 3, "total": 7, "execution_time": 0.25}),
    (LogModelResult, {"index": 2**31}),
    (LogModelResult, {"index": -(2**31)}),
    (LogModelResult, {"index": True}),
    (LogModelResult, {"index": 1.0}),
    (LogModelResult, {"index": 1.5}),
    (LogModelResult, {"index": "4"}),
    (
        TimingInfoCollected,
        {"timing_info": {"started_at": "2026-01-02T03:04:05Z"}},
    ),
    (FinishedRunningStats, {"execution": "1 s", "execution_time": 1.5}),
    (StatsLine, {"stats": {"pass": 1, "warn": 0}}),
    (StatsLine, {"stats": {"pass": "1"}}),
    (StatsLine, {"stats": {"pass": None}}),
]


@pytest.mark.parametrize(("event", "values"), VALUES)
def test_a_message_is_filled_as_by_dbt(
    event: type[BaseEvent], values: dict[str, Any]
) -> None:
    kind = getattr(event.PROTO_TYPES_MODULE, event.__name__)

    def outcome() -> tuple[type, Any]:
        try:
            message = base_types.ParseDict(values, kind())
        except Exception as error:
            return type(error), str(error)
        return type(message), message.SerializeToString(deterministic=True)

    wanted = outcome()
    assert "messages" in save_work()
    assert outcome() == wanted


def test_our_own_project_alone_is_saved_work() -> None:
    PluginManager.from_modules("shop")
    assert EventManager.fire_event is dbts_own(EventManager, "fire_event")
    PluginManager.from_modules("linksignal")
    assert EventManager.fire_event is not dbts_own(EventManager, "fire_event")


def test_a_log_is_asked_once(tmp_path: Path) -> None:
    """The plugin of the project saves work, and that of the profile again."""
    manager, _ = logged(EventLevel.INFO, tmp_path / "once.log")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dbt_savings, "get_event_manager", lambda: manager)
        dbt_savings.format_what_is_logged()
        once = manager.loggers[0].filter
        dbt_savings.format_what_is_logged()
    assert manager.loggers[0].filter is once


def test_a_function_without_a_source_is_not_known() -> None:
    assert dbt_savings.source_digest(len) == ""
