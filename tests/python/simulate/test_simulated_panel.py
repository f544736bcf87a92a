"""Studies over months: the rows add up to what was drawn."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from linksignal import cli
from linksignal.simulate import PANEL_DIRECTIONS
from linksignal.simulate.panel import (
    BEFORE,
    OLD_LINKS,
    PROMPTS,
    draw_panel,
    month_starts,
)
from linksignal.simulate.study import PLATFORMS
from linksignal.simulate.write import AS_OF

WORDS = ["--panel=forward", "--domains=20", "--months=7", "--seed=3"]


@pytest.fixture(scope="module")
def raw_dir(tmp_path_factory):
    out = tmp_path_factory.mktemp("panel") / "raw"
    assert cli.main(["simulate", "--out", str(out), *WORDS]) == 0
    return out


@pytest.fixture(scope="module")
def counts():
    return draw_panel("forward", 20, 7, np.random.default_rng(3))


def by_month(raw_dir, table, moment, domain, starts):
    """Rows of each domain and month, as an array; unknown domains first."""
    query = (
        f"select {domain} as domain, date_trunc('month', {moment})::date as "
        f"month, count(*) as rows from {table} group by all"
    )
    with duckdb.connect() as connection:
        connection.execute(f"set file_search_path = '{raw_dir}'")
        found = connection.execute(query).df()
        names = connection.execute(
            "from 'study_domains/*.parquet' order by record_number"
        ).df()["domain"]
    wide = found.pivot(index="domain", columns="month", values="rows")
    wide.columns = wide.columns.date
    return wide.reindex(index=names, columns=starts).fillna(0).to_numpy()


def test_each_month_gains_the_referring_domains_drawn(raw_dir, counts):
    found = by_month(
        raw_dir,
        "'backlinks/*.parquet'",
        "first_seen",
        "target_domain",
        month_starts(7 + BEFORE + 1)[:-1],
    )
    assert (found[:, 0] == OLD_LINKS).all()
    assert (found[:, 1:] == counts.links).all()


def test_each_month_has_the_mentions_drawn(raw_dir, counts):
    found = by_month(
        raw_dir,
        "'ai_references/*.parquet' join 'ai_answers/*.parquet' "
        "using (answer_id)",
        "answered_at",
        "domain",
        month_starts(7)[:-1],
    )
    most = PROMPTS * len(PLATFORMS)
    assert (found == np.minimum(counts.mentions, most)).all()


def test_months_end_with_the_day_of_the_export():
    assert month_starts(14)[-1] == AS_OF.replace(day=1)
    assert month_starts(14)[0].isoformat() == "2024-08-01"
    assert len(set(month_starts(14))) == 15


def test_the_same_seed_gives_the_same_files(raw_dir, tmp_path):
    out = tmp_path / "raw"
    assert cli.main(["simulate", "--out", str(out), *WORDS]) == 0
    files = sorted(p.relative_to(raw_dir) for p in raw_dir.rglob("*.parquet"))
    assert len(files) == 10
    for file in files:
        assert (out / file).read_bytes() == (raw_dir / file).read_bytes()


@pytest.mark.parametrize("direction", PANEL_DIRECTIONS)
def test_gains_follow_each_other_as_planted(direction):
    counts = draw_panel(direction, 3_000, 12, np.random.default_rng(1), 0.3)
    links = np.log1p(counts.links[:, BEFORE:])
    mentions = np.log1p(counts.mentions)
    links, mentions = (
        each - each.mean(axis=0) - each.mean(axis=1, keepdims=True)
        for each in (links, mentions)
    )
    after = np.corrcoef(links[:, :-1].ravel(), mentions[:, 1:].ravel())[0, 1]
    before = np.corrcoef(links[:, 1:].ravel(), mentions[:, :-1].ravel())[0, 1]
    now = np.corrcoef(links.ravel(), mentions.ravel())[0, 1]
    largest = max(("forward", after), ("reverse", before), key=lambda x: x[1])
    if direction == "none":
        assert abs(after) < 0.03 and abs(before) < 0.03 and abs(now) < 0.03
    elif direction == "common_shock":
        assert now > 0.1 and abs(after - before) < 0.05
    else:
        assert largest[0] == direction and largest[1] > 0.1
