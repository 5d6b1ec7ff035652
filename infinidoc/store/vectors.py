"""Keeps the vectors of passages, and says how like a question's each of them is.

A vector is what an embedder made of a passage, kept in float16; one made by another embedder
means nothing to this one and is left out. Knows bytes and numpy, no model.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from infinidoc.errors import NotFound
from infinidoc.store.search import COLUMNS, PLACE
from infinidoc.store.store import LARGEST, Row, Store

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_ALL = """
select vectors.document, vectors.start, vector from vectors
join passages on passages.document = vectors.document and passages.start = vectors.start
where vectors.document = ? and seeker = ? and passages.page <= ? order by vectors.start
"""
_PASSAGE = f"""
select {COLUMNS} from passages {PLACE} where passages.document = ? and passages.start = ?
"""


def add_vectors(
    store: Store, document: int, embedder: str, rows: Iterable[tuple[int, NDArray[np.float32]]]
) -> None:
    """Keep (first character, vector) of passages; a vector kept before gives way."""
    own = {"document": document, "seeker": embedder}
    made = [(start, vector.astype("float16").tobytes()) for start, vector in rows]
    kept = [{**own, "start": start, "vector": vector} for start, vector in made]
    store.put_rows("vectors", kept)


def likeness(
    store: Store,
    documents: Sequence[int],
    embedder: str,
    question: NDArray[np.float32],
    until: dict[int, int] | None = None,
) -> dict[tuple[int, int], float]:
    """(document, first character) of every passage that may be known: its cosine."""
    import numpy as np

    rows = [
        row
        for document in documents
        for row in store._rows(_ALL, [document, embedder, (until or {}).get(document, LARGEST)])
        if len(row["vector"]) == 2 * len(question)
    ]
    if not rows:
        return {}
    matrix = np.frombuffer(b"".join(row["vector"] for row in rows), np.float16)
    cosines = matrix.reshape(len(rows), -1).astype(np.float32) @ question
    return {(r["document"], r["start"]): float(c) for r, c in zip(rows, cosines, strict=True)}


def passage_at(store: Store, document: int, start: int) -> Row:
    """The passage that begins at this character, with where it stands."""
    rows = store._rows(_PASSAGE, [document, start])
    if not rows:
        raise NotFound("no such passage: its document was removed or read on", where=start)
    return rows[0]
