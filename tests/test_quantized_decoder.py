"""One token written the short way is the token the decoder would have written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor

from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model import packing
from infinidoc.model.approximate_head import ApproximateHead, eight_bits
from infinidoc.model.architecture import Architecture
from infinidoc.model.decoder import Decoder
from infinidoc.model.fourbit import GROUP, pack_fourbit
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.lora import changed
from infinidoc.model.packing import speed_up
from infinidoc.model.quantized_decoder import QuantizedDecoder
from tests import tiny

SHAPE = {
    "vocab_size": 320, "hidden_size": 64, "intermediate_size": 128, "num_attention_heads": 4,
    "num_key_value_heads": 2, "head_dim": 16,
}  # fmt: skip


def of_four_bits(rows: int, columns: int) -> Tensor:
    """A matrix as a 4-bit file decodes to: sixteen levels in each group."""
    levels = torch.randint(0, 16, (rows, columns // GROUP, GROUP)).float()
    step, low = (torch.rand(rows, columns // GROUP, 1) * 0.02 for _ in range(2))
    return (levels * step - 8 * low).view(rows, columns)


def small(*, exact: bool = True, **other: Any) -> Decoder:
    """A decoder whose matrices were four bits once, and are multiplied in bfloat16."""
    torch.manual_seed(0)
    config = {"model_type": "llama", **tiny.SHAPE, **SHAPE, **other}
    decoder = Decoder(Architecture.from_config(config), MemoryConfig(segment=16, carried=4))
    for name, parameter in decoder.named_parameters():
        if name.endswith("_proj.weight"):
            drawn = of_four_bits(*parameter.shape) if exact else torch.randn(parameter.shape)
            parameter.data = drawn.to(torch.float32)
        elif parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return decoder.requires_grad_(False).eval()


def narrow(decoder: Decoder) -> Decoder:
    for name, parameter in decoder.named_parameters():
        if name.endswith("_proj.weight"):
            parameter.data = parameter.data.to(torch.bfloat16)
    return decoder


def folder_of(decoder: Decoder, path: Path) -> Path:
    path.mkdir()
    weights = {f"model.{n}": p.clone() for n, p in decoder.state_dict().items() if "gate" not in n}
    weights |= {f"model.{n}": p.clone() for n, p in decoder.state_dict().items() if "_proj" in n}
    weights["lm_head.weight"] = weights.pop("model.lm_head.weight")
    save_file(weights, path / "model.safetensors")
    return path


def sped_up(decoder: Decoder, path: Path, reader: Decoder | None = None) -> Decoder:
    folder = folder_of(decoder, path / "model")
    reader = narrow(reader or decoder)
    speed_up(reader, folder, path / "writer.safetensors")
    return reader


def told(decoder: Decoder, ids: Tensor, memory: Memory | None = None) -> Tensor:
    """Logits after a prompt of four tokens and then one at a time."""
    window = KVCache(decoder.shape.depth)
    with torch.inference_mode():
        hidden = [decoder.ask(ids[:, :4], memory, window)[:, -1:]]
        hidden += [decoder.ask(ids[:, i : i + 1], memory, window) for i in range(4, ids.shape[1])]
        assert window.length == ids.shape[1]
        return torch.cat([decoder.logits(each) for each in hidden], 1)


def near(found: Tensor, expected: Tensor) -> bool:
    return bool((found - expected).norm() < 0.03 * expected.norm())


@pytest.fixture(autouse=True)
def short_ways_are_faster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With matrices as small as here no time says anything."""
    if "timed" not in request.node.name:
        monkeypatch.setattr(packing, "is_faster", lambda *_: True)


IDS = torch.arange(3, 40).unsqueeze(0)


def test_the_writer_is_the_decoder(tmp_path: Path) -> None:
    expected = told(narrow(small()), IDS)
    decoder = sped_up(small(), tmp_path)
    assert decoder.writer is not None
    assert near(told(decoder, IDS), expected)


def opened() -> Decoder:
    """`small`, with its memory open."""
    decoder = small()
    for attention in decoder.attentions:
        torch.nn.init.constant_(attention.gate, 1.0)
        attention.forget_gate()
    return decoder


def test_so_it_is_with_a_memory_beside(tmp_path: Path) -> None:
    plain = narrow(opened())
    with torch.inference_mode():
        memory = plain.settled(plain.read(IDS.repeat(1, 4), plain.empty_memory()))
    expected = told(plain, IDS, memory)
    decoder = sped_up(opened(), tmp_path)
    assert decoder.writer is not None
    assert near(told(decoder, IDS, memory), expected)
    assert not near(told(decoder, IDS), expected)


def test_so_it_is_with_what_was_taught_beside(tmp_path: Path) -> None:
    torch.manual_seed(1)
    base, change = small(), dict[str, Tensor]()
    for name, parameter in base.named_parameters():
        if name.endswith("_proj.weight") and "k_proj" not in name:  # one was left untaught
            stem, (rows, columns) = name.removesuffix(".weight"), parameter.shape
            change[f"{stem}.a"] = torch.randn(3, columns) * 0.1
            change[f"{stem}.b"] = torch.randn(rows, 3) * 0.1
    plain = told(narrow(small()), IDS)
    expected = told(changed(narrow(small()), change, 2.0), IDS)
    assert not near(plain, expected)
    reader = sped_up(small(), tmp_path, changed(narrow(small()), change, 2.0))
    assert reader.writer is not None
    assert near(told(reader, IDS), expected)


def test_four_bits_are_found_again_exactly() -> None:
    weight = of_four_bits(64, 128)
    weight[0, :GROUP] = 0.25  # a group of one value
    weight[1, :GROUP] = weight[1, :GROUP].clamp_max(float(weight[1, :GROUP].median()))
    packed = pack_fourbit(weight)
    assert packed is not None
    x = torch.eye(128).to(torch.bfloat16)
    torch.testing.assert_close(packed(x).float().t(), weight, atol=4e-3, rtol=1e-2)


def test_what_never_was_of_four_bits_stays_as_it_is(tmp_path: Path) -> None:
    assert pack_fourbit(torch.randn(64, 128)) is None
    assert pack_fourbit(of_four_bits(63, 128)) is None
    decoder = sped_up(small(exact=False), tmp_path)
    assert decoder.writer is None
    assert decoder.lm_head.few is not None


def test_the_best_logits_are_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infinidoc.model.approximate_head.BEST", 8)
    weight, x = torch.randn(448, 64), torch.randn(1, 2, 64)
    found, exact = ApproximateHead(weight, *eight_bits(weight))(x), x @ weight.t()
    assert torch.equal(found.argmax(-1), exact.argmax(-1))
    torch.testing.assert_close(found.amax(-1), exact.amax(-1))
    torch.testing.assert_close(found, exact, atol=0.5, rtol=0.05)
    assert ApproximateHead.takes(weight)
    assert not ApproximateHead.takes(weight[1:])


def test_the_file_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, file = folder_of(small(), tmp_path / "model"), tmp_path / "deep" / "writer.safetensors"
    speed_up(narrow(small()), folder, file)
    assert [each.name for each in file.parent.iterdir()] == [file.name]
    monkeypatch.setattr(packing, "_made", lambda *_: pytest.fail("made again"))
    again = narrow(small())
    speed_up(again, folder, file)
    assert again.writer is not None


def test_without_a_place_for_the_file_only_speed_is_lost(tmp_path: Path) -> None:
    folder = folder_of(small(), tmp_path / "model")
    (tmp_path / "taken").write_text("no folder")
    decoder = narrow(small())
    speed_up(decoder, folder, tmp_path / "taken" / "writer.safetensors")
    assert decoder.writer is None
    (tmp_path / "damaged").write_text("no such thing")
    speed_up(decoder, folder, tmp_path / "damaged")
    assert decoder.writer is None


def test_matrices_in_float32_are_written_by_too(tmp_path: Path) -> None:
    """As on a processor without bfloat16 products."""
    expected = told(small(), IDS)
    decoder, folder = small(), folder_of(small(), tmp_path / "model")
    speed_up(decoder, folder, tmp_path / "writer.safetensors")
    assert decoder.writer is not None
    assert near(told(decoder, IDS), expected)


def test_where_it_is_slower_it_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "is_faster", lambda few, whole: len(few) == len(whole))
    decoder = sped_up(small(), tmp_path)
    assert decoder.writer is None
    assert decoder.lm_head.few is not None
    monkeypatch.setattr(packing, "is_faster", lambda *_: pytest.fail("measured again"))
    again = narrow(small())
    speed_up(again, tmp_path / "model", tmp_path / "writer.safetensors")
    assert again.writer is None


def test_ways_are_timed() -> None:
    small, large = (packing.Product.of(torch.ones(rows, 64)) for rows in (8, 100_000))
    assert packing.is_faster([small], [large])
    assert not packing.is_faster([large], [small])


def test_only_plain_decoders_have_one() -> None:
    assert packing.suits(narrow(small()))
    opened = narrow(small())
    torch.nn.init.zeros_(opened.attentions[0].gate)
    opened.attentions[0].forget_gate()
    assert packing.suits(opened)
    opened.config = replace(opened.config, gate="scalar")
    assert not packing.suits(opened)
    for family in ("qwen3", "gemma2", "mistral"):
        config = tiny.family_config(family).to_dict()
        other = Decoder(Architecture.from_config(config), MemoryConfig(segment=16, carried=4))
        assert not QuantizedDecoder.fits(other)
