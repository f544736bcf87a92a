"""The calibrated study: what is bundled, its form and its coefficients."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from features_by_definition import (
    branding,
    features_by_definition,
    link_counts,
    read_table,
    registrable,
)
from linksignal.contract import raw_schemas
from linksignal.project import PROJECT_DIR
from scipy import stats

SAMPLE = PROJECT_DIR / "seeds" / "sample"
PUBLISHED = PROJECT_DIR / "seeds" / "lookups" / "published_coefficients.csv"


def _files(raw_dir: Path) -> list[Path]:
    return sorted(
        file.relative_to(raw_dir)
        for file in raw_dir.rglob("*")
        if file.is_file()
    )


def test_the_bundled_sample_is_what_the_command_draws(calibrated_dir):
    assert _files(SAMPLE) == _files(calibrated_dir)
    for file in _files(SAMPLE):
        if file.suffix == ".parquet":
            bundled = pq.read_table(SAMPLE / file)
            assert bundled.equals(pq.read_table(calibrated_dir / file)), file
        else:
            drawn = (calibrated_dir / file).read_text(encoding="utf-8")
            assert (SAMPLE / file).read_text(encoding="utf-8") == drawn


def test_the_bundled_sample_takes_at_most_4_megabytes():
    sizes = [(SAMPLE / file).stat().st_size for file in _files(SAMPLE)]
    assert sum(sizes) <= 4_000_000


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return features_by_definition(SAMPLE)


def test_every_published_coefficient_is_met_by_the_rows(frame):
    compute = {"pearson": stats.pearsonr, "spearman": stats.spearmanr}
    published = pd.read_csv(PUBLISHED)
    gaps = {
        (row.signal, row.outcome, row.method): compute[row.method](
            frame[row.signal], frame[f"{row.outcome}_all"]
        )[0]
        - row.published
        for row in published.itertuples()
    }
    assert len(gaps) == 12
    assert max(map(abs, gaps.values())) <= 0.02, gaps
    said = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert f"{max(map(abs, gaps.values())):.4f}" in said


def test_authority_and_links_stay_confounded(frame):
    rho = stats.spearmanr(frame["authority_score"], frame["total_backlinks"])[0]
    assert 0.5 < rho < 0.7


@pytest.mark.parametrize("table", list(raw_schemas()))
def test_tables_follow_the_raw_contract(table):
    if table in {"ai_totals", "domain_signals", "rejected_records"}:
        assert not (SAMPLE / table).exists()
        return
    for file in (SAMPLE / table).iterdir():
        assert pq.read_schema(file).equals(raw_schemas()[table])
        frame = pq.read_table(file).to_pandas()
        assert (frame["load_id"] == file.stem).all()
        if table == "loads":
            continue
        assert list(frame["record_number"]) == list(range(1, len(frame) + 1))
        content = frame.drop(columns=["load_id", "record_number"])
        if "brand_aliases" in content:
            content = content.assign(
                brand_aliases=content["brand_aliases"].map(tuple)
            )
        assert not content.duplicated().any()
        assert content["source"].eq("simulated").all()
        assert content["as_of"].nunique() == 1


def test_every_file_has_a_load_that_accounts_for_its_records():
    loads = read_table(SAMPLE, "loads").set_index("load_id")
    assert loads.index.is_unique
    landed = {
        file.stem: pq.read_metadata(SAMPLE / file).num_rows
        for file in _files(SAMPLE)
        if file.suffix == ".parquet" and file.parent.name != "loads"
    }
    assert loads["records_landed"].to_dict() == landed
    parts = ["records_landed", "records_rejected", "records_skipped"]
    accounted = loads[[*parts, "duplicates"]].sum(axis=1)
    assert (loads["records_read"] == accounted).all()
    assert loads["sha256"].str.fullmatch("[0-9a-f]{64}").all()


def test_domain_columns_hold_registrable_domains():
    links = read_table(SAMPLE, "backlinks")
    for side in ("source", "target"):
        found = registrable(links[f"{side}_url"])
        assert (found == links[f"{side}_domain"]).all()
    for table in ("study_domains", "backlink_profiles", "ai_references"):
        domains = read_table(SAMPLE, table)["domain"]
        assert (registrable(domains) == domains).all()


def test_the_study_covers_every_kind_of_domain():
    domains = read_table(SAMPLE, "study_domains")
    assert len(domains) == domains["domain"].nunique() == 1_000
    assert domains["category"].nunique() >= 12
    counted = link_counts(SAMPLE)
    profiles = read_table(SAMPLE, "backlink_profiles").set_index("domain")
    only = profiles.index.difference(counted.index)
    both = profiles.index.intersection(counted.index)
    assert (len(only), len(both), len(counted)) == (60, 240, 940)
    names = [*counted.columns]
    apart = (
        profiles.loc[both, names] - counted.loc[both]
    ).abs() / profiles.loc[both, names].clip(lower=1)
    assert apart["total_backlinks"].gt(0.1).sum() == 12
    assert apart["total_backlinks"].eq(0).sum() == 228
    assert apart[apart["total_backlinks"] == 0].eq(0).all(axis=None)


def test_scores_are_whole_numbers_of_every_domain():
    scores = read_table(SAMPLE, "domain_scores")
    assert set(scores["domain"]) == set(
        read_table(SAMPLE, "study_domains")["domain"]
    )
    assert scores["score"].between(0, 100).all()
    assert (scores["score"] == scores["score"].round()).all()
    assert scores["scale"].eq("0-100").all()


def test_link_rows_hold_every_case_that_staging_must_handle():
    links = read_table(SAMPLE, "backlinks")
    assert 100_000 <= len(links) <= 200_000
    own = links["source_domain"] == links["target_domain"]
    assert own.sum() > 1_000
    assert links["is_lost"].eq(True).sum() > 1_000
    assert links["is_lost"].isna().sum() > 1_000
    assert links["is_nofollow"].isna().sum() > 1_000
    assert links["is_ugc"].eq(True).any() and links["is_sponsored"].any()
    kinds = {"anchor", "redirect", "canonical", "other"}
    assert set(links["link_kind"]) == kinds
    shapes = links[["is_text", "is_image", "is_form", "is_frame"]]
    assert shapes.isna().any(axis=1).any()
    assert shapes.fillna(False).sum(axis=1).max() == 1
    assert links["source_page_score"].between(0, 100).all()
    assert (links["first_seen"] <= links["last_seen"]).all()
    counts = link_counts(SAMPLE)
    assert (
        counts["referring_domains"] < counts["total_backlinks"]
    ).mean() > 0.8


def test_lost_links_come_from_sites_that_link_no_longer():
    links = read_table(SAMPLE, "backlinks")
    lost = links["is_lost"].eq(True)
    pairs = ["source_domain", "target_domain"]
    live = set(links.loc[~lost, pairs].itertuples(index=False, name=None))
    gone = set(links.loc[lost, pairs].itertuples(index=False, name=None))
    assert gone and not live & gone


def test_answers_hold_every_case_that_staging_must_handle():
    answers = read_table(SAMPLE, "ai_answers")
    assert answers["answer_id"].is_unique
    for _, platform in answers.groupby("platform"):
        assert set(platform["is_branded"].dropna()) == {True, False}
        assert platform["is_branded"].isna().any()
    assert answers["prompt"].isna().any()
    assert answers["answered_at"].isna().any()
    assert answers["platform"].nunique() == 5
    references = read_table(SAMPLE, "ai_references")
    assert set(references["answer_id"]) <= set(answers["answer_id"])
    assert set(references["kind"]) == {"citation", "mention"}
    outside = ~references["domain"].isin(
        read_table(SAMPLE, "study_domains")["domain"]
    )
    assert 0.05 < outside.mean() < 0.5
    assert references["url"].isna().any()
    assert references["position"].isna().any()


def test_citations_of_an_answer_are_numbered_from_1():
    references = read_table(SAMPLE, "ai_references")
    cited = references[references["kind"] == "citation"]
    expected = cited.groupby("answer_id").cumcount() + 1
    assert (cited["position"] == expected).all()


def test_branding_is_inferred_exactly_where_a_brand_is_named():
    answers = read_table(SAMPLE, "ai_answers").set_index("answer_id")
    found = branding(SAMPLE)
    truly = pd.Series(answers.index.str.contains("-b"), index=answers.index)
    known = found.notna()
    assert (found[known].astype(bool) == truly[known]).all()
    assert not truly[~known].any()
    assert answers["prompt"][~known].isna().all()


def test_brand_aliases_are_unique_and_no_part_of_another():
    aliases = np.concatenate(
        read_table(SAMPLE, "study_domains")["brand_aliases"]
    )
    folded = [alias.casefold() for alias in aliases]
    assert len(set(folded)) == len(folded)
    first = [name for name in folded if " " not in name]
    assert len(first) == 1_000
