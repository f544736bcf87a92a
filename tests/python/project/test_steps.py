"""What a long command tells of its steps: on a terminal, and in a log."""

from __future__ import annotations

import io

import pytest
from linksignal import steps
from linksignal.dbt_process import where
from linksignal.steps import Steps


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """A clock that is set by hand."""
    now = [0.0]
    monkeypatch.setattr(steps.time, "monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_when_a_step_ends(clock):
    log = io.StringIO()
    told = Steps(log)

    with told.step("build"):
        told.detail("3 of 9 done, at model x")
        clock[0] = 61.4

    assert log.getvalue() == "linksignal: build: 1 min 1 s\n"


def test_a_log_hears_of_a_long_step_every_half_minute(clock):
    log = io.StringIO()
    told = Steps(log)

    with told.step("build"):
        for second in range(0, 70, 10):
            clock[0] = float(second)
            told.detail(f"{second} of 70 done")

    assert log.getvalue().splitlines() == [
        "linksignal: build: 30 of 70 done, 30.0 s",
        "linksignal: build: 60 of 70 done, 1 min 0 s",
        "linksignal: build: 1 min 0 s",
    ]


def test_a_terminal_has_one_line_that_is_rewritten(clock):
    screen = Terminal()
    told = Steps(screen)

    with told.step("build"):
        told.detail("3 of 9 done, at " + "x" * 200)

    lines = screen.getvalue().split("\r\x1b[K")
    assert lines[1] == "build"
    assert lines[2].startswith("build: 3 of 9 done")
    assert max(map(len, lines)) < 100
    assert lines[-1] == "linksignal: build: 0.0 s\n"


def test_a_step_that_fails_leaves_an_empty_line_to_the_reason(clock):
    screen, log = Terminal(), io.StringIO()

    for stream in (screen, log):
        with pytest.raises(ValueError), Steps(stream).step("build"):
            raise ValueError

    assert screen.getvalue().endswith("\r\x1b[K")
    assert log.getvalue() == ""


def test_nobody_need_listen(clock):
    with Steps().step("build") as nothing:
        assert nothing is None


PRINTED = """\
10:18:31  1 of 1 START hook: linksignal.on-run-start.0 ....... [RUN]
10:18:31  1 of 1 OK hook: linksignal.on-run-start.0 .......... [OK in 1.01s]
10:18:31  1 of 42 START sql view model staging.stg_x ......... [RUN]
10:18:31  2 of 42 START unit_test stg_x::a_b_c  [RUN]
10:18:31  1 of 42 OK created sql view model staging.stg_x .... [OK in 0.20s]
10:18:31  3 of 42 START test every_x_stands_once ............. [RUN]
10:18:31  2 of 42 FAIL 1 stg_x::a_b_c ........................ [FAIL 1 in 1s]
"""


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("", "reading the project"),
        ("10:18:16  Registered adapter: duckdb", "reading the project"),
        (PRINTED, "2 of 42 done, at test every_x_stands_once"),
    ],
    ids=["nothing", "before the first node", "nodes"],
)
def test_it_is_said_how_far_dbt_is(printed, said):
    assert where(printed) == said
