"""The README that labels a folder as simulated and says by what rule."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from linksignal.simulate import calibrated
from linksignal.simulate.coverage import BOTH, INCOMPLETE, PROFILE_ONLY
from linksignal.simulate.laws import Law
from linksignal.simulate.study import PLATFORMS

# How the README of a simulated study begins.
LABEL = "# Simulated data:"

_CALIBRATED = (
    LABEL
    + """ the calibrated study

Nothing here was observed. Every domain, brand, link, prompt and answer is
invented; names that look like a domain carry `-sim` (or are `reference<n>`).

Regenerate it, with the same content, by

    linksignal simulate --out DIR{seed_option}

It is calibrated to the twelve coefficients published in "Do Backlinks Still
Matter in AI Search? Insights from 1,000 Domains" (Semrush with Kevin Indig /
Growth Memo, October 2025; `seeds/lookups/published_coefficients.csv`): computed
from these rows, the largest gap is {gap:.4f}. To that end a search permuted
authority scores and whole link blocks over the domains. There is **no law
behind it**: a verdict on a claim of the study, computed from this data, is
neither true nor false.

What the rows hold on purpose:
- {both_and_only} domains with a backlink profile; {only} of them have no link
  rows, and on {incomplete} of them the link rows are incomplete by a fifth;
- lost links, links of a site to itself, unknown attributes, redirects;
- answers whose branding is unknown and follows from the prompt, answers
  without prompt text or time, domains outside the study.
"""
)
_LAW = (
    LABEL
    + """ law `{kind}`

Nothing here was observed. Every domain, brand, link, prompt and answer is
invented; names that look like a domain carry `-sim` (or are `reference<n>`).
The truth is planted, see `linksignal.simulate.laws`; seed {seed}:

{settings}

Tuples are in the order {platforms}.
"""
)

_PANEL = (
    LABEL
    + """ panel `{direction}`

Nothing here was observed. Every domain, brand, link, prompt and answer is
invented; names that look like a domain carry `-sim`. Which gains come first is
planted, see `linksignal.simulate.panel`; seed {seed}.
"""
)


def write_calibrated(raw_dir: Path, seed: int, gap: float) -> None:
    """Label a folder that holds the calibrated study.

    Parameters
    ----------
    raw_dir : Path
        Folder of the raw tables.
    seed : int
        Seed of the study.
    gap : float
        Largest distance from a published coefficient.
    """
    option = "" if seed == calibrated.SEED else f" --seed {seed}"
    text = _CALIBRATED.format(
        seed_option=option,
        gap=gap,
        both_and_only=PROFILE_ONLY + BOTH,
        only=PROFILE_ONLY,
        incomplete=INCOMPLETE,
    )
    (raw_dir / "README.md").write_text(text, encoding="utf-8")


def write_law(raw_dir: Path, law: Law, seed: int) -> None:
    """Label a folder that holds a study with a planted law."""
    settings = "\n".join(
        f"- {name} = {value}" for name, value in asdict(law).items()
    )
    text = _LAW.format(
        kind=law.kind,
        seed=seed,
        settings=settings,
        platforms=", ".join(PLATFORMS),
    )
    (raw_dir / "README.md").write_text(text, encoding="utf-8")


def write_panel(raw_dir: Path, direction: str, seed: int) -> None:
    """Label a folder that holds a study over months."""
    text = _PANEL.format(direction=direction, seed=seed)
    (raw_dir / "README.md").write_text(text, encoding="utf-8")
