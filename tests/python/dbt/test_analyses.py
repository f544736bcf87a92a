"""Every question of analysis/ has rows on the bundled sample."""

from __future__ import annotations

import pytest


@pytest.fixture(scope="module")
def compiled(dbt, parsed, built_sample, tmp_path_factory):
    """SQL of each analysis, compiled by dbt."""
    outcome = dbt(
        "compile",
        *("--select", "resource_type:analysis"),
        database=built_sample.copy(tmp_path_factory.mktemp("analyses")),
        manifest=parsed,
    )
    assert outcome.exit_code == 0, outcome.output
    return {
        result.node.name: result.node.compiled_code for result in outcome.result
    }


def test_every_question_has_rows(compiled, built_sample, project_dir):
    files = {file.stem for file in (project_dir / "analysis").glob("*.sql")}
    assert compiled.keys() == files
    for name, query in compiled.items():
        assert len(built_sample.frame(query)), name


def test_domains_named_less_come_in_the_order_of_what_they_lack(
    compiled, built_sample
):
    found = built_sample.frame(compiled["named_less_than_alike"])
    (expected,) = built_sample.frame(
        "select count(*) as less from findings.domain_outlook "
        "where platform = 'all' and standing = 'less'"
    )["less"]
    assert len(found) == expected == found["standing_count"][0] > 10
    assert (found["ai_mentions"] < found["prediction_low"]).all()
    lacking = found["expected_mentions"] - found["ai_mentions"]
    assert lacking.round().is_monotonic_decreasing
    assert found["sources_beside_rivals"].str.split(", ").str.len().max() == 10
    lowest = built_sample.frame(
        "select domain, min(category_percentile) as lowest "
        "from findings.domain_signals group by domain"
    ).set_index("domain")["lowest"]
    named = found["domain"].map(lowest)
    assert (named.round() - found["lowest_percentile"]).abs().max() <= 1


def test_sources_beside_rivals_are_those_of_the_category(
    compiled, built_sample
):
    found = built_sample.frame(compiled["sources_beside_rivals"])
    cited = built_sample.frame(
        "select category, platform, cited_domain, citing_answers "
        "from features.topic_sources"
    ).set_index(["category", "platform", "cited_domain"])["citing_answers"]
    keys = found.set_index(["category", "platform", "cited_domain"]).index
    assert keys.is_unique
    assert (cited[keys].to_numpy() == found["citing_answers"]).all()
    assert (found["domains_without"] >= 1).all()


def test_the_best_gauge_of_each_platform_has_its_largest_share(
    compiled, built_sample
):
    found = built_sample.frame(compiled["best_gauge_of_all_signals"])
    shares = built_sample.frame(
        "from findings.signal_importance where outcome = 'ai_mentions'"
    )
    largest = shares.loc[shares.groupby("platform")["estimate"].idxmax()]
    expected = dict(zip(largest["platform"], largest["term"], strict=True))
    named = dict(zip(found["platform"], found["best_gauge"], strict=True))
    assert named == expected
    assert len(named) == 6
    assert (found["ratio_low"] <= found["ratio"]).all()
    assert found["share"].is_monotonic_decreasing
