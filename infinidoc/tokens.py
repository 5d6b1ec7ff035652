"""Text to token ids and back, exactly as the model's own tokenizer does it.

Byte-level BPE vocabularies become a tiktoken `Encoding` built from the model's files, with
no download; anything tiktoken cannot express goes through the `tokenizers` library. Text
of a document is always ordinary text: control tokens written in it stay words.

A `TokenStream` takes text in pieces and gives the tokens the whole text would have given,
however it is cut: it holds back the last word-like piece until what follows is known.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any

import regex
import tiktoken

from infinidoc.errors import ModelError

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SINGLE_DIGITS = (  # digits are cut out first, so one ends a run of spaces as the end does
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"
)
_PROBE = "It's 1,234 o'clock —  naïve\n\n\tx = {'a': [0.5]}  # 你好 🙂\r\n   end "
_HELD = 1 << 20  # characters without a safe cut after which one is made all the same


class Tokenizer:
    """Encodes and decodes; `identity` is a digest of all that decides the result."""

    def __init__(self, folder: Path, written: bytes, settings: dict[str, Any]) -> None:
        """`written`: the content of tokenizer.json; `settings`: of tokenizer_config.json."""
        self.folder, self._settings = folder, settings
        self._description = json.loads(written)
        added = self._description.get("added_tokens", [])
        self.special = {token["content"]: int(token["id"]) for token in added}
        template = json.dumps(settings.get("chat_template"))
        self.identity = hashlib.sha256(written + template.encode()).hexdigest()
        pattern, proven = _pattern(self._description)
        self._encoding = _tiktoken_encoding(self._description, pattern)
        if self._encoding is not None and not proven and not self._agrees():
            self._encoding = None

    @classmethod
    def from_folder(cls, folder: Path) -> Tokenizer:
        """The tokenizer of a model folder (tokenizer.json, tokenizer_config.json)."""
        try:
            written = (folder / "tokenizer.json").read_bytes()
            file = folder / "tokenizer_config.json"
            settings = json.loads(file.read_text("utf-8")) if file.exists() else {}
            return cls(folder, written, settings)
        except (OSError, ValueError, KeyError) as error:
            raise ModelError("no readable tokenizer.json", where=folder) from error

    # -- encoding --------------------------------------------------------------------------

    def encode(self, text: str) -> list[int]:
        """Token ids of ordinary text; no control token is ever added or recognised."""
        if self._encoding is not None and not self._unwritable(text):
            return self._encoding.encode_ordinary(text)
        return [token for token, _ in self._whole(text)]

    def stream(self) -> TokenStream:
        """For text that arrives in pieces."""
        if self._encoding is not None:
            return TokenStream(self._by_bytes, self._cut_before_last_word)
        return TokenStream(self._whole, _cut_at_line)

    def decode(self, ids: list[int]) -> str:
        """Text; bytes that are no UTF-8 become U+FFFD."""
        if self._encoding is not None:
            return b"".join(map(self.token_bytes, ids)).decode("utf-8", "replace")
        return self._rust.decode(ids, skip_special_tokens=False)

    def token_bytes(self, token: int) -> bytes:
        """The bytes of one token of a byte-level vocabulary."""
        assert self._encoding is not None
        try:
            return self._encoding.decode_single_token_bytes(token)
        except KeyError:
            return self._names.get(token, "").encode()

    # -- facts -----------------------------------------------------------------------------

    @property
    def uses_tiktoken(self) -> bool:
        return self._encoding is not None

    @cached_property
    def vocabulary_size(self) -> int:
        vocabulary = self._description["model"]["vocab"]
        size = len(vocabulary)
        return max([size - 1, *self.special.values()]) + 1

    @cached_property
    def eos_ids(self) -> frozenset[int]:
        """Tokens that end an answer: the model's own and those of chat turns."""
        names = {"<|im_end|>", "<|eot_id|>", "<end_of_turn>", "<|endoftext|>", "</s>", "<eos>"}
        names.add(_content(self._settings.get("eos_token")))
        return frozenset(self.special[name] for name in names if name in self.special)

    @property
    def bos_id(self) -> int | None:
        """The token that begins a text, if this tokenizer adds one."""
        if not self._settings.get("add_bos_token", False):
            return None
        return self.special.get(_content(self._settings.get("bos_token")))

    def frame(self) -> tuple[list[int], list[int]]:
        """The control tokens of one chat turn around the user's words."""
        if "<|im_start|>" in self.special and "<|im_end|>" in self.special:
            start, end = self.special["<|im_start|>"], self.special["<|im_end|>"]
            newline = self.encode("\n")
            before = [start, *self.encode("user\n")]
            return before, [end, *newline, start, *self.encode("assistant\n")]
        if self._settings.get("chat_template") or (self.folder / "chat_template.jinja").exists():
            return self._template_frame()
        begin = [] if self.bos_id is None else [self.bos_id]
        return begin, self.encode("\n")

    def _template_frame(self) -> tuple[list[int], list[int]]:
        """Render the model's chat template around a marker and cut it there."""
        from transformers import AutoTokenizer

        theirs = AutoTokenizer.from_pretrained(str(self.folder))
        marker = "⟦words⟧"
        turn = [{"role": "user", "content": marker}]
        text = theirs.apply_chat_template(turn, tokenize=False, add_generation_prompt=True)
        before, _, after = str(text).partition(marker)
        return [list(theirs.encode(part, add_special_tokens=False)) for part in (before, after)]  # type: ignore[return-value]

    # -- with tiktoken ---------------------------------------------------------------------

    def _by_bytes(self, text: str) -> list[tuple[int, int]]:
        """Tokens with the characters covered: a character begins at a non-continuing byte."""
        assert self._encoding is not None
        if self._unwritable(text):
            return self._whole(text)
        tokens, at = [], 0
        for token in self._encoding.encode_ordinary(text):
            at += self._character_counts[token]
            tokens.append((token, at))
        return tokens

    def _unwritable(self, text: str) -> bool:
        """Whether `text` has characters the vocabulary lacks bytes for; they are left out of
        the tokens, as the model's own tokenizer does, though never out of the stored text."""
        return self._lacking is not None and self._lacking.search(text) is not None

    @cached_property
    def _lacking(self) -> Any:
        vocabulary = self._description["model"]["vocab"]
        missing = {byte for sign, byte in _byte_alphabet().items() if sign not in vocabulary}
        plain = [f"\\x{byte:02x}" for byte in sorted(missing) if byte < 0x80]
        for lead in sorted(missing & {0xF0, 0xF1, 0xF2, 0xF3, 0xF4}):
            first = max((lead - 0xF0) << 18, 0x10000)
            last = min(((lead - 0xEF) << 18) - 1, 0x10FFFF)
            plain.append(f"{chr(first)}-{chr(last)}")
        if missing & set(range(0x80, 0xF0)) - {0xC0, 0xC1}:  # nothing of Unicode is sure then
            return regex.compile(r"[^\x00-\x7f]")
        return regex.compile(f"[{''.join(plain)}]") if plain else None

    @cached_property
    def _character_counts(self) -> dict[int, int]:
        """For each token how many characters begin in it."""
        assert self._encoding is not None
        ranks = self._encoding._mergeable_ranks
        return {token: sum(b & 0xC0 != 0x80 for b in piece) for piece, token in ranks.items()}

    def _cut_before_last_word(self, text: str) -> int:
        """Where the last pre-token begins: everything before it can no longer change.

        Never right after a space, because how a run of spaces is split depends on what
        follows it, and the part before the cut is encoded alone.
        """
        assert self._encoding is not None
        safe = regex.search(r"(?r)(?<=\p{L}) (?=\p{L})", text, pos=max(len(text) - 256, 0))
        if safe is not None:
            return int(safe.start())
        last = 0
        for match in regex.finditer(self._encoding._pat_str, text):
            start = match.start()
            if start > 0 and not text[start - 1].isspace():
                last = start
        return last

    def _agrees(self) -> bool:
        """Whether tiktoken gives what the tokenizers library gives, on a probe."""
        return self.encode(_PROBE) == [token for token, _ in self._whole(_PROBE)]

    # -- with the tokenizers library -------------------------------------------------------

    @cached_property
    def _rust(self) -> Any:
        from tokenizers import Tokenizer as Rust

        # A description without control tokens cannot find any in a document.
        plain = {**self._description, "added_tokens": [], "post_processor": None}
        try:
            return Rust.from_str(json.dumps(plain))
        except Exception as error:  # the library raises bare Exception
            raise ModelError("the tokenizer cannot be read", where=self.folder) from error

    def _whole(self, text: str) -> list[tuple[int, int]]:
        encoded = self._rust.encode(text, add_special_tokens=False)
        tokens, at = [], 0
        for token, (_, end) in zip(encoded.ids, encoded.offsets, strict=True):
            at = max(at, end)
            tokens.append((token, at))
        return tokens

    @cached_property
    def _names(self) -> dict[int, str]:
        return {index: name for name, index in self.special.items()}


class TokenStream:
    """Tokens of a text that arrives in pieces: feed, feed, ..., flush.

    Each token comes with the number of characters of the whole stream up to its end.
    """

    def __init__(
        self, encode: Callable[[str], list[tuple[int, int]]], cut: Callable[[str], int]
    ) -> None:
        self._encode, self._cut = encode, cut
        self._held, self._done = "", 0

    def feed(self, text: str) -> list[tuple[int, int]]:
        """The tokens that nothing to come can change any more."""
        self._held += text
        at = self._cut(self._held) if self._held else 0
        if at == 0 and len(self._held) > _HELD:
            at = len(self._held)
        ready, self._held = self._held[:at], self._held[at:]
        return self._place(ready)

    def flush(self) -> list[tuple[int, int]]:
        """The tokens of what was held back: the text is over."""
        ready, self._held = self._held, ""
        return self._place(ready)

    def _place(self, text: str) -> list[tuple[int, int]]:
        if not text:
            return []
        tokens = [(token, self._done + end) for token, end in self._encode(text)]
        self._done += len(text)
        if tokens:
            tokens[-1] = (tokens[-1][0], self._done)
        return tokens


def _cut_at_line(text: str) -> int:
    """After the last line end that is followed by a word: safe for SentencePiece-like models."""
    last = regex.search(r"(?r)\n(?=\S)", text)
    return 0 if last is None else int(last.end())


def _content(token: Any) -> str:
    return str(token.get("content", "") if isinstance(token, dict) else token or "")


def _tiktoken_encoding(
    description: dict[str, Any], pattern: str | None
) -> tiktoken.Encoding | None:
    """The same tokenizer in tiktoken, or None if it is not a byte-level BPE we know."""
    model = description.get("model", {})
    if pattern is None or model.get("type") != "BPE" or description.get("normalizer"):
        return None
    special = {token["content"] for token in description.get("added_tokens", [])}
    alphabet = _byte_alphabet()
    try:
        ranks = {
            bytes(alphabet[character] for character in token): index
            for token, index in model["vocab"].items()
            if token not in special
        }
    except KeyError:
        return None
    for byte in range(256):  # bytes the vocabulary lacks: tiktoken needs all 256
        ranks.setdefault(bytes([byte]), len(model["vocab"]) + len(special) + byte)
    return tiktoken.Encoding("infinidoc", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def _pattern(description: dict[str, Any]) -> tuple[str | None, bool]:
    """The regular expression that does what the pre-tokenizer does, if there is one.

    With it whether tests hold it equal; one found in a file is tried on a probe first.
    """
    steps = description.get("pre_tokenizer") or {}
    steps = steps.get("pretokenizers", [steps])
    kinds = [step.get("type") for step in steps]
    if kinds == ["Digits", "ByteLevel"] and steps[0].get("individual_digits"):
        return (SINGLE_DIGITS if _plain(steps[1]) else None), True
    if kinds == ["ByteLevel"]:
        return (GPT2 if _plain(steps[0]) else None), True
    if kinds == ["Split", "ByteLevel"] and steps[0].get("behavior") == "Isolated":
        pattern = steps[0].get("pattern", {}).get("Regex")
        return (pattern if not steps[1].get("use_regex", True) else None), False
    return None, False


def _plain(byte_level: dict[str, Any]) -> bool:
    return byte_level.get("use_regex", True) and not byte_level.get("add_prefix_space", True)


def _byte_alphabet() -> dict[str, int]:
    """GPT-2's printable stand-in for each byte, inverted."""
    kept = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in kept]
    table = {chr(byte): byte for byte in kept}
    return table | {chr(256 + index): byte for index, byte in enumerate(others)}
