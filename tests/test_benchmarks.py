"""The quality benchmarks at toy size: they run, resume, and their shortcut is the whole thing."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch

from infinidoc.benchmarks.ground import hidden, lay
from infinidoc.benchmarks.plot import line_plot
from infinidoc.benchmarks.recall import bm25
from infinidoc.benchmarks.summaries import textrank
from infinidoc.language import LanguageModel
from infinidoc.training.rouge import rouge
from infinidoc.weights import resolve
from tests import tiny
from tests.test_taught import CONFIG, make_adapter
from tests.test_training import PLACES, data

__all__ = ["data"]  # the fixture


@pytest.fixture
def language(tiny_model: Path, tmp_path: Path) -> LanguageModel:
    path = make_adapter(tiny_model, tmp_path / "adapter.safetensors")
    return LanguageModel(resolve(str(tiny_model)), adapter=str(path))


@torch.inference_mode()
def test_a_changed_segment_is_as_if_the_whole_had_been_read(
    language: LanguageModel, tmp_path: Path
) -> None:
    """Exact for the last block; two layers reach one segment further through what is carried."""
    block = CONFIG.segment * 4
    ids = language.tokenizer.encode(tiny.text(2000))[: 4 * block]
    ground = lay(language, ids, (0.75,), tmp_path)
    site, insert = ground.site(0.75), language.tokenizer.encode("a rare word")
    quick = hidden(language, ground, [(site, 20, insert)])
    altered = ids[: site + 20] + insert + ids[site + 20 + len(insert) :]
    memory = language.decoder.empty_memory()
    for at in range(0, len(altered), block):
        memory = language.decoder.read(torch.tensor([altered[at : at + block]]), memory)
    shared = set(quick.kept.positions[0].tolist()) & set(memory.kept.positions[0].tolist())
    assert len(shared) >= CONFIG.kept - 4, "pooling at the segment's border may differ"
    for at in shared:
        one = quick.layers[1].kept_keys[:, :, quick.kept.positions[0].tolist().index(at)]
        two = memory.layers[1].kept_keys[:, :, memory.kept.positions[0].tolist().index(at)]
        torch.testing.assert_close(one, two, atol=2e-2, rtol=2e-2)
    again = lay(language, ids, (0.75,), tmp_path)  # from what was left in the folder
    kept = hidden(language, again, [(site, 20, insert)])
    assert kept.digest() == quick.digest()


@torch.inference_mode()
def test_a_block_that_comes_again_is_read_once_and_remembered_as_often(
    language: LanguageModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    block = CONFIG.segment * 4
    ids = (language.tokenizer.encode("Here we go again. ")[:16] * block)[: 9 * block]
    reads = []
    read = language.decoder.read
    monkeypatch.setattr(language.decoder, "read", lambda *a: reads.append(a) or read(*a))
    ground = lay(language, ids, (0.5,), tmp_path)
    assert len(reads) < 5
    memory = language.decoder.empty_memory()
    for at in range(0, len(ids), block):
        memory = read(torch.tensor([ids[at : at + block]]), memory)
    quick = ground.memory()
    assert torch.equal(quick.kept.positions, memory.kept.positions)
    assert torch.equal(quick.layers[1].kept_keys, memory.layers[1].kept_keys)
    assert quick.nbytes == language.decoder.settled(memory).nbytes


def test_a_plot_is_well_formed_and_names_its_lines(tmp_path: Path) -> None:
    from xml.etree import ElementTree

    path = tmp_path / "plot.svg"
    line_plot(path, {"on & off": [(0, 2.0), (1, 1.0)], "flat": [(0, 1.5), (1, 1.5)]}, "x", "y")
    tree = ElementTree.parse(path)
    texts = [node.text for node in tree.iter() if node.text]
    assert "on & off" in texts
    assert "flat" in texts


@torch.inference_mode()
def test_what_is_closed_is_measured_against_another_book(
    cli: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from infinidoc.benchmarks import memory as bench

    sizes = {"LENGTH": 2048, "SCORED": 1024, "CURVE": 2048, "BIN": 512, "START": 0}
    for name, value in {**sizes, "LONG_ENOUGH": 0}.items():
        monkeypatch.setattr(bench, name, value)
    result = cli("bench", "memory", "--data", data, "--books", "2", "--lengths", "3072")
    assert result.code == 0, result.err
    report = json.loads(result.out.splitlines()[-1])
    assert report["benchmark"] == "memory"
    assert report["books"] == 2
    assert set(report["controls"]) == {"other book", "average book", "equal bytes"}
    assert report["closed"]["matrices"] == 0.0, "shut gates change nothing"
    drawn = cli("bench", "memory", "--data", data, "--plot", tmp_path / "curve.svg")
    assert drawn.code == 0, drawn.err
    assert (tmp_path / "curve.svg").read_text().startswith("<svg")


def test_bm25_finds_the_rare_word() -> None:
    pieces = ["the sea and the sky", "the gold map", "the sea the sea"]
    assert bm25(pieces, "Where is the gold?", 1) == ["the gold map"]


def test_textrank_keeps_to_the_length() -> None:
    text = " ".join(tiny.text(400, 3).split())
    assert 0 < len(textrank(text, 40).split()) <= 60
    assert rouge(textrank(text, 40), text)[0] > 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("recall", "--lengths", "2048", "--samples", "2", "--tasks", "passkey,fact,babi1"),
        ("reading", "--contexts", "3"),
        ("ablation", "--steps", "1", "--tokens", "128", "--only", "F = 32; + length"),
    ],
    ids=["recall", "reading", "ablation"],
)
def test_they_end_with_one_json_line_and_resume(
    cli: Any, data: Path, tmp_path: Path, tiny_model: Path, arguments: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    adapter = make_adapter(tiny_model, tmp_path / "adapter.safetensors")
    monkeypatch.setenv("INFINIDOC_ADAPTER", str(adapter))
    command = ("bench", *arguments, "--data", data, "--work", tmp_path / "work")
    first = cli(*command)
    assert first.code == 0, first.err
    report = json.loads(first.out.splitlines()[-1])
    assert report["benchmark"] == arguments[0]
    before = {p: p.read_bytes() for p in (tmp_path / "work").glob("*.jsonl")}
    assert cli(*command).out == first.out
    assert before == {p: p.read_bytes() for p in (tmp_path / "work").glob("*.jsonl")}


def test_finding_counts_the_passages_that_hold_an_answer(cli: Any, data: Path) -> None:
    result = cli("bench", "finding", "--data", data, "--tokens", "100000")
    assert result.code == 0, result.err
    report = json.loads(result.out.splitlines()[-1])
    assert report["all"]["questions"] == 2 * 3 * len(PLACES)
    assert report["all"]["ours@3"] == report["all"]["bm25@3"] > 0, "words alone: no seeker"


def test_recall_needs_an_adapter(cli: Any, data: Path, tmp_path: Path) -> None:
    result = cli("bench", "recall", "--data", data, "--work", tmp_path)
    assert result.code == 2
    assert "no adapter" in result.err


def test_facts_are_the_same_for_the_same_seed() -> None:
    from infinidoc.training.facts import make_fact

    assert make_fact(Random(4)) == make_fact(Random(4))


def test_the_rules_of_check_are_measured_on_planted_faults(cli: Any, tmp_path: Path) -> None:
    """A slip, another spelling and a wrong weekday are planted, and most are found again."""
    text = "The harbour lay still when Bartholomew came. The harbour was cold on 4 May 1871. " * 12
    row = {"title": "port", "text": text, "source": "own"}
    with lzma.open(tmp_path / "books.dev.jsonl.xz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")
    report = tmp_path / "unjudged.jsonl"
    arguments = ("--data", tmp_path, "--kinds", "books", "--unjudged", report)
    result = cli("bench", "checking", *arguments)
    rules = json.loads(result.out.splitlines()[-1])["rules"]
    assert rules["spelling"]["recall"] == 1
    assert rules["weekday"]["alarms"] == 0
    assert rules["name"]["planted"] == 1
    assert not report.exists()


def test_greater_lengths_are_of_books_that_are_that_long(tiny_model: Path) -> None:
    from infinidoc.benchmarks import memory

    language = LanguageModel.find(str(tiny_model))
    short, long = "a" * (memory.START + 100), "b" * (memory.START + 900)
    assert memory._as_long(language, [short, long], 300) == [language.tokenizer.encode("b") * 300]
    joined = memory._as_long(language, [short, short], 100 + memory.START)
    assert [len(ids) for ids in joined] == [100 + memory.START] * 2
