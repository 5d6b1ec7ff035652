"""What a document of data answers to a question: from its tables, else from its keys."""

from __future__ import annotations

from typing import Any

from infinidoc.data.files import DataFile, data_files
from infinidoc.data.tables import tables_in
from infinidoc.data_answers.keys_asked import KeysAsked
from infinidoc.data_answers.rows_asked import RowsAsked
from infinidoc.questions.data_asked import OPERATIONS, DataQuestion
from infinidoc.retrieval.evidence import Evidence, Finding
from infinidoc.store import Store
from infinidoc.text import fold
from infinidoc.text.words import stem

DATA = "data"  # the kind of such questions, and its target
SHOWN = 8  # rows that are shown with what is computed from them
MISSED = 2  # words of a question that a file need not have: a verb, and what its rows are
SURE = 0.95  # of what names a column or key and is told from it
NAMED = 3  # names that a question to code says if it means several keys
UNSURE = 0.45  # of values that several keys have


def data_answer(
    store: Store, document: dict[str, Any], until: int | None, asked: str
) -> Finding | None:
    """The answer; None if the document is no data, or the question names nothing of it."""
    question = DataQuestion(asked)
    if question.is_no_data:
        return None
    files = [file for file in data_files(store, document, until) if _may_answer(file, question)]
    least = NAMED if document["kind"] == "code" else 0
    return _from_tables(question, files) or _from_keys(question, files, least)


def _may_answer(file: DataFile, question: DataQuestion) -> bool:
    """Whether the words of the question, but for two, may be in the file: most files of a folder
    need not be parsed."""
    wanted = {piece.stem for piece in question.pieces if not piece.is_light}
    wanted -= {stem(word) for word in OPERATIONS}

    def may_be_in(text: str) -> bool:
        return sum(one[: max(len(one) - 1, 2)] not in text for one in wanted) <= MISSED

    text = f"{file.path} {file.name}\n{file.text}"
    return may_be_in(text.lower()) or (not text.isascii() and may_be_in(fold(text)))


def _from_tables(question: DataQuestion, files: list[DataFile]) -> Finding | None:
    """What the only table tells that the question can be asked of, or that it names."""
    told = []
    for table in (table for file in files for table in tables_in(file)):
        asked = RowsAsked(question, table)
        if answer := asked.told():
            told.append((table, answer, bool(asked.named.is_table)))
    named = [one for one in told if one[2]] or told
    if len(named) != 1:
        return None
    table, answer, _ = named[0]
    rows = answer.rows
    ends = [table.evidence(row) for row in (*rows[: SHOWN - 1], *rows[SHOWN - 1 :][-1:])]
    return Finding(f"{answer.words} {_cited(ends)}".strip(), tuple(ends), SURE)


def _cited(evidence: list[Evidence]) -> str:
    """The place of the first row, and of the last."""
    if len(evidence) < 2:
        return "".join(one.cited() for one in evidence)
    return f"{evidence[0].cited()} to {evidence[-1].cited()}"


def _from_keys(question: DataQuestion, files: list[DataFile], least: int) -> Finding | None:
    """What keys tell; several values only if the question says at least so many names."""
    asked = KeysAsked(question, files)
    found = asked.told()
    if found is None or (not found.is_clear and len(asked.names) < least):
        return None
    return Finding(found.words, found.evidence, SURE if found.is_clear else UNSURE)
