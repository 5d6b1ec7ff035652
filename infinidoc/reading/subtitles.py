"""Subtitles and transcripts with times (.srt, .vtt, ...) through pysubs2, cited by time.

What is said in about a minute is one part; a pause, or a line said twice, is no text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

from infinidoc.errors import SourceError
from infinidoc.reading.document import BinaryError, cannot_read
from infinidoc.reading.encoding import NotText, decode
from infinidoc.reading.parts import Part, PartsSource

LONGEST = 60_000  # milliseconds of one part
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?[ \t]+([^<>]+)>")


class SubtitlesSource(PartsSource):
    """What is said, and when."""

    kind = "subtitles"

    def parts(self) -> Iterator[Part]:
        held: list[str] = []
        first = last = 0
        for start, end, text in self._cues():
            if held and start - first >= LONGEST:
                yield Part("\n".join(held), label(first, last))
                held = []
            if not held:
                first = start
            if not held or text != held[-1]:
                held.append(text)
            last = max(end, start)
        if held:
            yield Part("\n".join(held), label(first, last))

    def _cues(self) -> Iterator[tuple[int, int, str]]:
        """Start and end in milliseconds, and what is said."""
        import pysubs2

        text = self._text()
        is_web = text.lstrip("\ufeff").startswith("WEBVTT")
        try:
            cues: Any = pysubs2.SSAFile.from_string(_VOICE.sub(r"\1: ", text))
        except Exception as error:  # pysubs2 fails in many ways on what is no subtitles
            hint = "rename it to .txt to read it as plain text"
            raise SourceError("damaged subtitles", where=self.path, hint=hint) from error
        for cue in cues:
            said = cue.plaintext.strip()
            if said and not cue.is_comment:
                yield cue.start, cue.end, unescape(said) if is_web else said

    def _text(self) -> str:
        try:
            decoded = decode(self.path.read_bytes())
        except NotText as error:
            raise BinaryError("a binary file, not text", where=self.path) from error
        except OSError as error:
            raise cannot_read(self.path, error) from error
        self.warnings += [note for note in decoded.notes if note not in self.warnings]
        return decoded.text


def label(start: int, end: int) -> str:
    """Two times in milliseconds as they are shown: 0:01:05-0:02:03."""
    return f"{_time(start)}-{_time(end)}"


def _time(milliseconds: int) -> str:
    seconds = milliseconds // 1000
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
