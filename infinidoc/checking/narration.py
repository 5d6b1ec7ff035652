"""Tells what a narrator says from what is said in quotation marks.

People in a story may err and lie, and speak in another tense than it is told in. Speech is
replaced by spaces, so that places in the text stay what they are.
"""

from __future__ import annotations

from infinidoc.text.page_sentences import Sentence

_CLOSING = {'"': '"', "“": "”", "„": "“", "«": "»", "‘": "’", "'": "'"}
_STOPS = frozenset(".,!?;:—-–…_*")


class Narration:
    """Follows quotation marks from sentence to sentence; forgets them with the paragraph."""

    def __init__(self) -> None:
        self._open: str | None = None  # the mark that would end the speech

    def read(self, sentence: Sentence) -> str:
        """The sentence with its speech blanked out."""
        if sentence.first:
            self._open = None
        text, kept = sentence.text, []
        for at, mark in enumerate(text):
            if self._open is not None:
                kept.append(" ")
                if mark == self._open and _ends(text, at):
                    self._open = None
            elif mark in _CLOSING and _begins(text, at):
                self._open = _CLOSING[mark]
                kept.append(" ")
            else:
                kept.append(mark)
        return "".join(kept)


def _begins(text: str, at: int) -> bool:
    """Whether a mark opens a speech: an apostrophe stands within or behind a word."""
    if text[at] not in "'‘":
        return True
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    return (not before or before in " (—-") and after.isupper()


def _ends(text: str, at: int) -> bool:
    return text[at] not in "'’" or text[at - 1 : at] in _STOPS
