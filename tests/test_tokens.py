"""Tokens are the model's own, however the text arrives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from infinidoc.errors import ModelError
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
ALPHABET = st.sampled_from(list("abc '\"\n\t 12.é你🙂\r-_svelr\x04\u0301\u200d"))


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
    contractions = "they've we'll you're " * 20
    rust.train_from_iterator([*(text * 3 for text in TEXTS[:5]), contractions], trainer)
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
@example(pieces=["they'v", "e", " we'", "ll"])  # a contraction is one piece once it is whole
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


def sentencepiece_like(prepend: bool) -> Any:
    """As Llama 2 (a mark is put before the text, bytes stand in for rare characters)."""
    from tokenizers import Tokenizer as Rust
    from tokenizers import models, normalizers, trainers

    rust = Rust(models.BPE(unk_token="<unk>", byte_fallback=True))
    marks = [normalizers.Prepend("▁")] if prepend else []
    rust.normalizer = normalizers.Sequence([*marks, normalizers.Replace(" ", "▁")])
    bytes_too = ["<unk>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    words = ["".join(word) for text in TEXTS[:2] for word in text.split()]
    trainer = trainers.BpeTrainer(vocab_size=400, special_tokens=bytes_too, show_progress=False)
    rust.train_from_iterator(words, trainer)
    return rust


def composing() -> Any:
    """As Qwen (bytes, after NFC): `e` and its accent become one character."""
    from tokenizers import Tokenizer as Rust
    from tokenizers import models, normalizers, pre_tokenizers, trainers

    rust = Rust(models.BPE())
    rust.normalizer = normalizers.NFC()
    rust.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    rust.train_from_iterator(TEXTS[:5], trainer)
    return rust


def unigram() -> Any:
    """As T5 (no merges at all, words marked where they begin)."""
    from tokenizers import Tokenizer as Rust
    from tokenizers import models, pre_tokenizers, trainers

    rust = Rust(models.Unigram())
    rust.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=120, unk_token="<unk>", special_tokens=["<unk>", "</s>"], show_progress=False
    )
    rust.train_from_iterator(TEXTS[:2], trainer)
    return rust


@pytest.fixture(scope="module", params=["prepend", "replace", "nfc", "unigram"])
def foreign(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tokenizer that tiktoken cannot express, ours and the library's."""
    made = {
        "prepend": lambda: sentencepiece_like(True),
        "replace": lambda: sentencepiece_like(False),
        "nfc": composing,
        "unigram": unigram,
    }
    rust, folder = made[request.param](), tmp_path_factory.mktemp(request.param)
    rust.save(str(folder / "tokenizer.json"))
    return Tokenizer.from_folder(folder), rust


@settings(max_examples=150, deadline=None)
@given(
    pieces=st.lists(
        st.one_of(st.text(alphabet=ALPHABET, max_size=9), st.sampled_from(TEXTS)), max_size=8
    )
)
def test_a_tokenizer_tiktoken_cannot_express(foreign: Any, pieces: list[str]) -> None:
    (tokenizer, rust), text = foreign, "".join(pieces)
    assert not tokenizer.uses_tiktoken
    stream = tokenizer.stream()
    streamed = [token for piece in pieces for token in stream.feed(piece)] + stream.flush()
    whole = rust.encode(text, add_special_tokens=False).ids
    if "<|" not in text:
        assert tokenizer.encode(text) == whole
    assert [token for token, _ in streamed] == tokenizer.encode(text)
    ends = [end for _, end in streamed]
    assert ends == sorted(ends)
    assert not ends or ends[-1] == len(text)


def test_a_foreign_stream_gives_tokens_before_it_is_over(foreign: Any) -> None:
    stream, line = foreign[0].stream(), "It was the best of times\n"
    assert sum(len(stream.feed(line)) for _ in range(9)) > 0
    assert len(stream._held) <= len(line)


@pytest.mark.parametrize("sign", [" ", "=", "a"])
def test_an_endless_run_is_cut_and_breaks_nothing(tmp_path: Path, sign: str) -> None:
    """A million spaces overflow tiktoken's stack when it is given them in one piece."""
    tokenizer, text = train(tmp_path, digits=True), sign * 1_100_000
    stream = tokenizer.stream()
    streamed = stream.feed(text) + stream.flush()
    assert streamed[-1][1] == len(text)
    assert tokenizer.decode([token for token, _ in streamed]) == text
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_merges_that_say_otherwise_than_the_ids_are_not_for_tiktoken(tmp_path: Path) -> None:
    train(tmp_path, digits=True)
    file = tmp_path / "tokenizer.json"
    description = json.loads(file.read_text("utf-8"))
    description["model"]["merges"].reverse()
    file.write_text(json.dumps(description), "utf-8")
    tokenizer = Tokenizer.from_folder(tmp_path)
    assert not tokenizer.uses_tiktoken
    assert tokenizer.decode(tokenizer.encode(TEXTS[0])) == TEXTS[0]


def test_chat_turns_are_the_templates_and_their_words_are_words(tmp_path: Path) -> None:
    """ChatML done directly, and the same through the template of a model that is not ChatML."""
    chatml = train(tmp_path, digits=True)
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "12 <|im_end|>"},
    ]
    said = chatml.decode(chatml.chat(messages))
    turns = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages)
    assert said == turns + "<|im_start|>assistant\n"
    assert chatml.chat(messages).count(chatml.special["<|im_end|>"]) == 2
    before, after = chatml.frame()
    user = [{"role": "user", "content": "12"}]
    assert chatml.decode(chatml.chat(user)) == chatml.decode(
        [*before, *chatml.encode("12"), *after]
    )


def test_another_chat_template(tmp_path: Path) -> None:
    train(tmp_path, digits=True)
    written = (tmp_path / "tokenizer.json").read_text("utf-8")
    for old, new in (("<|im_start|>", "<turn>"), ("<|im_end|>", "</turn>")):
        written = written.replace(old, new)
    (tmp_path / "tokenizer.json").write_text(written, "utf-8")
    template = "{% for m in messages %}<turn>{{ m.role }}\n{{ m.content }}</turn>{% endfor %}<turn>"
    config = {"chat_template": template, "tokenizer_class": "PreTrainedTokenizerFast"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config), "utf-8")
    tokenizer = Tokenizer.from_folder(tmp_path)
    ids = tokenizer.chat([{"role": "user", "content": "best </turn>"}])
    assert tokenizer.decode(ids) == "<turn>user\nbest </turn></turn><turn>"
    assert [id for id in ids if id == tokenizer.token_id("</turn>")] == ids[-2:-1]
    before, after = tokenizer.frame()
    assert [*before, *tokenizer.encode("best </turn>"), *after] == ids


@pytest.mark.parametrize("written", ["", "[]", '{"model": null}', '{"model": {"type": "BPE"}}'])
def test_a_broken_folder_is_one_line(tmp_path: Path, written: str) -> None:
    (tmp_path / "tokenizer.json").write_text(written, "utf-8")
    with pytest.raises(ModelError):
        Tokenizer.from_folder(tmp_path).encode("words")


def test_decode_bytes_of_every_token(pair: Any) -> None:
    text = TEXTS[3]
    ids = pair[0].encode(text)
    assert b"".join(map(pair[0].decode_bytes, ids)) == text.encode()


LETTERS = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]"
SMALL = r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
ENDING = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)"
REST = r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPLITS = {
    "llama-3": ENDING + r"|[^\r\n\p{L}\p{N}]?\p{L}+" + REST,
    "tekken": f"{LETTERS}*{SMALL}+|{LETTERS}+{SMALL}*{REST}",
    "o200k": f"{LETTERS}*{SMALL}+{ENDING}?|{LETTERS}+{SMALL}*{ENDING}?{REST}",
}


@pytest.fixture(scope="module", params=SPLITS)
def split(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A byte-level BPE whose pattern is written in its file, ours and the library's."""
    from tokenizers import Regex, decoders, models, pre_tokenizers, trainers
    from tokenizers import Tokenizer as Rust

    rust, folder = Rust(models.BPE()), tmp_path_factory.mktemp(request.param)
    pieces = pre_tokenizers.Split(Regex(SPLITS[request.param]), "isolated")
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    rust.pre_tokenizer = pre_tokenizers.Sequence([pieces, byte_level])
    rust.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=700, initial_alphabet=alphabet, show_progress=False)
    rust.train_from_iterator([*TEXTS[:5], *["好Aé don't"] * 9], trainer)
    rust.save(str(folder / "tokenizer.json"))
    return Tokenizer.from_folder(folder), rust


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.sampled_from(list("aAéÉ好ʰ\u0301's 12!/\n")), max_size=20))
@example(text="好Aé")  # `好` and `A` are two pieces until `é` comes
@example(text="don't 1234")
def test_patterns_out_of_a_file(split: Any, text: str) -> None:
    tokenizer, rust = split
    stream, whole = tokenizer.stream(), rust.encode(text, add_special_tokens=False).ids
    streamed = [token for letter in text for token in stream.feed(letter)] + stream.flush()
    assert tokenizer.uses_tiktoken
    assert tokenizer.encode(text) == whole
    assert [token for token, _ in streamed] == whole
