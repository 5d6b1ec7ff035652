"""Summarizes a log from its own lines: how many of which level, and the messages that tell most.

Each message is told by its first line, with how many lines say the same and where the last
is. Knows lines and their levels, no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

from infinidoc.labels import place
from infinidoc.logs.line_levels import LineLevels, levels_in
from infinidoc.logs.messages import Line, LogMessages, Message
from infinidoc.logs.severity import Severity
from infinidoc.store import Store
from infinidoc.text.phrases import amount, shortened
from infinidoc.text.similarity import stemmed_words

Row = dict[str, Any]
OTHERS = "Other messages"
TITLES = {
    "Errors": (Severity.ERROR, Severity.FATAL),
    "Warnings": (Severity.WARNING, Severity.WARNING),
    OTHERS: (Severity.BELOW, Severity.BELOW),
}
AGAIN = 0.5  # messages a line that a text without levels may have, to be told as a log


class LogOutline:
    """A log as far as page `last`; its lines are gone through when the first section is made."""

    TITLES = ("All lines", *TITLES)

    def __init__(self, store: Store, document: int, last: int, levels: LineLevels) -> None:
        self.store, self.document, self.last, self.levels = store, document, last, levels

    @classmethod
    def of(cls, store: Store, document: dict[str, Any], last: int) -> LogOutline | None:
        """None if the document is no log. One without levels must say things again and again,
        as a conversation with times does not."""
        kinds = ("text", "jsonl")
        levels = levels_in(store, document["id"]) if document["kind"] in kinds else None
        if levels is None or not (levels.written or document["kind"] == "text"):
            return None
        outline = cls(store, document["id"], last, levels)
        return outline if levels.written or outline.says_again else None

    @property
    def says_again(self) -> bool:
        """Whether it says things again and again."""
        return len(self.messages) <= AGAIN * self.messages.lines

    @cached_property
    def messages(self) -> LogMessages:
        return LogMessages(self.store.pages(self.document, self.last), self.levels)

    def rows(self, title: str, most: int, focus: set[str]) -> list[Row]:
        """Of one of TITLES: all of it in a line, or at most `most` messages of errors, as many
        of warnings, half as many others."""
        if title not in TITLES:
            return self._counted()
        messages = self.messages.of(*TITLES[title])
        return self._told(messages, max(most // 2, 1) if title == OTHERS else most, focus)

    def _counted(self) -> list[Row]:
        """How many lines there are, of what time and of which levels."""
        every = self.messages.of(Severity.BELOW, Severity.FATAL)
        if not every:
            return []
        first = min((message.first for message in every), key=lambda line: line.start)
        last = max((message.last for message in every), key=lambda line: line.start)
        time = f" from {first.time} to {last.time}" if first.time and last.time else ""
        counts = (
            f"{sum(message.count for message in self.messages.of(*TITLES[title])):,} "
            f"{self.levels.in_words(TITLES[title][0])}"
            for title in ("Errors", "Warnings")
        )
        said = f"{amount(self.messages.lines, 'line')}{time}: {', '.join(counts)}."
        return [_row(first, said)]

    def _told(self, messages: Sequence[Message], most: int, focus: set[str]) -> list[Row]:
        """Those said most often, in the order of their first lines."""
        about = [one for one in messages if focus & set(stemmed_words(one.first.text))]
        often = sorted(about if focus else messages, key=lambda one: -one.count)[:most]
        rows = [_told(one) for one in sorted(often, key=lambda one: one.first.start)]
        left = len(about if focus else messages) - len(rows)
        if left and rows:
            rows[-1]["text"] += f" (and {amount(left, 'other message')})"
        return rows


def _told(message: Message) -> Row:
    first, last = message.first, message.last
    said = shortened(first.text)
    if message.count > 1:
        where = place(last.page["number"], last.page["label"], last.page["path"], last.number)
        said += f" ({message.count:,} such lines, the last on {where})"
    return _row(first, said)


def _row(line: Line, text: str) -> Row:
    page = line.page
    where = {"page": page["number"], "label": page["label"], "path": page["path"]}
    return {"text": text, **where, "line": line.number, "start": line.start, "support": 1.0}
