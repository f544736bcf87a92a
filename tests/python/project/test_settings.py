"""The settings of the statistics: one record, from one place."""

from __future__ import annotations

import inspect
from dataclasses import fields, replace

import pytest
import yaml
from linksignal.errors import LinksignalError
from linksignal.settings import Settings, default_settings, read_settings

WRONG = {
    "seed": -1,
    "resample_count": 0,
    "draw_count": 0,
    "ci_level": 1.0,
    "equivalence_margin": 2.0,
    "flat_ratio": 1.0,
    "link_count_tolerance": -0.1,
}


def test_the_defaults_are_those_of_the_project_file(project_dir):
    text = (project_dir / "dbt_project.yml").read_text(encoding="utf-8")
    written = yaml.safe_load(text)["vars"]
    found = default_settings()
    for field in fields(Settings):
        assert getattr(found, field.name) == written[field.name]


def test_no_setting_has_a_default_in_python():
    parameters = inspect.signature(Settings).parameters.values()
    assert {one.default for one in parameters} == {inspect.Parameter.empty}


def test_every_setting_has_a_value_that_is_refused():
    assert WRONG.keys() == {field.name for field in fields(Settings)}


@pytest.mark.parametrize(("name", "value"), WRONG.items())
def test_a_setting_out_of_its_range_is_refused(name, value):
    with pytest.raises(LinksignalError, match=f"{name} is {value}; it must"):
        replace(default_settings(), **{name: value})


@pytest.mark.parametrize("name", WRONG)
def test_a_setting_that_is_no_number_is_refused(name):
    with pytest.raises(LinksignalError, match=f"{name} is nan"):
        replace(default_settings(), **{name: float("nan")})


def test_settings_are_read_from_text_and_other_vars_passed_over():
    values = {field.name: "2" for field in fields(Settings)}
    values |= {"ci_level": "0.9", "equivalence_margin": "0.1", "country": ""}
    found = read_settings(values.items())
    assert found == Settings(2, 2, 2, 0.9, 0.1, 2.0, 2.0)
    assert isinstance(found.seed, int)
    assert isinstance(found.flat_ratio, float)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"seed": "1.5"}, "seed is '1.5'; it must be a number without"),
        ({"ci_level": "high"}, "ci_level is 'high'; it must be a number"),
        ({"ci_level": None}, "ci_level is missing"),
    ],
)
def test_what_is_no_setting_is_refused_in_a_sentence(changes, message):
    values = {field.name: "0.5" for field in fields(Settings)}
    values |= {"seed": "1", "resample_count": "100", "draw_count": "10"}
    values |= {"flat_ratio": "1.25"} | changes
    pairs = [pair for pair in values.items() if pair[1] is not None]
    with pytest.raises(LinksignalError, match=message):
        read_settings(pairs)
