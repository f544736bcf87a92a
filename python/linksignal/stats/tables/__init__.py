"""The tables of findings: frames in, Arrow tables by their contracts out."""

from linksignal.stats.estimate import arrow_table

__all__ = ["arrow_table"]
