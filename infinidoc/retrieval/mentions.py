"""Finds every place where words are written, streaming a text page by page.

Knows strings and page rows, no model: what it counts can be counted again by anyone.
Words end at word borders; letters that are the same are one, and so are upper and lower
case; plural and possessive forms are mentions too, and each mention says which form it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import regex

from infinidoc.retrieval.evidence import Evidence
from infinidoc.text import Folding, even, fold

GAP = 40  # characters of white space that may part the words of a mention
CONTEXT = 300  # characters kept before a mention, to quote its sentence
_SHORT = "".join(rf"(?<!\b{word}\.)" for word in ("Mr", "Ms", "Mrs", "Dr", "St", "No", "[A-Z]"))
_PAUSE = re.compile(_SHORT + r"(?<=[.!?])[\"'”’)\]]*\s+|\n\s*\n|\n(?=#{1,6} )")


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
    words = [re.escape(word) for word in before]
    forms = "|".join(re.escape(form) for form in forms_of(last))
    phrase = rf"\s{{1,{GAP}}}".join([*words, rf"(?:{forms})(?:'s)?"])
    return regex.compile(rf"(?<!\w){phrase}(?!\w)", regex.IGNORECASE)


def forms_of(word: str) -> list[str]:
    """A folded word, its singular and plural, longest first; possessives are added later."""
    word = re.sub(r"'s?$", "", word) or word
    singular = word
    if re.search(r"[^\Waeiou\d_]ies$", word):
        singular = word[:-3] + "y"
    elif re.search(r"(?:ss|x|ch|sh)es$", word):
        singular = word[:-2]
    elif re.search(r"[^\Wsiu\d_]s$", word) and len(word) > 3:
        singular = word[:-1]
    found = {word, singular}
    if re.search(r"[^\Waeiou\d_]y$", singular):
        found.add(singular[:-1] + "ies")
    elif re.search(r"(?:s|x|ch|sh)$", singular):
        found.add(singular + "es")
    elif re.search(r"[^\W\d_]$", singular):
        found.add(singular + "s")
    return sorted(found, key=lambda form: (-len(form), form))


def find_mentions(
    pages: Iterable[dict[str, Any]], pattern: Any, document: str, folding: Folding = fold
) -> Iterator[Mention]:
    """Every place in reading order where the text, folded, has the pattern.

    A mention that runs over a page's end is on its first page.
    """
    reach = len(pattern.pattern) + GAP * (pattern.pattern.count("{1,") + 1)
    held: list[dict[str, Any]] = []
    at = 0
    for page in pages:
        held.append(page)
        text, base = "".join(row["text"] for row in held), held[0]["start"]
        folded = folding.spans(text)
        stop = len(folded.text) - 2  # what ends later may go on: 's, or the rest of a word
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
    if held:
        text, base = "".join(row["text"] for row in held), held[0]["start"]
        folded = folding.spans(text)
        for match in pattern.finditer(folded.text, folded.position(at - base)):
            yield _mention(folded.span(*match.span()), text, held, document)


def _mention(
    span: tuple[int, int], text: str, held: list[dict[str, Any]], document: str
) -> Mention:
    base = held[0]["start"]
    start = base + span[0]
    page = next(row for row in reversed(held) if row["start"] <= start)
    lines = by_line(page)
    form = " ".join(text[span[0] : span[1]].split())
    sentence = sentence_around(text, *span, lines)
    return Mention(form, start, quote(text, base, sentence, page, document), lines)


def quote(
    text: str, base: int, span: tuple[int, int], page: dict[str, Any], document: str
) -> Evidence:
    """The characters `span` of `text`, which begins at `base`, as evidence on `page`."""
    low = max(base + span[0], page["start"])
    line = page["line"]
    if line is not None:
        line += text.count("\n", page["start"] - base, low - base)
    return Evidence(
        document=document,
        page=page["number"],
        label=page["label"],
        path=page["path"],
        line=line,
        start=low,
        end=base + span[1],
        text=text[low - base : span[1]],
        score=1.0,
    )


def by_line(page: dict[str, Any]) -> bool:
    """Whether a line says something by itself, as in code and logs; prose is wrapped."""
    if page["path"] is not None:
        return True
    lines = [line for line in page["text"].splitlines() if line.strip()]
    wrapped = sum(line[0].islower() for line in lines)
    return len(lines) > 3 and wrapped * 20 < len(lines)


def sentence_around(text: str, start: int, end: int, line: bool) -> tuple[int, int]:
    """The sentence or line in which `start` to `end` stands, without surrounding space."""
    low, high = max(start - CONTEXT, 0), min(end + CONTEXT, len(text))
    if line:
        low = max(low, text.rfind("\n", low, start) + 1)
        cut = text.find("\n", end, high)
        high = cut if cut >= 0 else high
    else:
        pauses = [match.end() for match in _PAUSE.finditer(text, low, start)]
        low = pauses[-1] if pauses else low
        ending = _PAUSE.search(text, end, high)
        high = ending.start() if ending else high
    while low < start and text[low].isspace():
        low += 1
    while high > end and text[high - 1].isspace():
        high -= 1
    return low, high


def sentences_of(page: dict[str, Any], document: str) -> Iterator[Evidence]:
    """The sentences, or lines, of a page."""
    text, at, lines = page["text"], 0, by_line(page)
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        low, high = sentence_around(text, at, at + 1, lines)
        yield quote(text, page["start"], (max(low, at), high), page, document)
        at = max(high, at + 1)


def forms_in_words(mentions: Iterable[str]) -> str:
    """'"captain" 5, "captains" 2' for forms as they were written."""
    written: dict[str, Counter[str]] = {}
    for form in mentions:
        written.setdefault(even(form).casefold(), Counter())[form] += 1
    counted = sorted(written.values(), key=lambda forms: -forms.total())
    return ", ".join(f'"{forms.most_common(1)[0][0]}" {forms.total()}' for forms in counted)
