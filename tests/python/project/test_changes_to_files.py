"""Every place in the source that changes files or starts a process.

A new one has to be declared here: with what keeps it from files of others.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

# Names of functions that remove, move, write or run something, however they
# are reached: as a method of a path, or of a module.
CHANGES = {
    "unlink", "rmtree", "rmdir", "remove", "removedirs", "rename", "renames",
    "move", "copyfile", "copy2", "copytree", "write_text", "write_bytes",
    "truncate", "ftruncate", "chmod", "symlink_to", "hardlink_to", "symlink",
    "link", "touch", "system", "popen", "Popen", "execv", "execvp", "spawnv",
    "mkstemp", "NamedTemporaryFile", "TemporaryDirectory", "write_table",
    "ParquetWriter", "pwrite",
}  # fmt: skip
DECLARED = {
    "building.py": (
        {"write_text"},
        "one file of its own in target, where dbt writes: which code passed",
    ),
    "dbt_guard.py": ({"connect"}, "the database that dbt is about to write"),
    "dbt_process.py": (
        {"Popen", "open"},
        "dbt, apart from the working directory; what it prints",
    ),
    "files.py": (
        {
            "TemporaryDirectory",
            "replace",
            "rmdir",
            "rmtree",
            "unlink",
            "write_text",
        },
        "folders that bear our mark, by the names that we write; what drafts "
        "replace is checked",
    ),
    "new_project/__init__.py": ({"open"}, "new files; none is overwritten"),
    "load/inputs.py": ({"open"}, "members, by number, in the load's folder"),
    "load/ledger.py": ({"write_table"}, "drafts in the load's folder"),
    "load/landing.py": (
        {"TemporaryDirectory", "replace", "rmdir", "unlink", "write_text"},
        "files that a checked journal names, at names that were free; folders "
        "only when they are empty",
    ),
    "load/engine.py": ({"connect"}, "a database in the load's folder"),
    "load/records.py": (
        {"open", "symlink_to"},
        "copies and a link in the load's folder",
    ),
    "load/history.py": (
        {"remove"},
        "files of one load, by the journal of load/landing.py",
    ),
    "load/graph.py": ({"write_table"}, "drafts in the load's folder"),
    "load/graph_counts.py": (
        {"ParquetWriter", "replace", "unlink", "write_table"},
        "drafts of its own; pairs of a file of edges, by the hash of the file",
    ),
    "load/nearest.py": ({"remove"}, "a name of a list, and no file"),
    "load/workbooks.py": ({"open"}, "a sheet as CSV, in the load's folder"),
    "load/stage.py": ({"rmtree"}, "scratch in the load's folder"),
    "load/together.py": (
        {"rmtree"},
        "scratch in the load's folder, which it has just made",
    ),
    "project.py": (
        {"symlink_to", "unlink"},
        "the link dbt_packages/linksignal, where it is a link",
    ),
    "publish/build.py": (
        {"symlink_to", "unlink"},
        "the link runs/current, where it is a link to a run; what else stands "
        "at that name stays",
    ),
    "publish/endings.py": (
        {"copyfile", "unlink", "write_text"},
        "a file of the run, and the copy in its folder",
    ),
    "publish/inputs.py": (
        {"rename", "rmtree", "write_text"},
        "files of the run, and members in its folder",
    ),
    "publish/place.py": (
        {"chmod", "copyfile", "replace", "unlink"},
        "what a refresh of this root published or kept; drafts of its own; a "
        "report that bears our mark",
    ),
    "publish/rollback.py": ({"copyfile"}, "a draft of its own"),
    "publish/reuse.py": (
        {"copyfile", "replace", "unlink", "write_text"},
        "the database of this run; in the folder built, files of a run's name",
    ),
    "publish/root.py": (
        {"ftruncate", "open", "pwrite"},
        "the lock, if it is empty or holds a number; logs that begin as ours "
        "do",
    ),
    "publish/verify.py": ({"run"}, "itself, apart from the working directory"),
    "report/page.py": (
        {"replace", "write_bytes", "write_text"},
        "our folder in the user's cache; a draft of its own",
    ),
    "text.py": ({"open"}, "the null device"),
    "simulate/folders.py": (
        {"TemporaryDirectory", "move", "rmdir", "unlink"},
        "files of a labelled simulated study, by the names we give",
    ),
    "simulate/readme.py": ({"write_text"}, "a draft of its own"),
    "simulate/write.py": (
        {"ParquetWriter", "write_table"},
        "a draft of its own",
    ),
    "export/files.py": ({"open"}, "a draft of its own"),
    "export/workbook.py": ({"open", "unlink"}, "drafts of its own"),
}


def changes(tree: ast.AST) -> Iterator[str]:
    """Names of the calls in a module that change files."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name, owner = called(node)
            if is_change(node, name, owner):
                yield name


def called(node: ast.Call) -> tuple[str, str | None]:
    """Name of what is called, and of what it belongs to; None for nothing."""
    if isinstance(node.func, ast.Attribute):
        return node.func.attr, ast.unparse(node.func.value)
    return ast.unparse(node.func), None


def is_change(node: ast.Call, name: str, owner: str | None) -> bool:
    if name == "replace":
        # That of a text takes two arguments.
        return owner == "os" or (len(node.args) == 1 and not node.keywords)
    if name == "run":
        return owner == "subprocess"
    if name == "connect":
        words = {word.arg for word in node.keywords}
        return bool(node.args) and "read_only" not in words
    if name == "open" and owner == "os":
        return "O_RDONLY" not in ast.unparse(node)
    if name == "open":
        modes = [*node.args[owner is None :], *(w.value for w in node.keywords)]
        return any(
            isinstance(mode, ast.Constant)
            and isinstance(mode.value, str)
            and set(mode.value) <= set("rwaxbt+")
            and set(mode.value) & set("wax+")
            for mode in modes
        )
    return name in CHANGES


def found_in(package: Path) -> dict[str, set[str]]:
    found = {}
    for path in sorted(package.rglob("*.py")):
        names = set(changes(ast.parse(path.read_text("utf-8"))))
        if names:
            found[path.relative_to(package).as_posix()] = names
    return found


def test_every_change_to_files_is_declared(project_dir: Path) -> None:
    found = found_in(project_dir / "python" / "linksignal")
    assert found == {name: names for name, (names, _) in DECLARED.items()}


def test_a_change_that_is_not_declared_is_found(tmp_path: Path) -> None:
    (tmp_path / "new.py").write_text(
        "import os, shutil, subprocess\nfrom pathlib import Path\n"
        "Path('a').unlink()\nshutil.rmtree('a')\nos.replace('a', 'b')\n"
        "Path('a').replace('b')\nopen('a', 'w')\nPath('a').open('ab')\n"
        "os.open('a', os.O_RDWR)\nsubprocess.run(['a'])\n"
        "'a'.replace('b', 'c')\nopen('a')\nPath('a').open('rb')\n"
    )
    (calls,) = found_in(tmp_path).values()
    assert calls == {"unlink", "rmtree", "replace", "open", "run"}
    whole = ast.parse((tmp_path / "new.py").read_text())
    assert len(list(changes(whole))) == 8
