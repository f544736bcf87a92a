"""What the models make equals what the oracle makes of the same raw files."""

from __future__ import annotations

import oracle
import pytest
from comparing import DECILE_KEY, OUTCOME_KEY, PAIR_KEY, assert_same, main_rows
from drawn_studies import fitting, settings_of_studies, shapes, study_of
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

DRAWN = settings(
    max_examples=7,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def assert_same_domains(domains, outcomes, features):
    """Compare domains and their outcomes with the oracle's features."""
    rows = oracle.outcomes_of(features)
    suffixes = tuple(f"_{platform}" for platform in set(rows["platform"]))
    beside = features.columns.str.endswith(suffixes)
    assert_same(domains, features.loc[:, ~beside], ["domain"])
    assert_same(outcomes, rows, OUTCOME_KEY)


@pytest.fixture(scope="module")
def sample_features(project_dir):
    return oracle.features(project_dir / "seeds" / "sample")


def test_the_features_of_the_sample_equal_the_oracle(
    built_sample, sample_features
):
    found = built_sample.frame("from findings.domains")
    outcomes = built_sample.frame("from findings.domain_outcomes")
    assert_same_domains(found, outcomes, sample_features)
    assert len(found) == 1000
    assert len(outcomes) == 6000 * outcomes["outcome"].nunique()


def test_the_deciles_of_the_sample_equal_the_oracle(
    built_sample, sample_features
):
    found = built_sample.frame("from findings.deciles")
    assert_same(found, oracle.decile_profiles(sample_features), DECILE_KEY)


def test_the_coefficients_of_the_sample_equal_the_oracle(
    built_sample, sample_features
):
    found = main_rows(built_sample.frame("from findings.correlations"))
    assert_same(found, oracle.coefficients(sample_features), PAIR_KEY)


@pytest.mark.parametrize(
    ("outcome", "platform"),
    [("ai_mentions", "all"), ("share_of_voice", "gemini")],
)
def test_the_reliability_of_the_sample_equals_the_oracle(
    built_sample, project_dir, outcome, platform
):
    found = built_sample.frame(
        "select estimate, n from findings.correlations "
        "where sensitivity = 'prompt_halves' and method = 'spearman' "
        f"and outcome = '{outcome}' and platform = '{platform}'"
    )
    sample = project_dir / "seeds" / "sample"
    expected = oracle.reliability(sample, outcome, platform)
    assert found["estimate"].to_list() == pytest.approx([expected] * len(found))
    assert len(found) >= 9
    assert set(found["n"]) == {1000}


def test_the_prompt_groups_of_the_sample_equal_the_oracle(
    built_sample, project_dir
):
    found = built_sample.frame("from features.domain_prompt_groups")
    expected = oracle.prompt_groups(project_dir / "seeds" / "sample")
    assert_same(found, expected, ["domain", "platform", "prompt_group"])
    assert set(found["prompt_group"]) == set(range(200))
    assert found["is_in_all"].all()


@DRAWN
@given(shape=shapes(st.integers(1, 60)), chosen=settings_of_studies())
def test_the_findings_of_drawn_studies_equal_the_oracle(
    workbench, shape, chosen
):
    study = study_of(shape)
    fitted = fitting(study, chosen)
    workbench.write(study)
    found = workbench.findings(**fitted)
    features = oracle.features(workbench.raw_dir, fitted)
    assert_same_domains(found["domains"], found["domain_outcomes"], features)
    assert_same(found["deciles"], oracle.decile_profiles(features), DECILE_KEY)
    coefficients = main_rows(found["correlations"])
    assert_same(coefficients, oracle.coefficients(features), PAIR_KEY)
