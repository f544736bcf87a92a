"""What is called slow or first is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from turns import FIRST, SLOW

TESTS = Path(__file__).parents[1]


@pytest.mark.parametrize("entry", [*SLOW, *FIRST])
def test_a_name_in_the_lists_is_that_of_a_folder_a_file_or_a_test(entry):
    path, _, name = entry.partition("::")
    assert (TESTS / path).exists()
    if name:
        assert f"\ndef {name}" in (TESTS / path).read_text("utf-8")
