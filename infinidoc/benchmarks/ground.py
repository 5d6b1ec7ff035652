"""Long documents to hide things in, read once and used for many samples.

With the gates shut a segment is read from its own tokens and those carried into it, so a
sample only has to read the segments it changes: their kept tokens take the place of the
old ones and everything competes again for its place in the memory. What a changed segment
does to the ones after it, through the carried tokens, is left out; a test holds the result
against a whole reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from infinidoc.language import SEGMENTS_PER_BLOCK, LanguageModel
from infinidoc.memory import Kept, Memory
from infinidoc.snapshot import pack, unpack

WIDE = 4  # times the tokens a memory keeps are kept of the filler, as some will be displaced


@dataclass
class Ground:
    """Filler of `length` tokens: the memory after it, and the memories before its sites.

    A site is the first segment of a block, named by its first token.
    """

    ids: list[int]
    wide: Memory
    before: dict[int, Memory]
    count: int  # tokens a memory keeps

    @property
    def length(self) -> int:
        return len(self.ids)

    def site(self, share: float) -> int:
        """The site nearest to `share` of the length."""
        return min(self.before, key=lambda at: abs(at - share * self.length))

    def memory(self, changed: Sequence[Memory] = ()) -> Memory:
        """The memory of this document when the segments of `changed` replace its own."""
        return _best(_joined(self.wide, changed), self.count)


@torch.inference_mode()
def lay(language: LanguageModel, ids: list[int], places: Sequence[float], folder: Path) -> Ground:
    """Read `ids` (whole blocks) or take what an earlier call left in `folder`."""
    decoder = language.decoder
    count, block = language.config.kept, language.config.segment * SEGMENTS_PER_BLOCK
    sites = sorted({int(share * len(ids)) // block * block for share in places} - {0})
    memory, before = decoder.empty_memory(), {}
    path = folder / "wide.memory"
    if path.exists():
        for at in sites:
            before[at] = unpack((folder / f"{at}.memory").read_bytes(), language.identity)[0]
        wide = unpack(path.read_bytes(), language.identity)[0]
        return Ground(ids, wide, before, count)
    folder.mkdir(parents=True, exist_ok=True)
    assert decoder.keeper is not None
    decoder.keeper.count = WIDE * count
    for at in range(0, len(ids), block):
        if at in sites:
            before[at] = memory.without_kept()
            _write(folder / f"{at}.memory", before[at], language)
        memory = decoder.read(torch.tensor([ids[at : at + block]]), memory)
    decoder.keeper.count = count
    _write(path, memory.without_carried(), language)
    return Ground(ids, memory.without_carried(), before, count)


@torch.inference_mode()
def changed(
    language: LanguageModel, ground: Ground, site: int, insert: list[int], offset: int
) -> Memory:
    """The segment at `site` with `insert` in place of its tokens from `offset` on, as read."""
    segment = language.config.segment
    own = ground.ids[site : site + segment]
    ids = (own[:offset] + insert + own[offset + len(insert) :])[:segment]
    return language.decoder.read(torch.tensor([ids]), ground.before[site])


def _joined(wide: Memory, parts: Sequence[Memory]) -> Memory:
    """One memory with all kept tokens of `wide`, but those of `parts` where they overlap."""
    positions = wide.kept.positions[0]
    free = torch.ones_like(positions, dtype=torch.bool)
    for part in parts:
        own = part.kept.positions[0]
        free &= (positions < own.min()) | (positions > own.max())
    memories = [wide.choose(free.nonzero().T), *parts]
    layers = []
    for index, layer in enumerate(wide.layers):
        theirs = [memory.layers[index] for memory in memories]
        keys, values = (torch.cat([getattr(t, n) for t in theirs], 2) for n in
                        ("kept_keys", "kept_values"))  # fmt: skip
        layers.append(replace(layer, kept_keys=keys, kept_values=values))
    kept = Kept(*(torch.cat([getattr(m.kept, n) for m in memories], 1) for n in
                  ("scores", "positions")))  # fmt: skip
    return replace(wide, layers=tuple(layers), kept=kept)


def _best(memory: Memory, count: int) -> Memory:
    """The `count` best kept tokens, earlier ones first among equals, in document order."""
    order = memory.kept.positions[0].sort(stable=True).indices
    scores = memory.kept.scores[0][order]
    best = scores.sort(descending=True, stable=True).indices[:count].sort().values
    index: Tensor = order[best]
    return memory.choose(index.unsqueeze(0))


def _write(path: Path, memory: Memory, language: LanguageModel) -> None:
    header: dict[str, Any] = {"identity": language.identity}
    path.write_bytes(pack(memory, header))
