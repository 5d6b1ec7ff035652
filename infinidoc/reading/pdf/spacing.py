"""Words whose letters are set apart, as headings are: "A N N U A L   R E P O R T".

The gaps tell where a word ends: between words they are wider. Lengths are points.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infinidoc.reading.pdf.runs import Letter

FEWEST = 5  # letters apart that are a word: fewer may be labels, or initials
WIDEST = 0.7  # sizes: the gap between the letters of a word
BORDER = 1.6  # times the usual gap: between words
_APART = re.compile(rf"(?<!\S)[^\W\d_](?:\s+[^\W\d_]){{{FEWEST - 1},}}(?!\S)")


def spaced_text(letters: Sequence[Letter], size: float) -> str:
    """The text of letters in a line, words that are set apart as words."""
    texts = [letter.text for letter in letters]
    flat = "".join(text if len(text) == 1 else "0" for text in texts)
    done, text = 0, ""
    for match in _APART.finditer(flat):
        apart = [letter for letter in letters[slice(*match.span())] if letter.text.strip()]
        if words := _words(apart, size):
            text += "".join(texts[done : match.start()]) + " ".join(words)
            done = match.end()
    return text + "".join(texts[done:])


def _words(letters: Sequence[Letter], size: float) -> list[str]:
    """The words of letters apart; [] if they are rather labels, one by one."""
    texts = [letter.text for letter in letters]
    gaps = [b.box[0] - a.box[2] for a, b in zip(letters, letters[1:], strict=False)]
    usual = sorted(gaps)[len(gaps) // 4]
    if texts == sorted(texts) or usual > WIDEST * size:  # A B C D E
        return []
    words = list(_cut(texts, [gap > BORDER * usual for gap in gaps]))
    return words if 2 * len(words) <= len(texts) else []


def _cut(texts: Sequence[str], ends: Sequence[bool]) -> Iterator[str]:
    word = texts[0]
    for text, ended in zip(texts[1:], ends, strict=True):
        if ended:
            yield word
            word = ""
        word += text
    yield word
