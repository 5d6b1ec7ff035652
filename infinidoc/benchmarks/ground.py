"""Long documents to hide things in, read once and used for many samples.

A sample only reads the segments it changes: their kept tokens take the place of the old ones
and everything competes again for its place in the memory, and what they write takes the place
of what was written, the matrices being sums. What a changed segment does to the ones after it,
through the carried tokens and the matrices, is left out; a test holds the result against a
whole reading.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from infinidoc.language import LanguageModel
from infinidoc.memory import Kept, LayerMemory, Memory
from infinidoc.snapshot import pack, unpack

WIDE = 4  # times the tokens a memory keeps are kept of the filler, as some will be displaced


Sums = Sequence[tuple[Tensor, Tensor]]  # matrix and norm of every layer


@dataclass(frozen=True)
class Part:
    """What is kept of document tokens `start` to `end` when they read otherwise.

    `sums` is what they write beyond what the tokens in their place had written.
    """

    start: int
    end: int
    memory: Memory
    sums: Sums = ()


@dataclass
class Ground:
    """Filler of `length` tokens: the memory after it, and the memories before its sites.

    A site is the first segment of a block, named by its first token.
    """

    ids: list[int]
    wide: Memory
    before: dict[int, Memory]
    count: int  # tokens a memory keeps
    folder: Path
    own: dict[int, Memory] = field(default_factory=dict)  # after the segment at a site

    @property
    def length(self) -> int:
        return len(self.ids)

    def site(self, share: float) -> int:
        """The site nearest to `share` of the length."""
        return min(self.before, key=lambda at: abs(at - share * self.length))

    def memory(self, parts: Sequence[Part] = ()) -> Memory:
        """The memory of this document when `parts` replace its own."""
        joined = _joined(self.wide, parts)
        for part in parts:
            joined = _added(joined, part.sums)
        return _best(joined, self.count)


@torch.inference_mode()
def lay(language: LanguageModel, ids: list[int], places: Sequence[float], folder: Path) -> Ground:
    """Read `ids` (whole blocks) or take what an earlier call left in `folder`."""
    count, block = language.config.kept, language.config.segment * language.segments_per_block
    sites = sorted({int(share * len(ids)) // block * block for share in places} - {0})
    path = folder / "wide.memory"
    if path.exists():
        before = {at: _load(folder / f"{at}.memory", language) for at in sites}
        return Ground(ids, _load(path, language), before, count, folder)
    folder.mkdir(parents=True, exist_ok=True)
    before, memory = {}, language.decoder.empty_memory()
    reader = _Reader(language, ids)
    for at in range(0, len(ids), block):
        if at in sites:
            before[at] = memory.without_kept()
            _save(folder / f"{at}.memory", before[at], language)
        memory = reader.read(at, memory)
    memory = language.decoder.settled(memory)
    _save(path, memory, language)
    return Ground(ids, memory, before, count, folder)


class _Reader:
    """Reads blocks of a text, a block that is bound to read like an earlier one only once.

    Through the carried tokens a block depends on one segment before it a layer, and on
    nothing further back while the gates are shut: where those tokens are the same again,
    as in the paper's filler, so is all that is kept.
    """

    def __init__(self, language: LanguageModel, ids: list[int]) -> None:
        self.decoder, self.ids = language.decoder, ids
        self.block = language.config.segment * language.segments_per_block
        self.reach = self.decoder.shape.depth * language.config.segment
        self.count = WIDE * language.config.kept
        keys = (
            Counter(self._key(at) for at in range(0, len(ids), self.block))
            if self.decoder.is_shut
            else {}
        )
        self._again = {key for key, times in keys.items() if times > 1 and key}
        self._read: dict[bytes, tuple[int, Memory]] = {}

    def _key(self, at: int) -> bytes:
        """All tokens that the block at `at` depends on but the first; none near the start."""
        if at <= self.reach:
            return b""
        tokens = array("i", self.ids[at - self.reach : at + self.block])
        return sha256(tokens.tobytes()).digest()

    def read(self, at: int, memory: Memory) -> Memory:
        """`memory`, which keeps WIDE times as many tokens as usual, after the block at `at`."""
        key = self._key(at)
        if key in self._read:
            first, earlier = self._read[key]
            after = _moved(earlier, at - first)
        else:
            after = self._read_now(at, memory)
            if key in self._again:
                self._read[key] = at, after
        return _best(_joined(memory, [Part(at, at + self.block, after)], after), self.count)

    def _read_now(self, at: int, memory: Memory) -> Memory:
        """The memory after the block, which keeps tokens of this block alone."""
        selector = self.decoder.selector
        assert selector is not None
        usual, selector.count = selector.count, self.count
        try:
            ids = torch.tensor([self.ids[at : at + self.block]], device=self.decoder.device)
            return self.decoder.read(ids, memory.without_kept())
        finally:
            selector.count = usual


@torch.inference_mode()
def hidden(
    language: LanguageModel, ground: Ground, inserts: Sequence[tuple[int, int, list[int]]]
) -> Memory:
    """The memory of `ground` with (site, offset, token ids) put in; kept for the next call."""
    path = ground.folder / "hidden" / f"{sha256(repr(inserts).encode()).hexdigest()[:24]}.memory"
    segment = language.config.segment
    if path.exists():
        survivors = _load(path, language)
        places = survivors.kept.positions[0]
        parts = [
            Part(site, site + segment, survivors.choose(_inside(places, site, site + segment)))
            for site, _, _ in inserts
        ]
        parts[0] = replace(parts[0], sums=[(at.matrix, at.norm) for at in survivors.layers])
        return ground.memory(parts)
    parts = [changed(language, ground, *insert) for insert in inserts]
    memory = ground.memory(parts)
    path.parent.mkdir(exist_ok=True)
    _save(path, _survivors(memory, ground.wide, parts), language)
    return memory


@torch.inference_mode()
def changed(
    language: LanguageModel, ground: Ground, site: int, offset: int, insert: list[int]
) -> Part:
    """The segment at `site` with `insert` in place of its tokens from `offset` on, as read."""
    segment = language.config.segment
    own = ground.ids[site : site + segment]
    ids = (own[:offset] + insert + own[offset + len(insert) :])[:segment]
    decoder, before = language.decoder, ground.before[site]
    memory = decoder.read(torch.tensor([ids]), before)
    if site not in ground.own:
        ground.own[site] = decoder.settled(decoder.read(torch.tensor([own]), before))
    return Part(
        site, site + segment, memory, _beyond(decoder.settled(memory), ground.own[site])
    )  # fmt: skip


def _beyond(memory: Memory, other: Memory) -> Sums:
    """What the matrices of `memory` hold beyond those of `other`."""
    layers = zip(memory.layers, other.layers, strict=True)
    return [(mine.matrix - theirs.matrix, mine.norm - theirs.norm) for mine, theirs in layers]


def _added(memory: Memory, sums: Sums) -> Memory:
    """`memory` with `sums` in its matrices too."""
    layers = (
        replace(layer, matrix=layer.matrix + matrix, norm=(layer.norm + norm).clamp_min(0.0))
        for layer, (matrix, norm) in zip(memory.layers, sums, strict=True)
    )
    return replace(memory, layers=tuple(layers)) if sums else memory


def _survivors(memory: Memory, wide: Memory, parts: Sequence[Part]) -> Memory:
    """Only what `memory` keeps of the parts, and what they changed of the matrices of `wide`."""
    places = memory.kept.positions[0]
    index = torch.cat([_inside(places, part.start, part.end) for part in parts], 1)
    kept = memory.choose(index.sort().values)
    names = ("kept_keys", "kept_values")
    layers = tuple(
        replace(
            LayerMemory(
                **{n: t if n in names else t[:, :, :0] for n, t in layer.tensors().items()}
            ),
            matrix=matrix,
            norm=norm,
        )
        for layer, (matrix, norm) in zip(kept.layers, _beyond(memory, wide), strict=True)
    )
    return replace(kept, layers=layers)


def _inside(places: Tensor, start: int, end: int) -> Tensor:
    """Indices [1, m] of the places from `start` to `end`."""
    return ((places >= start) & (places < end)).nonzero().T


def _moved(memory: Memory, tokens: int) -> Memory:
    """The same memory as if it had been read so many tokens later."""
    kept = memory.kept._replace(positions=memory.kept.positions + tokens)
    seen = memory.tokens_seen + tokens
    return replace(memory, kept=kept, tokens_seen=seen)


def _joined(wide: Memory, parts: Sequence[Part], state: Memory | None = None) -> Memory:
    """`state`, or `wide`, with all kept tokens of `wide`, but those of `parts` in their place."""
    positions = wide.kept.positions[0]
    free = torch.ones_like(positions, dtype=torch.bool)
    for part in parts:
        free &= (positions < part.start) | (positions >= part.end)
    memories = [wide.choose(free.nonzero().T), *(part.memory for part in parts)]
    layers = []
    for index, layer in enumerate((state or wide).layers):
        theirs = [memory.layers[index] for memory in memories]
        keys, values = (torch.cat([getattr(t, n) for t in theirs], 2) for n in
                        ("kept_keys", "kept_values"))  # fmt: skip
        layers.append(replace(layer, kept_keys=keys, kept_values=values))
    kept = Kept(*(torch.cat([getattr(m.kept, n) for m in memories], 1) for n in
                  ("scores", "positions")))  # fmt: skip
    return replace(state or wide, layers=tuple(layers), kept=kept)


def _best(memory: Memory, count: int) -> Memory:
    """The `count` best kept tokens, earlier ones first among equals, in document order."""
    order = memory.kept.positions[0].sort(stable=True).indices
    scores = memory.kept.scores[0][order]
    best = scores.sort(descending=True, stable=True).indices[:count].sort().values
    index: Tensor = order[best]
    return memory.choose(index.unsqueeze(0))


def _save(path: Path, memory: Memory, language: LanguageModel) -> None:
    header: dict[str, Any] = {"identity": language.identity}
    path.write_bytes(pack(memory, header))


def _load(path: Path, language: LanguageModel) -> Memory:
    return unpack(path.read_bytes(), language.identity, language.empty_memory())[0]
