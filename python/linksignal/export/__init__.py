"""Findings as files: CSV, Parquet and Excel workbooks."""
