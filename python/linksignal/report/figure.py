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
class Shade:
    """One cell of a heat map.

    Attributes
    ----------
    text : str
        The value as written.
    marks : str
        Stars of its p value.
    strength : int
        How dark it is, 0-100.
    is_negative : bool
        Below zero: of the other colour.
    title : str
        The whole of it, for who points at it.
    """

    text: str
    marks: str = ""
    strength: int = 0
    is_negative: bool = False
    title: str = ""


@dataclass(frozen=True)
class HeatMap:
    """Values by name and column, darker where they are larger.

    Attributes
    ----------
    columns : tuple of str
        Headings.
    rows : tuple of tuple
        Name of the row and its cells, one per heading.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Shade, ...]], ...]


@dataclass(frozen=True)
class Figure:
    """A chart with its finding and the numbers behind it.

    Attributes
    ----------
    title : str
        The finding, in a sentence with its number.
    alt : str
        What the chart shows, for who cannot see it.
    views : mapping of str to mapping
        Vega-Lite by the name that the reader chooses it by, the first one
        shown; empty where there is nothing to draw.
    table : Table
        The numbers.
    note : str
        How to read the marks.
    is_wide : bool
        Takes the whole width of the page.
    heat_map : HeatMap or None
        In place of views.
    """

    title: str
    alt: str
    views: Mapping[str, Mapping[str, Any]]
    table: Table
    note: str = ""
    is_wide: bool = False
    heat_map: HeatMap | None = None

    @property
    def figure_id(self) -> str:
        """That of its table."""
        return self.table.table_id

    @property
    def charts(self) -> dict[str, Mapping[str, Any]]:
        """Vega-Lite by the place of each view."""
        return {
            f"{self.figure_id}-{at}": spec
            for at, spec in enumerate(self.views.values())
        }


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
    details : sequence of Figure
        Charts that a reader opens.
    tables : sequence of Table
        Tables that stand without a chart.
    finds_domains : bool
        Whether it has a field to look up a domain.
    """

    section_id: str
    name: str
    title: str
    paragraphs: Sequence[str] = ()
    figures: Sequence[Figure] = ()
    details: Sequence[Figure] = ()
    tables: Sequence[Table] = ()
    finds_domains: bool = False


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


def one_view(spec: Mapping[str, Any] | None) -> dict[str, Mapping[str, Any]]:
    """Make the views of a figure that has at most one."""
    return {} if spec is None else {"": spec}
