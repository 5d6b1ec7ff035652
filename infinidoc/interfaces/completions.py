"""Questions and answers in the shapes of OpenAI's chat API, and how a document is a model there.

Knows dictionaries of that API and the library's verbs; knows no HTTP.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Hashable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infinidoc.errors import UsageError
from infinidoc.interfaces.told import places, told_answer
from infinidoc.library import Library

LATEST, EVERY = "latest", "all"  # models beside those of the documents' names
OWNER = "infinidoc"


@dataclass(frozen=True)
class Asked:
    """A question as a request of the API put it."""

    question: str
    model: str
    mode: str = "auto"
    until: str | None = None
    streams: bool = False
    user: str | None = None

    @classmethod
    def from_request(cls, body: Any) -> Asked:
        """The last message of the user; UsageError if there is none.

        `mode` and `until` may stand beside OpenAI's own keys; of its others `user` says whose turn
        it is, the rest change nothing.
        """
        if not isinstance(body, dict) or not isinstance(body.get("messages"), list):
            raise UsageError("messages are missing")
        said = [
            _words(m) for m in body["messages"] if isinstance(m, dict) and m.get("role") == "user"
        ]
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


def answered(library: Library, asked: Asked) -> tuple[dict[str, Any], dict[str, int]]:
    """The result of `Library.ask` and the tokens it took: all of it that several may share."""
    result = library.ask(asked.question, **asked.options)
    return result, _usage(library, result)


def completion(asked: Asked, result: dict[str, Any], usage: dict[str, int]) -> dict[str, Any]:
    """A whole chat completion, of what `answered` gives."""
    message = {"role": "assistant", "content": result["answer"] + _sources(result)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        **_envelope(asked, "chat.completion"),
        "choices": [choice],
        "usage": usage,
        OWNER: told_answer(result),
    }


def chunks(library: Library, asked: Asked) -> Generator[dict[str, Any], None, None]:
    """The pieces of a chat completion as they are written; the last has the passages."""
    writing = library.stream_ask(asked.question, **asked.options)
    frame = _envelope(asked, "chat.completion.chunk")
    yield _chunk(frame, {"role": "assistant", "content": ""})
    text = ""
    for piece in writing:
        text += piece
        yield _chunk(frame, {"content": piece})
    result = writing.finish()
    if text.strip() != result["answer"]:  # it was withdrawn when it was whole
        yield _chunk(frame, {"content": f"\n\nWithdrawn: {result['answer']}"})
    if sources := _sources(result):
        yield _chunk(frame, {"content": sources})
    yield {**_chunk(frame, {}, "stop"), OWNER: told_answer(result)}


def _envelope(asked: Asked, kind: str) -> dict[str, Any]:
    name = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": name, "object": kind, "created": int(time.time()), "model": asked.model}


def _chunk(frame: dict[str, Any], delta: dict[str, Any], end: str | None = None) -> dict[str, Any]:
    return {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}


def _sources(result: dict[str, Any]) -> str:
    """Below an answer the places to check it by."""
    found = places(result) if result["found"] else ""
    return f"\n\n({found})" if found else ""


def _usage(library: Library, result: dict[str, Any]) -> dict[str, int]:
    read = int(result["tokens_read"])
    written = len(library.language.tokenizer.encode(result["answer"]))
    return {
        "prompt_tokens": read,
        "completion_tokens": written,
        "total_tokens": read + written,
    }
