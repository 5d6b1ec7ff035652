"""Matrices are narrow where that is faster, and a narrow model is nearly the wide one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from infinidoc.errors import UsageError
from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model import precision
from infinidoc.model.decoder import Decoder
from infinidoc.model.load import load_decoder
from infinidoc.model.precision import SETTING, matrix_type

NARROW, WIDE = torch.bfloat16, torch.float32
CONFIG = MemoryConfig(segment=96, sinks=2, carried=8)


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"), [(1.0, 4.0, NARROW), (1.0, 1.1, WIDE), (30.0, 9.0, WIDE)]
)
def test_the_faster_type_is_measured_once(
    narrow: float, wide: float, expected: torch.dtype, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def milliseconds(kind: torch.dtype) -> float:
        measured.append(kind)
        return narrow if kind == NARROW else wide

    monkeypatch.setattr(precision, "_product", milliseconds)
    precision.measured.cache_clear()
    assert matrix_type("cpu") == expected
    precision.measured.cache_clear()  # as in another process: the file is believed
    assert matrix_type("cpu") == expected
    assert len(measured) == 2
    assert matrix_type("cuda") == NARROW
    kept = home / "cache" / "precision.json"
    (there,) = json.loads(kept.read_text())
    for damage in ("{", "[]", json.dumps({there: {"float32": "fast"}}), json.dumps({"other": {}})):
        kept.write_text(damage)
        assert matrix_type("cpu") == expected
    monkeypatch.undo()
    precision.measured.cache_clear()


def test_products_are_timed() -> None:
    assert 0 < precision._product(WIDE) < 1000


@pytest.mark.parametrize(("name", "expected"), [("float32", WIDE), ("bfloat16", NARROW)])
def test_a_setting_decides(
    name: str, expected: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, name)
    assert matrix_type("cpu") == expected


def test_an_unknown_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(SETTING, "float7")
    with pytest.raises(UsageError, match="float7"):
        matrix_type("cpu")


def read(decoder: Decoder, ids: torch.Tensor, block: int) -> Memory:
    memory = decoder.empty_memory()
    with torch.inference_mode():
        for at in range(0, ids.shape[1], block):
            memory = decoder.read(ids[:, at : at + block], memory)
    return memory


def test_only_the_layers_matrices_are_narrow(tiny_model: Path) -> None:
    decoder = load_decoder(tiny_model, CONFIG, matrices=NARROW)
    narrow = {name for name, p in decoder.named_parameters() if p.dtype == NARROW}
    assert narrow
    assert all(name.endswith("_proj.weight") for name in narrow)
    assert decoder.dtype == WIDE


def test_a_narrow_model_reads_nearly_what_the_wide_one_reads(tiny_model: Path) -> None:
    ids = torch.randint(0, 200, (1, 500))
    wide = read(load_decoder(tiny_model, CONFIG), ids, 192)
    narrow_model = load_decoder(tiny_model, CONFIG, matrices=NARROW)
    narrow = read(narrow_model, ids, 192)
    for (name, a), (_, b) in zip(wide.named_tensors(), narrow.named_tensors(), strict=True):
        assert a.dtype == b.dtype, name  # hidden states are narrow too: eight bits, twice a layer
        assert (a.float() - b.float()).norm() <= 0.04 * a.float().norm() + 1e-6, name


def test_narrow_blocks_of_any_size_read_nearly_the_same(tiny_model: Path) -> None:
    decoder = load_decoder(tiny_model, CONFIG, matrices=NARROW)
    ids = torch.randint(0, 200, (1, 480))
    small, large = read(decoder, ids, 96), read(decoder, ids, 384)
    for (name, a), (_, b) in zip(small.named_tensors(), large.named_tensors(), strict=True):
        assert (a.float() - b.float()).norm() <= 0.02 * a.float().norm() + 1e-6, name


def test_doctor_tells_the_type_and_what_is_wrong_with_a_setting(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "bfloat16")
    assert cli("doctor", "--json").json["matrices"] == "bfloat16"
    monkeypatch.setenv(SETTING, "float7")
    result = cli("doctor")
    assert result.code == 1
    assert "float7" in result.out
