"""Teaches what a layer's keys share, which is taken off before they are kept in four bits."""

from __future__ import annotations

from random import Random

import torch

from infinidoc.model.decoder import Decoder
from infinidoc.tokens import Tokenizer
from infinidoc.training.stories import Stories

TEXTS = 64


@torch.inference_mode()
def teach_centres(
    decoder: Decoder, tokenizer: Tokenizer, stories: Stories, *, texts: int = TEXTS, seed: int = 0
) -> None:
    """Every layer's `centre` becomes the mean of the last keys of segments of `texts` texts."""
    chance, segment = Random(f"{seed}:centres"), decoder.config.segment
    rounding = [index for index, each in enumerate(decoder.attentions) if each.rounds]
    sums = {index: torch.zeros_like(decoder.attentions[index].centre) for index in rounding}
    for _ in range(texts):
        ids = tokenizer.encode(stories.filler(chance, segment * 8))[:segment]
        memory = decoder.read(torch.tensor([ids], device=decoder.device), decoder.empty_memory())
        for index in rounding:
            keys = memory.layers[index].carried_keys[0].float()
            sums[index] += keys.mean(1, keepdim=True) / texts
    for index in rounding:
        decoder.attentions[index].centre.copy_(sums[index])
