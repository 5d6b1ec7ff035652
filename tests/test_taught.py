"""The product with an adapter: it is used, it is named, and `--until` holds for what is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
import torch

from infinidoc.adapter import save_adapter
from infinidoc.answering.prompts import NOT_FOUND
from infinidoc.language import LanguageModel
from infinidoc.library import Library
from infinidoc.memory import Memory, MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.model.load import load_decoder
from infinidoc.model.lora import add_low_rank
from infinidoc.weights import resolve
from tests import tiny

CONFIG = MemoryConfig(segment=64, sinks=2, carried=8, kept=24, kept_from=1)


def make_adapter(model: Path, path: Path, *, seed: int = 0, refusal: float = 0.5) -> Path:
    """An adapter of random weights for the model in the folder `model`."""
    torch.manual_seed(seed)
    decoder = load_decoder(model, CONFIG)
    assert decoder.selector is not None
    for layer in (decoder.selector.first, decoder.selector.second):
        layer.reset_parameters()
    tensors = {f"keeper.{k}": v.clone() for k, v in decoder.selector.state_dict().items()}
    for name, parameter in add_low_rank(decoder, 2, 1.0).items():
        tensors[name] = torch.randn_like(parameter) * 0.1
    header = {
        "name": "tiny-reader",
        "base": resolve(str(model)).sha256,
        "rank": 2,
        "scale": 1.0,
        "refusal": refusal,
        "config": asdict(CONFIG),
    }
    save_adapter(path, tensors, header)
    return path


@pytest.fixture
def adapter(tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = make_adapter(tiny_model, tmp_path / "adapter.safetensors")
    monkeypatch.setenv("INFINIDOC_ADAPTER", str(path))
    return path


@pytest.fixture
def tale(tmp_path: Path) -> Path:
    path = tmp_path / "tale.md"
    path.write_text(
        "".join(f"# Chapter {n}\n\n{tiny.text(200, n)}\n" for n in range(1, 8)), "utf-8"
    )
    return path


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> list[Memory | None]:
    """Every memory that a window for asking was opened with."""
    seen: list[Memory | None] = []
    real = Decoder.open_cache

    def spy(self: Decoder, memory: Memory | None) -> Any:
        seen.append(memory)
        return real(self, memory)

    monkeypatch.setattr(Decoder, "open_cache", spy)
    return seen


def test_the_adapter_is_used_and_named(
    cli: Callable[..., Any], adapter: Path, tale: Path, windows: list[Memory | None]
) -> None:
    read = cli("ingest", tale, "--json").json
    shown = cli("show", "tale", "--json").json
    assert shown["adapter"].startswith("keeper-")
    assert shown["memory_bytes"] == read["memory_bytes"] > 0
    answer = cli("ask", "Where is the captain?", "--json")
    assert answer.json["adapter"] == "tiny-reader"
    assert windows[-1] is not None
    assert windows[-1].kept.positions.shape[1] == CONFIG.kept
    assert "no adapter" not in cli("ask", "Where is the captain?").err


def test_without_one_the_user_is_told(cli: Callable[..., Any], tale: Path) -> None:
    cli("ingest", tale)
    result = cli("ask", "Where is the captain?")
    assert result.code == 0
    assert "no adapter" in result.err
    assert "no adapter" not in result.out


def test_evidence_alone_opens_an_empty_window(
    cli: Callable[..., Any], adapter: Path, tale: Path, windows: list[Memory | None]
) -> None:
    cli("ingest", tale)
    cli("ask", "Where is the captain?", "--mode", "evidence")
    assert windows == [None]


def test_until_holds_for_what_is_kept(
    adapter: Path, tiny_model: Path, tale: Path, tmp_path: Path, windows: list[Memory | None]
) -> None:
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tale)
        for page in (1, 3, 6):
            library.ask("Where is the captain?", until=page, mode="memory")
            memory = windows[-1]
            assert memory is not None
            end = library.store.page(1, page)["end"]
            border = library.store.segment_at(1, end)
            assert border is not None
            last = border["token_start"] + border["tokens"] * (border["end"] <= end)
            assert memory.tokens_seen <= last
            kept = memory.kept.positions
            assert not kept.numel() or int(kept.max()) < last


def test_snapshots_hold_no_kept_tokens_of_their_own(
    adapter: Path, tiny_model: Path, tale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc import ingest

    monkeypatch.setattr(ingest, "SNAPSHOT_TOKENS", 256)
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        library.ingest(tale)
        assert len(library.store.snapshots(1)) > 2
        found = library.store.snapshot_before(1, 10**9)
        assert found is not None
        from infinidoc.snapshot import unpack

        memory, _ = unpack(found[2], library.language.identity, library.language.empty_memory())
        assert memory.kept.positions.shape[1] == 0


def test_appending_is_reading_the_whole(adapter: Path, tiny_model: Path, tmp_path: Path) -> None:
    first, second = tiny.text(400, 1), tiny.text(300, 2)
    (tmp_path / "a.txt").write_text(first, "utf-8")
    (tmp_path / "b.txt").write_text(second, "utf-8")
    (tmp_path / "ab.txt").write_text(first + second, "utf-8")
    with Library(tmp_path / "library.db", model=str(tiny_model)) as library:
        whole = library.ingest(tmp_path / "ab.txt")
        library.ingest(tmp_path / "a.txt", name="parts")
        library.append("parts", tmp_path / "b.txt")
        one, two = library.show(whole["document"]), library.show("parts")
    assert one["memory_sha256"] == two["memory_sha256"]


def test_a_memory_of_another_keeper_is_refused_and_of_another_reader_is_not(
    cli: Callable[..., Any], adapter: Path, tiny_model: Path, tale: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    cli("ingest", tale)
    other = make_adapter(tiny_model, tmp_path / "other.safetensors", seed=5)
    monkeypatch.setenv("INFINIDOC_ADAPTER", str(other))
    by_memory = ("ask", "Where is the captain?", "--mode", "memory")
    refused = cli(*by_memory)
    assert refused.code == 4
    assert "adapter is keeper-" in refused.err
    monkeypatch.setenv("INFINIDOC_ADAPTER", "none")
    assert cli(*by_memory).code == 4
    again = make_adapter(tiny_model, tmp_path / "again.safetensors", refusal=0.9)
    monkeypatch.setenv("INFINIDOC_ADAPTER", str(again))
    assert cli(*by_memory).code == 0


@pytest.mark.parametrize(("border", "refuses"), [(0.0, True), (1.0, False)])
def test_refusing_is_set_after_training(
    tiny_model: Path, tale: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, border: float,
    refuses: bool,
) -> None:  # fmt: skip
    path = make_adapter(tiny_model, tmp_path / "a.safetensors", refusal=border)
    language = LanguageModel(resolve(str(tiny_model)), adapter=str(path))
    from infinidoc.answering.generate import write
    from infinidoc.model.kv_cache import KVCache

    window = KVCache(2)
    hidden = language.reader.ask(torch.tensor([[5, 6, 7]]), None, window)[:, -1:]
    pieces = write(language, window, hidden, None, most=1, stop_at_line=True, may_refuse=True)
    text = "".join(piece.text for piece in pieces)
    assert text.startswith(NOT_FOUND[0]) == refuses


def test_a_piped_document_is_read_by_the_base_and_answered_by_the_reader(
    cli: Callable[..., Any], adapter: Path
) -> None:
    result = cli("ask", "Where is the captain?", "--json", stdin=tiny.text(100).encode())
    assert result.code == 0, result.err
    assert json.loads(result.out)["adapter"] == "tiny-reader"
