"""The kind of a question, and what it is about: which questions single passages cannot answer.

The kind and the words are found by a small trained classifier (`wording`); the rules here only
trim what it found. Knows no document. In doubt it is an ordinary question (None): an ordinary
answer to a question of a kind is a lesser harm than the reverse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from infinidoc.questions.wording import Wording, form_of, load, tokens_of
from infinidoc.text import even, fold
from infinidoc.text.languages import PRONOUNS, language_of
from infinidoc.text.names import is_name


@dataclass(frozen=True)
class QuestionKind:
    """What is asked: `name` is count, list, first, last, compare, who, change or about; of
    code defined, used, does, returns, signature, default, stated or named.

    `target` says of what: mentions (words as written), structure (chapters, pages, files),
    people, items (which must be read for), the whole, a symbol (something defined in code),
    definitions (of a kind, in code), or levels or times (of a log's lines).
    """

    name: str
    subject: str = ""
    target: str = "mentions"
    other: str = ""  # compare: the other side; stated: of what; of code: what it belongs to
    aspect: str = ""  # compare: what of them, if asked; default: the parameter; used: "calls"
    borders: tuple[str, str] | None = None  # change: from where to where


CODE = 8.0  # the odds, against the training, of kinds about symbols where the document is code
LOG = 12.0  # the same of what failed where it is a log; of other texts nobody asks these
CERTAIN = 0.5  # the least probability of a kind
SURE = 0.95  # of one that is for the whole, where a word is not known
SYMBOL = ("defined", "used", "does", "returns", "signature", "default", "stated", "named")
FAILED, CALLS, ABOUT = "failed", "calls", "about"
ABOUT_ONE = frozenset("count number list first last defined used does returns signature".split())
STRUCTURE = frozenset(
    "chapters sections headings pages files parts books acts scenes words lines".split()
)
PEOPLE = frozenset("characters people persons protagonists names everybody everyone".split())
_NO_SUBJECT = PRONOUNS | frozenset(
    """
    things everything nothing something who what which me
    """.split()
)
_STATED = {"licen[cs]e": "license", "version": "version", "author|wrote|made|maintains": "author"}
_UNIT = re.compile(r"\b(chapter|page|section|part|act|scene|book)s?\b", re.I)
_OPENED = re.compile(r"^(?:all (?:of )?)?(?:the|a|an|any|every|each|all|both) +", re.I)
# How many there may or must be is what a text says, no count of it: 132 of 132 such among 53,174
# questions that people asked of texts.
ALLOWED = re.compile(
    r"\bhow many (?:[\w-]+ ){1,3}(?:can|could|may|might|must|shall|should|will|would)\b", re.I
)
_OWN_PARTS = re.compile(
    rf"^how many ({'|'.join(sorted(STRUCTURE))}) (?:does|has|are in|are there in) (?:this|the) "
    r"(?:document|text|book|file|repository)\b",
    re.I,
)
_WRITTEN = re.compile(r"\b(?:mentioned|named|listed|appear|there|in (?:the|this))\b", re.I)
_QUOTED = re.compile(r"^[\"'«`](.+)[\"'»`]$")
_CALLS = re.compile(r"\b(?:call(?:s|ed|ing|ers?)?|invokes?|invoked)\b", re.I)
_CLAUSE = re.compile(r"\b(?:that|who|which|when|if|per|each|did|does|do|was|were|is|are)\b", re.I)


def kind_of(question: str, code: bool = False, log: bool = False) -> QuestionKind | None:
    """The kind of `question`; None: an ordinary one. `code`, `log`: it is asked of such."""
    text, _, forms = _read(question)
    if own := _OWN_PARTS.search(text):
        return QuestionKind("count", own[1].lower(), "structure")
    name = likeliest(load(), forms, code, log) if forms else None
    return None if name is None or _strays(name, text, forms) else kind_in_words(name, text)


def _strays(name: str, text: str, forms: list[str]) -> bool:
    """Whether words that no wording knows stand beside what is asked about: more than one where
    the whole is meant, or one and it is not sure; any in another language than English, which
    few wordings are of."""
    unknown = [at for at, form in enumerate(forms) if form[0] == "<"]
    if name == ABOUT:
        chance = float(load().probabilities(forms).max())
        return len(unknown) > 1 or (len(unknown) == 1 and chance < SURE)
    if not unknown or language_of(text) == "en":
        return False
    spans = load().spans(forms, name).values()
    return any(not any(a <= at < b for a, b in spans) for at in unknown)


def kind_in_words(name: str, question: str) -> QuestionKind | None:
    """A question of a known kind with what it is about; None if it does not say."""
    text, tokens, forms = _read(question)
    spans = load().spans(forms, name).items() if forms else ()
    words = {tag: text[tokens[a].start() : tokens[b - 1].end()] for tag, (a, b) in spans}
    if any(text[max(tokens[a].start() - 1, 0)].isalnum() for _, (a, b) in spans if a):
        return None  # nothing is called by the end of a word: 's post
    about = _about(forms, name, "X" in words) if name in ABOUT_ONE else None
    return _kind(name, text, words if about is None else {**words, "X": tokens[about][0]})


def _about(forms: list[str], name: str, told: bool) -> int | None:
    """The one word that a question is about: the one that is no wording, if the subject is not
    `told`; where all are, the one that is most surely the subject: "How often is page written?"
    """
    unknown = [at for at, form in enumerate(forms) if form in ("<c>", "<w>")]
    if len(unknown) == 1 and not told:
        return unknown[0]
    return None if any(form[0] == "<" for form in forms) else load().subject(forms, name)


def kind_about(name: str, question: str) -> tuple[QuestionKind | None, float]:
    """The kind of a question to code that has `name` for its subject, and how certain it is."""
    text, _, forms = _read(question)
    told = likeliest(load(), forms, code=True, log=False) if forms else None
    span = load().spans(forms, told).get("X") if told in SYMBOL else None
    kind = kind_in_words(told, text) if told and span else None
    if kind is None or kind.subject != name:
        return None, 0.0
    return kind, float(_chances(load(), forms, code=True, log=False).max())


def _read(question: str) -> tuple[str, list[re.Match[str]], list[str]]:
    """A question in one line, its words and their forms."""
    text, known = " ".join(even(question).split()), load()
    tokens = list(tokens_of(text))
    return text, tokens, [form_of(w[0], at == 0, known.cues) for at, w in enumerate(tokens)]


def likeliest(known: Wording, forms: list[str], code: bool, log: bool) -> str | None:
    """The name of the kind, None if none is certain enough."""
    chances = _chances(known, forms, code, log)
    best = int(chances.argmax())
    return None if known.kinds[best] == "plain" or chances[best] < CERTAIN else known.kinds[best]


def _chances(known: Wording, forms: list[str], code: bool, log: bool) -> NDArray[np.float32]:
    """How likely each kind is where it is asked of code, of a log; together 1."""
    chances = known.probabilities(forms)
    symbols = np.array([name in SYMBOL for name in known.kinds])
    failed = np.array([name == FAILED for name in known.kinds])
    chances *= np.where(symbols, CODE if code else 0.0, 1.0)
    chances *= np.where(failed, LOG if log else 0.0, 1.0)
    return chances / chances.sum()


def _kind(name: str, text: str, words: dict[str, str]) -> QuestionKind | None:
    """The kind with its words; None if what it needs is not named."""
    if name == ABOUT:
        return QuestionKind(name, target="whole")
    subject, other = subject_of(words.get("X", "")), subject_of(words.get("Y", ""))
    aspect = subject_of(words.get("P", ""))
    if fold(subject) in _NO_SUBJECT or fold(other) in _NO_SUBJECT:
        return None
    if name in ("number", "list", "people"):
        return _parts("list" if name == "list" else "count", name, subject, text)
    if name == "stated":
        return _stated(text, other)
    borders = _borders(text, words)
    if name == "change" and (subject or borders):
        return QuestionKind(name, subject, "items", borders=borders)
    if name == "who" and not is_name(subject):
        return None
    if name == FAILED:
        return QuestionKind(_end(text), subject, "levels")
    if not subject or (name == "compare" and not other) or (name == "default" and not aspect):
        return None
    if name == "event":
        return QuestionKind(_end(text), subject, "items")
    if name in SYMBOL:
        owner, symbol = owner_in(subject), symbol_in(subject)
        if name == "named":
            owner, symbol = "", subject
        if name == "used":
            aspect = CALLS if _CALLS.search(text) else ""
        return QuestionKind(name, symbol, "symbol", owner, symbol_in(aspect))
    target = "items" if name == "compare" else "mentions"
    return QuestionKind(name, subject, target, other, aspect)


def _end(text: str) -> str:
    """Which end of the text is asked for."""
    return "last" if re.search(r"\b(?:last|final|latest|most recent)\b", text, re.I) else "first"


def _parts(name: str, kind: str, subject: str, text: str) -> QuestionKind | None:
    """A count or a list: of the parts of the document, of people, of things."""
    written = re.findall(r"\w+", (subject or text).lower())
    people = next((word for word in written if word in PEOPLE), "")
    if (people and len(subject.split()) < 2) or (kind == "people" and not subject):
        return QuestionKind("count" if kind == "number" else "who", people or "people", "people")
    part = next((word for word in written if word in STRUCTURE), "")
    said = re.search(rf"{re.escape(subject)} ((?:that|who|which) .+?)[?.! ]*$", text, re.I)
    if subject and said and not _WRITTEN.search(said[1]):
        return QuestionKind(name, f"{subject} {said[1]}", "items")
    if part and len(subject.split()) < 2:
        return QuestionKind(name, part, "structure")
    return QuestionKind(name, subject, "items") if subject else None


def _stated(text: str, package: str) -> QuestionKind | None:
    """What a manifest states: the key that the question names."""
    if re.search(r"\bpython\b", text, re.I):
        return QuestionKind("stated", "requires-python", "symbol", package)
    for pattern, key in _STATED.items():
        if re.search(rf"\b(?:{pattern})\b", text, re.I):
            return QuestionKind("stated", key, "symbol", package)
    return None


def _borders(text: str, words: dict[str, str]) -> tuple[str, str] | None:
    """From where to where, each with its unit: "chapters 2 and 5" are chapter 2 and chapter 5."""
    if "A" not in words or "B" not in words:
        return None
    unit = _UNIT.search(text)
    one, other = (
        border if _UNIT.match(border) or unit is None else f"{unit[1].lower()} {border}"
        for border in (_UNIT.sub(r"\1", words["A"]), _UNIT.sub(r"\1", words["B"]))
    )
    return one, other


def symbol_in(words: str) -> str:
    """The name that code would define: chunk of `_.chunk()`."""
    return _qualified(words)[-1]


def owner_in(words: str) -> str:
    """What a name belongs to: CliRunner of `CliRunner.invoke`; "" if nothing is said."""
    return "".join(_qualified(words)[-2:-1])


def _qualified(words: str) -> list[str]:
    return re.split(r"\.|::", words.strip("`\"'").removesuffix("()"))


def short_name(subject: str) -> str:
    """The last word of a proper name: Tobias Rook is mostly just Rook."""
    return subject.split()[-1] if is_name(subject) else subject


def is_clause(words: str) -> bool:
    """Whether the words say something of what they name: "men who limped"."""
    return bool(_CLAUSE.search(words))


def subject_of(words: str) -> str:
    """The words without articles and quotes."""
    subject = words.strip()
    if quoted := _QUOTED.match(subject):
        return quoted[1].strip()
    return _OPENED.sub("", subject).strip()
