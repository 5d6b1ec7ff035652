"""Answers that are the value of a key: the one whose names the question says, all of them.

Every word of the question that is a name somewhere in the document must be a name of the key, or
of what it stands under; of such keys that whose names say least else is meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from infinidoc.data.files import ROWS, DataFile
from infinidoc.data.keys import SHOWN, Key, keys_of
from infinidoc.data.trees import trees_of
from infinidoc.questions.data_asked import DataQuestion, stems_of
from infinidoc.retrieval.evidence import Evidence
from infinidoc.text.phrases import joined, shortened

TOLD = 4  # keys with different values that are told together
_VERSION = re.compile(r"[\^~<>=v]*\s*\d+(?:\.[\w*]+)+.*|[\^~<>=]+\s*\d.*|\*")
_VERSION_STEM = stems_of("version")[0]
Found = tuple[DataFile, Key]


@dataclass(frozen=True)
class Told:
    """What is told, the lines it stands on, and whether one key alone is meant."""

    words: str
    evidence: tuple[Evidence, ...]
    is_clear: bool


class KeysAsked:
    """One question to the keys of some files."""

    def __init__(self, question: DataQuestion, files: Sequence[DataFile]) -> None:
        self.question, self.files, self.names = question, files, set[str]()
        self.wanted = [
            at for at, piece in enumerate(question.pieces) if not piece.is_light and piece.stem
        ]

    def told(self) -> Told | None:
        """The answer; None if no key is named so."""
        if not self.wanted or not self._asks_for_value():
            return None
        keys = [(file, key) for file in self.files for key in _keys_in(file)]
        known = {stem for _, key in keys for names in (key.stems, *key.around) for stem in names}
        self.names = self._names(known) or set()
        best = self._best(keys, self.names)
        if not best and (fewer := self._without_participle()):
            best = self._best(keys, fewer)
        return self._told(best) if best else None

    def _without_participle(self) -> set[str]:
        """The names without what may be a verb, though something is called so, too: "locked"."""
        verbs = {piece.stem for at, piece in enumerate(self.question.pieces)
                 if piece.text.endswith("ed") and self.question.may_be_verb(at)}  # fmt: skip
        fewer = self.names - verbs
        return fewer if len(verbs) == 1 and len(fewer) > 1 else set()

    def _asks_for_value(self) -> bool:
        question = self.question
        first = question.pieces[0].text
        asks = question.which is not None or question.counts is not None
        return asks or question.sums is not None or first in ("list", "show", "name", "give")

    def _names(self, known: set[str]) -> set[str] | None:
        """The stems that must be names; None if a word is no name and can be no verb."""
        pieces, known = self.question.pieces, known | {_VERSION_STEM}
        left = [at for at in self.wanted if pieces[at].stem not in known]
        if len(left) > 1 or not all(map(self.question.may_be_verb, left)):
            return None
        named = {pieces[at].stem for at in self.wanted if at not in left}
        alone = len(named) < 2 and left and not self.question.is_said_of
        return None if alone else named  # "What does the author need?" names too little

    def _best(self, keys: Sequence[Found], wanted: set[str]) -> list[Found]:
        """The keys that the question names, those that say least else."""
        ranked = [(rank, found) for found in keys if (rank := self._rank(found[1], wanted))]
        best = min((rank for rank, _ in ranked), default=None)
        return [found for rank, found in ranked if rank == best]

    def _rank(self, key: Key, wanted: set[str]) -> tuple[float, ...] | None:
        """How much else a key's names say; None if it is not named, or others are."""
        stems = {*key.stems}
        own = wanted & stems
        if not own or len(own) * 2 < len(stems) or (len(wanted) == 1 and own != stems):
            return None
        around = set().union(*key.around)
        missing = wanted - own - around
        if _VERSION_STEM in missing and _VERSION.fullmatch(key.value):
            missing -= {_VERSION_STEM}
        if missing:
            return None
        if key.holds_keys and not self._asks_for_several():
            return None
        said = [max((len(wanted & {*names}) / len(names) for names in key.around if stem in names),
                    default=0.0) for stem in wanted - own]  # fmt: skip
        return (
            len(stems - wanted),
            -len(own),
            -sum(said),
            1.0 if key.holds_keys else 0.0,
            len(key.path),
        )

    def _asks_for_several(self) -> bool:
        """Whether more than one value may be meant."""
        at = self.question.which if self.question.which is not None else self.question.counts
        word = self.question.pieces[at].text if at is not None and at < len(
            self.question.pieces) else ""  # fmt: skip
        return word.endswith("s") or self.question.counts is not None or word in ("are", "is")

    def _told(self, best: list[Found]) -> Told | None:
        values = {key.value: (file, key) for file, key in reversed(best)}
        if len(values) > TOLD:
            return None
        told = [values[value] for value in reversed(values)]
        evidence = tuple(_evidence(file, key) for file, key in told)
        words = [
            f"{self._value(key)} ({key.said}) {place.cited()}"
            for (_, key), place in zip(told, evidence, strict=True)
        ]
        return Told("\n".join(words), evidence, len(told) == 1)

    def _value(self, key: Key) -> str:
        if self.question.counts is not None and key.inner:
            return f"{len(key.inner):,}: {joined(key.inner)}"
        return shortened(key.value, SHOWN) or "empty"


def _evidence(file: DataFile, key: Key) -> Evidence:
    starts = file.line_starts
    return file.evidence(starts[min(key.line, len(starts)) - 1])


def _keys_in(file: DataFile) -> Iterator[Key]:
    """The keys of a file; those of a folder stand under the names of their path, too."""
    if file.form == ROWS or file.form == "sql":
        return
    parts = PurePosixPath(file.path).parts if file.path else ()
    around = tuple(stems_of(part) for part in parts)
    for tree in trees_of(file.form, file.text):
        yield from keys_of(tree, around)
