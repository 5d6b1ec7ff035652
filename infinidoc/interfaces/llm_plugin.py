"""A plugin for `llm` (llm.datasette.io): documents as models, and as fragments of a prompt.

    llm -m infinidoc/book "Who betrays the captain?"
    llm -f infinidoc:book:12-14 "Rewrite this as a letter"

Found through the package's entry point; `llm` imports it, nothing of infinidoc does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import llm

from infinidoc import home
from infinidoc.errors import InfinidocError, NotFound
from infinidoc.interfaces.tool_results import places
from infinidoc.library import Library

PREFIX = "infinidoc"
_PAGES = re.compile(r"(?P<name>.+):(?P<first>\d+)(?:-(?P<last>\d+))?")


class DocumentModel(llm.Model):
    """A document that is asked as if it were a model."""

    can_stream = True

    class Options(llm.Options):
        until: str | None = None
        mode: str = "auto"

    def __init__(self, name: str) -> None:
        self.name, self.model_id = name, f"{PREFIX}/{name}"

    def execute(self, prompt: Any, stream: bool, response: Any, conversation: Any) -> Iterator[str]:
        """The answer as it is written, then where it stands."""
        options = {"until": prompt.options.until, "mode": prompt.options.mode}
        with _said(), _library() as library:
            writing = library.stream_ask(prompt.prompt, documents=[self.name], **options)
            text = ""
            for piece in writing:
                text += piece
                if stream:
                    yield piece
            result = writing.finish()
        if not stream:
            yield str(result["answer"])
        elif text.strip() != result["answer"]:
            yield f"\n\nWithdrawn: {result['answer']}"
        found = places(result) if result["found"] else ""
        if found:
            yield f"\n\n({found})"
        response.response_json = {key: result[key] for key in ("found", "confidence", "evidence")}

    def __str__(self) -> str:
        return f"infinidoc: {self.model_id}"


def _library() -> Library:
    """The user's own, with the model and device that are set."""
    device = os.environ.get("INFINIDOC_DEVICE") or "auto"
    return Library(model=os.environ.get("INFINIDOC_MODEL") or None, device=device)


@contextmanager
def _said() -> Iterator[None]:
    """Turn an error of ours into llm's, which prints it in one line."""
    try:
        yield
    except InfinidocError as error:
        raise llm.ModelError(str(error)) from error


@llm.hookimpl
def register_models(register: Callable[..., None]) -> None:
    """Every document that has been read; none if there is no library yet."""
    where = home.database_path()
    if isinstance(where, Path) and not where.is_file():
        return
    try:
        with _library() as library:
            for row in library.list():
                register(DocumentModel(row["document"]))
    except InfinidocError:
        return  # llm must start; `infinidoc list` says what is wrong


@llm.hookimpl
def register_fragment_loaders(register: Callable[..., None]) -> None:
    register(PREFIX, document_fragment)


def document_fragment(argument: str) -> Any:
    """The text of a document that infinidoc has read: NAME, or NAME:PAGE, or NAME:FIRST-LAST."""
    try:
        with _library() as library:
            row, first, last = _meant(library, argument)
            pages = library.store.pages(row["id"], until=last, after=first - 1)
            text = "\n\n".join(page["text"] for page in pages)
    except InfinidocError as error:
        raise ValueError(str(error)) from error
    if not text.strip():
        raise ValueError(f"{argument}: no text on these pages")
    return llm.Fragment(text, source=f"{PREFIX}:{argument}")


def _meant(library: Library, argument: str) -> tuple[dict[str, Any], int, int]:
    """The document and its pages; a name may itself end in what looks like pages."""
    try:
        row = library.store.document(argument)
        return row, 1, row["pages"]
    except NotFound:
        found = _PAGES.fullmatch(argument)
        if found is None:
            raise
    row, first = library.store.document(found["name"]), int(found["first"])
    return row, first, int(found["last"] or first)
