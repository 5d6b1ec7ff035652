"""Teaches the embedder which passage answers a question: contrast within a batch.

A token's vector is its embedding in the base model, mapped to fewer numbers, plus one of
its own, times a weight: the map is learned from few examples, the rest where there are
many. Passages and questions are sums of them. They learn to tell the passage that answers
a question from those that answer others, one of the same document among them (InfoNCE,
arXiv 1807.03748). No text goes through the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from torch import Tensor, nn
from torch.nn import functional

from infinidoc.text.passages import cut_passages
from infinidoc.tokens import Tokenizer
from infinidoc.training.corpus import Corpus

LONGEST = 4000  # characters of a context; longer ones are whole papers
QUESTIONS = 8  # of one context
DROPPED = 0.2  # of the tokens, lest texts are learned by heart
RATE = 1e-3


@dataclass(frozen=True)
class Examples:
    """Token ids of passages and questions; which passages answer which question."""

    passages: list[list[int]]
    documents: dict[int, list[int]]  # the passages of one document
    belongs: list[int]  # the document of each passage
    questions: list[tuple[list[int], list[int]]]  # ids, passages that answer


class TokenVectors(nn.Module):
    """The vectors of all tokens while they are learned, [vocabulary, E]."""

    def __init__(self, embeddings: Tensor, size: int, rarity: Tensor) -> None:
        """`embeddings` [vocabulary, W] of the base model, `rarity` [vocabulary] of tokens."""
        super().__init__()
        centred = embeddings.float() - embeddings.float().mean(0)
        self.register_buffer("base", functional.normalize(centred, dim=-1))
        self.map = nn.Linear(embeddings.shape[1], size, bias=False)
        self.own = nn.Parameter(torch.zeros(len(embeddings), size))
        self.weight = nn.Parameter(rarity.sqrt() - 1.0)
        self.turn = nn.Parameter(torch.eye(size))

    def meanings(self) -> Tensor:
        """What the embedder keeps: the weighted vectors."""
        base = self.get_buffer("base")
        return functional.softplus(self.weight)[:, None] * (self.map(base) + self.own)

    def passages(self, texts: Sequence[Sequence[int]]) -> Tensor:
        return functional.normalize(self._sums(texts), dim=-1)

    def questions(self, texts: Sequence[Sequence[int]]) -> Tensor:
        return functional.normalize(self._sums(texts) @ self.turn.T, dim=-1)

    def _sums(self, texts: Sequence[Sequence[int]]) -> Tensor:
        flat = torch.tensor([token for text in texts for token in text])
        first = torch.tensor([0, *(len(text) for text in texts[:-1])]).cumsum(0)
        weights = functional.softplus(self.weight)[flat]
        if self.training:
            weights = weights * (torch.rand_like(weights) > DROPPED)

        def bag(table: Tensor) -> Tensor:
            return functional.embedding_bag(
                flat, table, first, mode="sum", per_sample_weights=weights
            )

        return self.map(bag(self.get_buffer("base"))) + bag(self.own)


def teach_embedder(
    embeddings: Tensor,
    tokenizer: Tokenizer,
    corpus: Corpus,
    *,
    size: int,
    steps: int,
    together: int,
    seed: int = 0,
) -> tuple[dict[str, Tensor], float]:
    """The tensors of an embedder, and the mean of the last losses."""
    examples = see(tokenizer, corpus)
    torch.manual_seed(seed)
    vectors = TokenVectors(embeddings.cpu(), size, _rarity(examples, len(embeddings)))
    loss = train_vectors(vectors, examples, steps=steps, together=together, seed=seed)
    with torch.no_grad():
        return {"meanings": vectors.meanings().half(), "turn": vectors.turn.data.clone()}, loss


def see(tokenizer: Tokenizer, corpus: Corpus) -> Examples:
    """Every short context of the corpus in passages, and the questions on them."""
    seen = Examples([], {}, [], [])
    for number, indices in enumerate(corpus.by_title.values()):
        for row in (corpus.qa[index] for index in indices):
            context = row["context"]
            if len(context) > LONGEST:
                continue
            pieces, first = [context[a:b] for a, b in cut_passages(context)], len(seen.passages)
            for piece in pieces:
                seen.documents.setdefault(number, []).append(len(seen.passages))
                seen.belongs.append(number)
                seen.passages.append(tokenizer.encode(f" {piece.strip()}"))
            for question, answering in _asked(row["qas"], pieces):
                ids = tokenizer.encode(f" {question}")
                seen.questions.append((ids, [first + index for index in answering]))
    return seen


def _asked(qas: list[dict[str, object]], pieces: list[str]) -> Iterator[tuple[str, list[int]]]:
    """Questions, each with the pieces that hold an answer to it."""
    for question in qas[:QUESTIONS]:
        spans = question["answers"]
        answers = [span.strip() for span in spans if span.strip()]  # type: ignore[attr-defined]
        holding = [i for i, piece in enumerate(pieces) if any(a in piece for a in answers)]
        if answers and not holding and len(pieces) == 1:
            holding = [0]  # an answer in other words
        if holding:
            yield str(question["question"]), holding


def _rarity(examples: Examples, vocabulary: int) -> Tensor:
    """How rare each token is among the passages: log of passages over those that have it."""
    holding = torch.zeros(vocabulary)
    for ids in examples.passages:
        holding[list(set(ids))] += 1
    return torch.log((len(examples.passages) + 1) / (holding + 1)).clamp(0, 10)


def train_vectors(
    vectors: TokenVectors, examples: Examples, *, steps: int, together: int, seed: int = 0
) -> float:
    """Fit the vectors to the examples; returns the mean of the last losses."""
    chance, mean = Random(f"{seed}:contrast"), 0.0
    heat = nn.Parameter(torch.tensor(3.0))
    optimizer = torch.optim.Adam([*vectors.parameters(), heat], lr=RATE)
    vectors.train()
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * min((step + 1) / 50, max(0.02, 1 - step / steps))
        loss = _contrast(vectors, examples, chance, heat.exp(), together)
        optimizer.zero_grad()
        torch.autograd.backward(loss)
        optimizer.step()
        mean = 0.95 * mean + 0.05 * float(loss.detach())
    vectors.eval()
    return mean


def _contrast(
    vectors: TokenVectors, examples: Examples, chance: Random, heat: Tensor, together: int
) -> Tensor:
    """How badly questions tell their passage from other questions' and from its neighbours."""
    count = min(together, len(examples.questions))
    asked = chance.sample(examples.questions, count)
    shown = [chance.choice(answering) for _, answering in asked]
    shown += [chance.choice(examples.documents[examples.belongs[p]]) for p in shown]
    questions = vectors.questions([ids for ids, _ in asked])
    passages = vectors.passages([examples.passages[passage] for passage in shown])
    columns = torch.tensor(shown)
    also_right = torch.stack(
        [torch.isin(columns, torch.tensor(answering)) for _, answering in asked]
    )
    also_right[torch.arange(count), torch.arange(count)] = False
    scores = (questions @ passages.T * heat).masked_fill(also_right, -1e9)
    return functional.cross_entropy(scores, torch.arange(count))
