"""What was published before travels from file to file."""

from __future__ import annotations

import duckdb
import pytest


def rows(path, query):
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


MOVED = """
    update findings.correlations
    set estimate = ci_high + 0.01, ci_low = ci_high, ci_high = ci_high + 0.02
    where signal = 'image_links' and platform = 'all' and method = 'spearman'
        and outcome = 'ai_mentions'
"""
WITHIN = """
    update findings.correlations set estimate = (estimate + ci_high) / 2
    where signal = 'text_links' and ci_high is not null
"""
CLAIMS = """
    create or replace table findings.claims as
    select 'C1' as claim_id, '{verdict}' as verdict, 'because' as reason
"""


def test_coefficients_of_every_run_are_kept(bench):
    bench.publish(3)
    counts = rows(
        bench.root.published,
        "select run_number, count(*) from history.correlations group by 1 "
        "order by 1",
    )
    ((size,),) = rows(
        bench.root.published,
        "select count(*) from findings.correlations where sensitivity = 'none'",
    )
    assert counts == [(1, size), (2, size), (3, size)]


def test_only_what_left_its_previous_interval_has_drifted(bench, tmp_path):
    bench.publish()
    bench.recorded = bench.recorded.altered(tmp_path / "b", MOVED, WITHIN)
    published = bench.refresh()
    ((signal, before, high, after, first, second),) = rows(
        bench.root.published,
        "select signal, previous_estimate, previous_ci_high, estimate, "
        "previous_run_id, run_id from history.drift",
    )
    assert published.moved_count == 1
    assert signal == "image_links"
    assert after == pytest.approx(high + 0.01)
    assert before < high
    assert (first[:6], second[:6]) == ("000001", "000002")
    # Against the interval of the run before, which has moved as well.
    assert bench.refresh().moved_count == 0


def test_simulated_and_real_coefficients_are_not_compared(bench, tmp_path):
    bench.publish()
    bench.recorded = bench.recorded.altered(
        tmp_path / "b",
        MOVED,
        "update findings.correlations set is_simulated = false",
    )
    assert bench.refresh().moved_count == 0


def test_verdicts_are_kept_when_there_are_any(bench, tmp_path):
    bench.recorded = bench.recorded.altered(
        tmp_path / "none", "drop table if exists findings.claims"
    )
    bench.refresh()
    for verdict in ("undecided", "supported"):
        bench.recorded = bench.recorded.altered(
            tmp_path / verdict, CLAIMS.format(verdict=verdict)
        )
        bench.refresh()
    assert rows(
        bench.root.published,
        "select run_number, claim_id, verdict from history.claims",
    ) == [(2, "C1", "undecided"), (3, "C1", "supported")]


def test_only_main_rows_enter_the_history(bench, tmp_path):
    bench.recorded = bench.recorded.altered(
        tmp_path / "b",
        "alter table findings.correlations add column if not exists "
        "sensitivity varchar default 'none'",
        "insert into findings.correlations by name select * replace "
        "('positives_only' as sensitivity) from findings.correlations "
        "where sensitivity = 'none' limit 5",
    )
    bench.refresh()
    ((kept, main, whole),) = rows(
        bench.root.published,
        "select (select count(*) from history.correlations), "
        "count(*) filter (sensitivity = 'none'), count(*) "
        "from findings.correlations",
    )
    assert kept == main < whole


def test_a_history_of_another_version_is_carried_on(bench):
    bench.publish()
    bench.root.published.chmod(0o644)
    with duckdb.connect(str(bench.root.published)) as connection:
        connection.execute("alter table history.correlations drop ci_level")
        connection.execute("alter table history.correlations add gone int")
    bench.refresh()
    ((without, with_level),) = rows(
        bench.root.published,
        "select count(*) filter (run_number = 1 and ci_level is null), "
        "count(*) filter (run_number = 2 and ci_level is not null) "
        "from history.correlations",
    )
    assert without == with_level > 0


def test_a_rollback_takes_the_history_back_too(bench):
    from linksignal.publish.rollback import rollback

    bench.publish(2)
    rollback(bench.root, None)
    bench.refresh()
    runs = rows(
        bench.root.published,
        "select distinct run_number from history.correlations order by 1",
    )
    assert runs == [(1,), (3,)]
