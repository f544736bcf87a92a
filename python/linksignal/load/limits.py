"""Limits of a load: sizes of files, records and memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes beyond which a file is refused or a record rejected.

    Attributes
    ----------
    unpacked_bytes : int
        Size of the decompressed file.
    ratio : int
        Decompressed over compressed size, judged from ``ratio_from_bytes``.
    ratio_from_bytes : int
        Decompressed size below which the ratio says nothing.
    members : int
        Files of one archive.
    workbook_bytes : int
        Size of the unpacked parts of a workbook, some of which are held.
    header_bytes : int
        Start of the file in which the header record must end.
    columns : int
        Columns of a file; no tool writes nearly as many.
    field_bytes : int
        One value; a longer one is a rejected record.
    record_bytes : int
        One record as text; what is longer may be a quote never closed.
    faults : int
        Malformed records that are kept apart; more refuse the file.
    memory_bytes : int
        Size of a text whose tables are kept in memory.
    memory : str
        Memory of the engine, in DuckDB's notation.
    spill : str
        Disk the engine may spill to, in DuckDB's notation.
    threads : int
        Threads of the engine; each needs memory of its own.
    """

    unpacked_bytes: int = 400 * 10**9
    ratio: int = 200
    ratio_from_bytes: int = 100 * 10**6
    members: int = 10_000
    workbook_bytes: int = 500 * 10**6
    header_bytes: int = 1 << 20
    columns: int = 10_000
    field_bytes: int = 2 * 10**6
    record_bytes: int = 16 * 10**6
    faults: int = 10**6
    memory_bytes: int = 500 * 10**6
    memory: str = "1GB"
    spill: str = "200GB"
    threads: int = 2


LIMITS = Limits()
