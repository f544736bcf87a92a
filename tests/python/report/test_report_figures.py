"""Charts draw what their tables say, and titles state what they show."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import altair as alt
import pytest
import vl_convert
from linksignal.report.charts import ratio_ticks
from linksignal.report.correlation_figures import (
    coefficient_figure,
    heat_map,
    pair_figures,
    platform_figure,
)
from linksignal.report.sections import sections
from linksignal.report.study import read_study
from linksignal.report.threshold_figures import (
    decile_figures,
    threshold_sentences,
    tier_bars,
    tier_figure,
    zero_figure,
)
from linksignal.report.wording import label, with_minus
from linksignal.show.findings import Findings


@pytest.fixture(scope="module")
def study(built_sample):
    with Findings(built_sample.database) as findings:
        return read_study(findings)


def drawn(figure, view=0):
    """Rows inside a chart, once each, though layers share them."""
    spec = list(figure.views.values())[view]
    layers = [spec, *spec["layer"]]
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
        figure
        for section in sections(study)
        for figure in (*section.figures, *section.details)
    ]
    assert len(figures) == (1 + 2) + (3 + 6) + 4 + 1 + 2
    names = [figure.figure_id for figure in figures]
    assert len(set(names)) == len(names)
    for figure in figures:
        assert figure.views or figure.heat_map, figure.figure_id
        assert figure.table.rows, figure.figure_id
        assert figure.title
        assert "table below" in figure.alt or figure.heat_map


def test_each_method_has_a_view_of_the_coefficients_in_the_table(study):
    figure = coefficient_figure(study, "ai_mentions")
    assert list(figure.views) == [
        "Spearman",
        "Pearson of logarithms",
        "Pearson",
    ]
    methods = column(figure, "method")
    estimates = column(figure, "estimate")
    for at, key in enumerate(("spearman", "pearson_log1p", "pearson")):
        shown = {row["estimate"] for row in drawn(figure, at) if "low" in row}
        charted = {
            estimate
            for method, estimate in zip(methods, estimates, strict=True)
            if method == key
        }
        assert len(charted) == 9
        assert shown == charted


def scales(figure):
    """Ends of the horizontal scales of all views."""
    return {
        tuple(layer["encoding"]["x"]["scale"]["domain"])
        for spec in figure.views.values()
        for layer in spec["layer"]
        if "scale" in layer["encoding"].get("x", {})
    }


def test_methods_and_outcomes_share_one_scale_that_holds_all(study):
    figures = [
        coefficient_figure(study, outcome)
        for outcome in ("ai_mentions", "share_of_voice")
    ]
    ((low, high),) = set().union(*map(scales, figures))
    assert low <= 0 < high
    for figure in figures:
        for view in range(3):
            for row in drawn(figure, view):
                ends = (row.get(name) for name in ("low", "high", "published"))
                assert all(
                    low <= end <= high for end in ends if end is not None
                )


def test_published_values_are_marked_where_they_exist(built_sample, study):
    figure = coefficient_figure(study, "ai_mentions")
    published = built_sample.frame(
        "select published from findings.replication "
        "where outcome = 'ai_mentions' order by 1"
    )["published"]
    marked = [
        row["published"]
        for view in range(3)
        for row in drawn(figure, view)
        if "published" in row
    ]
    found = sorted(value for value in marked if value is not None)
    assert found == list(published)


def test_the_map_has_every_signal_on_every_platform_with_its_stars(
    built_sample, study
):
    figure = heat_map(study)
    truth = built_sample.frame(
        "select label, platform, estimate, p_adjusted "
        "from findings.correlations join lookups.signals using (signal) "
        "where outcome = 'ai_mentions' and method = 'spearman' "
        "and sensitivity = 'none'"
    ).set_index(["label", "platform"])
    assert len(figure.heat_map.rows) * len(figure.heat_map.columns) == 54
    platforms = list(dict.fromkeys(column(figure, "platform")))
    for name, shades in figure.heat_map.rows:
        for platform, shade in zip(platforms, shades, strict=True):
            row = truth.loc[name, platform]
            assert shade.text == with_minus(f"{row['estimate']:.2f}")
            assert shade.strength == round(100 * abs(row["estimate"]))
            assert shade.is_negative == (row["estimate"] < 0)
            levels = (0.05, 0.01, 0.001)
            count = sum(row["p_adjusted"] < level for level in levels)
            assert shade.marks == "*" * count
    beyond = (truth["p_adjusted"] < 0.05).sum()
    assert figure.title.startswith(f"{beyond} of 54 rank correlations")


def test_a_cell_without_a_number_says_why(study):
    lost = {"estimate": None, "p_adjusted": None, "status": "constant_outcome"}
    rows = [
        row | (lost if row["platform"] != "gemini" else {})
        for row in study.correlations
    ]
    figure = heat_map(replace(study, correlations=rows))
    shades = [
        shade
        for _, row in figure.heat_map.rows
        for name, shade in zip(figure.heat_map.columns, row, strict=True)
        if name != "Gemini"
    ]
    assert {(one.text, one.marks) for one in shades} == {("–", "")}
    assert {one.title for one in shades} == {"constant outcome"}


def test_without_any_number_there_is_no_map(study):
    rows = [
        row | {"estimate": None, "p_adjusted": None, "status": "too_few"}
        for row in study.correlations
    ]
    figure = heat_map(replace(study, correlations=rows))
    assert figure.heat_map is None
    assert "can be tested" in figure.title


def test_one_platform_alone_does_not_stand_there_twice(study):
    """All platforms together are that one."""
    coverage = [row for row in study.coverage if row["platform"] == "gemini"]
    alone = replace(study, coverage=coverage)
    assert alone.platforms() == ["gemini"]
    assert heat_map(alone).heat_map.columns == ("Gemini",)
    assert [one.figure_id for one in decile_figures(alone)] == [
        "deciles_gemini"
    ]
    *_, difference = pair_figures(alone, "nofollow_links", "follow_links")
    assert [row[0] for row in difference.table.rows] == ["gemini"]
    outside = [row | {"is_in_all": False} for row in coverage]
    assert replace(study, coverage=outside).platforms() == ["all", "gemini"]


def test_findings_on_a_kink_that_are_alike_are_told_once():
    row = {"p_adjusted": None, "reason": "Too few.", "status": "too_few"}
    rows = [row | {"platform": name} for name in ("all", "chatgpt", "gemini")]
    assert threshold_sentences(rows, 0.05) == [
        "All platforms, ChatGPT and Gemini: no test of a kink. Too few."
    ]


def bars(study):
    figure = tier_bars(study)
    return figure, [row["mentions"] for row in drawn(figure) if "scores" in row]


def test_bars_are_the_medians_of_the_tiers(built_sample, study):
    figure, shown = bars(study)
    truth = built_sample.frame(
        "select median from findings.deciles where platform = 'all' and "
        "signal = 'authority_score' and outcome = 'ai_mentions' "
        "order by decile"
    )["median"]
    assert shown == list(truth)
    assert "Median AI mentions (linear scale)" in json.dumps(figure.views[""])


def test_where_every_median_is_zero_bars_are_means(study):
    rows = [row | {"median": 0.0} for row in study.deciles]
    figure, shown = bars(replace(study, deciles=rows))
    assert shown == column(figure, "mean")
    assert "Mean AI mentions (linear scale)" in json.dumps(figure.views[""])


def test_every_chart_is_valid_vega_lite(study):
    specs = [
        spec
        for section in sections(study)
        for figure in (*section.figures, *section.details)
        for spec in figure.views.values()
    ]
    assert len(specs) > 20
    for spec in specs:
        alt.TopLevelLayerSpec.validate(spec)
    wrong = {**specs[0], "layer": [{"mark": "blot"}]}
    with pytest.raises(alt.utils.schemapi.jsonschema.ValidationError):
        alt.TopLevelLayerSpec.validate(wrong)


def test_scales_that_are_logarithmic_are_called_so(study):
    for section in sections(study):
        for figure in (*section.figures, *section.details):
            for spec in figure.views.values():
                text = json.dumps(spec)
                is_logarithmic = '"type": "log"' in text or "symlog" in text
                assert ("logarithmic scale" in text) == is_logarithmic


def test_what_the_dashed_line_means_stands_above_it(study):
    _, difference = pair_figures(study, "image_links", "text_links")
    for figure, meaning in (
        (difference, "0 = no difference"),
        (platform_figure(study), "0 = no association"),
        (tier_figure(study), "×1 = no growth"),
    ):
        axes = [
            layer["encoding"]["x"]["axis"]
            for layer in figure.views[""]["layer"]
            if layer["encoding"]["x"].get("axis")
        ]
        labelled = [axis for axis in axes if "labelExpr" in axis]
        assert [axis["labelExpr"] for axis in labelled] == [f"'{meaning}'"]
        assert labelled[0]["values"] == [1 if "growth" in meaning else 0]


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
        assert said in threshold_sentences([row], alpha)[0]


def test_single_platforms_share_their_scale(study):
    first, *single = decile_figures(study)
    assert first.is_wide

    def top(figure):
        return {
            tuple(layer["encoding"]["y"]["scale"]["domain"])
            for layer in figure.views[""]["layer"]
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
        {**figure.views[""], "width": 600, "autosize": "pad"}
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


@pytest.mark.parametrize(
    ("drawn", "ticks"),
    [
        ([0.77, 1.7, 1.0], [0.8, 1.0, 1.2, 1.4, 1.6]),
        ([None, 0.0, 1.0, 3.2], [1.0, 1.5, 2.0, 2.5, 3.0]),
        ([0.2, 6.0], [0.2, 0.5, 1.0, 2.0, 5.0]),
        ([1.0, 1.0, math.inf], [1.0]),
        ([1e-20, 1e20], [1e-18, 1e-12, 1e-6, 1, 1e6, 1e12, 1e18]),
    ],
)
def test_an_axis_of_ratios_has_round_ticks_on_either_side_of_one(drawn, ticks):
    assert ratio_ticks(drawn) == pytest.approx(ticks)


def test_ratios_above_one_are_written_along_the_axis(study):
    (spec,) = tier_figure(study).views.values()
    ratios = [
        row[end]
        for layer in spec["layer"]
        for row in layer.get("data", {}).get("values", [])
        for end in ("low", "estimate", "high")
        if row.get(end) is not None
    ]
    # The other axis has the meaning of the dashed line alone.
    written = max(
        (
            (layer["encoding"]["x"].get("axis") or {}).get("values", [])
            for layer in spec["layer"]
        ),
        key=len,
    )
    assert max(ratios) > 1.2
    assert any(1 < tick <= max(ratios) for tick in written)


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


@pytest.mark.parametrize(
    ("column_name", "query"),
    [
        ("sensitivity", "correlations where sensitivity <> 'none'"),
        ("domain_set", "correlation_contrasts"),
    ],
)
def test_keys_of_the_tables_are_written_in_words(
    built_sample, column_name, query
):
    keys = built_sample.frame(
        f"select distinct {column_name} from findings.{query}"
    )[column_name]
    told = {label(key, column_name) for key in keys}
    assert len(told) == len(keys) > 1
    assert not {words for words in told if re.search(r"_|\d \d", words)}
