"""The compressive memory taught layer by layer: families, useless heads, held-out texts."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import FAMILIES, Architecture
from infinidoc.model.compressive import SHUT
from infinidoc.model.decoder import Decoder
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import HELD_OUT, Corpus
from infinidoc.training.distilling import Course, begin, memory_parameters, shut
from infinidoc.training.transfer import Transfer, bare, by_memory, shut_useless_heads
from tests import tiny

CONFIG = MemoryConfig(segment=16, sinks=2, carried=4, feature_count=8)
COURSE = Course(tokens=(96,), watched=1, watched_tokens=(32, 96), held_out=2)


def corpus(books: int = 6) -> Corpus:
    made = Corpus(Path("nowhere"))
    made.__dict__["books"] = [tiny.text(8000, seed) for seed in range(books)]
    made.__dict__["texts"] = made.books
    return made


def model(family: str) -> Decoder:
    torch.manual_seed(0)
    shape = Architecture.from_config(tiny.family_config(family).to_dict())
    decoder = Decoder(shape, CONFIG)
    for name, parameter in decoder.named_parameters():
        if parameter.dim() > 1 or name.endswith("proj.bias"):
            torch.nn.init.normal_(parameter, std=0.3)
    begin(decoder)
    return decoder.requires_grad_(False).eval()


@pytest.fixture(scope="module")
def tokenizer(tiny_model: Path) -> Tokenizer:
    return Tokenizer.from_folder(tiny_model)


@pytest.mark.parametrize("own_inputs", [False, True])
@pytest.mark.parametrize("family", FAMILIES)
def test_teaching_lowers_the_error_of_every_family(
    family: str, own_inputs: bool, tokenizer: Tokenizer
) -> None:
    decoder = model(family)
    task = Transfer(decoder, tokenizer, corpus(), corpus(), COURSE, 0, own_inputs)
    before, alone = task.errors()
    parameters = list(memory_parameters(decoder).values())
    for parameter in parameters:
        parameter.requires_grad_(True)
    optimizer = torch.optim.Adam(parameters, lr=3e-2)
    for step in range(25):
        optimizer.zero_grad()
        for loss in task.losses(step):
            loss.backward()
        optimizer.step()
    after, _ = task.errors()
    assert after.sum() < before.sum()
    assert after.sum() < alone.sum()


def test_no_gradient_crosses_a_layer(tokenizer: Tokenizer) -> None:
    decoder = model("llama")
    task = Transfer(decoder, tokenizer, corpus(), corpus(), COURSE, 0, True)
    for parameter in memory_parameters(decoder).values():
        parameter.requires_grad_(True)
    first, second = decoder.attentions
    losses = task.losses(0)
    next(losses).backward()
    assert first.gate.grad is not None
    assert second.gate.grad is None
    held: Tensor = first.gate.grad.clone()
    next(losses).backward()
    assert torch.equal(first.gate.grad, held)
    assert second.gate.grad is not None


def test_heads_that_do_not_help_are_shut(tokenizer: Tokenizer) -> None:
    decoder = model("llama")
    for attention in decoder.attentions:
        attention.gate.data.fill_(20.0)  # nothing but the untaught memory is read
        attention.gate.data[0] = -30.0
        attention.forget_gate()
    task = Transfer(decoder, tokenizer, corpus(), corpus(), COURSE)
    count = shut_useless_heads(task)
    gates = torch.stack([attention.gate.data for attention in decoder.attentions])
    assert count == int((gates == SHUT).sum()) > 0
    after, alone = task.errors()
    assert bool((after <= alone * (1 + 1e-5)).all())


def test_attention_is_as_it_was_after_a_look_at_its_heads() -> None:
    decoder = model("llama")
    attention, rotation = decoder.attentions[0], decoder.rotations[0]
    hidden = torch.randn(1, 64, decoder.shape.width)
    projection, gate = attention.o_proj, attention.gate.data.clone()
    whole = by_memory(attention, hidden, rotation)
    with bare(attention), shut([attention]):
        heads = by_memory(attention, hidden, rotation)
    assert attention.o_proj is projection
    assert torch.equal(attention.gate.data, gate)
    assert heads.shape[-1] == attention.heads * attention.head_dim
    torch.testing.assert_close(by_memory(attention, hidden, rotation), whole)


def test_no_text_is_both_taught_and_held_out() -> None:
    books = corpus(HELD_OUT + 2)
    assert len(books.taught.books) == 2
    assert not set(books.taught.books) & set(books.held_out.books)
    few = corpus(2)
    assert few.taught.books == few.books, "too few to hold any out"
