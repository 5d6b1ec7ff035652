"""What the memory alone can answer, against four controls.

Facts, passkeys and bAbI stories are hidden in long documents; the question is asked as
`ask --mode memory` asks it. Beside every figure: the same question from the matrices alone,
from the kept tokens alone (and both for the facts none of whose tokens were kept), with the
memory off, with another document's memory, with the end of the document in the base model's
window, and with BM25's three best passages before the same model. Exact match of whole answers.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import torch

from infinidoc.answering.prompts import answer_prompt
from infinidoc.answering.recalled import recalled
from infinidoc.benchmarks.ground import Ground, hidden, lay
from infinidoc.benchmarks.journal import Journal
from infinidoc.benchmarks.machine import describe
from infinidoc.errors import UsageError
from infinidoc.grounding.overlap import exact_match
from infinidoc.language import LanguageModel
from infinidoc.memory import Memory
from infinidoc.model.kv_cache import KVCache
from infinidoc.text.passages import cut_passages
from infinidoc.training.corpus import Corpus
from infinidoc.training.facts import make_fact, passkey
from infinidoc.training.items import Branch, Item
from infinidoc.training.reading import end_of_turn, placed
from infinidoc.training.replies import replies
from infinidoc.training.stories import Stories

DEPTHS = {"start": 0.06, "middle": 0.5, "end": 0.94}
SPREAD = tuple((number + 0.5) / 12 for number in range(12))  # for stories of many sentences
PAPER_FILLER = (
    "The grass is green. The sky is blue. The sun is yellow. Here we go. There and back again. "
)
CONTROLS, BM25_SAMPLES, WINDOW_SAMPLES = 20, 10, 1  # of a cell; where nothing reaches it, all
LONGEST = 16  # tokens of an answer
WINDOW = 7600  # tokens of the document that the base model's window holds beside a question


@dataclass
class Cell:
    """One line of the table: exact answers with the memory and with each control."""

    task: str
    length: int
    depth: str
    memory_bytes: int = 0
    scores: dict[str, list[float]] = field(default_factory=dict)

    def add(self, name: str, score: float) -> None:
        self.scores.setdefault(name, []).append(score)

    def row(self) -> dict[str, Any]:
        means = {name: round(sum(s) / len(s), 3) for name, s in self.scores.items()}
        counts = {f"{name}_n": len(s) for name, s in self.scores.items()}
        place = {"task": self.task, "length": self.length, "depth": self.depth}
        return {**place, "memory_bytes": self.memory_bytes, **means, **counts}


class Recall:
    """The benchmark on one model and adapter; grounds are kept in `work` and used again."""

    def __init__(
        self,
        language: LanguageModel,
        data: Path,
        work: Path,
        samples: int,
        windowed: bool = True,
    ) -> None:
        """`windowed`: also ask with the document's end in the window, the dearest control."""
        if not language.config.kept:
            raise UsageError("this model has no adapter, so it keeps nothing to recall")
        self.language, self.work, self.samples = language, work, samples
        self.windowed = windowed
        self.stories = Stories(Corpus(data, "dev"), held_out=True)
        self.end = end_of_turn(language.tokenizer)
        self._other: Memory | None = None
        self._pieces: tuple[Ground | None, list[str]] = (None, [])
        self._tail: tuple[str, KVCache | None] = ("", None)

    def ground(self, filler: str, length: int) -> Ground:
        """`length` tokens, to whole blocks, of the paper's sentences or of unseen books."""
        block = self.language.config.segment * self.language.segments_per_block
        length = max(length // block, 2) * block
        if filler == "paper":
            text = PAPER_FILLER * (length // 20)
        else:
            text = "\n\n".join(self.stories.corpus.books)[: length * 8]
        ids = self.language.tokenizer.encode(text)[:length]
        places = (*DEPTHS.values(), *SPREAD)
        return lay(self.language, ids, places, self.work / f"{filler}-{length}")

    # -- the tasks -------------------------------------------------------------------------

    def single(self, task: str, length: int) -> Iterator[Cell]:
        """One passkey or one fact, at three depths."""
        ground = self.ground("paper" if task == "passkey" else "books", length)
        for depth, share in DEPTHS.items():
            cell = Cell(task, ground.length, depth)
            for number in range(self.samples):
                chance = Random(f"{task}:{depth}:{number}")
                fact = passkey(chance) if task == "passkey" else make_fact(chance, held_out=True)
                site = ground.site(share)
                memory, (place,) = self._hide(ground, {site: [fact.text]}, chance)
                question = chance.choice(fact.questions)
                told = [fact.text]
                self._ask(cell, ground, memory, told, question, fact.answer, number, place)
            yield cell

    def babi(self, task: int, length: int) -> Iterator[Cell]:
        """bAbI stories, their sentences in order at up to twelve places of a book."""
        ground = self.ground("books", length)
        cell = Cell(f"babi{task + 1}", ground.length, "spread")
        for number in range(self.samples):
            chance = Random(f"babi{task}:{number}")
            lines, question, answer = chance.choice(self.stories._babi[task])
            sites = sorted(chance.sample(list(ground.before), min(len(lines), 12)))
            share = math.ceil(len(lines) / len(sites))
            placed_lines = {s: lines[i * share : (i + 1) * share] for i, s in enumerate(sites)}
            memory, _ = self._hide(ground, {s: ls for s, ls in placed_lines.items() if ls}, chance)
            self._ask(cell, ground, memory, lines, question, answer, number)
        yield cell

    def many(self, count: int, length: int) -> Iterator[Cell]:
        """`count` facts in one document, which is read whole; every one is asked for."""
        cell = Cell(f"facts{count}", length, "spread")
        for document in range(max(1, round(self.samples / count))):
            chance = Random(f"many:{count}:{document}")
            text = "\n\n".join(self.stories.corpus.books)[document * 900_000 :][: length * 5]
            ids = self.language.tokenizer.encode(text)[:length]
            facts = [make_fact(chance, held_out=True) for _ in range(count)]
            ids, places = self._scattered(ids, [fact.text for fact in facts], chance)
            ids = ids[:length]
            memory = self._read(ids, self.work / f"many-{count}-{length}-{document}.memory")
            ground = Ground(ids, memory, {}, self.language.config.kept, self.work)
            for number, fact in enumerate(facts):
                question = chance.choice(fact.questions)
                texts = [other.text for other in facts]
                place = places[number]
                self._ask(cell, ground, memory, texts, question, fact.answer, number, place)
        yield cell

    def _scattered(
        self, ids: list[int], texts: list[str], chance: Random
    ) -> tuple[list[int], list[range]]:
        """`ids` with `texts` between them, in order, and where their tokens are."""
        sites = sorted(chance.sample(range(len(ids) - 2000), len(texts)))
        out, at, places = list[int](), 0, []
        for site, text in zip(sites, texts, strict=True):
            insert = self.language.tokenizer.encode(f" {text} ")
            out += ids[at:site]
            places.append(range(len(out), len(out) + len(insert)))
            out, at = out + insert, site
        return out + ids[at:], places

    @torch.inference_mode()
    def _read(self, ids: list[int], path: Path) -> Memory:
        """The memory of a whole document, as `ingest` makes it; kept for the next run."""
        from infinidoc.snapshot import pack, unpack

        if path.exists():
            empty = self.language.empty_memory()
            return unpack(path.read_bytes(), self.language.identity, empty)[0]
        block = self.language.config.segment * self.language.segments_per_block
        memory = self.language.decoder.empty_memory()
        for at in range(0, len(ids), block):
            memory = self.language.decoder.read(torch.tensor([ids[at : at + block]]), memory)
        path.parent.mkdir(parents=True, exist_ok=True)
        memory = self.language.decoder.settled(memory)
        path.write_bytes(pack(memory, {"identity": self.language.identity}))
        return memory

    def _hide(
        self, ground: Ground, texts: dict[int, list[str]], chance: Random
    ) -> tuple[Memory, list[range]]:
        """The memory of `ground` with texts put in at their sites; where their tokens are."""
        inserts = []
        for site, lines in texts.items():
            insert = self.language.tokenizer.encode(" " + " ".join(lines) + " ")
            room = self.language.config.segment - len(insert) - 16
            offset = chance.randrange(16, max(room, 17))
            inserts.append((site, offset, insert))
        places = [range(site + at, site + at + len(insert)) for site, at, insert in inserts]
        return hidden(self.language, ground, inserts), places

    # -- asking ----------------------------------------------------------------------------

    def _ask(
        self,
        cell: Cell,
        ground: Ground,
        memory: Memory,
        told: list[str],
        question: str,
        answer: str,
        number: int,
        place: range | None = None,
    ) -> None:
        """The memory's answer and the controls', the dear ones for some samples only.

        `place`: where the tokens are that tell the answer, if all stand together.
        """
        plain = self._item(question, [])
        told_by_all = exact_match(self._recalled(question, memory), [answer])
        cell.add("memory", told_by_all)
        if number < CONTROLS or cell.depth == "spread":
            window = self.language.reader.open_cache(memory.without_kept())
            cell.add("matrices", exact_match(self._reply(plain, window), [answer]))
            told_by_kept = exact_match(self._recalled(question, memory, matrices=False), [answer])
            cell.add("kept", told_by_kept)
            if place and not any(int(at) in place for at in memory.kept.positions[0]):
                cell.add("unkept on", told_by_all)
                cell.add("unkept off", told_by_kept)
        if number < CONTROLS:
            cell.add("off", exact_match(self._reply(plain, None), [answer]))
        if number < CONTROLS and self._other is not None and self._other is not memory:
            cell.add("other", exact_match(self._recalled(question, self._other), [answer]))
        self._other, cell.memory_bytes = memory, memory.nbytes
        if number < BM25_SAMPLES:
            passages = self._bm25(ground, told, question)
            said = self._reply(self._item(question, passages), None)
            cell.add("bm25", exact_match(said, [answer]))
        if not self.windowed:
            return
        last = self.language.tokenizer.decode(ground.ids[-WINDOW:])
        text = self._in_window(cell, told, last)
        if number < WINDOW_SAMPLES or text == self._tail[0]:
            item = self._item(question, [text])
            window = self._prefilled(text, item)
            said = self._reply(Item("", (), item.branches), window)
            cell.add("window", exact_match(said, [answer]))

    def _in_window(self, cell: Cell, told: list[str], last: str) -> str:
        """The end of the document as the window holds it, with what was hidden there."""
        reaches = WINDOW / cell.length
        if cell.depth == "spread":
            shown = told[len(told) - round(reaches * len(told)) :]
        else:
            shown = told if 1 - DEPTHS[cell.depth] < reaches else []
        return last[: len(last) // 2] + " " + " ".join(shown) + " " + last[len(last) // 2 :]

    def _prefilled(self, text: str, item: Item) -> KVCache:
        """The window with the document's end in it; the last one is used again."""
        if self._tail[0] != text or self._tail[1] is None:
            window = KVCache(self.language.reader.shape.depth)
            with torch.inference_mode():
                self.language.reader.ask(torch.tensor([item.prompt]), window.opened, window)
            self._tail = (text, window)
        assert self._tail[1] is not None
        return self._tail[1]

    def _recalled(self, question: str, memory: Memory, *, matrices: bool = True) -> str:
        """The answer that `ask --mode memory` gives; without `matrices`, from what is kept."""
        spans = answer_prompt(self.language.tokenizer, question, [])
        pieces = recalled(self.language, spans, memory, LONGEST, matrices=matrices)
        return "".join(piece.text for piece in pieces).strip()

    def _item(self, question: str, passages: list[str]) -> Item:
        evidence = [placed(text, number + 1) for number, text in enumerate(passages)]
        *before, last = answer_prompt(self.language.tokenizer, question, evidence)
        prompt = tuple(token for span in before for token in span.ids)
        return Item("", prompt, (Branch(last.ids, len(last.ids)),))

    def _reply(self, item: Item, window: KVCache | None) -> str:
        threshold = self.language.adapter.refusal if self.language.adapter else 1.0
        reader, tokenizer = self.language.reader, self.language.tokenizer
        (reply,) = replies(reader, tokenizer, item, window, most=LONGEST)
        return reply.at(threshold)

    def _bm25(self, ground: Ground, told: list[str], question: str) -> list[str]:
        """The three passages of the document that BM25 finds; what was hidden is in two."""
        if self._pieces[0] is not ground:
            text = self.language.tokenizer.decode(ground.ids)
            self._pieces = (ground, [text[low:high] for low, high in cut_passages(text)])
        pieces = list(self._pieces[1])
        half = len(told) // 2 + 1
        for lines in (told[:half], told[half:]):
            if lines:
                at = Random(question).randrange(len(pieces))
                pieces[at] = pieces[at][:200] + " " + " ".join(lines) + " " + pieces[at][200:]
        return bm25(pieces, question, 3)


def bm25(pieces: list[str], question: str, count: int) -> list[str]:
    """The `count` best pieces by Okapi BM25 (k1 1.2, b 0.75), best first."""
    words = [re.findall(r"\w+", piece.lower()) for piece in pieces]
    mean = sum(map(len, words)) / max(len(words), 1)
    counts = [Counter(row) for row in words]
    scores = [0.0] * len(pieces)
    for term in set(re.findall(r"\w+", question.lower())):
        holding = sum(term in c for c in counts)
        rarity = math.log(1 + (len(pieces) - holding + 0.5) / (holding + 0.5))
        for index, c in enumerate(counts):
            if term in c:
                norm = 1.2 * (0.25 + 0.75 * len(words[index]) / mean)
                scores[index] += rarity * c[term] * 2.2 / (c[term] + norm)
    best = sorted(range(len(pieces)), key=lambda i: -scores[i])[:count]
    return [pieces[index] for index in best]


TASKS = ("passkey", "fact", "babi1", "babi2", "babi3", "facts64")


def run(
    model: str | None,
    data: Path,
    work: Path,
    lengths: list[int],
    samples: int,
    tasks: list[str],
    windowed: bool = True,
) -> None:
    """Print the table, keep every line in `work`, end with one JSON line."""
    language = LanguageModel.find(model)
    bench = Recall(language, data, work, samples, windowed)
    adapter = language.adapter.path if language.adapter else None
    print(f"{describe()}; {language.name}, adapter {adapter}")
    done = Journal(work / "recall.jsonl")
    rows = []
    for task in tasks:
        for length in lengths if task != "facts64" else [100_000]:
            digest = language.adapter.digest if language.adapter else ""
            key = f"{task}:{length}:{samples}:{windowed}:{digest}"
            if key not in done:
                done[key] = [cell.row() for cell in _cells(bench, task, length)]
            for row in done[key]:
                print(_line(row), flush=True)
                rows.append(row)
    print(json.dumps({"benchmark": "recall", "rows": rows}))


def _cells(bench: Recall, task: str, length: int) -> Iterator[Cell]:
    if task in ("passkey", "fact"):
        return bench.single(task, length)
    if task.startswith("babi"):
        return bench.babi(int(task[4:]) - 1, length)
    if task.startswith("facts"):
        return bench.many(int(task[5:]), length)
    raise UsageError(f"no task {task!r}", hint="some of " + ", ".join(TASKS))


def _line(row: dict[str, Any]) -> str:
    names = ("memory", "matrices", "kept", "unkept on", "unkept off", "off", "other", "window",
             "bm25")  # fmt: skip
    scores = "  ".join(f"{n} {row[n]:5.2f} ({row[n + '_n']})" for n in names if n in row)
    size = f"{row['memory_bytes'] / 1e6:.1f} MB"
    return f"{row['task']:9} {row['length']:>9,} {row['depth']:7} {size:8} {scores}"
