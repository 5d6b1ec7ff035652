"""The options of `ask` that go through the whole text, whatever the wording of the question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from infinidoc.errors import UsageError

if TYPE_CHECKING:
    from infinidoc.questions.question_kinds import QuestionKind

_PANEL = "Through the whole text (one of these)"

Count = Annotated[
    str | None,
    typer.Option(
        "--count",
        metavar="WORD",
        rich_help_panel=_PANEL,
        help="How often WORD is written, where, and in which forms. Takes no QUESTION.",
    ),
]
Listed = Annotated[
    bool,
    typer.Option(
        "--list",
        rich_help_panel=_PANEL,
        help="List what QUESTION names: chapters, files, people, lamps.",
    ),
]
Compare = Annotated[
    tuple[str, str] | None,
    typer.Option(
        "--compare",
        metavar="A B",
        rich_help_panel=_PANEL,
        help="What is said of A and of B, side by side; QUESTION: what of them (height).",
    ),
]
First = Annotated[
    bool,
    typer.Option(
        "--first", rich_help_panel=_PANEL, help="Where the words of QUESTION are written first."
    ),
]
Last = Annotated[
    bool,
    typer.Option(
        "--last", rich_help_panel=_PANEL, help="Where the words of QUESTION are written last."
    ),
]


@dataclass(frozen=True)
class Sweep:
    """What was asked for by option."""

    count: str | None
    listed: bool
    compare: tuple[str, str] | None
    first: bool
    last: bool

    @property
    def is_wanted(self) -> bool:
        """Whether any was asked for."""
        return self.asks_alone or self.listed or self.first or self.last

    @property
    def asks_alone(self) -> bool:
        """Whether no QUESTION is needed."""
        return self.count is not None or self.compare is not None

    def refuse_conflicts(self, question: str | None, questions: str | None) -> None:
        """Refuse two sweeps in one, and questions that would be ignored."""
        chosen = {
            "--count": self.count is not None,
            "--list": self.listed,
            "--compare": self.compare is not None,
            "--first": self.first,
            "--last": self.last,
        }
        named = [name for name, given in chosen.items() if given]
        if len(named) > 1:
            raise UsageError(f"{' and '.join(named)} exclude each other", hint="ask once for each")
        if self.count is not None and (question is not None or questions is not None):
            raise UsageError("--count WORD takes no question", hint="leave out one of them")
        if self.compare is not None and questions is not None:
            raise UsageError("--compare A B takes no --questions", hint="leave out one of them")
        words = self.compare or (() if self.count is None else (self.count,))
        if not all(word.strip() for word in words):
            raise UsageError(f"{named[0]} needs words that are not empty")

    def of(self, question: str) -> tuple[str, QuestionKind | None]:
        """The question in words, and what to go through the text for."""
        if not self.is_wanted:
            return question, None
        from infinidoc.questions import explicit

        if self.count is not None:
            return f"How many times is {self.count} mentioned?", explicit.count(self.count)
        if self.compare is not None:
            one, other = self.compare
            asked = f"Compare the {question} of {one} and {other}" if question else ""
            return asked or f"Compare {one} and {other}", explicit.compare(one, other, question)
        if not question.strip():
            raise UsageError("the question is empty")
        if self.listed:
            return question, explicit.list_all(question)
        return question, explicit.first_or_last("first" if self.first else "last", question)
