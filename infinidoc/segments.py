"""Cuts a stream of token ids into segments, and segments into blocks.

Knows integers only: token ids, and for each the number of characters of the document it
ends at. Text and tensors are other rooms' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Token = tuple[int, int]  # (id, characters of the document up to and including this token)


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment: what the model attends to exactly. `start`, `end` count characters."""

    number: int  # from 0
    token_start: int
    ids: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Block:
    """The segments that go through the model together."""

    segments: tuple[Segment, ...]

    @property
    def ids(self) -> list[int]:
        return [token for segment in self.segments for token in segment.ids]

    @property
    def end(self) -> int:
        return self.segments[-1].end


class BlockCutter:
    """Feed tokens, get whole blocks; `tail` is what the next block will begin with.

    Blocks always begin at a multiple of `segment * per_block` tokens, so a reading that
    stops at a block border and goes on later cuts exactly the same blocks.
    """

    def __init__(self, segment: int, per_block: int, *, tokens_seen: int = 0, at: int = 0) -> None:
        """`tokens_seen` whole blocks of tokens were cut before, ending at character `at`."""
        self.segment, self.per_block = segment, per_block
        self.tokens_seen, self.at = tokens_seen, at
        self.tail: list[Token] = []

    def feed(self, tokens: Iterable[Token]) -> Iterator[Block]:
        """Add tokens; yields every block they complete."""
        self.tail.extend(tokens)
        size = self.segment * self.per_block
        while len(self.tail) >= size:
            block = self._cut(self.tail[:size])
            del self.tail[:size]
            self.tokens_seen += size
            self.at = block.end
            yield block

    def close(self, last: Iterable[Token] = ()) -> Block | None:
        """The unfinished block as it would be if the document ended here; changes nothing."""
        rest = [*self.tail, *last]
        return self._cut(rest) if rest else None

    def _cut(self, tokens: list[Token]) -> Block:
        segments, at = [], self.at
        for first in range(0, len(tokens), self.segment):
            piece = tokens[first : first + self.segment]
            start = self.tokens_seen + first
            ids = tuple(token for token, _ in piece)
            segments.append(Segment(start // self.segment, start, ids, at, piece[-1][1]))
            at = piece[-1][1]
        return Block(tuple(segments))
