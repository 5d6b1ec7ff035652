"""A pointer's spans in the eyes of the model: its probabilities, and the answer of both."""

from __future__ import annotations

import math

import pytest
import torch

from infinidoc.answering.answer_spans import AnswerSpans, Candidate
from infinidoc.answering.rescoring import TokenTree, log_probabilities, rescored
from infinidoc.grounding.overlap import exact_match, f1
from infinidoc.memory import MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import AttentionMask, KVCache
from tests import tiny
from tests.scripted import Letters


def asked(model: Decoder, ids: list[int]) -> tuple[KVCache, torch.Tensor]:
    """A window with `ids` in it, and the last hidden state."""
    window = KVCache(model.shape.depth)
    with torch.inference_mode():
        return window, model.ask(torch.tensor([ids]), None, window)[:, -1:]


def candidate(text: str, probability: float, start: int = 0, passage: int = 0) -> Candidate:
    return Candidate(text, passage, start, start + len(text), probability)


def pointing(*candidates: Candidate, nowhere: float = 0.2) -> AnswerSpans:
    return AnswerSpans(candidates, nowhere, 7)


def test_a_tree_of_texts_is_read_as_if_each_stood_alone() -> None:
    model = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4), gate=0.3)
    memory = model.read(torch.arange(32).unsqueeze(0), model.empty_memory())
    window, _ = asked(model, [5, 6, 7])
    texts = [[9], [9, 10, 11], [12, 13], [9, 10, 14, 9]]
    tree = TokenTree(texts)
    assert tree.tokens == [9, 10, 11, 12, 13, 14, 9], "common beginnings are read once"
    mask = AttentionMask.tree(tree.parents, window.length)
    with torch.inference_mode():
        together = model.ask(torch.tensor([tree.tokens]), memory, window, mask)[0]
        for text, path in zip(texts, tree.paths, strict=True):
            alone = model.ask(torch.tensor([text]), memory, window)[0]
            torch.testing.assert_close(together[path], alone, rtol=1e-4, atol=1e-5)
            window.cut(3)


@torch.inference_mode()
def test_probabilities_are_those_of_the_tokens_and_of_the_end() -> None:
    """As counted token by token, each answer by itself."""
    model, ids = tiny.decoder(), [3, 1, 4]
    window, hidden = asked(model, ids)
    answers = ["in May", "1884", "a"]
    logits = model.logits(hidden)[0, -1].float()
    found = log_probabilities(model, Letters(), window, logits, None, answers)  # type: ignore[arg-type]
    assert window.length == len(ids), "the window is left as it was found"
    for answer, value in zip(answers, found, strict=True):
        total, behind = 0.0, list(ids)
        for token in [*answer.encode(), 0]:
            follows = model.logits(asked(model, behind)[1])[0, -1].float()
            total += float(torch.log_softmax(follows, -1)[token])
            behind.append(token)
        assert value == pytest.approx(total, abs=1e-3)


@torch.inference_mode()
def test_a_long_answer_is_looked_at_as_far_as_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.decoder()
    window, hidden = asked(model, [3, 1, 4])
    logits = model.logits(hidden)[0, -1].float()
    monkeypatch.setattr("infinidoc.answering.rescoring.LONGEST", 2)
    long, short = log_probabilities(model, Letters(), window, logits, None, ["abcd", "ab"])  # type: ignore[arg-type]
    assert long > short, "an end that was not looked at costs nothing"


def test_what_both_find_likely_is_the_answer() -> None:
    found = pointing(candidate("in the harbour", 0.6), candidate("at noon", 0.4, 40))
    both = found.rescored([math.log(0.001), math.log(0.2)], refusing=0.1)
    assert both.answer is not None
    assert (both.answer.text, both.runner_up and both.runner_up.text) == (
        "at noon", "in the harbour",
    )  # fmt: skip
    assert both.known == pytest.approx(0.201)
    assert math.fsum(one.probability for one in both.candidates) == pytest.approx(1)
    assert found.answer is not None
    assert found.answer.text == "in the harbour", "the pointer's own is left as it was"


def test_the_answer_nearest_to_all_is_chosen() -> None:
    """A part of two likely spans is expected to share more with the truth than a third."""
    found = pointing(
        candidate("in May 1884", 0.25), candidate("1884", 0.22, 7), candidate("a whale", 0.3, 50)
    )
    assert found.answer is not None
    assert found.answer.text == "in May 1884"
    assert found.expected == pytest.approx(0.25 + 0.22 * 0.5)
    assert found.runner_up is not None
    assert found.runner_up.text == "a whale"


def test_the_same_words_in_two_places_are_asked_about_once() -> None:
    found = pointing(candidate("Rook", 0.3), candidate("Rook", 0.2, 90), candidate("Isolde", 0.4))
    assert found.words == ["Rook", "Isolde"]
    both = found.rescored([math.log(0.5), math.log(0.5)], refusing=0.1)
    assert both.answer is not None
    assert both.answer.text == "Rook"


@pytest.mark.parametrize(("refusing", "more"), [(0.99, True), (0.001, False)])
def test_both_have_a_say_in_refusing(refusing: float, more: bool) -> None:
    found = pointing(candidate("Rook", 1.0), nowhere=0.4)
    assert (found.rescored([-1.0], refusing).nowhere > found.nowhere) == more
    certain = pointing(candidate("Rook", 1.0), nowhere=1.0).rescored([-99.0], refusing=1.0)
    assert 0.99 < certain.nowhere <= 1


def test_nothing_pointed_at_is_no_answer() -> None:
    model = tiny.decoder()
    window, hidden = asked(model, [3, 1, 4])
    none = AnswerSpans((), 1.0, 0)
    assert rescored(model, Letters(), none, window, hidden, None) is none  # type: ignore[arg-type]
    assert (none.answer, none.runner_up, none.expected) == (None, None, 0.0)


def test_f1_is_over_words_without_articles() -> None:
    assert f1("the tall captain", ["Captain"]) == pytest.approx(2 / 3)
    assert exact_match("The Captain.", ["captain"]) == 1.0
    assert f1("", ["captain"]) == 0.0
