"""Answers in the shapes of OpenAI's responses API, which its newer clients speak.

Knows dictionaries of that API and the library's verbs; knows no HTTP. A response is one
message with one text; nothing of it is kept, so `previous_response_id` changes nothing.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Iterator
from typing import Any

from infinidoc.interfaces.chat_request import OWNER, ChatRequest, StreamedAnswer, counts, sources
from infinidoc.interfaces.tool_results import answer_fields
from infinidoc.library import Library


def response(asked: ChatRequest, result: dict[str, Any], usage: dict[str, int]) -> dict[str, Any]:
    """A whole response, of what `answered` gives."""
    message = _message(_name("msg"), result["answer"] + sources(result))
    return _completed(_begun(asked), message, result, usage)


def events(library: Library, asked: ChatRequest) -> Generator[dict[str, Any], None, None]:
    """The events of a response as it is written; the last has all of it, with the passages."""
    for number, event in enumerate(_events(library, asked)):
        yield {**event, "sequence_number": number}


def _events(library: Library, asked: ChatRequest) -> Iterator[dict[str, Any]]:
    writing, text = StreamedAnswer(library, asked), ""
    begun, name = _begun(asked), _name("msg")
    where = {"item_id": name, "output_index": 0, "content_index": 0}
    yield {"type": "response.created", "response": begun}
    item = {**_message(name, ""), "content": [], "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": 0, "item": item}
    yield {"type": "response.content_part.added", **where, "part": _text("")}
    for piece in writing:
        text += piece
        delta = {"delta": piece, "logprobs": []}
        yield {"type": "response.output_text.delta", **where, **delta}
    yield {"type": "response.output_text.done", **where, "text": text, "logprobs": []}
    yield {"type": "response.content_part.done", **where, "part": _text(text)}
    message, result = _message(name, text), writing.result
    yield {"type": "response.output_item.done", "output_index": 0, "item": message}
    whole = _completed(begun, message, result, counts(library, result))
    yield {"type": "response.completed", "response": whole}


def _begun(asked: ChatRequest) -> dict[str, Any]:
    return {
        "id": _name("resp"),
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "model": asked.model,
        "output": [],
        "parallel_tool_calls": False,
        "tool_choice": "none",
        "tools": [],
    }


def _completed(
    begun: dict[str, Any], message: dict[str, Any], result: dict[str, Any], usage: dict[str, int]
) -> dict[str, Any]:
    read, written = usage["read"], usage["written"]
    return {
        **begun,
        "status": "completed",
        "output": [message],
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
        OWNER: answer_fields(result),
    }


def _message(name: str, text: str) -> dict[str, Any]:
    return {
        "id": name,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [_text(text)],
    }


def _text(text: str) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": []}


def _name(kind: str) -> str:
    return f"{kind}_{secrets.token_hex(12)}"
