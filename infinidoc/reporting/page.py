"""The report as one file of HTML: style, script and data inside, nothing from anywhere else.

The document's text is data: it stands in a JSON block and is shown as text by the script, which
is the only one that the page's own policy lets run.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any


def as_page(contents: dict[str, Any]) -> str:
    """The whole page for what `gather` found."""
    script, style = _file("page.js"), _file("page.css")
    parts = {
        "title": html.escape(str(contents["document"])),
        "policy": f"default-src 'none'; style-src {_source(style)}; script-src {_source(script)}",
        "style": style,
        "script": script,
        "data": _in_script(contents),
    }
    return re.sub(r"%(\w+)%", lambda name: parts[name[1]], _file("page.html"))


def _file(name: str) -> str:
    return files("infinidoc.reporting").joinpath(name).read_text("utf-8")


def _source(code: str) -> str:
    """How a Content-Security-Policy names a piece of code inside the page."""
    digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _in_script(value: Any) -> str:
    """JSON that no text in it can end or comment out."""
    text = json.dumps(value, ensure_ascii=False)
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
