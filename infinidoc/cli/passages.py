"""How the passages under an answer are shown: each in a few lines, from where it is cited.

Knows the keys of an answer. What a reader is to check by is never cut away: a passage that an
answer stands on is shown from the sentence that says it, with that sentence's place.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from infinidoc.cli import display

SHOWN = 160  # characters of a passage
LEAD = 40  # characters before the answer, where it stands far into a long sentence


def passages(result: dict[str, Any]) -> str:
    """The evidence below an answer: place, then a few lines of the passage."""
    several = len(result.get("documents", [])) > 1
    lines = []
    known = zip_longest(result["evidence"], result.get("citations", ()))
    for number, (evidence, citation) in enumerate(known, 1):
        cited = citation or {"text": "", "line": evidence["line"]}
        text, answers = _line(evidence["text"]), _answers(result, evidence["document"])
        answer = next((one for one in answers if one in text), "")
        shown = _excerpt(text, _line(cited["text"]), answer)
        name = f"{evidence['document']}, " if several else ""
        where = display.place({**evidence, "line": cited["line"]})
        lines.append(f"  [{number}] {name}{where}: {shown}")
    return "\n".join(lines)


def _answers(result: dict[str, Any], document: str) -> list[str]:
    """The whole answer, and what this document answers where several do."""
    own = (one["answer"] for one in result.get("answers", ()) if one["document"] == document)
    return [_line(answer) for answer in (result["answer"], *own)]


def _excerpt(text: str, cited: str, answer: str) -> str:
    """As much as is shown, from `cited` on, the `answer` within; earlier where that leaves room."""
    start = text.find(cited)
    said = text.find(answer, start) if cited and answer else -1
    if start <= said < start + len(cited) and said + len(answer) > start + SHOWN:
        start = said - LEAD
    elif start + len(cited) <= SHOWN:
        start = 0
    start = _first_word(text, min(start, len(text) - SHOWN))
    shown = text[start:] if len(text) - start <= SHOWN else _whole_words(text[start:])
    return ("… " if start else "") + shown + (" …" if start + len(shown) < len(text) else "")


def _first_word(text: str, at: int) -> int:
    """Where a word begins soon behind `at`; `at` itself in a text without spaces."""
    space = text.find(" ", at - 1, at + LEAD)
    return max(at, 0) if at <= 0 or space < 0 else space + 1


def _whole_words(text: str) -> str:
    """The beginning, to the end of a word if it has spaces."""
    space = text.rfind(" ", SHOWN - LEAD, SHOWN + 1)
    return text[: SHOWN if space < 0 else space]


def _line(text: str) -> str:
    return " ".join(text.split())
