"""Changes of the raw files that must not change a result."""

from __future__ import annotations

from random import Random

import oracle
import pandas as pd
import pytest
from comparing import assert_same, assert_same_findings
from drawn_studies import STUDY


def shuffled_and_cut_under_names_in_reverse_order():
    random = Random(0)
    cut = {}
    for table, loads in STUDY.items():
        cut[table] = {}
        for place, records in enumerate(loads.values()):
            mixed = random.sample(records, k=len(records))
            for part in range(3):
                cut[table][f"{9 - place}-{part}"] = mixed[part::3]
    return cut


def with_every_record_in_a_second_load():
    return {
        table: {
            **loads,
            **{f"{name}-again": rows for name, rows in loads.items()},
        }
        for table, loads in STUDY.items()
    }


@pytest.fixture(scope="module")
def findings(workbench):
    workbench.write(STUDY)
    return workbench.findings()


@pytest.mark.parametrize(
    "variant",
    [
        shuffled_and_cut_under_names_in_reverse_order,
        with_every_record_in_a_second_load,
    ],
)
def test_the_same_records_in_other_files_give_the_same_findings(
    workbench, findings, variant
):
    workbench.write(variant())
    assert_same_findings(workbench.findings(), findings)


def profiles_of(links: pd.DataFrame) -> list[dict[str, object]]:
    """Totals of every domain and tool, counted from its link rows."""
    columns = ["domain", "source", "as_of", *oracle.LINK_COUNTS]
    profiles = links[columns].astype({"as_of": "object"})
    counts = dict.fromkeys(oracle.LINK_COUNTS, int)
    return profiles.astype(counts).to_dict("records")


def test_links_give_the_features_that_profiles_of_the_same_links_give(
    workbench,
):
    sides = {table: STUDY[table] for table in STUDY if "profile" not in table}
    workbench.write(sides)
    links = oracle.links_from_rows(workbench.raw_dir, "")
    from_links = workbench.features()
    sides = {table: sides[table] for table in sides if table != "backlinks"}
    profiles = {"backlink_profiles": {"totals": profiles_of(links)}}
    workbench.write({**sides, **profiles})
    from_profiles = workbench.features()
    assert set(from_links["link_grain"].dropna()) == {"links"}
    assert set(from_profiles["link_grain"].dropna()) == {"profile"}
    expected = from_links.drop(columns="link_grain")
    assert_same(from_profiles, expected, ["domain"])
