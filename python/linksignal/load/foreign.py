"""What a file is when it is no export: told by its first bytes."""

from __future__ import annotations

from linksignal.load.refusal import refusal

GZIP_MAGIC = b"\x1f\x8b"
PARQUET_MAGIC = b"PAR1"
UTF8_MARK = b"\xef\xbb\xbf"
_FOREIGN_STARTS = {
    b"PK\x03\x04": "it is a zip archive or an Excel workbook inside gzip; "
    "unpack it, or save it as CSV",
    GZIP_MAGIC: "it is gzip inside gzip; unpack it once",
    b"\xd0\xcf\x11\xe0": "it is an Excel workbook; save it as CSV",
    PARQUET_MAGIC: "it is Parquet inside gzip; unpack it",
    b"BZh": "it is a bzip2 archive; unpack it, or pack it with gzip",
    b"\xfd7zXZ": "it is an xz archive; unpack it, or pack it with gzip",
    b"(\xb5/\xfd": "it is a zstd archive; unpack it, or pack it with gzip",
    b"%PDF": "it is a PDF; export the data as CSV",
    b"\xfe\xff": "it is UTF-16 text; save it as UTF-8",
}


def check_is_text(name: str, head: bytes) -> None:
    """Refuse what starts as no export of text does.

    Parameters
    ----------
    name : str
        Name of the file.
    head : bytes
        Its start, unpacked.

    Raises
    ------
    LinksignalError
        Exit code 3.
    """
    for start, sentence in _FOREIGN_STARTS.items():
        if head.startswith(start):
            raise refusal(name, sentence)
    if head[1:4:2] == b"\0\0" or head[0:4:2] == b"\0\0":
        raise refusal(name, "it is UTF-16 or UTF-32 text; save it as UTF-8")
    if head.removeprefix(UTF8_MARK).lstrip()[:1] == b"<":
        raise refusal(
            name,
            "it is an HTML or XML page, not an export; download it again",
        )
    if not head.removeprefix(UTF8_MARK).strip():
        raise refusal(name, "it holds only blank lines; export it again")
