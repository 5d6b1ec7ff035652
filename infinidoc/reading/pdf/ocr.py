"""Letters in the picture of a page: recognized by RapidOCR, on this machine.

Its models (PP-OCR, 32 MB) are in its package, so nothing is fetched. What it finds becomes runs
of the page, as if they had been drawn as text. Lengths are points.
"""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.util import find_spec
from statistics import fmean
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.pdf.runs import Run

DPI = 200  # of the picture: smaller letters are lost at less, more takes longer
LARGEST = 4000  # pixels of its longer side
HEIGHT = 0.8  # of a line's box is the size of its letters
READS_WELL = 0.85  # sure: less on a page that is turned, or hardly to be read
UNSURE = 0.5  # what is less sure is no text: stains, frames, pictures
HINT = "pip install 'infinidoc[ocr]'"

Read = tuple[list[Run], float]


def recognize(page: Any) -> Read:
    """The runs in the picture of a PyMuPDF page, and how sure they are on the mean (0 to 1).

    A page that reads badly is turned: it may have been scanned sideways or upside down.
    """
    turns, found = page.rotation, list[Read]()
    for turn in (0, 90, 180, 270):
        page.set_rotation((turns + turn) % 360)
        runs, sure = _recognize(page)
        if sure >= READS_WELL and not _are_sideways(runs):
            found = [(runs, sure)]
            break
        found.append((runs, sure))
    page.set_rotation(turns)
    return max(found, key=lambda read: read[1] * sum(len(run.text) for run in read[0]))


def _are_sideways(runs: list[Run]) -> bool:
    """Whether most lines stand on end."""
    standing = [run.height > 2 * (run.box[2] - run.box[0]) for run in runs if len(run.text) > 3]
    return 2 * sum(standing) > len(standing)


def _recognize(page: Any) -> Read:
    scale = min(DPI / 72, LARGEST / max(page.rect.width, page.rect.height, 1))
    picture = page.get_pixmap(dpi=round(72 * scale), alpha=False).tobytes("png")
    found = _found(_engine(), picture)
    if found.boxes is None:
        return [], 0.0
    runs, sure = list[Run](), list[float]()
    for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
        if score < UNSURE or not text.strip():
            continue
        across = [float(x) / scale for x, _ in corners]
        down = [float(y) / scale for _, y in corners]
        box = min(across), min(down), max(across), max(down)
        runs.append(Run(text.strip(), box, (box[3] - box[1]) * HEIGHT, 0, len(runs)))
        sure += [float(score)] * len(text)
    return runs, fmean(sure) if sure else 0.0


def _found(engine: Any, picture: bytes) -> Any:
    """What the recognizer finds; RuntimeError if it fails: that costs a page, not the document."""
    try:
        return engine(picture)
    except MemoryError:
        raise
    except Exception as error:  # RapidOCR wraps those of its parts in ones of its own
        raise RuntimeError("letters could not be recognized") from error


def require() -> None:
    """Raise SourceError if the packages are not here; nothing is loaded yet."""
    if not all(find_spec(name) for name in ("rapidocr", "onnxruntime")):
        raise SourceError("reading pictures of pages needs a package", hint=HINT)


@lru_cache(maxsize=1)
def _engine() -> Any:
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"  # else onnxruntime tells its maker, once imported
    from rapidocr import RapidOCR

    # Its classifier of turned lines takes upright ones for turned (benchmarks/LOG.md, 2026-11-28).
    return RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False})
