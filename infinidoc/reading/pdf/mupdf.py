"""PyMuPDF, kept quiet, and the ways in which it fails.

The only file that imports it.
"""

from __future__ import annotations

import os
from typing import Any


def mupdf() -> Any:
    """pymupdf, with its messages kept off stdout."""
    os.environ.setdefault("PYMUPDF_MESSAGE", "fd:2")
    os.environ.setdefault("PYMUPDF_SUGGEST_LAYOUT_ANALYZER", "0")
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    return pymupdf


def failures() -> tuple[type[Exception], ...]:
    """What PyMuPDF raises for damaged files: errors of its own and of the library below it."""
    below: type[Exception] = mupdf().mupdf.FzErrorBase
    return (RuntimeError, ValueError, below)
