"""How a question can be meant of what code defines, the likeliest meaning first.

Asks by a predicate whether code defines a word; knows no document otherwise. Where a name is an
ordinary word, too, the wording tells with a word in its place that no wording knows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from infinidoc.questions.question_kinds import SYMBOL, QuestionKind, kind_about
from infinidoc.questions.wording import is_quoted, tokens_of
from infinidoc.text import even
from infinidoc.text.languages import STOP_WORDS

IMPLEMENTED = "implementation"  # of a trait
DEFINITIONS = "definitions"
_NOUNS = """class constant constructor enum function interface macro method module object property
protocol record struct trait type union variable""".split()
UNKNOWN = "xqz"  # a word that is no wording
_GIVEN = STOP_WORDS["en"]  # words that are names last
_KIND_WORDS = frozenset([*_NOUNS, "decorator", "generator"])


def plural(noun: str) -> str:
    """Of a noun of code: "class" is "classes"."""
    return f"{noun}es" if noun.endswith("s") else re.sub("y$", "ie", noun) + "s"


_PLURALS = {plural(noun): noun for noun in _NOUNS}
_LISTED = re.compile(
    r"(?:please )?(?P<how>how many|list|show|enumerate|name|give|tell|what|which)\b(?: me| us)?"
    r"(?: (?:are|is|all|each|every|the|of|a|list|public))* "
    rf"(?P<noun>{'|'.join(_PLURALS)})\b(?P<tail>[^?]*)[?.! ]*",
    re.I,
)
_NOUN = re.compile(r"\bthe (?=(?:\S+ )?(\w+))")  # of "the Box class", "the class Box"
_TAIL = STOP_WORDS["en"] | set(  # what may stand behind the noun and names nothing
    """
    available class code contain contains crate declare declared declares define defined defines
    document exist exists file implement implemented implements interface library module offer
    offered offers package program project provide provided provides repository struct trait
    """.split()
)


def meanings(
    question: str, plain: QuestionKind | None, defines: Callable[[str], bool]
) -> Iterator[QuestionKind]:
    """What a question to code may ask, beside `plain`, which its wording alone tells."""
    text = " ".join(even(question).split())
    if listed := definitions_listed(text):
        yield listed
    if plain is None or (plain.name in SYMBOL and not any(map(is_quoted, _words(text)))):
        yield from _named_by_words(text, defines)
    if plain is not None:
        yield _marked(plain, text)


def definitions_listed(text: str) -> QuestionKind | None:
    """A list or a count of what is defined, in the whole or in something that is named."""
    found = _LISTED.fullmatch(text)
    tail = re.findall(r"[^\s,]+", found["tail"]) if found else []
    names = [word for word in tail if word.lower() not in _TAIL]
    if found is None or len(names) > 1 or (names and names == tail[:1]):  # "which functions read"
        return None
    noun = _PLURALS[found["noun"].lower()]
    done = any(word.lower().startswith("implement") for word in tail)
    if done and names and noun in ("trait", "interface"):
        noun = IMPLEMENTED
    name = "count" if found["how"].lower() == "how many" else "list"
    return QuestionKind(name, noun, DEFINITIONS, names[0].strip("`\"'()") if names else "")


def _named_by_words(text: str, defines: Callable[[str], bool]) -> Iterator[QuestionKind]:
    """Each meaning by which a word that is defined is what the question is about."""
    words = [word for word in dict.fromkeys(_words(text)) if word[0].isalpha()]
    found = [(word, *kind_about(UNKNOWN, _with_name(text, word))) for word in words]
    nouns = {found[1].lower() for found in _NOUN.finditer(text)} & _KIND_WORDS
    found.sort(key=lambda one: (one[0] in _GIVEN, one[0].lower() in nouns, -one[2]))
    for word, kind, _ in found:
        if kind is not None and defines(word):
            yield _marked(replace(kind, subject=word), text)


def _with_name(text: str, word: str) -> str:
    """The question with a word that no wording knows in a word's place; "the Box class" is it."""
    name = re.escape(word)
    behind = rf"(?:the )?(?<![\w.]){name} (?:{'|'.join(_KIND_WORDS - {word.lower()})})\b"
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
