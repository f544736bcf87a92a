from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from linksignal.project import PROJECT_DIR
from linksignal.stats import tables
from linksignal.stats.rules import (
    MIN_OFF_MODE_ROWS,
    MIN_ROWS,
    Profile,
    Status,
    pair_status,
    profile,
    smallest_detectable_r,
    status_sentences,
)
from scipy.stats import norm


def usual(**changes):
    facts = {
        "is_finite": True,
        "is_constant": False,
        "off_mode_count": 50,
        "distinct_count": 50,
        "zero_share": 0.0,
        "tied_share": 0.0,
    }
    return Profile(**(facts | changes))


def test_every_status_of_the_rules_stands_in_the_lookup_in_its_order():
    # All but "ok" say what they mean.
    sentences = status_sentences()
    assert [Status(name).value for name in sentences] == list(sentences)
    by_rules = [status.value for status in Status]
    assert by_rules == [name for name in sentences if name in by_rules]
    silent = [status for status, told in sentences.items() if not told]
    assert silent == [Status.OK.value]


def test_every_status_of_the_lookup_is_given_by_a_rule_or_a_table():
    by_rules = {status.value for status in Status}
    sources = [
        *(PROJECT_DIR / "models" / "findings").glob("*.sql"),
        *(Path(tables.__file__).parent).glob("*.py"),
    ]
    quoted = {
        words
        for path in sources
        for words in re.findall(r"""['"](\w+)['"]""", path.read_text("utf-8"))
    }
    assert set(status_sentences()) - by_rules <= quoted


def test_a_status_that_the_lookup_lacks_is_none():
    with pytest.raises(ValueError, match="no_such_status"):
        Status("no_such_status")


def test_the_sentences_of_the_lookup_tell_the_numbers_of_the_rules():
    assert Status.OK.sentence is None
    for status, needed in (
        (Status.TOO_FEW, MIN_ROWS),
        (Status.TOO_FEW_DISTINCT, MIN_OFF_MODE_ROWS),
    ):
        assert status.sentence.startswith(f"Fewer than {needed} domains ")


def test_a_profile_counts_zeros_ties_and_rows_off_the_mode():
    found = profile(np.array([0.0, 0, 0, 1, 2, 2, 5]))
    assert found == Profile(True, False, 4, 4, 3 / 7, 5 / 7)


def test_where_no_value_repeats_every_row_is_off_the_mode():
    assert profile(np.arange(10.0)).off_mode_count == 10


@pytest.mark.parametrize(
    ("values", "is_constant"),
    [
        ([0.0, 0.0], True),
        ([0.1 + 0.2, 0.3], True),
        ([1e300, 1e300 * (1 + 1e-15)], True),
        ([-1e308, 1e308], False),
        ([1e-300, 2e-300], False),
        ([5e-324, 0.0], False),
        ([0.3, 0.3 + 1e-9], False),
        ([np.inf, np.inf], False),
    ],
)
def test_values_that_differ_by_rounding_are_constant(values, is_constant):
    assert profile(np.array(values)).is_constant is is_constant


@pytest.mark.parametrize(
    ("row_count", "signal", "outcome", "status"),
    [
        (50, usual(), usual(), Status.OK),
        (10, usual(), usual(), Status.OK),
        (0, usual(), usual(), Status.NO_OVERLAP),
        (9, usual(), usual(), Status.TOO_FEW),
        (9, usual(is_constant=True), usual(), Status.TOO_FEW),
        (50, usual(is_constant=True), usual(), Status.CONSTANT_SIGNAL),
        (50, usual(), usual(is_constant=True), Status.CONSTANT_OUTCOME),
        (50, usual(is_finite=False), usual(), Status.UNRELIABLE),
        (50, usual(), usual(is_finite=False), Status.UNRELIABLE),
        (50, usual(off_mode_count=9), usual(), Status.TOO_FEW_DISTINCT),
        (50, usual(), usual(off_mode_count=9), Status.TOO_FEW_DISTINCT),
        (50, usual(off_mode_count=10), usual(), Status.OK),
    ],
)
def test_the_first_broken_rule_is_the_status(
    row_count, signal, outcome, status
):
    assert pair_status(row_count, signal, outcome) is status


def test_smallest_detectable_r_agrees_with_r():
    # tanh((qnorm(.975) + qnorm(.8)) / sqrt(1000 - 3))
    found = smallest_detectable_r(1000)
    assert found == pytest.approx(0.0884949903584, abs=1e-12)


@pytest.mark.parametrize("row_count", [4, 10, 1000, 100_000])
def test_the_smallest_detectable_r_is_found_four_times_in_five(row_count):
    score = np.arctanh(smallest_detectable_r(row_count))
    power = norm.sf(norm.ppf(0.975) - score * np.sqrt(row_count - 3))
    assert power == pytest.approx(0.8)


@pytest.mark.parametrize("row_count", [0, 1, 3])
def test_up_to_three_rows_detect_nothing(row_count):
    assert np.isnan(smallest_detectable_r(row_count))
