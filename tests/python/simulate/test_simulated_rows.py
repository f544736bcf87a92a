"""Rows of a study with a law add up to the study that was drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from features_by_definition import features_by_definition, read_table
from linksignal import cli
from linksignal.simulate import backlink_rows, prompts
from linksignal.simulate.draws import draw_features, draw_study
from linksignal.simulate.laws import planted
from linksignal.simulate.study import features


def _links(study, seed=1):
    size = len(study.authority)
    return pa.Table.from_batches(
        backlink_rows.backlink_batches(study.links, np.arange(size), size, seed)
    )


def test_rows_give_the_drawn_features(law_dir):
    study = draw_study(
        planted("platform_order"), 80, np.random.default_rng(3), 20_000
    )
    pd.testing.assert_frame_equal(
        features_by_definition(law_dir),
        features(study),
        check_dtype=False,
        check_exact=False,
        rtol=0,
        atol=1e-12,
    )


def test_links_are_exactly_as_many_as_asked_for(law_dir):
    assert len(read_table(law_dir, "backlinks")) == 20_000


@pytest.mark.parametrize(("domains", "rows"), [(1, 1), (7, 7), (3, 50_001)])
def test_small_and_uneven_numbers_of_links_are_exact(domains, rows):
    study = draw_study(
        planted("smooth"), domains, np.random.default_rng(1), rows
    )
    links = _links(study).to_pandas()
    assert len(links) == rows == study.links.rows.sum()
    assert links["target_domain"].nunique() == domains
    assert not links[["source_url", "target_domain"]].duplicated().any()


def test_the_size_of_a_batch_changes_no_row(monkeypatch):
    study = draw_study(planted("none"), 20, np.random.default_rng(1), 5_000)
    whole = _links(study)
    monkeypatch.setattr(backlink_rows, "BATCH_ROWS", 317)
    assert _links(study).equals(whole)


def test_the_number_of_threads_changes_no_file(tmp_path):
    words = ["--law", "smooth", "--domains", "30", "--seed", "5"]
    threads = pa.cpu_count()
    try:
        for count in (1, 2):
            pa.set_cpu_count(count)
            out = tmp_path / str(count)
            assert cli.main(["simulate", "--out", str(out), *words]) == 0
    finally:
        pa.set_cpu_count(threads)
    for file in (tmp_path / "1").rglob("*.parquet"):
        other = tmp_path / "2" / file.relative_to(tmp_path / "1")
        assert pq.read_table(file).equals(pq.read_table(other))


def test_another_seed_draws_other_rows():
    law = planted("smooth")
    one = draw_study(law, 20, np.random.default_rng(1))
    assert not _links(one, seed=1).equals(_links(one, seed=2))
    other = draw_features(law, 20, np.random.default_rng(2))
    assert not features(one).equals(other)


def test_content_of_a_load_is_distinct(law_dir):
    for table in ("backlinks", "ai_answers", "ai_references"):
        frame = read_table(law_dir, table)
        content = frame.drop(columns=["load_id", "record_number"])
        assert not content.duplicated().any()


def test_generic_prompts_are_150_and_distinct():
    texts = prompts.generic_prompts(np.arange(prompts.GENERIC_PROMPTS))
    assert len(set(texts.to_pylist())) == prompts.GENERIC_PROMPTS == 150
