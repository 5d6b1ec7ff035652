"""Teaches the token selector which tokens are worth keeping: logistic regression on what is asked.

Texts are read by the frozen base once; the hidden states at the token selector's layer and the
marks of the stories (answers people gave, sentences that state a fact) are all it needs.
"""

from __future__ import annotations

from random import Random

import torch
from torch import Tensor
from torch.nn import functional

from infinidoc.model.decoder import Decoder
from infinidoc.model.token_selector import TokenSelector
from infinidoc.tokens import Tokenizer
from infinidoc.training.stories import Stories, Story

NOISE = 0.3  # of the states' deviation; without it few texts are learned by heart


@torch.inference_mode()
def hidden_at(decoder: Decoder, ids: Tensor, layer: int) -> Tensor:
    """Hidden states [B, N, width] that go into `layer` when ids [B, N] begin a document."""
    x = decoder.embed(ids)
    memory = decoder.empty_memory(ids.shape[0])
    for index in range(layer):
        x, _ = decoder.layers[index].read(  # type: ignore[operator]
            x, decoder.rotations[index], memory.layers[index], 0, False
        )
    return x


def marked_tokens(tokenizer: Tokenizer, story: Story, most: int) -> tuple[list[int], list[bool]]:
    """The story's first `most` tokens, and for each whether it is worth keeping."""
    stream = tokenizer.stream()
    tokens = [*stream.feed(story.text), *stream.flush()][:most]
    spans, at, last = story.spans(), 0, 0
    marks = []
    for _, end in tokens:
        while at < len(spans) and spans[at][1] <= last:
            at += 1
        marks.append(at < len(spans) and spans[at][0] < end and last < spans[at][1])
        last = end
    return [token for token, _ in tokens], marks


def train_selector(
    selector: TokenSelector, hidden: Tensor, marks: Tensor, *, steps: int = 1500, seed: int = 0
) -> float:
    """Fit `selector` to marks [M] from hidden states [M, width]; returns the last loss.

    Marked and unmarked tokens are drawn equally often: only the order of scores matters.
    """
    chance = torch.Generator().manual_seed(seed)
    yes, no = marks.nonzero().squeeze(1), (~marks).nonzero().squeeze(1)
    optimizer = torch.optim.AdamW(selector.parameters(), lr=3e-3, weight_decay=0.01)
    half, mean = 512, 0.0
    wanted = torch.cat([torch.ones(half), torch.zeros(half)]).to(hidden.device)
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 3e-3 * (1 - step / steps)
        rows = [pool[torch.randint(len(pool), (half,), generator=chance)] for pool in (yes, no)]
        states = hidden[torch.cat(rows)].float()
        noise = torch.randn(states.shape, generator=chance).to(states.device)
        scores = selector(states + NOISE * states.std() * noise)
        loss = functional.binary_cross_entropy_with_logits(scores, wanted)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        mean = 0.98 * mean + 0.02 * float(loss.detach())
    return mean


def teach_selector(
    decoder: Decoder, tokenizer: Tokenizer, stories: Stories, *, texts: int, seed: int = 0
) -> float:
    """Read `texts` stories of every kind and fit the decoder's token selector to their marks."""
    selector, chance = decoder.selector, Random(f"{seed}:keeper")
    assert selector is not None
    hidden, marks = [], []
    block = decoder.config.segment * 4
    for number in range(texts):
        story = _story_to_mark(stories, chance, number, block * 5)
        ids, worth = marked_tokens(tokenizer, story, block)
        states = hidden_at(
            decoder, torch.tensor([ids], device=decoder.device), decoder.config.kept_from
        )
        hidden.append(states[0].half().cpu().clone())
        marks.append(torch.tensor(worth))
    torch.manual_seed(seed)
    for layer in (selector.first, selector.second):
        layer.reset_parameters()
    selector.requires_grad_(True)
    loss = train_selector(selector, torch.cat(hidden), torch.cat(marks), seed=seed, steps=2500)
    selector.requires_grad_(False)
    return loss


def _story_to_mark(stories: Stories, chance: Random, number: int, characters: int) -> Story:
    kind = number % 4
    if kind == 0:
        return stories.facts(chance, characters, chance.randrange(4, 16))
    if kind == 1:
        return stories.questions(chance, characters, chance.randrange(2, 7))
    if kind == 2:
        return stories.babi(chance, characters, chance.choice((0, 0, 1, 2)))
    return Story("filler", [(stories.filler(chance, characters), False)])
