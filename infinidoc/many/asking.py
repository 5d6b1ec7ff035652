"""Questions to many documents, each asked alone: the job, and what a worker does of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from infinidoc.errors import NotFound
from infinidoc.library import Library
from infinidoc.many.task import Row, Task
from infinidoc.many.worker import Tell
from infinidoc.store import Store
from infinidoc.store.routing import likely_documents


def asking_tasks(pairs: Iterable[tuple[str, str]]) -> list[Task]:
    """A task for each (question, document's name)."""
    return [
        Task(number, f"{document}: {question}", {"question": question, "document": document})
        for number, (question, document) in enumerate(pairs)
    ]


def to_each(questions: Iterable[str], documents: Sequence[str]) -> list[tuple[str, str]]:
    """Every question with every document."""
    return [(question, name) for question in questions for name in documents]


def to_likely(store: Store, questions: Iterable[str]) -> list[tuple[str, str]]:
    """Every question with the documents that it is likely about. Raises NotFound if none is."""
    pairs = list(_likely(store, questions))
    if not pairs:
        hint = "--doc NAME or --all asks documents all the same"
        raise NotFound("the question's words tell no document from others", hint=hint)
    return pairs


def _likely(store: Store, questions: Iterable[str]) -> Iterator[tuple[str, str]]:
    for question in questions:
        for document, _ in likely_documents(store, question):
            yield question, store.document(document)["name"]


class Asker:
    """Asks documents of the library: a worker's part. Options as of `Library.ask`."""

    def __init__(self, library: Library, mode: str = "auto", until: str | None = None) -> None:
        self.library, self.mode, self.until = library, mode, until

    def do(self, request: Row, tell: Tell) -> Row:
        """The result of `ask` for a `question` to a `document`."""
        names = [request["document"]]
        question = request["question"]
        return self.library.ask(question, documents=names, mode=self.mode, until=self.until)
