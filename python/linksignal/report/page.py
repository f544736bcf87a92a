"""The report as one HTML page, written whole or not at all."""

from __future__ import annotations

import base64
import datetime
import errno
import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Any

import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from linksignal.errors import LinksignalError
from linksignal.export.csv_text import csv_lines, csv_text
from linksignal.files import drafts, refuse_existing
from linksignal.report import generator, is_report
from linksignal.report.answer import Number, opening
from linksignal.report.domain_table import Domains, read_domains
from linksignal.report.figure import Section, Table
from linksignal.report.sections import (
    claim_tables,
    method_section,
    quality_section,
    sections,
)
from linksignal.report.study import Study, read_study
from linksignal.report.wording import (
    cell,
    claim_outcomes,
    heading,
    is_share,
    label,
)
from linksignal.show.findings import Findings


def write_report(database: Path, out: Path) -> int:
    """Write the report of a database.

    Parameters
    ----------
    database : Path
        Built or published database.
    out : Path
        HTML file; it is replaced at once or not at all. Of a symbolic link
        the file it names is replaced.

    Returns
    -------
    int
        Size of the file, bytes.

    Raises
    ------
    LinksignalError
        The database holds no complete findings, the file cannot be written,
        or another one of that name, which is no report, is there.
    """
    with _refusals_told(out):
        target = Path(os.path.realpath(out))
        _refuse_others(target)
    with Findings(database) as findings:
        text = page(read_study(findings), read_domains(findings))
    content = text.encode()
    with _refusals_told(out), drafts(target.parent) as draft:
        (draft / target.name).write_bytes(content)
        _refuse_others(target)
    return len(content)


def _refuse_others(target: Path) -> None:
    """Refuse to replace what is no report of ours."""
    refuse_existing([target], overwrite=True)
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
    if target.exists() and target.stat().st_size and not is_report(target):
        raise LinksignalError(
            f"{target} is there and is no report of linksignal: name another "
            "file, or remove it"
        )


@contextmanager
def _refusals_told(out: Path) -> Iterator[None]:
    """End in one sentence when the system refuses the file."""
    try:
        yield
    except OSError as error:
        raise LinksignalError(
            f"the report cannot be written to {out}: {error.strerror}"
        ) from error


VERDICT_SIGNS = {
    "supported": "✓",
    "partly_supported": "(✓)",
    "contradicted": "✕",
    "partly_contradicted": "(✕)",
    "mixed": "✓✕",
    "undecided": "?",
    "not_testable": "–",
}


STATE_SIGNS = {
    "shown": "✓",
    "contrary_shown": "✕",
    "open": "?",
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
            opening=opening(study, datetime.datetime.now(datetime.UTC).date()),
            claims=study.claims,
            parts=study.claim_parts,
            outcomes=claim_outcomes(),
            ledger=ledger,
            signs=VERDICT_SIGNS,
            state_signs=STATE_SIGNS,
            charted=charted,
            closing=closing,
            domains=domains,
            domain_count=study.overview["domain_count"],
            data=packed(
                {
                    "charts": _charts(charted),
                    "downloads": _downloads(
                        [*ledger, *_tables([*charted, *closing])]
                    ),
                    "domains": _profile(domains),
                }
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
    environment.filters["heading"] = heading
    environment.filters["label"] = label
    environment.tests["sourced_number"] = _is_sourced_number
    return environment


def packed(value: Any) -> str:
    """Pack data for a script element, from which no text can break out.

    Parameters
    ----------
    value : object
        What JSON can say; other objects are written as their text.

    Returns
    -------
    str
        JSON, compressed by gzip, in base64: a third of its size.
    """
    text = json.dumps(
        value,
        ensure_ascii=False,
        allow_nan=False,
        separators=(",", ":"),
        default=str,
    )
    # Without a time, the same findings give the same bytes.
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def _is_sourced_number(part: str | Number) -> bool:
    return isinstance(part, Number)


def _resource(name: str) -> str:
    return (resources.files(__package__) / "templates" / name).read_text(
        encoding="utf-8"
    )


def _charts(parts: list[Section]) -> dict[str, Any]:
    return {
        chart_id: spec
        for section in parts
        for figure in (*section.figures, *section.details)
        for chart_id, spec in figure.charts.items()
    }


def _tables(parts: list[Section]) -> Iterator[Table]:
    for section in parts:
        for figure in (*section.figures, *section.details):
            yield figure.table
        yield from section.tables


def _downloads(tables: list[Table]) -> dict[str, str]:
    """CSV by name of the table."""
    return {
        table.table_id: csv_text(table.columns, table.rows) for table in tables
    }


def _profile(domains: Domains) -> dict[str, Any]:
    """Everything the table of domains shows.

    What is known of a domain stands together: so it packs well.
    """
    head, *lines = csv_lines(domains.table.columns, domains.table.rows)
    return {
        "columns": [
            {
                "name": name,
                "heading": heading(name),
                "is_share": is_share(name),
                "is_main": name in domains.main,
            }
            for name in domains.table.columns
        ],
        "csv_head": head,
        "listed": [
            {
                "row": row,
                "csv": line,
                # Mentions are what signals are for: they do not lag behind.
                "standing": [None, *domains.standing.get(row[0], ())],
                "places": [places[name] for name in domains.compared],
                "sources": domains.sources.get(row[0], ""),
                "outlook": domains.outlooks.get(row[0], ""),
            }
            for row, line, places in zip(
                domains.table.rows, lines, domains.places, strict=True
            )
        ],
        "compared": [
            {
                "name": name,
                "heading": heading(name),
                "is_share": is_share(name),
            }
            for name in domains.compared
        ],
        "medians": {
            row["authority_decile"] or "all": [
                row[name] for name in domains.compared
            ]
            for row in domains.medians
        },
    }


SNIPPET = "window.vegaEmbed = vegaEmbed;"


def vega_script() -> str:
    """JavaScript that defines ``vegaEmbed``.

    Bundling it from the installed package takes seconds, so it is kept in the
    user's cache folder, with its hash, by which a damaged copy is known.

    Returns
    -------
    str
        JavaScript.
    """
    version = metadata.version("vl-convert-python")
    kept = _cache_folder() / f"vega-{version}.js"
    with suppress(OSError, UnicodeDecodeError):
        digest, _, script = kept.read_text(encoding="utf-8").partition("\n")
        if digest == _digest(script):
            return script
    script = vl_convert.javascript_bundle(SNIPPET)
    with suppress(OSError):
        kept.parent.mkdir(parents=True, exist_ok=True)
        unfinished = kept.with_name(f"{kept.name}.{os.getpid()}")
        unfinished.write_text(f"{_digest(script)}\n{script}", encoding="utf-8")
        unfinished.replace(kept)
    return script


def _digest(script: str) -> str:
    return "// " + hashlib.sha256(script.encode()).hexdigest()


def _cache_folder() -> Path:
    named = os.environ.get("XDG_CACHE_HOME", "")
    # By the standard of that variable: a relative one is none.
    if not os.path.isabs(named):
        named = ""
    with suppress(RuntimeError):
        return Path(named or Path.home() / ".cache") / "linksignal"
    return Path(os.devnull)
