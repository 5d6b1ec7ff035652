"""The benchmark of speed at toy size, and the theory it measures against."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from infinidoc.benchmarks import exactness, theory
from infinidoc.benchmarks.llama import Llama
from infinidoc.benchmarks.peak import peak_megabytes
from infinidoc.errors import ModelError
from infinidoc.memory import MemoryConfig
from infinidoc.model.architecture import Architecture
from infinidoc.model.attention import InfiniAttention
from infinidoc.model.precision import SETTING
from tests import tiny

FAKE = """
from types import SimpleNamespace

class CommonParams:
    def __init__(self):
        self.model, self.cpuparams, self.cpuparams_batch = (SimpleNamespace() for _ in range(3))

class Server:
    def __init__(self, settings):
        pass

    def handle_completions(self, wanted):
        if len(wanted["prompt"]) == 1:
            return {"error": "none"}
        times = {"prompt_ms": len(wanted["prompt"]), "predicted_ms": wanted["n_predict"]}
        return {"timings": times}

def get_system_info():
    return "AVX2 = 1 | FMA = 0"
"""
SMALL = ("--prefills", "64", "--decode", "3", "--rounds", "1")


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The same on every processor."""
    monkeypatch.setenv(SETTING, "float32")


def test_it_measures_every_part_and_ends_with_one_json_line(cli: Any) -> None:
    result = cli("bench", "speed", "--lengths", "1500", *SMALL)
    assert result.code == 0, result.err
    report = json.loads(result.out.splitlines()[-1])
    assert report["benchmark"] == "speed"
    assert set(report["reading"]["in_turn"]) == {
        "bare matrix products, float32",
        "transformers prefill at 64",
    }
    assert report["peers"]["transformers"].endswith("torch.float32")
    assert report["decoding"]["transformers"]["tokens_per_second"] > 0
    assert report["tokenizing"]["equal"]
    assert report["lengths"][0]["tokens"] >= 1500
    assert report["lengths"][0]["first_token_seconds"] >= 0
    assert "llama.cpp: left out: tiny" in result.out


def test_without_peers_and_lengths_it_is_short(cli: Any) -> None:
    report = json.loads(
        cli("bench", "speed", "--lengths", "", "--peers", "", *SMALL).out.splitlines()[-1]
    )
    assert report["lengths"] == []
    assert list(report["reading"]["in_turn"]) == ["bare matrix products, float32"]


def test_narrow_matrices_are_told_beside_the_usual_ones(
    cli: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(SETTING, "bfloat16")
    report = json.loads(cli("bench", "speed", "--lengths", "", *SMALL).out.splitlines()[-1])
    assert report["matrices"] == "torch.bfloat16"
    assert set(report["reading"]["in_turn"]) == {
        "bare matrix products, float32",
        "bare matrix products, bfloat16",
        "transformers prefill at 64",
        "transformers in bfloat16 prefill at 64",
    }


def test_what_makes_no_sense_is_refused(cli: Any) -> None:
    assert cli("bench", "speed", "--lengths", "many").code == 2
    assert cli("bench", "speed", "--peers", "gpt").code == 2


def test_a_wrong_attention_is_not_measured(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(InfiniAttention, "_mix", lambda self, local, *_: local)
    with pytest.raises(ModelError, match="nothing is reported"):
        exactness.refuse_if_wrong()
    result = cli("bench", "speed", *SMALL)
    assert result.code == 1
    assert result.out == ""


def test_theory_counts_the_products_of_the_default_model() -> None:
    config = {"model_type": "llama", "vocab_size": 49152, "hidden_size": 576,
              "intermediate_size": 1536, "num_hidden_layers": 30, "num_attention_heads": 9,
              "num_key_value_heads": 3, "tie_word_embeddings": True}  # fmt: skip
    assert theory.product_flop(Architecture.from_config(config)) == pytest.approx(
        0.2123e9, rel=1e-3
    )


def test_theory_counts_the_weights_of_a_tiny_model() -> None:
    decoder = tiny.decoder()
    shape = decoder.shape
    layers = sum(i * o for i, o in theory.layer_products(shape)) + 2 * shape.width
    head = shape.width * (1 + shape.vocabulary)
    assert theory.decode_bytes(decoder) == 4 * (shape.depth * layers + head)


def test_theory_of_attention_is_half_a_segment_and_what_is_carried() -> None:
    shape = tiny.decoder().shape
    config = MemoryConfig(segment=15, sinks=2, carried=4)
    assert theory.attention_flop(shape, config) == 4 * shape.depth * 32 * (2 + 4 + 8)


def test_a_peer_in_its_own_process_stands_still_out_of_turn(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "xllamacpp.py").write_text(FAKE, "utf-8")
    about = tmp_path / "xllamacpp-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Name: xllamacpp\nVersion: 0\n", "utf-8")
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    monkeypatch.syspath_prepend(tmp_path)
    llama = Llama(lambda: tmp_path / "model.gguf", 100, 64)
    try:
        assert llama.made == "xllamacpp 0, model.gguf, AVX2"
        status = Path(f"/proc/{llama.process.pid}/status")
        if status.exists():
            late = time.monotonic() + 10  # a signal takes its time
            while "T (stopped)" not in status.read_text() and time.monotonic() < late:
                time.sleep(0.01)
            assert "T (stopped)" in status.read_text()
        assert llama.prefill(8) == pytest.approx(0.008)
        assert llama.decode(4) == pytest.approx(0.005)
        with pytest.raises(ModelError, match="did not answer"):
            llama.prefill(1)
    finally:
        llama.close()
    with pytest.raises(ModelError, match="ended"):
        llama.prefill(8)


def test_the_peak_of_a_child_is_its_own() -> None:
    call = "from infinidoc.benchmarks.peak import peak_megabytes as p; print(p())"

    def peak() -> float:
        command = [sys.executable, "-c", call]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    bare = peak()
    ballast = b"x" * (300 << 20)
    assert peak() == pytest.approx(bare, rel=0.2)
    assert len(ballast) >> 20 == 300
    assert peak_megabytes() > bare


def test_the_gguf_file_is_fetched_once(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from infinidoc.weights import default_gguf, fetch, list_models

    fetches: list[Path] = []

    def fake(folder: Path, watch: fetch.Watch) -> Path:
        fetches.append(folder)
        (folder / "model.gguf").write_bytes(b"GGUF")
        return folder / "model.gguf"

    monkeypatch.setattr(fetch, "fetch_gguf", fake)
    with pytest.raises(ModelError, match="network"):
        default_gguf(offline=True)
    first = default_gguf(quiet=True)
    assert first.read_bytes() == b"GGUF"
    assert default_gguf(offline=True) == first
    assert len(fetches) == 1
    assert not fetches[0].exists()
    assert list_models() == []
