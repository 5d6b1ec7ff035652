"""A short document that questions are made of."""

from __future__ import annotations

from typing import Any

from infinidoc.store import Store

KEYS = {"question", "answer", "kind", "page", "label", "path", "line", "passage"}

PORT = """\
# The Harbour

The harbour of Eastmere was built in 1804 by Sarah Penrose, who came from Kirkwall.
The mole is forty metres long, and the lamp on it was lit for the first time in March.
Nobody in Eastmere had seen such a lamp.

# The Bridge

The bridge across the river Orrin was opened on 4 May 1871 by the old mayor of Eastmere.
The toll was nineteen pence, and the keeper of the toll was called Bartholomew Quill.
He wrote down what Sarah Penrose had told him.

# The Mill

The mill at Tarn Ford ground rye for eleven hundred people until the flood of 1902.
Its last miller, a man called Jonas Adeyemi, sold the stones to a museum in Kirkwall.
"""


def page(text: str, number: int = 1, start: int = 0, **fields: Any) -> dict[str, Any]:
    base = {"number": number, "label": None, "path": None, "line": 1, "title": None, "chapter": 0}
    return {**base, "text": text, "start": start, "end": start + len(text), **fields}


def fill(store: Store, text: str = PORT) -> dict[str, Any]:
    """A document of one page per chapter, without a model."""
    document, at = store.add_document("port", "text", {}, "/port.md", "ff"), 0
    parts = ["# " + part for part in text.split("# ")[1:]] or [text]
    for row in (page(part, count) for count, part in enumerate(parts, 1)):
        row |= {"start": at, "end": at + len(row["text"]), "problem": None, "chapter": 1}
        store.add_pages(document, [row])
        kept = ("start", "end", "line", "text")
        store.add_passages(document, [{"page": row["number"], **{key: row[key] for key in kept}}])
        at = row["end"]
    store.update_document(document, status="complete", pages=len(parts), characters=at)
    return store.document(document)
