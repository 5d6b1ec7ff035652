"""How an answer is shown while it is written and when it is whole.

Knows what `ask` and `chat` have in common; what stands below an answer is theirs.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from infinidoc.cli import display
from infinidoc.profile import NOTHING, Profile

if TYPE_CHECKING:
    from infinidoc.answering.result import PendingAnswer

UNSURE = 0.5  # confidence below which an answer is said to be unsure
UNTAUGHT = "this model has no adapter: it was not taught to read, so check its answers"


@dataclass
class AnswerDisplay:
    """How answers are wanted; `whole`: not before they are; `stoppable`: by Ctrl-C."""

    json: bool
    quiet: bool
    verbose: bool
    whole: bool
    stoppable: bool = False
    profile: Profile = NOTHING
    warned: bool = False

    def answer(self, written: PendingAnswer, question: str | None = None) -> dict[str, Any]:
        """Show one answer, below its `question` if nobody has just typed it."""
        streams = not self.json and not self.whole and sys.stdout.isatty()
        display.wait("looking for the answer", self.quiet)
        self._write(written, streams)
        result = written.finish()
        self._notes(result)
        display.profiled(result, self.profile, self.json)
        if self.json:
            display.emit_json(result)
            return result
        if not streams:
            if question is not None and not self.quiet:
                display.say(f"> {question}")
            display.tell(result["answer"])
        elif not result["found"] and written.text.strip() != result["answer"]:
            display.tell(result["answer"])
        for remark in [] if self.quiet else remarks(result):
            display.note(remark)
        return result

    def _write(self, written: PendingAnswer, streams: bool) -> None:
        telling = display.StreamedText()
        try:
            for piece in written:
                if streams:
                    telling(piece)
        except KeyboardInterrupt:
            if not self.stoppable:
                raise
            written.stop()
        if streams:
            telling.end()

    def _notes(self, result: dict[str, Any]) -> None:
        if result["adapter"] is None and not self.quiet and not self.json and not self.warned:
            display.note(UNTAUGHT)
            self.warned = True
        if self.verbose:
            display.note(
                f"read {result['tokens_read']} tokens, first word after "
                f"{result['first_token_seconds']:.1f} s, done after {result['seconds']:.1f} s"
            )


def remarks(result: dict[str, Any]) -> Iterator[str]:
    """What a reader should know about an answer beside its words."""
    if result["withdrawn"]:
        withdrawn = " ".join(result["withdrawn"].split())
        yield f"withdrawn, for it stands nowhere in the text: {withdrawn}"
    if is_unsure(result):
        yield f"not sure ({result['confidence']:.0%}): {'; '.join(reasons(result))}"
    else:
        yield from doubts(result)
    yield from result["notes"]


def is_unsure(result: dict[str, Any]) -> bool:
    """Whether something was found, but is more likely wrong than right."""
    confidence = result["confidence"]
    return result["found"] and confidence is not None and confidence < UNSURE


def reasons(result: dict[str, Any]) -> list[str]:
    """Why an answer is unsure: what is known against it, or how such answers do."""
    other = result.get("runner_up")
    known = list(doubts(result))
    if other:
        known.append(f"it may be {other['answer']} [{other['where']}]")
    return known or ["answers with such signs are more often wrong than right"]


def doubts(result: dict[str, Any]) -> Iterator[str]:
    """What the text says against an answer."""
    if result["unknown"]:
        yield "the text never mentions " + ", ".join(result["unknown"])
    if not all(citation["supported"] for citation in result["citations"]):
        yield "not all of this answer is in the passages"
