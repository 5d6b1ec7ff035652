"""What a report on a document shows, gathered from the library as plain JSON.

Needs no language model: summaries are quoted, kept tokens are read from the saved memory, and
where an answer stands is looked up. Places are characters of the document's text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

import infinidoc
from infinidoc.conversation.conversation import parted
from infinidoc.errors import InfinidocError
from infinidoc.ingest import CLOSING
from infinidoc.library import Library
from infinidoc.retrieval.evidence import Evidence, evidence_of
from infinidoc.store import Store
from infinidoc.store.replies import replies
from infinidoc.store.store import CONVERSATION, parsed
from infinidoc.store.textless import refuse_textless
from infinidoc.text.titles import titles_in

BARS = 240  # of the strip at most: more cannot be told apart

Row = dict[str, Any]


def gather(library: Library, document: str | None) -> Row:
    """All of it, with keys that `page.js` knows."""
    name = library.named(document)
    shown, row = library.show(name), library.store.document(name)
    refuse_textless(row)
    pages = library.store.pages_light(row["id"])
    unread = (f"{gap['place']}: {gap['problem']}" for gap in shown["unread"])
    passages = [evidence_of(found, row, 0.0) for found in library.store.passages(row["id"])]
    return {
        **{key: shown[key] for key in ("document", "source", "kind", "pages", "tokens")},
        **{key: shown[key] for key in ("segments", "memory_bytes", "model", "created")},
        "characters": row["characters"],
        "version": infinidoc.__version__,
        "warnings": list(dict.fromkeys([*shown["warnings"], *unread])),
        "chapters": list(_chapters(pages)),
        "bars": _bars(library.store, row),
        "passages": [_passage(passage) for passage in passages],
        "summaries": _summaries(library, name, pages),
        "asked": [*_asked(library.store, row), *_quizzed(library.store, row, passages)],
    }


def _chapters(pages: list[Row]) -> Iterator[Row]:
    """Where every chapter begins."""
    for page in pages:
        if page["chapter"] or (page["path"] and page["line"] == 1):
            titles = titles_in(page["title"]) or [page["path"] or ""]
            for title in titles:
                yield {"title": title, "page": page["number"], "start": page["start"]}


def _bars(store: Store, row: Row) -> list[Row]:
    """The document as runs of segments: where each begins and how many tokens of it were kept."""
    segments = store.segments(row["id"])
    step = -(-len(segments) // BARS) or 1
    kept = _kept(store, row["id"])
    bars = []
    for first in range(0, len(segments), step):
        run = segments[first : first + step]
        tokens = sum(segment["tokens"] for segment in run)
        begin = run[0]["token_start"]
        bars.append(
            {
                "start": run[0]["start"],
                "end": run[-1]["end"],
                "tokens": tokens,
                "kept": sum(begin <= position < begin + tokens for position in kept),
            }
        )
    return bars


def _kept(store: Store, document: int) -> list[int]:
    """The positions of the tokens that the memory keeps exactly; [] if it keeps none."""
    saved = store.memory(document, CLOSING)
    if saved is None:
        return []
    import numpy as np
    from safetensors import deserialize  # of the other tensors numpy may not have the type

    positions = dict(deserialize(saved[1])).get("kept.positions")
    if positions is None:
        return []
    width = int(positions["dtype"].removeprefix("I")) // 8  # I64, integers of 64 bits
    whole = np.frombuffer(positions["data"], dtype=f"<i{width}")
    return [int(position) for position in whole[: positions["shape"][-1]]]


def _passage(passage: Evidence) -> Row:
    return {
        "page": passage.page,
        "place": passage.where(),
        "start": passage.start,
        "text": passage.text.strip(),
    }


def _summaries(library: Library, name: str, pages: list[Row]) -> list[Row]:
    """What every chapter tells, in its own sentences; nothing of what cannot be quoted."""
    several = sum(page["chapter"] for page in pages) > 1
    try:
        made = library.summarize(document=name, by="chapter" if several else None, length="short")
    except InfinidocError:
        return []
    starts = {page["number"]: page["start"] for page in pages}
    return [
        {
            "title": section["title"],
            "place": section["place"],
            "start": starts[section["first_page"]],
            "sentences": [
                {"text": said["text"], "page": said["page"]} for said in section["sentences"]
            ],
        }
        for section in made["sections"]
    ]


def _asked(store: Store, row: Row) -> Iterator[Row]:
    """Questions of conversations about the document, with where the answer stands in it."""
    for conversation in store.documents():
        if conversation["kind"] != CONVERSATION:
            continue
        parts = [p for p in store.parts(conversation["id"]) if p["kind"] == CONVERSATION]
        starts = [part["first_page"] for part in parts]
        for page in store.pages(conversation["id"]):
            about = parts[bisect_right(starts, page["number"]) - 1]["source"] if parts else "[]"
            question, answer = parted(page["text"])
            if answer and row["name"] in _names(about):
                yield {
                    "question": question,
                    "answer": answer,
                    "when": page["label"],
                    "from": conversation["name"],
                    **_standing(store, row, question, answer),
                }


def _names(about: str) -> list[str]:
    return [str(name) for name in parsed(about, "a conversation", list)]


def _standing(store: Store, row: Row, question: str, answer: str) -> Row:
    """The passage that shares most with an answer and has its words; {} if none has."""
    found = store.search([row["id"]], f"{answer} {question}", limit=10)
    words = answer.lower().strip(" .")
    for passage in found:
        if words in passage["text"].lower():
            evidence = evidence_of(passage, row, 0.0)
            return {"place": evidence.where(), "start": evidence.start}
    return {}


def _quizzed(store: Store, row: Row, passages: list[Evidence]) -> Iterator[Row]:
    """What was asked in quizzes, and what was replied."""
    starts = [passage.start for passage in passages]
    for reply in replies(store, row["id"]):
        at = bisect_right(starts, reply["start"]) - 1
        yield {
            "question": reply["question"],
            "answer": reply["answer"],
            "when": reply["asked"][:16].replace("T", " "),
            "from": f"quiz, {reply['grade']}",
            "place": passages[at].where() if at >= 0 else f"page {reply['page']}",
            "start": reply["start"],
        }
