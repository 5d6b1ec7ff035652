"""Sweeps that are asked for by name: they do what they say, whatever the wording."""

from __future__ import annotations

from infinidoc.questions.question_kinds import (
    PEOPLE,
    STRUCTURE,
    QuestionKind,
    kind_in_words,
    subject_of,
)


def count(words: str) -> QuestionKind:
    """How often the words are written."""
    return QuestionKind("count", words.strip())


def compare(one: str, other: str, aspect: str = "") -> QuestionKind:
    """One beside the other; `aspect`: what of them, such as height."""
    return QuestionKind("compare", subject_of(one), "items", subject_of(other), subject_of(aspect))


def list_all(question: str) -> QuestionKind:
    """All chapters, files, people or things that the words name."""
    subject = _named("list", question)
    plural = subject.lower() if subject.lower().endswith("s") else f"{subject.lower()}s"
    if plural in STRUCTURE:
        return QuestionKind("list", plural, "structure")
    if subject.lower() in PEOPLE:
        return QuestionKind("who", subject.lower(), "people")
    return QuestionKind("list", subject, "items")


def first_or_last(name: str, question: str) -> QuestionKind:
    """The first or the last place where the words are written."""
    return QuestionKind(name, _named(name, question))


def _named(kind: str, question: str) -> str:
    """What a question is about; words that are no question are meant as they are."""
    found = kind_in_words(kind, question) if question.rstrip().endswith("?") else None
    return (found and found.subject) or subject_of(question.rstrip("?. "))
