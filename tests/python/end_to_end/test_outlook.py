"""What the outlooks of the sample say is what its domains do."""

from __future__ import annotations

from typing import Any


def test_intervals_hold_90_to_95_percent_of_domains_on_every_platform(
    built_sample: Any,
) -> None:
    """No domain is part of its own interval, so that each one is held out."""
    found = built_sample.frame(
        """
        select
            platform,
            count(*) as domains,
            avg((
                ai_mentions between prediction_low and prediction_high
            )::integer) as held,
            avg(prediction_level) as said
        from findings.domain_outlook
        where prediction_high is not null
        group by platform order by platform
        """
    )
    assert list(found["platform"]) == [
        "all",
        "chatgpt",
        "chatgpt_search",
        "gemini",
        "google_ai_overviews",
        "perplexity",
    ]
    assert (found["domains"] == 1000).all()
    assert found["held"].between(0.9, 0.95).all()
    assert (found["held"] - found["said"]).abs().max() < 0.015


def test_as_many_stand_apart_as_must_by_construction(
    built_sample: Any,
) -> None:
    counted = built_sample.frame(
        "select distinct platform, standing, standing_count, by_chance_count "
        "from findings.domain_outlook where standing in ('less', 'more') "
        "and by_chance_count >= 10"
    )
    assert len(counted) >= 7
    errors = counted["by_chance_count"] ** 0.5
    apart = (counted["standing_count"] - counted["by_chance_count"]).abs()
    assert (apart < 3 * errors).all()
