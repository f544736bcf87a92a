"""What a page of the report is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Record = Mapping[str, Any]

# As many columns of numbers fit into the width of a sheet.
MOST_UPRIGHT_COLUMNS = 13


@dataclass(frozen=True)
class Table:
    """Rows with a caption, shown and to be downloaded.

    Attributes
    ----------
    table_id : str
        Unlike that of every other table; the name of its download.
    caption : str
        What a row is.
    columns : tuple of str
        Names as in the database.
    rows : tuple of tuples
        One value per column.
    """

    table_id: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def is_wide(self) -> bool:
        """Whether it needs the long side of the paper."""
        return len(self.columns) > MOST_UPRIGHT_COLUMNS


@dataclass(frozen=True)
class Figure:
    """A chart with its finding and the numbers behind it.

    Attributes
    ----------
    title : str
        The finding, in a sentence with its number.
    alt : str
        What the chart shows, for who cannot see it.
    spec : mapping or None
        Vega-Lite; None where there is nothing to draw.
    table : Table
        The numbers.
    note : str
        How to read the marks.
    is_wide : bool
        Takes the whole width of the page.
    """

    title: str
    alt: str
    spec: Mapping[str, Any] | None
    table: Table
    note: str = ""
    is_wide: bool = False

    @property
    def figure_id(self) -> str:
        """That of its table."""
        return self.table.table_id


@dataclass(frozen=True)
class Section:
    """One page of the report.

    Attributes
    ----------
    section_id : str
        Its anchor.
    name : str
        Its short name, for the list of pages.
    title : str
        Its heading.
    paragraphs : sequence of str
        What to know before looking.
    figures : sequence of Figure
        Charts.
    tables : sequence of Table
        Tables that stand without a chart.
    """

    section_id: str
    name: str
    title: str
    paragraphs: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    tables: Sequence[Table] = ()


def table_of(
    table_id: str, caption: str, columns: str, records: Sequence[Record]
) -> Table:
    """Pick columns of records.

    Parameters
    ----------
    table_id, caption : str
        See `Table`.
    columns : str
        Names separated by spaces.
    records : sequence of mappings
        Rows that have these columns.

    Returns
    -------
    Table
    """
    names = tuple(columns.split())
    rows = tuple(tuple(record[name] for name in names) for record in records)
    return Table(table_id, caption, names, rows)
