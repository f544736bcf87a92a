"""Fixtures of pages."""

from browser_fixtures import axe_findings, axe_script, browser, page_of

__all__ = ["axe_findings", "axe_script", "browser", "page_of"]
