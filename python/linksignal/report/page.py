"""The HTML of the report."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from linksignal.export.csv_text import csv_text
from linksignal.report import generator
from linksignal.report.answer import answer
from linksignal.report.closing import method_section, quality_section
from linksignal.report.domain_table import Domains, compared
from linksignal.report.figure import Section, Table
from linksignal.report.headings import heading, label
from linksignal.report.scripts import vega_script
from linksignal.report.sections import claim_tables, sections
from linksignal.report.sentence import Number
from linksignal.report.study import Study
from linksignal.report.wording import cell, claim_outcomes

VERDICT_SIGNS = {
    "supported": "✓",
    "partly_supported": "(✓)",
    "contradicted": "✕",
    "partly_contradicted": "(✕)",
    "mixed": "✓✕",
    "undecided": "?",
    "not_testable": "–",
}


@dataclass(frozen=True)
class Script:
    """A script inside the page; the page runs no other.

    Attributes
    ----------
    text : str
        JavaScript.
    """

    text: str

    @property
    def markup(self) -> Markup:
        """The text as it stands in the page."""
        if "</script" in self.text.lower() or "<!--" in self.text:
            raise ValueError("a script holds what ends a script")
        return Markup(self.text)

    @property
    def source(self) -> str:
        """Its hash, as a content security policy names it."""
        digest = hashlib.sha256(self.text.encode()).digest()
        return f"'sha256-{base64.b64encode(digest).decode()}'"


def page(study: Study, domains: Domains) -> str:
    """Write the report.

    Parameters
    ----------
    study : Study
        The findings.
    domains : Domains
        The domains to list.

    Returns
    -------
    str
        HTML with all scripts, styles and data inside.
    """
    charted = sections(study)
    closing = [quality_section(study), method_section(study)]
    ledger = claim_tables(study)
    scripts = [Script(vega_script()), Script(_resource("page.js"))]
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            scripts=scripts,
            style=Markup(_resource("page.css")),
            answer=answer(study),
            claims=study.claims,
            parts=study.claim_parts,
            outcomes=claim_outcomes(),
            ledger=ledger,
            signs=VERDICT_SIGNS,
            charted=charted,
            closing=closing,
            domains=domains,
            domain_count=study.domain_count,
            profile=_profile(domains),
            charts=_charts(charted),
            downloads=_downloads(
                [*ledger, *_tables([*charted, *closing]), domains.table]
            ),
            simulated=study.simulated_note,
            published=study.published,
            generator=generator(
                study.published.run_id if study.published else None
            ),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("linksignal.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["cell"] = cell
    environment.filters["json"] = json_markup
    environment.filters["heading"] = heading
    environment.filters["label"] = label
    environment.tests["sourced_number"] = _is_sourced_number
    return environment


def json_markup(value: Any) -> Markup:
    """Write data for a script element, from which no text can break out."""
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=str,
    )
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)


def _is_sourced_number(part: str | Number) -> bool:
    return isinstance(part, Number)


def _resource(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(
        encoding="utf-8"
    )


def _charts(parts: list[Section]) -> dict[str, Any]:
    return {
        figure.figure_id: figure.spec
        for section in parts
        for figure in section.figures
        if figure.spec is not None
    }


def _tables(parts: list[Section]) -> Iterator[Table]:
    for section in parts:
        yield from (figure.table for figure in section.figures)
        yield from section.tables


def _downloads(tables: list[Table]) -> dict[str, str]:
    """CSV by name of the table."""
    return {
        table.table_id: csv_text(table.columns, table.rows) for table in tables
    }


def _profile(domains: Domains) -> dict[str, Any]:
    """Everything the table of domains shows."""
    return {
        "columns": [
            {"name": name, "heading": heading(name)}
            for name in domains.table.columns
        ],
        "rows": domains.table.rows,
        "compared": [
            {"name": name, "heading": heading(name)} for name in compared()
        ],
        "medians": {
            row["authority_decile"] or "all": [row[name] for name in compared()]
            for row in domains.medians
        },
        # Mentions are what signals are for: they do not lag behind.
        "standing": [
            [None, *domains.standing.get(row[0], ())]
            for row in domains.table.rows
        ],
        "sources": [
            domains.sources.get(row[0], "") for row in domains.table.rows
        ],
    }
