"""Finds every place where words are written, streaming a text page by page.

Knows strings and page rows, no model: what it counts can be counted again by anyone.
Words end at word borders, in scripts without spaces anywhere; letters that are the same are
one, and so are upper and lower case; plural and possessive forms are mentions too, and each
mention says which form it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import regex

from infinidoc.labels import in_rows
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text import Folding, even, fold
from infinidoc.text.folding import SPACED, UNSPACED
from infinidoc.text.lines import one_line
from infinidoc.text.sentences import span_around
from infinidoc.text.words import forms_of

GAP = 40  # characters of white space that may part the words of a mention
CONTEXT = 300  # characters kept before a mention, to evidence_at its sentence

_LETTER = regex.compile(f"[{UNSPACED}]")
_BETWEEN = regex.compile(f"(?<=[{UNSPACED}])(?=[{UNSPACED}])")
_ENDS = (".", "!", "?", '"', "”", "’")


@dataclass(frozen=True)
class Mention:
    """Words as they are written, and the sentence they stand in, or the line (`of_line`)."""

    form: str
    start: int
    evidence: Evidence
    of_line: bool


def pattern_of(subject: str) -> Any:
    """What counts as a mention of `subject`, in a text that is folded."""
    *before, last = fold(subject).split()
    forms = "|".join(map(_word, forms_of(last)))
    phrase = rf"\s{{1,{GAP}}}".join([*map(_word, before), rf"(?:{forms})(?:'s)?"])
    begins = "" if _LETTER.match((*before, last)[0]) else rf"(?<![{SPACED}])"
    ends = rf"(?![{SPACED}])"
    if _LETTER.search(last):
        ends = rf"(?:(?<=[{UNSPACED}])(?!\p{{M}})|(?<![{UNSPACED}]){ends})"
    return regex.compile(f"{begins}{phrase}{ends}", regex.IGNORECASE)


def _word(word: str) -> str:
    """A pattern of a word; without spaces a line may end anywhere in it."""
    return _BETWEEN.sub(r"\\n?", re.escape(word))


def find_mentions(
    pages: Iterable[dict[str, Any]], pattern: Any, document: str, folding: Folding = fold
) -> Iterator[Mention]:
    """Every place in reading order where the text, folded, has the pattern.

    A mention that runs over a page's end is on its first page.
    """
    reach = len(pattern.pattern) + GAP * (pattern.pattern.count("{1,") + 1)
    held: list[dict[str, Any]] = []
    at = 0
    for page in chain(pages, [None]):
        held += [] if page is None else [page]
        if not held:
            return
        text, base = "".join(row["text"] for row in held), held[0]["start"]
        folded = folding.spans(text)
        # What ends later than this may go on, on the next page: 's, or the rest of a word.
        stop = len(folded.text) - (0 if page is None else 2)
        at = max(at, base)
        for match in pattern.finditer(folded.text, folded.position(at - base)):
            if match.end() > stop:
                stop = match.start()
                break
            span = folded.span(*match.span())
            yield _mention(span, text, held, document)
            at = base + span[1]
        stop = min(stop, len(folded.text) - reach)
        if stop > 0:
            at = max(at, base + folded.span(stop, stop + 1)[0])
        while len(held) > 1 and held[1]["start"] <= at - CONTEXT:
            held.pop(0)


def _mention(
    span: tuple[int, int], text: str, held: list[dict[str, Any]], document: str
) -> Mention:
    base = held[0]["start"]
    start = base + span[0]
    page = next(row for row in reversed(held) if row["start"] <= start)
    lines = by_line(page)
    form = one_line(text[span[0] : span[1]])
    sentence = sentence_around(text, *span, lines)
    return Mention(form, start, evidence_at(text, base, sentence, page, document, span[0]), lines)


def evidence_at(
    text: str,
    base: int,
    span: tuple[int, int],
    page: dict[str, Any],
    document: str,
    word: int | None = None,
) -> Evidence:
    """The characters `span` of `text`, which begins at `base`, as evidence on `page`.

    It is cited from the line on which character `word` of `text` stands, by default its first.
    """
    low = max(span[0], page["start"] - base)
    cited = low if word is None else text.rfind("\n", low, word) + 1 or low
    line = page["line"]
    if line is not None:
        line += text.count("\n", page["start"] - base, cited)
    place = (page["number"], page["label"], page["path"], line)
    quoted = text[low : span[1]]
    return Evidence(document, *place, base + low, base + span[1], quoted, 1.0, at=cited - low)


def by_line(page: dict[str, Any]) -> bool:
    """Whether a line says something by itself, as in code, tables and logs; prose is wrapped."""
    if page["path"] is not None or in_rows(page["label"]):
        return True
    lines = [line for line in page["text"].splitlines() if line.strip()]
    wrapped = sum(line[0].islower() for line in lines)
    ended = sum(line.rstrip().endswith(_ENDS) for line in lines)  # a paragraph a line
    return len(lines) > 3 and wrapped * 20 < len(lines) and ended * 2 < len(lines)


def sentence_around(text: str, start: int, end: int, line: bool) -> tuple[int, int]:
    """The sentence or line in which `start` to `end` stands, without surrounding space."""
    low, high = max(start - CONTEXT, 0), min(end + CONTEXT, len(text))
    if line:
        low = max(low, text.rfind("\n", low, start) + 1)
        cut = text.find("\n", end, high)
        high = cut if cut >= 0 else high
    else:
        low, high = (low + at for at in span_around(text[low:high], start - low, end - low))
    return start - len(text[low:start].lstrip()), end + len(text[end:high].rstrip())


def forms_in_words(mentions: Iterable[str]) -> str:
    """'"captain" 5, "captains" 2' for forms as they were written."""
    written: dict[str, Counter[str]] = {}
    for form in mentions:
        written.setdefault(even(form).casefold(), Counter())[form] += 1
    counted = sorted(written.values(), key=lambda forms: -forms.total())
    return ", ".join(f'"{forms.most_common(1)[0][0]}" {forms.total():,}' for forms in counted)
