"""PyMuPDF, kept quiet, and the ways in which it fails.

The only file that imports it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_MODEL = "pymupdf.layout"


def mupdf() -> Any:
    """pymupdf, with its messages kept off stdout."""
    os.environ.setdefault("PYMUPDF_MESSAGE", "fd:2")
    os.environ.setdefault("PYMUPDF_SUGGEST_LAYOUT_ANALYZER", "0")
    with _without_model():
        import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
    return pymupdf


@contextmanager
def _without_model() -> Iterator[None]:
    """Importing pymupdf loads a neural layout model, which takes seconds and is not used here."""
    before = sys.modules.get(_MODEL)
    if before is None:
        sys.modules[_MODEL] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if before is None:
            sys.modules.pop(_MODEL, None)


def failures() -> tuple[type[Exception], ...]:
    """What PyMuPDF raises for damaged files: errors of its own and of the library below it."""
    below: type[Exception] = mupdf().mupdf.FzErrorBase
    return (RuntimeError, ValueError, below)
