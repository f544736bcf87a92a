"""A page in a browser, and everything about it that must not happen."""

from __future__ import annotations

import base64
import gzip
import json
import os
import re
from pathlib import Path
from typing import Any, Literal, NoReturn

import pytest
from playwright.sync_api import Browser, Page, Request, Route

# Set where a browser and axe-core must be there: their lack fails then.
NEED_BROWSER = "LINKSIGNAL_NEED_BROWSER"

# axe-core's words for what keeps people from using a page.
GRAVE_IMPACTS = ("serious", "critical")


def unavailable(reason: str) -> NoReturn:
    """Skip the test and say why, or fail it where nothing may be missing."""
    if os.environ.get(NEED_BROWSER):
        pytest.fail(reason)
    pytest.skip(reason)


def data_in(markup: str) -> dict[str, Any]:
    """Data that a report holds: charts, downloads and domains."""
    found = re.search(r'id="data">([^<]*)</script>', markup)
    assert found is not None
    data: dict[str, Any] = json.loads(
        gzip.decompress(base64.b64decode(found[1]))
    )
    domains = data["domains"]
    data["downloads"]["domains"] = domains["csv_head"] + "".join(
        domain["csv"] for domain in domains["listed"]
    )
    return data


class Visit:
    """One page of the disk in a browser context of its own.

    Parameters
    ----------
    browser : Browser
        A launched browser.
    path : Path
        The HTML file.
    width, height : int, default 1280 and 800
        Size of the window, CSS pixels.
    color_scheme : {"light", "dark"}, default "light"
        What the reader prefers.
    runs_scripts : bool, default True
        Whether the browser runs scripts.

    Attributes
    ----------
    page : Page
        The loaded page.
    faults : list of str
        Console errors, uncaught errors, dialogs, and requests to anything but
        the file itself, blob: and data:. Such requests are not let through.
    """

    def __init__(
        self,
        browser: Browser,
        path: Path,
        *,
        width: int = 1280,
        height: int = 800,
        color_scheme: Literal["light", "dark"] = "light",
        runs_scripts: bool = True,
    ) -> None:
        self.faults: list[str] = []
        self._url = path.resolve().as_uri()
        self._context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=color_scheme,
            java_script_enabled=runs_scripts,
        )
        self._context.on("request", self._note_request)
        self._context.on("console", self._note_console)
        self._context.on(
            "weberror", lambda error: self._note(f"error: {error.error}")
        )
        self._context.on("dialog", self._note_dialog)
        self._context.route(self._is_foreign, _abort)
        self.page: Page = self._context.new_page()
        self.page.on(
            "websocket", lambda socket: self._note(f"request: {socket.url}")
        )
        self.page.goto(self._url)

    def close(self) -> None:
        """Close the page, after events on their way have arrived."""
        self.page.wait_for_timeout(0)
        self._context.close()

    def _is_foreign(self, url: str) -> bool:
        own = url.partition("#")[0] == self._url
        return not (own or url.startswith(("blob:", "data:", "about:blank")))

    def _note(self, fault: str) -> None:
        self.faults.append(fault)

    def _note_request(self, request: Request) -> None:
        if self._is_foreign(request.url):
            self._note(f"request: {request.url}")

    def _note_console(self, message: Any) -> None:
        if message.type == "error":
            self._note(f"console: {message.text}")

    def _note_dialog(self, dialog: Any) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()


def _abort(route: Route) -> None:
    route.abort()


def grave_violations(page: Page, axe: Path) -> list[str]:
    """What axe-core finds that keeps people from using the page.

    Parameters
    ----------
    page : Page
        A loaded page.
    axe : Path
        axe.min.js.

    Returns
    -------
    list of str
        Rule, meaning and places of every serious or critical violation.
    """
    # Evaluated, not added as a script: a page's own policy forbids those.
    page.evaluate(axe.read_text(encoding="utf-8") + "\n;undefined")
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations'], preload: false})"
    )
    return [
        f"{violation['impact']} {violation['id']}: {violation['help']}: "
        + ", ".join(str(node["target"]) for node in violation["nodes"])
        for violation in found["violations"]
        if violation["impact"] in GRAVE_IMPACTS
    ]
