"""A built database, opened for reading, and which run published it."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from linksignal.errors import LinksignalError
from linksignal.project import PUBLIC_SCHEMAS
from linksignal.show.text_table import Screen, text_table
from linksignal.sql import (
    attach,
    identifier,
    literal,
    open_to_read,
    read_while_replaced,
)
from linksignal.text import meant, printable

SIMULATED_NOTE = "SIMULATED DATA: these results describe no real domain."

# Rows in memory at once when a table is streamed.
_BATCH_ROWS = 10_000

# Values of a column that are named where another was asked for.
_VALUES_TOLD = 12

# Columns to show first of tables that are wider than a terminal.
LEADING_COLUMNS = {
    "correlations": "signal outcome platform method sensitivity estimate "
    "ci_low ci_high n status",
    "authority_thresholds": "platform signal outcome quantity n estimate "
    "ci_low ci_high p_adjusted knot",
    "correlation_contrasts": "outcome signal_a platform_a signal_b platform_b "
    "method difference relation",
    "deciles": "signal outcome platform decile n signal_min signal_max median "
    "zero_share",
    "domain_ranking": "mention_rank domain category owner ai_mentions "
    "share_of_voice naming_platforms authority_score authority_decile "
    "referring_domains total_backlinks",
    "domains": "domain link_source referring_domains total_backlinks "
    "authority_score authority_decile",
    "domain_signals": "domain signal value authority_decile_percentile "
    "category_percentile source as_of",
    "domain_outcomes": "domain platform outcome value outcome_source",
    "panel_effects": "platform term estimate ci_low ci_high p_value n months "
    "prompts status verdict",
    "domain_outlook": "domain platform standing ai_mentions expected_mentions "
    "prediction_low prediction_high status reason standing_count "
    "by_chance_count prediction_level n",
    "source_opportunities": "domain platform cited_domain absent_answers "
    "citing_answers topic_answers citing_share rivals is_study_domain category",
    "link_opportunities": "domain linking_domain rivals links follow_links "
    "highest_page_score is_study_domain category",
    "opportunity_counts": "domain kind rivals found_count status reason",
    "platform_coverage": "platform outcome_source is_in_all answer_count "
    "unknown_branding_share referenced_domains zero_share",
    "study_overview": "study_name market first_answer_date last_answer_date "
    "domain_count named_domains",
    "main_claims": "claim_id verdict_label claim sentence parts parts_shown "
    "parts_contrary parts_open parts_not_testable n",
    "claim_parts": "claim_id part state sentence estimate ci_low ci_high "
    "p_for_within p_against_within n",
    "main_coefficients": "outcome_label platform_label signal_label estimate "
    "ci_low ci_high p_adjusted n status_label reason",
    "replication": "signal outcome method published estimate difference "
    "ci_low ci_high",
    "joint_effects": "platform outcome term ratio ratio_low ratio_high "
    "p_adjusted doubling_ratio doubling_ratio_low doubling_ratio_high n "
    "variance_inflation status reason estimate standard_error "
    "degrees_of_freedom ci_low ci_high ci_level ci_method p_value "
    "standard_deviation input_hash",
    "signal_importance": "platform outcome term rank estimate ci_low ci_high "
    "rank_low rank_high probability_first r_squared n status reason "
    "correlation nearest_term nearest_correlation turning_reliability "
    "p_r_squared standard_error ci_level ci_method seed input_hash",
    "joint_summaries": "platform outcome n effects_sentence gauge_sentence",
    "data_quality": "expectation_id severity is_met detail",
}


def leading_first(table: str, columns: Sequence[str]) -> list[str]:
    """Order the columns of a table as people read them.

    Parameters
    ----------
    table : str
        Its name, without schema.
    columns : sequence of str
        Those it has.

    Returns
    -------
    list of str
        Those of `LEADING_COLUMNS` that it has, then the others.
    """
    leading = [
        column
        for column in LEADING_COLUMNS.get(table, "").split()
        if column in columns
    ]
    return leading + [column for column in columns if column not in leading]


# What a row is read first by, where its table has such a column.
_FIRST_BY = {"is_main": "desc", "sort_order": "asc"}


def reading_order(columns: Sequence[str]) -> str:
    """Order rows as people read them: an ORDER BY over these columns.

    Parameters
    ----------
    columns : sequence of str
        Of the rows.

    Returns
    -------
    str
        The main rows first, then by all columns, so that the order does not
        depend on the build.
    """
    first = [
        f"{identifier(column)} {direction}"
        for column, direction in _FIRST_BY.items()
        if column in columns
    ]
    return ", ".join([*first, *map(identifier, columns)])


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """Open a file under a name of ours: its own may be that of a schema."""
    connection = open_to_read()
    try:
        attach(connection, path, "built")
    except duckdb.Error:
        connection.close()
        raise
    connection.execute("use built")
    return connection


class Findings:
    """Read-only access to the public tables of a database.

    Parameters
    ----------
    path : Path
        DuckDB file that ``dbt build`` wrote, or a published copy.

    Raises
    ------
    LinksignalError
        There is no such file, it is locked, or it is not a DuckDB database.
    """

    def __init__(self, path: Path) -> None:
        if path.is_dir():
            raise LinksignalError(
                f"{path} is a folder: name the database file in it"
            )
        if not path.is_file():
            raise LinksignalError(
                f"there is no database {path}: run dbt build first, or name "
                "the file with --db"
            )
        try:
            self._connection = read_while_replaced(path, lambda: _opened(path))
        except duckdb.CatalogException as error:
            # DuckDB takes a file by its ending: .csv is read as a table.
            raise LinksignalError(
                f"{path} is no database: name the file that dbt build wrote, "
                "or a published one"
            ) from error
        except duckdb.Error as error:
            reason = str(error).splitlines()[0]
            raise LinksignalError(
                f"the database {path} cannot be read: {reason}"
            ) from error
        self.path = path

    def __enter__(self) -> Findings:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def rows(
        self, query: str, parameters: list[Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Rows of a query.

        Parameters
        ----------
        query : str
            SQL of this package, never of a user.
        parameters : list, optional
            Values of its placeholders.

        Returns
        -------
        list of tuple
            All rows.

        Raises
        ------
        LinksignalError
            The database holds no findings, not all of them, or those of
            another version.
        """
        return self._execute(query, parameters).fetchall()

    def records(
        self, query: str, parameters: list[Any] | None = None
    ) -> list[dict[str, Any]]:
        """Rows of a query by column; see `rows`."""
        found = self._execute(query, parameters)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _execute(
        self, query: str, parameters: list[Any] | None
    ) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(query, parameters)
        except duckdb.CatalogException as error:
            raise LinksignalError(
                f"the database {self.path} holds no complete findings: run "
                "dbt build to its end"
            ) from error
        except duckdb.BinderException as error:
            raise LinksignalError(
                f"the database {self.path} was built by another version of "
                "linksignal: run dbt build again"
            ) from error

    def stream(self, query: str) -> Iterator[tuple[Any, ...]]:
        """Rows of a query one after the other, in bounded memory.

        Parameters
        ----------
        query : str
            SQL of this package. The next query ends the stream.

        Yields
        ------
        tuple
            One row.
        """
        result = self._execute(query, None)
        while batch := result.fetchmany(_BATCH_ROWS):
            yield from batch

    def spill_to(self, folder: Path) -> None:
        """Let sorting use this folder: that of the database may be read-only.

        Parameters
        ----------
        folder : Path
            The engine makes it when it needs it, and leaves it there.
        """
        # No placeholder is allowed here.
        self._connection.execute(f"set temp_directory = {literal(folder)}")

    def tables(self) -> dict[str, str]:
        """Schema of every public table, by table name."""
        rows = self.rows(
            """
            select table_name, table_schema
            from information_schema.tables
            where list_contains(?, table_schema)
            order by table_schema, table_name
            """,
            [list(PUBLIC_SCHEMAS)],
        )
        return dict(rows)

    def simulated_note(self) -> str | None:
        """Text that must stand over simulated results; None for real data."""
        ((is_simulated,),) = self.rows(
            "select coalesce(bool_or(is_simulated), false) "
            "from findings.correlations"
        )
        return SIMULATED_NOTE if is_simulated else None

    def table_text(
        self,
        table: str,
        most_rows: int,
        where: Mapping[str, str] | None = None,
        screen: Screen | None = None,
    ) -> str:
        """One table as text.

        Parameters
        ----------
        table : str
            Name of a table of findings or quality, with or without schema.
        most_rows : int
            Rows to show at most; 0 shows all.
        where : mapping of str to str, optional
            Values that columns of the rows shown must have; these columns
            stand in the title alone, where others are left.
        screen : Screen, optional
            What it is for; default: 100 columns without colour.

        Returns
        -------
        str
            The table with a title line.

        Raises
        ------
        LinksignalError
            There is no such table or column; the sentence lists those there
            are.
        """
        schema, name = self._place(table)
        relation = f'{schema}."{name}"'
        limit = f"limit {most_rows:d}" if most_rows > 0 else ""
        columns = self._columns(name, relation)
        where = where or {}
        for column in where:
            if column not in columns:
                raise LinksignalError(
                    f"{schema}.{name} has no column {printable(column)}"
                    f"{meant(column, columns)}: its columns are "
                    f"{', '.join(columns)}"
                )
        conditions = [f"{identifier(column)}::varchar = ?" for column in where]
        chosen = " and ".join(["true", *conditions])
        values = list(where.values())
        ((total,),) = self.rows(
            f"select count(*) from {relation} where {chosen}", values
        )
        columns = [c for c in columns if c not in where] or columns
        listed = ", ".join(map(identifier, columns))
        rows = self.rows(
            f"select {listed} from {relation} where {chosen} "
            f"order by {reading_order(columns)} {limit}",
            values,
        )
        title = f"{schema}.{name}: {len(rows):,} of {total:,} rows"
        if where:
            title += " where " + " and ".join(
                f"{column} = {printable(value)}"
                for column, value in where.items()
            )
        screen = screen or Screen()
        parts = [
            self.simulated_note(),
            screen.wrapped(title),
            text_table(columns, rows, screen),
        ]
        return "\n\n".join(part for part in parts if part)

    def missing_values(self, table: str, where: Mapping[str, str]) -> list[str]:
        """Say why no row of a table is chosen, value by value.

        Parameters
        ----------
        table : str
            See `table_text`.
        where : mapping of str to str
            See `table_text`; columns that there are.

        Returns
        -------
        list of str
            A sentence for each value that no row has, with those there are, or
            one where no row has all of them; none where a row is chosen.
        """
        schema, name = self._place(table)
        relation = f'{schema}."{name}"'
        equals = {c: f"{identifier(c)}::varchar = ?" for c in where}
        conditions = " and ".join(["true", *equals.values()])
        if self.rows(
            f"select 1 from {relation} where {conditions} limit 1",
            list(where.values()),
        ):
            return []
        told = []
        for column, value in where.items():
            values = self._values(relation, column)
            if value not in values:
                condition = f"{column} = {printable(value)}"
                told.append(
                    f"no row of {schema}.{name} has {condition}"
                    f"{printable(meant(value, values))}; {_some_values(values)}"
                )
        if told or not where:
            return told
        return [f"no row of {schema}.{name} has all of these values together"]

    def _values(self, relation: str, column: str) -> list[str]:
        """The values of a column as text, in their own order."""
        rows = self.rows(
            f"select distinct {identifier(column)} as value, "
            f"{identifier(column)}::varchar as text "
            f"from {relation} where value is not null order by value"
        )
        return [text for _, text in rows]

    def _place(self, table: str) -> tuple[str, str]:
        """Schema and name of a public table; raise if there is none."""
        tables = self.tables()
        name = table.rpartition(".")[2]
        if name in tables and table in (name, f"{tables[name]}.{name}"):
            return tables[name], name
        raise LinksignalError(
            f"there is no table '{printable(table)}'{meant(name, tables)}: "
            f"the tables are {', '.join(tables)}"
            if tables
            else f"the database {self.path} holds no findings: run dbt "
            "build to its end"
        )

    def _columns(self, name: str, relation: str) -> list[str]:
        built = [column for (column, *_) in self.rows(f"describe {relation}")]
        return leading_first(name, built)


def _some_values(values: Sequence[str]) -> str:
    if not values:
        return "it has no values"
    more = len(values) - _VALUES_TOLD
    told = ", ".join(map(printable, values[:_VALUES_TOLD]))
    return f"its values are {told}" + (
        f" and {more:,} more" if more > 0 else ""
    )


_HAS_INFO = """
select 1 from information_schema.tables
where table_schema = 'main' and table_name = 'publish_info'
"""

# By name, so that a file of another version is told as one.
_INFO = """
select
    run_id, published_at, raw_hash, loads_hash, load_count,
    linksignal_version, dbt_version, package_versions
from main.publish_info
"""


@dataclass(frozen=True)
class Publication:
    """The run behind a published database.

    Attributes
    ----------
    run_id : str
        The run.
    published_at : datetime
        Time of the export, UTC.
    raw_hash : str
        SHA-256 over names and contents of the raw files.
    loads_hash : str or None
        SHA-256 over those of the loads.
    load_count : int
        Loaded exports.
    linksignal_version, dbt_version : str
        What built it.
    package_versions : mapping of str to str
        Versions of the other packages.
    """

    run_id: str
    published_at: datetime.datetime
    raw_hash: str
    loads_hash: str | None
    load_count: int
    linksignal_version: str
    dbt_version: str
    package_versions: Mapping[str, str]


def read_publication(findings: Findings) -> Publication | None:
    """Read which run published a database.

    Parameters
    ----------
    findings : Findings
        An open database.

    Returns
    -------
    Publication or None
        None for a database that dbt wrote.

    Raises
    ------
    LinksignalError
        publish_info is of another version, or its versions are no JSON object.
    """
    if not findings.rows(_HAS_INFO):
        return None
    for row in findings.records(_INFO):
        versions = _parsed(row["package_versions"])
        if versions is None:
            raise LinksignalError(
                f"the database {findings.path} was altered: package_versions "
                "in its publish_info is no JSON object; refresh again"
            )
        return Publication(**row | {"package_versions": versions})
    return None


def _parsed(text: str | None) -> dict[str, str] | None:
    try:
        versions = json.loads("{}" if text is None else text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(versions, dict):
        return None
    return {str(name): str(version) for name, version in versions.items()}
