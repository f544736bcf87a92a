"""Which project a command works in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from linksignal import building
from linksignal.cli import main
from linksignal.errors import LinksignalError
from linksignal.new_project import make_project
from linksignal.project import (
    Project,
    default_database,
    find_project,
    link_package,
    raw_folder,
)


@pytest.fixture(autouse=True)
def plain(monkeypatch, tmp_path):
    """Give a working directory and an environment that name no project."""
    for name in ("DBT_PROJECT_DIR", "LINKSIGNAL_DATABASE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def project(folder: Path, text: str = "name: shop\nprofile: shop\n") -> Path:
    folder.mkdir()
    (folder / "dbt_project.yml").write_text(text)
    return folder


def test_the_named_project_goes_before_all_others(tmp_path, monkeypatch):
    named, variable, here = (project(tmp_path / name) for name in "abc")
    monkeypatch.setenv("DBT_PROJECT_DIR", str(variable))
    monkeypatch.chdir(here)

    assert find_project(Path("../a")).folder == named
    assert find_project().folder == variable
    monkeypatch.delenv("DBT_PROJECT_DIR")
    assert find_project().folder == here


def test_in_a_folder_without_a_project_it_is_the_checkout(project_dir):
    assert find_project().folder == project_dir
    assert default_database() == project_dir / "warehouse/linksignal.duckdb"


def test_an_installed_package_is_nobodys_project(monkeypatch):
    monkeypatch.setattr("linksignal.project.IS_INSTALLED", True)

    with pytest.raises(LinksignalError, match="linksignal init DIR"):
        find_project()


def test_a_named_folder_must_be_a_project(tmp_path, capsys):
    assert main(["show", "--project-dir", str(tmp_path)]) == 2
    assert "is no dbt project, as it has no dbt_project.yml" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "\0"])
def test_a_project_that_cannot_be_read_is_one_sentence(tmp_path, text, capsys):
    folder = project(tmp_path / "odd", text)

    assert main(["loads", "--project-dir", str(folder)]) == 2

    said = capsys.readouterr().err
    assert said.startswith(f"linksignal: {folder}/dbt_project.yml ")
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("vars: {linksignal: {raw_dir: raw}}", "raw"),
        ("vars: {raw_dir: raw}", "raw"),
        ("vars: {raw_dir: other, linksignal: {raw_dir: raw}}", "raw"),
        ("vars: {linksignal: {raw_dir: /srv/raw}}", "/srv/raw"),
        ("vars: {linksignal: {raw_dir: seeds/sample}}", None),
        ("vars: {shop: {raw_dir: raw}}", None),
        ("name: shop", None),
    ],
)
def test_the_raw_directory_is_that_of_the_project(tmp_path, text, raw):
    folder = project(tmp_path / "shop", text)

    if raw is None:
        with pytest.raises(LinksignalError, match="--raw DIR"):
            raw_folder(None, folder)
    else:
        assert raw_folder(None, folder) == folder / raw
    assert raw_folder(tmp_path / "named", folder) == tmp_path / "named"


def test_a_new_project_overwrites_nothing(tmp_path):
    folder = tmp_path / "study"
    for name in ("raw/.gitkeep", "README.md", "dbt_packages"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(tmp_path / "nowhere")
        with pytest.raises(LinksignalError, match=name):
            make_project(folder)
        assert [each for each in folder.rglob("*") if each.is_file()] == []
        path.unlink()


def test_a_new_project_has_the_materializations_of_the_guide(
    tmp_path, project_dir
):
    assert main(["init", str(tmp_path / "study")]) == 0
    written = tmp_path / "study" / "macros" / "materializations.sql"
    macros = written.read_text().split("#}\n")[1]
    table = macros.split("\n\n")[0]
    own = project_dir / "macros" / "materializations" / "table.sql"
    guide = project_dir / "docs" / "use_as_a_package.md"

    assert own.read_text().split("#}\n")[1].strip() == table
    assert macros in guide.read_text()


def test_a_new_project_lies_beside_what_is_there(tmp_path):
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "notes.txt").write_text("mine")

    assert main(["init", str(folder)]) == 0

    assert (folder / "notes.txt").read_text() == "mine"
    assert Project(folder).raw_dir == folder / "raw"


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["init", str(tmp_path / "file" / "study")]) == 2

    said = capsys.readouterr().err
    assert said.startswith("linksignal: no project can be made in ")
    assert len(said.splitlines()) == 1


def test_only_the_link_of_a_project_we_made_is_renewed(tmp_path, project_dir):
    ours, host = tmp_path / "ours", project(tmp_path / "host")
    make_project(ours)
    for folder in (ours, host):
        link = folder / "dbt_packages" / "linksignal"
        link.parent.mkdir(exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(tmp_path / "another installation")
        link_package(Project(folder))

    assert link.resolve() == tmp_path / "another installation"
    assert (ours / "dbt_packages/linksignal").resolve() == project_dir


def test_a_folder_in_place_of_the_link_stays(tmp_path):
    make_project(tmp_path / "ours")
    link = tmp_path / "ours" / "dbt_packages" / "linksignal"
    link.unlink()
    link.mkdir()

    link_package(Project(tmp_path / "ours"))

    assert not link.is_symlink()


class _Started(Exception):
    """dbt would have run."""


def _start(*_: Any, **__: Any) -> int:
    raise _Started


def _build_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str
) -> int:
    monkeypatch.setattr(building, "run_dbt", _start)
    return main(["build", "--project-dir", str(folder), *words])


def test_a_project_without_raw_tables_is_told_both_ways_before_dbt_starts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path / "study"
    main(["init", str(folder)])
    capsys.readouterr()
    assert _build_of(folder, monkeypatch) == 2
    assert capsys.readouterr().err == (
        f"linksignal: there are no raw tables in {folder}/raw: load your "
        f"exports with linksignal load EXPORT... --project-dir {folder}, or "
        "try the bundled sample with linksignal build --sample --project-dir "
        f"{folder}\n"
    )
    monkeypatch.chdir(folder)
    assert main(["build"]) == 2
    assert "load EXPORT..., or try the bundled" in capsys.readouterr().err
    assert _build_of(folder, monkeypatch, "--vars", "{raw_dir: other}") == 2
    assert f"EXPORT... --raw {folder}/other, or" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["--sample"],
        ["--vars", "{raw_database: lake, raw_schema: raw}"],
        ["--vars", "{raw_schema: raw}"],
    ],
)
def test_raw_tables_that_are_elsewhere_are_left_to_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str]
) -> None:
    folder = tmp_path / "study"
    main(["init", str(folder)])
    with pytest.raises(_Started):
        _build_of(folder, monkeypatch, *words)


@pytest.mark.parametrize("name", ["ai_answers/a", "links/backlinks/a"])
def test_raw_tables_that_are_there_are_left_to_dbt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    folder = tmp_path / "study"
    main(["init", str(folder)])
    file = folder / "raw" / f"{name}.parquet"
    file.parent.mkdir(parents=True)
    file.touch()
    with pytest.raises(_Started):
        _build_of(folder, monkeypatch)


@pytest.mark.parametrize("command", [["build"], ["refresh", "--root", "pub"]])
def test_a_date_without_quotes_that_no_calendar_has_gets_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], command: list[str]
) -> None:
    folder = tmp_path / "study"
    main(["init", str(folder)])
    capsys.readouterr()
    words = [*command, "--project-dir", str(folder)]
    assert main([*words, "--vars", "{answers_from: 2025-13-01}"]) == 2
    assert capsys.readouterr().err == (
        "linksignal: --vars {answers_from: 2025-13-01}: a date without quotes "
        "is no day of the calendar (month must be in 1..12); put quotes around "
        "it, and check it\n"
    )
    file = folder / "dbt_project.yml"
    file.write_text(
        file.read_text().replace(
            '# answers_from: ""', "answers_from: 2026-02-30"
        )
    )
    assert main(words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"linksignal: {file} cannot be read: a date without")
