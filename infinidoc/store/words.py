"""Cuts a text into the very words that FTS5 would index, by asking FTS5 in memory.

So a question finds the same passages, with the same scores, in a file and on a server.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from infinidoc.store.connection import bindable

# As the last migration of the file makes its index.
_MADE = """
create virtual table texts using fts5 (
    text, content = '', tokenize = "porter unicode61 categories 'L* M* N* Co'"
)
"""


class Words:
    """A tokenizer: texts in, their words in order out."""

    def __init__(self) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute(_MADE)
        self._db.execute("create virtual table found using fts5vocab (texts, 'instance')")

    def close(self) -> None:
        self._db.close()

    def of(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of each text, in order."""
        numbered = enumerate(bindable(texts), 1)
        self._db.executemany("insert into texts (rowid, text) values (?, ?)", numbered)
        lists: list[list[str]] = [[] for _ in texts]
        for number, word in self._db.execute("select doc, term from found order by doc, offset"):
            lists[number - 1].append(word)
        self._db.execute("insert into texts (texts) values ('delete-all')")
        return lists
