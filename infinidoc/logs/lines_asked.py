"""How a question is meant of a log: of lines of a level, of those that hold some words, or of
those of a time.

Knows the wording of questions and strings, no document.
"""

from __future__ import annotations

import re

from infinidoc.logs.line_words import LineWords, counted
from infinidoc.logs.severity import severity_meant
from infinidoc.logs.time_range import TimeRange
from infinidoc.questions.question_kinds import LEVELS, LINES, TIMES, QuestionKind, kind_of

_ITSELF = re.compile(
    r"\b(?:log|file)s? (?:begin|start|end|stop|run|cover)s?\b", re.I
)  # not a failure


def kind_of_log(question: str, code: bool) -> QuestionKind | None:
    """The kind of a question to a log: of the lines of a level, of how many lines have what it
    names, or, if it names a time, of all lines of it. "How many errors?" means how many there are.
    """
    rest, noun = TimeRange.without(question).rstrip(" ?"), counted(question)
    if noun and severity_meant(noun):
        return QuestionKind("count", noun, LEVELS)
    if _ITSELF.search(question):
        return kind_of(question, code)
    forms = (f"{rest}?", f"{rest} are there?")
    kinds = [kind for form in forms if (kind := kind_of(form, code, log=True))]
    if of_level := [kind for kind in kinds if may_be_of_level(kind)]:
        return of_level[0]
    things = [kind for kind in kinds if (kind.name, kind.target) == ("count", "items")]
    if noun is not None and (things or LineWords.named(question)):
        return QuestionKind("count", things[0].subject if things else "", LINES)
    if TimeRange.named(question):
        return QuestionKind("list", TimeRange.without(question), TIMES)
    return kind_of(question, code, log=True)


def may_be_of_level(kind: QuestionKind) -> bool:
    """Whether it is about the level of lines, if the document is a log."""
    things = kind.name in ("count", "list") and kind.target == "items"
    one = things and len(kind.subject.split()) == 1 and severity_meant(kind.subject) is not None
    return one or kind.target == LEVELS
