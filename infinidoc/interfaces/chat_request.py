"""A question as OpenAI's APIs put it, how a document is a model there, and what is answered.

Knows dictionaries of these APIs and the library's verbs; knows no HTTP.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infinidoc.errors import UsageError
from infinidoc.interfaces.tool_results import places
from infinidoc.library import Library

LATEST, EVERY = "latest", "all"  # models beside those of the documents' names
OWNER = "infinidoc"


@dataclass(frozen=True)
class ChatRequest:
    """A question as a request of the API put it."""

    question: str
    model: str
    mode: str = "auto"
    until: str | None = None
    streams: bool = False
    user: str | None = None

    @classmethod
    def from_request(cls, body: Any) -> ChatRequest:
        """The last message of the user, of `messages` or of `input`; UsageError if there is none.

        `mode` and `until` may stand beside OpenAI's own keys; of its others `user` says whose turn
        it is, the rest change nothing.
        """
        messages = body.get("messages", body.get("input")) if isinstance(body, dict) else None
        if isinstance(messages, str):
            messages = [{"role": "user", "content": messages}]
        if not isinstance(messages, list):
            raise UsageError("messages are missing")
        said = [_words(m) for m in messages if isinstance(m, dict) and m.get("role") == "user"]
        if not said or not said[-1].strip():
            raise UsageError("there is no message of the user")
        until, user = body.get("until"), body.get("user")
        return cls(
            question=said[-1],
            model=str(body.get("model") or LATEST),
            mode=str(body.get("mode") or "auto"),
            until=None if until is None else str(until),
            streams=bool(body.get("stream")),
            user=None if user is None else str(user),
        )

    @property
    def document(self) -> str:
        return self.model.removeprefix(f"{OWNER}/")

    @property
    def same(self) -> Hashable:
        """Equal for questions that have the same answer."""
        return self.question, self.document, self.mode, self.until

    @property
    def options(self) -> dict[str, Any]:
        """Those of `Library.ask`."""
        shared = {"mode": self.mode, "until": self.until}
        if self.document == EVERY:
            return {**shared, "every": True}
        return {**shared, "documents": None if self.document == LATEST else [self.document]}


def _words(message: dict[str, Any]) -> str:
    """The text of a message: a string, or parts of which some are text."""
    content = message.get("content")
    if isinstance(content, list):
        parts = [part.get("text") for part in content if isinstance(part, dict)]
        return "\n".join(str(part) for part in parts if part)
    return content if isinstance(content, str) else ""


def models(library: Library) -> list[dict[str, Any]]:
    """Every document as a model, the latest first, then all of them as one."""
    rows = library.list()
    found = [_model(row["document"], row["created"]) for row in rows]
    others = [_model(name, rows[0]["updated"]) for name in (LATEST, EVERY)] if rows else []
    return [*found, *others]


def _model(name: str, created: str) -> dict[str, Any]:
    at = int(datetime.fromisoformat(created).timestamp())
    return {"id": f"{OWNER}/{name}", "object": "model", "created": at, "owned_by": OWNER}


def answered(library: Library, asked: ChatRequest) -> tuple[dict[str, Any], dict[str, int]]:
    """The result of `Library.ask` and the tokens it took: all of it that several may share."""
    result = library.ask(asked.question, **asked.options)
    return result, counts(library, result)


class StreamedAnswer:
    """An answer as a stream says it: as it is written, what became of it, and its places.

    `result` is there when all of it was said.
    """

    def __init__(self, library: Library, asked: ChatRequest) -> None:
        self._writing = library.stream_ask(asked.question, **asked.options)
        self.result: dict[str, Any] = {}

    def __iter__(self) -> Iterator[str]:
        text = ""
        for piece in self._writing:
            text += piece
            yield piece
        self.result = self._writing.finish()
        if text.strip() != self.result["answer"]:  # it was withdrawn when it was whole
            yield f"\n\nWithdrawn: {self.result['answer']}"
        if below := sources(self.result):
            yield below


def sources(result: dict[str, Any]) -> str:
    """Below an answer the places to check it by."""
    found = places(result) if result["found"] else ""
    return f"\n\n({found})" if found else ""


def counts(library: Library, result: dict[str, Any]) -> dict[str, int]:
    """The tokens that an answer took: those read, and those of its words."""
    written = len(library.language.tokenizer.encode(result["answer"]))
    return {"read": int(result["tokens_read"]), "written": written}
