"""The text of PDF pages against the truth: pages made with known text, in thirteen layouts.

Beside PyMuPDF's plain text, pdfplumber, pypdf and pymupdf4llm, in one run. Measured are the
character error rate (edits over characters of the truth, white space folded, letters that are
the same one) and order errors: sentences that are missing or do not follow the one before.
"""

from __future__ import annotations

import importlib
import json
import random
import re
import tempfile
import textwrap
import unicodedata
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from infinidoc.reading import open_source

SIZE, LEADING = 10.0, 13.0  # points
LEFT, TOP, WIDTH = 60.0, 80.0, 480.0
_WORDS = """
    harbour mill river stone winter lantern office ledger profit official difficult affair field
    first floor water valve pressure engine keeper captain evening morning letter council street
    garden window market bridge train station doctor teacher winner copper silver timber cotton
    """.split()

Draw = Callable[[Any, random.Random], str]


def run(seed: int) -> None:
    """Make the pages, read them with every reader, print a table."""
    rows: dict[str, list[tuple[float, int]]] = {name: [] for name in READERS}
    print(f"{'CER, order errors':18} " + "  ".join(f"{name:>12}" for name in READERS))
    with tempfile.TemporaryDirectory() as folder:
        for name, draw in LAYOUTS.items():
            path = Path(folder) / f"{name}.pdf"
            truth = _made(path, draw, random.Random(f"{seed} {name}"))
            cells = []
            for reader, read in READERS.items():
                score = _score(truth, read, path)
                cells.append("-" if score is None else f"{score[0]:.3f} {score[1]}")
                rows[reader] += [] if score is None else [score]
            print(f"{name:18} " + "  ".join(f"{cell:>12}" for cell in cells))
    report = {}
    for reader, scores in rows.items():
        if scores:
            rates = [rate for rate, _ in scores]
            wrong = sum(errors for _, errors in scores)
            told = f"median CER {median(rates):.4f}, worst {max(rates):.3f}, order errors {wrong}"
            print(f"{reader}: {told} ({len(scores)} layouts)")
            report[reader] = {"median_cer": round(median(rates), 4), "order_errors": wrong}
    print(json.dumps({"benchmark": "pages", "layouts": len(LAYOUTS), **report}))


def _made(path: Path, draw: Draw, chance: random.Random) -> str:
    import pymupdf

    document = pymupdf.open()
    truth = draw(document.new_page(), chance)
    document.save(path)
    return truth


def _score(truth: str, read: Callable[[Path], str], path: Path) -> tuple[float, int] | None:
    """(character error rate, order errors); None where a reader is not installed."""
    try:
        text = folded(read(path))
    except ImportError:
        return None
    wanted = folded(truth)
    return edits(wanted, text) / len(wanted), order_errors(wanted, text)


def folded(text: str) -> str:
    """Letters that are the same one, spaces as one, no soft hyphens."""
    return " ".join(unicodedata.normalize("NFKC", text).replace("\xad", "").split())


def edits(one: str, other: str, inside: bool = False) -> int:
    """Insertions, deletions and replacements that make `one` of `other` (Levenshtein).

    `inside`: of the stretch of `other` that takes the fewest (Sellers).
    """
    letters = np.array([ord(sign) for sign in other], dtype=np.int32)
    steps = np.arange(len(other) + 1)
    row = np.zeros_like(steps) if inside else steps.copy()
    for sign in one:
        replaced = row[:-1] + (letters != ord(sign))
        best = np.concatenate([[row[0] + 1], np.minimum(replaced, row[1:] + 1)])
        row = np.minimum.accumulate(best - steps) + steps
    return int(row.min() if inside else row[-1])


def order_errors(truth: str, text: str) -> int:
    """Sentences of the truth that are missing, or do not stand behind the one before."""
    last, errors = -1, 0
    for sentence in re.findall(r"[^.]+\.", truth):
        at = text.find(sentence.strip()[:24])
        errors += at <= last
        last = at if at >= 0 else last
    return errors


# -- layouts ---------------------------------------------------------------------------------


def sentences(chance: random.Random, count: int) -> str:
    """So many sentences, each with a number, so that no two are alike."""
    made = []
    for _ in range(count):
        words = chance.sample(_WORDS, chance.randint(6, 14))
        words.insert(2, str(chance.randint(1000, 9999)))
        made.append(" ".join(words).capitalize() + ".")
    return " ".join(made)


def _lines(text: str, width: float, size: float = SIZE) -> list[str]:
    return textwrap.wrap(text, int(width / size * 1.9), break_on_hyphens=False)


def _put(page: Any, lines: list[str], x: float, y: float, size: float = SIZE) -> float:
    """Draw lines below one another; where the next would stand."""
    import pymupdf

    writer = pymupdf.TextWriter(page.rect)
    font = pymupdf.Font("helv")
    for line in lines:
        writer.append((x, y), line, font=font, fontsize=size)
        y += size * LEADING / SIZE
    writer.write_text(page)
    return y


def plain(page: Any, chance: random.Random) -> str:
    text = sentences(chance, 12)
    _put(page, _lines(text, WIDTH), LEFT, TOP)
    return text


def _columns(page: Any, chance: random.Random, count: int) -> str:
    texts = [sentences(chance, 9) for _ in range(count)]
    width = WIDTH / count
    for index, text in enumerate(texts):
        _put(page, _lines(text, width - 20), LEFT + index * width, TOP)
    return " ".join(texts)


def two_columns(page: Any, chance: random.Random) -> str:
    return _columns(page, chance, 2)


def three_columns(page: Any, chance: random.Random) -> str:
    return _columns(page, chance, 3)


def title_over_columns(page: Any, chance: random.Random) -> str:
    title = sentences(chance, 1)
    _put(page, _lines(title, WIDTH, 14), LEFT, TOP - 30, 14)
    return f"{title} {_columns(page, chance, 2)}"


def box(page: Any, chance: random.Random) -> str:
    """A frame of its own between two paragraphs."""
    texts = [sentences(chance, count) for count in (6, 3, 6)]
    y = _put(page, _lines(texts[0], WIDTH), LEFT, TOP) + 20
    page.draw_rect((LEFT + 40, y - 16, LEFT + 360, y + 110), color=(0, 0, 0))
    y = max(_put(page, _lines(texts[1], 300), LEFT + 50, y) + 30, y + 140)
    _put(page, _lines(texts[2], WIDTH), LEFT, y)
    return " ".join(texts)


def table(page: Any, chance: random.Random) -> str:
    """Cells are read row by row."""
    before, after = sentences(chance, 4), sentences(chance, 4)
    y = _put(page, _lines(before, WIDTH), LEFT, TOP) + 10
    said = []
    for _ in range(8):
        cells = [chance.choice(_WORDS), str(chance.randint(10, 9999)), chance.choice(_WORDS) + "."]
        for at, cell in enumerate(cells):
            _put(page, [cell], LEFT + at * 150, y)
        page.draw_line((LEFT, y + 4), (LEFT + WIDTH, y + 4))
        y += 16
        said.append(" ".join(cells))
    _put(page, _lines(after, WIDTH), LEFT, y + 20)
    return " ".join([before, *said, after])


def footnotes(page: Any, chance: random.Random) -> str:
    text, notes = sentences(chance, 10), [f"{n} {sentences(chance, 2)}" for n in (1, 2)]
    _put(page, _lines(text, WIDTH), LEFT, TOP)
    y = 680.0
    for note in notes:
        y = _put(page, _lines(note, WIDTH, 7), LEFT, y, 7)
    return " ".join([text, *notes])


def header_and_footer(page: Any, chance: random.Random) -> str:
    head, foot, text = "The Green Ledger", "Page 17", sentences(chance, 12)
    _put(page, [foot], 290, 800, 8)  # drawn first, stands last
    _put(page, [head], LEFT, 40, 8)
    _put(page, _lines(text, WIDTH), LEFT, TOP)
    return f"{head} {text} {foot}"


def rotated(page: Any, chance: random.Random) -> str:
    text = plain(page, chance)
    page.set_rotation(90)
    return text


def ligatures(page: Any, chance: random.Random) -> str:
    text = sentences(chance, 12)
    joined = text
    for letters, sign in (("ffi", "ﬃ"), ("ff", "ﬀ"), ("fi", "ﬁ"), ("fl", "ﬂ")):
        joined = joined.replace(letters, sign)
    _put(page, _lines(joined, WIDTH), LEFT, TOP)
    return text


def hyphenated(page: Any, chance: random.Random) -> str:
    """Words broken at the end of every line that can be; the text has each whole elsewhere."""
    text = f"{sentences(chance, 10)} {' '.join(_WORDS).capitalize()}."
    lines, held = [], ""
    for word in text.split():
        if len(held) + len(word) < 44:
            held = f"{held} {word}".strip()
        elif word.isalpha() and len(word) > 5:
            lines.append(f"{held} {word[:3]}-")
            held = word[3:]
        else:
            lines.append(held)
            held = word
    _put(page, [*lines, held], LEFT, TOP)
    return text


def drawn_out_of_order(page: Any, chance: random.Random) -> str:
    text = sentences(chance, 12)
    lines = _lines(text, WIDTH)
    for index in chance.sample(range(len(lines)), len(lines)):
        _put(page, [lines[index]], LEFT, TOP + index * LEADING)
    return text


def drawn_twice(page: Any, chance: random.Random) -> str:
    """Bold by offset."""
    text = sentences(chance, 12)
    for shift in (0.0, 0.3):
        _put(page, _lines(text, WIDTH), LEFT + shift, TOP)
    return text


LAYOUTS: dict[str, Draw] = {
    each.__name__: each
    for each in (
        *(plain, two_columns, three_columns, title_over_columns, box, table, footnotes),
        *(header_and_footer, rotated, ligatures, hyphenated, drawn_out_of_order, drawn_twice),
    )
}


# -- readers ---------------------------------------------------------------------------------


def ours(path: Path) -> str:
    return "\n".join(page.text for page in open_source(path).pages())


def pymupdf_plain(path: Path) -> str:
    import pymupdf

    with pymupdf.open(path) as document:
        return "\n".join(page.get_text() for page in document)


def pdfplumber(path: Path) -> str:
    with importlib.import_module("pdfplumber").open(path) as document:
        return "\n".join(page.extract_text() or "" for page in document.pages)


def pypdf(path: Path) -> str:
    reader = importlib.import_module("pypdf").PdfReader(path)
    return "\n".join(page.extract_text() for page in reader.pages)


def pymupdf4llm(path: Path) -> str:
    """Its Markdown, without the marks."""
    marked = importlib.import_module("pymupdf4llm").to_markdown(
        str(path), show_progress=False, use_ocr=False
    )
    return re.sub(r"[*_#|`]|^-{3,}$|<br>|-{3,}", " ", marked, flags=re.M)


READERS: dict[str, Callable[[Path], str]] = {
    "infinidoc": ours,
    "PyMuPDF": pymupdf_plain,
    "pdfplumber": pdfplumber,
    "pypdf": pypdf,
    "pymupdf4llm": pymupdf4llm,
}
