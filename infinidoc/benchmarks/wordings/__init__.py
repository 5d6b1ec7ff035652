"""Labelled wordings of questions: templates with slots, a file for training, choosing, judging.

The format is told at the head of `training.txt`. Every line is filled several times, always in
the same way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infinidoc.questions.wording import tokens_of

PARTS = ("training", "development", "heldout")
# Lists whose words belong to the wording.
CLOSED = ("part", "listed", "people", "doc", "whole", "level")
_OF_CODE = ("symbol", "action")
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w):(\w+)\}")
_POLITE = ("", "", "", "", "please ", "can you tell me ", "I want to know: ")


@dataclass(frozen=True)
class Labelled:
    """A wording, its kind, and the characters of each tag; `code`: it names what code defines."""

    text: str
    kind: str
    spans: dict[str, tuple[int, int]]
    code: bool = False

    def words(self, tag: str) -> str:
        low, high = self.spans.get(tag, (0, 0))
        return self.text[low:high]


@dataclass(frozen=True)
class Wordings:
    """The templates of one file, and what their slots are filled from."""

    templates: list[tuple[str, str]]
    lists: dict[str, list[str]]

    def filled(self, each: int, seed: int = 0, polite: bool = False) -> list[Labelled]:
        """Every template up to `each` times, each time in another way."""
        chance = random.Random(seed)
        return [
            one
            for kind, line in self.templates
            for one in self._of(kind, line, each, chance, polite)
        ]

    def _of(
        self, kind: str, line: str, each: int, chance: random.Random, polite: bool
    ) -> Iterator[Labelled]:
        seen: set[str] = set()
        for _ in range(each):
            one = self._fill(kind, line, chance, polite)
            if one.text not in seen:
                seen.add(one.text)
                yield one

    def _fill(self, kind: str, line: str, chance: random.Random, polite: bool) -> Labelled:
        while _CHOICE.search(line):
            line = _CHOICE.sub(lambda match: chance.choice(match[1].split("|")), line, count=1)
        line = " ".join(line.split()).replace(" 's", "'s")
        if polite:
            line = chance.choice(_POLITE) + line
            line = line[0].upper() + line[1:] if chance.random() < 0.7 else line
            line += "" if line.endswith("?") else chance.choice(("?", "?", ".", ""))
        spans: dict[str, tuple[int, int]] = {}
        used: set[str] = set()
        code = any(slot[1] in _OF_CODE for slot in _SLOT.findall(line))
        while slot := _SLOT.search(line):
            words = chance.choice([w for w in self.lists[slot[2]] if w not in used])
            used.add(words)
            line = line[: slot.start()] + words + line[slot.end() :]
            if slot[1] != "O":
                spans[slot[1]] = (slot.start(), slot.start() + len(words))
        return Labelled(line, kind, spans, code)

    def literal_words(self, but: str = "plain") -> set[str]:
        """The words of the templates of all kinds but one, and of the closed lists."""
        lines = [_SLOT.sub(" ", line) for kind, line in self.templates if kind != but]
        lines += [words for name in CLOSED for words in self.lists.get(name, ())]
        words = (token[0].lower() for line in lines for token in tokens_of(line))
        return {word for word in words if word[0].isalnum()}


@cache
def wordings(part: str) -> Wordings:
    """One of PARTS; slots of `development` and `heldout` that they do not list are of training."""
    templates, lists, kind = [], {}, ""
    for line in Path(__file__).with_name(f"{part}.txt").read_text("utf-8").splitlines():
        if line.startswith("@ "):
            name, _, words = line[2:].partition(": ")
            lists[name] = words.split(" | ")
        elif line.startswith("== "):
            kind = line[3:]
        elif line and not line.startswith("#"):
            templates.append((kind, line))
    if part != "training":
        lists = {**wordings("training").lists, **lists}
    return Wordings(templates, lists)
