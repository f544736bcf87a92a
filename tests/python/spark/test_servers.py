"""Servers of Spark that dbt reaches as it would reach a cluster.

Both run here, with the outputs and the defaults that docs/spark.md gives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

import pytest
from guide import cluster_defaults, write_profile
from spark_dbt import NO_TESTS, connected, differing_rows, run_dbt

HANDED_OVER = {
    "domain_links": "features",
    "referrer_months": "features",
    "snapshot_loads": "staging",
}


@contextlib.contextmanager
def server(folder: Path, main_class: str, **settings: object):
    """Run a server of Spark whose settings name the port."""
    import pyspark

    defaults = folder / "spark-defaults.conf"
    lines = [
        cluster_defaults(),
        f"spark.sql.warehouse.dir {folder / 'warehouse'}",
        "spark.sql.shuffle.partitions 2",
        "spark.ui.enabled false",
        *(f"spark.{name} {value}" for name, value in settings.items()),
    ]
    defaults.write_text("\n".join(lines), encoding="utf-8")
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    with (folder / "server.log").open("w") as log:
        process = subprocess.Popen(
            [
                *(submit, "--properties-file", defaults),
                *("--master", "local[2]", "--class", main_class),
                "spark-internal",
            ],
            cwd=folder,
            env={**os.environ, "SPARK_LOCAL_IP": "127.0.0.1"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_for(next(iter(settings.values())), process)
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def wait_for(port: object, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 300
    while process.poll() is None and time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.2)
    pytest.fail("the server did not start")


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="module")
def thrift(tmp_path_factory):
    folder = tmp_path_factory.mktemp("thrift")
    port = free_port()
    with server(
        folder,
        "org.apache.spark.sql.hive.thriftserver.HiveThriftServer2",
        **{
            "hadoop.hive.server2.thrift.port": port,
            "hadoop.hive.server2.thrift.bind.host": "127.0.0.1",
        },
    ):
        yield port


def build(folder: Path, raw: Path, profiles_dir: Path, **variables: object):
    run_dbt(
        *(folder, raw, "build", "--select", "+domain_links", *NO_TESTS),
        profiles_dir=profiles_dir,
        **variables,
    )


def differing(built, raw: Path) -> dict[str, object]:
    """What was handed over in a raw directory and is not what DuckDB has."""
    connection = connected(built)
    found = {}
    for table, schema in HANDED_OVER.items():
        model = f"stg_{table}" if schema == "staging" else table
        rows, same = differing_rows(
            connection,
            f"duck.{schema}.{model}",
            f"(select * exclude (handed_over_by) from "
            f"read_parquet('{raw / 'links' / table}/*.parquet'))",
        )
        if rows or not same:
            found[table] = rows[:3]
    return found


@pytest.fixture
def raw(adversarial, tmp_path):
    """Copy the raw tables alone, for a hand-over of the test's own."""
    copy = tmp_path / "raw"
    shutil.copytree(
        adversarial.raw, copy, ignore=shutil.ignore_patterns("links")
    )
    return copy


def test_a_thrift_server_hands_over_what_duckdb_counts(
    thrift, adversarial, raw, tmp_path
):
    profile = write_profile(
        tmp_path, "spark_thrift", host="127.0.0.1", port=thrift
    )
    build(tmp_path, raw, profile)
    assert differing(adversarial, raw) == {}


def test_raw_tables_in_a_catalog_are_read_as_files_are(
    thrift, adversarial, raw, tmp_path
):
    from pyhive import hive

    with hive.connect("127.0.0.1", thrift) as catalog:
        cursor = catalog.cursor()
        cursor.execute("create schema lake")
        for table in {file.parent.name for file in raw.glob("*/*.parquet")}:
            cursor.execute(
                f"create table lake.{table} using parquet as "
                f"select * from parquet.`{raw / table}/*.parquet`"
            )
    elsewhere = tmp_path / "elsewhere"
    profile = write_profile(
        tmp_path, "spark_thrift", host="127.0.0.1", port=thrift
    )
    # The server has these models from Parquet by now: it builds them again.
    build(tmp_path, elsewhere, profile, raw_schema="lake")
    assert differing(adversarial, elsewhere) == {}


def test_spark_connect_hands_over_what_duckdb_counts(
    adversarial, raw, tmp_path
):
    port = free_port()
    profile = write_profile(
        tmp_path,
        "spark_connect",
        server_side_parameters={"spark.remote": f"sc://127.0.0.1:{port}"},
    )
    with server(
        tmp_path,
        "org.apache.spark.sql.connect.service.SparkConnectServer",
        **{
            "connect.grpc.binding.port": port,
            "connect.grpc.binding.address": "127.0.0.1",
        },
    ):
        build(tmp_path, raw, profile)
    assert differing(adversarial, raw) == {}
