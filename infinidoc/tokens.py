"""Text to token ids and back, exactly as the model's own tokenizer does it.

Byte-level BPE vocabularies become a tiktoken `Encoding` built from the model's files; anything
else goes through `tokenizers`. Control tokens written in a document stay words.

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

from infinidoc.chat_template import ChatTemplate, content, puts_first
from infinidoc.errors import ModelError

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
SINGLE_DIGITS = (  # digits are cut out first, so one ends a run of spaces as the end does
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+(?=\p{N})|\s+(?!\S)|\s+"
)
_PROBE = "It's 1,234,567 o'clock 1234567 —  naïve\n\n\tx = {'a': [0.5]}  # 你好 🙂\r\n   end "
_HELD = 1 << 19  # characters without a safe cut after which one is made all the same
_ENDLESS_SPACE = r"\s{524288}"  # twice that overflows tiktoken's stack; slow to compile
_JOINING = regex.compile(r"[\p{L}\p{M}\p{N}'’]")  # may yet join the word before it


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
        self._proven = proven
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
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
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
        return LineStream(self._whole, _cut_at_line)

    def decode(self, ids: list[int]) -> str:
        """Text; bytes that are no UTF-8 become U+FFFD."""
        if self._encoding is not None:
            return b"".join(map(self.decode_bytes, ids)).decode("utf-8", "replace")
        return self._rust.decode(ids, skip_special_tokens=False)

    def decode_bytes(self, token: int) -> bytes:
        """The bytes of one token: of a character's middle they are no text by themselves."""
        if self._encoding is None:
            return str(self._rust.decode([token], skip_special_tokens=False)).encode()
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
        names.add(content(self._settings.get("eos_token")))
        return frozenset(self.special[name] for name in names if name in self.special)

    @cached_property
    def control_ids(self) -> frozenset[int]:
        """All control tokens: none of them is a word of an answer."""
        added = self._description.get("added_tokens", [])
        return self.eos_ids | {int(token["id"]) for token in added if token.get("special")}

    @property
    def bos_id(self) -> int | None:
        """The token that begins a text, if this tokenizer adds one."""
        bos = content(self._settings.get("bos_token"))
        if not self._settings.get("add_bos_token", puts_first(self._description, bos)):
            return None
        return self.special.get(bos)

    def token_id(self, name: str) -> int | None:
        """The id of a control token such as `<|im_end|>`; None if there is no such token."""
        return self.special.get(name)

    # -- chat ------------------------------------------------------------------------------

    def chat(self, messages: list[dict[str, str]]) -> list[int]:
        """A conversation (`role`, `content`) up to where the assistant speaks.

        What the messages say is ordinary text. ChatML gets exactly these turns, without the
        system turn that some templates put first when there is none.
        """
        if self._is_chatml:
            start, end = self.special["<|im_start|>"], self.special["<|im_end|>"]
            turns = [self.encode(f"{turn['role']}\n{turn['content']}") for turn in messages]
            newline = self.encode("\n")
            said = [token for turn in turns for token in (start, *turn, end, *newline)]
            return [*said, start, *self.encode("assistant\n")]
        if self.template.exists:
            parts = self.template.render([turn["role"] for turn in messages])
            said = list(parts[0][1])
            for index, after in parts[1:]:
                said += [*self.encode(messages[index]["content"]), *after]
            return said
        begin = [] if self.bos_id is None else [self.bos_id]
        return begin + self.encode("".join(turn["content"] + "\n" for turn in messages))

    def frame(self) -> tuple[list[int], list[int]]:
        """The control tokens of one chat turn around the user's words."""
        if self._is_chatml:
            start, end = self.special["<|im_start|>"], self.special["<|im_end|>"]
            newline = self.encode("\n")
            before = [start, *self.encode("user\n")]
            return before, [end, *newline, start, *self.encode("assistant\n")]
        if self.template.exists:
            return self.template_frame()
        begin = [] if self.bos_id is None else [self.bos_id]
        return begin, self.encode("\n")

    def template_frame(self) -> tuple[list[int], list[int]]:
        """The same exactly as the model's own template has it, without thinking aloud."""
        (_, before), (_, after) = self.template.render(["user"])
        return before, after

    @property
    def _is_chatml(self) -> bool:
        return "<|im_start|>" in self.special and "<|im_end|>" in self.special

    @cached_property
    def template(self) -> ChatTemplate:
        """The model's own chat template."""
        return ChatTemplate(self.folder, self._description, self._settings)

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
        """Whether tiktoken must not have `text`: it overflows its stack, or has characters the
        vocabulary lacks bytes for. Those are left out of the tokens, as the model's own
        tokenizer does, though never out of the stored text."""
        if len(text) >= _HELD and regex.search(_ENDLESS_SPACE, text):
            return True
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
        follows it, and the part before the cut is encoded alone; never right after an
        apostrophe, because `'v` is two pieces and `'ve` is one. A pattern out of a file may
        take a letter back (`好A` is two pieces, `好Aé` one) or add an ending (`'s`), so with
        those a cut is only where no word can go on.
        """
        assert self._encoding is not None
        safe = regex.search(r"(?r)(?<=\p{L}) (?=\p{L})", text, pos=max(len(text) - 256, 0))
        if safe is not None:
            return int(safe.start())
        last = 0
        for match in regex.finditer(self._encoding._pat_str, text):
            start = match.start()
            if start == 0 or text[start - 1].isspace() or text[start - 1] == "'":
                continue
            if self._proven or not _JOINING.match(text, start):
                last = start
        return last

    def _agrees(self) -> bool:
        """Whether tiktoken gives what the tokenizers library gives on a probe, cut or whole."""
        stream = self.stream()
        cut = [token for letter in _PROBE for token in stream.feed(letter)] + stream.flush()
        theirs = [token for token, _ in self._whole(_PROBE)]
        return self.encode(_PROBE) == theirs == [token for token, _ in cut]

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
        tokens = self._take(self._cut(self._held)) if self._held else []
        while len(self._held) > _HELD:
            tokens += self._take(_HELD)
        return tokens

    def flush(self) -> list[tuple[int, int]]:
        """The tokens of what was held back: the text is over."""
        return self._take(len(self._held))

    def _take(self, at: int) -> list[tuple[int, int]]:
        """The tokens of the first `at` characters held; with the last, all of them are done."""
        if at == 0:
            return []
        tokens = [(token, self._done + end) for token, end in self._encode(self._held[:at])]
        self._held, self._done = self._held[at:], self._done + at
        if tokens:
            tokens[-1] = (tokens[-1][0], self._done)
        return tokens


class LineStream(TokenStream):
    """For tokenizers known only by what they do: a line is encoded between its neighbours.

    Some write a mark before the first word of whatever they are given, so the line before is
    given too and its tokens are dropped; and nothing is cut where a token spans the cut.
    """

    _before = ""

    def _take(self, at: int) -> list[tuple[int, int]]:
        if at == 0:
            return []
        start, end = len(self._before), len(self._before) + at
        encoded = self._encode(self._before + self._held)
        if at < len(self._held) <= _HELD and all(place != end for _, place in encoded):
            return []
        new = [pair for pair in encoded if pair[1] <= end and (pair[1] > start or not start)]
        tokens = [(token, self._done - start + place) for token, place in new]
        ready = (self._before + self._held[:at])[-_HELD:]
        self._before = ready[_cut_at_line(ready) :]
        self._held, self._done = self._held[at:], self._done + at
        if tokens:
            tokens[-1] = (tokens[-1][0], self._done)
        return tokens


def _cut_at_line(text: str) -> int:
    """After the last line end that is followed by a word: safe for SentencePiece-like models."""
    last = regex.search(r"(?r)\n(?=\S)", text)
    return 0 if last is None else int(last.end())


def _tiktoken_encoding(
    description: dict[str, Any], pattern: str | None
) -> tiktoken.Encoding | None:
    """The same tokenizer in tiktoken, or None if it is not a byte-level BPE we know."""
    model = description.get("model", {})
    if pattern is None or model.get("type") != "BPE" or description.get("normalizer"):
        return None
    special = {token["content"] for token in description.get("added_tokens", [])}
    vocabulary = {name: index for name, index in model["vocab"].items() if name not in special}
    alphabet = _byte_alphabet()
    if not _ranked(model, vocabulary) or set("".join(vocabulary)) - alphabet.keys():
        return None
    latin = str.maketrans({sign: chr(byte) for sign, byte in alphabet.items()})
    ranks = {name.translate(latin).encode("latin-1"): n for name, n in vocabulary.items()}
    for byte in range(256):  # bytes the vocabulary lacks: tiktoken needs all 256
        ranks.setdefault(bytes([byte]), len(model["vocab"]) + len(special) + byte)
    return tiktoken.Encoding("infinidoc", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})


def _ranked(model: dict[str, Any], vocabulary: dict[str, int]) -> bool:
    """Whether the merges come in the order of the ids they make, and make every token.

    tiktoken knows ids alone: they must say what the list of merges says.
    """
    merges = model["merges"]
    made = [m.replace(" ", "", 1) if isinstance(m, str) else "".join(m) for m in merges]
    order = [vocabulary.get(name, -1) for name in made]
    if order != sorted(order) or -1 in order:
        return False
    whole = {name for name in vocabulary if len(name) > 1}
    return bool(model.get("ignore_merges")) or whole <= set(made)


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
    others = sorted({*range(256)} - {*kept})
    return {chr(byte): byte for byte in kept} | {chr(256 + i): b for i, b in enumerate(others)}
