"""Reads every table of a published file, by DuckDB and by SQLAlchemy."""

from __future__ import annotations

import json
import sys

import duckdb
import sqlalchemy

path = sys.argv[1]
with duckdb.connect(path, read_only=True) as connection:
    ((counts,),) = connection.execute(
        "select row_counts from publish_info"
    ).fetchall()
    stated = json.loads(counts)
    for table, count in stated.items():
        rows = connection.execute(f"select * from {table}").fetchall()
        assert len(rows) == count, table
    ((comments,),) = connection.execute(
        "select count(comment) from duckdb_columns()"
    ).fetchall()

engine = sqlalchemy.create_engine(f"duckdb:///{path}?access_mode=read_only")
with engine.connect() as session:
    query = sqlalchemy.text("select count(*) from findings.correlations")
    assert (
        session.execute(query).scalar_one() == stated["findings.correlations"]
    )
    try:
        session.execute(sqlalchemy.text("create table findings.x (a int)"))
    except sqlalchemy.exc.DBAPIError as error:
        assert "read-only" in str(error), error
    else:
        raise AssertionError("the file could be written to")

print(
    f"duckdb {duckdb.__version__}: {len(stated)} tables, "
    f"{sum(stated.values())} rows, {comments} comments; "
    f"sqlalchemy {sqlalchemy.__version__}: read-only"
)
