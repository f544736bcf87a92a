"""The settings of the statistics, as one record.

What they mean, and their defaults, stand in the ``vars`` of
``dbt_project.yml``; dbt checks their form at run start.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from linksignal.errors import LinksignalError
from linksignal.project import PROJECT_DIR, parse_yaml


@dataclass(frozen=True)
class Settings:
    """What a user may choose of the statistics.

    Attributes
    ----------
    seed : int
        Seed of all draws, 0 or more.
    resample_count : int
        Permutations and bootstrap resamples, 1 or more.
    draw_count : int
        Draws from the smooth law of the kink test, 1 or more.
    ci_level : float
        Level of every interval, between 0 and 1; one minus it is the level
        of every test.
    equivalence_margin : float
        Largest difference that counts as none, as a share of the largest
        correlation that the ties allow; between 0 and 2.
    flat_ratio : float
        Ratio of mentions per ten points of score up to which, either way,
        mentions count as flat; above 1.
    link_count_tolerance : float
        Relative difference of two counts of links up to which they count as
        the same, 0 or more.

    Raises
    ------
    LinksignalError
        If one is out of its range.
    """

    seed: int
    resample_count: int
    draw_count: int
    ci_level: float
    equivalence_margin: float
    flat_ratio: float
    link_count_tolerance: float

    def __post_init__(self) -> None:
        """Raise LinksignalError where one is out of its range."""
        rules = (
            ("seed", self.seed >= 0, "must not be negative"),
            ("resample_count", self.resample_count >= 1, "must be 1 or more"),
            ("draw_count", self.draw_count >= 1, "must be 1 or more"),
            ("ci_level", 0 < self.ci_level < 1, "must lie between 0 and 1"),
            # Two correlations differ by 2 at most: beyond it all are equal.
            (
                "equivalence_margin",
                0 < self.equivalence_margin < 2,
                "must lie between 0 and 2",
            ),
            ("flat_ratio", self.flat_ratio > 1, "must be above 1"),
            (
                "link_count_tolerance",
                self.link_count_tolerance >= 0,
                "must not be negative",
            ),
        )
        for name, holds, rule in rules:
            if not holds:
                raise LinksignalError(
                    f"the setting {name} is {getattr(self, name)}; it {rule}"
                )


def read_settings(pairs: Iterable[tuple[str, object]]) -> Settings:
    """Read the settings of the statistics among the vars of a run.

    Parameters
    ----------
    pairs : iterable of tuple
        Names, and numbers or text that says one; the other vars are passed
        over.

    Returns
    -------
    Settings

    Raises
    ------
    LinksignalError
        If one is missing, is no number, or is out of its range.
    """
    values = dict(pairs)
    found: dict[str, Any] = {}
    for field in fields(Settings):
        read = int if field.type == "int" else float
        try:
            found[field.name] = read(str(values[field.name]))
        except KeyError as error:
            raise LinksignalError(
                f"the setting {field.name} is missing"
            ) from error
        except ValueError as error:
            raise LinksignalError(
                f"the setting {field.name} is {values[field.name]!r}; it must "
                "be a number" + (" without a fraction" if read is int else "")
            ) from error
    return Settings(**found)


@cache
def default_settings() -> Settings:
    """Read the settings as ``dbt_project.yml`` has them.

    Returns
    -------
    Settings
    """
    project = parse_yaml(
        (PROJECT_DIR / "dbt_project.yml").read_text(encoding="utf-8")
    )
    return read_settings(project["vars"].items())
