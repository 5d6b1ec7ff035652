"""A small classifier of questions: which kind a wording is of, and which of its words mean what.

Two linear models over hashed features, numpy only. The kind is told by n-grams of word forms,
the tag of each word by the forms around it and by the kind. Words that the training wordings do
not use as wording are reduced to their shape, so that what a question is about decides nothing.
`infinidoc bench kinds` measures it and, with `--train`, learns `wording.npz`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations, groupby
from pathlib import Path
from zlib import crc32

import numpy as np
import regex
from numpy.typing import NDArray

from infinidoc.text.folding import UNSPACED

BUCKETS = 1 << 13  # of hashed features
WEIGHTS = Path(__file__).with_name("wording.npz")
TAGS = ("O", "X", "Y", "P", "A", "B")  # other, subject, its counterpart, aspect, from, to
_TOKEN = regex.compile(
    r"`[^`]+`|\"[^\"]+\"|«[^»]+»|(?<!\w)'[^']+'(?!\w)|'s\b|"
    rf"[{UNSPACED}]\p{{M}}*|[\w$](?:(?![{UNSPACED}])[\w\p{{M}}$.:#/+-]|'(?!s\b)(?=\w))*"
    r"(?<=[\w\p{M}$+#])(?:\(\))?|[^\w\s]"
)
_CODE = re.compile(r"`.+`|.*(?:\(\)|::|[a-z0-9][A-Z]|\w_\w|_\.\w|[a-zA-Z$]\.[a-zA-Z]).*")
_UNKNOWN = ("<w>", "<N>")
MOST = 12  # cues of a question that are paired

Features = NDArray[np.int64]


@dataclass(frozen=True)
class Wording:
    """The weights: of kinds [K, BUCKETS], of tags [T, BUCKETS], and the words that are cues."""

    kinds: tuple[str, ...]
    cues: frozenset[str]
    of_kind: NDArray[np.float32]
    of_tag: NDArray[np.float32]

    def probabilities(self, forms: Sequence[str]) -> NDArray[np.float32]:
        """Of each kind [K], for a question's word forms."""
        scores = self.of_kind[:, kind_features(forms)].sum(1)
        exponents = np.exp(scores - scores.max())
        return exponents / exponents.sum()

    def spans(self, forms: Sequence[str], kind: str) -> dict[str, tuple[int, int]]:
        """For each tag the words, from and to, that are best taken together for it."""
        found = [self.of_tag[:, tag_features(forms, i, kind)].sum(1) for i in range(len(forms))]
        scores = np.stack(found)  # [words, T]
        spans = {}
        for number, tag in enumerate(TAGS[1:], 1):
            margins = scores[:, number] - np.delete(scores, number, 1).max(1)
            span = best_span(margins.tolist())
            if span is not None:
                spans[tag] = span
        return spans

    def subject(self, forms: Sequence[str], kind: str) -> int | None:
        """Of a question of known words alone, the one that it is about: the word that is most
        surely the subject if it is taken as unknown."""
        x = TAGS.index("X")

        def gain(at: int) -> float:
            scores = self.of_tag[:, tag_features([*forms[:at], "<w>", *forms[at + 1 :]], at, kind)]
            totals = scores.sum(1)
            return float(totals[x] - np.delete(totals, x).max())

        gains = [gain(at) if form[0].isalpha() else 0.0 for at, form in enumerate(forms)]
        return int(np.argmax(gains)) if max(gains, default=0.0) > 0 else None


def best_span(gains: Sequence[float]) -> tuple[int, int] | None:
    """The stretch of the largest sum; None if every gain is a loss."""
    best, span, total, start = 0.0, None, 0.0, 0
    for at, gain in enumerate(gains):
        if total <= 0:
            total, start = 0.0, at
        total += gain
        if total > best:
            best, span = total, (start, at + 1)
    return span


def is_quoted(token: str) -> bool:
    """Whether it is marked as a name of something, or in quotes."""
    return bool(_CODE.fullmatch(token)) or (token[0] in "\"'«" and len(token) > 2)


def form_of(token: str, first: bool, cues: frozenset[str]) -> str:
    """A word that is a cue as itself, any other as its shape."""
    low = token.lower()
    if token[0] in "\"'«" and len(token) > 2:
        return "<q>"
    if _CODE.fullmatch(token):
        return "<c>"
    for word in (low, f"{low}s", low.removesuffix("s")):
        if word in cues:
            return word
    if not token[0].isalnum():
        return low
    if token[0].isdigit():
        return "<n>"
    return "<N>" if token[0].isupper() and not first else "<w>"


def kind_features(forms: Sequence[str]) -> Features:
    """n-grams of 1 to 3 forms with a gap or without, and every pair of cues."""
    short = [form for form, _ in groupby(forms)]
    line = ["^", *short, "$"]
    names = [*short]
    for at in range(len(line) - 1):
        names.append(" ".join(line[at : at + 2]))
        names.append(" ".join(line[at : at + 3]))
        names.append(f"{line[at]} _ {line[min(at + 2, len(line) - 1)]}")
    told = sorted({form for form in short if form not in _UNKNOWN})[:MOST]
    names += [f"{one} & {other}" for one, other in combinations(told, 2)]
    return _hashed(dict.fromkeys(names))


def tag_features(forms: Sequence[str], at: int, kind: str) -> Features:
    """The forms around a word and the nearest cues on both sides, with the kind beside them."""
    padded = ["^", "^", "^", *forms, "$", "$", "$"]
    here = at + 3
    near = {n: padded[here + n] for n in range(-3, 4)}
    left = next((f for f in reversed(padded[:here]) if f not in _UNKNOWN), "^")
    right = next((f for f in padded[here + 1 :] if f not in _UNKNOWN), "$")
    names = [f"{n} {form}" for n, form in near.items()]
    names += [f"{n} {near[n]} {near[n + 1]}" for n in (-2, -1, 0, 1)]
    names += [f"< {left}", f"> {right}", f"<> {left} {near[0]} {right}", f"<> {left} {right}"]
    return _hashed([*names, *(f"{kind} {name}" for name in names), kind])


def _hashed(names: Sequence[str] | dict[str, None]) -> Features:
    return np.array([crc32(name.encode()) % BUCKETS for name in names], dtype=np.int64)


def tokens_of(question: str) -> Iterator[regex.Match[str]]:
    """Its words, quotations and marks; a vowel sign of India does not end a word. Where words are
    written without spaces, each letter is one."""
    return _TOKEN.finditer(question)


@cache
def load(path: Path = WEIGHTS) -> Wording:
    """The weights that the package has, as `bench kinds --train` wrote them."""
    with np.load(path) as file:
        kinds, cues = str(file["kinds"]).split(), str(file["cues"]).split()
        scale = file["scale"].astype(np.float32)
        of_kind, of_tag = file["of_kind"] * scale[0], file["of_tag"] * scale[1]
    return Wording(tuple(kinds), frozenset(cues), of_kind, of_tag)
