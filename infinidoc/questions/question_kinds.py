"""The kind of a question, and what it is about: which questions single passages cannot answer.

The kind and the words are found by a small trained classifier (`wording`); the rules here only
trim what it found. Knows no document. In doubt it is an ordinary question (None): an ordinary
answer to a question of a kind is a lesser harm than the reverse.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from infinidoc.questions.wording import form_of, load, tokens_of
from infinidoc.text import even, fold
from infinidoc.text.languages import PRONOUNS, language_of
from infinidoc.text.names import is_name


@dataclass(frozen=True)
class QuestionKind:
    """What is asked: `name` is count, list, first, last, compare, who, change or about; of
    code defined, used, does, returns, signature, default, stated or named.

    `target` says of what: mentions (words as written), structure (chapters, pages, files),
    people, items (which must be read for), the whole, a symbol (something defined in code),
    definitions (of a kind, in code), sections (named by number), or, of a log, LEVELS, LINES or
    TIMES.
    """

    name: str
    subject: str = ""
    target: str = "mentions"
    other: str = ""  # compare: the other side; stated: of what; of code: what it belongs to
    aspect: str = ""  # compare: what of them, if asked; default: the parameter; used: "calls"
    borders: tuple[str, str] | None = None  # change: from where to where


LEVELS, LINES, TIMES = "levels", "lines", "times"  # of a log: of a level, with words, of a time

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
    return _Reading(question).kind(code, log)


def kind_in_words(name: str, question: str) -> QuestionKind | None:
    """A question of a known kind with what it is about; None if it does not say."""
    return _Reading(question).kind_named(name)


def kind_about(name: str, question: str) -> tuple[QuestionKind | None, float]:
    """The kind of a question to code that has `name` for its subject, and how certain it is."""
    reading = _Reading(question)
    told, certain = reading.likeliest(code=True, log=False)
    known = told in SYMBOL and "X" in load().spans(reading.forms, told)
    kind = reading.kind_named(told) if told and known else None
    return (kind, certain) if kind and kind.subject == name else (None, 0.0)


class _Reading:
    """A question as the classifier reads it: one line, its words and their forms."""

    def __init__(self, question: str) -> None:
        self.text = " ".join(even(question).split())
        self.tokens = list(tokens_of(self.text))
        cues = load().cues
        self.forms = [form_of(w[0], at == 0, cues) for at, w in enumerate(self.tokens)]

    def kind(self, code: bool, log: bool) -> QuestionKind | None:
        """The kind that is likeliest where it is asked of code, of a log."""
        if own := _OWN_PARTS.search(self.text):
            return QuestionKind("count", own[1].lower(), "structure")
        name, _ = self.likeliest(code, log)
        return None if name is None or self._strays(name) else self.kind_named(name)

    def _strays(self, name: str) -> bool:
        """Whether words that no wording knows stand beside what is asked about: more than one
        where the whole is meant, or one and it is not sure; any in another language than English,
        which few wordings are of."""
        unknown = [at for at, form in enumerate(self.forms) if form[0] == "<"]
        if name == ABOUT:
            chance = float(load().probabilities(self.forms).max())
            return len(unknown) > 1 or (len(unknown) == 1 and chance < SURE)
        if not unknown or language_of(self.text) == "en":
            return False
        spans = load().spans(self.forms, name).values()
        return any(not any(a <= at < b for a, b in spans) for at in unknown)

    def likeliest(self, code: bool, log: bool) -> tuple[str | None, float]:
        """The name of the kind and how certain it is; None if it is not certain enough."""
        if not self.forms:
            return None, 0.0
        known = load()
        chances = known.probabilities(self.forms)
        symbols = np.array([name in SYMBOL for name in known.kinds])
        failed = np.array([name == FAILED for name in known.kinds])
        chances *= np.where(symbols, CODE if code else 0.0, 1.0)
        chances *= np.where(failed, LOG if log else 0.0, 1.0)
        best = int(chances.argmax())
        name, certain = known.kinds[best], float(chances[best] / chances.sum())
        return (None if name == "plain" or certain < CERTAIN else name), certain

    def kind_named(self, name: str) -> QuestionKind | None:
        """The kind `name` with what the question is about; None if it does not say."""
        found = load().spans(self.forms, name) if self.forms else {}
        spans = {tag: self._span(*words) for tag, words in found.items()}
        if any(start and self.text[start - 1].isalnum() for start, _ in spans.values()):
            return None  # nothing is called by the end of a word: 's post
        words = {tag: self.text[start:end] for tag, (start, end) in spans.items()}
        about = self._about(name, "X" in words) if name in ABOUT_ONE else None
        return _kind(name, self.text, words if about is None else {**words, "X": about})

    def _span(self, first: int, end: int) -> tuple[int, int]:
        """Where the words from `first` up to `end` stand."""
        return self.tokens[first].start(), self.tokens[end - 1].end()

    def _about(self, name: str, told: bool) -> str | None:
        """The one word that a question is about: the one that is no wording, if the subject is not
        `told`; where all are, the one that is most surely the subject: "How often is page written?"
        """
        unknown = [at for at, form in enumerate(self.forms) if form in ("<c>", "<w>")]
        if len(unknown) == 1 and not told:
            return self.tokens[unknown[0]][0]
        if any(form[0] == "<" for form in self.forms):
            return None
        subject = load().subject(self.forms, name)
        return None if subject is None else self.tokens[subject][0]


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
        return QuestionKind(_end(text), subject, LEVELS)
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
