"""Errors from the choice of prompts, against full refits of the table."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from linksignal.stats.estimators.new_prompts import jackknife_error
from linksignal.stats.frames import read_study
from linksignal.stats.prompt_groups import read_prompt_groups

from .contrast_samples import OUTCOMES, draw_frame, table
from .samples import PLATFORMS

MENTIONS = [f"ai_mentions_{platform}" for platform in PLATFORMS]


def draw_prompts(
    frame: pd.DataFrame, group_count: int, seed: int = 1
) -> pd.DataFrame:
    """Deal the mentions of each domain into groups of prompts.

    A group suits some domains more than others, on every platform alike.
    """
    generator = np.random.default_rng(seed)
    shape = (len(frame), group_count)
    weights = np.exp(generator.normal(0, 1.5, shape))
    # Some groups suit domains with many images.
    rank = frame["image_links"].rank(pct=True).to_numpy()
    tilt = generator.normal(0, 1, group_count)
    weights *= np.exp(np.outer(rank, tilt))
    weights /= weights.sum(axis=1, keepdims=True)
    parts = []
    for platform in PLATFORMS[:-1]:
        mentions = frame[f"ai_mentions_{platform}"].to_numpy()
        dealt = generator.multinomial(mentions, weights)
        rows, groups = np.nonzero(dealt)
        parts.append(
            pd.DataFrame(
                {
                    "domain": frame["domain"].to_numpy()[rows],
                    "platform": platform,
                    "prompt_group": groups,
                    "is_in_all": True,
                    "ai_mentions": dealt[rows, groups],
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def refits(frame: pd.DataFrame, prompts: pd.DataFrame) -> pd.Series:
    """Make all rows of AI mentions anew without each group; errors by row."""
    groups = read_prompt_groups(prompts, read_study(frame, MENTIONS))
    kept = [groups.without(name) for name in MENTIONS]
    by_domain = frame.sort_values("domain")
    mentions = OUTCOMES[OUTCOMES["outcome"] == "ai_mentions"]
    found = [
        table(
            by_domain.assign(**dict(zip(MENTIONS, columns, strict=True))),
            outcomes=mentions,
        )
        for columns in zip(*kept, strict=True)
    ]
    differences = [one["difference"] for one in found]
    errors = jackknife_error(np.array(differences))
    return pd.Series(errors, index=found[0].index)


@pytest.mark.parametrize(("group_count", "tolerance"), [(12, 0.1), (60, 0.03)])
def test_first_order_steps_agree_with_full_refits(group_count, tolerance):
    frame = draw_frame(300, seed=4)
    prompts = draw_prompts(frame, group_count)
    found = table(frame, prompt_groups=prompts)
    known = found[found.index.get_level_values("outcome") == "ai_mentions"]
    expected = refits(frame, prompts)[known.index]
    assert known["se_prompt"].notna().all()
    ratio = known["se_prompt"] / expected
    assert ratio.between(1 - 3 * tolerance, 1 + 3 * tolerance).all()
    by_method = ratio.groupby("method").mean()
    assert by_method.between(1 - tolerance, 1 + tolerance).all()


def test_the_interval_for_new_prompts_adds_both_errors():
    frame = draw_frame(300, seed=4)
    found = table(frame, prompt_groups=draw_prompts(frame, 20))
    known = found[found["se_prompt"].notna()]
    reach = known["ci_high"] - known["difference"]
    wider = known["ci_high_new_prompts"] - known["difference"]
    both = np.hypot(known["standard_error"], known["se_prompt"])
    assert np.allclose(wider / reach, both / known["standard_error"])
    low = known["difference"] - known["ci_low_new_prompts"]
    assert np.allclose(low, wider)


def test_without_groups_nothing_is_said_of_other_prompts():
    frame = draw_frame(60)
    few = draw_prompts(frame, 9)
    gone = ["se_prompt", "ci_low_new_prompts", "ci_high_new_prompts"]
    for found in (table(frame), table(frame, prompt_groups=few)):
        assert found[gone].isna().all(axis=None)
    assert (found["status"] == "ok").any()


def test_shares_of_voice_say_nothing_of_other_prompts():
    frame = draw_frame(100)
    found = table(frame, prompt_groups=draw_prompts(frame, 15))
    outcome = found.index.get_level_values("outcome")
    is_known = found["se_prompt"].notna()
    assert not is_known[outcome == "share_of_voice"].any()
    is_ok = found["status"] == "ok"
    assert is_known[(outcome == "ai_mentions") & is_ok].all()
    assert not is_known[~is_ok].any()
