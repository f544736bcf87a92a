"""Vega, Vega-Lite and Vega-Embed as one script."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from importlib import metadata
from pathlib import Path

import vl_convert

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
