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


def test_domains_are_held_against_the_median_of_their_decile(
    compiled, built_sample
):
    found = built_sample.frame(compiled["domains_to_look_at"])
    known = built_sample.frame(
        "select domains.*, value as ai_mentions from findings.domains "
        "join findings.domain_outcomes using (domain) "
        "where platform = 'all' and outcome = 'ai_mentions'"
    )
    medians = known.groupby("authority_decile")["ai_mentions"].median()
    expected = found["authority_decile"].map(medians)
    assert (found["decile_median"] == expected).all()
    assert found["log_ratio"].abs().is_monotonic_decreasing
