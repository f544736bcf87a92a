"""No command runs what lies in the directory it is called from."""

from __future__ import annotations

import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

# The children that a refresh starts, and the command line itself.
PROGRAMS = {
    "verify": ["-P", "-m", "linksignal.publish.verify", "none.duckdb"],
    "dbt": ["-P", "-m", "linksignal.dbt_process", "--version"],
}
DECOY = 'open({!r}, "w").close()\n'


@pytest.fixture
def decoys(tmp_path: Path) -> Path:
    """A directory with a module of every name that an import may look for."""
    folder = tmp_path / "decoys"
    folder.mkdir()
    installed = filter(str.isidentifier, metadata.packages_distributions())
    names = {*installed, *sys.stdlib_module_names}
    for name in {*names, "sitecustomize", "usercustomize"}:
        file = folder / f"{name}.py"
        file.write_text(DECOY.format(str(tmp_path / "was_run")))
    return folder


def test_the_decoys_are_run_where_python_looks_for_them(decoys: Path) -> None:
    program = [sys.executable, "-c", "import json"]
    subprocess.run(program, cwd=decoys, check=False)
    assert (decoys.parent / "was_run").exists()


@pytest.mark.parametrize(
    "words",
    [
        *PROGRAMS.values(),
        *(
            [str(Path(sys.executable).with_name("linksignal")), *words.split()]
            for words in (
                "load none.csv --raw none",
                "loads --raw none",
                "unload x --raw none",
                "formats",
                "show --db none.duckdb",
                "report --db none.duckdb",
                "export --format xlsx --db none.duckdb",
                "simulate --out study --domains 5",
                "status --root none",
                "rollback --root none",
            )
        ),
    ],
    ids=" ".join,
)
def test_a_command_runs_no_module_of_the_working_directory(
    decoys: Path, words: list[str]
) -> None:
    program = words if words[0] != "-P" else [sys.executable, *words]
    ended = subprocess.run(
        program, cwd=decoys, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in ended.stderr, ended.stderr
    assert not (decoys.parent / "was_run").exists()


def test_every_child_process_is_started_apart_from_the_working_directory(
    project_dir: Path,
) -> None:
    """Each is this Python, with -P; there is no other way in the source."""
    found = [
        (path.relative_to(project_dir).as_posix(), line.strip())
        for path in sorted((project_dir / "python").rglob("*.py"))
        for line in path.read_text("utf-8").splitlines()
        if "sys.executable" in line or "os.system" in line or "exec(" in line
    ]
    assert [file for file, _ in found] == [
        "python/linksignal/dbt_process.py",
        "python/linksignal/publish/verify.py",
    ]
    assert all('sys.executable, "-P", "-m"' in line for _, line in found)


def test_a_file_is_verified_from_among_decoys(
    decoys: Path, refreshed_sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    from linksignal.publish.root import Root
    from linksignal.publish.verify import verify

    monkeypatch.chdir(decoys)
    verify(Root(refreshed_sample.root).published)
    assert not (decoys.parent / "was_run").exists()


def test_dbt_is_run_from_among_decoys(
    decoys: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where they lie in the project's own folder, which dbt runs in."""
    from linksignal.publish import build
    from linksignal.publish.run import Run

    run = Run("000001-20260101T000000Z", tmp_path / "run")
    run.folder.mkdir()
    monkeypatch.chdir(decoys)
    assert build.run_dbt(run, {}, decoys) == 2
    assert "dbt_project.yml" in (run.folder / build.OUTPUT).read_text()
    assert not (tmp_path / "was_run").exists()
