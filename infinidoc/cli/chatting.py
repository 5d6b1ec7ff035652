"""`chat`: questions in turn, about documents or about nothing but what was said."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infinidoc import home
from infinidoc.cli import display, options
from infinidoc.cli.answers import AnswerDisplay
from infinidoc.cli.asking import holds_document, ingest_pipe
from infinidoc.cli.entries import (
    Read,
    entries,
    open_questions,
    open_terminal,
    read_lines,
    typed_lines,
)
from infinidoc.cli.passages import passages
from infinidoc.cli.reading import _library
from infinidoc.errors import InfinidocError, NotFound, UsageError

if TYPE_CHECKING:
    from infinidoc.conversation.chat import Chat

HELP = """\
  Ask in your own words; "And why?" is understood from the question before.
  Alt-Enter begins a new line, and so does Enter after a backslash; or say
  !multi, then as many lines as you like, then !end.
  /passages     what the last answer stands on (also /sources)
  /help         this
  /quit         leave (also /exit, quit, exit, Ctrl-D);
                `infinidoc chat --continue` goes on
  Ctrl-C        stop the answer that is being written"""

LEAVE = ("/quit", "/exit", "quit", "exit")


def chat(
    documents: options.Documents = None,
    alone: Annotated[bool, typer.Option("--alone", help="About no document.")] = False,
    resume: Annotated[
        bool, typer.Option("--continue", help="Go on with the latest conversation, or --name.")
    ] = False,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the conversation. Default: chat-YEAR-MONTH-DAY."),
    ] = None,
    questions: Annotated[
        str | None, typer.Option("--questions", help="A file (or -) with a question per line.")
    ] = None,
    mode: options.Mode = "auto",
    until: options.Until = None,
    no_stream: options.NoStream = False,
    database: options.Database = None,
    model: options.Model = None,
    device: options.Device = "auto",
    offline: options.Offline = False,
    json: options.Json = False,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> None:
    """Ask in turn. The conversation is kept as a document and can be gone on with any day.

    A piped document is read first. With --doc, --alone, --continue or --questions - the lines
    of a pipe are questions.

    infinidoc chat --doc book

    infinidoc chat --continue
    """
    if alone and documents:
        raise UsageError("--alone is about no document, --doc about one")
    pipes = not (documents or alone or resume or questions) and holds_document()
    if documents or resume:
        home.existing(database)
    display.wait(display.LOADING, quiet)
    with ExitStack() as stack, _library(database, model, device, offline, quiet or json) as library:
        read, typed = _reader(stack, questions, pipes)
        chosen = ingest_pipe(library, quiet, json) if pipes else documents
        showing = AnswerDisplay(json, quiet, verbose, no_stream or not typed, stoppable=typed)
        chatting = library.open_chat(
            documents=chosen, alone=alone, name=name, resume=resume, mode=mode, until=until
        )
        with chatting:
            if not (alone or resume or chatting.documents):
                _refuse_empty(typed, quiet or json)
            ChatSession(chatting, showing, typed).hold(entries(read))


def _refuse_empty(typed: bool, quiet: bool) -> None:
    """No document to talk about: a person is told at once, a pipe beside its answers."""
    hint = "infinidoc ingest FILE first, or chat --alone to talk about what you say"
    error = NotFound("there is no document to chat about", hint=hint)
    if typed:
        raise error
    if not quiet:
        display.note(f"note: {error}")


def _reader(stack: ExitStack, questions: str | None, pipes: bool) -> tuple[Read, bool]:
    """Where entries come from, and whether a person types them."""
    if questions is not None and questions != "-":
        return read_lines(stack.enter_context(open_questions(questions))), False
    if pipes or (questions is None and sys.stdin is not None and sys.stdin.isatty()):
        return typed_lines(stack.enter_context(open_terminal())), True
    return read_lines(sys.stdin), False


class ChatSession:
    """Takes entries in turn: commands are followed, questions answered."""

    def __init__(self, chatting: Chat, showing: AnswerDisplay, typed: bool) -> None:
        self.chatting, self.showing, self.typed = chatting, showing, typed
        self.last: dict[str, Any] | None = None

    def hold(self, entered: Iterable[str]) -> None:
        """Until the end of it, or /quit."""
        about = ", ".join(row["name"] for row in self.chatting.documents) or "what is said"
        self._remark(f"about {about}, kept in {self.chatting.name}; /help says how")
        display.end_wait()
        for entry in entered:
            if entry.lower() in LEAVE:
                break
            self._take(entry)
        if self.chatting.conversation.is_behind:
            self._remark("remembering what was said")

    def _take(self, entry: str) -> None:
        if entry == "/help":
            display.tell(HELP)
        elif entry in ("/passages", "/sources"):
            self._show_sources()
        elif entry.startswith("/") and entry[1:].isalpha():
            display.note(f"there is no {entry}; /help says what there is")
        else:
            self._answer(entry)

    def _answer(self, question: str) -> None:
        """Answer; typed, neither Ctrl-C nor an error ends the conversation."""
        try:
            self._say(question)
        except KeyboardInterrupt:
            if not self.typed:
                raise
            display.note("stopped")
        except InfinidocError as error:
            if not self.typed:
                raise
            display.note(f"infinidoc: {error}")

    def _say(self, question: str) -> None:
        turn = self.chatting.stream_ask(question)
        self.last = self.showing.answer(turn, None if self.typed else question)
        if self.last["found"] and self.last["evidence"] and not self._is_bare:
            display.tell(f"  ({display.places(self.last)})")
        if self.chatting.conversation.is_due:
            self._remark("remembering what was said")
            self.chatting.remember()

    @property
    def _is_bare(self) -> bool:
        return self.showing.json or self.showing.quiet

    def _remark(self, message: str) -> None:
        """For a person at a terminal."""
        if self.typed and not self._is_bare:
            display.note(message)

    def _show_sources(self) -> None:
        if self.last is None or not self.last["evidence"]:
            display.note("no passages: nothing was looked up")
        else:
            display.tell(passages(self.last))
