"""The structure of a checkout in numbers, to compare two of them.

``python benchmarks/house.py [FOLDER ...]`` reads text alone and prints one
column per checkout:

modules, lines of code : Python of the package; code is what is neither blank,
    comment nor docstring
one importer : modules that exactly one other imports (those without
    definitions left out)
levels : longest chain of imports
modules in circles : that import each other in a loop
column texts, copies : descriptions of columns in the YAML of models, and how
    many of them stand elsewhere word for word
places of a setting : files of package, models, macros and project that name a
    var, mean over the vars
repeated runs : stretches of six or more lines of package, models and macros
    that stand more than once, each counted wherever it stands; of Python the
    code without imports
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import yaml

RUN_LINES = 6
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def main() -> None:
    """Print a table with a column per checkout."""
    folders = [Path(word) for word in sys.argv[1:]] or [Path()]
    columns = [measured(folder) for folder in folders]
    for name in columns[0]:
        figures = "".join(f"{column[name]:>12,}" for column in columns)
        print(f"{name:<28}{figures}")


def measured(folder: Path) -> dict[str, float]:
    """All figures of one checkout."""
    trees = {
        name: ast.parse(path.read_text("utf-8"))
        for name, path in modules(folder / "python").items()
    }
    edges = {name: imported(tree, trees) for name, tree in trees.items()}
    importers = Counter(target for each in edges.values() for target in each)
    texts = Counter(column_texts(folder / "models"))
    settings = list(places_of_settings(folder))
    runs = list(repeated_runs(folder))
    return {
        "modules": len(trees),
        "lines of code": sum(
            len(code_lines(path.read_text("utf-8")))
            for path in modules(folder / "python").values()
        ),
        "one importer": sum(
            importers[name] == 1 and defines(trees[name]) for name in trees
        ),
        "levels": levels(edges),
        "modules in circles": sum(
            name in reached(name, edges) for name in edges
        ),
        "column texts": texts.total(),
        "copies of column texts": texts.total() - len(texts),
        "places of a setting": round(sum(settings) / len(settings), 1),
        "repeated runs": len(runs),
        "lines in repeated runs": sum(runs),
    }


def modules(root: Path) -> dict[str, Path]:
    """Files of a package by dotted name."""
    return {
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in sorted(root.rglob("*.py"))
    }


def imported(tree: ast.Module, known: dict[str, ast.Module]) -> set[str]:
    """Modules of the package that a module imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                names.add(name if name in known else node.module)
    return {name for name in names & known.keys() if known[name] is not tree}


def defines(tree: ast.Module) -> bool:
    """Whether a module holds more than a docstring."""
    return len(tree.body) > 1


def reached(name: str, edges: dict[str, set[str]]) -> set[str]:
    """Modules that a module imports, whether or not by way of others."""
    found: set[str] = set()
    left = list(edges[name])
    while left:
        if (each := left.pop()) not in found:
            found.add(each)
            left += edges[each]
    return found


def levels(edges: dict[str, set[str]]) -> int:
    """Modules in the longest chain of imports; a circle counts as one."""
    circle = {
        name: frozenset(
            {name}
            | {
                each
                for each in reached(name, edges)
                if name in reached(each, edges)
            }
        )
        for name in edges
    }

    @cache
    def height(members: frozenset[str]) -> int:
        below = {circle[each] for name in members for each in edges[name]}
        return 1 + max(map(height, below - {members}), default=0)

    return max(map(height, circle.values()))


def code_lines(text: str, left_out: tuple[type[ast.AST], ...] = ()) -> set[int]:
    """Numbers of the lines that are neither blank, comment nor docstring."""
    code = {
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.strip().startswith("#")
    }
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED) and ast.get_docstring(
            node, clean=False
        ):
            code -= lines_of(node.body[0])
        if isinstance(node, left_out):
            code -= lines_of(node)
    return code


def lines_of(node: ast.AST) -> set[int]:
    """Numbers of the lines of a piece of code."""
    return set(range(node.lineno, node.end_lineno + 1))


def column_texts(models: Path) -> Iterator[str]:
    """Yield the description of every documented column of every model."""
    for path in sorted(models.rglob("*.yml")):
        document = yaml.safe_load(path.read_text("utf-8")) or {}
        for model in document.get("models", []):
            for column in model.get("columns", []):
                yield " ".join(str(column.get("description", "")).split())


def places_of_settings(folder: Path) -> Iterator[int]:
    """Yield, for every var, the number of files that name it."""
    project = folder / "dbt_project.yml"
    names = yaml.safe_load(project.read_text("utf-8"))["vars"]
    texts = [path.read_text("utf-8") for path in [project, *sources(folder)]]
    for name in names:
        word = re.compile(rf"\b{name}\b")
        yield sum(bool(word.search(text)) for text in texts)


def sources(folder: Path) -> Iterator[Path]:
    """Yield the files that are written by hand: Python, SQL, YAML."""
    for place in ("python", "models", "macros"):
        for path in sorted((folder / place).rglob("*")):
            if path.suffix in (".py", ".sql", ".yml"):
                yield path


def repeated_runs(folder: Path) -> Iterator[int]:
    """Yield the lengths of the stretches that stand more than once."""
    files = [compared(path) for path in sources(folder)]
    seen = Counter(window for lines in files for window in windows(lines))
    for lines in files:
        length = 0
        for window in windows(lines):
            if seen[window] > 1:
                length = length + 1 if length else RUN_LINES
            elif length:
                yield length
                length = 0
        if length:
            yield length


def compared(path: Path) -> list[str]:
    """Lines of a file that are compared, without their indentation."""
    text = path.read_text("utf-8")
    lines = text.splitlines()
    if path.suffix == ".py":
        kept = code_lines(text, (ast.Import, ast.ImportFrom))
        lines = [lines[number - 1] for number in sorted(kept)]
    return [" ".join(line.split()) for line in lines if line.strip()]


def windows(lines: list[str]) -> list[tuple[str, ...]]:
    """All stretches of six lines."""
    return list(zip(*(lines[at:] for at in range(RUN_LINES)), strict=False))


if __name__ == "__main__":
    main()
