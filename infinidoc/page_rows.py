"""What a page becomes in the library: its row, its passages, and their vectors.

Knows pages, passages and a model's tokenizer and embedder, and the store they go to; knows no
memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from infinidoc.language import LanguageModel
from infinidoc.reading import Page
from infinidoc.reading.indentation import Indentation
from infinidoc.store import Store, add_vectors
from infinidoc.text import letters
from infinidoc.text.passages import cut_passages

Row = dict[str, Any]


def page_rows(page: Page, number: int, start: int) -> tuple[Row, list[Row]]:
    """A page that begins at character `start`, and its passages, as the store has them."""
    row = {
        "number": number,
        "label": page.label,
        "title": page.title,
        "chapter": int(page.chapter),
        "path": page.path,
        "line": page.line,
        "start": start,
        "end": start + len(page.text),
        "text": page.text,
        "problem": page.problem,
    }
    passages = [
        {
            "page": number,
            "start": start + low,
            "end": start + high,
            "line": None if page.line is None else page.line + page.text.count("\n", 0, low),
            "text": page.text[low:high],
            "within": within,
        }
        for low, high, within in _passages(page)
    ]
    return row, passages


def _passages(page: Page) -> Iterator[tuple[int, int, str]]:
    """Each passage's span, and the words of the lines that it stands in by indentation."""
    spans = cut_passages(page.text)
    if page.within is None:
        yield from ((low, high, "") for low, high in spans)
        return
    indentation, at = Indentation(page.within), 0
    for low, high in spans:
        for line in page.text[at:low].splitlines():
            indentation.add(line)
        at = low
        yield low, high, indentation.enclosing(page.text[low:high])


def passage_vectors(language: LanguageModel, passages: list[Row]) -> list[tuple[int, Any]]:
    """(first character, vector) of passages and the lines they stand in: what they are about; []
    without an embedder."""
    embedder = language.embedder
    if embedder is None:
        return []
    encode = language.tokenizer.encode
    texts = [(row["start"], letters(f"{row['within']}\n{row['text']}")) for row in passages]
    return [(start, embedder.passage(encode(f" {text.strip()}"))) for start, text in texts]


def save_vectors(
    store: Store, language: LanguageModel, document: int, vectors: list[tuple[int, Any]]
) -> None:
    """Keep the vectors of a document's passages, if there is an embedder that made them."""
    if language.embedder:
        add_vectors(store, document, language.embedder.identity, vectors)


def keep_page(store: Store, language: LanguageModel, document: int, page: Page) -> None:
    """Keep a page behind the last one at once; the next reading takes it into the memory."""
    with store.atomic():
        known = store.document(document)
        row, passages = page_rows(page, known["pages"] + 1, known["characters"])
        store.add_pages(document, [row])
        store.add_passages(document, passages)
        save_vectors(store, language, document, passage_vectors(language, passages))
        store.update_document(document, pages=row["number"], characters=row["end"])
