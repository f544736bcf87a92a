"""Reads a published file through a running Superset, by its SQL Lab API.

``python query_superset.py SERVER PASSWORD FILE`` is run in the environment of
that Superset by `check_superset.sh`. It registers FILE, read-only, compares
the ledger with what DuckDB itself reads, tries to write, imports the dashboard
of ``docs/dashboards`` and asks for the rows of each chart, and exchanges FILE,
as a refresh does, for one of another run.
"""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import requests
import yaml

BUNDLE = Path(__file__).resolve().parents[2] / "docs/dashboards/superset"
# The published file of the bundle's address.
PLACE = "/srv/linksignal/linksignal_published.duckdb"
LEDGER = (
    "select claim_id, verdict, sentence, parts, parts_shown, is_simulated "
    "from findings.claims order by claim_id"
)
RUN = "select run_id from publish_info"
NEW_RUN = "000999-20260101T000000Z"
# Superset's own switch lets all statements pass: the file must refuse.
# Its name is not that of the bundle.
DATABASE = {"database_name": "registered", "allow_dml": True}


class Superset:
    """A session with a Superset server, logged in as its admin.

    Parameters
    ----------
    server : str
        Its address.
    password : str
        Of the user ``admin``.
    """

    def __init__(self, server: str, password: str) -> None:
        self.api = f"{server}/api/v1"
        self.session = requests.Session()
        self.session.headers["Referer"] = server
        login = {"username": "admin", "password": password, "provider": "db"}
        token = self.post("security/login", login).json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {token}"
        crumb = self.session.get(f"{self.api}/security/csrf_token/", timeout=60)
        self.session.headers["X-CSRFToken"] = crumb.json()["result"]

    def post(self, path: str, body: dict[str, Any]) -> requests.Response:
        """Post to the API."""
        return self.session.post(f"{self.api}/{path}", json=body, timeout=60)

    def register(self, path: Path) -> int:
        """Register a file as a database that is only read."""
        uri = f"duckdb:///{path}?access_mode=read_only"
        answer = self.post("database/", {**DATABASE, "sqlalchemy_uri": uri})
        assert answer.status_code == 201, answer.text
        return int(answer.json()["id"])

    def query(self, database: int, sql: str) -> requests.Response:
        """Send a query to SQL Lab."""
        body = {"database_id": database, "sql": sql, "runAsync": False}
        return self.post("sqllab/execute/", body)

    def rows(self, database: int, sql: str) -> list[dict[str, Any]]:
        """Rows of a query that must succeed."""
        answer = self.query(database, sql)
        assert answer.status_code == 200, answer.text
        return list(answer.json()["data"])

    def schemas(self, database: int) -> list[str]:
        """Schemas that SQL Lab and charts offer."""
        url = f"{self.api}/database/{database}/schemas/"
        return list(self.session.get(url, timeout=60).json()["result"])

    def dataset(self, database: int, schema: str, table: str) -> set[str]:
        """Make a dataset, of which charts are made: names of its columns."""
        body = {"database": database, "schema": schema, "table_name": table}
        answer = self.post("dataset/", body)
        assert answer.status_code == 201, answer.text
        columns = answer.json()["data"]["columns"]
        return {column["column_name"] for column in columns}

    def import_bundle(self, path: Path) -> None:
        """Import the dashboard, with the address of a file in the bundle."""
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as bundle:
            for part in sorted(BUNDLE.rglob("*.yaml")):
                text = part.read_text("utf-8").replace(PLACE, str(path))
                name = Path(BUNDLE.name, part.relative_to(BUNDLE))
                bundle.writestr(str(name), text)
        answer = self.session.post(
            f"{self.api}/dashboard/import/",
            files={"formData": ("bundle.zip", content.getvalue())},
            data={"overwrite": "true"},
            timeout=300,
        )
        assert answer.status_code == 200, answer.text

    def list(self, kind: str) -> list[dict[str, Any]]:
        """List what there is of a kind, each with its name and number."""
        url = f"{self.api}/{kind}/?q=(page_size:100)"
        return list(self.session.get(url, timeout=60).json()["result"])

    def chart_rows(self, chart: dict[str, Any]) -> int:
        """Count the rows that a chart of the bundle shows."""
        params = chart["params"]
        groups = params.get("groupby", [])
        keys = params.get("all_columns") or [
            params["x_axis"],
            *([groups] if isinstance(groups, str) else groups),
        ]
        one = [params["metric"]] if "metric" in params else []
        metrics = params.get("metrics", one)
        filters = [
            {
                "col": each["subject"],
                "op": each["operator"],
                "val": each["comparator"],
            }
            for each in params["adhoc_filters"]
        ]
        query = {
            "columns": keys,
            "filters": filters,
            "row_limit": params["row_limit"],
            # Without metrics it is rows that are asked for.
            **({"metrics": metrics} if metrics else {}),
        }
        (number,) = (
            found["id"]
            for found in self.list("dataset")
            if found["uuid"] == chart["dataset_uuid"]
        )
        body = {
            "datasource": {"id": number, "type": "table"},
            "queries": [query],
            "result_format": "json",
            "result_type": "full",
        }
        answer = self.post("chart/data", body)
        assert answer.status_code == 200, answer.text
        (result,) = answer.json()["result"]
        return int(result["rowcount"])


def read_directly(path: Path, sql: str) -> list[dict[str, Any]]:
    """Rows as DuckDB itself reads them, through JSON as an API gives them."""
    with duckdb.connect(str(path), read_only=True) as connection:
        cursor = connection.execute(sql)
        names = [column[0] for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return list(json.loads(json.dumps(rows)))


def exchange(path: Path) -> None:
    """Put a file of another run in its place, at once."""
    draft = path.with_name("next.duckdb")
    shutil.copyfile(path, draft)
    with duckdb.connect(str(draft)) as connection:
        connection.execute("update publish_info set run_id = ?", [NEW_RUN])
    draft.chmod(0o444)
    os.replace(draft, path)


def main(server: str, password: str, path: Path) -> None:
    """Check one server and one file; an error says what is not as it should."""
    superset = Superset(server, password)
    database = superset.register(path)
    ledger = superset.rows(database, LEDGER)
    assert ledger == read_directly(path, LEDGER), ledger
    findings = f"{path.stem}.findings"
    assert findings in superset.schemas(database)
    columns = superset.dataset(database, findings, "claims")
    assert set(ledger[0]) < columns, columns

    content = path.read_bytes()
    refused = superset.query(database, "create table findings.x (a int)")
    assert refused.status_code != 200, refused.text
    assert "read-only mode" in refused.text, refused.text
    assert path.read_bytes() == content
    assert not path.with_name(path.name + ".wal").exists()

    superset.import_bundle(path)
    charts = [
        yaml.safe_load(file.read_text("utf-8"))
        for file in sorted(BUNDLE.glob("charts/*.yaml"))
    ]
    rows = {one["slice_name"]: superset.chart_rows(one) for one in charts}
    assert len(rows) == len(charts) and all(rows.values()), rows
    (dashboard,) = superset.list("dashboard")
    assert dashboard["published"], dashboard
    assert path.read_bytes() == content

    exchange(path)
    assert superset.rows(database, RUN) == [{"run_id": NEW_RUN}]
    print(
        f"superset {version('apache-superset')}, duckdb-engine "
        f"{version('duckdb-engine')}, duckdb {duckdb.__version__}, sqlalchemy "
        f"{version('sqlalchemy')}: {len(ledger)} claims as DuckDB reads them, "
        "a write is refused, the dashboard is imported and its "
        f"{len(charts)} charts return {sum(rows.values()):,} rows, "
        "the query after an exchange reads the new run"
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
