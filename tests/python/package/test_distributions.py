"""What is built: the wheel, the sdist, and what they say of themselves."""

from __future__ import annotations

import email
import shutil
import sys
import tarfile
import zipfile

import yaml
from distributions import names_in, run


def tracked(project_dir, *folders):
    return {
        path.relative_to(project_dir).as_posix()
        for folder in folders
        for path in (project_dir / folder).rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_wheel_carries_the_dbt_project(installed, project_dir):
    expected = tracked(
        project_dir, "macros", "models", "seeds", "tests/generic"
    ) | {"dbt_project.yml", "profiles.yml"}

    carried = names_in(installed.wheel)

    assert {f"linksignal/dbt/{name}" for name in expected} <= carried
    assert not any(name.endswith(".pyc") for name in carried)
    packages = ("linksignal/", "dbt_linksignal/")
    assert all(name.startswith(packages) for name in carried)


def test_the_wheel_carries_every_file_of_the_package(installed, project_dir):
    own = {
        name.removeprefix("python/") for name in tracked(project_dir, "python")
    }
    # How the loader's SQL is linted is of use in the checkout alone.
    of_the_linter = {"linksignal/load/sql/.sqlfluff"}

    carried = names_in(installed.wheel)

    assert own - of_the_linter <= carried
    assert not of_the_linter & carried


def test_the_sdist_gives_the_same_wheel(installed, tmp_path):
    with tarfile.open(installed.sdist) as archive:
        archive.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    out = tmp_path / "wheel"

    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    run([*build, "-d", out], unpacked)
    shutil.rmtree(unpacked)

    (wheel,) = out.iterdir()
    assert names_in(wheel) == names_in(installed.wheel)


def test_the_metadata_say_what_it_is(installed, project_dir):
    with zipfile.ZipFile(installed.wheel) as archive:
        (name,) = (
            name
            for name in archive.namelist()
            if name.endswith(".dist-info/METADATA")
        )
        metadata = email.message_from_bytes(archive.read(name))
    project = yaml.safe_load((project_dir / "dbt_project.yml").read_text())

    assert metadata["Name"] == project["name"]
    assert metadata["Version"] == project["version"]
    assert metadata["License-Expression"] == "MIT"
    assert metadata["Requires-Python"] == "<3.14,>=3.11"
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert "backlinks" in metadata["Summary"]
    assert set(metadata.get_all("Provides-Extra")) == {"build", "dev", "spark"}
    for version in ("3.11", "3.12", "3.13"):
        classifier = f"Programming Language :: Python :: {version}"
        assert classifier in metadata.get_all("Classifier")
