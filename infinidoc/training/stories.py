"""Texts to remember: real filler with facts, real questions or bAbI stories hidden in it.

A story is text with marked spans (what is worth keeping) and questions to ask when the
text is out of sight. Knows strings only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from random import Random

from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.training.corpus import Corpus
from infinidoc.training.facts import Fact, make_fact, near, passkey, restated
from infinidoc.training.reading import pick_answer

BABI = ("qa1_single-supporting-fact", "qa2_two-supporting-facts", "qa3_three-supporting-facts")


@dataclass
class Story:
    """Pieces of text in order, each worth keeping or not, and (question, answer) pairs."""

    kind: str
    pieces: list[tuple[str, bool]] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(text for text, _ in self.pieces)

    def spans(self) -> list[tuple[int, int]]:
        """Characters (start, end) of the pieces worth keeping."""
        found, at = [], 0
        for text, worth in self.pieces:
            if worth:
                found.append((at, at + len(text)))
            at += len(text)
        return found


class Stories:
    """Makes stories of about a wanted length, in characters, out of a corpus."""

    def __init__(self, corpus: Corpus, *, held_out: bool = False) -> None:
        self.corpus, self.held_out = corpus, held_out

    def filler(self, chance: Random, characters: int) -> str:
        """A stretch of a book; now and then of documentation or code, which have numbers."""
        texts = self.corpus.books if chance.random() < 0.65 else self.corpus.texts
        text = chance.choice(texts)
        start = chance.randrange(max(len(text) - characters, 1))
        return text[start : start + characters]

    def facts(self, chance: Random, characters: int, count: int) -> Story:
        """Facts among filler, some of them later overruled, and some never stated."""
        facts = [make_fact(chance, held_out=self.held_out) for _ in range(count)]
        if chance.random() < 0.3:
            facts.append(passkey(chance))
        said: list[Fact] = list(facts)
        for fact in facts:
            if chance.random() < 0.1 and fact.relation != "passkey":
                newer = restated(fact, chance)
                said.insert(chance.randrange(said.index(fact) + 1, len(said) + 1), newer)
        last = {fact.questions: fact for fact in said}
        asked = [(chance.choice(fact.questions), fact.answer) for fact in last.values()]
        for _ in range(max(1, count // 5)):
            unknown = make_fact(chance, held_out=self.held_out)
            asked.append((chance.choice(unknown.questions), NOT_FOUND))
        chance.shuffle(asked)
        story = Story("facts", asked=asked)
        lines = [fact.text for fact in said]
        for line in [near(fact, chance) for fact in said]:
            if line and chance.random() < 0.5:
                lines.insert(chance.randrange(len(lines) + 1), line)
        self._hide(story, lines, chance, characters)
        return story

    def questions(self, chance: Random, characters: int, count: int) -> Story:
        """Real paragraphs with people's questions on them, among filler."""
        story = Story("questions")
        texts: list[str] = []
        answers: list[list[str]] = []
        while len(texts) < count:
            row = chance.choice(self.corpus.qa)
            if len(row["context"]) > 1200 or row["source"].startswith("pubmedqa"):
                continue
            known = [q for q in row["qas"] if q["answers"]]
            texts.append(row["context"])
            answers.append([a for q in known for a in q["answers"] if a in row["context"]])
            pairs = [(q["question"], pick_answer(q["answers"])) for q in known]
            story.asked += chance.sample(pairs, min(len(pairs), 4))
        rest = max(characters - sum(map(len, texts)), count + 1) // (count + 1)
        for text, spans in zip(texts, answers, strict=True):
            story.pieces += [(self.filler(chance, rest) + "\n\n", False)]
            story.pieces += _marked(text, spans)
        story.pieces += [("\n\n" + self.filler(chance, rest), False)]
        return story

    def babi(self, chance: Random, characters: int, task: int) -> Story:
        """One bAbI story, its sentences scattered over the filler; all that can be asked."""
        lines, question, answer = chance.choice(self._babi[task])
        asked = babi_questions(lines) if self.corpus.part == "train" else []
        more = [pair for pair in asked if pair[0] != question]
        chance.shuffle(more)
        story = Story(f"babi{task + 1}", asked=[(question, answer), *more[:7]])
        self._hide(story, lines, chance, characters)
        return story

    @cached_property
    def _babi(self) -> list[list[tuple[list[str], str, str]]]:
        part = "test" if self.corpus.part == "dev" else "train"
        return [babi_stories(self.corpus.folder, name, part) for name in BABI]

    def _hide(self, story: Story, lines: list[str], chance: Random, characters: int) -> None:
        """Put `lines`, in order, at random places of a stretch of filler."""
        text = self.filler(chance, max(characters - sum(map(len, lines)), 0))
        places = sorted(_word_border(text, chance) for _ in lines)
        at = 0
        for line, place in zip(lines, places, strict=True):
            gap = "\n\n" if chance.random() < 0.3 else " "
            story.pieces += [(text[at:place] + gap, False), (line, True), (gap, False)]
            at = place
        story.pieces.append((text[at:], False))


def _word_border(text: str, chance: Random) -> int:
    """A place between two sentences if one is near, else between two words."""
    at = chance.randrange(len(text) + 1)
    for mark in (". ", ".\n", " "):
        found = text.find(mark, at, at + 400)
        if found >= 0:
            return found + len(mark) - (mark == " ")
    return at


def _marked(text: str, spans: list[str]) -> list[tuple[str, bool]]:
    """`text` in pieces, those that are one of `spans` marked (first places only)."""
    worth = [False] * len(text)
    for span in spans:
        start = text.find(span)
        worth[start : start + len(span)] = [True] * len(span)
    pieces, at = [], 0
    for index in range(1, len(text) + 1):
        if index == len(text) or worth[index] != worth[at]:
            pieces.append((text[at:index], worth[at]))
            at = index
    return pieces


def babi_stories(folder: Path, name: str, part: str) -> list[tuple[list[str], str, str]]:
    """(sentences so far, question, answer) of one bAbI task (arXiv 1502.05698)."""
    import tarfile

    with tarfile.open(folder / "babi.tar.xz") as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith(f"{name}_{part}.txt"))
        file = archive.extractfile(member)
        assert file is not None
        text = file.read().decode("utf-8")
    found: list[tuple[list[str], str, str]] = []
    lines: list[str] = []
    for row in text.splitlines():
        number, _, sentence = row.partition(" ")
        if number == "1":
            lines = []
        if "\t" in sentence:
            question, answer, _ = sentence.split("\t")
            found.append((list(lines), question.strip(), answer))
        else:
            lines.append(sentence.strip())
    return found


_MOVED = re.compile(r"(\w+) (?:moved|went back|went|journeyed|travelled) to the (\w+)\.")
_TOOK = re.compile(r"(\w+) (?:got|took|grabbed|picked up) the (\w+)")
_LEFT = re.compile(r"(\w+) (?:dropped|discarded|left|put down) the (\w+)")


def babi_questions(lines: list[str]) -> list[tuple[str, str]]:
    """Every question of tasks 1-3 that the sentences answer, with its answer."""
    person: dict[str, str] = {}
    holder: dict[str, str] = {}
    been: dict[str, list[str]] = {}  # where each object has been, in order
    for line in lines:
        if moved := _MOVED.match(line):
            person[moved[1]] = moved[2]
            for thing in [t for t, who in holder.items() if who == moved[1]]:
                been.setdefault(thing, []).append(moved[2])
        elif took := _TOOK.match(line):
            holder[took[2]] = took[1]
            places = been.setdefault(took[2], [])
            if took[1] in person and places[-1:] != [person[took[1]]]:
                places.append(person[took[1]])
        elif left := _LEFT.match(line):
            holder.pop(left[2], None)
    asked = [(f"Where is {name}?", place) for name, place in person.items()]
    for thing, places in been.items():
        if places:
            asked.append((f"Where is the {thing}?", places[-1]))
        if len(places) > 1 and places.count(places[-1]) == 1:
            asked.append((f"Where was the {thing} before the {places[-1]}?", places[-2]))
    return asked
