"""How large a report is and how fast it opens, beside the same page empty.

``python benchmarks/report_opening.py [--db FILE] [--times N]`` writes the
report of a built database and one with a hundred times its domains, opens both
and a blank page in Chromium, and prints medians of the seconds until the page
can be used (its load event) and until every chart is drawn.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import duckdb
from linksignal.project import default_database
from linksignal.report.page import write_report
from playwright.sync_api import Browser, sync_playwright

COPIES = 100
BLANK = "<!doctype html><html lang=en data-drawn=true><title>blank</title>"


def many_domains(database: Path, folder: Path) -> Path:
    """Copy a database and repeat its domains under other names."""
    copy = Path(shutil.copy(database, folder / "many.duckdb"))
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "create or replace table findings.domains as "
            "select domains.* replace (copy || '.' || domain as domain) "
            f"from findings.domains, range({COPIES}) as copies(copy)"
        )
    return copy


def opened(browser: Browser, page_file: Path) -> tuple[float, float]:
    """Seconds until the load event, and until the last chart."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    begin = time.perf_counter()
    page.goto(page_file.as_uri())
    loaded = time.perf_counter() - begin
    page.wait_for_selector("html[data-drawn]", state="attached")
    drawn = time.perf_counter() - begin
    page.close()
    return loaded, drawn


def cpu_seconds() -> float:
    """CPU seconds of this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Write, open in turn, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--db", type=Path, default=default_database())
    parser.add_argument("--times", type=int, default=7)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        blank = folder / "blank.html"
        blank.write_text(BLANK, encoding="utf-8")
        files = {"blank page": blank}
        databases = {
            "report": args.db,
            f"report of {COPIES} times the domains": many_domains(
                args.db, folder
            ),
        }
        for title, database in databases.items():
            files[title] = folder / f"{len(files)}.html"
            begin = cpu_seconds()
            size = write_report(database, files[title])
            print(
                f"{title}: {size / 1e6:.2f} MB, written in "
                f"{cpu_seconds() - begin:.1f} CPU s"
            )
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=shutil.which("chromium"),
                args=["--no-sandbox", "--disable-gpu"],
            )
            found = {
                title: [opened(browser, file) for _ in range(args.times)]
                for title, file in files.items()
            }
            browser.close()
    for title, seconds in found.items():
        loaded, drawn = map(statistics.median, zip(*seconds, strict=True))
        print(
            f"{title}: usable after {loaded:.2f} s, drawn after {drawn:.2f} s"
        )


if __name__ == "__main__":
    main()
