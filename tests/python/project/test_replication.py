"""The bundled sample gives the published coefficients back, from raw rows."""

from __future__ import annotations

import re

TOLERANCE = 0.03


def test_all_twelve_coefficients_are_recovered(built_sample):
    table = built_sample.frame("select * from findings.replication")
    assert len(table) == 12
    assert (table["difference"].abs() <= TOLERANCE).all()
    assert (table["n"] == 1000).all()


def test_no_published_coefficient_stands_in_a_model(built_sample, project_dir):
    # Figures of two decimals are too common to search for.
    figures = built_sample.frame(
        "select published from lookups.published_coefficients "
        "where published <> round(published, 2)"
    )["published"]
    assert len(figures) >= 7
    texts = {
        path: path.read_text()
        for folder in ("models", "macros", "python/linksignal/stats")
        for path in (project_dir / folder).rglob("*.*")
        if path.suffix in (".sql", ".py", ".yml")
    }
    for figure in figures:
        number = re.compile(rf"(?<![\d.])0?{str(figure).lstrip('0')}0?(?!\d)")
        found = [
            path.name for path, text in texts.items() if number.search(text)
        ]
        assert found == [], figure
