"""Turns what a person asks into a full-text query, and says how passages are selected.

Every word is quoted, so nothing a user types can be FTS5 syntax. Words that carry no
meaning of their own are left out unless nothing else is there. Words are folded, those of
the question and those in the index.
"""

from __future__ import annotations

from infinidoc.text import fold, words_in

COLUMNS = (
    'passages.document, passages.page, passages.start, passages."end", passages.line, '
    "passages.text, pages.label, pages.path, pages.title"
)
PLACE = "join pages on pages.document = passages.document and pages.number = passages.page"

# Values: document, first page, last page.
PASSAGES = f"""
select {COLUMNS} from passages {PLACE}
where passages.document = ? and passages.page between ? and ?
order by passages.start
"""

# Values: a JSON object {document: last page}, the full-text query, the limit.
# The cross joins keep the order: the index first, and only its hits are looked up.
SEARCH = f"""
select -bm25(passages_fts) as score, {COLUMNS} from passages_fts
cross join passages on passages.id = passages_fts.rowid
cross join json_each(?) as border
on passages.document = cast(border.key as integer) and passages.page <= border.value
{PLACE}
where passages_fts match ?
order by bm25(passages_fts), passages.id limit ?
"""

# Values: the full-text query, document, last page. All of them, in reading order.
MATCHING = f"""
select -bm25(passages_fts) as score, {COLUMNS} from passages_fts
cross join passages on passages.id = passages_fts.rowid
{PLACE}
where passages_fts match ? and passages.document = ? and passages.page <= ?
order by passages.start
"""

STOP_WORDS = frozenset(
    """
    a about after all also an and any are as at be because been before being but by can
    could did do does for from had has have he her hers him his how i if in into is it its
    just may me might more most my no not of on or our out over own she should so some such
    than that the their them then there these they this those to too under until up very was
    we were what when where which while who whom whose why will with would you your tell
    explain describe please document text book
    """.split()
)


def fts_query(question: str, join: str = " OR ") -> str | None:
    """The question's telling words, any (or all) of them; None if it has no word at all."""
    chosen = telling_words(question) or words(question)
    if not chosen:
        return None
    return join.join(f'"{word}"' for word in chosen[:64])


def words(question: str) -> list[str]:
    """The words in it, each once, folded."""
    return list(dict.fromkeys(words_in(fold(question))))


def to_index(text: str) -> str | None:
    """The folded text, if its words are other ones than those that FTS5 finds by itself."""
    folded = None if text.isascii() else fold(text)
    return None if folded is None or words_in(folded) == words_in(text.lower()) else folded


def telling_words(question: str) -> list[str]:
    """Those that mean something on their own."""
    return [word for word in words(question) if word not in STOP_WORDS and _tells(word)]


def _tells(word: str) -> bool:
    """A lone Latin letter tells nothing; a digit ("rule 7") or an ideograph does."""
    return len(word) > 1 or not (word.isascii() and word.isalpha())
