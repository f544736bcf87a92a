"""What the Superset bundle and the notebook ask of the tables."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def bundle_files(project_dir: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Read the files of one folder of the bundle, by name."""
    folder = project_dir / "docs" / "dashboards" / "superset" / kind
    return {
        path.stem: yaml.safe_load(path.read_text("utf-8"))
        for path in sorted(folder.rglob("*.yaml"))
    }


def chart_queries(project_dir: Path) -> dict[str, str]:
    """SQL that returns what each chart shows."""
    datasets = {
        dataset["uuid"]: dataset["table_name"]
        for dataset in bundle_files(project_dir, "datasets").values()
    }
    return {
        name: _query(datasets[chart["dataset_uuid"]], chart["params"])
        for name, chart in bundle_files(project_dir, "charts").items()
    }


def _query(table: str, params: dict[str, Any]) -> str:
    keys = params.get("all_columns") or [params["x_axis"], *_listed(params)]
    one = [params["metric"]] if "metric" in params else []
    metrics = params.get("metrics", one)
    values = [
        f"{metric['aggregate']}({metric['column']['column_name']})"
        for metric in metrics
    ]
    conditions = [
        f"{each['subject']} = '{each['comparator']}'"
        for each in params["adhoc_filters"]
    ]
    order = [json.loads(each)[0] for each in params.get("order_by_cols", [])]
    parts = [
        f"select {', '.join([*keys, *values])} from findings.{table}",
        f"where {' and '.join(conditions)}" if conditions else "",
        f"group by {', '.join(keys)}" if values else "",
        f"order by {', '.join(order)}" if order else "",
    ]
    return " ".join(filter(None, parts))


def _listed(params: dict[str, Any]) -> list[str]:
    groups = params["groupby"]
    return [groups] if isinstance(groups, str) else groups


def notebook_cells(project_dir: Path) -> list[str]:
    """Code of the notebook, a cell each."""
    path = project_dir / "analysis" / "first_look.ipynb"
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return [
        "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
    ]


def notebook_queries(project_dir: Path) -> Iterator[str]:
    """Every query of the notebook."""
    for cell in notebook_cells(project_dir):
        for node in ast.walk(ast.parse(cell)):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "read"
            ):
                yield ast.literal_eval(node.args[0])


def run_notebook(project_dir: Path) -> tuple[dict[str, Any], list[Any]]:
    """Run the notebook as Jupyter does: its names, and what each cell shows."""
    names: dict[str, Any] = {}
    shown = []
    for cell in notebook_cells(project_dir):
        tree = ast.parse(cell)
        last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
        exec(compile(tree, "notebook", "exec"), names)
        if isinstance(last, ast.Expr):
            code = compile(ast.Expression(last.value), "notebook", "eval")
            shown.append(eval(code, names))
    return names, shown
