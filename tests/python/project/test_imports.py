"""The statistics are layered: what may import what."""

from __future__ import annotations

import ast
import csv
import re
import subprocess
import sys
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[3]
PYTHON = PROJECT / "python"
STATS = "linksignal.stats"
LAYERS = ("estimators", "tables", "claims")

IMPORT_EVERY_ESTIMATOR = f"""
import importlib, pkgutil, sys
import {STATS}.estimators as estimators
for module in pkgutil.iter_modules(estimators.__path__):
    importlib.import_module(f"{STATS}.estimators.{{module.name}}")
print(*sys.modules)
"""


def sources(package=STATS):
    """Text of the modules of a package, by name."""
    folder = PYTHON.joinpath(*package.split("."))
    return {
        ".".join(file.relative_to(PYTHON).with_suffix("").parts): (
            file.read_text(encoding="utf-8")
        )
        for file in sorted(folder.rglob("*.py"))
        if file.name != "__init__.py"
    }


def imports(texts):
    """Which of the modules each of them imports."""
    found = {}
    for name, text in texts.items():
        named = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                beside = (f"{node.module}.{one.name}" for one in node.names)
                named |= {node.module, *beside}
            elif isinstance(node, ast.Import):
                named |= {one.name for one in node.names}
        found[name] = named & texts.keys()
    return found


def in_circles(graph):
    """Modules that import themselves by way of others."""

    def reached(start):
        seen, waiting = set(), [*graph[start]]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += graph[name]
        return seen

    return [name for name in graph if name in reached(name)]


def upward(graph):
    """Imports from a layer above one's own."""
    heights = {layer: height for height, layer in enumerate(LAYERS)}

    def height(name):
        return heights.get(name.split(".")[2], -1)

    return [
        (name, other)
        for name, others in graph.items()
        for other in others
        if height(other) > height(name) >= 0
    ]


def key_names():
    """Keys of signals, outcomes and platforms, as the lookups have them."""
    for name in ("signal", "outcome", "platform"):
        file = PROJECT / "seeds" / "lookups" / f"{name}s.csv"
        with file.open(encoding="utf-8", newline="") as lines:
            yield from (row[name] for row in csv.DictReader(lines))


def named_keys(texts):
    """Keys that estimators name."""
    pattern = re.compile(rf"\b({'|'.join(key_names())})\b")
    return [
        (name, key)
        for name, text in texts.items()
        if name.startswith(f"{STATS}.estimators.")
        for key in pattern.findall(text)
    ]


def test_no_module_imports_itself_by_way_of_others():
    assert in_circles(imports(sources("linksignal"))) == []


def test_the_command_line_alone_imports_the_commands():
    importers = [
        name
        for name, others in imports(sources("linksignal")).items()
        if "linksignal.commands" in others
    ]
    assert importers == ["linksignal.cli"]


def test_no_layer_imports_one_above_it():
    assert upward(imports(sources())) == []


def test_estimators_name_no_signal_outcome_or_platform():
    assert named_keys(sources()) == []


def test_estimators_load_no_pandas():
    run = subprocess.run(
        [sys.executable, "-c", IMPORT_EVERY_ESTIMATOR],
        check=True,
        capture_output=True,
        text=True,
    )
    loaded = run.stdout.split()
    assert f"{STATS}.estimators.kink" in loaded
    assert "pandas" not in loaded


def test_a_build_does_without_the_distributions_of_scipy():
    """Their import takes half a second; functions of scipy.special do."""
    models = [
        name
        for file in (PROJECT / "models").rglob("*.py")
        for name in re.findall(r"from (linksignal\S+)", file.read_text())
    ]
    code = (
        f"import importlib, sys\n"
        f"for name in {models}: importlib.import_module(name)\n"
        "print('scipy.stats' in sys.modules, 'scipy.special' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert run.stdout.split() == ["False", "True"]


def test_one_function_alone_builds_tables():
    builders = [
        name
        for name, text in sources().items()
        if re.search(r"\bpa\.(table|Table\.\w+)\(", text)
    ]
    assert builders == [f"{STATS}.estimate"]


@pytest.mark.parametrize(
    ("check", "line"),
    [
        (in_circles, "from linksignal.stats.tables.deciles import summarise"),
        (upward, "import linksignal.stats.claims.judge"),
    ],
)
def test_an_import_that_breaks_a_rule_would_be_found(check, line):
    texts = sources()
    name = (
        f"{STATS}.estimate" if check is in_circles else f"{STATS}.tables.cells"
    )
    texts[name] += f"\n{line}\n"
    assert check(imports(texts)) != []


def test_a_signal_named_by_an_estimator_would_be_found():
    texts = {f"{STATS}.estimators.kink": 'SCORE = "authority_score"'}
    assert named_keys(texts) == [
        (f"{STATS}.estimators.kink", "authority_score")
    ]


def test_a_load_imports_neither_pandas_nor_what_few_files_need(tmp_path):
    """They take longer to import than most exports to load."""
    export = tmp_path / "scores.csv"
    export.write_text("domain,score,scale,as_of\na.com,1,0-100,2026-01-31\n")
    run = (
        "import sys; from linksignal.cli import main; "
        f"code = main(['load', '--quiet', '--raw', {str(tmp_path / 'raw')!r}, "
        f"{str(export)!r}]); print(code, *sys.modules)"
    )
    code, *modules = subprocess.run(
        [sys.executable, "-c", run], capture_output=True, text=True, check=True
    ).stdout.split()
    assert code == "0"
    load = "linksignal.load"
    assert not {
        *("pandas", "pyarrow.compute", "scipy", "tldextract"),
        *(f"{load}.graph", f"{load}.nearest", f"{load}.outlook"),
    } & set(modules)
