"""The decoder is transformers' own, family by family, while the gates are shut."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import FAMILIES, Architecture
from infinidoc.model.graft import install
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.load import load_decoder
from tests import tiny

LENGTH = 48
CONFIG = MemoryConfig(segment=64, sinks=2, carried=8)


@pytest.mark.parametrize("family", FAMILIES)
def test_logits_are_bit_equal_to_transformers(family: str, tmp_path: Path) -> None:
    theirs = tiny.save_family(family, tmp_path)
    ours = load_decoder(tmp_path, CONFIG)
    ids = torch.randint(0, 259, (2, LENGTH))
    with torch.no_grad():
        expected = theirs(ids, use_cache=False).logits
        logits, _ = ours(ids)
        window = KVCache(ours.shape.depth)
        asked = ours.logits(ours.ask(ids, None, window))
    if family == "gemma2":  # transformers caps scores in its eager attention only
        theirs.set_attn_implementation("eager")
        expected = theirs(ids, use_cache=False).logits
        torch.testing.assert_close(logits, expected, atol=1e-5, rtol=1e-5)
    else:
        assert torch.equal(logits, expected)
    assert torch.equal(asked, logits)


@pytest.mark.parametrize("family", FAMILIES)
def test_decoding_token_by_token_gives_the_same_logits(family: str, tmp_path: Path) -> None:
    tiny.save_family(family, tmp_path)
    model = load_decoder(tmp_path, CONFIG)
    ids = torch.randint(0, 259, (1, LENGTH))
    window = KVCache(model.shape.depth)
    with torch.no_grad():
        whole, _ = model(ids)
        steps = [model.ask(ids[:, i : i + 1], None, window) for i in range(LENGTH)]
        logits = model.logits(torch.cat(steps, 1))
    torch.testing.assert_close(logits, whole, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("family", ["llama", "mistral", "qwen2", "qwen3", "gemma"])
def test_grafted_on_transformers_nothing_changes_while_shut(family: str, tmp_path: Path) -> None:
    host = tiny.save_family(family, tmp_path)
    ids = torch.randint(0, 259, (2, LENGTH))
    with torch.no_grad():
        before = host(ids, use_cache=False).logits
        attentions = install(host, CONFIG)
        assert torch.equal(host(ids, use_cache=False).logits, before)
        for attention in attentions:
            torch.nn.init.constant_(attention.gate, 0.0)
        long = torch.randint(0, 259, (1, 200))
        opened = host(long, use_cache=False).logits
    assert len(attentions) == 2
    assert not torch.equal(opened[:, :64], opened[:, 64:128])
    assert opened.isfinite().all()


def test_a_grafted_host_is_the_decoder(tmp_path: Path) -> None:
    """The same weights, grafted on transformers or loaded by us, read a document alike."""
    host = tiny.save_family("llama", tmp_path)
    ours = load_decoder(tmp_path, CONFIG)
    for attention in [*install(host, CONFIG), *ours.attentions]:
        torch.nn.init.constant_(attention.gate, 0.0)
        attention.forget_gate()
    ids = torch.randint(0, 259, (1, 200))
    with torch.no_grad():
        logits, _ = ours(ids)
        torch.testing.assert_close(host(ids, use_cache=False).logits, logits, atol=1e-5, rtol=1e-5)


def test_reading_needs_no_logits_and_gives_the_same_memory() -> None:
    model = tiny.decoder(gate=0.5)
    ids = torch.randint(0, 259, (1, 100))
    with torch.no_grad():
        _, whole = model(ids)
        memory = model.read(ids, model.empty_memory())
    assert memory.digest() == whole.digest()
    assert (memory.tokens_seen, memory.segments_seen) == (100, 7)


def test_memory_changes_an_answer_only_through_open_gates() -> None:
    ids = torch.randint(0, 259, (1, 10))
    for gate, same in ((None, True), (0.0, False)):
        model = tiny.decoder(gate=gate)
        with torch.no_grad():
            memory = model.read(torch.randint(0, 259, (1, 64)), model.empty_memory())
            base = model.ask(ids, None, KVCache(2))
            empty = model.ask(ids, model.empty_memory(), KVCache(2))
            full = model.ask(ids, memory, KVCache(2))
        assert torch.equal(base, empty)
        assert torch.equal(base, full) is same


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ModelError, match="known families"):
        Architecture.from_config({"model_type": "mamba"})
