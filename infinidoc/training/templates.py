"""Questions by templates over texts that nobody asked about: code, manuals and novels.

A template finds in a text a place whose form tells what it answers: a default value, an
option's description, a heading, who spoke. Everything depends on the given chance alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from infinidoc.text.passages import cut_passages
from infinidoc.text.sentences import sentence_texts
from infinidoc.training.corpus import Corpus
from infinidoc.training.pointed import Asked, among
from infinidoc.training.synthetic import WITHOUT, contract, table
from infinidoc.training.synthetic_log import log

PART = 20_000  # characters of a text that are looked through at once
AROUND = (2000, 3000)  # characters before and after a place that are cut into passages
SIZES = (400, 600, 600, 900)  # of passages
FURTHEST = 600  # characters from a place to its answer
PRONOUNS = ("he", "she", "I", "they", "it", "we", "you")


@dataclass(frozen=True)
class Pair:
    """A pattern of a name (its first group) and what is said of it (its second)."""

    kind: str
    pattern: re.Pattern[str]
    questions: tuple[str, ...]


_OPTION = Pair(
    "manual",
    re.compile(
        r"^ *[`*]*(-{1,2}[a-zA-Z][\w-]+|[A-Z]+_[A-Z_]{3,}|\w+\(\))[`*]*(?: .{0,30})?\s*[:\n]+\s*"
        r"(\S[^\n]{20,200}[.])",
        re.M,
    ),
    ("What does {} do?", "What is {} for?", "What is the use of {}?"),
)
_MEANING = Pair(
    "manual",
    re.compile(
        r"(?:^|(?<=\. ))((?:An?|The) [\w -]{3,30}?|`[\w.:-]+`) (?:is|are) (an? [^.\n]{15,160})\.",
        re.M,
    ),
    ("What is {}?", "What is meant by {}?", "Define {}."),
)
_DEFINE = Pair(
    "code",
    re.compile(r"^#\s*define +([A-Z]\w+) +(\"[^\"\n]+\"|\d[\w.]*)", re.M),
    ("What is {} defined as?", "What is the value of {}?", "What is {}?", "Which value has {}?"),
)
_ASSIGNED = Pair(
    "code",
    re.compile(
        r"^ {0,8}(?:const |let |my \$|our \$|static \w+ )?(\w{4,30}) *= *"
        r"(\"[^\"\n]{2,60}\"|'[^'\n]{2,60}'|\d[\w.]*)",
        re.M,
    ),
    ("What is {} set to?", "What is the value of {}?", "What value is assigned to {}?"),
)
_COMMENT = Pair(
    "code",
    re.compile(
        r"/\*\s*\n? ?\*? ?(\w+)\(\)[,:]? ?\n?(?: \* ?)*([a-z][^*/]{20,200}?\.)",
    ),
    ("What does {} do?", "What is {}() for?"),
)
_HEADING = re.compile(r"^(#{1,4}) +(.{6,70})$", re.M)
_BELOW = re.compile(r"(?:(?:\d+\.|[-*]) [^\n]+\n?){2,8}|[^\n#`~|<:-][^\n]+(?:\n[^\n#]+){0,3}")
_TITLED = (
    "What about {}?",
    "How do I do this: {}?",
    "What is said of {}?",
    "How does {} work?",
    "Tell me about {}.",
    "What does it say about {}?",
)
_SPEECH = re.compile(
    r"[\"“]([^\"”\n]{25,120})[,.!?][\"”] "
    r"(?:said|cried|asked|replied|answered|exclaimed|whispered) "
    r"((?:Mr\. |Mrs\. |Miss |Dr\. |the |old )?[A-Z]?\w+(?: [A-Z]\w+)?)"
)
_SPOKEN = ('Who said "{}"?', 'Who says: "{}"?', 'Whose words are "{}"?')
_DEFAULTS = re.compile(r"def (\w+)\(([^()]*)\)")
_DEFAULT = (
    "What is the default of {} in {}?",
    "What is {}'s default value in {}()?",
    "Which value does {} have in {} unless given?",
)
_FUNCTION = re.compile(
    r"^(?:static |const |struct |unsigned )*([\w ]+[ *]+)(\w+)\(([^;{}()]{4,200})\)\n\{", re.M
)
_RETURNED = ("What does {} return?", "What is the return type of {}?")
_PARAMETERS = ("Which parameters does {} take?", "What are the arguments of {}?")


class Templates:
    """Questions of every kind in turn."""

    def __init__(self, corpus: Corpus) -> None:
        self.books = corpus.taught
        self.code, self.prose = corpus.code, corpus.prose
        self.kinds: list[Callable[[Random], Asked | None]] = [
            self.section,
            self.section,
            lambda chance: self.pair(self.prose, _OPTION, chance),
            lambda chance: self.pair(self.prose, _MEANING, chance),
            self.speech,
            self.default,
            lambda chance: self.pair(self.code, _DEFINE, chance),
            self.function,
            lambda chance: self.pair(self.code, _ASSIGNED, chance),
            lambda chance: self.pair(self.code, _COMMENT, chance),
            *(contract, contract, table, table, log, log),
        ]

    def ask(self, chance: Random) -> Asked:
        """One question; the passages of its text that stand nearest may be among them."""
        while True:
            made = chance.choice(self.kinds)(chance)
            if made is not None:
                return made

    def section(self, chance: Random) -> Asked | None:
        """A heading of a manual asks for what stands below it."""
        found = _match(self.prose, _HEADING, chance)
        if found is None:
            return None
        title = found[2].strip(" #`*").split("{")[0].strip()
        block = _BELOW.match(found.string[found.end() :].lstrip("\n"))
        if block is None or not title or title.isupper() or not 30 < len(block[0]) < 420:
            return None
        answer = block[0].strip()
        if not answer.startswith(("1.", "-", "*")) and chance.random() < 0.6:
            answer = sentence_texts(answer)[0]
        question = chance.choice(_TITLED).format(title[0].lower() + title[1:])
        return _within(found, found.end(), answer, "manual", question, chance)

    def speech(self, chance: Random) -> Asked | None:
        """Who said what is quoted, or how it goes on."""
        found = _match(self.books.books, _SPEECH, chance)
        if found is None or found[2] in PRONOUNS:
            return None
        words, who = found[1], found[2]
        if chance.random() < 0.6:
            question = chance.choice(_SPOKEN).format(words)
            return _within(found, found.start(2), who, "novel", question, chance)
        begun = " ".join(words.split()[:5])
        rest = words[len(begun) :].strip()
        if not rest:
            return None
        question = f'How does what {who} said go on after "{begun}"?'
        return _within(found, found.start(), rest, "novel", question, chance)

    def default(self, chance: Random) -> Asked | None:
        """The default value of a parameter."""
        found = _match([*self.code, *self.prose], _DEFAULTS, chance)
        pairs = re.findall(r"(\w+)(?:: *[^=,]+)? *= *([^,]+)", found[2]) if found else []
        if not found or not pairs:
            return None
        name, value = chance.choice(pairs)
        question = chance.choice(_DEFAULT).format(name, found[1])
        at = found.start(2) + found[2].index(name)
        return _within(found, at, value.strip(), "code", question, chance)

    def function(self, chance: Random) -> Asked | None:
        """What a function takes or returns."""
        found = _match(self.code, _FUNCTION, chance)
        if found is None:
            return None
        group, asked = chance.choice(((1, _RETURNED), (3, _PARAMETERS)))
        question = chance.choice(asked).format(found[2])
        return _within(found, found.start(group), found[group].strip(), "code", question, chance)

    def pair(self, texts: Sequence[str], pair: Pair, chance: Random) -> Asked | None:
        """A name asks for what is said of it."""
        found = _match(texts, pair.pattern, chance)
        if found is None:
            return None
        name = found[1].strip(" `*")
        if name.startswith(("A", "The ")) and " " in name:
            name = name[0].lower() + name[1:]
        question = chance.choice(pair.questions).format(name)
        return _within(found, found.start(2), found[2].strip(), pair.kind, question, chance)


def _match(texts: Sequence[str], pattern: re.Pattern[str], chance: Random) -> re.Match[str] | None:
    """A match of the pattern in a part of one of the texts."""
    for _ in range(20):
        text = chance.choice(texts)
        low = chance.randrange(max(len(text) - PART, 1))
        found = list(pattern.finditer(text[low : low + PART]))
        if found:
            return chance.choice(found)
    return None


def _within(
    found: re.Match[str], at: int, answer: str, kind: str, question: str, chance: Random
) -> Asked | None:
    """The question on the passage that holds the answer, which stands at `at` or soon after.

    Other passages of the text may stand beside it, or in its place, if they do not say it.
    """
    before, after = AROUND
    low = max(0, at - before)
    text = found.string[low : at + after]
    start = text.find(answer, at - low)
    spans = cut_passages(text, chance.choice(SIZES))
    held = [span for span in spans if span[0] <= start and start + len(answer) <= span[1]]
    if start < 0 or start - (at - low) > FURTHEST or not held:
        return None
    a, b = held[0]
    place = (0, start - a, start - a + len(answer))
    asked = Asked(kind, question, (text[a:b],), (place,))
    others = [text[c:d] for c, d in spans if (c, d) != (a, b) and answer not in text[c:d]]
    beside = chance.sample(others, min(len(others), chance.choice((0, 0, 1, 2))))
    if beside and chance.random() < WITHOUT:
        return Asked(kind, question, tuple(beside), ())
    return among(asked, beside, chance)
