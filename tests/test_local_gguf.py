"""A GGUF file on disk, in a folder, or in another program's store is a model like any other."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from infinidoc.errors import ModelError
from infinidoc.model.load import read_tensors
from infinidoc.weights import list_models, resolve
from infinidoc.weights.local_gguf import architecture
from infinidoc.weights.other_stores import stored_models
from tests.test_weights import write_gguf

MODEL_LAYER = "application/vnd.ollama.image.model"


@pytest.fixture
def gguf_file(tmp_path: Path) -> Path:
    (tmp_path / "mine").mkdir()
    file = tmp_path / "mine" / "Toy Model-Q4_1.gguf"
    write_gguf(file)
    return file


def in_ollama(folder: Path, content: bytes, tag: str = "1.7b") -> None:
    """What `ollama pull qwen3:TAG` leaves behind."""
    manifest = folder / "manifests/registry.ollama.ai/library/qwen3" / tag
    manifest.parent.mkdir(parents=True, exist_ok=True)
    layers = [{"mediaType": MODEL_LAYER, "digest": "sha256:0123"}]
    manifest.write_text(json.dumps({"layers": layers}), "utf-8")
    (folder / "blobs").mkdir(exist_ok=True)
    (folder / "blobs/sha256-0123").write_bytes(content)


def test_a_file_and_its_folder_become_one_model(home: Path, gguf_file: Path) -> None:
    by_file = resolve(str(gguf_file), offline=True, quiet=True)
    by_folder = resolve(str(gguf_file.parent), offline=True, quiet=True)
    assert by_file == by_folder
    assert by_file.name == "Toy Model-Q4_1"
    assert by_file.path.is_relative_to(home)
    assert {"config.json", "tokenizer.json"} <= {file.name for file in by_file.path.iterdir()}
    assert "embed_tokens.weight" in read_tensors(by_file.path)
    assert len(list_models()) == 1


def test_the_converted_weights_are_those_of_the_file(home: Path, tmp_path: Path) -> None:
    truth = write_gguf(tmp_path / "toy.gguf")
    folder = resolve(str(tmp_path / "toy.gguf"), offline=True, quiet=True).path
    found = read_tensors(folder)["embed_tokens.weight"].float().numpy()
    assert abs(found - truth["token_embd.weight"]).max() < 0.02


def test_ollama_and_lm_studio_models_are_found_by_name(
    home: Path, gguf_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("OLLAMA_MODELS", str(tmp_path / "ollama"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    in_ollama(tmp_path / "ollama", gguf_file.read_bytes())
    beside = tmp_path / ".lmstudio/models/someone/toy-GGUF/toy.gguf"
    beside.parent.mkdir(parents=True)
    beside.write_bytes(gguf_file.read_bytes())
    known = [model.name for model in stored_models()]
    assert known == ["ollama:qwen3:1.7b", "lmstudio:someone/toy-GGUF/toy.gguf"]
    digests = {resolve(name, offline=True, quiet=True).sha256 for name in [*known, "lmstudio:toy"]}
    assert len(digests) == 1
    for name in ("ollama:qwen3", "lmstudio:other"):
        with pytest.raises(ModelError, match="no such model on this machine"):
            resolve(name, offline=True, quiet=True)


def header(name: str) -> bytes:
    """The first bytes of a GGUF file of an architecture, with one key before it."""
    key, value = b"general.architecture", name.encode()
    first = struct.pack("<Q", 1) + b"n" + struct.pack("<II", 4, 7)
    second = struct.pack("<Q", len(key)) + key + struct.pack("<IQ", 8, len(value)) + value
    return b"GGUF" + struct.pack("<IQQ", 3, 0, 2) + first + second


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("other.gguf", header("mamba"), "models of type 'mamba' cannot be read with"),
        ("notes.txt", b"These are notes.", "this is no GGUF file"),
        ("cut.gguf", header("llama")[:40], "this is no GGUF file, or a damaged one"),
        ("big-00001-of-00002.gguf", header("llama"), "a GGUF file in parts"),
        ("torn.gguf", header("llama"), "transformers cannot convert it"),
    ],
)
def test_what_cannot_be_converted_is_said_in_one_line(
    home: Path, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(ModelError, match=words) as error:
        resolve(str(file), offline=True, quiet=True)
    assert "\n" not in str(error.value)
    assert not list_models()


def test_of_several_files_in_a_folder_none_is_guessed(home: Path, tmp_path: Path) -> None:
    for name in ("a.gguf", "b.gguf", "mmproj-a.gguf"):
        (tmp_path / name).write_bytes(header("llama"))
    with pytest.raises(ModelError, match="several GGUF files"):
        resolve(str(tmp_path), offline=True, quiet=True)


def test_the_architecture_is_read_past_other_keys(tmp_path: Path) -> None:
    file = tmp_path / "qwen.gguf"
    file.write_bytes(header("qwen3"))
    assert architecture(file) == "qwen3"
