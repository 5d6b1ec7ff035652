"""The text of real PDFs against a twin that was made from the same source.

A folder holds `a.pdf` and beside it `a.jats` (articles as XML), `a.html`, `a.md` or `a.txt`
(`python -m tests.twins FOLDER` fetches some). What a PDF adds (heads, margins, references) is in
no twin; so each paragraph of the twin is looked for in the text of the PDF, and counted are the
edits to the stretch that is most like it. Paragraphs with formulas, figures or footnotes, whose
words stand elsewhere in a PDF, are left out.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from xml.etree import ElementTree

from infinidoc.benchmarks.pages import READERS, edits, folded, order_errors

SHORTEST = 60  # characters of a paragraph
MOST = 30  # paragraphs of a twin, evenly drawn
PROBE = 24  # characters by which a paragraph is found
AROUND = 300  # characters around where it should stand
_XML = (".jats", ".xml")
_OTHERS = (".html", ".md", ".txt")
_ELSEWHERE = frozenset(
    """
    inline-formula disp-formula tex-math fn graphic inline-graphic table-wrap fig code
    """.split()
)


def run(folder: Path) -> None:
    """Read every PDF that has a twin with every reader; print a table and one line of JSON."""
    pairs = list(_pairs(folder))
    rows: dict[str, list[tuple[float, int, float]]] = {name: [] for name in READERS}
    print(f"{'CER, order errors':28} " + "  ".join(f"{name:>12}" for name in READERS))
    for path, paragraphs in pairs:
        cells = []
        for name, read in READERS.items():
            score = _score(paragraphs, read, path)
            cells.append("-" if score is None else f"{score[0]:.4f} {score[1]}")
            rows[name] += [] if score is None else [score]
        print(f"{path.stem[:28]:28} " + "  ".join(f"{cell:>12}" for cell in cells), flush=True)
    report = {}
    for name, scores in rows.items():
        if scores:
            rates, wrong = [each[0] for each in scores], sum(each[1] for each in scores)
            seconds = sum(each[2] for each in scores)
            told = f"median CER {median(rates):.4f}, worst {max(rates):.4f}, order errors {wrong}"
            print(f"{name}: {told}, {seconds:.0f} s ({len(scores)} files)")
            report[name] = {"median_cer": round(median(rates), 4), "order_errors": wrong}
    print(json.dumps({"benchmark": "twins", "files": len(pairs), **report}))


def _pairs(folder: Path) -> list[tuple[Path, list[str]]]:
    """PDFs and the paragraphs of their twins, if there are any to compare."""
    found = []
    for path in sorted(folder.rglob("*.pdf")):
        twins = (path.with_suffix(end) for end in (*_XML, *_OTHERS))
        twin = next((each for each in twins if each.exists()), None)
        told = paragraphs_of(twin) if twin and path.stat().st_size else []
        if told:
            found.append((path, told[:: max(len(told) // MOST, 1)]))
    return found


def paragraphs_of(twin: Path) -> list[str]:
    """The paragraphs of a twin that can be compared, in order."""
    if twin.suffix in _XML:
        body = ElementTree.parse(twin).getroot().find(".//body")
        told = [] if body is None else _running(body)
    else:
        told = READERS["infinidoc"](twin).split("\n\n")
    return [text for text in map(folded, told) if len(text) >= SHORTEST]


def _running(element: ElementTree.Element) -> list[str]:
    """The texts of the paragraphs below an element that stand where they are told."""
    told: list[str] = []
    for child in element:
        if child.tag in _ELSEWHERE:
            continue
        if child.tag != "p":
            told += _running(child)
        elif not any(inner.tag in _ELSEWHERE for inner in child.iter()):
            told.append("".join(child.itertext()))
    return told


def _score(
    paragraphs: list[str], read: Callable[[Path], str], path: Path
) -> tuple[float, int, float] | None:
    """(character error rate, order errors, seconds); None where a reader is not installed."""
    started = time.perf_counter()
    try:
        text = folded(read(path))
    except ImportError:
        return None
    spent = time.perf_counter() - started
    wrong = sum(_least(paragraph, text) for paragraph in paragraphs)
    starts = " ".join(f"{paragraph[:40].replace('.', ' ')}." for paragraph in paragraphs)
    return wrong / sum(map(len, paragraphs)), order_errors(starts, text), spent


def _least(paragraph: str, text: str) -> int:
    """Edits to the stretch of `text` most like a paragraph: where its pieces are, or anywhere."""
    probes = range(0, len(paragraph) - PROBE, 2 * PROBE)
    found = [text.find(paragraph[at : at + PROBE]) - at for at in probes]
    starts = {
        start // AROUND * AROUND for start, at in zip(found, probes, strict=True) if start + at >= 0
    }
    reach = len(paragraph) + 2 * AROUND
    near = [text[max(start - AROUND, 0) : start + reach] for start in starts] or [text]
    return min(edits(paragraph, each, inside=True) for each in near)
