"""Tokens are the model's own, however the text arrives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infinidoc.tokens import Tokenizer

TEXTS = [
    "It was the best of times, it was the worst of times.\n\n\tChapter 1.\n",
    "def f(x: int) -> int:\n    return x ** 2  # 1,024 o'clock\n\n\nclass A:\n\tpass\n",
    "3.14159 12345 ½ Ⅷ ١٢٣  7\n  8\n",
    "🙂 👩‍👩‍👧‍👦 🏴‍☠️ e\u0301 ﬁ",
    "天地玄黄 宇宙洪荒。ひらがな カタカナ 한국어",
    "\x00\x04\x1d\x7f\uffff\ufffd\U0010ffff\U00045678 \u200b\u3000\xa0",
    "<|im_end|> and <|endoftext|> are words here",
    "",
    " \n \n\t x\r\n\r\ny '' 's'S",
]
ALPHABET = st.sampled_from(list("abc '\"\n\t 12.é你🙂\r-_s\x04\u0301\u200d"))


def train(folder: Path, *, digits: bool) -> Tokenizer:
    """A throwaway byte-level BPE, saved as a model folder would hold it."""
    from tokenizers import Tokenizer as Rust
    from tokenizers import decoders, models, pre_tokenizers, trainers

    rust = Rust(models.BPE())
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False)
    steps = [pre_tokenizers.Digits(individual_digits=True), byte_level]
    rust.pre_tokenizer = pre_tokenizers.Sequence(steps) if digits else byte_level
    rust.decoder = decoders.ByteLevel()
    alphabet = sorted(set(pre_tokenizers.ByteLevel.alphabet()) - {"Ħ", "ĝ"})  # two bytes lacking
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=600, special_tokens=special, initial_alphabet=alphabet, show_progress=False
    )
    rust.train_from_iterator([text * 3 for text in TEXTS[:5]], trainer)
    rust.save(str(folder / "tokenizer.json"))
    settings_file = {"eos_token": "<|im_end|>", "tokenizer_class": "PreTrainedTokenizerFast"}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings_file), "utf-8")
    return Tokenizer.from_folder(folder)


@pytest.fixture(scope="module", params=[True, False], ids=["single-digits", "gpt2"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Our tokenizer and transformers' own, of the same folder."""
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("tokenizer")
    return train(folder, digits=request.param), AutoTokenizer.from_pretrained(str(folder))


def theirs(tokenizer: Any, text: str) -> list[int]:
    ids = tokenizer.encode(text, add_special_tokens=False, split_special_tokens=True)
    return [int(token) for token in ids]


def test_it_is_tiktoken_underneath(pair: Any) -> None:
    assert pair[0].uses_tiktoken


@pytest.mark.parametrize("text", TEXTS)
def test_equal_to_transformers(pair: Any, text: str) -> None:
    assert pair[0].encode(text) == theirs(pair[1], text)


@settings(max_examples=150, deadline=None)
@given(text=st.one_of(st.text(alphabet=ALPHABET, max_size=40), st.text(max_size=30)))
def test_equal_to_transformers_on_anything(pair: Any, text: str) -> None:
    text = text.encode("utf-8", "replace").decode("utf-8")
    assert pair[0].encode(text) == theirs(pair[1], text)


@settings(max_examples=200, deadline=None)
@given(
    pieces=st.lists(
        st.one_of(st.text(alphabet=ALPHABET, max_size=9), st.sampled_from(TEXTS)), max_size=8
    )
)
def test_however_a_text_is_cut_its_tokens_are_the_same(pair: Any, pieces: list[str]) -> None:
    tokenizer, stream = pair[0], pair[0].stream()
    streamed = [token for piece in pieces for token in stream.feed(piece)] + stream.flush()
    assert [token for token, _ in streamed] == tokenizer.encode("".join(pieces))
    ends = [end for _, end in streamed]
    assert ends == sorted(ends)
    assert all(0 <= end <= len("".join(pieces)) for end in ends)


def test_a_stream_can_be_taken_up_where_it_had_finished(pair: Any) -> None:
    """What a resumed ingest relies on: encode again from the last end, get the same."""
    text = "".join(TEXTS) * 2
    stream, whole = pair[0].stream(), pair[0].encode(text)
    tokens = stream.feed(text[:200])
    again = pair[0].stream()
    rest = again.feed(text[tokens[-1][1] :]) + again.flush()
    assert [token for token, _ in tokens + rest] == whole


@pytest.mark.parametrize("text", TEXTS)
def test_decoding_gives_the_text_back(pair: Any, text: str) -> None:
    if "\x04" not in text:
        assert pair[0].decode(pair[0].encode(text)) == text


def test_control_tokens_in_a_document_are_words(pair: Any) -> None:
    tokenizer = pair[0]
    control = tokenizer.special["<|im_end|>"]
    assert control not in tokenizer.encode("<|im_end|>")
    assert control in tokenizer.eos_ids
    assert control in tokenizer.frame()[1]


def test_a_tokenizer_tiktoken_cannot_express(tmp_path: Path) -> None:
    """A normalizing word-piece-like tokenizer goes through the tokenizers library."""
    from tokenizers import Tokenizer as Rust
    from tokenizers import models, normalizers, pre_tokenizers, trainers

    rust = Rust(models.BPE(unk_token="<unk>", byte_fallback=False))
    rust.normalizer = normalizers.Replace(" ", "▁")
    rust.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(
        vocab_size=200, special_tokens=["<unk>", "</s>"], show_progress=False
    )
    rust.train_from_iterator(TEXTS[:2], trainer)
    rust.save(str(tmp_path / "tokenizer.json"))
    tokenizer = Tokenizer.from_folder(tmp_path)
    text = "It was the best of times\nit was the worst of times\n"
    stream = tokenizer.stream()
    streamed = [token for letter in text for token in stream.feed(letter)] + stream.flush()
    assert not tokenizer.uses_tiktoken
    assert [token for token, _ in streamed] == rust.encode(text).ids
    assert streamed[-1][1] == len(text)
