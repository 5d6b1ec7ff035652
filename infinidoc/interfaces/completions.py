"""Answers in the shapes of OpenAI's chat completions API.

Knows dictionaries of that API and the library's verbs; knows no HTTP.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator
from typing import Any

from infinidoc.interfaces.chat_request import OWNER, ChatRequest, StreamedAnswer, sources
from infinidoc.interfaces.tool_results import answer_fields
from infinidoc.library import Library


def completion(asked: ChatRequest, result: dict[str, Any], usage: dict[str, int]) -> dict[str, Any]:
    """A whole chat completion, of what `answered` gives."""
    read, written = usage["read"], usage["written"]
    message = {"role": "assistant", "content": result["answer"] + sources(result)}
    choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
    return {
        **_envelope(asked, "chat.completion"),
        "choices": [choice],
        "usage": {
            "prompt_tokens": read,
            "completion_tokens": written,
            "total_tokens": read + written,
        },
        OWNER: answer_fields(result),
    }


def chunks(library: Library, asked: ChatRequest) -> Generator[dict[str, Any], None, None]:
    """The pieces of a chat completion as they are written; the last has the passages."""
    writing = StreamedAnswer(library, asked)
    frame = _envelope(asked, "chat.completion.chunk")
    yield _chunk(frame, {"role": "assistant", "content": ""})
    for piece in writing:
        yield _chunk(frame, {"content": piece})
    yield {**_chunk(frame, {}, "stop"), OWNER: answer_fields(writing.result)}


def _envelope(asked: ChatRequest, kind: str) -> dict[str, Any]:
    name = f"chatcmpl-{secrets.token_hex(12)}"
    return {"id": name, "object": kind, "created": int(time.time()), "model": asked.model}


def _chunk(frame: dict[str, Any], delta: dict[str, Any], end: str | None = None) -> dict[str, Any]:
    return {**frame, "choices": [{"index": 0, "delta": delta, "finish_reason": end}]}
