"""The library: documents that have been read, and the verbs a user has for them.

One SQLite file, or one server, and, when a verb needs it, one language model. The command
line is a thin layer over this class. Verbs return dictionaries with the keys of the JSON;
`stream_...` yield.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from infinidoc import home
from infinidoc.address import Place
from infinidoc.document_rows import read_of, shown, snapshots_shown
from infinidoc.errors import NotFound, UsageError
from infinidoc.provenance import find_read, remove
from infinidoc.scratch import sweep
from infinidoc.store import Store
from infinidoc.store.store import CONVERSATION
from infinidoc.store.textless import STATUS, refuse_textless

if TYPE_CHECKING:
    from infinidoc.answering.result import PendingAnswer
    from infinidoc.checking.consistency import ConsistencyCheck
    from infinidoc.conversation.chat import Chat
    from infinidoc.conversation.conversation import Conversation
    from infinidoc.ingest import Progress
    from infinidoc.language import LanguageModel
    from infinidoc.questions.question_kinds import QuestionKind
    from infinidoc.reading import Source
    from infinidoc.retrieval.evidence import Evidence
    from infinidoc.studying.quiz import Quiz
    from infinidoc.summarizing.summary import SummaryStream

Watch = Callable[["Progress"], None]


class Library:
    """Documents and their memories in the file, or on the server, at `path`."""

    def __init__(
        self,
        path: str | Place | None = None,
        *,
        model: str | None = None,
        device: str = "auto",
        offline: bool | None = None,
        quiet: bool = True,
        store: Store | None = None,
    ) -> None:
        """`store`: what is opened already, or stands for what is elsewhere; `path` is not then."""
        sweep()
        self.store = store or Store(path if path is not None else home.database_path())
        self.model, self.device, self.quiet = model, device, quiet
        self.offline = home.is_offline() if offline is None else offline
        self._language: LanguageModel | None = None

    def __enter__(self) -> Library:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.store.close()

    @property
    def language(self) -> LanguageModel:
        """The model all verbs share; found (and fetched, if need be) on first use."""
        if self._language is None:
            from infinidoc.language import LanguageModel

            self._language = LanguageModel.find(
                self.model, device=self.device, offline=self.offline, quiet=self.quiet
            )
        return self._language

    # -- reading ---------------------------------------------------------------------------

    def ingest(
        self,
        source: str | Path | BinaryIO | Sequence[str | Path],
        *,
        name: str | None = None,
        force: bool = False,
        index_only: bool | None = None,
        watch: Watch | None = None,
        say: Callable[[str], object] = lambda line: None,
        **selection: Any,
    ) -> dict[str, Any]:
        """Read a file, a folder, an address, a binary stream or several paths into a memory.

        `selection`: include, exclude, max_size, password, whole_page, ocr. Unchanged content is
        not read again unless `force`; an interrupted reading goes on where it stopped.
        `index_only`: keep the text and make no memory; None: if the model was not taught to
        remember. `say` hears what is fetched from the network, which is only what `source` names.
        """
        from infinidoc.intake import Intake

        if name is not None and not name.strip():
            raise UsageError("the name is empty", hint="leave it out: the file's is taken")
        opened = self._opened(source, say, selection)
        with self.store.lock_content(opened.sha256, name or opened.name):
            intake = Intake(self.store, self.language, index_only)
            if selection.get("ocr"):  # what was not read the last time may be read now
                force = force or intake.is_known_in_part(opened)
            return intake.ingest(opened, name, force, watch)

    def append(
        self,
        document: str | int,
        source: str | Path | BinaryIO,
        *,
        watch: Watch | None = None,
        say: Callable[[str], object] = lambda line: None,
        **selection: Any,
    ) -> dict[str, Any]:
        """Go on reading `source` into the memory of `document`, as if it had followed it."""
        from infinidoc.intake import Intake

        name = self.store.document(document)["name"]
        opened = self._opened(source, say, selection)
        with self.store.lock(name):
            return Intake(self.store, self.language).append(name, opened, watch)

    def _opened(self, source: Any, say: Callable[[str], object], selection: Any) -> Source:
        from infinidoc import isolation
        from infinidoc.reading import is_address

        if source == "" or (isinstance(source, list | tuple) and "" in source):
            raise UsageError("a path is empty", hint="of the folder one is in, give .")
        if is_address(source):
            from infinidoc.web import open_address

            return open_address(source, offline=self.offline, say=say, **selection)
        if not isinstance(source, str) and isinstance(source, Sequence):
            refused = "several files as one are files and folders, no addresses"
            if any(map(is_address, source)):
                raise UsageError(refused, hint="ingest the address, then append the next")
        return isolation.open_isolated(source, **selection)

    # -- asking ----------------------------------------------------------------------------

    def ask(self, question: str, **options: Any) -> dict[str, Any]:
        """The answer to `question`; options as in `stream_ask`."""
        return self.stream_ask(question, **options).finish()

    def stream_ask(
        self,
        question: str,
        *,
        documents: Sequence[str | int] | None = None,
        every: bool = False,
        mode: str = "auto",
        until: str | int | None = None,
        sweep: QuestionKind | None = None,
    ) -> PendingAnswer:
        """An answer that is being written: iterate for its text, `finish()` for the whole.

        `documents`: names or ids, default the latest; `every`: all that can be asked;
        `mode`: auto, memory or evidence; `until`: see `Query`; `sweep`: see `questions.explicit`.
        """
        from infinidoc.sweeping.routing import Query, begin

        if every and documents:
            raise UsageError("either all documents or some by name")
        rows = self._every(mode) if every else self._chosen(documents)
        return begin(Query(self.store, self.language, rows, question, mode, until), sweep)

    def passages(
        self,
        query: str,
        *,
        documents: Sequence[str | int] | None = None,
        until: str | int | None = None,
        limit: int = 5,
    ) -> Sequence[Evidence]:
        """The passages that are about something, best first; options as in `stream_ask`."""
        from infinidoc.retrieval.evidence import border_at
        from infinidoc.retrieval.memory_at import refuse_unread
        from infinidoc.retrieval.retriever import find_evidence

        rows = self._chosen(documents)
        for row in rows:
            refuse_unread(row)
        border = border_at(self.store, rows, until)
        return find_evidence(self.store, self.language, rows, query, border.pages, limit)

    def summarize(self, **options: Any) -> dict[str, Any]:
        """A summary; options as in `stream_summary`."""
        summarizing = self.stream_summary(**options)
        for _ in summarizing:
            pass
        return summarizing.result.as_dict()

    def stream_summary(
        self,
        *,
        document: str | int | None = None,
        length: str = "medium",
        by: str | None = None,
        focus: str | None = None,
        until: str | int | None = None,
        style: str = "prose",
        mode: str = "auto",
    ) -> SummaryStream:
        """A summary that is being written: iterate for its sections, `result` for the whole.

        `length`: short, medium or long; `style`: prose or points; `mode`: memory lets the
        model write, auto and evidence quote, which needs no model.
        """
        from infinidoc.summarizing.summary import SummaryStream

        row = self._chosen(None if document is None else [document])[0]
        options = (length, by, focus, until, style, mode)
        return SummaryStream(self.store, lambda: self.language, row, *options)

    def open_chat(
        self,
        *,
        documents: Sequence[str | int] | None = None,
        alone: bool = False,
        name: str | None = None,
        resume: bool = False,
        mode: str = "auto",
        until: str | int | None = None,
    ) -> Chat:
        """A conversation: `stream_ask` and `ask` take turns, `close` (or `with`) leaves it.

        It is about `documents`, or nothing but itself if `alone`. With `resume` the latest
        one, or that of `name`, goes on about what it was about.
        """
        from infinidoc.conversation.chat import Chat
        from infinidoc.conversation.conversation import Conversation

        start = Conversation.go_on if resume else Conversation.begin
        conversation = start(self.store, self.language, name)
        try:
            rows = [] if alone else self._spoken_of(documents, conversation)
            return Chat(self.store, self.language, rows, conversation, mode, until)
        except BaseException:
            conversation.close()
            raise

    def _spoken_of(
        self, documents: Sequence[str | int] | None, conversation: Conversation
    ) -> list[dict[str, Any]]:
        """What a conversation is about, if nobody says: what it was about, or the latest."""
        if documents:
            return self._chosen(documents)
        if conversation.row is not None:
            names = {row["name"] for row in self.store.documents()}
            left = [name for name in conversation.about() if name in names]
            return self._chosen(left) if left else []
        latest = self.store.latest()
        return [] if latest is None or latest["kind"] == CONVERSATION else [latest]

    def _every(self, mode: str) -> list[dict[str, Any]]:
        """All documents that can be asked: finished, read by this model if for their memory, and
        with their text if not."""
        rows = [row for row in self.store.documents() if row["status"] != "reading"]
        if mode == "memory":
            rows = [row for row in rows if row["identity"] == self.language.identity]
        else:
            rows = [row for row in rows if row["status"] != STATUS]
        if not rows:
            raise NotFound(
                "no document to ask in the library",
                hint="read something first: infinidoc ingest FILE",
            )
        return rows

    # -- studying --------------------------------------------------------------------------

    def open_quiz(
        self,
        *,
        document: str | int | None = None,
        count: int = 5,
        until: str | int | None = None,
        seed: int | None = None,
        wrong: bool = False,
    ) -> Quiz:
        """A round of questions: iterate for them, `reply(question, given)` to each.

        What is due by Leitner's scheme comes first, then questions not asked before;
        `wrong`: only what was answered wrong last time. Needs no language model.
        """
        from infinidoc.studying.quiz import Quiz

        row = self._chosen(None if document is None else [document])[0]
        refuse_textless(row)
        return Quiz(self.store, row, count, until, seed, wrong)

    def stream_check(
        self,
        manuscript: str | int | Path,
        *,
        until: str | int | None = None,
        watch: Watch | None = None,
    ) -> ConsistencyCheck:
        """What a document writes in two ways: iterate for the findings, the surest first.

        `manuscript`: a document's name or id, or a path, which is read first if it is not
        known. Known text needs no model.
        """
        from infinidoc.checking.consistency import ConsistencyCheck

        row = self._manuscript(manuscript, watch)
        refuse_textless(row)
        return ConsistencyCheck(self.store, row, until)

    def _manuscript(self, name: str | int | Path, watch: Watch | None) -> dict[str, Any]:
        from infinidoc import isolation

        try:
            return self.store.document(name if isinstance(name, int) else str(name))
        except NotFound:
            if isinstance(name, int) or name == "" or not Path(name).expanduser().exists():
                raise
        row = find_read(self.store, isolation.open_isolated(name))
        if row and row["status"] != "reading" and len(self.store.parts(row["id"])) == 1:
            return row
        return self.store.document(self.ingest(name, watch=watch)["id"])

    def _chosen(self, documents: Sequence[str | int] | None) -> list[dict[str, Any]]:
        if documents:
            return [self.store.document(name) for name in dict.fromkeys(documents)]
        latest = self.store.latest()
        if latest is None:
            raise NotFound(
                "the library is empty", hint="read something first: infinidoc ingest FILE"
            )
        return [latest]

    def named(self, document: str | int | None) -> str:
        """The name of a document, or of the latest."""
        return str(self._chosen(None if document is None else [document])[0]["name"])

    # -- keeping house ---------------------------------------------------------------------

    def list(self) -> list[dict[str, Any]]:
        """One dictionary per document, latest first."""
        return [shown(row) for row in self.store.documents()]

    def show(self, document: str | int) -> dict[str, Any]:
        """A document with its snapshots, and what was read of it and what was not."""
        row = self.store.document(document)
        pages = self.store.pages_light(row["id"])
        snapshots = snapshots_shown(self.store.snapshots(row["id"]), pages)
        read = {**read_of(pages), "warnings": row["warnings"]}
        return {**shown(row), "snapshots": snapshots, **read}

    def remove(self, document: str | int) -> dict[str, Any]:
        """Forget a document: its text, memory, snapshots and summaries."""
        row = self.store.document(document)
        remove(self.store, row)
        return {**shown(row), "compacted": self.store.compact()}
