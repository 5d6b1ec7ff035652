"""What a document consists of, as the library knows it: pages, chapters, files, rows, words.

Knows page rows; nothing is read by a model and nothing is guessed from the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from infinidoc.text.phrases import amount, joined
from infinidoc.text.titles import titles_in
from infinidoc.text.words import forms_of

Row = dict[str, Any]

# Formats whose pages are cut by the reader.
PAGELESS = ("text", "markdown", "mail", "rtf", "docx", "epub", "notebook")
_HEADED = ("chapters", "sections", "headings")


def counted(noun: str, pages: list[dict[str, Any]], kind: str) -> str | None:
    """How many there are, in words; None if the document's structure does not say."""
    if noun == "pages":
        return _pages(pages, kind)
    parts = parts_of(noun, pages)
    if not parts:
        return None
    said = amount(len(parts), _noun(noun, parts))
    return said if noun == "files" else f"{said}: {joined([title_of(page) for page in parts])}"


def numbered(noun: str, pages: Iterable[Row], texts: Iterable[Row]) -> str | None:
    """How many the labels number, in words: messages, slides, rows; None if they number no such.

    A row that names the columns, so that the next one says these names, is none.
    """
    forms = forms_of(noun)
    label = re.compile(rf"(?:{'|'.join(map(re.escape, forms))}) (\d+)(?:-(\d+))?(?=,|$)")
    found = (match for page in pages if (match := label.match(page["label"] or "")))
    count = len({n for match in found for n in range(int(match[1]), int(match[2] or match[1]) + 1)})
    if not count:
        return None
    first, _, rest = next(iter(texts))["text"].partition("\n")
    if forms[-1] == "row" and any(rest.startswith(f"{name}: ") for name in first.split("; ")):
        return f"{amount(count - 1, forms[-1])} and a header"
    return amount(count, forms[-1])


def _pages(pages: list[dict[str, Any]], kind: str) -> str:
    said = amount(len(pages), "page")
    if kind in PAGELESS:
        return f"{said}, as infinidoc cut the text: it has none of its own"
    labels = [page["label"] for page in pages if page["label"]]
    if labels and labels[-1] != str(len(pages)):
        said += f", printed {labels[0]} to {labels[-1]}"
    return said


def parts_of(noun: str, pages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pages on which the chapters, sections, files ... begin, a row for each; else []."""
    if noun == "files":
        return _first_of(pages, "path")
    if any(page["path"] is not None for page in pages):
        return []
    begun = [page for page in pages if page["chapter"]]
    heads = _first_of([{**p, "title": t} for p in begun for t in titles_in(p["title"])], "title")
    named = [page for page in heads if re.match(rf"{noun[:-1]}\b", page["title"], re.I)]
    return heads if noun in _HEADED[1:] or (noun in _HEADED and not named) else named


def _first_of(pages: list[dict[str, Any]], key: str) -> list[dict[str, Any]]:
    """The first page of each file, or of each run of pages under one title."""
    found, before = [], None
    for page in pages:
        if page[key] is not None and page[key] != before:
            found.append(page)
        before = page[key]
    return found


def _noun(noun: str, parts: list[dict[str, Any]]) -> str:
    """ "chapter" only if the headings call themselves so."""
    singular = noun[:-1]
    if noun != "chapters" or re.match(r"chapter\b", parts[0]["title"], re.I):
        return singular
    return "heading"


def title_of(page: dict[str, Any]) -> str:
    return str(page["path"] or page["title"])


def words_or_lines(noun: str, pages: Iterable[dict[str, Any]]) -> int:
    """The number of words, or of lines, of the whole text; a word may run over a page's end."""
    count, inside = 0, False
    for page in pages:
        text = page["text"]
        if noun == "lines":
            count += text.count("\n")
            continue
        count += len(text.split()) - (inside and bool(text) and not text[0].isspace())
        inside = bool(text) and not text[-1].isspace()
    return count
