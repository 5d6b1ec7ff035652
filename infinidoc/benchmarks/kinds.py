"""`bench kinds`: how well the kinds of questions are told by their wording; and learning them.

Training wordings make the weights, development wordings chose the features, held-out wordings
(other templates, other words) judge. Real questions of a data folder are plain ones.
"""

from __future__ import annotations

import lzma
import random
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from json import loads
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from infinidoc.benchmarks.wordings import Labelled, wordings
from infinidoc.questions import wording
from infinidoc.questions.question_kinds import (
    FAILED,
    SYMBOL,
    QuestionKind,
    kind_of,
    owner_in,
    subject_of,
    symbol_in,
)
from infinidoc.questions.wording import BUCKETS, TAGS, Wording, form_of, tokens_of
from infinidoc.text import even

PLAIN = "plain"
FAILURE = re.compile(r"\b(?:error|fail|warning|crash|broke)", re.I)  # may be asked of a log
EACH = {"training": 48, "development": 2, "heldout": 4}  # times a template is filled
MODELS = range(4)  # of whose weights the mean is taken
REAL = 6000  # real questions learned as plain ones
REAL_WEIGHT = 0.5  # of a real question against a wording
WORN = 0.1  # of the words of a training wording are exchanged
COMMON = 40  # of those a word must be in to be a cue

Item = tuple[NDArray[np.int64], int, float]


def train(data: Path) -> Wording:
    """Learn the weights from the training wordings and real questions.

    The mean of several models, each of wordings that are filled in other ways: which words
    fill a template is chance, and should decide nothing.
    """
    known = wordings("training")
    real = random.Random(0).sample(questions(data, "train"), REAL)
    common = Counter(word for text in real for word in set(text.lower().rstrip("?").split()))
    often = {word for word, times in common.items() if times >= COMMON}
    cues = frozenset(known.literal_words() | often)
    models = [_model(known.filled(EACH["training"], n, polite=True), real, cues, n) for n in MODELS]
    kinds = models[0].kinds
    of_kind = np.mean([model.of_kind for model in models], 0)
    return Wording(kinds, cues, of_kind, np.mean([model.of_tag for model in models], 0))


def _model(
    items: Sequence[Labelled], real: Sequence[str], cues: frozenset[str], seed: int
) -> Wording:
    """The weights that one way of filling the wordings gives."""
    items = [*items, *(Labelled(text, PLAIN, {}) for text in real)]
    of_real = set(real)
    kinds = tuple(dict.fromkeys(item.kind for item in items))
    chance = random.Random(seed + 1)
    vocabulary = sorted(cues)
    of_kind: list[Item] = []
    of_tag: list[Item] = []
    for item in items:
        tokens, forms = forms_in(even(item.text), cues)
        tags = tags_of(item, tokens)
        if item.text not in of_real:
            forms = [_worn(f, t, chance, vocabulary) for f, t in zip(forms, tags, strict=True)]
        weight = REAL_WEIGHT if item.text in of_real else 1.0
        of_kind.append((wording.kind_features(forms), kinds.index(item.kind), weight))
        if item.kind != PLAIN:
            for at, tag in enumerate(tags):
                features = wording.tag_features(forms, at, item.kind)
                of_tag.append((features, TAGS.index(tag), 1.0))
    return Wording(kinds, cues, _fit(of_kind, len(kinds), 12), _fit(of_tag, len(TAGS), 5))


def _worn(form: str, tag: str, chance: random.Random, vocabulary: list[str]) -> str:
    """A form as it might be in words that nobody wrote for training.

    A word of the wording may be one that is not known, and a word of what is asked about one
    that is a cue elsewhere.
    """
    if tag == "O" and form.isalpha() and chance.random() < WORN / 2:
        return "<w>"
    if tag != "O" and form == "<w>" and chance.random() < WORN:
        return chance.choice(vocabulary)
    return form


def tags_of(item: Labelled, tokens: list[re.Match[str]]) -> list[str]:
    """The tag of every word."""
    spans = item.spans.items()
    return [next((t for t, (a, b) in spans if a <= w.start() < b), "O") for w in tokens]


def forms_in(text: str, cues: frozenset[str]) -> tuple[list[re.Match[str]], list[str]]:
    """The words of a text, and their forms."""
    tokens = list(tokens_of(text))
    return tokens, [form_of(token[0], at == 0, cues) for at, token in enumerate(tokens)]


def _fit(
    items: list[Item], classes: int, rounds: int, rate: float = 0.1, decay: float = 3e-6
) -> NDArray[np.float32]:
    """Logistic regression [classes, BUCKETS] by AdaGrad; `decay` pulls weights to nought.

    The mean of the later half of the rounds, which is steadier than the last.
    """
    weights = np.zeros((classes, BUCKETS), np.float32)
    squares = np.full_like(weights, 1e-3)
    chance = random.Random(0)
    order = list(range(len(items)))
    mean = np.zeros_like(weights)
    for turn in range(rounds):
        chance.shuffle(order)
        for number in order:
            features, label, weight = items[number]
            scores = weights[:, features].sum(1)
            slope = np.exp(scores - scores.max())
            slope /= slope.sum()
            slope[label] -= 1
            slope *= weight
            step = slope[:, None] + decay * len(features) * weights[:, features]
            squares[:, features] += step**2
            weights[:, features] -= rate * step / np.sqrt(squares[:, features])
        if turn >= rounds // 2:
            mean += weights / (rounds - rounds // 2)
    return mean


def save(known: Wording, path: Path = wording.WEIGHTS) -> None:
    """Whole numbers from -127 to 127, one scale for each of the two models."""
    both = (known.of_kind, known.of_tag)
    scale = [float(np.abs(weights).max()) / 127 for weights in both]
    whole = [np.rint(w / s).astype(np.int8) for w, s in zip(both, scale, strict=True)]
    np.savez_compressed(
        path,
        kinds=" ".join(known.kinds),
        cues=" ".join(sorted(known.cues)),
        scale=np.array(scale, np.float32),
        of_kind=whole[0],
        of_tag=whole[1],
    )


def questions(data: Path, part: str) -> list[str]:
    """The real questions of a part of the data, each once."""
    found: dict[str, None] = {}
    with lzma.open(data / f"qa.{part}.jsonl.xz", "rt", encoding="utf-8") as file:
        for line in file:
            found.update((qa["question"], None) for qa in loads(line)["qas"])
    return list(found)


@dataclass(frozen=True)
class Told:
    """A wording, the label that was found, and whether all its words were right."""

    item: Labelled
    label: str
    words: bool


def label_of(kind: QuestionKind | None) -> str:
    """The training label of a kind."""
    if kind is None:
        return PLAIN
    if kind.target == "people" and kind.name == "who":
        return "people"
    if kind.name == "count" and kind.target != "mentions":
        return "number"
    if kind.target == "levels":
        return FAILED
    return "event" if kind.name in ("first", "last") and kind.target == "items" else kind.name


def tell(item: Labelled) -> Told:
    """Tell a wording as it would be told when asked; those that name what code defines, of code,
    and those of failures of a log."""
    code = item.code or item.kind in SYMBOL
    kind = kind_of(item.text, code, item.kind == FAILED or FAILURE.search(item.text) is not None)
    label = label_of(kind)
    if kind is None:
        return Told(item, label, item.kind == PLAIN)
    wanted = [subject_of(item.words(tag)) for tag in "XYP"]
    found = [kind.subject, kind.other, kind.aspect]
    if kind.target == "symbol" and kind.name != "named":
        wanted = [symbol_in(words) for words in wanted]
        wanted[1] = wanted[1] or owner_in(item.words("X"))
    if kind.name == "stated":
        wanted[0] = kind.subject
    if kind.target == "people":
        wanted[0] = wanted[0] or kind.subject
    borders = (item.words("A"), item.words("B"))
    return Told(item, label, found == wanted and borders == (kind.borders or ("", "")))


@dataclass(frozen=True)
class Measured:
    """What is claimed of the kinds."""

    macro_f1: float
    plain_taken: float  # the share of plain wordings that are taken for a sweep


def report(items: Sequence[Labelled], shown: int = 40) -> Measured:
    """F1 of every kind, its macro mean, the share of right words, and what was wrong."""
    told = [tell(item) for item in items]
    wanted, found = Counter(t.item.kind for t in told), Counter(t.label for t in told)
    right = Counter(t.label for t in told if t.label == t.item.kind)
    scores = {kind: 2 * right[kind] / (wanted[kind] + found[kind]) for kind in wanted}
    print("  ".join(f"{kind} {score:.2f}" for kind, score in scores.items()))
    swept = [t for t in told if t.label == t.item.kind != PLAIN]
    taken = sum(t.label != PLAIN for t in told if t.item.kind == PLAIN)
    macro = sum(scores.values()) / len(scores)
    print(
        f"{len(told)} wordings: macro F1 {macro:.3f}, words right "
        f"{sum(t.words for t in swept)} of {len(swept)}, plain taken for a sweep "
        f"{taken} of {wanted[PLAIN]}"
    )
    for t in [t for t in told if t.label != t.item.kind or not t.words][:shown]:
        print(f"    {t.item.kind} -> {t.label}: {t.item.text}")
    return Measured(macro, taken / max(wanted[PLAIN], 1))


def run(data: Path | None, learn: bool) -> None:
    """Print how well the kinds are told; with `learn`, learn the weights first."""
    if learn and data is not None:
        save(train(data))
        wording.load.cache_clear()
    for part in ("development", "heldout"):
        known = wordings(part)
        print(f"{part}: {len(known.templates)} templates")
        report(known.filled(EACH[part]))
    if data is not None:
        real = [Labelled(text, PLAIN, {}) for text in questions(data, "dev")]
        for where in ("a text", "code", "a log"):
            code, log = where == "code", where == "a log"
            taken = [one.text for one in real if kind_of(one.text, code, log)]
            print(f"real questions taken for a sweep of {where}: {len(taken)} of {len(real)}")
            for text in taken[:20] if where == "a text" else ():
                print("   ", text)
