"""What is guessed from the prompt is checked, and what is written is as without guesses."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor

from infinidoc.answering.prompt_lookup import ALIKE, GUESSED, NextLogits, PromptLookup
from infinidoc.model.decoder import Decoder
from infinidoc.model.kv_cache import KVCache
from infinidoc.model.quantized_decoder import QuantizedDecoder
from tests import tiny
from tests.test_quantized_decoder import opened, short_ways_are_faster, small, sped_up

__all__ = ["short_ways_are_faster"]  # a fixture

READ = [7, 8, 1, 2, 3, 4, 5, 9, 1, 2, 6, 6, 6]


@pytest.mark.parametrize(
    ("written", "guessed"),
    [
        ([1, 2], [3, 4, 5]),  # both places are alike: the first
        ([9, 1, 2], [6, 6, 6]),
        ([8, 1, 2], [3, 4, 5]),
        ([6, 6], [6]),  # the prompt ends there
        ([2, 1], []),
        ([1], []),
        ([], []),
    ],
)
def test_what_followed_in_the_prompt_is_guessed(written: list[int], guessed: list[int]) -> None:
    assert PromptLookup(READ).guesses(written) == guessed


def test_a_short_prompt_guesses_nothing() -> None:
    assert PromptLookup(READ[:ALIKE]).guesses(READ[:ALIKE]) == []


def test_as_many_are_checked_at_once_as_cost_little() -> None:
    assert QuantizedDecoder.most == GUESSED + 1


def written(decoder: Decoder, read: list[int], count: int) -> tuple[list[int], list[Tensor], int]:
    """What is written behind `read`, its logits, and how many passes that took."""
    cache, passes, ask = KVCache(decoder.shape.depth), 0, decoder.ask
    cache.read = read

    def counted(*arguments: object) -> Tensor:
        nonlocal passes
        passes += 1
        return ask(*arguments)  # type: ignore[arg-type]

    with torch.inference_mode(), pytest.MonkeyPatch.context() as patch:
        logits = decoder.logits(decoder.ask(torch.tensor([read]), None, cache)[:, -1:])[0, 0]
        patch.setattr(decoder, "ask", counted)
        following, tokens, seen = NextLogits(decoder, cache, None), list[int](), [logits]
        while len(tokens) < count:
            tokens.append(int(seen[-1].argmax()))
            seen.append(following.after(tokens))
        following.forget()
    assert cache.length == len(read) + count
    return tokens, seen, passes


@pytest.mark.parametrize("packed", [False, True])
def test_what_is_written_is_as_without_guesses(
    packed: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two guesses of three are right."""
    decoder = sped_up(small(), tmp_path) if packed else tiny.decoder()
    assert (decoder.writer is not None) == packed
    monkeypatch.setattr(PromptLookup, "guesses", lambda *_: [])
    expected, alone, passes = written(decoder, READ, 24)
    assert passes == 24

    def guesses(_: PromptLookup, tokens: list[int]) -> list[int]:
        right = expected[len(tokens) : len(tokens) + 2]
        return [*right, (right[-1] + 1) % 259] if right else []

    monkeypatch.setattr(PromptLookup, "guesses", guesses)
    found, ahead, passes = written(decoder, READ, 24)
    assert found == expected
    assert passes == 8
    torch.testing.assert_close(torch.stack(ahead), torch.stack(alone), atol=0.05, rtol=0.02)


def test_a_wrong_guess_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    decoder = tiny.decoder()
    expected, _, _ = written(decoder, READ, 12)
    monkeypatch.setattr(PromptLookup, "guesses", lambda *_: [17, 18, 19])
    assert written(decoder, READ, 12)[0] == expected


def test_few_rows_are_written_as_one_after_the_other(tmp_path: Path) -> None:
    """With the memory's matrices beside the window."""
    ids = torch.arange(3, 40).unsqueeze(0)
    decoder = sped_up(opened(), tmp_path)
    assert decoder.writer is not None
    with torch.inference_mode():
        memory = decoder.settled(decoder.read(ids.repeat(1, 4), decoder.empty_memory()))
        windows = [KVCache(decoder.shape.depth) for _ in range(2)]
        for window in windows:
            decoder.ask(ids, memory, window)
        together = decoder.ask(ids[:, 5:9], memory, windows[0])
        alone = [decoder.ask(ids[:, at : at + 1], memory, windows[1]) for at in range(5, 9)]
    torch.testing.assert_close(together, torch.cat(alone, 1), atol=0.02, rtol=0.02)
