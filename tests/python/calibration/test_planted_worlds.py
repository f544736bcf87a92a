"""The quick form of the planted worlds: few studies, wide bounds that bind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from calibration.ledger import ledger_of
from calibration.planted import BY_NAME, WORLDS, draw, slope, truth
from calibration.planted_run import RULES, is_wrong, study_of
from linksignal.stats.claims.judge import State, Verdict
from linksignal.stats.claims.words import SENTENCES


def test_worlds_say_of_every_part_what_is_true():
    for world in (BY_NAME["nothing matters"], BY_NAME["threshold at 45"]):
        right = truth(world, np.nan)
        assert set(right) == {
            (rule.claim_id, part.name)
            for rule in RULES.values()
            for part in rule.parts
        }


def test_worlds_have_names_of_their_own():
    assert len(BY_NAME) == len(WORLDS)


def test_the_slopes_of_a_threshold_are_as_planted():
    # .12 a point from 45 on: 1.2 per ten points, and nothing below.
    assert slope("threshold at 45", -1, 45) == pytest.approx(0, abs=0.02)
    assert slope("threshold at 45", 45, 100) == pytest.approx(0.873, abs=0.02)


def states(name, claim):
    right = truth(BY_NAME[name], np.nan)
    return {part: one for (of, part), one in right.items() if of == claim}


def test_what_a_world_makes_true():
    # By how the worlds are made.
    better = states("authority is the better gauge", "C2")
    assert set(better.values()) == {shown("shown")}
    poorer = states("links are the better gauge", "C2")
    assert set(poorer.values()) == {shown("contrary_shown")}
    nothing = states("nothing matters", "C2")
    assert set(nothing.values()) == {frozenset()}
    for claim in ("C3", "C5", "C7"):
        ordered = states("platforms differ", claim)
        assert frozenset().union(*ordered.values()) >= shown("shown")
        assert set(states("log-linear", claim).values()) == {frozenset()}
    assert states("log-linear", "C1")["steeper_above"] == shown(
        "contrary_shown"
    )
    assert states("U", "C1")["flat_below"] == shown("contrary_shown")


def test_a_steep_s_shaped_curve_bends_and_has_no_kink():
    logistic = BY_NAME["logistic"]
    assert logistic.bends
    assert not logistic.has_kink
    assert states("logistic", "C1")["bend"] == shown("shown")
    assert states("log-linear", "C1")["bend"] == frozenset()
    # So what is said of a bend that is shown may not be that of a threshold.
    told = SENTENCES["bend"][State.SHOWN]
    assert "or along a steep S-shaped curve" in told


def shown(value):
    return frozenset([State(value)])


def test_which_verdicts_are_wrong():
    rule = RULES["C2"]
    names = [(rule.claim_id, part.name) for part in rule.parts]
    true = dict.fromkeys(names, shown("shown"))
    false = dict.fromkeys(names, shown("contrary_shown"))
    neither = dict.fromkeys(names, frozenset())
    half = {names[0]: shown("shown"), names[1]: frozenset()}
    wrong = {
        name: {verdict for verdict in Verdict if is_wrong(rule, verdict, right)}
        for name, right in (
            ("true", true),
            ("false", false),
            ("neither", neither),
            ("half", half),
        )
    }
    silent = {Verdict.UNDECIDED, Verdict.NOT_TESTABLE}
    assert wrong["neither"] == set(Verdict) - silent
    assert set(Verdict) - wrong["true"] == silent | {
        Verdict.SUPPORTED,
        Verdict.PARTLY_SUPPORTED,
    }
    assert set(Verdict) - wrong["false"] == silent | {
        Verdict.CONTRADICTED,
        Verdict.PARTLY_CONTRADICTED,
    }
    assert set(Verdict) - wrong["half"] == silent | {Verdict.PARTLY_SUPPORTED}


@pytest.mark.parametrize(
    "name",
    [
        "nothing matters",
        "volumes differ 100 times",
        "image links a random 3 %",
        "U",
    ],
)
def test_nothing_false_is_shown_in_three_studies(name):
    # At the limit of 5 % one of three studies errs on a claim in 14 %: two
    # of three, or another claim too, is beyond it.
    studies = [
        study_of(BY_NAME[name], 1000, np.random.default_rng(seed), seed)
        for seed in range(3)
    ]
    for claim in RULES:
        wrong = [study.wrong_parts(claim) for study in studies]
        assert sum(map(bool, wrong)) <= 1, (claim, wrong)


@pytest.mark.parametrize(
    ("name", "verdicts"),
    [
        ("authority is the better gauge", {"C2": "supported"}),
        ("links are the better gauge", {"C2": "contradicted"}),
        ("log-linear", {"C1": "contradicted", "C4": "supported"}),
    ],
)
def test_what_is_plainly_true_or_false_is_found(name, verdicts):
    for seed in range(2):
        study = study_of(BY_NAME[name], 1000, np.random.default_rng(seed), seed)
        found = {claim: study.verdicts[claim].value for claim in verdicts}
        assert found == verdicts


@pytest.fixture(scope="module")
def drawn():
    return draw(BY_NAME["platforms differ"], 400, np.random.default_rng(4))


@pytest.fixture(scope="module")
def told(drawn):
    return ledger_of(drawn, 1, 19, with_gaps=False)


# What each claim rests on beside all platforms' mentions; the joint model
# behind C5 and the contraries of C4 and C6 knows every count and the score.
USED = {
    "ai_mentions_perplexity": {"C3", "C5", "C7"},
    "ai_mentions_chatgpt_search": {"C3", "C7"},
    "referring_domains": {"C2", "C4", "C5", "C6"},
    "authority_score": {"C1", "C2", "C3", "C4", "C5", "C6", "C8"},
    "image_links": {"C4", "C5", "C6", "C7", "C8"},
}


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("column", USED)
def test_hiding_a_column_moves_only_the_claims_that_use_it(drawn, told, column):
    hidden = ledger_of(drawn.assign(**{column: np.nan}), 1, 19, with_gaps=False)
    for before, after in zip(told, hidden, strict=True):
        kept = ~before["claim_id"].isin(USED[column])
        columns = before.columns.difference(["input_hash", "holds_after_holm"])
        pd.testing.assert_frame_equal(
            before.loc[kept, columns], after.loc[kept, columns]
        )


def test_the_order_of_rows_is_of_no_account(drawn, told):
    shuffled = drawn.sample(frac=1, random_state=1)
    for before, after in zip(
        told, ledger_of(shuffled, 1, 19, with_gaps=False), strict=True
    ):
        pd.testing.assert_frame_equal(before, after)


def test_another_scale_of_links_moves_no_comparison_of_ranks(drawn, told):
    counts = ["total_backlinks", "referring_domains"]
    scaled = drawn.assign(**{name: 3 * drawn[name] for name in counts})
    _, claims = ledger_of(scaled, 1, 19, with_gaps=False)
    columns = ["claim_id", "verdict", "sentence"]
    rank_claims = ["C2", "C3", "C4", "C6", "C7"]
    pd.testing.assert_frame_equal(
        claims.loc[claims["claim_id"].isin(rank_claims), columns],
        told[1].loc[told[1]["claim_id"].isin(rank_claims), columns],
    )
