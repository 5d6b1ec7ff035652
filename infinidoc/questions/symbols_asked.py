"""How a question can be meant of what code defines, the likeliest meaning first.

Asks by a predicate whether code defines a word; knows no document otherwise. Where a name is an
ordinary word, too, the wording tells with a word in its place that no wording knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from infinidoc.definition_kinds import WORDS
from infinidoc.questions.definitions_asked import (
    as_returned,
    definitions_listed,
    imports_asked,
    purpose_asked,
    tests_asked,
    value_asked,
)
from infinidoc.questions.question_kinds import SYMBOL, QuestionKind, kind_about, kind_of
from infinidoc.questions.wording import is_quoted, tokens_of
from infinidoc.text import even
from infinidoc.text.languages import STOP_WORDS

UNKNOWN = "xqz"  # a word that is no wording
_GIVEN = STOP_WORDS["en"]  # words that are names last
_NOUN = re.compile(r"\bthe (?=(?:\S+ )?(\w+))")  # of "the Box class", "the class Box"


def meanings(
    question: str, plain: QuestionKind | None, defines: Callable[[str], bool]
) -> Iterator[QuestionKind]:
    """What a question to code may ask, beside `plain`, which its wording alone tells."""
    text = " ".join(even(question).split())
    wordings = (definitions_listed, tests_asked, imports_asked, value_asked, purpose_asked)
    asked = (told(text) for told in wordings)
    yield from filter(None, asked)
    if given := as_returned(text):
        kinds = (kind_of(given, code=True), *_named_by_words(given, defines))
        yield from (replace(kind, name="raises") for kind in kinds if kind and _is_returned(kind))
    if plain is None or (plain.name in SYMBOL and not any(map(is_quoted, _words(text)))):
        yield from _named_by_words(text, defines)
    if plain is not None:
        yield _marked(plain, text)


def _is_returned(kind: QuestionKind) -> bool:
    return kind.name == "returns"


def _named_by_words(text: str, defines: Callable[[str], bool]) -> Iterator[QuestionKind]:
    """Each meaning by which a word that is defined is what the question is about."""
    words = [word for word in dict.fromkeys(_words(text)) if word[0].isalpha()]
    found = [(word, *kind_about(UNKNOWN, _with_name(text, word))) for word in words]
    nouns = {found[1].lower() for found in _NOUN.finditer(text)} & WORDS
    found.sort(key=lambda one: (one[0] in _GIVEN, one[0].lower() in nouns, -one[2]))
    for word, kind, _ in found:
        if kind is not None and defines(word):
            yield _marked(replace(kind, subject=word), text)


def _with_name(text: str, word: str) -> str:
    """The question with a word that no wording knows in a word's place; "the Box class" is it."""
    name = re.escape(word)
    behind = rf"(?:the )?(?<![\w.]){name} (?:{'|'.join(WORDS - {word.lower()})})\b"
    named, times = re.subn(behind, UNKNOWN, text, count=1)
    return named if times else re.sub(rf"(?<![\w.]){name}(?!\w)", UNKNOWN, text, count=1)


def _marked(kind: QuestionKind, text: str) -> QuestionKind:
    """The kind with the marks that belong to a name: "rise!", "#hidden"."""
    if kind.target != "symbol" or not kind.subject:
        return kind
    written = re.search(rf"#?(?<!\w){re.escape(kind.subject)}[!?]?(?=[\s?`])", text)
    return replace(kind, subject=written[0]) if written else kind


def _words(text: str) -> list[str]:
    return [token[0] for token in tokens_of(text)]
