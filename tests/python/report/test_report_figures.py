"""Charts draw what their tables say, and titles state what they show."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
import vl_convert
from linksignal.report.correlation_figures import (
    coefficient_figure,
    pair_figures,
    platform_figure,
)
from linksignal.report.sections import sections
from linksignal.report.study import read_study
from linksignal.report.threshold_figures import (
    decile_figures,
    threshold_sentence,
    tier_figure,
    zero_figure,
)
from linksignal.show.findings import Findings


@pytest.fixture(scope="module")
def study(built_sample):
    with Findings(built_sample.database) as findings:
        return read_study(findings)


def drawn(figure):
    """Rows inside a chart, once each, though layers share them."""
    layers = [figure.spec, *figure.spec["layer"]]
    rows = [
        json.dumps(row)
        for layer in layers
        for row in layer.get("data", {}).get("values", [])
    ]
    return [json.loads(row) for row in dict.fromkeys(rows)]


def column(figure, name):
    place = figure.table.columns.index(name)
    return [row[place] for row in figure.table.rows]


def test_every_figure_has_a_chart_a_table_a_title_and_a_text(study):
    figures = [
        figure for section in sections(study) for figure in section.figures
    ]
    assert len(figures) == 2 + 6 + 2 + 4 + 1
    names = [figure.figure_id for figure in figures]
    assert len(set(names)) == len(names)
    for figure in figures:
        assert figure.spec is not None, figure.figure_id
        assert figure.table.rows, figure.figure_id
        assert figure.title
        assert "table below" in figure.alt


def test_the_chart_draws_the_coefficients_of_the_table(study):
    figure = coefficient_figure(study, "ai_mentions")
    shown = {row["estimate"] for row in drawn(figure) if "estimate" in row}
    methods = column(figure, "method")
    estimates = column(figure, "estimate")
    charted = {
        estimate
        for method, estimate in zip(methods, estimates, strict=True)
        if method in ("spearman", "pearson", "pearson_log1p")
    }
    assert len(charted) == 27
    assert shown == charted


def test_published_values_are_marked_where_they_exist(built_sample, study):
    figure = coefficient_figure(study, "ai_mentions")
    published = built_sample.frame(
        "select published from findings.replication "
        "where outcome = 'ai_mentions' order by 1"
    )["published"]
    marked = [row["published"] for row in drawn(figure) if "published" in row]
    found = sorted(value for value in marked if value is not None)
    assert found == list(published)


def test_the_title_names_the_highest_coefficient(built_sample, study):
    best = built_sample.frame(
        "select label, estimate from findings.correlations "
        "join lookups.signals using (signal) "
        "where outcome = 'share_of_voice' and platform = 'all' "
        "and method = 'spearman' and sensitivity = 'none' "
        "order by estimate desc limit 1"
    ).iloc[0]
    title = coefficient_figure(study, "share_of_voice").title
    assert title.startswith(best["label"])
    assert f"{best['estimate']:.2f}" in title


def test_the_kink_is_drawn_on_its_platforms_alone(study):
    alpha = 0.05
    kinks = {
        row["platform"]: row
        for row in study.thresholds
        if row["quantity"] == "kink"
    }
    assert kinks
    for figure in decile_figures(study):
        row = kinks[figure.figure_id.removeprefix("deciles_")]
        is_shown = row["knot"] is not None and row["p_adjusted"] < alpha
        drawn_knots = [one["knot"] for one in drawn(figure) if "knot" in one]
        expected = [row["knot"]] if is_shown else []
        assert sorted(set(drawn_knots)) == expected
        said = f"a kink at score {row['knot']:g}" if is_shown else "no kink"
        assert said in threshold_sentence(row, alpha)


def test_single_platforms_share_their_scale(study):
    first, *single = decile_figures(study)
    assert first.is_wide

    def top(figure):
        return {
            tuple(layer["encoding"]["y"]["scale"]["domain"])
            for layer in figure.spec["layer"]
            if "scale" in layer["encoding"].get("y", {})
        }

    assert len(set().union(*map(top, single))) == 1


def with_slope(study, **ends):
    """Change a slope over all platforms; ends are log ratios."""
    rows = [
        row | ends
        if (row["platform"], row["quantity"]) == ("all", "lower_tier_slope")
        else row
        for row in study.thresholds
    ]
    return replace(study, thresholds=rows)


@pytest.mark.parametrize(
    ("high", "drawn_intervals"), [(9.2, 12), (9.3, 11), (900.0, 11)]
)
def test_an_interval_that_is_out_of_bounds_is_not_drawn(
    study, high, drawn_intervals
):
    """The logarithm of 10,000 is 9.21."""
    figure = tier_figure(with_slope(study, ci_high=high))
    picture = vl_convert.vegalite_to_svg(
        {**figure.spec, "width": 600, "autosize": "pad"}
    )
    assert picture.count('aria-roledescription="rule mark"') == (
        1 + drawn_intervals
    )
    is_told = [ratio is not None for ratio in column(figure, "ratio_high")]
    assert sum(is_told) == drawn_intervals


def test_ratios_are_those_of_the_log_slopes(study):
    figure = tier_figure(study)
    slopes = {
        (row["platform"], row["quantity"]): row["estimate"]
        for row in study.thresholds
    }
    keys = zip(
        column(figure, "platform"), column(figure, "quantity"), strict=True
    )
    for key, ratio in zip(keys, column(figure, "ratio"), strict=True):
        assert math.log(ratio) == pytest.approx(slopes[key])


def test_differences_are_of_the_two_signals(built_sample, study):
    _, figure = pair_figures(study, "image_links", "text_links")
    expected = built_sample.frame(
        "select difference from findings.correlation_contrasts "
        "where signal_a = 'image_links' and signal_b = 'text_links' "
        "and domain_set = 'all' and outcome = 'ai_mentions' "
        "and method = 'spearman' and kind = 'signals'"
    )["difference"]
    assert sorted(column(figure, "difference")) == sorted(expected)
    assert len(expected) == 6


def test_the_title_counts_relations_of_single_platforms(built_sample, study):
    _, figure = pair_figures(study, "nofollow_links", "follow_links")
    counts = built_sample.frame(
        "select count(*) filter (relation = 'equivalent') as equal, "
        "count(*) filter (relation = 'undecided') as undecided "
        "from findings.correlation_contrasts "
        "where signal_a = 'nofollow_links' and domain_set = 'all' "
        "and outcome = 'ai_mentions' and method = 'spearman' "
        "and kind = 'signals' and platform_a <> 'all'"
    ).iloc[0]
    for number, words in (
        (counts["equal"], "equal within the margin on"),
        (counts["undecided"], "undecided on"),
    ):
        assert (f"{words} {number} platform" in figure.title) == (number > 0)


def test_platforms_are_named_in_their_order(study, built_sample):
    platforms = column(platform_figure(study), "platform")
    lookup = built_sample.frame(
        "select platform from lookups.platforms "
        "where is_study_platform order by sort_order"
    )
    assert platforms == ["all", *lookup["platform"]]


def test_shares_of_zeros_are_of_single_platforms(study):
    figure = zero_figure(study)
    assert "all" not in column(figure, "platform")
    assert len(figure.table.rows) == 50
