"""Questions for all that a section says which they name by its number: "What changed in version
2.1?", "What does section 4.2 say?"; of a version also when it was.

Knows strings only. Whether a document has the section, and whether its heading holds the other
words of the question, is seen when it is looked up.
"""

from __future__ import annotations

from infinidoc.questions.question_kinds import QuestionKind
from infinidoc.text.references import References
from infinidoc.text.words import content_words, stem

SECTION = "section"  # the kind of such questions, and its target
WHEN = "when"  # the aspect of one that asks for no more than a date
_ASKS_FOR_ALL = frozenset(
    map(
        stem,
        "change changes changed new say says contain contains describe describes list lists cover "
        "covers state states release releases version versions section read text show tell".split(),
    )
)


def sections_asked(question: str) -> QuestionKind | None:
    """The kind, its subject the words that must be of the heading; None if no section is named."""
    named = References.of(question)
    words = [word for word in content_words(named.others) if stem(word) not in _ASKS_FOR_ALL]
    when = WHEN if question.lower().startswith("when") else ""
    return QuestionKind(SECTION, " ".join(words), SECTION, aspect=when) if named else None
