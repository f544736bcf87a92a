"""A build notices that rows of a load are gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from linksignal.load.batch import load_files
from linksignal.load.stage import Options

OVERVIEW = (
    "target;ascore;total;domains_num;follows_num;nofollows_num;texts_num;"
    "images_num\nexample.com;5;1;1;1;1;1;1\nexample.org;;1;1;1;1;1;1\n"
    "blog.example.org;5;1;1;1;1;1;1\nexample.com;5;1;1;1;1;1;1\n"
    "10.0.0.1;5;1;1;1;1;1;1\n"
)
FILES = {
    "overview.csv": OVERVIEW,
    "answers.csv": "answer_id,platform\na1,ChatGPT\na2,ChatGPT\n",
    "references.csv": "answer_id,domain\na1,example.com\n",
}
IS_THERE = "every_loaded_record_is_still_there"


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("loaded")
    for name, text in FILES.items():
        (folder / name).write_text(text)
    files = [folder / name for name in FILES]
    load_files(files, folder / "raw", Options(max_rejected=0.5))
    return folder / "raw"


def statuses(dbt, built_sample, parsed, tmp_path, raw_dir):
    outcome = dbt(
        *("build", "--select", "stg_snapshot_loads", "stg_load_counts"),
        "load_accounting",
        *("--exclude", "test_type:unit"),
        database=built_sample.copy(tmp_path),
        manifest=parsed,
        variables={"raw_dir": str(raw_dir)},
    )
    return outcome.exit_code, outcome.statuses.get(IS_THERE)


def test_whole_loads_pass(dbt, built_sample, parsed, tmp_path, loaded):
    given = statuses(dbt, built_sample, parsed, tmp_path, loaded)
    assert given == (0, "pass")


@pytest.mark.parametrize(
    "table", ["backlink_profiles", "domain_scores", "rejected_records"]
)
def test_a_deleted_file_of_a_load_fails_the_build(
    dbt, built_sample, parsed, project_dir, tmp_path, loaded, table
):
    raw_dir = shutil.copytree(loaded, tmp_path / "raw")
    (file,) = (raw_dir / table).iterdir()
    file.unlink()
    # The study needs one side of each kind, which another load gives.
    if table == "backlink_profiles":
        shutil.copytree(
            project_dir / "seeds" / "sample" / table,
            raw_dir / table,
            dirs_exist_ok=True,
        )
    given = statuses(dbt, built_sample, parsed, tmp_path, raw_dir)
    assert given == (1, "fail")
