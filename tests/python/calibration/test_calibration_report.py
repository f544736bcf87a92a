"""Figures, their bounds, and the page made of them."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from calibration import reasons, run
from calibration.__main__ import (
    LEDGER_PAGE,
    PAGE,
    PANEL_PAGE,
    SINGLE_PAGE,
    main,
)
from calibration.cells import Cell, Effort, all_cells, single_p_cells
from calibration.conclusions import answer, decision
from calibration.figures import (
    COVERAGE,
    FAMILY,
    TYPE_I,
    Bound,
    Place,
    mean_of,
    share_of,
)
from calibration.report import report
from calibration.run import run_cells
from calibration.single_p_page import single_p_page
from calibration.single_p_values import BOUNDS, quantity_of

PLACE = Place("a law", 30, "0.3")


def hits(count, draws):
    return [True] * count + [False] * (draws - count)


def test_a_share_and_its_error_by_hand():
    # 90 of 100: .9; sqrt(.896 x .104 / 100) = .0305 with (90.5 / 101).
    figure = share_of("coverage", PLACE, hits(90, 100), COVERAGE)
    assert figure.share == 0.9
    assert figure.error == pytest.approx(0.0305, abs=1e-4)
    assert not figure.is_inside()
    # The bound widened by 1.2 errors of .93: .93 - 1.2 x .0255 = .8994.
    assert figure.is_inside(1.2)
    assert not figure.is_inside(1.1)


def test_no_share_is_without_error():
    assert share_of("x", PLACE, hits(0, 50)).error > 0
    assert share_of("x", PLACE, hits(50, 50)).error > 0


def test_a_mean_and_its_error_by_hand():
    figure = mean_of("rate", PLACE, np.array([0.0, 0.0, 0.5, 0.1]), FAMILY)
    assert figure.share == pytest.approx(0.15)
    # Standard deviation .23805, over sqrt(4).
    assert figure.error == pytest.approx(0.11902, abs=1e-5)


def test_a_bound_without_a_figure_is_not_kept():
    assert not share_of("coverage", PLACE, [], COVERAGE).is_inside(3.3)
    assert share_of("coverage", PLACE, []).is_inside()


@pytest.mark.parametrize(
    ("bound", "text"),
    [(COVERAGE, "93.0-97.0"), (FAMILY, "≤ 5.5"), (Bound(low=0.8), "≥ 80.0")],
)
def test_a_bound_in_words(bound, text):
    assert str(bound) == text


def test_what_lies_outside_is_named_first_with_a_reason(monkeypatch):
    known = reasons.Reason("coverage", True, 30, Bound(low=0.4), "too few rows")
    monkeypatch.setattr(reasons, "REASONS", (known,))
    figures = [
        share_of("coverage, known", PLACE, hits(50, 100), COVERAGE),
        share_of("coverage, kept", PLACE, hits(95, 100), COVERAGE),
        share_of("coverage, high", PLACE, hits(100, 100), COVERAGE),
        share_of("coverage, large", Place("b", 100), hits(50, 100), COVERAGE),
        share_of("coverage, worse", PLACE, hits(39, 100), COVERAGE),
    ]
    page = report({"cell": figures}, Effort(), seed=1)
    first, _ = page.split("## Intervals")
    numbers = {
        line.split("|")[1].strip(): line.split("|")[-2].strip()
        for line in first.splitlines()
        if line.startswith("| coverage")
    }
    assert numbers == {
        "coverage, known": "1",
        "coverage, high": "2",
        "coverage, large": "3",
        "coverage, worse": "3",
    }
    for at, text in enumerate(
        ("too few rows", reasons.BY_CHANCE, reasons.UNKNOWN), 1
    ):
        assert f"\n{at}. {text}\n" in first
    assert "Of 5 figures with a bound 1 lie inside it; 4 lie" in page


def raw(quantity, share, rows=30):
    return share_of(quantity, Place("b", rows), hits(share, 1000))


def level(margin, share):
    place = Place(f"nofollow - follow = {margin}", 30)
    return share_of("level, equivalence, spearman", place, hits(share, 1000))


def test_the_decision_states_the_figures():
    contrast = "type I error, signal contrast, "
    figures = [
        raw(f"{contrast}spearman", 11),
        raw(f"{contrast}spearman", 52),
        raw(f"{contrast}pearson_log1p", 44),
        raw(f"{contrast}pearson_log1p", 73),
        raw(f"{contrast}pearson", 301),
        raw("coverage, pearson", 412),
        raw("coverage, pearson", 905),
        raw("coverage, pearson", 7, rows=10),
        level(0.019, 3),
        level(0.076, 61),
        level(0.152, 82),
    ]
    text = " ".join(decision(figures).split())
    assert "in 1.1-5.2 % of samples by Spearman, in 4.4-7.3 %" in text
    assert "in 0.3-6.1 % of samples where the margin is below 0.1" in text
    assert "in 8.2 % above" in text
    assert "cover in 41.2-90.5 % of samples" in text
    assert "contrasts err in 30.1 %." in text
    assert decision([]) == "**Decision.** The procedures stay."


def test_the_answer_says_what_so_few_studies_can_show():
    def text_of(draws):
        kink = "type I error, kink test"
        figures = [
            share_of(kink, PLACE, hits(1, 25 * each), TYPE_I) for each in draws
        ]
        return " ".join(answer(figures).split())

    # sqrt(.065 x .935 / 200) = .0174; of 20,000 studies .0017.
    few = text_of((8, 12))
    assert "Kink figures rest on 200-300 studies each, at the bound an" in few
    assert "an error of up to 1.7 points, in a band of 3.0. Two such" in few
    many = text_of((800,))
    assert "Kink figures rest on 20,000 studies each" in many
    assert many.endswith("an error of up to 0.2 points, in a band of 3.0.")
    assert "Ledger" not in many


def single_p(method, at, count, draws=1_000, rows=30):
    place = Place("0% zeros", rows)
    quantity = quantity_of(method, at)
    return share_of(quantity, place, hits(count, draws), BOUNDS[at])


def test_single_p_values_beyond_their_bounds_are_named_and_marked():
    figures = [
        single_p("spearman", 0.05, 20),
        single_p("spearman", 0.01, 10),
        single_p("spearman", 0.001, 1),
        single_p("kendall_tau_b", 0.05, 50),
        single_p("kendall_tau_b", 0.01, 10),
        single_p("kendall_tau_b", 0.001, 9),
    ]
    page = single_p_page({"cell": figures}, seed=1)
    told = " ".join(page.split())
    assert "Of 6 figures 4 lie within their bounds" in told
    assert "Too often: kendall_tau_b, n = 30, 0% zeros: 0.9 % at 0.1 %." in told
    assert "Too seldom: spearman, n = 30, 0% zeros: 2 % at 5 %." in told
    rows = [line for line in page.splitlines() if line.startswith("| 30")]
    assert [row.count("*") for row in rows] == [1, 1]
    assert "| 2.00 ± 0.45 * | 1.00 ± 0.32 | 0.10 ± 0.12 |" in rows[0]


def test_some_cells_do_not_make_the_page(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["calibrate", "--only", "ledger"])
    with pytest.raises(SystemExit) as stopped:
        main()
    assert stopped.value.code == 2
    assert "without the other cells" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_pages_that_are_kept_stand_in_the_analysis(project_dir):
    """The page of intervals and contrasts is drawn anew each time."""
    kept = {LEDGER_PAGE, PANEL_PAGE, SINGLE_PAGE}
    assert all((project_dir / page).is_file() for page in kept)
    assert PAGE.parts[0] == "target"


def test_cells_have_names_of_their_own():
    names = [cell.name for cell in all_cells(Effort())]
    assert len(set(names)) == len(names)


def draw_share(draws, generator):
    return [share_of("x", PLACE, generator.random(draws) < 0.5)]


def test_finished_cells_are_not_run_again(tmp_path, monkeypatch):
    def cells(effort):
        return [Cell("a", effort.small, draw_share), Cell("b", 9, draw_share)]

    def run_with(draws, seed=1, target_rows=1_000):
        effort = Effort(small=draws, target_rows=target_rows)
        return run_cells(cells(effort), seed, effort, kept, 1)

    monkeypatch.setattr(run, "all_cells", cells)
    kept = tmp_path / "deep" / "kept.jsonl"
    first = run_with(50)
    assert len(kept.read_text().splitlines()) == 2
    assert run_with(50) == first
    assert run_with(20) == first
    assert len(kept.read_text().splitlines()) == 2
    assert run_with(80)["a"][0].draws == 80
    assert run_with(50, seed=2) != first
    assert len(kept.read_text().splitlines()) == 5
    run_with(50, target_rows=2_000)
    assert len(kept.read_text().splitlines()) == 7


def test_the_same_seed_gives_the_same_figures_on_two_processes(tmp_path):
    effort = Effort(single=400)
    cells = single_p_cells(effort)[:2]
    found = [
        run_cells(cells, 1, effort, tmp_path / f"{processes}", processes)
        for processes in (1, 2)
    ]
    assert found[0] == found[1]
