"""Short answers are weighed against one another; long and sure ones are written as they come."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from infinidoc.answering import rerank
from infinidoc.answering.rerank import Draft, Drafts, nearest, weighed
from infinidoc.memory import MemoryConfig
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import AttentionMask, KVCache
from infinidoc.text.overlap import exact_match, f1, normalized, stands
from tests import tiny
from tests.scripted import Letters


def asked(model: Decoder, ids: list[int]) -> tuple[KVCache, torch.Tensor]:
    """A window with `ids` in it, and the logits of what follows."""
    window = KVCache(model.shape.depth)
    with torch.inference_mode():
        hidden = model.ask(torch.tensor([ids]), None, window)
        return window, model.logits(hidden)[0, -1].float()


def draft(text: str, probability: float) -> Draft:
    return Draft(tuple(text.encode()), (math.log(probability),), True)


def test_branches_are_read_as_if_each_stood_alone() -> None:
    model = tiny.decoder(MemoryConfig(segment=16, sinks=2, carried=4), gate=0.3)
    memory = model.read(torch.arange(32).unsqueeze(0), model.empty_memory())
    window, _ = asked(model, [5, 6, 7])
    texts = [[9], [9, 10, 11], [12, 13]]
    layout = AttentionMask.branches([len(text) for text in texts], window.length)
    with torch.inference_mode():
        flat = torch.tensor([[token for text in texts for token in text]])
        together = model.ask(flat, memory, window, layout)[0]
        alone = []
        for text in texts:
            alone.append(model.ask(torch.tensor([text]), memory, window)[0])
            window.cut(3)
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)


def test_the_answer_nearest_to_all_is_chosen() -> None:
    drafts = [draft("in May 1884", 0.25), draft("1884", 0.22), draft("a whale", 0.3)]
    chosen = nearest(drafts, Letters())
    assert bytes(chosen.tokens) == b"in May 1884"
    assert chosen.agreed == pytest.approx(0.25 + 0.22 * 0.5)


def test_a_draft_in_the_words_of_the_passage_goes_before_all_others() -> None:
    drafts = [draft("twenty", 0.5), draft("Nineteen", 0.1), draft("nine", 0.2)]
    assert bytes(nearest(drafts, Letters(), ["isolde was nineteen"]).tokens) == b"Nineteen"
    assert bytes(nearest(drafts, Letters(), ["nobody knows"]).tokens) == b"twenty"
    assert bytes(nearest([*drafts, draft("Yes", 0.6)], Letters(), ["nineteen"]).tokens) == b"Yes"


def test_a_sure_answer_in_other_words_is_drafted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    model = tiny.decoder()
    window, logits = asked(model, [3, 1, 4])
    tokenizer = Letters()
    tokenizer.eos_ids = frozenset({int(asked(model, [3, 1, 4, int(logits.argmax())])[1].argmax())})
    monkeypatch.setattr(rerank, "SURE", 0.0)
    sure = weighed(model, tokenizer, window, logits)
    assert len(sure.tokens) == 1
    again = Drafts(model, tokenizer, window)
    again.likeliest(logits)
    again.best()
    other = next(d for d in sorted(again.whole) if d.tokens != sure.tokens)
    text = tokenizer.decode(list(other.tokens))
    if normalized(text):
        chosen = weighed(model, tokenizer, window, logits, texts=[text])
        assert stands(tokenizer.decode(list(chosen.tokens)), [normalized(text)])


def test_articles_and_case_do_not_make_an_answer_another() -> None:
    drafts = [draft("Rook", 0.3), draft("the rook", 0.2), draft("Isolde", 0.4)]
    assert bytes(nearest(drafts, Letters()).tokens) == b"Rook"


def test_the_likeliest_draft_is_what_greedy_decoding_writes() -> None:
    model, ids = tiny.decoder(), [3, 1, 4, 1, 5]
    window, logits = asked(model, ids)
    written = list(ids)
    for _ in range(rerank.SHORT):
        token = int(asked(model, written)[1].argmax())
        if token == 0 or token == 10:
            break
        written.append(token)
    found = Drafts(model, Letters(), window).likeliest(logits)
    assert list(found.tokens) == written[len(ids) :]
    assert window.length == len(ids), "the window is left as it was found"


def test_a_long_answer_is_only_begun_and_a_short_one_chosen_among_drafts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    model = tiny.decoder()
    window, logits = asked(model, [3, 1, 4])
    monkeypatch.setattr(rerank, "SHORT", 3)
    tokenizer = Letters()
    begun = weighed(model, tokenizer, window, logits)
    assert not begun.ended
    assert len(begun.tokens) == 3
    ends = int(asked(model, [3, 1, 4, begun.tokens[0]])[1].argmax())
    tokenizer.eos_ids = frozenset({ends})  # now the likeliest answer is one token long
    chosen = weighed(model, tokenizer, window, logits)
    assert chosen.ended
    assert 0 < chosen.agreed <= 1
    assert window.length == 3


def test_probabilities_are_those_of_the_tokens_given() -> None:
    model = tiny.decoder()
    window, logits = asked(model, [3, 1, 4])
    drafts = Drafts(model, Letters(), window)
    drafts.likeliest(logits)
    drafts.whole = [replace(d) for d in drafts.whole]
    if drafts._open:
        drafts.best()
    for each in drafts.whole[:20]:
        follow = [3, 1, 4]
        for token, said in zip(each.tokens, each.log_probabilities, strict=True):
            wanted = torch.log_softmax(asked(model, follow)[1], -1)[token]
            assert said == pytest.approx(float(wanted), abs=1e-3)
            follow.append(token)


def test_f1_is_over_words_without_articles() -> None:
    assert f1("the tall captain", ["Captain"]) == pytest.approx(2 / 3)
    assert exact_match("The Captain.", ["captain"]) == 1.0
    assert f1("", ["captain"]) == 0.0


def test_a_model_that_only_wants_to_end_answers_nothing() -> None:
    model = tiny.decoder()
    window, logits = asked(model, [3, 1, 4])
    tokenizer = Letters()
    tokenizer.eos_ids = frozenset(range(259))
    assert weighed(model, tokenizer, window, logits) == Draft(ended=True)
